"""The report as one HTML page that needs nothing beside itself: `page(run)`; `body(run)` is its inside."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeVar

from honed.errors import InputError
from honed.figures import counted, duration, figure
from honed.optional import optional
from honed.report import charts, decided, html_why
from honed.report.elements import big_score, facts_list, figure_of, grid, number, rows_of, section, spoken
from honed.report.facts import Decision
from honed.report.html_unseen import unseen
from honed.report.parts import Answer, State, Story
from honed.report.story import story
from honed.run.terminal import visible

Drawn = TypeVar("Drawn", str, list[str])

_MARK = '<meta name="generator" content="honed">'
_OPEN_COLUMNS = 12  # a longer list of columns is folded
_STATES: dict[State, str] = {
    "done": "",
    "stopped": "stopped early",
    "running": "still running",
    "failed": "ended without a model",
    "interrupted": "interrupted",
}


def destination(run: Path, out: Path | None) -> Path:
    """Where the page goes, by default into the run's folder; `InputError` where something else would be lost."""
    out = run / "report.html" if out is None else out
    if run.is_dir() and not out.parent.is_dir():
        raise InputError(f"There is no folder {out.parent} to write {out.name} to. Make it first.")
    if out.is_dir():
        raise InputError(
            f"{out} is a folder, so no page can be written there. Give the name of a file in it."
        )
    if out.exists() and not is_page(out):
        raise InputError(
            f"{out} is no report, and what it holds would be lost. Give another name with --out."
        )
    return out


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


def _inside(facts: Story) -> str:
    sections = (_header, _answer, _why, unseen, _table, _reproduce)
    return "\n".join([*(_drawn(draw, facts, facts) for draw in sections), _left_out(facts)])


def _drawn(draw: Callable[[Any], Drawn], part: Any, facts: Story) -> Drawn | Literal[""]:
    """A section or a picture; where it cannot be drawn, nothing, and a sentence for the end of the page."""
    name = draw.__name__.strip("_")
    return optional(f"The part {name!r} of the page", partial(draw, part), "", facts["left_out"].append)


def _left_out(facts: Story) -> str:
    told = "".join(f"<li>{escape(sentence)}</li>" for sentence in facts["left_out"])
    return section("left-out", "What is left out", "", f"<ul>{told}</ul>") if told else ""


def _header(facts: Story) -> str:
    answer = facts["answer"]
    title = answer["title"]
    what = f"{title['task']}, {title['classes']} classes" if title["classes"] > 2 else title["task"]
    if answer["heads"]:
        what = f"{len(answer['heads'])} targets"
    words = [
        title["data"],
        what,
        _STATES[facts["state"]],
    ]
    return (
        f'<header><p class="kicker">{escape(" · ".join(word for word in words if word))}</p>'
        f"<h1>Predicting {escape(title['target'])}</h1>{_big_score(answer)}</header>"
    )


def _big_score(answer: Answer) -> str:
    used = next((score for score in answer["scores"] if score["used"]), None)
    if used is None:
        return f'<p class="lead">{escape(answer["says"])}</p>'
    return big_score(used, answer["metric"], answer["positive"], answer["where"], answer["greater_is_better"])


def _answer(facts: Story) -> str:
    answer = facts["answer"]
    parts = []
    if len(answer["scores"]) > 1:
        picture = charts.scores(answer["scores"], answer["scores_say"] or answer["says"])
        parts.append(figure_of("Beside what it has to beat", answer["scores_say"] or answer["says"], picture))
    if answer["network"]:
        network = answer["network"]
        parts.append(
            figure_of("The network", network["says"], charts.layers(network["sizes"], network["says"]))
        )
    inside = grid(parts)
    for sentence in (answer["intervals_say"], answer["verdict"], answer["warning"]):
        if sentence:
            inside = f'<p class="verdict">{escape(sentence)}</p>{inside}'
    if answer["heads"]:
        inside += _heads(answer)
    if answer["decision"]:
        inside += _decision(answer, answer["decision"])
    if answer["ensemble"]:
        inside += _ensemble(answer)
    if answer["next"]:
        steps = "".join(f"<li>{escape(step)}</li>" for step in answer["next"])
        inside += f'<h3>What to do next</h3><ol class="next">{steps}</ol>'
    if answer["notes"]:
        notes = "".join(f"<li>{escape(note)}</li>" for note in answer["notes"])
        inside += f"<details><summary>Notes on this run</summary><ul>{notes}</ul></details>"
    return section("answer", "The answer", "", inside) if inside else ""


def _heads(answer: Answer) -> str:
    rows = [
        [
            escape(head["target"]),
            escape(spoken(head["metric"])),
            escape(title),
            number(figure(value, pad=True)),
        ]
        for head in answer["heads"]
        for title, value in head["scores"].items()
    ]
    return rows_of(["target", "metric", "by", "#score"], rows)


