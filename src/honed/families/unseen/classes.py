"""A model of classes on unseen rows: confusion, curves, and whether its probabilities can be believed: `classes`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from honed.families.unseen.seen import Seen, few, frequent, thinned
from honed.figures import figure
from honed.metrics import area_under_roc, average_precision
from honed.report import measures
from honed.report.parts import (
    Calibration,
    ClassMeasures,
    Confusion,
    PrecisionRecall,
    RecallCurve,
    Roc,
    RocCurve,
)

if TYPE_CHECKING:
    from jaxtyping import Int


def classes(seen: Seen) -> ClassMeasures:
    """What is measured of classes."""
    said = seen.said
    shown = [1] if len(seen.classes) == 2 else frequent(seen.truth)
    return {
        "confusion": _confusion(seen, said),
        "roc": _roc(seen, shown),
        "precision_recall": _precision_recall(seen, shown),
        "calibration": _calibration(seen, said),
    }


def _confusion(seen: Seen, said: Int[np.ndarray, " rows"]) -> Confusion:
    matrix = measures.confusion(seen.truth, said, len(seen.classes))
    right = int(np.trace(matrix))
    says = f"{right:,} of {len(said):,} rows ({right / len(said):.0%}) are given their own class"
    wrong = matrix - np.diag(np.diag(matrix))
    if wrong.any():
        a, b = np.unravel_index(wrong.argmax(), wrong.shape)
        says += (
            f"; the commonest mistake says {seen.classes[b]!r} of {seen.classes[a]!r} ({wrong[a, b]:,} times)"
        )
    return {"says": says + ".", "matrix": matrix.tolist(), "classes": list(seen.classes)}


def _roc(seen: Seen, shown: Sequence[int]) -> Roc | None:
    curves: list[RocCurve] = []
    for code in shown:
        positive = seen.truth == code
        if positive.all() or not positive.any():
            continue
        false, true = measures.roc(positive, seen.told[:, code])
        area = area_under_roc(positive, seen.told[:, code])
        kept = thinned(len(false))
        curves.append(
            {"class": seen.classes[code], "false": few(false[kept]), "true": few(true[kept]), "area": area}
        )
    if not curves:
        return None
    best, worst = max(curves, key=lambda c: c["area"]), min(curves, key=lambda c: c["area"])
    if len(curves) == 1:
        says = (
            f"A row of class {best['class']!r} gets the higher probability of it in {best['area']:.1%} of all pairs "
            "with a row of another class (the area under the curve; 50% is guessing)."
        )
    else:
        says = (
            f"{best['class']!r} is told from the rest best (area {figure(best['area'], pad=True)}), "
            f"{worst['class']!r} worst ({figure(worst['area'], pad=True)}; 0.5 is guessing)."
        )
    return {"says": says, "curves": curves}


def _precision_recall(seen: Seen, shown: Sequence[int]) -> PrecisionRecall | None:
    curves: list[RecallCurve] = []
    for code in shown:
        positive = seen.truth == code
        if not positive.any():
            continue
        recall, precision = measures.precision_recall(positive, seen.told[:, code])
        kept = thinned(len(recall))
        curves.append(
            {
                "class": seen.classes[code],
                "recall": few(recall[kept]),
                "precision": few(precision[kept]),
                "area": average_precision(seen.truth, seen.told, code),
                "share": float(positive.mean()),
            }
        )
    if not curves:
        return None
    worst = min(curves, key=lambda c: c["area"])
    says = (
        f"Average precision for {worst['class']!r} is {figure(worst['area'], pad=True)}; guessing would give its "
        f"share of the rows, {figure(worst['share'], pad=True)}."
    )
    return {"says": says, "curves": curves}


def _calibration(seen: Seen, said: Int[np.ndarray, " rows"]) -> Calibration:
    """For two classes of the second one's probability, else of the probability of what was said."""
    if len(seen.classes) == 2:
        bins = measures.calibration(seen.truth == 1, seen.told[:, 1])
        of = f"probability of {seen.classes[1]!r}"
    else:
        bins = measures.calibration(seen.truth == said, seen.told.max(axis=1))
        of = "probability of the class that was said"
    error = measures.calibration_error(bins)
    held = sum(each["low"] <= each["said"] <= each["high"] for each in bins)
    says = (
        f"Probabilities are off by {error:.1%} on average; in {held} of {len(bins)} groups what was said lies within "
        "the 95% interval of what happened."
    )
    return {"says": says, "of": of, "error": error, "bins": bins}
