"""Rows whose target is probably wrong: "suspected-wrong-labels" and "suspected-wrong-targets"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.diagnosis.data.case import DataCase
from honed.findings import Finding

if TYPE_CHECKING:
    from jaxtyping import Float, Int

_LEAST_ROWS = 50
_MARGIN = 0.5  # by which the other class must be likelier than the given one
_LEAST_WRONG = 3
# Of all mistakes: overlap of classes makes doubtful ones, wrong labels make sure ones.
_SOME, _MOST = 0.25, 0.5
_SPREADS = 8.0
_BINS = 10
_MOST_SHOWN = 20


def wrong_labels(case: DataCase) -> list[Finding]:
    """Rows that confident learning suspects (classes), or whose residual is beyond 8 robust spreads (numbers).

    Needs predictions out of sample for 50 rows or more. Classes: a row counts where another class is as likely as it
    is on average for rows of that class, and likelier than the given one by 0.5. A note when such rows are a quarter of
    all mistakes, a warning when they are half; nothing below 3 rows. Numbers: a note for one row or more, a warning
    when they make up half of the squared error.
    """
    if case.predictions is None or case.predicted_rows is None or len(case.predicted_rows) < _LEAST_ROWS:
        return []
    y = case.y[case.predicted_rows]
    if case.has_classes:
        return _labels(case, y, case.predictions, case.predicted_rows)
    return _targets(case, y, case.predictions, case.predicted_rows)


def suspects(
    y: Int[np.ndarray, " rows"], probabilities: Float[np.ndarray, "rows classes"]
) -> tuple[Int[np.ndarray, " suspects"], Int[np.ndarray, " suspects"]]:
    """Positions of suspected labels, the surest first, and the class that each probably has.

    Parameters
    ----------
    y : class codes. probabilities : out of sample.

    References
    ----------
    Northcutt, Jiang & Chuang (2021), arXiv 1911.00068: the confident joint, its rows ordered by margin.
    """
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(y)), y]
    sizes = np.bincount(y, minlength=classes)
    sums = np.bincount(y, own, minlength=classes)
    thresholds = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.inf)
    confident = np.where(probabilities >= thresholds, probabilities, -1.0)
    other = confident.argmax(axis=1)
    margin = confident.max(axis=1) - own
    found = np.flatnonzero((other != y) & (margin >= _MARGIN))
    found = found[np.argsort(-margin[found], kind="stable")]
    return found, other[found]


def _labels(
    case: DataCase,
    y: Int[np.ndarray, " rows"],
    probabilities: Float[np.ndarray, "rows classes"],
    rows: Int[np.ndarray, " rows"],
) -> list[Finding]:
    found, other = suspects(y, probabilities)
    mistakes = int((probabilities.argmax(axis=1) != y).sum())
    if len(found) < max(_LEAST_WRONG, _SOME * mistakes):
        return []
    classes = case.schema.target.classes
    first = [
        {"row": place, "label": classes[y[row]], "probably": classes[code]}
        for place, row, code in zip(case.places_of(rows[found[:_MOST_SHOWN]]), found, other, strict=False)
    ]
    share = len(found) / len(y)
    return [
        Finding(
            "suspected-wrong-labels",
            "warning" if len(found) >= _MOST * mistakes else "note",
            f"{len(found):,} of {len(y):,} rows ({share:.1%}) have a label that a model trained without them finds "
            f"far less likely than another, of {mistakes:,} mistakes in all; first row {first[0]['row']}, labelled "
            f"'{first[0]['label']}', probably '{first[0]['probably']}'.",
            {"count": len(found), "rows": len(y), "share": share, "mistakes": mistakes, "first": first},
            "Where classes merely overlap, mistakes are doubtful ones; sure mistakes come from wrong labels or from "
            "rows of a rare kind. The network spends its weights on learning them by heart.",
            "Look at these rows and correct or remove wrong labels; where that is not possible, smooth the labels.",
            {"label_smoothing": 0.1},
            reference="Northcutt, Jiang & Chuang (2021), Confident learning, arXiv 1911.00068",
        )
    ]


def _targets(
    case: DataCase,
    y: Float[np.ndarray, " rows"],
    values: Float[np.ndarray, " rows"],
    rows: Int[np.ndarray, " rows"],
) -> list[Finding]:
    residuals = y - values
    spreads = _local_spread(residuals, values)
    if not spreads.all():
        return []
    beyond = np.abs(residuals - np.median(residuals)) / spreads
    found = np.flatnonzero(beyond > _SPREADS)
    if not len(found):
        return []
    found = found[np.argsort(-beyond[found], kind="stable")]
    first = [
        {
            "row": place,
            "target": float(y[row]),
            "prediction": float(values[row]),
            "spreads": float(beyond[row]),
        }
        for place, row in zip(case.places_of(rows[found[:_MOST_SHOWN]]), found, strict=False)
    ]
    share = len(found) / len(y)
    of_error = float((residuals[found] ** 2).sum() / (residuals**2).sum())
    return [
        Finding(
            "suspected-wrong-targets",
            "warning" if of_error >= _MOST else "note",
            f"{len(found):,} of {len(y):,} rows ({share:.2%}) lie more than {_SPREADS:g} robust spreads from a "
            f"prediction made without them and make up {of_error:.0%} of the squared error; "
            f"first row {first[0]['row']}: {first[0]['target']:.6g}, predicted "
            f"{first[0]['prediction']:.6g}.",
            {"count": len(found), "rows": len(y), "share": share, "of_error": of_error, "first": first},
            "Squared error grows with the square of the distance, so a few wrong cells can weigh as much as all other "
            "rows together.",
            "Look at these rows and correct wrong cells; if they are right, a robust loss counts them less.",
            {"loss": "huber"},
            reference="Rousseeuw & Croux (1993), Alternatives to the median absolute deviation, "
            "doi:10.1080/01621459.1993.10476408",
        )
    ]


def _local_spread(
    residuals: Float[np.ndarray, " rows"], values: Float[np.ndarray, " rows"]
) -> Float[np.ndarray, " rows"]:
    """Robust spread of the residuals near each prediction, at least half the overall one.

    Large values are often predicted less exactly, which makes no row suspicious.
    """
    overall = _robust_spread(residuals)
    spreads = np.empty(len(values))
    for part in np.array_split(np.argsort(values, kind="stable"), _BINS):
        spreads[part] = max(0.5 * overall, _robust_spread(residuals[part]))
    return spreads


def _robust_spread(residuals: Float[np.ndarray, " rows"]) -> float:
    """Standard deviation that a normal distribution with this median absolute deviation has."""
    return 1.4826 * float(np.median(np.abs(residuals - np.median(residuals))))
