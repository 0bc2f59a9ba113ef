"""What the score of rows that are shared out in another way says of that of the outer rows: `told`."""

from __future__ import annotations

import math

from honed.figures import counted, figure
from honed.report.facts import Beside
from honed.search.prepare import Prepared
from honed.search.runner import Score
from honed.table.split import Otherwise


def told(prepared: Prepared, other: Otherwise, found: Score, known: Score) -> Beside:
    """Both scores of the best network, and a sentence on what lies between them.

    Parameters
    ----------
    found : on the rows of `other`. known : on the outer rows.
    """
    sign = 1 if prepared.metric.higher_is_better else -1
    lead = sign * (found["score"] - known["score"])  # of the rows shared out otherwise
    has_intervals = all(math.isfinite(score[end]) for score in (known, found) for end in ("low", "high"))
    is_clear = has_intervals and not (
        known["low"] <= found["score"] <= known["high"] or found["low"] <= known["score"] <= found["high"]
    )
    words = _of_chance if other.how == "random" else _of_groups
    says = words(prepared, other, found["score"], known["score"], lead if is_clear else 0.0, has_intervals)
    return {
        "how": other.how,
        "by": other.by,
        "rows": len(other.outer),
        "score": {"value": found["score"], "low": found["low"], "high": found["high"]},
        "network": {"value": known["score"], "low": known["low"], "high": known["high"]},
        "says": says,
    }


def given(prepared: Prepared, loss: float | None, known: Score | None) -> Beside | None:
    """The score on the rows that the user gave to validate on, beside that on rows of the table which chose nothing.

    Parameters
    ----------
    loss : of what was chosen on the given rows. known : of the same on the outer rows.
    """
    by, rows = prepared.options.named_valid, prepared.source.given
    if not by or rows is None or loss is None or known is None or not math.isfinite(loss):
        return None
    score = -loss if prepared.metric.higher_is_better else loss
    data, name = prepared.options.named, prepared.metric.name
    says = (
        f"On the {counted(len(rows), 'row')} of {by} what predicts has {name} {figure(score, pad=True)}; it was chosen "
        f"by them, so that score is on the good side. {figure(known['score'], pad=True)} is of rows of {data}, which "
        f"chose nothing, and says what to expect of rows like those: of rows like {by} expect no better than the first."
    )
    return {
        "how": "given",
        "by": by,
        "rows": len(rows),
        "score": {"value": score, "low": None, "high": None},
        "network": {"value": known["score"], "low": known["low"], "high": known["high"]},
        "says": says,
    }


def _of_chance(
    prepared: Prepared, other: Otherwise, found: float, known: float, lead: float, has_intervals: bool
) -> str:
    """Where the outer rows are the newest."""
    scores = (
        f"The best network, trained once more and scored on as many rows drawn at random, has {prepared.metric.name} "
        f"{figure(found, pad=True)}, and {figure(known, pad=True)} on the newest rows"
    )
    if lead > 0:
        return (
            f"{scores}: random rows have neighbours in time that it has learned from, and rows to come have none. "
            f"Count on the score of the newest rows; that of random ones holds for gaps between known rows alone."
        )
    if lead < 0:
        return f"{scores}: the newest rows are the easier ones, so other times may well be scored worse than they are."
    if not has_intervals:
        return f"{scores}: too few rows to say which is better."
    return f"{scores}: about the same, so these rows show no loss from time alone."


def _of_groups(
    prepared: Prepared, other: Otherwise, found: float, known: float, lead: float, has_intervals: bool
) -> str:
    """Where the outer rows are random, and rows seem to belong together."""
    rows = (
        f"the {len(prepared.splits.outer):,} rows of the first round, drawn"
        if prepared.rounds
        else "rows drawn"
    )
    scores = (
        f"The best network, trained once more and scored on rows of whole groups by {other.by} that it has not seen, "
        f"has {prepared.metric.name} {figure(found, pad=True)}, and {figure(known, pad=True)} on {rows} at random"
    )
    if lead < 0:
        return (
            f"{scores}: random rows have others of their group among those it has learned from. If new rows are of new "
            "groups, count on the first."
        )
    if not has_intervals:
        return f"{scores}: too few rows to say which is better."
    return f"{scores}: so the groups make no score too good here."
