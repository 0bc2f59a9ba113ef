"""What a decision between two classes is and comes to: as facts, and in words for the pages and `honed evaluate`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from honed.figures import capital, counted, figure
from honed.model import decision
from honed.report.facts import Decided, Decision

if TYPE_CHECKING:
    from jaxtyping import Int


def facts(found: decision.Decision, classes: Sequence[str]) -> Decision:
    """The decision itself."""
    return {
        "positive": classes[found.positive],
        "negative": classes[1 - found.positive],
        "threshold": found.threshold,
        "rule": found.rule,
        "chosen_on": found.rows,
    }


def of_rows(
    found: decision.Decision,
    truth: Int[np.ndarray, " rows"],
    codes: Int[np.ndarray, " rows"],
    likeliest: Int[np.ndarray, " rows"],
) -> Decided:
    """What it comes to on rows.

    Parameters
    ----------
    truth, codes : the class of each row, and what it is called. likeliest : its likelier class.
    """
    rule, outcome = decision.rule(found.rule), found.outcome(truth, codes)
    value, likelier = rule.value(outcome), rule.value(found.outcome(truth, likeliest))
    return {
        "rows": len(truth),
        "found": outcome.found,
        "missed": outcome.missed,
        "false": outcome.false,
        "right": outcome.right,
        "value": None if math.isnan(value) else value,
        "likelier": None if math.isnan(likelier) else likelier,
    }


def rule_words(told: Decision) -> str:
    """From where on which class is the answer, in a sentence.

    Examples
    --------
    >>> rule_words({"positive": "yes", "negative": "no", "threshold": 0.1667, "rule": "f1", "chosen_on": 850})
    "'yes' is predicted from a probability of 0.167 on (f1, chosen on 850 rows that did not train what predicts them)."
    """
    where = f"a probability of {told['threshold']:.3g} on"
    rows = f"{counted(told['chosen_on'], 'row')} that did not train what predicts them"
    return f"{told['positive']!r} is predicted from {where} ({told['rule']}, chosen on {rows})."


def outcome_words(told: Decision, of: Decided) -> str:
    """What it comes to on rows, in a sentence: by its own measure, beside the likelier class."""
    name, called = decision.rule(told["rule"]).name, of["found"] + of["false"]
    value, likelier = (
        "undefined" if own is None else figure(own, pad=True) for own in (of["value"], of["likelier"])
    )
    found = f"{of['found']:,} of {of['found'] + of['missed']:,} {told['positive']!r} are found"
    right = f"{of['found']:,} of {called:,} called so are right"
    return f"{capital(name)} {value} ({likelier} where the likelier class is predicted): {found}, {right}."


def confusion(told: Decision, of: Decided) -> list[tuple[str, ...]]:
    """A table: what rows are, by what they are called."""
    positive, negative = repr(told["positive"]), repr(told["negative"])
    return [
        ("", f"called {positive}", f"called {negative}"),
        (f"is {positive}", f"{of['found']:,}", f"{of['missed']:,}"),
        (f"is {negative}", f"{of['false']:,}", f"{of['right']:,}"),
    ]
