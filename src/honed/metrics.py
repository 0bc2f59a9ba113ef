"""Scores by scikit-learn's names, each with its direction: ``METRICS["roc_auc"]``; and what they are made of.

The search minimises `loss`; people read `score`, which is NaN where it is undefined: no area under a curve of one
class, no share of a variance of 0. The formulas are plain NumPy, because the search computes thousands of them;
tests compare each with scikit-learn's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError
from honed.heads import Head, apart, truths
from honed.lazily import pl
from honed.settings import nearest
from honed.table.cells import match, some

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int, Real

_TINY = float(np.finfo(np.float64).tiny)

Score = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Metric:
    """A score of predictions against the truth.

    Attributes
    ----------
    name : scikit-learn's scorer name, without "neg_".
    tasks : where it makes sense.
    higher_is_better : direction of the score.
    score : (truth, predictions) to a number, NaN where it is undefined; truth are class codes with probabilities
        (rows, classes), or values.
    positive : code of the class that it is about; None where all classes or values count alike.
    of_answers : whether of probabilities only the likeliest class counts.
    """

    name: str
    tasks: tuple[str, ...]
    higher_is_better: bool
    score: Score
    positive: int | None = None
    of_answers: bool = False

    def loss(self, truth: Real[np.ndarray, "rows ..."], predictions: Real[np.ndarray, "rows ..."]) -> float:
        """The score, turned so that lower is better; 0 where it is undefined, so that all are equally good there."""
        value = self.score(truth, predictions)
        if math.isnan(value) and not self.is_defined(truth, predictions.shape[1:]):
            return 0.0
        return -value if self.higher_is_better else value

    def is_defined(self, truth: Real[np.ndarray, "rows ..."], outputs: tuple[int, ...]) -> bool:
        """Whether these rows have a score, whatever is predicted: (classes,) for probabilities, () for values."""
        return not math.isnan(self.score(truth, np.zeros((len(truth), *outputs))))

    def of(self, positive: int) -> Metric:
        """The same about another class, where it is about one."""
        if self.positive is None:
            return self
        return replace(self, positive=positive, score=partial(average_precision, positive=positive))


def log_loss(truth: Int[np.ndarray, " rows"], p: Real[np.ndarray, "rows classes"]) -> float:
    """Mean negative log-likelihood in nats."""
    return float(row_losses(truth, p).mean())


def accuracy(truth: Int[np.ndarray, " rows"], p: Real[np.ndarray, "rows classes"]) -> float:
    """Share of rows whose likeliest class is the true one."""
    return float((p.argmax(axis=1) == truth).mean())


def balanced_accuracy(truth: Int[np.ndarray, " rows"], p: Real[np.ndarray, "rows classes"]) -> float:
    """Mean over the classes present of the share found."""
    right = p.argmax(axis=1) == truth
    return float(np.mean([right[truth == code].mean() for code in np.unique(truth)]))


def f1_macro(truth: Int[np.ndarray, " rows"], p: Real[np.ndarray, "rows classes"]) -> float:
    """Mean over classes of the harmonic mean of precision and recall."""
    said = p.argmax(axis=1)
    values = []
    for code in np.union1d(truth, said):
        both = float(((truth == code) & (said == code)).sum())
        values.append(2 * both / ((truth == code).sum() + (said == code).sum()))
    return float(np.mean(values))


def roc_auc(truth: Int[np.ndarray, " rows"], p: Real[np.ndarray, "rows classes"]) -> float:
    """Area under the ROC curve; with more classes the mean of one against the rest, over the classes present."""
    if p.shape[1] == 2:
        return area_under_roc(truth == 1, p[:, 1])
    areas = [area_under_roc(truth == code, p[:, code]) for code in np.unique(truth)]
    return float(np.mean(areas)) if len(areas) > 1 else math.nan


def average_precision(
    truth: Int[np.ndarray, " rows"], p: Real[np.ndarray, "rows classes"], positive: int = 1
) -> float:
    """Area under the precision-recall curve of the class `positive`, as a step function."""
    found, called = found_by_score(truth == positive, p[:, positive])
    return float((np.diff(found, prepend=0) * (found / called)).sum() / found[-1]) if found[-1] else math.nan


def root_mean_squared_error(truth: Real[np.ndarray, " rows"], values: Real[np.ndarray, " rows"]) -> float:
    """In the target's units."""
    return float(np.sqrt(row_losses(truth, values).mean()))


def mean_absolute_error(truth: Real[np.ndarray, " rows"], values: Real[np.ndarray, " rows"]) -> float:
    """In the target's units."""
    return float(np.abs(truth - values).mean())


def r2(truth: Real[np.ndarray, " rows"], values: Real[np.ndarray, " rows"]) -> float:
    """Share of the target's variance explained."""
    if np.ptp(truth) == 0:
        return math.nan
    return float(1 - ((truth - values) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())


def row_losses(
    truth: Real[np.ndarray, " rows"], told: Real[np.ndarray, "rows ..."], least: float = _TINY
) -> Float[np.ndarray, " rows"]:
    """(rows,) negative log-likelihood in nats of probabilities (rows, classes), squared error of values (rows,).

    A probability below `least` counts as that.
    """
    if told.ndim == 2:
        return -np.log(np.maximum(told[np.arange(len(truth)), truth], least))
    return (truth - told) ** 2


def found_by_score(
    positive: Bool[np.ndarray, " rows"], scores: Real[np.ndarray, " rows"]
) -> tuple[Int[np.ndarray, " scores"], Int[np.ndarray, " scores"]]:
    """At each distinct score, the highest first: positives among the rows with that score or more, and such rows.

    Parameters
    ----------
    positive : bool (rows,).
    scores : (rows,) higher means more likely positive.
    """
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)  # tied scores count together
    return np.cumsum(positive[order])[last], np.flatnonzero(last) + 1


