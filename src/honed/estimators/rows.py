"""Which rows of a table train a network by hand, and how much each of them counts."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import (
    _check_sample_weight,
    _num_samples,
)

from honed.errors import InputError
from honed.settings import Value, nearest, plain
from honed.table.native import ColumnLike, TableLike
from honed.table.read import unmasked
from honed.table.split import Dealer, without
from honed.typed import shown

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Real, Shaped

_FEW_ROWS = 5  # so few all train where the share to hold out rounds to none of them


def positive(sample_weight: ColumnLike, X: TableLike) -> Float[np.ndarray, " rows"] | None:
    """Weights (rows,) with the largest at 1; those that float32 cannot tell from 0 are 0."""
    if sample_weight is None:
        return None
    rows = np.empty((_num_samples(X), 1))
    weights = _check_sample_weight(unmasked(sample_weight), rows, ensure_non_negative=True)
    weights = weights / (weights.max() or 1.0)
    weights = np.where(weights.astype(np.float32) > 0, weights, 0.0)
    if (weights > 0).sum() < 2:
        raise InputError(
            f"Of {len(weights):,} sample weights {(weights > 0).sum()} is above zero, and at least 2 rows have to "
            "count. Give more rows a positive weight."
        )
    return weights


def split(
    y: Real[np.ndarray, " rows"],
    early_stopping: bool,
    validation_fraction: Value,
    seed: int,
    groups: Int[np.ndarray, " rows"] | None = None,
) -> tuple[Int[np.ndarray, " train"], Int[np.ndarray, " valid"]]:
    """Row numbers int32 that train, and those that validate; none of these without early stopping.

    Rows of one group, where these are given, stay on one side.

    Raises
    ------
    InputError
        The share to hold out is none, or leaves no row to learn from.
    """
    rows = np.arange(len(y), dtype=np.int32)
    if not early_stopping:
        return rows, rows[:0]
    share = plain(validation_fraction)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
        raise InputError(
            f"The setting 'validation_fraction' is {shown(share)}, but early_stopping needs a number in (0, 1). "
            "Give one, such as 0.1, or turn early_stopping off to hold no rows out."
        )
    count = round(share * len(y))
    if len(y) > _FEW_ROWS:
        count = max(count, 1)
        if count >= len(y):
            raise InputError(
                f"The setting 'validation_fraction' is {shown(share)}, which holds out all {len(y):,} rows and "
                "leaves none to learn from. Give a smaller one, such as 0.1."
            )
    elif count < 1 or count >= len(y):
        return rows, rows[:0]
    if groups is not None:
        valid = Dealer(y, y.dtype != np.int32, groups, np.random.default_rng(seed)).hold_out(rows, count)
        return without(rows, valid, len(y)), valid
    classes = len(np.unique(y)) if y.dtype == np.int32 else 0
    can_stratify = classes and classes <= min(count, len(y) - count) and np.bincount(y).min() >= 2
    train, valid = train_test_split(
        rows, test_size=count, random_state=seed, stratify=y if can_stratify else None
    )
    return np.sort(train), np.sort(valid)


def scaled(
    weights: Float[np.ndarray, " rows"] | None,
    factors: Float[np.ndarray, " rows"] | None,
    train: Int[np.ndarray, " train"],
) -> Float[np.ndarray, " rows"] | None:
    """The product of weights and factors (rows,) with mean 1 over the training rows.

    So neither steps nor losses change their scale. None where there are neither weights nor factors.
    """
    given = [each for each in (factors, weights) if each is not None]
    if not given:
        return None
    product = functools.reduce(np.multiply, given)
    return product * (len(train) / product[train].sum())


def class_factors(
    class_weight: Value, classes: Shaped[np.ndarray, " classes"], counts: Int[np.ndarray, " classes"]
) -> Float[np.ndarray, " classes"]:
    """Factors (classes,) by label, for classes of so many rows; "balanced" as in scikit-learn.

    Its `compute_class_weight` reads labels of digits as numbers, so that it finds "01" nowhere.
    """
    if isinstance(class_weight, str) and class_weight == "balanced":
        return counts.sum() / (len(counts) * counts)
    items = getattr(class_weight, "items", None)
    if items is not None and getattr(class_weight, "ndim", 1) == 1:  # a dict, or a Series of pandas
        class_weight = dict(items())
    if not isinstance(class_weight, dict):
        near = nearest(class_weight, ["balanced"]) if isinstance(class_weight, str) else ""
        raise InputError(
            f"class_weight is {shown(plain(class_weight))}, but it must be None, 'balanced' or a dict of weights by "
            f"class label.{near}"
        )
    for label, weight in class_weight.items():
        value = plain(weight)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 < value < math.inf:
            raise InputError(
                f"class_weight gives the class {shown(plain(label))} the weight {shown(value)}, but it must be a "
                "number above 0. To leave a class out, leave out its rows."
            )
    labels = classes.tolist()
    without = [label for label in labels if label not in class_weight]
    unknown = [label for label in class_weight if label not in labels]
    if without and unknown:
        raise InputError(
            f"class_weight names the class {shown(plain(unknown[0]))}, which y does not hold, and leaves out "
            f"{shown(without[0])}, which it does. Give the labels as they are in y."
        )
    factors = np.array([float(class_weight.get(label, 1.0)) for label in labels])
    # by a power of two, which rounds nothing: sums and products with row weights must not overflow
    return np.ldexp(factors, -np.frexp(factors.max())[1])
