"""The section of the page on what the model does on the data: `unseen`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from honed.figures import counted, figure
from honed.report import charts
from honed.report.axes import Scale, Series, spread
from honed.report.elements import COLOURS, figure_of, grid, number, rows_of, section
from honed.report.parts import Effect, Story, UnseenClasses, UnseenValues, Worst
from honed.typed import JSON


def unseen(facts: Story) -> str:
    part = facts["unseen"]
    if "rows" not in part:
        return section("unseen", "The model on the data", part["says"], "")
    pictures = _class_pictures(part) if "confusion" in part else _value_pictures(part)
    importance = part["importance"]
    note = (
        f"{counted(importance['rows'], 'row')}, {importance['repeats']} shuffles; whiskers are 95% intervals."
    )
    pictures.append(
        figure_of(
            "Which columns count",
            importance["says"],
            charts.intervals(importance["columns"], importance["says"]),
            note=note,
        )
    )
    pictures += [_effect(effect) for effect in part["effects"]]
    return section("unseen", "The model on the data", part["says"], grid(pictures) + _worst(part["worst"]))


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
    names = list(part["rows"][0]["cells"]) if part["rows"] else []
    is_classes = bool(part["rows"]) and part["rows"][0]["sure"] is not None
    heading = ["#row", "true", "said", "#sure"] if is_classes else ["#row", "#true", "#predicted"]
    rows = []
    for row in part["rows"]:
        own = [_answer_cell(row["truth"]), _answer_cell(row["said"])]
        if row["sure"] is not None:
            own.append(number(f"{row['sure']:.0%}"))
        cells = ["<i>empty</i>" if (cell := row["cells"][name]) is None else escape(cell) for name in names]
        rows.append([number(f"{row['row']:,}"), *own, *cells])
    return (
        f"<h3>The worst errors</h3><p>{escape(part['says'])} These are rows of your table, counted from 1: "
        f"mind to whom you give this page.</p>{rows_of([*heading, *names], rows)}"
    )


def _answer_cell(answer: str | float) -> str:
    return escape(answer) if isinstance(answer, str) else number(figure(answer))