def _decision(answer: Answer, told: Decision) -> str:
    """From where on the positive class is predicted, and what that comes to."""
    inside = f"<h3>The decision</h3><p>{escape(answer['decision_says'])}</p>"
    if "unseen" not in told:
        return inside
    (_, *heading), *rows = decided.confusion(told, told["unseen"])
    cells = [[f"<b>{escape(name)}</b>", *map(number, counts)] for name, *counts in rows]
    return inside + rows_of(["", *(f"#{name}" for name in heading)], cells)


def _ensemble(answer: Answer) -> str:
    rows = [
        [
            escape(member["name"]),
            escape(member.get("network", "")),
            number(f"{member['weight']:.0%}"),
            number(f"{member.get('networks', 1):,}"),
            number(figure(score, pad=True) if (score := member.get("score")) is not None else ""),
            *(number(f"{share:.0%}") for share in member.get("heads", [])),
        ]
        for member in answer["ensemble"]
    ]
    of_each = (
        [f"#of {head['target']}" for head in answer["heads"]] if "heads" in answer["ensemble"][0] else []
    )
    table = rows_of(["candidate", "network", "#weight", "#networks", "#on validation", *of_each], rows)
    return f"<details><summary>Who votes in the ensemble</summary>{table}</details>"


def _why(facts: Story) -> str:
    why = facts["why"]
    drawn: list[tuple[str, Callable[[Any], str]]] = [
        ("importance", html_why.importance),
        ("history", html_why.history),
        ("curves", html_why.curves),
        ("settings", html_why.settings),
        ("range_test", html_why.range_test),
        ("batch_search", html_why.batch_search),
    ]
    pictures = [_drawn(draw, why[name], facts) for name, draw in drawn if why[name]]
    if why["layers"]:
        pictures += _drawn(html_why.layers, why["layers"], facts)
    inside = _drawn(html_why.ledger, why["ledger"], facts) if why["ledger"] else ""
    inside += _drawn(html_why.findings, why["findings"], facts) if why["findings"] else ""
    inside += grid([picture for picture in pictures if picture])
    inside += _drawn(html_why.choices, why["choices"], facts) if why["choices"] else ""
    return section("why", "Why", "", inside) if inside else ""


def _table(facts: Story) -> str:
    table = facts["table"]
    if table is None:
        return ""
    rows, target = table["rows"], table["target"]
    meant = "rows with all targets" if table["further"] else "rows with a target"
    told = [(meant, rows["all"]), ("without, left out", rows["dropped"])]
    told += [("train and choose", rows.get("train")), ("kept for the final score", rows.get("outer"))]
    told += [
        ("folds", rows.get("folds")),
        ("repeats", rows.get("repeats")),
        ("empty cells", table["missing"]),
    ]
    inside = facts_list([(name, f"{value:,}") for name, value in told if value is not None])
    for own in (target, *table["further"]):
        inside += f"<p>{escape(own['reason'])}.</p>"
    if table["left_out"]:
        left = rows_of(
            ["left out", "why"],
            [[f"<b>{escape(column['name'])}</b>", escape(column["reason"])] for column in table["left_out"]],
            "wrap",
        )
        inside += f"<h3>Columns left out</h3>{left}"
    columns = rows_of(
        ["column", "kind", "evidence", "such as", "#distinct", "#empty"],
        [
            [
                f"<b>{escape(column['name'])}</b>",
                escape(f"{column['kind']} ({column['unit']})" if column["unit"] else column["kind"]),
                escape(column["reason"]),
                "<br>".join(f"<code>{escape(cell)}</code>" for cell in column["examples"]),
                number(f"{column['distinct']:,}"),
                number(f"{column['missing']:,}"),
            ]
            for column in table["columns"]
        ],
        "stack told",
    )
    is_open = " open" if len(table["columns"]) <= _OPEN_COLUMNS else ""
    if table["columns"]:
        many = counted(len(table["columns"]), "column")
        inside += f"<details{is_open}><summary>All {many}</summary>{columns}</details>"
    return section("table", "The data", table["says"], inside)


def _reproduce(facts: Story) -> str:
    part = facts["reproduce"]
    if part is None:
        return ""
    told = [("data", part["data"]), ("SHA-256 of the data", part["fingerprint"]), ("seed", str(part["seed"]))]
    told += [("Python", f"{part['python']}, {part['machine']}")]
    told += [("versions", ", ".join(f"{name} {number}" for name, number in part["versions"].items()))]
    told += [(name, part[key]) for name, key in (("processor", "processor"), ("BLAS", "blas")) if part[key]]
    told.append(("trained on", part["device"]))
    if part["seconds"] is not None:
        told.append(("took", duration(part["seconds"])))
    inside = f"<pre><code>{escape(part['command'])}</code></pre>{facts_list(told)}"
    return section("reproduce", "Do it again", part["says"], inside)
