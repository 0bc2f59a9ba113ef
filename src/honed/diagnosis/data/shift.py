"""Validation rows that differ from training rows: "train-validation-shift".

A classifier two-sample test: where trees can tell the two apart, they come from different sources.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from honed import seeds
from honed.diagnosis.data.case import MOST_COLUMNS, MOST_ROWS, DataCase, for_trees, looked_at, sample
from honed.findings import Finding
from honed.table.cells import texts
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

_NOTE, _WARNING = 0.55, 0.6  # areas under the ROC curve; 0.5 for rows that are alike
_SPREADS = 4.0  # of the area under chance, so that few rows do not fire
_CRITICAL = 1.95  # of the Kolmogorov–Smirnov statistic at 0.1 %
_LEAST_ROWS = 20
_FOLDS = 2
_MOST_SHOWN = 3
_REFERENCE = "Lopez-Paz & Oquab (2017), Revisiting classifier two-sample tests, arXiv 1610.06545"


def train_validation_shift(case: DataCase) -> list[Finding]:
    """A note or a warning where trees tell validation from training rows, with the columns that differ most.

    A note from an area of 0.55, a warning from 0.6 on, each only when it lies 4 spreads above chance. The target
    counts as a column. Rows of one group are judged together: telling groups apart is no shift.
    """
    train, valid = (
        sample(rows, MOST_ROWS // 2, f"shift/{part}")
        for part, rows in (("train", case.train), ("valid", case.valid))
    )
    if min(len(train), len(valid)) < _LEAST_ROWS:
        return []
    rows = np.concatenate([train, valid])
    is_valid = np.arange(len(rows)) >= len(train)
    columns = [c for c in case.used if c.name != case.schema.time]  # which of course tells them apart
    values = {column.name: case.values(column, rows) for column in columns[:MOST_COLUMNS]}
    values[case.schema.target.name] = case.y[rows].astype(np.float64)
    seen = np.column_stack([for_trees(column) for column in values.values()])
    area = _area(seen, is_valid, _groups(case, rows))
    # Hanley & McNeil (1982): spread of the area where nothing can be told.
    spread = float(np.sqrt((len(rows) + 1) / (12 * len(train) * len(valid))))
    if area < max(_NOTE, 0.5 + _SPREADS * spread):
        return []
    return [
        (_finding if case.schema.time is None else _drift)(
            case, area, spread, _distances(values, is_valid), (len(train), len(valid))
        )
    ]


def _groups(case: DataCase, rows: Int[np.ndarray, " rows"]) -> Int[np.ndarray, " rows"]:
    """Group of each row; a row without one is a group alone."""
    alone = -1 - np.arange(len(rows))
    if case.schema.group is None:
        return alone
    cells = texts(case.frame[case.schema.group][rows])
    ranks = cells.rank("dense").cast(int).fill_null(-1).to_numpy()
    return np.where(ranks < 0, alone, ranks)


def _area(
    values: Float[np.ndarray, "rows columns"],
    is_valid: Bool[np.ndarray, " rows"],
    groups: Int[np.ndarray, " rows"],
) -> float:
    """Area under the ROC curve of trees on rows they have not seen, mean of the folds; 0.5 where none can be made."""
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.metrics import roc_auc_score

    seed = seeds.number(0, "shift")
    names, place = np.unique(groups, return_inverse=True)
    fold_of = seeds.generator(0, "data", "shift").permutation(len(names)) % _FOLDS
    areas = []
    for fold in range(_FOLDS):
        held = fold_of[place] == fold
        if len(np.unique(is_valid[held])) < 2 or len(np.unique(is_valid[~held])) < 2:
            return 0.5
        trees = ExtraTreesClassifier(
            40,
            max_depth=8,
            min_samples_leaf=5,
            max_features=0.5,  # pyright: ignore[reportArgumentType]
            class_weight="balanced",
            random_state=seed,
        )
        trees.fit(values[~held], is_valid[~held])
        guess = np.asarray(trees.predict_proba(values[held]))
        areas.append(roc_auc_score(is_valid[held], guess[:, 1]))
    return float(np.mean(areas))


def _distances(
    values: dict[str, Float[np.ndarray, " rows"]], is_valid: Bool[np.ndarray, " rows"]
) -> dict[str, float]:
    """Kolmogorov–Smirnov distance of each column that passes its critical value, largest first; missing is a value."""
    count = np.array([(~is_valid).sum(), is_valid.sum()])
    least = _CRITICAL * np.sqrt(count.sum() / count.prod())
    distances = {}
    for name, column in values.items():
        _, place = np.unique(column, return_inverse=True)
        shares = [
            np.bincount(place[side], minlength=place.max() + 1) / side.sum() for side in (~is_valid, is_valid)
        ]
        distances[name] = float(np.abs(np.cumsum(shares[0] - shares[1])).max())
    ranked = sorted(distances, key=lambda name: -distances[name])
    return {name: distances[name] for name in ranked if distances[name] >= least}


def _drift(
    case: DataCase, area: float, spread: float, distances: dict[str, float], rows: tuple[int, int]
) -> Finding:
    """Where validation rows come after training rows: what differs has moved with time."""
    found = _finding(case, area, spread, distances, rows)
    return replace(
        found,
        severity="note",
        why="Validation rows come later than training rows, so what tells them apart has moved with time, and rows to "
        "come may have moved further.",
        action="Train again as new rows come in, and see whether a column that only drifts can be left out or given as "
        "a difference from its recent values.",
    )


def _finding(
    case: DataCase, area: float, spread: float, distances: dict[str, float], rows: tuple[int, int]
) -> Finding:
    evidence: dict[str, JSON] = {
        "area": area,
        "spread": spread,
        "train_rows": rows[0],
        "valid_rows": rows[1],
        "columns": distances,
    }
    shown = ", ".join(f"{name!r} ({distances[name]:.2f})" for name in list(distances)[:_MOST_SHOWN])
    where = (
        f"the columns that differ most, by the largest gap of their distributions: {shown}"
        if shown
        else "no column differs by itself, so their combination does"
    )
    return Finding(
        "train-validation-shift",
        "warning" if area >= _WARNING else "note",
        f"Trees tell validation from training rows with an area under the ROC curve of {area:.2f} ± {spread:.2f}, "
        f"where like rows give 0.5; {where}{looked_at(case)}.",
        evidence,
        "The two come from different sources or times, so what is learned on the one is judged on the other.",
        "If new rows will be like the validation rows, trust the score and look for training rows like them; else "
        "validate on rows like those to come, or leave out a column that new rows will hold otherwise.",
        reference=_REFERENCE,
    )
