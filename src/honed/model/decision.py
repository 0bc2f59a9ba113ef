"""From which probability on the positive one of two classes is the answer: `Decision`, and `choose`, which finds it.

What a mistake of each kind costs says where to decide: with probabilities that can be believed, from FP / (FP + FN) on
(Elkan 2001, "The foundations of cost-sensitive learning"), and F1 is greatest from half of that greatest F1 on, as if
the costs were in that proportion (Lipton, Elkan & Naryanaswamy 2014, arXiv 1402.1892). Whether they can be believed,
rows tell that did not train what predicts them. The threshold that is best on few such rows is best by luck in part, so
of those that do as well there within the noise the one nearest to theory is taken (`benchmarks/thresholds.py`).
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed import typed
from honed.errors import InputError
from honed.metrics import found_by_score
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float, Int

USUAL = 0.5  # the threshold of the likelier class
F1 = "f1"
_COST = re.compile(r"cost:(fp|fn)=([^,]+),(fp|fn)=([^,]+)", re.IGNORECASE)


class Outcome(NamedTuple):
    """Rows by what they are and are called: positives that were found and missed, others that were and were not taken.

    In the usual letters TP, FN, FP and TN.
    """

    found: int
    missed: int
    false: int
    right: int


@dataclass(frozen=True)
class Rule:
    """What a threshold is to be best for: the mean cost of a row, or F1 where there are no costs.

    Attributes
    ----------
    text : as the user writes it, "f1" or "cost:FP=1,FN=5".
    costs : of a row that is called positive and is not, and of a positive one that is not called so.
    """

    text: str
    costs: tuple[float, float] | None = None

    @property
    def name(self) -> str:
        """What is measured."""
        return "F1" if self.costs is None else "cost a row"

    def value(self, outcome: Outcome) -> float:
        """F1, the higher the better and NaN where no row is positive or called so; or the mean cost of a row."""
        found, missed, false, _ = outcome
        if self.costs is not None:
            return (
                (self.costs[0] * false + self.costs[1] * missed) / sum(outcome) if sum(outcome) else math.nan
            )
        among = 2 * found + false + missed
        return 2 * found / among if among else math.nan


@dataclass(frozen=True)
class Decision:
    """The positive class is the answer where its probability is `threshold` or more.

    Attributes
    ----------
    positive : its code. rule : what the threshold was chosen for, see `rule`.
    rows : so many rows, which did not train what predicted them, it was chosen on.
    """

    positive: int
    threshold: float
    rule: str
    rows: int

    def codes(self, probabilities: Float[np.ndarray, "rows 2"]) -> Int[np.ndarray, " rows"]:
        """The class of each row."""
        return np.where(probabilities[:, self.positive] >= self.threshold, self.positive, 1 - self.positive)

    def outcome(self, truth: Int[np.ndarray, " rows"], codes: Int[np.ndarray, " rows"]) -> Outcome:
        """How rows whose classes are known came out."""
        is_so, called = truth == self.positive, codes == self.positive
        pairs = ((is_so, called), (is_so, ~called), (~is_so, called), (~is_so, ~called))
        return Outcome(*(int((one & other).sum()) for one, other in pairs))

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values; numbers come back exactly."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: JSON, place: str = "") -> Decision:
        """The decision that `to_json` wrote; `Misfit` for anything else, with the `place` in the document."""
        found = typed.take(cls, value, place)
        typed.require(found.positive in (0, 1), f"{place}.positive", f"is {found.positive}, not 0 or 1")
        typed.require(
            0 <= found.threshold <= 1, f"{place}.threshold", f"is {found.threshold}, no probability"
        )
        typed.require(_known(found.rule) is not None, f"{place}.rule", f"is {typed.shown(found.rule)}")
        return found


def rule(text: str) -> Rule:
    """The rule that the user wrote.

    Raises
    ------
    InputError
        It is none.
    """
    found = _known(text)
    if found is None:
        raise InputError(
            f"The threshold is {text!r}, but it must be f1, or what the two mistakes cost, as in cost:FP=1,FN=5: FP of "
            "a row that is called positive and is not, FN of a positive one that is not called so, both numbers above "
            "0."
        )
    return found


def _known(text: str) -> Rule | None:
    if text.lower() == F1:
        return Rule(F1)
    found = _COST.fullmatch(text.replace(" ", ""))
    if found is None or found[1].lower() == found[3].lower():
        return None
    try:
        costs = {found[1].lower(): float(found[2]), found[3].lower(): float(found[4])}
    except ValueError:
        return None
    if not all(0 < cost < math.inf for cost in costs.values()):
        return None
    return Rule(f"cost:FP={costs['fp']:.15g},FN={costs['fn']:.15g}", (costs["fp"], costs["fn"]))


def choose(
    text: str,
    positive: int,
    truth: Int[np.ndarray, " rows"],
    probabilities: Float[np.ndarray, "rows 2"],
) -> Decision:
    """The decision by a rule, from rows that did not train what predicts them.

    Parameters
    ----------
    text : the rule. positive : code of the class that is meant. truth : class codes.
    """
    asked, rows = rule(text), len(truth)
    is_positive, scores = truth == positive, probabilities[:, positive]
    count = int(is_positive.sum())
    if not rows or (asked.costs is None and not count):
        ideal = USUAL if asked.costs is None else asked.costs[0] / sum(asked.costs)
        return Decision(positive, ideal, asked.text, rows)
    found, called = (np.append(0, own) for own in found_by_score(is_positive, scores))
    false, missed = called - found, count - found
    of_false, of_missed = asked.costs or _as_costs(found, called, count)
    ideal = of_false / (of_false + of_missed)
    paid = of_false * false + of_missed * missed
    # Of cut k the rows of the k highest scores are positive, for a threshold above `below` and up to `above`.
    distinct = np.unique(scores)[::-1]
    above, below = np.append(1.0, distinct), np.append(distinct, 0.0)
    paid = np.where(above > below, paid, np.inf)
    best = int(np.argmin(paid))
    # As if one more row of each kind had changed sides: of few that did, their own spread says little.
    squares = of_false**2 * (1 + abs(false - false[best])) + of_missed**2 * (1 + abs(found - found[best]))
    with np.errstate(invalid="ignore"):
        lead = paid - paid[best]
        noise = np.sqrt(np.maximum(squares - lead**2 / rows, 0.0))
    cuts = np.flatnonzero(lead <= noise)
    is_inside = (below[cuts] < ideal) & (ideal <= above[cuts])
    middles = np.where(is_inside, ideal, (below[cuts] + above[cuts]) / 2)
    return Decision(positive, float(middles[np.argmin(abs(middles - ideal))]), asked.text, rows)


def _as_costs(
    found: Int[np.ndarray, " cuts"], called: Int[np.ndarray, " cuts"], count: int
) -> tuple[float, float]:
    """Costs by which the cut of the greatest F1 is the cheapest one: F / 2 and 1 - F / 2."""
    half = float((found / (called + count)).max())  # F1 is 2 TP / (called + positives)
    return half, 1 - half
