"""Pieces of HTML that every section is made of: sections, figures, tables, lists of facts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from honed.figures import figure
from honed.report.parts import NamedScore

COLOURS = ("c1", "c2", "c3", "c4", "c5", "c6")


def section(name: str, title: str, says: str, inside: str) -> str:
    lead = f"<p>{escape(says)}</p>" if says else ""
    return f'<section id="{name}"><h2>{escape(title)}</h2>{lead}{inside}</section>'


def figure_of(title: str, says: str, picture: str, legend: str = "", note: str = "") -> str:
    small = f'<p class="soft">{escape(note)}</p>' if note else ""
    caption = f"<figcaption><h3>{escape(title)}</h3><p>{escape(says)}</p></figcaption>"
    return f"<figure>{caption}{picture}{legend}{small}</figure>"


def grid(figures: Sequence[str]) -> str:
    return f'<div class="grid">{"".join(figures)}</div>' if figures else ""


def rows_of(heading: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> str:
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


def number(text: str) -> str:
    return f'<td class="number">{text}</td>'


def facts_list(pairs: Sequence[tuple[str, str]]) -> str:
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs)
    return f"<dl>{items}</dl>"


def big_score(
    score: NamedScore, metric: str, positive: str | None, where: str, greater_is_better: bool
) -> str:
    """What predicts, in large figures, and below what they are: `positive` is the class that the metric is about."""
    interval = ""
    if score["low"] is not None and score["high"] is not None:
        low, high = figure(score["low"], pad=True), figure(score["high"], pad=True)
        interval = f'<span class="interval">{low} to {high}</span>'
    better = "higher" if greater_is_better else "lower"
    name = spoken(metric) if positive is None else f"{spoken(metric)} of {positive!r}"
    return (
        f'<p class="score"><b>{figure(score["value"], pad=True)}</b>{interval}</p>'
        f'<p class="lead">{escape(name)} {escape(where)}'
        f"{', with its 95% interval' if interval else ''}; {better} is better.</p>"
    )


def spoken(metric: str) -> str:
    """A metric's name in words.

    Examples
    --------
    >>> spoken("log_loss")
    'Log loss'
    """
    words = metric.replace("_", " ")
    return words[0].upper() + words[1:]


def nan(value: float | None) -> float:
    return float("nan") if value is None else value
