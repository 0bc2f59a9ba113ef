"""Facts to pictures: inline SVG without scripts; colours are classes that `page.css` fills in for screen and print.

Every function takes plain numbers and a sentence, which becomes the picture's label for those who cannot see it.
A picture is 440 units wide, about a phone's screen, so that its words stay readable when it shrinks to one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from honed.figures import counted, figure
from honed.report.axes import (
    BOTTOM,
    LEFT,
    LETTER,
    RIGHT,
    WIDTH,
    Plot,
    Scale,
    Series,
    along,
    ends,
    group,
    rectangle,
    short,
    spread,
    svg,
    text,
    title,
    title_of,
)
from honed.report.parts import Amount, Axis, Bin, Line, NamedScore, Place

_MANY = 150  # dots, from which on they are drawn small


def scores(rows: Sequence[NamedScore], label: str) -> str:
    """Horizontal bars from 0 with 95 % intervals; that of what predicts stands out."""
    ends = [end for row in rows for end in (row["value"], row["low"], row["high"]) if end is not None]
    scale, left = spread(ends, zero=True, margin=0.02), 150
    right = WIDTH - _room(figure(row["value"], pad=True) for row in rows)
    parts, height = [], 34 * len(rows) + 8
    zero = along(scale, 0.0, left, right)
    for number, row in enumerate(rows):
        y = 34 * number + 21
        end, kind = along(scale, row["value"], left, right), "c1" if row["used"] else "rest"
        interval = ""
        if row["low"] is not None and row["high"] is not None:
            a, b = (along(scale, value, left, right) for value in (row["low"], row["high"]))
            interval = f'<path class="whisker" d="M{a:.1f} {y - 4}v8M{a:.1f} {y}H{b:.1f}M{b:.1f} {y - 4}v8"/>'
        bar = rectangle(min(zero, end), y - 8, max(abs(end - zero), 1), 16, f"fill {kind}")
        words = " strong" if row["used"] else ""
        parts.append(
            group(
                title(f"{row['title']}: {_with_interval(row)}")
                + text(0, y + 4, row["title"], f"name{words}")
                + bar
                + interval
                + text(WIDTH, y + 4, figure(row["value"], pad=True), f"end number{words}")
            )
        )
    parts.append(f'<path class="axis" d="M{zero:.1f} 4V{height - 4}"/>')
    return svg("".join(parts), height, label)


def intervals(rows: Sequence[Amount], label: str, *, percent: bool = False) -> str:
    """Bars for named amounts with optional low and high: importance of settings and of columns."""
    scale = spread(
        [end for row in rows for end in (row["value"], row.get("low"), row.get("high")) if end is not None],
        zero=True,
        margin=0.02,
    )
    words = [f"{row['value']:.0%}" if percent else figure(row["value"]) for row in rows]
    left, right, step = 150, WIDTH - _room(words), 26
    zero, height, parts = along(scale, 0.0, left, right), step * len(rows) + 6, []
    for number, (row, said) in enumerate(zip(rows, words, strict=True)):
        y, end = step * number + 16, along(scale, row["value"], left, right)
        interval = ""
        if "low" in row and "high" in row:
            a, b = (along(scale, value, left, right) for value in (row["low"], row["high"]))
            interval = f'<path class="whisker" d="M{a:.1f} {y}H{b:.1f}"/>'
        parts.append(
            group(
                title(f"{row['name']}: {said}")
                + text(0, y + 4, short(row["name"], 140), "name")
                + rectangle(min(zero, end), y - 6, max(abs(end - zero), 1), 12, "fill c1")
                + interval
                + text(WIDTH, y + 4, said, "end number")
            )
        )
    parts.append(f'<path class="axis" d="M{zero:.1f} 2V{height - 2}"/>')
    return svg("".join(parts), height, label)


def lines(
    series: Sequence[Series],
    label: str,
    *,
    x: str,
    y: str,
    x_scale: Scale | None = None,
    y_scale: Scale | None = None,
    marks: Sequence[tuple[float, str]] = (),
    diagonal: bool = False,
    band: tuple[Sequence[float], Sequence[float]] | None = None,
    dots: bool = False,
    height: int = 250,
) -> str:
    """Lines over one pair of axes.

    Parameters
    ----------
    x, y : words for the axes.
    marks : places on the x axis to point out, with words.
    diagonal : whether to draw where y equals x.
    band : low and high around the first series.
    dots : whether to mark each point.
    """
    around = [*band[0], *band[1]] if band else []
    x_scale = x_scale or spread([value for each in series for value in each.x], margin=0.0)
    y_scale = y_scale or spread([*(value for each in series for value in each.y), *around])
    plot = Plot(x_scale, y_scale, height)
    parts = [plot.axes(x, y)]
    if diagonal:
        parts.append(f'<path class="guide" d="{plot.path(ends(x_scale), ends(x_scale))}"/>')
    if band:
        outline = plot.path([*series[0].x, *reversed(series[0].x)], [*band[0], *reversed(band[1])])
        parts.append(f'<path class="band {series[0].kind}" d="{outline}Z"/>')
    for at, words in marks:
        parts.append(plot.mark(at, words))
    for each in series:
        parts.append(
            f'<g><title>{escape(each.name)}</title><path class="line {each.kind}" d="{plot.path(each.x, each.y)}"/>'
        )
        if dots:
            parts += [
                plot.dot(a, b, each.kind) for a, b in zip(each.x, each.y, strict=True) if math.isfinite(b)
            ]
        parts.append("</g>")
    return svg("".join(parts), height, label)


def points(
    x_values: Sequence[float],
    y_values: Sequence[float],
    label: str,
    *,
    x: str,
    y: str,
    diagonal: bool = False,
    level: float | None = None,
    x_scale: Scale | None = None,
    y_scale: Scale | None = None,
) -> str:
    """One dot a row; `level` draws a horizontal line, `diagonal` that of equal values."""
    plot = Plot(x_scale or spread(x_values), y_scale or spread(y_values), 250)
    parts = [plot.axes(x, y)]
    if diagonal:
        parts.append(f'<path class="guide" d="{plot.path(ends(plot.x), ends(plot.x))}"/>')
    if level is not None:
        parts.append(f'<path class="guide" d="{plot.path(ends(plot.x), (level, level))}"/>')
    dots = "".join(f"M{plot.px(a):.1f} {plot.py(b):.1f}h0" for a, b in zip(x_values, y_values, strict=True))
    parts.append(f'<path class="cloud c1" d="{dots}"/>')
    return svg("".join(parts), 250, label)


def reliability(bins: Sequence[Bin], label: str, *, x: str, y: str) -> str:
    """What was said against what happened, with 95 % intervals."""
    plot = Plot(Scale(0, 1), Scale(0, 1), 250)
    parts = [plot.axes(x, y), f'<path class="guide" d="{plot.path((0, 1), (0, 1))}"/>']
    for each in bins:
        at, low, high = plot.px(each["said"]), plot.py(each["low"]), plot.py(each["high"])
        words = f"{each['rows']:,.0f} rows: said {each['said']:.0%}, happened {each['happened']:.0%}"
        parts.append(
            group(
                title(words)
                + f'<path class="whisker" d="M{at:.1f} {low:.1f}V{high:.1f}"/>'
                + plot.dot(each["said"], each["happened"], "c1")
            )
        )
    return svg("".join(parts), 250, label)


def history(
    quick: Sequence[Place],
    full: Sequence[Place],
    best: Sequence[float],
    label: str,
    *,
    y: str,
) -> str:
    """Losses in the order in which they came (place, score, name): hollow on the first rung, full with all epochs.

    `best` is the best full one so far, at the places of `full`.
    """
    values = sorted(value for _, value, _ in (*quick, *full) if math.isfinite(value))
    low, high = _middle(values)
    around = [low, high, *best]
    plot = Plot(
        spread([place for place, *_ in (*quick, *full)], margin=0.02), spread(around, margin=0.08), 250
    )
    parts, radius = [plot.axes("trainings, in the order in which they ended", y)], 3.5
    if len(values) > _MANY:
        radius = 2.0
    for kind, found in (("hollow", quick), ("c1", full)):
        for place, value, name in found:
            if math.isfinite(value):
                dot = plot.dot(place, value, kind, radius)
                parts.append(title_of(dot, f"{name}: {figure(value)}"))
    steps_x, steps_y = [], []
    for (place, *_), value in zip(full, best, strict=True):
        steps_x += [place, place]
        steps_y += [steps_y[-1] if steps_y else value, value]
    parts.append(f'<path class="line c2" d="{plot.path(steps_x, steps_y)}"/>')
    return svg("".join(parts), 250, label)


def parallel(axes: Sequence[Axis], trials: Sequence[Line], label: str) -> str:
    """Settings as rows, one line a trial from the top to the bottom; the better the trial the stronger its line.

    Parameters
    ----------
    axes : {"name", "low", "high", "log"} for numbers, {"name", "levels"} for choices.
    trials : {"name", "places": one number from 0 to 1 an axis, "strength": 0 for the worst to 1 for the best}.
    """
    step, left, right = 44, 150, 424
    height, parts = step * len(axes) + 8, []
    for trial in sorted(trials, key=lambda each: each["strength"]):
        way = "".join(
            f"{'L' if number else 'M'}{left + place * (right - left):.1f} {step * number + 16}"
            for number, place in enumerate(trial["places"])
        )
        kind = "c2" if trial["strength"] >= 1 else "c1"
        opacity = 0.05 + 0.5 * trial["strength"] ** 4
        parts.append(
            f'<path class="line thin {kind}" style="opacity:{opacity if kind == "c1" else 1:.2f}" d="{way}">'
            f"<title>{escape(trial['name'])}</title></path>"
        )
    for number, axis in enumerate(axes):
        y = step * number + 16
        parts.append(text(0, y + 4, axis["name"], "name"))
        parts.append(f'<path class="axis" d="M{left} {y}H{right}"/>')
        parts += _axis_words(axis, left, right, y)
    return svg("".join(parts), height, label)


def layers(sizes: Sequence[tuple[str, int]], label: str) -> str:
    """A network: one column of units for each layer, as high as the logarithm of its size, joined by bands."""
    most = math.log2(max(size for _, size in sizes) + 1)
    gap, middle = (WIDTH - 40) / max(len(sizes) - 1, 1), 70
    half = [12 + 44 * math.log2(size + 1) / most for _, size in sizes]
    parts = []
    for number, ((_, _), high) in enumerate(zip(sizes, half, strict=True)):
        x = 20 + gap * number
        if number + 1 < len(sizes):
            nxt, at = half[number + 1], x + gap
            parts.append(
                f'<path class="weights" d="M{x + 7:.1f} {middle - high:.1f}L{at - 7:.1f} {middle - nxt:.1f}'
                f'V{middle + nxt:.1f}L{x + 7:.1f} {middle + high:.1f}Z"/>'
            )
    every = max(1, math.ceil(len(sizes) / 8))
    for number, ((name, size), high) in enumerate(zip(sizes, half, strict=True)):
        x = 20 + gap * number
        kind = "c2" if number in (0, len(sizes) - 1) else "c1"
        parts.append(
            title_of(rectangle(x - 7, middle - high, 14, 2 * high, f"fill {kind}", 3), f"{name}: {size:,}")
        )
        if number == len(sizes) - 1 or (number % every == 0 and number + every < len(sizes)):
            place = {0: ("", 0), len(sizes) - 1: (" end", WIDTH)}.get(number, (" middle", x))
            parts.append(text(place[1], 148, f"{size:,}", f"number strong{place[0]}"))
            parts.append(text(place[1], 164, name, f"soft{place[0]}"))
    return svg("".join(parts), 172, label)


def heat(matrix: Sequence[Sequence[float]], rows: Sequence[str], columns: Sequence[str], label: str) -> str:
    """A confusion matrix: shares of each row in colour, counts in words where there is room."""
    left, top, side = 96, 26, min(100.0, (WIDTH - 100) / len(columns))
    parts = [text(left, 10, "said →", "soft"), text(left - 8, top + 2, "true ↓", "soft end")]
    for i, (row, name) in enumerate(zip(matrix, rows, strict=True)):
        total, y = sum(row), top + side * i + 18
        parts.append(text(left - 8, y + side / 2 + 4, short(name, left - 14), "end"))
        for j, count in enumerate(row):
            share = count / total if total else 0.0
            x = left + side * j
            kind = "c1" if i == j else "c2"
            words = f"true {name}, said {columns[j]}: {count:,.0f} of {total:,.0f} ({share:.0%})"
            square = (
                f'<rect class="fill {kind}" x="{x:.1f}" y="{y:.1f}" width="{side - 2:.1f}" height="{side - 2:.1f}" '
                f'rx="2" style="opacity:{0.04 + 0.9 * share:.2f}"/>'
            )
            number = ""
            if side >= 30:
                number = text(
                    x + side / 2 - 1,
                    y + side / 2 + 4,
                    f"{count:,.0f}",
                    f"middle{' bright' if share > 0.45 else ''}",
                )
            parts.append(group(title(words) + square + number))
    for j, name in enumerate(columns):
        parts.append(text(left + side * (j + 0.5), top + 12, short(name, side - 4), "middle soft"))
    return svg("".join(parts), top + side * len(rows) + 24, label)


def histogram(
    edges: Sequence[float], counts: Sequence[int], label: str, *, x: str, level: float | None = None
) -> str:
    """Bars of counts between edges; `level` marks one place."""
    plot = Plot(Scale(edges[0], edges[-1]), spread(counts, zero=True), 250)
    parts = [plot.axes(x, "rows")]
    for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
        a, b, y = plot.px(low), plot.px(high), plot.py(count)
        bar = rectangle(a + 0.5, y, max(b - a - 1, 0.5), plot.py(0) - y, "fill c1")
        parts.append(title_of(bar, f"{figure(low)} to {figure(high)}: {counted(count, 'row')}"))
    if level is not None:
        parts.append(plot.mark(level, ""))
    return svg("".join(parts), 250, label)


def bars(
    names: Sequence[str],
    values: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    label: str,
    *,
    y: str,
) -> str:
    """Dots over named places, with a whisker from low to high: the effect of a column of words."""
    plot = Plot(Scale(-0.5, len(names) - 0.5), spread([*values, *low, *high]), 250)
    parts = [plot.axes("", y, x_ticks=False)]
    room = (WIDTH - LEFT - RIGHT) / len(names)
    for place, (name, value, a, b) in enumerate(zip(names, values, low, high, strict=True)):
        at = plot.px(place)
        parts.append(
            group(
                title(f"{name}: {figure(value)}")
                + f'<path class="whisker" d="M{at:.1f} {plot.py(a):.1f}V{plot.py(b):.1f}"/>'
                + plot.dot(place, value, "c1")
                + text(
                    at,
                    250 - BOTTOM + 16 + 13 * (place % 2 if room < 60 else 0),
                    short(name, room * (1.9 if room < 60 else 1) - 4),
                    "middle soft",
                )
            )
        )
    return svg("".join(parts), 250, label)


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """Names beside their colour, as HTML below a picture; entries are (colour class, name)."""
    items = "".join(f'<li><i class="{kind}"></i>{escape(name)}</li>' for kind, name in entries)
    return f'<ul class="legend">{items}</ul>'


def _axis_words(axis: Axis, left: float, right: float, y: float) -> list[str]:
    if "levels" in axis:
        count = len(axis["levels"])
        places = [left + (right - left) * (number + 0.5) / count for number in range(count)]
        room = (right - left) / count
        return [
            text(at, y + 15, short(level, room), "middle soft small")
            for at, level in zip(places, axis["levels"], strict=True)
        ]
    return [
        text(left, y + 15, figure(axis["low"]), "soft small number"),
        text(right, y + 15, figure(axis["high"]), "end soft small number"),
    ]


def _middle(values: Sequence[float]) -> tuple[float, float]:
    """Where most of the sorted values lie: failures far above would press all others into one line."""
    if not values:
        return 0.0, 1.0
    a, b = values[0], values[-1]
    quarter, three = values[len(values) // 4], values[(3 * len(values)) // 4]
    reach = 4 * (three - quarter) or abs(three) * 0.1 or 1.0
    return max(a, quarter - reach), min(b, three + reach)


def _with_interval(row: NamedScore) -> str:
    value, low, high = row["value"], row["low"], row["high"]
    if low is None or high is None:
        return figure(value, pad=True)
    return f"{figure(value, pad=True)} ({figure(low, pad=True)} to {figure(high, pad=True)})"


def _room(words: Iterable[str]) -> float:
    """Units that numbers beside a picture take, with some air."""
    return LETTER * 1.1 * max(map(len, words)) + 14
