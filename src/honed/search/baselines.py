"""What a network has to be compared with: a linear model and default gradient boosting."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from honed import seeds
from honed.family import Rivals, find_family
from honed.heads import Head
from honed.run.worker import Data
from honed.search.payloads import ArraysOf, BaselineJob
from honed.typed import JSON, take

RIVALS = ("linear", "boosting")  # by name
_BOOSTING_ROWS = 120_000  # training rows × trees an iteration that boosting may see: bounds its time
_LINEAR_ROWS = 20_000
MOST_ROWS = max(_BOOSTING_ROWS, _LINEAR_ROWS)  # that one learns from
_BOOSTING_LEVELS = 255  # of one column, that scikit-learn's takes
_ITERATIONS, _LEAVES, _LEAF_ROWS = 100, 31, 20  # of scikit-learn's boosting, at most
_LEAF_SECONDS, _ROW_SECONDS = 3e-6, 8e-9  # of one column in one tree, on one core: within a factor of two


def fit(payload: BaselineJob, data: Data) -> tuple[dict[str, JSON], dict[str, np.ndarray]]:
    """Fit the baseline ``payload["name"]`` on the fold's training and validation rows, predict the outer rows.

    Returns ``{"rows": n}``, the number of rows it learned from, and ``{"outer": predictions}``: probabilities
    (rows, classes), or values on the standardised scale (rows, 1); of several heads side by side.
    """
    heads = [take(Head, head) for head in payload["heads"]]
    found = [_fit(payload, data, number, head) for number, head in enumerate(heads)]
    return {"rows": min(rows for rows, _ in found)}, {
        "outer": found[0][1] if len(found) == 1 else np.concatenate([told for _, told in found], axis=1)
    }


def seconds(name: str, rows: int, columns: int, widths: Sequence[int]) -> float | None:
    """How long a baseline takes at most on one core, roughly; None for one that is quick.

    Parameters
    ----------
    columns : that boosting takes. widths : outputs of each head.
    """
    if name != "boosting":
        return None
    found = 0.0
    for width in widths:
        trees = width if width > 2 else 1
        seen = min(rows, _BOOSTING_ROWS // width)
        leaves = min(_LEAVES, seen / _LEAF_ROWS)
        found += _ITERATIONS * trees * columns * (_LEAF_SECONDS * leaves + _ROW_SECONDS * seen)
    return found


def _fit(payload: BaselineJob, data: Data, number: int, head: Head) -> tuple[int, np.ndarray]:
    """The rows learned from, and what is said of the outer rows, for one head."""
    of = ArraysOf(payload["fold"], payload.get("round", 0), payload.get("sampled", False))
    name, seed = payload["name"], payload["seed"]
    rows = np.concatenate([data.get(of.train), data.get(of.valid)])
    target = data.get(of.target(payload["target"], number))
    outer = data.get(of.outer)
    most = {
        "linear": _LINEAR_ROWS,
        "boosting": _BOOSTING_ROWS // head.width,
    }
    if len(rows) > most[name]:
        rows = np.sort(seeds.generator(seed, "baseline").permutation(rows)[: most[name]])
    is_regression = not head.classes
    family = find_family(payload["family"])
    arrays = {part: data.get(of.rows(payload["encoding"], part)) for part in payload["arrays"]}
    rivals = family.rivals(family.rows(arrays), family.inputs(payload["inputs"]))
    codes = rivals.codes
    model: Any
    if name == "linear":
        from sklearn.linear_model import LogisticRegression, Ridge

        seen, asked = (_with_one_hot(rivals, part) for part in (rows, outer))
        model = Ridge() if is_regression else LogisticRegression(max_iter=200)
    else:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        numeric = rivals.for_boosting
        codes = few_enough(codes, rows, rivals.rare)
        seen, asked = (
            np.concatenate([numeric[part], codes[part]], axis=1, dtype=np.float32) for part in (rows, outer)
        )
        categories = [numeric.shape[1] + column for column in range(codes.shape[1])] or None
        kind: Any = HistGradientBoostingRegressor if is_regression else HistGradientBoostingClassifier
        model = kind(random_state=seed, categorical_features=categories)
        if not is_regression and 1 in np.bincount(target[rows]):  # stopping early would need two rows of each
            model.set_params(early_stopping=False)
    found = np.zeros((len(outer), head.classes))
    if not is_regression and len(np.unique(target[rows])) == 1:  # of which scikit-learn learns nothing
        found[:, target[rows][0]] = 1.0
        return len(rows), found
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # how far those steps come is what is compared
        model.fit(seen, target[rows])
    if is_regression:
        return len(rows), model.predict(asked).reshape(-1, 1).astype(np.float32)
    found[:, model.classes_.astype(int)] = model.predict_proba(asked)
    return len(rows), found


def few_enough(codes: np.ndarray, rows: np.ndarray, rare: int) -> np.ndarray:
    """Codes (rows, columns) with at most as many in a column as boosting takes: its rarest become one with "rare".

    Parameters
    ----------
    rows : positions of the rows that are learned from.
    rare : the code "rare".
    """
    result = codes
    for column in range(codes.shape[1]):
        counts = np.bincount(codes[rows, column], minlength=int(codes[:, column].max(initial=0)) + 1)
        if np.count_nonzero(counts) <= _BOOSTING_LEVELS:
            continue
        counts[rare] = 0  # it stands for those that are merged
        kept = np.sort(np.argsort(-counts, kind="stable")[: _BOOSTING_LEVELS - 1])
        table = np.zeros(len(counts), codes.dtype)
        table[kept] = 1 + np.arange(len(kept))
        result = result.copy() if result is codes else result
        result[:, column] = table[codes[:, column]]
    return result


def _with_one_hot(rivals: Rivals, rows: np.ndarray) -> Any:
    """Numbers and one column a level, float32 (rows, columns); sparse where columns have many levels."""
    from sklearn.preprocessing import OneHotEncoder

    numeric, codes = rivals.numbers[rows], rivals.codes[rows]
    levels: Any = [np.arange(size) for size in rivals.levels]
    number: Any = np.float32
    if not levels:
        return numeric
    encoder = OneHotEncoder(categories=levels, sparse_output=rivals.is_sparse, dtype=number)
    marks = encoder.fit_transform(codes)
    if not rivals.is_sparse:
        return np.concatenate([numeric, marks], axis=1)
    from scipy.sparse import csr_matrix, hstack

    return hstack([csr_matrix(numeric), marks], format="csr")