def area_under_roc(positive: Bool[np.ndarray, " rows"], scores: Real[np.ndarray, " rows"]) -> float:
    """Share of pairs of a positive and another row in which the positive has the higher score; ties count half."""
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not ones or not zeros:
        return math.nan
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank = np.cumsum(counts) - (counts - 1) / 2  # mean rank of equal scores, from 1
    return float((rank[place][positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))


_CLASSES = ("binary", "multiclass")
METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("log_loss", _CLASSES, False, log_loss),
        Metric("accuracy", _CLASSES, True, accuracy, of_answers=True),
        Metric("balanced_accuracy", _CLASSES, True, balanced_accuracy, of_answers=True),
        Metric("f1_macro", _CLASSES, True, f1_macro, of_answers=True),
        Metric("roc_auc", _CLASSES, True, roc_auc),
        Metric("average_precision", ("binary",), True, average_precision, positive=1),
        Metric("root_mean_squared_error", ("regression",), False, root_mean_squared_error),
        Metric("mean_absolute_error", ("regression",), False, mean_absolute_error),
        Metric("r2", ("regression",), True, r2),
    )
}
ALIASES = {"rmse": "root_mean_squared_error", "mae": "mean_absolute_error", "auc": "roc_auc"}


def find(name: str) -> Metric | None:
    """The metric of that name (an optional "neg_" is ignored) or alias, if there is one."""
    plain = name.removeprefix("neg_")
    return METRICS.get(ALIASES.get(plain, plain))


def default_metric(of_classes: bool) -> Metric:
    """The metric by which networks are compared where none is asked for."""
    return METRICS["log_loss" if of_classes else "root_mean_squared_error"]


def choose(name: str | None, task: str) -> Metric:
    """The metric of that name (an optional "neg_" is ignored), or the task's default.

    Raises
    ------
    InputError
        No such metric (the nearest is suggested), or it does not fit the task.
    """
    if name is None:
        return default_metric(task != "regression")
    metric = find(name)
    if metric is None:
        near = nearest(name.removeprefix("neg_"), [*METRICS, *ALIASES])
        raise InputError(f"There is no metric {name!r}.{near}")
    if task not in metric.tasks:
        fitting = ", ".join(m.name for m in METRICS.values() if task in m.tasks)
        raise InputError(
            f"The metric {name!r} does not fit a {task} target, so no network could be compared by it. "
            f"Choose one of: {fitting}."
        )
    return metric


def constant(
    seen: Real[np.ndarray, " seen"], classes: int, rows: int
) -> Float[np.ndarray, "rows classes"] | Float[np.ndarray, " rows"]:
    """The best one answer to all rows: class frequencies (rows, classes), or the mean (rows,).

    A class that was not seen, such as one that only the newest rows have, counts as half a row: at no probability at
    all one row of it would be infinitely wrong, and any network better than the guess.
    """
    if classes:
        counts = np.bincount(seen, minlength=classes).astype(np.float64)
        counts[counts == 0] = 0.5
        return np.tile(counts / counts.sum(), (rows, 1))
    return np.full(rows, seen.mean())


def together(
    heads: Sequence[Head],
    constants: Sequence[Real[np.ndarray, "rows ..."]],
    truth: Real[np.ndarray, "rows ..."],
) -> Metric:
    """What networks of several heads are compared by: one number for all, of which no target is left out.

    It is the mean, by the heads' weights, of each target's default loss as a share of what a constant answer has on
    the rows of `truth`: 1 is a guess, 0 is perfect. Targets differ in units and in how hard they are, so a sum of the
    losses themselves would be about the one with the largest.

    Parameters
    ----------
    constants : of each head the constant answer, probabilities (rows, classes) or values (rows,).
    truth : (rows, heads); see `honed.heads`.
    """
    losses = [default_metric(bool(head.classes)).score for head in heads]
    guessed = [
        loss(own, constant) or 1.0
        for loss, own, constant in zip(losses, truths(truth, heads), constants, strict=True)
    ]

    def score(truth: np.ndarray, told: np.ndarray) -> float:
        parts = zip(losses, truths(truth, heads), apart(told, heads), guessed, strict=True)
        shares = [loss(own, answer) / guess for loss, own, answer, guess in parts]
        return float(np.average(shares, weights=[head.weight for head in heads]))

    return Metric("relative_loss", ("several",), False, score)


def class_code(text: str, task: str, classes: Sequence[str]) -> int:
    """The code of the class that the user calls positive.

    Raises
    ------
    InputError
        The target has not two classes, or none of that name (the nearest is suggested).
    """
    if task != "binary":
        what = "a quantity" if task == "regression" else f"{len(classes)} classes"
        raise InputError(
            f"The positive class was given as {text!r}, but the target is {what}: only one of two classes can be "
            "positive. Leave it out."
        )
    code = int(match(pl.Series([text], dtype=pl.String), classes)[0])
    if code < 0:
        raise InputError(f"There is no class {text!r} to be the positive one; there are {some(classes)}.")
    return code
