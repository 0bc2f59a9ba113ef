"""The section "Why" of the page: what the search did, what training did, and the reason for each setting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from honed import passes
from honed.figures import figure, in_words
from honed.report import charts
from honed.report.axes import Scale, Series, spread
from honed.report.elements import COLOURS, figure_of, nan, number, rows_of
from honed.report.parts import (
    Advised,
    Amount,
    BatchSearch,
    Change,
    Choices,
    Curves,
    History,
    Importance,
    Layers,
    Ledger,
    RangeTest,
    Settings,
    ThroughTime,
)

_OPEN_EXPERIMENTS = 8
_EARLY, _MOST = 0.1, 0.98  # of the epochs, and of the later losses, for the height of a picture of curves


def ledger(part: Ledger) -> str:
    """The experiments that bought most; the others folded."""
    effects = sorted(abs(entry["effect"]) for entry in part["experiments"] if entry["effect"])
    decimals = 4 if not effects else min(8, max(0, 1 - math.floor(math.log10(effects[len(effects) // 2]))))
    rows = [_experiment(entry, decimals) for entry in part["experiments"]]
    heading = ["change", "#bought", "#95% interval", "#a random change", ""]
    inside = rows_of(heading, rows[:_OPEN_EXPERIMENTS], "brief")
    if rest := rows[_OPEN_EXPERIMENTS:]:
        inside += f"<details><summary>{len(rest)} that bought less</summary>{rows_of(heading, rest, 'brief')}</details>"
    return f"<h3>What each knob bought</h3><p>{escape(part['says'])}</p>{inside}"


def _experiment(entry: Change, decimals: int) -> list[str]:
    control = entry["control"] or {"effect": None}
    ends = [_signed(entry[end], decimals) for end in ("low", "high")]
    return [
        f"<b>{escape(entry['words'])}</b><small>{escape(entry['finding'])}</small>",
        number(_signed(entry["effect"], decimals)),
        number(" to ".join(ends) if all(ends) else ""),
        number(_signed(control["effect"], decimals)),
        '<span class="mark good">clear</span>'
        if entry["won"]
        else '<span class="mark">within the noise</span>',
    ]


def findings(findings: Sequence[Advised]) -> str:
    items = []
    for finding in findings:
        more = f" <code>{escape(finding['options'])}</code>" if finding["options"] else ""
        reference = f'<p class="soft">{escape(finding["reference"])}</p>' if finding["reference"] else ""
        items.append(
            f'<li class="finding {escape(finding["severity"])}"><p><b>{escape(finding["what"])}</b></p>'
            f"<p>{escape(finding['why'])}</p><p>{escape(finding['action'])}{more}</p>{reference}</li>"
        )
    return f'<h3>Findings</h3><ul class="findings">{"".join(items)}</ul>'


def choices(part: Choices) -> str:
    rows = [
        [
            escape(choice["setting"]),
            number(escape(in_words(choice["value"]))),
            escape(choice["reason"]),
            escape(choice["evidence"]),
        ]
        for choice in part["choices"]
    ]
    table = rows_of(["setting", "#value", "reason", "rests on"], rows, "stack")
    return f"<h3>Each setting and its reason</h3><p>{escape(part['says'])}</p>{table}"


def importance(part: Importance) -> str:
    rows: list[Amount] = [{"name": each["setting"], "value": each["share"]} for each in part["settings"]]
    picture = charts.intervals(rows[:10], part["says"], percent=True)
    return figure_of("Which settings mattered", part["says"], picture, note=f"Shares: {part['method']}.")


def history(part: History) -> str:
    picture = charts.history(part["quick"], part["full"], part["best"], part["says"], y="on validation rows")
    names = [("hollow", "first rung"), ("c1", "trained in full"), ("c2", "best so far")]
    return figure_of("The search", part["says"], picture, charts.legend(names))


def curves(part: Curves) -> str:
    series, entries, values = [], [], []
    for kind, leader in zip(COLOURS, part["leaders"], strict=False):
        epochs: list[float] = leader.get("passes") or list(range(1, len(leader["train"]) + 1))
        train, valid = ([nan(value) for value in leader[name]] for name in ("train", "valid"))
        later = math.ceil(_EARLY * len(epochs)) if len(epochs) > 4 else 0
        values += [value for value in (*train[later:], *valid[later:]) if value == value]
        series.append(Series(f"{leader['name']}, training rows", epochs, train, f"{kind} dash"))
        if any(value == value for value in valid):
            series.append(Series(f"{leader['name']}, validation rows", epochs, valid, kind))
        entries.append((kind, leader["name"]))
    ordered = sorted(values) or [0.0, 1.0]
    scale = spread([ordered[0], ordered[int(_MOST * (len(ordered) - 1))]])
    first = part["leaders"][0]
    marks = [(passes.made(first, first["best_epoch"]), "kept")] if first["best_epoch"] else []
    most = max(passes.made(leader, len(leader["train"])) for leader in part["leaders"])
    is_whole = not any("passes" in leader for leader in part["leaders"])
    span = Scale(1, most, whole=True) if is_whole else Scale(0, most)
    of = "epoch" if is_whole else "passes over the rows"
    picture = charts.lines(series, part["says"], x=of, y="loss", x_scale=span, y_scale=scale, marks=marks)
    entries.append(("dashed", "training rows"))
    title = "Learning curve" if len(part["leaders"]) == 1 else "Learning curves of the leaders"
    return figure_of(title, part["says"], picture, charts.legend(entries))


def settings(part: Settings) -> str:
    picture = charts.parallel(part["axes"], part["trials"], part["says"])
    return figure_of(
        "Trials by their settings",
        part["says"],
        picture,
        charts.legend([("c2", "best"), ("c1", "others, the better the stronger")]),
    )


def range_test(part: RangeTest) -> str:
    losses = [nan(value) for value in part["losses"]]
    known = sorted(value for value in losses if value == value)
    scale = spread([known[0], min(known[-1], 3 * known[len(known) // 2])]) if known else None
    rate = part.get("rate")
    marks = [(rate, "chosen")] if rate else []
    rates = Scale(part["rates"][0], part["rates"][-1], log=True)
    series = [Series("loss while the rate grows", part["rates"], losses, "c1")]
    picture = charts.lines(
        series, part["says"], x="learning rate", y="loss", x_scale=rates, y_scale=scale, marks=marks
    )
    return figure_of("The learning rate, measured", part["says"], picture)


def batch_search(part: BatchSearch) -> str:
    sizes, speed = part["sizes"], part["rows_per_second"]
    scale = spread([*sizes, part["batch_size"]], log=True)
    picture = charts.lines(
        [Series("speed", sizes, speed, "c1")],
        part["says"],
        x="rows in a step",
        y="rows a second",
        x_scale=scale,
        y_scale=spread(speed, zero=True),
        marks=[(part["batch_size"], "chosen")],
        dots=True,
    )
    return figure_of("The batch, measured", part["says"], picture)


def layers(part: Layers) -> list[str]:
    """Gradient by layer, and what the units do, at three moments of training."""
    wanted = [
        ("gradient", "Gradients by layer", "norm of the gradient", True),
        ("activation_std", "Activations by layer", "spread of activations", False),
        ("dead", "Dead units by layer", "share of dead units", False),
        ("saturated", "Saturated units by layer", "share of saturated units", False),
    ]
    found = []
    for name, title, words, is_log in wanted:
        values = part.get(name)
        if not values or (
            name in ("dead", "saturated") and not any(value for row in values for value in row)
        ):
            continue
        rows = [[nan(value) for value in row] for row in values]
        if is_log:
            rows = [[value if value > 0 else float("nan") for value in row] for row in rows]
        series = [
            Series(f"epoch {epoch}", range(1, len(row) + 1), row, kind)
            for kind, epoch, row in zip(COLOURS, part["epochs"], rows, strict=False)
        ]
        scale = spread([value for row in rows for value in row], log=is_log, zero=not is_log)
        span = Scale(1, max(2, len(rows[0])), whole=True)
        picture = charts.lines(
            series, part["says"], x="layer", y=words, x_scale=span, y_scale=scale, dots=True
        )
        says = part["says"] if name == "gradient" else _ends_words(words, part["epochs"], rows)
        legend = charts.legend([(each.kind, each.name) for each in series])
        found.append(figure_of(title, says, picture, legend))
    through = part.get("through_time", [])
    return found + [
        _through_time(own, part["epochs"], f", recurrent layer {number}" if len(through) > 1 else "")
        for number, own in enumerate(through, 1)
    ]


def _through_time(part: ThroughTime, epochs: Sequence[int], of: str) -> str:
    rows = [[value if value else float("nan") for value in row] for row in part["gradient"]]
    series = [
        Series(f"epoch {epoch}", part["back"], row, kind)
        for kind, epoch, row in zip(COLOURS, epochs, rows, strict=False)
    ]
    scale = spread([value for row in rows for value in row], log=True)
    span = Scale(0, max(1, part["back"][-1]), whole=True)
    picture = charts.lines(
        series, part["says"], x="steps before the last", y="size of the gradient", x_scale=span, y_scale=scale
    )
    legend = charts.legend([(each.kind, each.name) for each in series])
    return figure_of(f"Gradient by time step{of}", part["says"], picture, legend)


def _ends_words(words: str, epochs: Sequence[int], rows: Sequence[Sequence[float]]) -> str:
    first, last = (sum(row) / len(row) for row in (rows[0], rows[-1]))
    return f"The {words} is {figure(first)} on average in epoch {epochs[0]} and {figure(last)} in epoch {epochs[-1]}."


def _signed(value: float | None, decimals: int) -> str:
    if value is None:
        return ""
    rounded = round(value, decimals)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded):,.{decimals}f}"
