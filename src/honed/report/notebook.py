"""What an estimator shows of itself in a notebook once it is fitted: `card`, in the look of the report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from importlib import resources

from honed.findings import Finding
from honed.report import charts, html_why, reasons, training
from honed.report.answer import named_scores, network_picture
from honed.report.elements import big_score, figure_of, grid
from honed.report.facts import Facts, Trained
from honed.report.text import heads_words, no_better_than_a_guess, over_time_words
from honed.run.terminal import visible

_CLASS = "honed-card"
_OWN = "max-width: 68rem; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: 0.6rem;"


def card(name: str, facts: Facts, curves: Trained, findings: Sequence[Finding], where: str) -> str:
    """The score, the network, its learning curve, what was found and the reason for each setting, as HTML.

    Parameters
    ----------
    name : of the estimator.
    facts : as those of `summary.json`.
    curves : the record of the network's training.
    where : which rows the score is of, such as "on 66 rows that no choice has seen"; without a score why there is none.
    """
    parts = [_kicker(name, facts), _score(facts, where)]
    told = (over_time_words(facts), facts.get("verdict"), no_better_than_a_guess(facts))
    parts += [f"<p>{escape(says)}</p>" for says in told if says]
    parts.append(grid(_pictures(facts, curves)))
    if findings:
        parts.append(html_why.findings(reasons.findings(findings, _keywords)))
    if choices := reasons.choices(facts["choices"]):
        inside = html_why.choices(choices)
        parts.append(f"<details><summary>Why each setting is as it is</summary>{inside}</details>")
    content = visible("\n".join(part for part in parts if part))
    return f'<style>{_style()}</style>\n<section class="{_CLASS}">{content}</section>'


def _kicker(name: str, facts: Facts) -> str:
    classes = len(facts.get("classes", []))
    task = f"{facts['task']}, {classes:,} classes" if classes > 2 else facts["task"]
    if heads := facts.get("heads"):
        return f'<p class="kicker">{escape(" · ".join((name, heads_words(heads))))}</p>'
    return f'<p class="kicker">{escape(" · ".join((name, facts["target"], task)))}</p>'


def _score(facts: Facts, where: str) -> str:
    used = next((score for score in named_scores(facts) if score["used"]), None)
    if used is None:
        return f'<p class="lead">{escape(where)}</p>'
    return big_score(used, facts["metric"], facts.get("positive"), where, facts["greater_is_better"])


def _pictures(facts: Facts, curves: Trained) -> list[str]:
    found, scores = [], named_scores(facts)
    if len(scores) > 1:
        says = "On the same rows, with 95% intervals."
        found.append(figure_of("Beside what it has to beat", says, charts.scores(scores, says)))
    who = "The best single network" if "ensemble" in facts["scores"] else "The network"
    if network := network_picture(facts["network"], who):
        picture = charts.layers(network["sizes"], network["says"])
        found.append(figure_of("The network", network["says"], picture))
    leader = training.leader(0, curves.get("candidate", "the network"), None, curves)
    if drawn := training.curves([leader], facts["network"].get("keeps_last", False)):
        found.append(html_why.curves(drawn))
    return found


def _keywords(finding: Finding) -> str:
    """Its advice as keywords of an estimator."""
    return ", ".join(f"{name}={value!r}" for name, value in finding.advice.items())


def _style() -> str:
    """The style of the report, nested, so that it is that of a card alone; the card is its `:root` and `body`."""
    css = resources.files("honed.report").joinpath("page.css").read_text(encoding="utf-8")
    css = re.sub(r"^(\s*)(?::root|body)\b", r"\1&", css, flags=re.MULTILINE)
    return f".{_CLASS} {{\n{css}\n& {{ {_OWN} }}\n& {{ margin-bottom: 0.6rem; }}\n& > * + * {{ margin-top: 1rem; }}\n}}"
