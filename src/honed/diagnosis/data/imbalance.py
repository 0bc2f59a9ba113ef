"""Classes of very different sizes, or with hardly a row: "class-imbalance"."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.data.case import DataCase, quoted
from honed.figures import counted
from honed.findings import Finding
from honed.typed import JSON

_RATIO = 10.0  # largest class over the smallest; a convention, as is ...
_RATIO_EQUAL = 3.0  # ... this one, for metrics that count classes equally
_FEW = 10  # training rows from which a class can be learned at all
_EQUAL = ("balanced_accuracy", "f1_macro")
_REFERENCE = (
    "He & Garcia (2009), doi:10.1109/TKDE.2008.239; van den Goorbergh et al. (2022), arXiv 2202.09101: "
    "weights spoil probabilities"
)


def imbalance(case: DataCase) -> list[Finding]:
    """A warning for classes below 10 training rows, or below a third under a metric that counts classes equally.

    Otherwise a note from a ratio of 10 on. Nothing for numbers.
    """
    if not case.has_classes:
        return []
    classes = case.schema.target.classes
    sizes = np.bincount(case.y[case.train], minlength=len(classes))
    small, large = int(sizes.argmin()), int(sizes.argmax())
    ratio = sizes[large] / max(1, sizes[small])
    few = [classes[code] for code in np.flatnonzero(sizes < _FEW)]
    counts_equally = case.metric in _EQUAL
    if not few and ratio < (_RATIO_EQUAL if counts_equally else _RATIO):
        return []
    evidence: dict[str, JSON] = {
        "ratio": float(ratio),
        "largest": {"class": classes[large], "rows": int(sizes[large])},
        "smallest": {"class": classes[small], "rows": int(sizes[small])},
        "few": few,
    }
    absent = [classes[code] for code in np.flatnonzero(sizes == 0)]
    if absent and case.schema.time is not None:
        what = (
            f"{counted(len(absent), 'class', 'classes')} of {len(classes)}, {quoted(absent)}, "
            f"{'occurs' if len(absent) == 1 else 'occur'} only in rows newer than those learned from while choosing"
        )
    elif sizes[small] == sizes[large]:
        what = f"Each of the {len(classes)} classes has only {counted(int(sizes[small]), 'training row')}"
    else:
        what = (
            f"Class '{classes[large]}' has {counted(int(sizes[large]), 'training row')}, '{classes[small]}' has "
            f"{sizes[small]:,} (ratio {ratio:.0f})"
        )
        if few:
            what += f"; {counted(len(few), 'class', 'classes')} below {_FEW} training rows: {quoted(few)}"
    return [
        Finding(
            "class-imbalance",
            "warning" if few or counts_equally else "note",
            what + ".",
            evidence,
            "The loss is a mean over rows, so rare classes weigh little in it; and of a handful of rows no class can "
            "be told apart from its neighbours, nor its score measured.",
            _of_new(absent)
            if absent and case.schema.time is not None
            else _action(bool(few), counts_equally, case.metric),
            reference=_REFERENCE,
        )
    ]


def _of_new(absent: list[str]) -> str:
    """What to do about classes that the past does not know."""
    return (
        f"No network could name {'it' if len(absent) == 1 else 'them'} before, and the score counts that as it should. "
        "Where the class is the time in other words, predict something else, or say that the order does not matter: "
        "--no-time (time=False)."
    )


def _action(has_few: bool, counts_equally: bool, metric: str | None) -> str:
    weights = (
        f"weigh the classes equally (class_weight='balanced'), because {metric} counts them so"
        if counts_equally
        else "leave the class weights as they are, because weights would spoil the probabilities; "
        "move the threshold of the decision instead if mistakes differ in cost"
    )
    if not has_few:
        return weights[0].upper() + weights[1:] + "."
    return f"Collect rows of the rare classes, or join them with a like class; {weights}."
