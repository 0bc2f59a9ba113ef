"""A column that all but gives the target away: "leaked-target".

A small tree learns the target from each column alone and is judged on rows that it has not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed import seeds
from honed.diagnosis.data.case import MOST_COLUMNS, MOST_ROWS, DataCase, for_trees, looked_at, sample
from honed.findings import Finding
from honed.lazily import pl

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Float64, Int, Real

_STRONG = 0.99  # measured: see `leaked_target`
_COPY_WRONG = 0.001  # of the mistakes of the plain guess; a column that leaves no more is practically a copy
_COPY_R2 = 0.9995
_LEAST_ROWS = 30
_LEAF = 10  # rows in a leaf of the tree
_FOLDS = 2
_REFERENCE = "Kaufman et al. (2012), Leakage in data mining, doi:10.1145/2382577.2382579"


class Strength(NamedTuple):
    """What one column alone tells of the target.

    `score` is the area under the ROC curve of classes (each against the rest, weighted by size; a plain guess has
    0.5), or R² of the ranks of numbers (0). `is_copy` says whether next to nothing is left to tell.
    """

    score: float
    is_copy: bool


def leaked_target(case: DataCase) -> list[Finding]:
    """An error for a column that is practically the target, a warning for one that tells it to 99 %.

    Classes: from an area of 0.99 on; a copy leaves at most 0.1 % of the mistakes of always saying the commonest
    class. Numbers: from an R² of 0.99 on; a copy has 0.9995. Ranks make R² blind to scale and tails, so that a
    column may be the target's logarithm. A lone column is not judged: without it nothing is left to learn from.
    The strongest honest columns of twelve open tables have an area of 0.89 (the perimeter of dry beans) and an R² of
    0.93 (the carats of diamonds, for their price).
    """
    # when a row is is known before its target, and a trend is no leak
    columns = [column for column in case.used if column.name != case.schema.time][:MOST_COLUMNS]
    rows = _rows(case)
    if len(case.used) < 2 or len(rows) < _LEAST_ROWS or len(np.unique(case.y[rows])) < 2:
        return []
    strengths = {
        column.name: _strength(for_trees(case.values(column, rows)), case.y[rows], case.has_classes)
        for column in columns
    }
    leaks = {name: found for name, found in strengths.items() if found.score >= _STRONG or found.is_copy}
    return [_finding(case, name, found, len(rows)) for name, found in leaks.items()]


def _rows(case: DataCase) -> Int[np.ndarray, " rows"]:
    """Rows to judge by: of a class that each fold can hold."""
    rows = sample(np.arange(len(case.y)), MOST_ROWS, "leak")
    if not case.has_classes:
        return rows
    sizes = np.bincount(case.y[rows])
    return rows[sizes[case.y[rows]] >= 2 * _FOLDS]


def _strength(
    values: Float[np.ndarray, " rows"], y: Real[np.ndarray, " rows"], has_classes: bool
) -> Strength:
    return _of_classes(values, y) if has_classes else _of_numbers(values, y)


def _of_classes(values: Float[np.ndarray, " rows"], y: Int[np.ndarray, " rows"]) -> Strength:
    from sklearn.model_selection import StratifiedKFold
    from sklearn.tree import DecisionTreeClassifier

    classes, codes = np.unique(y, return_inverse=True)
    sizes = np.bincount(codes)
    # A leaf must be able to hold the smallest class by itself, and else be large enough to average out noise.
    least = int(np.clip(sizes.min() // (2 * _FOLDS), 1, _LEAF))
    probabilities = np.zeros((len(y), len(classes)))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seeds.number(0, "leak"))
    for train, held in folds.split(codes, codes):
        tree = DecisionTreeClassifier(min_samples_leaf=least, random_state=0)
        tree.fit(values[train, None], codes[train])
        probabilities[held] = tree.predict_proba(values[held, None])
    areas = [area(probabilities[:, code], codes == code) for code in range(len(classes))]
    wrong = (probabilities.argmax(axis=1) != codes).sum()
    return Strength(
        float(np.average(areas, weights=sizes)), bool(wrong <= _COPY_WRONG * (len(y) - sizes.max()))
    )


def _of_numbers(values: Float[np.ndarray, " rows"], y: Float[np.ndarray, " rows"]) -> Strength:
    from sklearn.model_selection import KFold
    from sklearn.tree import DecisionTreeRegressor

    ranks = _ranks(y)
    guess = np.zeros(len(y))
    for train, held in KFold(_FOLDS, shuffle=True, random_state=seeds.number(0, "leak")).split(ranks):
        tree = DecisionTreeRegressor(min_samples_leaf=_LEAF // 2, random_state=0)
        guess[held] = tree.fit(values[train, None], ranks[train]).predict(values[held, None])
    r2 = 1 - ((ranks - guess) ** 2).mean() / ranks.var()
    # A tree is a staircase: on few rows it misses the copy that plain correlation sees.
    straight = 0.0
    if not np.isnan(values).any() and len(np.unique(values)) > 1:
        straight = float(np.corrcoef(_ranks(values), ranks)[0, 1] ** 2)
    score = max(float(r2), straight)
    return Strength(score, score >= _COPY_R2)


def area(scores: Real[np.ndarray, " rows"], is_positive: Bool[np.ndarray, " rows"]) -> float:
    """Area under the ROC curve from ranks; scikit-learn's own takes most of the time of this rule, for its checks."""
    positive = int(is_positive.sum())
    above = _ranks(scores)[is_positive].sum() - positive * (positive + 1) / 2
    return float(above / (positive * (len(scores) - positive)))


def _ranks(values: Real[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
    return pl.Series(values).rank("average").to_numpy()


def _finding(case: DataCase, name: str, found: Strength, rows: int) -> Finding:
    measure = "area under the ROC curve" if case.has_classes else "R² of its ranks"
    plain = 0.5 if case.has_classes else 0.0
    how = "is practically a copy of" if found.is_copy else "all but gives away"
    return Finding(
        "leaked-target",
        "error" if found.is_copy else "warning",
        f"Column {name!r} alone {how} {case.schema.target.name!r}: {measure} {found.score:.4f} on rows held out of "
        f"{rows:,}, where a plain guess has {plain:g}{looked_at(case)}.",
        {
            "column": name,
            "score": found.score,
            "plain": plain,
            "rows": rows,
            "columns_seen": min(len(case.used), MOST_COLUMNS),
        },
        "Such a column is often written together with the target, or after it. Where new rows do not have it yet, the "
        "network has learned nothing of use, and no validation shows it.",
        "Ask whether the column is known at the time of prediction; if not, leave it out.",
        {"exclude": [name]},
        reference=_REFERENCE,
    )
