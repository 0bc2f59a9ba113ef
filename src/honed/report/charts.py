"""Facts to pictures: inline SVG without scripts; colours are classes that `page.css` fills in for screen and print.

Every function takes plain numbers and a sentence, which becomes the picture's label for those who cannot see it.
A picture is 440 units wide, about a phone's screen, so that its words stay readable when it shrinks to one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from honed.figures import counted, figure

WIDTH = 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 12, 40
_MANY = 150  # dots, from which on they are drawn small
_LETTER = 6.9  # units that one letter of a label takes on average


@dataclass(frozen=True)
class Scale:
    """A range of numbers to be laid along an axis; `log` needs a positive one, `whole` has no halves to point at."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high end; values beyond stop there."""
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(max(value, self.low))
        return min(1.0, max(0.0, (at - low) / (high - low))) if high > low else 0.5

    def ticks(self, most: int = 5) -> list[float]:
        """Round numbers inside the range."""
        if self.log:
            return self._log_ticks(most)
        if self.high <= self.low:
            return [self.low]
        rough = (self.high - self.low) / most
        power = 10 ** math.floor(math.log10(rough))
        step = next(power * unit for unit in (1, 2, 5, 10) if power * unit >= rough * 0.7)
        step = max(step, 1) if self.whole else step
        first = math.ceil(self.low / step - 1e-9)
        return [number * step for number in range(first, math.floor(self.high / step + 1e-9) + 1)]

    def _log_ticks(self, most: int) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        units = (1, 2, 5) if last - first <= 2 else (1,)
        every = max(1, math.ceil((last - first) / most))
        found = [unit * 10.0**power for power in range(first, last + 1, every) for unit in units]
        return [tick for tick in found if self.low * 0.999 <= tick <= self.high * 1.001]


