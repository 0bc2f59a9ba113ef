"""Targets and what is predicted of them: class labels with probabilities, or numbers in their own units."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    assert_all_finite,
)

from honed.errors import DataWarning, InputError
from honed.heads import apart, beside
from honed.lazily import pl
from honed.model.intervals import USUAL
from honed.model.model import Model
from honed.table import quantities, times
from honed.table.cells import brief, can_be_numbers, target_numbers, texts
from honed.table.missing import without_missing
from honed.table.native import ColumnLike, TableLike, is_missing
from honed.table.target import Target, warn_of_missing_classes

if TYPE_CHECKING:
    from jaxtyping import Float64, Int32, Shaped

# What is predicted, and its standard deviation if it was asked for.
Answers = np.ndarray | tuple[np.ndarray, np.ndarray]


class Classes(ClassifierMixin):
    """Class labels as they were given, and probabilities."""

    classes_: Any  # labels (classes,) in the order of the probabilities; of several targets a list of such
    model_: Model
    _frame: Callable[[TableLike], pl.DataFrame]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = tags.target_tags.multi_output
        return tags

    def predict(self, X: TableLike) -> Shaped[np.ndarray, " rows"] | Shaped[np.ndarray, "rows targets"]:
        """Labels, the likeliest class of each, or by the `threshold` that a tuned one was asked for.

        Of several targets a column each, of objects where their labels are of several types.
        """
        chances = self.predict_proba(X)  # which refuses an estimator that is not fitted
        if isinstance(chances, np.ndarray):
            return self.classes_[self.model_.decided(chances)]
        labels = [classes[own.argmax(axis=1)] for classes, own in zip(self.classes_, chances, strict=True)]
        kinds = {own.dtype.kind for own in labels}
        return np.stack(labels if len(kinds) == 1 else [own.astype(object) for own in labels], axis=1)

    @overload
    def predict_proba(
        self, X: TableLike, samples: int | None = None, return_std: Literal[False] = False
    ) -> Float64[np.ndarray, "rows classes"]: ...
    @overload
    def predict_proba(
        self, X: TableLike, samples: int | None = None, *, return_std: Literal[True]
    ) -> tuple[Float64[np.ndarray, "rows classes"], Float64[np.ndarray, "rows classes"]]: ...
    def predict_proba(
        self, X: TableLike, samples: int | None = None, return_std: bool = False
    ) -> Answers | list[np.ndarray]:
        """Probabilities float64 (rows, classes) in the order of `classes_`; each row sums to 1.

        Of several targets a list of such, one for each.

        Parameters
        ----------
        samples : keep dropout on and average that many of the networks that it makes of this one ("Monte Carlo
            dropout", Gal & Ghahramani 2016, arXiv 1506.02142); None is the whole network. For one target.
        return_std : also give the samples' standard deviation (rows, classes); it needs `samples`.
        """
        frame = self._frame(X)
        if samples is None and not return_std:
            told = apart(self.model_.told(frame), self.model_.heads)
            return told if len(told) > 1 else told[0]
        return _spread(self.model_, frame, samples, return_std)

    def _check_target(self, y: ColumnLike) -> None:
        cells = _objects(_flat(y))
        for cell in cells:
            is_number = isinstance(cell, (bool, np.bool_, int, float, np.number)) and abs(cell) < 2**63
            if not (is_number or isinstance(cell, str)):
                raise InputError(
                    f"y holds {brief(repr(cell))}, of type {type(cell).__name__}; classes are texts, truth values or "
                    "numbers of 64 bits. Give the labels as texts (in pandas: y.astype(str))."
                )
        kinds = {type(cell) for cell in cells}
        if len({issubclass(kind, str) for kind in kinds}) > 1:
            names = " and ".join(sorted(kind.__name__ for kind in kinds))
            raise InputError(
                f"y holds labels of several types, {names}, which have no order. Give all as texts (in pandas: "
                "y.astype(str))."
            )

    def _targets(self, ys: Sequence[Shaped[np.ndarray, " rows"]]) -> list[Int32[np.ndarray, " rows"]]:
        found = [_coded(y, number if len(ys) > 1 else None) for number, y in enumerate(ys)]
        classes = [own for own, _ in found]
        for own in classes:
            words = [label for label in own.tolist() if isinstance(label, str)]
            warn_of_missing_classes("y", words)
        self.classes_ = classes if len(ys) > 1 else classes[0]
        return [codes for _, codes in found]

    def _meant(self, names: Sequence[str], reason: str) -> list[Target]:
        classes = self.classes_ if len(names) > 1 else [self.classes_]
        return [Target.of_labels(name, own, reason) for name, own in zip(names, classes, strict=True)]


def _coded(
    y: Shaped[np.ndarray, " rows"], place: int | None
) -> tuple[Shaped[np.ndarray, " classes"], Int32[np.ndarray, " rows"]]:
    """The classes of a target, and the code of each row's; `place` is its column where there are several."""
    what = "y" if place is None else f"column {place} of y"
    has_floats = place is not None and np.asarray(y).dtype.kind == "f"
    if has_floats:
        assert_all_finite(y, input_name="y")
    if has_floats and bool((y != np.floor(y)).any()):
        raise InputError(
            f"{what} holds numbers with fractions, and a classifier tells classes. For targets of both kinds train one "
            "estimator for each kind, or use `honed fit` with several --target, whose networks give both."
        )
    check_classification_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise InputError(
            f"{what} holds one class only ({classes[0]!r}), so there is nothing to tell apart. "
            "Give rows of at least two classes."
        )
    return classes, codes.astype(np.int32)


class Values(RegressorMixin):
    """Numbers in the target's own units."""

    model_: Model
    _frame: Callable[[TableLike], pl.DataFrame]

    @overload
    def predict(
        self, X: TableLike, samples: int | None = None, return_std: Literal[False] = False
    ) -> Float64[np.ndarray, " rows"]: ...
    @overload
    def predict(
        self, X: TableLike, samples: int | None = None, *, return_std: Literal[True]
    ) -> tuple[Float64[np.ndarray, " rows"], Float64[np.ndarray, " rows"]]: ...
    def predict(self, X: TableLike, samples: int | None = None, return_std: bool = False) -> Answers:
        """Values float64 (rows,); of quantiles the median, or what lies at 0.5 between the two around it.

        Of several targets (rows, targets).

        They end a little beyond the range of the training targets (`prediction_margin` of a network), and a warning
        counts the rows where they do.

        Parameters
        ----------
        samples : keep dropout on and average that many of the networks that it makes of this one; None is the whole
            network. For one target.
        return_std : also give the samples' standard deviation (rows,); it needs `samples`.
        """
        frame = self._frame(X)
        if samples is None and not return_std:
            told = apart(self.model_.told(frame), self.model_.heads)
            for number, values in enumerate(told):
                self.model_.warn_of_ends(values, number)
            return beside(told)
        return _spread(self.model_, frame, samples, return_std)

    def predict_quantiles(self, X: TableLike) -> Float64[np.ndarray, "rows quantiles"]:
        """Values below which each share of rows lies; needs loss="quantile"."""
        values = self.model_.quantile_values(self._frame(X))
        self.model_.warn_of_ends(values)
        return values

    def predict_interval(self, X: TableLike, level: float = USUAL) -> Float64[np.ndarray, "rows 2"]:
        """Ends of an interval for each row, low and high, in the target's units.

        Conformal, from rows that did not train (of the `Network` estimators those that stop training early; all alike,
        whatever they weigh); see `honed.model.intervals`.

        Parameters
        ----------
        level : the share of rows, from 0.5 to 0.99, whose truth lies in theirs.

        Raises
        ------
        ValueError
            No such level, or no or too few rows to know it by.
        """
        frame = self._frame(X)
        return self.model_.interval(frame, level)

    def _check_target(self, y: ColumnLike) -> None:
        y = _flat(y)
        kind = str(getattr(y, "dtype", getattr(y, "type", "")))
        if kind.lower().startswith(("time", "duration", "date", "period")):
            raise InputError(
                f"y holds dates, times or durations (type {kind}), and predictions are plain numbers, so a unit must "
                "be chosen. Give numbers: seconds of a duration, say, or days since a date."
            )
        cells = y.tolist() if _kind(y) in "SU" else _objects(y)
        for row, cell in enumerate(cells, 1):
            try:
                float(cell)
            except (TypeError, ValueError):
                raise InputError(
                    f"y holds {brief(repr(cell))} in row {row}, which is no number, and a regressor predicts numbers. "
                    f"{_as_numbers(cells)}"
                ) from None

    def _targets(self, ys: Sequence[Shaped[np.ndarray, " rows"]]) -> list[Float64[np.ndarray, " rows"]]:
        found = []
        for y in ys:
            values = np.asarray(y, dtype=np.float64)
            assert_all_finite(values, input_name="y")
            found.append(target_numbers(pl.Series("y", values)))
        return found

    def _meant(self, names: Sequence[str], reason: str) -> list[Target]:
        return [Target(name, "regression", (), reason) for name in names]


def _as_numbers(cells: Sequence[Any]) -> str:
    """What to do with a target of which some cells are no numbers."""
    known = without_missing(texts(pl.Series("y", [str(cell) for cell in cells])))
    if known.null_count() and can_be_numbers(known):
        return "Leave rows out whose target is not known."
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        found, dates = quantities.find(known), times.find(known)
    if dates is not None:
        return "Dates and times are none: choose a unit, and give days since a date, say, or hours."
    if found is not None:
        return f"These are {found.note}: give such plain numbers."
    if 2 * int(quantities.unlike(known).sum()) < known.count():
        return "Most others are numbers: correct the cell, or leave the row out."
    return "Give numbers, or use a classifier."


def targets_of(y: ColumnLike) -> list[ColumnLike]:
    """The columns of a table, an array or a list of rows with several; any other target alone."""
    first = y[0] if isinstance(y, (list, tuple)) and len(y) else None
    is_rows = isinstance(first, (list, tuple, np.ndarray)) and np.ndim(first) == 1 and len(first) > 1
    if is_rows and len({len(row) for row in y}) == 1:  # each column in a type of its own
        return [np.asarray(own) for own in zip(*y, strict=True)]
    table: Any = y
    shape = getattr(table, "shape", ())
    if len(shape) != 2 or shape[1] < 2:
        return [y]
    if isinstance(table, pl.DataFrame):
        return table.get_columns()
    if hasattr(table, "iloc"):
        return [table.iloc[:, place] for place in range(shape[1])]
    if hasattr(table, "column_names"):
        return [table.column(place) for place in range(shape[1])]
    return [table[:, place] for place in range(shape[1])]


def plain_target(y: ColumnLike) -> ColumnLike:
    """`y` in a type that scikit-learn takes, without a loss.

    Whole numbers of 128 bits become Python's, objects that are truths become such, and cells of pandas' own types
    (nullable, Arrow) NumPy's, where scikit-learn would make numbers of 53 bits of them; those with gaps stay.

    Raises
    ------
    InputError
        A cell of a masked array is masked.
    """
    if isinstance(y, np.ma.MaskedArray):
        mask, y = np.ma.getmaskarray(y), y.data
        if mask.any():
            raise InputError(_missing(int(np.argmax(mask.reshape(len(mask), -1).any(axis=1))) + 1))
    if isinstance(y, pl.Series):
        return np.array(y.to_list()) if y.dtype in (pl.Int128, pl.UInt128) else y
    if hasattr(y, "columns") and hasattr(y, "iloc") and y.shape[1] == 1:
        return plain_target(y.iloc[:, 0]).to_frame()
    dtype: Any = getattr(y, "dtype", None)
    if hasattr(y, "isna") and not isinstance(dtype, np.dtype) and not y.isna().any():
        if getattr(dtype, "kind", "O") in "iubf":
            wide = {"i": "int64", "u": "uint64", "b": "bool", "f": "float64"}[dtype.kind]
            y = y.astype(getattr(dtype, "numpy_dtype", wide))
        elif getattr(dtype, "type", None) is str:
            y = y.astype(object)
    is_flat = isinstance(y, (list, tuple)) or getattr(y, "ndim", 0) == 1
    if is_flat and len(y) and _kind(y) == "O" and all(isinstance(cell, (bool, np.bool_)) for cell in y):
        return np.asarray(y, dtype=bool)
    return y


def _missing(row: int) -> str:
    return f"Input y contains NaN: the target of row {row} is missing. Leave such rows out."


def _flat(y: ColumnLike) -> ColumnLike:
    """The one column of a table or an array of one; any other target as it is."""
    if len(getattr(y, "shape", ())) != 2 or y.shape[1] != 1:
        return y
    if isinstance(y, pl.DataFrame):
        return y.to_series()
    if hasattr(y, "iloc"):
        return y.iloc[:, 0]
    return y.column(0) if hasattr(y, "column_names") else y[:, 0]


def _kind(y: ColumnLike) -> str:
    """NumPy's letter for the type of `y`, "O" where it has none."""
    dtype: Any = getattr(y, "dtype", None)
    if isinstance(dtype, np.dtype):
        return str(dtype.kind)
    return "M" if dtype in (pl.Date, pl.Datetime, pl.Duration) else "O"


def _objects(y: ColumnLike) -> list[Any]:
    """Cells of a one-dimensional `y` that may be anything; none where they all are of one of NumPy's plain types.

    Raises
    ------
    InputError
        A cell is missing.
    """
    kind = _kind(y)
    is_flat = hasattr(y, "__iter__") and not hasattr(y, "columns") and getattr(y, "ndim", 1) == 1
    if not is_flat or kind not in "OmM":
        return []
    method = next((name for name in ("to_pylist", "to_list") if hasattr(y, name)), None)
    cells = list(y) if method is None else getattr(y, method)()
    for row, cell in enumerate(cells, 1):
        if is_missing(cell):
            raise InputError(_missing(row))
    return cells if kind == "O" else []


def _spread(model: Model, frame: pl.DataFrame, samples: int | None, return_std: bool) -> Answers:
    """The mean of dropout's networks, with their standard deviation where it is asked for."""
    if samples is None:
        raise InputError(
            "return_std needs samples: the spread is that of several networks. Give samples, say 50."
        )
    drawn = model.samples(frame, samples)
    if not model.classes:
        model.warn_of_ends(drawn.T)
    mean = drawn.mean(axis=0)
    return (mean, drawn.std(axis=0)) if return_std else mean
