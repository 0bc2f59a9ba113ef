"""The section of the page on what the model does on the data: `unseen`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from honed.figures import counted, figure
from honed.report import charts
from honed.report.axes import Scale, Series, spread
from honed.report.elements import COLOURS, figure_of, grid, number, rows_of, section
from honed.report.parts import (
    ColumnImportance,
    Effect,
    Mistaken,
    Shown,
    Story,
    UnseenClasses,
    UnseenValues,
    Worst,
)
from honed.typed import JSON


def unseen(facts: Story) -> str:
    part = facts["unseen"]
    inside = ""
    if "targets" in part:
        for own in part["targets"]:
            shown = own["unseen"]
            inside += f"<h3>{escape(own['target'])}</h3><p>{escape(shown['says'])}</p>"
            inside += _inside(shown) if "rows" in shown else ""
    elif "rows" in part:
        inside = _inside(part)
    return section("unseen", "The model on the data", part["says"], inside)


def _inside(part: UnseenClasses | UnseenValues) -> str:
    """Pictures and tables of what a model of one target does."""
    pictures = _class_pictures(part) if "confusion" in part else _value_pictures(part)
    if importance := part["importance"]:
        pictures.append(_importance(importance))
    pictures += [_effect(effect) for effect in part["effects"]]
    below = _worst(part["worst"])
    if "confusion" in part:
        below += _mistakes(part["confusion"].get("mistakes", []))
    if filters := part.get("filters"):
        images = "".join(_image(each, f"filter {n}") for n, each in enumerate(filters["pictures"], 1))
        below += (
            f"<h3>What its first layer looks for</h3><p>{escape(filters['says'])}</p>"
            f'<div class="pictures">{images}</div>'
        )
    return grid(pictures) + below


def _importance(importance: ColumnImportance) -> str:
    note = (
        f"{counted(importance['rows'], 'row')}, {importance['repeats']} shuffles; whiskers are 95% intervals."
    )
    picture = charts.intervals(importance["columns"], importance["says"])
    return figure_of("Which columns count", importance["says"], picture, note=note)


def _class_pictures(part: UnseenClasses) -> list[str]:
    matrix, found = part["confusion"], []
    picture = charts.heat(matrix["matrix"], matrix["classes"], matrix["classes"], matrix["says"])
    found.append(figure_of("What it says of each class", matrix["says"], picture))
    unit = Scale(0, 1)
    if roc := part["roc"]:
        series, legend = _by_class(roc["curves"], "false", "true")
        picture = charts.lines(
            series, roc["says"], x="false alarms", y="found", x_scale=unit, y_scale=unit, diagonal=True
        )
        found.append(figure_of("ROC curve", roc["says"], picture, legend))
    if pr := part["precision_recall"]:
        series, legend = _by_class(pr["curves"], "recall", "precision")
        picture = charts.lines(
            series, pr["says"], x="found (recall)", y="right of those (precision)", x_scale=unit, y_scale=unit
        )
        found.append(figure_of("Precision and recall", pr["says"], picture, legend))
    calibration = part["calibration"]
    picture = charts.reliability(
        calibration["bins"], calibration["says"], x=calibration["of"], y="share that happened"
    )
    found.append(figure_of("Can its probabilities be believed?", calibration["says"], picture))
    return found


def _by_class(curves: Sequence[Mapping[str, JSON]], x: str, y: str) -> tuple[list[Series], str]:
    series = [
        Series(f"{curve['class']}: area {curve['area']:.3f}", curve[x], curve[y], kind)
        for kind, curve in zip(COLOURS, curves, strict=False)
    ]
    return series, charts.legend([(each.kind, each.name) for each in series])


def _value_pictures(part: UnseenValues) -> list[str]:
    predicted, residuals = part["predicted"], part["residuals"]
    both = spread([*predicted["truth"], *predicted["told"]])
    cloud = charts.points(
        predicted["told"],
        predicted["truth"],
        predicted["says"],
        x="predicted",
        y="true",
        diagonal=True,
        x_scale=both,
        y_scale=both,
    )
    bars = charts.histogram(
        residuals["edges"], residuals["counts"], residuals["says"], x="true less predicted", level=0.0
    )
    widths = residuals["spread_says"]
    rest = charts.points(
        residuals["told"], residuals["rest"], widths, x="predicted", y="true less predicted", level=0.0
    )
    return [
        figure_of("Predicted and true", predicted["says"], cloud),
        figure_of("Residuals", residuals["says"], bars),
        figure_of("Residuals by prediction", widths, rest),
    ]


def _effect(effect: Effect) -> str:
    if effect["kind"] == "numeric":
        series = [Series(effect["column"], effect["values"], effect["mean"], "c1")]
        picture = charts.lines(
            series, effect["says"], x=effect["column"], y=effect["of"], band=(effect["low"], effect["high"])
        )
    else:
        picture = charts.bars(
            effect["values"], effect["mean"], effect["low"], effect["high"], effect["says"], y=effect["of"]
        )
    note = f"Mean over rows; the {'band' if effect['kind'] == 'numeric' else 'bar'} holds the middle half of them."
    return figure_of(f"Effect of {effect['column']}", effect["says"], picture, note=note)


def _worst(part: Worst) -> str:
    first = part["rows"][0] if part["rows"] else None
    names = list(first.get("cells", {})) if first else []
    is_classes, are_pictures = (
        first is not None and first["sure"] is not None,
        bool(first and "picture" in first),
    )
    heading = ["#row", "true", "said", "#sure"] if is_classes else ["#row", "#true", "#predicted"]
    rows = []
    for row in part["rows"]:
        own = [_answer_cell(row["truth"]), _answer_cell(row["said"])]
        if row["sure"] is not None:
            own.append(number(f"{row['sure']:.0%}"))
        known = row.get("cells", {})
        cells = ["<i>empty</i>" if (cell := known[name]) is None else escape(cell) for name in names]
        shown = [_shown(row)] if are_pictures else []
        rows.append([*shown, number(f"{row['row']:,}"), *own, *cells])
    what = part.get("of", "pictures" if are_pictures else "rows of your table")
    title = "curves" if "of" in part else "picture"
    return (
        f"<h3>The worst errors</h3><p>{escape(part['says'])} These are {what}, counted from 1: "
        f"mind to whom you give this page.</p>{rows_of([*([title] * are_pictures), *heading, *names], rows)}"
    )


def _mistakes(mistakes: Sequence[Mistaken]) -> str:
    """The commonest mistakes, each with a picture."""
    if not mistakes:
        return ""
    rows = [
        [_shown(each["example"]), escape(each["truth"]), escape(each["said"]), number(f"{each['count']:,}")]
        for each in mistakes
    ]
    return f"<h3>The commonest mistakes</h3>{rows_of(['for example', 'true', 'said', '#times'], rows)}"


def _shown(row: Shown) -> str:
    """A picture, with its name under it."""
    name = row.get("name", "")
    return _image(row.get("picture", ""), name) + (f"<br><small>{escape(name)}</small>" if name else "")


def _image(address: str, name: str = "") -> str:
    return f'<img class="picture" src="{escape(address)}" alt="{escape(name)}">'


def _answer_cell(answer: str | float) -> str:
    return escape(answer) if isinstance(answer, str) else number(figure(answer))
