"""The report as one HTML page that needs nothing beside itself: `page(run)`; `body(run)` is its inside."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeVar

from honed.figures import counted, duration, figure, in_words
from honed.optional import optional
from honed.report import charts
from honed.report.charts import Scale, Series
from honed.report.story import story
from honed.run.terminal import visible

Part = dict[str, Any]
Drawn = TypeVar("Drawn", str, list[str])

_MARK = '<meta name="generator" content="honed">'
_COLOURS = ("c1", "c2", "c3", "c4", "c5", "c6")
_OPEN_COLUMNS = 12  # a longer list of columns is folded
_OPEN_EXPERIMENTS = 8
_EARLY, _MOST = 0.1, 0.98  # of the epochs, and of the later losses, for the height of a picture of curves


def is_page(path: Path) -> bool:
    """Whether a file is a page that `page` made."""
    if not path.is_file():  # to read a pipe would wait
        return False
    with contextlib.suppress(OSError), path.open("rb") as file:
        return _MARK.encode() in file.read(1000)
    return False


def page(run: Path, extra: str = "") -> str:
    """The whole page of a run.

    Parameters
    ----------
    run : the run's folder; the run may still go on.
    extra : HTML to put before ``</body>``.

    Raises
    ------
    InputError
        There is no run at that path.
    RunError
        Its files are damaged.
    """
    facts = story(run)
    title = escape(f"{facts['answer']['title']['target']} · {facts['run']} · honed")
    css = resources.files("honed.report").joinpath("page.css").read_text(encoding="utf-8")
    return visible(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"{_MARK}\n"
        f"<title>{title}</title>\n<style>\n{css}</style>\n</head>\n<body>\n"
        f'<main id="page">\n{_inside(facts)}\n</main>\n{extra}</body>\n</html>\n'
    )


def body(run: Path) -> str:
    """What stands inside ``<main id="page">``; errors as `page`."""
    return visible(_inside(story(run)))


def _inside(facts: Part) -> str:
    sections = (_header, _answer, _why, _unseen, _table, _reproduce)
    return "\n".join([*(_drawn(draw, facts, facts) for draw in sections), _left_out(facts)])


def _drawn(draw: Callable[[Any], Drawn], part: Any, facts: Part) -> Drawn | Literal[""]:
    """A section or a picture; where it cannot be drawn, nothing, and a sentence for the end of the page."""
    name = draw.__name__.strip("_")
    return optional(f"The part {name!r} of the page", partial(draw, part), "", facts["left_out"].append)


def _left_out(facts: Part) -> str:
    told = "".join(f"<li>{escape(sentence)}</li>" for sentence in facts["left_out"])
    return _section("left-out", "What is left out", "", f"<ul>{told}</ul>") if told else ""


# Parts of the page


def _header(facts: Part) -> str:
    answer = facts["answer"]
    title = answer["title"]
    what = f"{title['task']}, {title['classes']} classes" if title["classes"] > 2 else title["task"]
    words = [
        title["data"],
        what,
        {"done": "", "stopped": "stopped early", "running": "still running", "interrupted": "interrupted"}[
            facts["state"]
        ],
    ]
    return (
        f'<header><p class="kicker">{escape(" · ".join(word for word in words if word))}</p>'
        f"<h1>Predicting {escape(title['target'])}</h1>{_big_score(answer)}</header>"
    )


def _big_score(answer: Part) -> str:
    used = next((score for score in answer["scores"] if score["used"]), None)
    if used is None:
        return f'<p class="lead">{escape(answer["says"])}</p>'
    interval = ""
    if used["low"] is not None:
        low, high = figure(used["low"], pad=True), figure(used["high"], pad=True)
        interval = f'<span class="interval">{low} to {high}</span>'
    better = "higher" if answer["greater_is_better"] else "lower"
    name = _spoken(answer["metric"])
    if answer["positive"] is not None:
        name += f" of {answer['positive']!r}"
    return (
        f'<p class="score"><b>{figure(used["value"], pad=True)}</b>{interval}</p>'
        f'<p class="lead">{escape(name)} on {counted(answer["rows"], "row")} that no choice has seen'
        f"{', with its 95% interval' if interval else ''}; {better} is better.</p>"
    )


def _answer(facts: Part) -> str:
    answer = facts["answer"]
    parts = []
    if len(answer["scores"]) > 1:
        picture = charts.scores(answer["scores"], answer["scores_say"] or answer["says"])
        parts.append(_figure("Beside what it has to beat", answer["scores_say"] or answer["says"], picture))
    if answer["network"]:
        network = answer["network"]
        parts.append(
            _figure("The network", network["says"], charts.layers(network["sizes"], network["says"]))
        )
    inside = _grid(parts)
    for sentence in (answer["verdict"], answer["warning"]):
        if sentence:
            inside = f'<p class="verdict">{escape(sentence)}</p>{inside}'
    if answer["ensemble"]:
        inside += _ensemble(answer)
    if answer["next"]:
        steps = "".join(f"<li>{escape(step)}</li>" for step in answer["next"])
        inside += f'<h3>What to do next</h3><ol class="next">{steps}</ol>'
    if answer["notes"]:
        notes = "".join(f"<li>{escape(note)}</li>" for note in answer["notes"])
        inside += f"<details><summary>Notes on this run</summary><ul>{notes}</ul></details>"
    return _section("answer", "The answer", "", inside) if inside else ""


def _ensemble(answer: Part) -> str:
    rows = [
        [
            escape(member["name"]),
            escape(member.get("network", "")),
            _number(f"{member['weight']:.0%}"),
            _number(f"{member.get('networks', 1):,}"),
            _number(figure(member["score"], pad=True) if member.get("score") is not None else ""),
        ]
        for member in answer["ensemble"]
    ]
    table = _rows(["candidate", "network", "#weight", "#networks", "#on validation"], rows)
    return f"<details><summary>Who votes in the ensemble</summary>{table}</details>"


def _why(facts: Part) -> str:
    why = facts["why"]
    drawn: list[tuple[str, Callable[[Part], str]]] = [
        ("importance", _importance),
        ("history", _history),
        ("curves", _curves),
        ("settings", _settings),
        ("range_test", _range_test),
        ("batch_search", _batch_search),
    ]
    pictures = [_drawn(draw, why[name], facts) for name, draw in drawn if why[name]]
    if why["layers"]:
        pictures += _drawn(_layers, why["layers"], facts)
    inside = _drawn(_ledger, why["ledger"], facts) if why["ledger"] else ""
    inside += _drawn(_findings, why["findings"], facts) if why["findings"] else ""
    inside += _grid([picture for picture in pictures if picture])
    inside += _drawn(_choices, why["choices"], facts) if why["choices"] else ""
    return _section("why", "Why", "", inside) if inside else ""


def _ledger(part: Part) -> str:
    """The experiments that bought most; the others folded."""
    effects = sorted(abs(entry["effect"]) for entry in part["experiments"] if entry["effect"])
    decimals = 4 if not effects else min(8, max(0, 1 - math.floor(math.log10(effects[len(effects) // 2]))))
    rows = [_experiment(entry, decimals) for entry in part["experiments"]]
    heading = ["change", "#bought", "#95% interval", "#a random change", ""]
    inside = _rows(heading, rows[:_OPEN_EXPERIMENTS], "brief")
    if rest := rows[_OPEN_EXPERIMENTS:]:
        inside += f"<details><summary>{len(rest)} that bought less</summary>{_rows(heading, rest, 'brief')}</details>"
    return f"<h3>What each knob bought</h3><p>{escape(part['says'])}</p>{inside}"


def _experiment(entry: Part, decimals: int) -> list[str]:
    control = entry["control"] or {"effect": None}
    ends = [_signed(entry[end], decimals) for end in ("low", "high")]
    return [
        f"<b>{escape(entry['words'])}</b><small>{escape(entry['finding'])}</small>",
        _number(_signed(entry["effect"], decimals)),
        _number(" to ".join(ends) if all(ends) else ""),
        _number(_signed(control["effect"], decimals)),
        '<span class="mark good">clear</span>'
        if entry["won"]
        else '<span class="mark">within the noise</span>',
    ]


def _findings(findings: Sequence[Part]) -> str:
    items = []
    for finding in findings:
        more = f" <code>{escape(finding['options'])}</code>" if finding["options"] else ""
        reference = f'<p class="soft">{escape(finding["reference"])}</p>' if finding["reference"] else ""
        items.append(
            f'<li class="finding {escape(finding["severity"])}"><p><b>{escape(finding["what"])}</b></p>'
            f"<p>{escape(finding['why'])}</p><p>{escape(finding['action'])}{more}</p>{reference}</li>"
        )
    return f'<h3>Findings</h3><ul class="findings">{"".join(items)}</ul>'


def _choices(part: Part) -> str:
    rows = [
        [
            escape(choice["setting"]),
            _number(escape(in_words(choice["value"]))),
            escape(choice["reason"]),
            escape(choice["evidence"]),
        ]
        for choice in part["choices"]
    ]
    table = _rows(["setting", "#value", "reason", "rests on"], rows, "stack")
    return f"<h3>Each setting and its reason</h3><p>{escape(part['says'])}</p>{table}"


def _importance(part: Part) -> str:
    rows = [{"name": each["setting"], "value": each["share"]} for each in part["settings"]]
    picture = charts.intervals(rows[:10], part["says"], percent=True)
    return _figure("Which settings mattered", part["says"], picture, note=f"Shares: {part['method']}.")


def _history(part: Part) -> str:
    picture = charts.history(part["quick"], part["full"], part["best"], part["says"], y="on validation rows")
    names = [("hollow", "first rung"), ("c1", "trained in full"), ("c2", "best so far")]
    return _figure("The search", part["says"], picture, charts.legend(names))


def _curves(part: Part) -> str:
    series, entries, values = [], [], []
    for kind, leader in zip(_COLOURS, part["leaders"], strict=False):
        epochs = list(range(1, len(leader["train"]) + 1))
        train, valid = ([_nan(value) for value in leader[name]] for name in ("train", "valid"))
        later = math.ceil(_EARLY * len(epochs)) if len(epochs) > 4 else 0
        values += [value for value in (*train[later:], *valid[later:]) if value == value]
        series.append(Series(f"{leader['name']}, training rows", epochs, train, f"{kind} dash"))
        if any(value == value for value in valid):
            series.append(Series(f"{leader['name']}, validation rows", epochs, valid, kind))
        entries.append((kind, leader["name"]))
    ordered = sorted(values) or [0.0, 1.0]
    scale = charts.spread([ordered[0], ordered[int(_MOST * (len(ordered) - 1))]])
    first = part["leaders"][0]
    marks = [(first["best_epoch"], "kept")] if first["best_epoch"] else []
    span = Scale(1, max(len(leader["train"]) for leader in part["leaders"]), whole=True)
    picture = charts.lines(
        series, part["says"], x="epoch", y="loss", x_scale=span, y_scale=scale, marks=marks
    )
    entries.append(("dashed", "training rows"))
    title = "Learning curve" if len(part["leaders"]) == 1 else "Learning curves of the leaders"
    return _figure(title, part["says"], picture, charts.legend(entries))


def _settings(part: Part) -> str:
    picture = charts.parallel(part["axes"], part["trials"], part["says"])
    return _figure(
        "Trials by their settings",
        part["says"],
        picture,
        charts.legend([("c2", "best"), ("c1", "others, the better the stronger")]),
    )


def _range_test(part: Part) -> str:
    losses = [_nan(value) for value in part["losses"]]
    known = sorted(value for value in losses if value == value)
    scale = charts.spread([known[0], min(known[-1], 3 * known[len(known) // 2])]) if known else None
    marks = [(part["rate"], "chosen")] if part.get("rate") else []
    rates = Scale(part["rates"][0], part["rates"][-1], log=True)
    series = [Series("loss while the rate grows", part["rates"], losses, "c1")]
    picture = charts.lines(
        series, part["says"], x="learning rate", y="loss", x_scale=rates, y_scale=scale, marks=marks
    )
    return _figure("The learning rate, measured", part["says"], picture)


def _batch_search(part: Part) -> str:
    sizes, speed = part["sizes"], part["rows_per_second"]
    scale = charts.spread([*sizes, part["batch_size"]], log=True)
    picture = charts.lines(
        [Series("speed", sizes, speed, "c1")],
        part["says"],
        x="rows in a step",
        y="rows a second",
        x_scale=scale,
        y_scale=charts.spread(speed, zero=True),
        marks=[(part["batch_size"], "chosen")],
        dots=True,
    )
    return _figure("The batch, measured", part["says"], picture)


def _layers(part: Part) -> list[str]:
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
        rows = [[_nan(value) for value in row] for row in values]
        if is_log:
            rows = [[value if value > 0 else float("nan") for value in row] for row in rows]
        series = [
            Series(f"epoch {epoch}", range(1, len(row) + 1), row, kind)
            for kind, epoch, row in zip(_COLOURS, part["epochs"], rows, strict=False)
        ]
        scale = charts.spread([value for row in rows for value in row], log=is_log, zero=not is_log)
        span = Scale(1, max(2, len(rows[0])), whole=True)
        picture = charts.lines(
            series, part["says"], x="layer", y=words, x_scale=span, y_scale=scale, dots=True
        )
        says = part["says"] if name == "gradient" else _ends_words(words, part["epochs"], rows)
        legend = charts.legend([(each.kind, each.name) for each in series])
        found.append(_figure(title, says, picture, legend))
    return found


def _ends_words(words: str, epochs: Sequence[int], rows: Sequence[Sequence[float]]) -> str:
    first, last = (sum(row) / len(row) for row in (rows[0], rows[-1]))
    return f"The {words} is {figure(first)} on average in epoch {epochs[0]} and {figure(last)} in epoch {epochs[-1]}."


def _unseen(facts: Part) -> str:
    part = facts["unseen"]
    if "rows" not in part:
        return _section("unseen", "The model on the data", part["says"], "")
    pictures = _class_pictures(part) if part["classes"] else _value_pictures(part)
    importance = part["importance"]
    note = (
        f"{counted(importance['rows'], 'row')}, {importance['repeats']} shuffles; whiskers are 95% intervals."
    )
    pictures.append(
        _figure(
            "Which columns count",
            importance["says"],
            charts.intervals(importance["columns"], importance["says"]),
            note=note,
        )
    )
    pictures += [_effect(effect) for effect in part["effects"]]
    return _section("unseen", "The model on the data", part["says"], _grid(pictures) + _worst(part["worst"]))


def _class_pictures(part: Part) -> list[str]:
    matrix, found = part["confusion"], []
    picture = charts.heat(matrix["matrix"], matrix["classes"], matrix["classes"], matrix["says"])
    found.append(_figure("What it says of each class", matrix["says"], picture))
    unit = Scale(0, 1)
    if roc := part["roc"]:
        series, legend = _by_class(roc["curves"], "false", "true")
        picture = charts.lines(
            series, roc["says"], x="false alarms", y="found", x_scale=unit, y_scale=unit, diagonal=True
        )
        found.append(_figure("ROC curve", roc["says"], picture, legend))
    if pr := part["precision_recall"]:
        series, legend = _by_class(pr["curves"], "recall", "precision")
        picture = charts.lines(
            series, pr["says"], x="found (recall)", y="right of those (precision)", x_scale=unit, y_scale=unit
        )
        found.append(_figure("Precision and recall", pr["says"], picture, legend))
    calibration = part["calibration"]
    picture = charts.reliability(
        calibration["bins"], calibration["says"], x=calibration["of"], y="share that happened"
    )
    found.append(_figure("Can its probabilities be believed?", calibration["says"], picture))
    return found


def _by_class(curves: Sequence[Part], x: str, y: str) -> tuple[list[Series], str]:
    series = [
        Series(f"{curve['class']}: area {curve['area']:.3f}", curve[x], curve[y], kind)
        for kind, curve in zip(_COLOURS, curves, strict=False)
    ]
    return series, charts.legend([(each.kind, each.name) for each in series])


def _value_pictures(part: Part) -> list[str]:
    predicted, residuals = part["predicted"], part["residuals"]
    both = charts.spread([*predicted["truth"], *predicted["told"]])
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
        _figure("Predicted and true", predicted["says"], cloud),
        _figure("Residuals", residuals["says"], bars),
        _figure("Residuals by prediction", widths, rest),
    ]


def _effect(effect: Part) -> str:
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
    return _figure(f"Effect of {effect['column']}", effect["says"], picture, note=note)


def _worst(part: Part) -> str:
    names = list(part["rows"][0]["cells"]) if part["rows"] else []
    is_classes = bool(part["rows"]) and part["rows"][0]["sure"] is not None
    heading = ["#row", "true", "said", "#sure"] if is_classes else ["#row", "#true", "#predicted"]
    rows = []
    for row in part["rows"]:
        if is_classes:
            own = [escape(row["truth"]), escape(row["said"]), _number(f"{row['sure']:.0%}")]
        else:
            own = [_number(figure(row["truth"])), _number(figure(row["said"]))]
        cells = [
            "<i>empty</i>" if row["cells"][name] is None else escape(row["cells"][name]) for name in names
        ]
        rows.append([_number(f"{row['row']:,}"), *own, *cells])
    return (
        f"<h3>The worst errors</h3><p>{escape(part['says'])} These are rows of your table, counted from 1: "
        f"mind to whom you give this page.</p>{_rows([*heading, *names], rows)}"
    )


def _table(facts: Part) -> str:
    table = facts["table"]
    if table is None:
        return ""
    rows, target = table["rows"], table["target"]
    told = [("rows with a target", rows["all"]), ("without, left out", rows["dropped"])]
    told += [("train and choose", rows.get("train")), ("kept for the final score", rows.get("outer"))]
    told += [
        ("folds", rows.get("folds")),
        ("repeats", rows.get("repeats")),
        ("empty cells", table["missing"]),
    ]
    inside = _facts_list([(name, f"{value:,}") for name, value in told if value is not None])
    inside += f"<p>{escape(target['reason'])}.</p>"
    if table["left_out"]:
        left = _rows(
            ["left out", "why"],
            [[f"<b>{escape(column['name'])}</b>", escape(column["reason"])] for column in table["left_out"]],
            "wrap",
        )
        inside += f"<h3>Columns left out</h3>{left}"
    columns = _rows(
        ["column", "kind", "#distinct", "#empty", "evidence"],
        [
            [
                escape(column["name"]),
                escape(column["kind"]),
                _number(f"{column['distinct']:,}"),
                _number(f"{column['missing']:,}"),
                escape(column["reason"]),
            ]
            for column in table["columns"]
        ],
        "wrap",
    )
    is_open = " open" if len(table["columns"]) <= _OPEN_COLUMNS else ""
    inside += f"<details{is_open}><summary>All {counted(len(table['columns']), 'column')}</summary>{columns}</details>"
    return _section("table", "The data", table["says"], inside)


def _reproduce(facts: Part) -> str:
    part = facts["reproduce"]
    if part is None:
        return ""
    told = [("data", part["data"]), ("SHA-256 of the data", part["fingerprint"]), ("seed", str(part["seed"]))]
    told += [("Python", f"{part['python']}, {part['machine']}")]
    told += [("versions", ", ".join(f"{name} {number}" for name, number in part["versions"].items()))]
    told += [(name, part[key]) for name, key in (("processor", "processor"), ("BLAS", "blas")) if part[key]]
    if part["seconds"] is not None:
        told.append(("took", duration(part["seconds"])))
    inside = f"<pre><code>{escape(part['command'])}</code></pre>{_facts_list(told)}"
    return _section("reproduce", "Do it again", part["says"], inside)


# Pieces of HTML


def _section(name: str, title: str, says: str, inside: str) -> str:
    lead = f"<p>{escape(says)}</p>" if says else ""
    return f'<section id="{name}"><h2>{escape(title)}</h2>{lead}{inside}</section>'


def _figure(title: str, says: str, picture: str, legend: str = "", note: str = "") -> str:
    small = f'<p class="soft">{escape(note)}</p>' if note else ""
    caption = f"<figcaption><h3>{escape(title)}</h3><p>{escape(says)}</p></figcaption>"
    return f"<figure>{caption}{picture}{legend}{small}</figure>"


def _grid(figures: Sequence[str]) -> str:
    return f'<div class="grid">{"".join(figures)}</div>' if figures else ""


def _rows(heading: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> str:
    """A table of HTML cells; a heading that starts with # stands over numbers.

    On a phone the kind "stack" folds rows, and "brief" leaves out the third and fourth column.
    """
    top = "".join(
        f'<th class="number">{escape(name[1:])}</th>' if name.startswith("#") else f"<th>{escape(name)}</th>"
        for name in heading
    )
    inside = "".join(
        "<tr>" + "".join(cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    table = f'<table class="{kind}"><thead><tr>{top}</tr></thead><tbody>{inside}</tbody></table>'
    return f'<div class="scroll">{table}</div>'


def _number(text: str) -> str:
    return f'<td class="number">{text}</td>'


def _facts_list(pairs: Sequence[tuple[str, str]]) -> str:
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs)
    return f"<dl>{items}</dl>"


def _signed(value: float | None, decimals: int) -> str:
    if value is None:
        return ""
    rounded = round(value, decimals)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded):,.{decimals}f}"


def _spoken(metric: str) -> str:
    words = metric.replace("_", " ")
    return words[0].upper() + words[1:]


def _nan(value: float | None) -> float:
    return float("nan") if value is None else value
