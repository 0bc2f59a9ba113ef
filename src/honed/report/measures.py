"""What curves and tables say in numbers: plain NumPy, so that a report needs no scikit-learn and comes quickly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from honed.metrics import found_by_score
from honed.report.parts import Bin, Share
from honed.settings import Value

_MOST_BINS, _BIN_ROWS = 10, 30  # fewer rows in a bin would show noise
_Z = 1.96  # standard errors on each side of a 95 % interval
_GROUPS = 4  # quarters of a numeric setting's values
_LEAST_TRIALS = 8  # fewer would share their variance by luck alone


def roc(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rates, from (0, 0) to (1, 1); equal scores move together.

    Parameters
    ----------
    positive : bool (rows,); both kinds must occur.
    scores : (rows,) higher means more likely positive.
    """
    found, called = found_by_score(positive, scores)
    hits, misses = np.append(0, found), np.append(0, called - found)
    return misses / misses[-1], hits / hits[-1]


def precision_recall(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision from the surest rows on; some must be positive."""
    found, called = found_by_score(positive, scores)
    return found / found[-1], found / called


def calibration(happened: np.ndarray, probability: np.ndarray) -> list[Bin]:
    """Up to 10 bins of about equally many rows, 30 at least.

    Parameters
    ----------
    happened : bool (rows,).
    probability : (rows,) what was said of it.

    References
    ----------
    Wilson 1927 for the interval.
    """
    order = np.argsort(probability, kind="stable")
    found: list[Bin] = []
    for part in np.array_split(order, min(_MOST_BINS, max(1, len(order) // _BIN_ROWS))):
        share, count = float(happened[part].mean()), len(part)
        low, high = _wilson(share, count)
        said = float(probability[part].mean())
        found.append({"said": said, "happened": share, "low": low, "high": high, "rows": count})
    return found


def calibration_error(bins: Sequence[Bin]) -> float:
    """Mean distance of what was said from what happened, weighted by rows (Naeini et al. 2015)."""
    rows = sum(each["rows"] for each in bins)
    return sum(each["rows"] * abs(each["said"] - each["happened"]) for each in bins) / rows


def confusion(truth: np.ndarray, said: np.ndarray, classes: int) -> np.ndarray:
    """int (classes, classes): rows of true class i that were called class j."""
    return np.bincount(truth * classes + said, minlength=classes**2).reshape(classes, classes)


def importances(settings: Sequence[Mapping[str, Value]], losses: Sequence[float] | np.ndarray) -> list[Share]:
    """Share of the losses' variance that each setting explains alone, the largest first; [] with few trials.

    The losses are ranked, so that one failure does not outweigh all else. A setting's values form groups (each
    choice, or quarters of the numbers), and the share is ε² = 1 - (1 - R²)(n - 1)/(n - groups): R² less what as
    many random groups would explain (Kelley 1935). Shares need not sum to 1: settings act together, and search
    does not draw them independently.

    Parameters
    ----------
    settings : one mapping a trial; a setting that a trial lacks counts as "off".
    losses : (trials,) lower is better.
    """
    if len(losses) < _LEAST_TRIALS:
        return []
    rank = _rank(np.asarray(losses, np.float64))
    total = ((rank - rank.mean()) ** 2).sum()
    found: list[Share] = []
    for name in dict.fromkeys(name for each in settings for name in each):
        groups = _groups([each.get(name) for each in settings])
        count = int(groups.max()) + 1
        if count < 2 or count >= len(rank) or total == 0:
            continue
        means = np.bincount(groups, rank) / np.bincount(groups)
        within = ((rank - means[groups]) ** 2).sum()
        share = 1 - within / total * (len(rank) - 1) / (len(rank) - count)
        found.append({"setting": name, "share": max(0.0, float(share))})
    return sorted(found, key=lambda each: -each["share"])


def _wilson(share: float, count: int) -> tuple[float, float]:
    middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = _Z * np.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2)) / (1 + _Z**2 / count)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def _rank(values: np.ndarray) -> np.ndarray:
    """Ranks from 0; equal values share their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts + 1) / 2)[place]


def _groups(values: Sequence[Value]) -> np.ndarray:
    """int (trials,): the choice, or the quarter of the numbers, that each value belongs to."""
    numbers = np.array([v if _is_number(v) else np.nan for v in values], np.float64)
    present = np.isfinite(numbers)
    if len(np.unique(numbers[present])) > _GROUPS:
        edges = np.quantile(numbers[present], np.linspace(0, 1, _GROUPS + 1)[1:-1])
        keys = np.where(present, np.searchsorted(edges, numbers, side="right"), _GROUPS)
    else:
        keys = np.array([str(value) for value in values])
    return np.unique(keys, return_inverse=True)[1]


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