@dataclass(frozen=True)
class Series:
    """One line of a chart; `kind` is a colour class with "dash" or "faint" added where wanted."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    kind: str = "c1"


def spread(values: Iterable[float], *, log: bool = False, zero: bool = False, margin: float = 0.05) -> Scale:
    """A scale that holds all finite values with some margin; `zero` includes 0."""
    kept = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    low, high = min(kept, default=0.0 if not log else 1.0), max(kept, default=1.0)
    if log:
        room = (high / low) ** margin if high > low else 2.0
        return Scale(low / room, high * room, log=True)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = margin * (high - low) if high > low else abs(high) * 0.1 or 1.0
    return Scale(low - (0 if zero and low == 0 else room), high + (0 if zero and high == 0 else room))


def scores(rows: Sequence[dict[str, Any]], label: str) -> str:
    """Horizontal bars from 0 with 95 % intervals; rows hold title, value, low, high (either may lack) and used."""
    ends = [row[end] for row in rows for end in ("value", "low", "high") if row.get(end) is not None]
    scale, left = spread(ends, zero=True, margin=0.02), 150
    right = WIDTH - _room(figure(row["value"], pad=True) for row in rows)
    parts, height = [], 34 * len(rows) + 8
    zero = _along(scale, 0.0, left, right)
    for number, row in enumerate(rows):
        y = 34 * number + 21
        end, kind = _along(scale, row["value"], left, right), "c1" if row["used"] else "rest"
        interval = ""
        if row.get("low") is not None:
            a, b = (_along(scale, row[name], left, right) for name in ("low", "high"))
            interval = f'<path class="whisker" d="M{a:.1f} {y - 4}v8M{a:.1f} {y}H{b:.1f}M{b:.1f} {y - 4}v8"/>'
        bar = _rectangle(min(zero, end), y - 8, max(abs(end - zero), 1), 16, f"fill {kind}")
        words = " strong" if row["used"] else ""
        parts.append(
            _group(
                _title(f"{row['title']}: {_with_interval(row)}")
                + _text(0, y + 4, row["title"], f"name{words}")
                + bar
                + interval
                + _text(WIDTH, y + 4, figure(row["value"], pad=True), f"end number{words}")
            )
        )
    parts.append(f'<path class="axis" d="M{zero:.1f} 4V{height - 4}"/>')
    return _svg("".join(parts), height, label)


def intervals(rows: Sequence[dict[str, Any]], label: str, *, percent: bool = False) -> str:
    """Bars for named amounts with optional low and high: importance of settings and of columns."""
    scale = spread(
        [row[end] for row in rows for end in ("value", "low", "high") if row.get(end) is not None],
        zero=True,
        margin=0.02,
    )
    words = [f"{row['value']:.0%}" if percent else figure(row["value"]) for row in rows]
    left, right, step = 150, WIDTH - _room(words), 26
    zero, height, parts = _along(scale, 0.0, left, right), step * len(rows) + 6, []
    for number, (row, said) in enumerate(zip(rows, words, strict=True)):
        y, end = step * number + 16, _along(scale, row["value"], left, right)
        interval = ""
        if row.get("low") is not None:
            a, b = (_along(scale, row[name], left, right) for name in ("low", "high"))
            interval = f'<path class="whisker" d="M{a:.1f} {y}H{b:.1f}"/>'
        parts.append(
            _group(
                _title(f"{row['name']}: {said}")
                + _text(0, y + 4, _short(row["name"], 140), "name")
                + _rectangle(min(zero, end), y - 6, max(abs(end - zero), 1), 12, "fill c1")
                + interval
                + _text(WIDTH, y + 4, said, "end number")
            )
        )
    parts.append(f'<path class="axis" d="M{zero:.1f} 2V{height - 2}"/>')
    return _svg("".join(parts), height, label)


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
    plot = _Plot(x_scale, y_scale, height)
    parts = [plot.axes(x, y)]
    if diagonal:
        parts.append(f'<path class="guide" d="{plot.path(_ends(x_scale), _ends(x_scale))}"/>')
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
    return _svg("".join(parts), height, label)


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
    plot = _Plot(x_scale or spread(x_values), y_scale or spread(y_values), 250)
    parts = [plot.axes(x, y)]
    if diagonal:
        parts.append(f'<path class="guide" d="{plot.path(_ends(plot.x), _ends(plot.x))}"/>')
    if level is not None:
        parts.append(f'<path class="guide" d="{plot.path(_ends(plot.x), (level, level))}"/>')
    dots = "".join(f"M{plot.px(a):.1f} {plot.py(b):.1f}h0" for a, b in zip(x_values, y_values, strict=True))
    parts.append(f'<path class="cloud c1" d="{dots}"/>')
    return _svg("".join(parts), 250, label)


def reliability(bins: Sequence[dict[str, float]], label: str, *, x: str, y: str) -> str:
    """What was said against what happened, with 95 % intervals."""
    plot = _Plot(Scale(0, 1), Scale(0, 1), 250)
    parts = [plot.axes(x, y), f'<path class="guide" d="{plot.path((0, 1), (0, 1))}"/>']
    for each in bins:
        at, low, high = plot.px(each["said"]), plot.py(each["low"]), plot.py(each["high"])
        words = f"{each['rows']:,.0f} rows: said {each['said']:.0%}, happened {each['happened']:.0%}"
        parts.append(
            _group(
                _title(words)
                + f'<path class="whisker" d="M{at:.1f} {low:.1f}V{high:.1f}"/>'
                + plot.dot(each["said"], each["happened"], "c1")
            )
        )
    return _svg("".join(parts), 250, label)


def history(
    quick: Sequence[tuple[float, float, str]],
    full: Sequence[tuple[float, float, str]],
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
    plot = _Plot(
        spread([place for place, *_ in (*quick, *full)], margin=0.02), spread(around, margin=0.08), 250
    )
    parts, radius = [plot.axes("trainings, in the order in which they ended", y)], 3.5
    if len(values) > _MANY:
        radius = 2.0
    for kind, found in (("hollow", quick), ("c1", full)):
        for place, value, name in found:
            if math.isfinite(value):
                dot = plot.dot(place, value, kind, radius)
                parts.append(_title_of(dot, f"{name}: {figure(value)}"))
    steps_x, steps_y = [], []
    for (place, *_), value in zip(full, best, strict=True):
        steps_x += [place, place]
        steps_y += [steps_y[-1] if steps_y else value, value]
    parts.append(f'<path class="line c2" d="{plot.path(steps_x, steps_y)}"/>')
    return _svg("".join(parts), 250, label)


def parallel(axes: Sequence[dict[str, Any]], trials: Sequence[dict[str, Any]], label: str) -> str:
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
        parts.append(_text(0, y + 4, axis["name"], "name"))
        parts.append(f'<path class="axis" d="M{left} {y}H{right}"/>')
        parts += _axis_words(axis, left, right, y)
    return _svg("".join(parts), height, label)


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
            _title_of(_rectangle(x - 7, middle - high, 14, 2 * high, f"fill {kind}", 3), f"{name}: {size:,}")
        )
        if number == len(sizes) - 1 or (number % every == 0 and number + every < len(sizes)):
            place = {0: ("", 0), len(sizes) - 1: (" end", WIDTH)}.get(number, (" middle", x))
            parts.append(_text(place[1], 148, f"{size:,}", f"number strong{place[0]}"))
            parts.append(_text(place[1], 164, name, f"soft{place[0]}"))
    return _svg("".join(parts), 172, label)


def heat(matrix: Sequence[Sequence[float]], rows: Sequence[str], columns: Sequence[str], label: str) -> str:
    """A confusion matrix: shares of each row in colour, counts in words where there is room."""
    left, top, side = 96, 26, min(100.0, (WIDTH - 100) / len(columns))
    parts = [_text(left, 10, "said →", "soft"), _text(left - 8, top + 2, "true ↓", "soft end")]
    for i, (row, name) in enumerate(zip(matrix, rows, strict=True)):
        total, y = sum(row), top + side * i + 18
        parts.append(_text(left - 8, y + side / 2 + 4, _short(name, left - 14), "end"))
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
                number = _text(
                    x + side / 2 - 1,
                    y + side / 2 + 4,
                    f"{count:,.0f}",
                    f"middle{' bright' if share > 0.45 else ''}",
                )
            parts.append(_group(_title(words) + square + number))
    for j, name in enumerate(columns):
        parts.append(_text(left + side * (j + 0.5), top + 12, _short(name, side - 4), "middle soft"))
    return _svg("".join(parts), top + side * len(rows) + 24, label)


def histogram(
    edges: Sequence[float], counts: Sequence[int], label: str, *, x: str, level: float | None = None
) -> str:
    """Bars of counts between edges; `level` marks one place."""
    plot = _Plot(Scale(edges[0], edges[-1]), spread(counts, zero=True), 250)
    parts = [plot.axes(x, "rows")]
    for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
        a, b, y = plot.px(low), plot.px(high), plot.py(count)
        bar = _rectangle(a + 0.5, y, max(b - a - 1, 0.5), plot.py(0) - y, "fill c1")
        parts.append(_title_of(bar, f"{figure(low)} to {figure(high)}: {counted(count, 'row')}"))
    if level is not None:
        parts.append(plot.mark(level, ""))
    return _svg("".join(parts), 250, label)


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
    plot = _Plot(Scale(-0.5, len(names) - 0.5), spread([*values, *low, *high]), 250)
    parts = [plot.axes("", y, x_ticks=False)]
    room = (WIDTH - _LEFT - _RIGHT) / len(names)
    for place, (name, value, a, b) in enumerate(zip(names, values, low, high, strict=True)):
        at = plot.px(place)
        parts.append(
            _group(
                _title(f"{name}: {figure(value)}")
                + f'<path class="whisker" d="M{at:.1f} {plot.py(a):.1f}V{plot.py(b):.1f}"/>'
                + plot.dot(place, value, "c1")
                + _text(
                    at,
                    250 - _BOTTOM + 16 + 13 * (place % 2 if room < 60 else 0),
                    _short(name, room * (1.9 if room < 60 else 1) - 4),
                    "middle soft",
                )
            )
        )
    return _svg("".join(parts), 250, label)


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """Names beside their colour, as HTML below a picture; entries are (colour class, name)."""
    items = "".join(f'<li><i class="{kind}"></i>{escape(name)}</li>' for kind, name in entries)
    return f'<ul class="legend">{items}</ul>'


@dataclass(frozen=True)
class _Plot:
    """A pair of axes in a picture of some height."""

    x: Scale
    y: Scale
    height: int

    def px(self, value: float) -> float:
        return _LEFT + self.x.place(value) * (WIDTH - _LEFT - _RIGHT)

    def py(self, value: float) -> float:
        return self.height - _BOTTOM - self.y.place(value) * (self.height - _TOP - _BOTTOM)

    def path(self, x: Sequence[float], y: Sequence[float]) -> str:
        """Straight lines through the points, broken where one is not a number."""
        found, pen = [], "M"
        for a, b in zip(x, y, strict=True):
            if math.isfinite(a) and math.isfinite(b):
                found.append(f"{pen}{self.px(a):.1f} {self.py(b):.1f}")
                pen = "L"
            else:
                pen = "M"
        return "".join(found)

    def dot(self, x: float, y: float, kind: str, radius: float = 3.5) -> str:
        return f'<circle class="dot {kind}" cx="{self.px(x):.1f}" cy="{self.py(y):.1f}" r="{radius}"/>'

    def mark(self, at: float, words: str) -> str:
        x = self.px(at)
        side = " end" if x > WIDTH * 0.7 else ""
        where = x - 5 if side else x + 5
        return f'<path class="guide" d="M{x:.1f} {_TOP}V{self.height - _BOTTOM}"/>' + _text(
            where, _TOP + 10, words, f"soft{side}"
        )

    def axes(self, x: str, y: str, *, x_ticks: bool = True) -> str:
        """Grid lines with numbers, and what the axes show in words."""
        bottom, right, parts = self.height - _BOTTOM, WIDTH - _RIGHT, []
        for tick in self.y.ticks(4):
            at = self.py(tick)
            parts.append(f'<path class="grid" d="M{_LEFT} {at:.1f}H{right}"/>')
            parts.append(_text(_LEFT - 6, at + 4, _tick(tick), "end number soft"))
        if x_ticks:
            for tick in self.x.ticks(5):
                parts.append(_text(self.px(tick), bottom + 16, _tick(tick), "middle number soft"))
        parts.append(f'<path class="axis" d="M{_LEFT} {bottom}H{right}"/>')
        parts.append(_text((right + _LEFT) / 2, self.height - 4, x, "middle soft"))
        parts.append(_text(0, 0, y, "middle soft", f"translate(11 {(bottom + _TOP) / 2:.0f}) rotate(-90)"))
        return "".join(parts)


def _axis_words(axis: dict[str, Any], left: float, right: float, y: float) -> list[str]:
    if "levels" in axis:
        count = len(axis["levels"])
        places = [left + (right - left) * (number + 0.5) / count for number in range(count)]
        room = (right - left) / count
        return [
            _text(at, y + 15, _short(level, room), "middle soft small")
            for at, level in zip(places, axis["levels"], strict=True)
        ]
    return [
        _text(left, y + 15, figure(axis["low"]), "soft small number"),
        _text(right, y + 15, figure(axis["high"]), "end soft small number"),
    ]


def _svg(content: str, height: float, label: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(label)}" '
        f'preserveAspectRatio="xMidYMid meet">{content}</svg>'
    )


def _text(x: float, y: float, words: str, kind: str = "", transform: str = "") -> str:
    where = f'transform="{transform}"' if transform else f'x="{x:.1f}" y="{y:.1f}"'
    return f'<text {where} class="{kind}">{escape(words)}</text>'


def _rectangle(x: float, y: float, width: float, height: float, kind: str, radius: int = 2) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius}"/>'


def _title(words: str) -> str:
    return f"<title>{escape(words)}</title>"


def _group(content: str) -> str:
    return f"<g>{content}</g>"


def _title_of(mark: str, words: str) -> str:
    return _group(_title(words) + mark)


def _along(scale: Scale, value: float, left: float, right: float) -> float:
    return left + scale.place(value) * (right - left)


def _ends(scale: Scale) -> tuple[float, float]:
    return scale.low, scale.high


def _middle(values: Sequence[float]) -> tuple[float, float]:
    """Where most of the sorted values lie: failures far above would press all others into one line."""
    if not values:
        return 0.0, 1.0
    a, b = values[0], values[-1]
    quarter, three = values[len(values) // 4], values[(3 * len(values)) // 4]
    reach = 4 * (three - quarter) or abs(three) * 0.1 or 1.0
    return max(a, quarter - reach), min(b, three + reach)


def _with_interval(row: dict[str, Any]) -> str:
    text = figure(row["value"], pad=True)
    if row.get("low") is None:
        return text
    return f"{text} ({figure(row['low'], pad=True)} to {figure(row['high'], pad=True)})"


def _room(words: Iterable[str]) -> float:
    """Units that numbers beside a picture take, with some air."""
    return _LETTER * 1.1 * max(map(len, words)) + 14


def _short(words: str, room: float) -> str:
    """Cut to what fits into that many units."""
    most = max(2, int(room / _LETTER))
    return words if len(words) <= most else words[: most - 1] + "…"


def _tick(value: float) -> str:
    if abs(value) >= 1e12:
        return f"{value:.1e}".replace("e+", "e")
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):g}{letter}"
    return f"{value:,.10g}" if abs(value) >= 1e-3 or value == 0 else f"{value:.0e}".replace("e-0", "e-")
