"""What the four estimators have in common: tables in, checked against what `fit` has seen. Read `Tabular` first."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from os import PathLike
from typing import Any, SupportsFloat, TypeVar, cast

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import (
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from honed.errors import InputError, warn
from honed.estimators.answers import plain_target, targets_of
from honed.estimators.fitted import Fitted, target_name
from honed.figures import counted
from honed.lazily import pl
from honed.settings import close
from honed.table import columns, kinds, said
from honed.table.cells import all_numbers, brief, some
from honed.table.columns import Schema
from honed.table.missing import usual
from honed.table.native import ColumnLike, TableLike
from honed.table.read import Table, from_frame, plain_rows
from honed.typed import JSON

_NAMED = 8  # columns in a warning
_CLAUSE = re.compile(r"; | \(|, (?!but |such as )")  # ends the first clause of a reason


Fit = TypeVar("Fit", bound=Callable[..., Any])


def or_as_before(fit: Fit) -> Fit:
    """A `fit` that leaves the estimator as it was where it fails: no old network under new names of columns."""

    @functools.wraps(fit)
    def whole(self: BaseEstimator, *args: Any, **settings: Any) -> Any:
        before = dict(vars(self))
        try:
            return fit(self, *args, **settings)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return cast(Fit, whole)


class Tabular(Fitted):
    """Tables in, predictions out; what the four have in common. `model_` is set by `fit`."""

    n_features_in_: int
    missing: Iterable[object] | None
    schema: Mapping[str, JSON] | str | PathLike[str] | None

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags

    def _read(
        self, X: TableLike, y: ColumnLike, kept: np.ndarray | None = None
    ) -> tuple[Table, Schema, list[np.ndarray]]:
        """The table, its schema, and of each target values or class numbers; of the rows `kept` (rows,) alone."""
        ys = [plain_target(each) for each in targets_of(y)]
        for each in ys:
            self._check_target(each)
        if _is_frame(X):
            self._require_target(y)
            validate_data(self, X, skip_check_array=True)
            _tell_dates_in_index(X)
        elif len(ys) > 1:
            X = validate_data(
                self, _plain_cells(X), ensure_all_finite="allow-nan", ensure_min_samples=2, dtype="numeric"
            )
        else:
            X, y = validate_data(
                self,
                _plain_cells(X),
                ys[0],
                ensure_all_finite="allow-nan",
                ensure_min_samples=2,
                dtype="numeric",
                y_numeric=not hasattr(self, "predict_proba"),
            )
            ys = [y]
        table = from_frame(X)
        names = [
            target_name(each, f"target_{number}" if len(ys) > 1 else "target")
            for number, each in enumerate(ys)
        ]
        ys = [column_or_1d(each, warn=True) for each in ys]
        if len(ys[0]) != table.frame.height:
            raise ValueError(
                f"X has {counted(table.frame.height, 'row')} and y has {len(ys[0]):,}; each row needs one target."
            )
        if kept is not None:
            table, ys = replace(table, frame=table.frame.filter(kept)), [each[kept] for each in ys]
        values = self._targets(ys)
        categorical, numeric, date, lists, texts, exclude = (
            _declared(self, word, table)
            for word in ("categorical", "numeric", "date", "lists", "texts", "exclude")
        )
        for number, own in enumerate(values):
            while names[number] in table.frame.columns:
                names[number] += "_"
            table = replace(table, frame=table.frame.with_columns(pl.Series(names[number], own)))
        # The columns alone are inferred: what the target is, the user has said by choosing the estimator.
        schema = columns.infer(
            table,
            names[0],
            further=names[1:],
            task="regression",
            missing=_missing(self.missing),
            schema=_schema(self.schema),
            of_target=False,
            categorical=categorical,
            numeric=numeric,
            date=date,
            lists=lists,
            texts=texts,
            exclude=exclude,
        )
        if not table.plain_array:
            _tell_left_out(schema, table.frame)
            _tell_emptied(schema, self.missing, self.schema)
        table = schema.read_training(table)
        meant, *others = self._meant(names, f"{type(self).__name__} was asked for it")
        return table, replace(schema, target=meant, further=tuple(others)), values

    def _frame(self, X: TableLike) -> pl.DataFrame:
        """Rows to predict, checked against those seen in `fit`.

        An array after a frame, and a frame after an array, goes by position, and scikit-learn warns.
        """
        check_is_fitted(self)
        if _is_frame(X):
            validate_data(self, X, skip_check_array=True, reset=False)
        elif self.model_.was_array:
            X = validate_data(
                self, _plain_cells(X), reset=False, ensure_all_finite="allow-nan", dtype="numeric"
            )
        else:
            X = plain_rows(X)
            X = np.array(X, dtype=object) if isinstance(X, (list, tuple)) else X
            X = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=None)
        frame = self.model_.frame_of(X)
        self.model_.warn_of_odd(frame)
        return frame


def _plain_cells(X: TableLike) -> TableLike:
    """Rows with missing cells for masked ones, or InputError for objects in an array that are no numbers."""
    X = plain_rows(X)
    if isinstance(X, np.ndarray) and X.dtype.kind == "O":
        examples = {
            type(cell): cell for cell in X.ravel()
        }  # one of each type: to ask millions takes half a minute
        strange = [
            cell
            for cell in examples.values()
            if not isinstance(cell, (str, bytes, SupportsFloat, type(None)))
        ]
        if not strange and any(issubclass(each, str) for each in examples):
            strange = [cell for cell in X.ravel() if isinstance(cell, str) and not _is_number(cell)]
        if strange:
            raise InputError(
                f"X holds {brief(repr(strange[0]))}, of type {type(strange[0]).__name__}, and an array must hold "
                "numbers. Give a data frame for words, dates and durations."
            )
    return X


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_frame(X: TableLike) -> bool:
    """Whether X has named columns (pandas, Polars, Arrow)."""
    return hasattr(X, "columns") or hasattr(X, "column_names")


def _tell_dates_in_index(X: TableLike) -> None:
    """Give the caller of `fit` a `DataWarning` where a table of pandas has dates in its index, which is no column."""
    index = getattr(X, "index", None)
    levels = getattr(index, "levels", [index])
    if any(type(level).__name__ in ("DatetimeIndex", "PeriodIndex") for level in levels):
        warn(
            "X has dates in its index, which is no column: nothing is learned from them, and they do not say which "
            "rows are the newest. Give X.reset_index() to use them, or X.reset_index(drop=True) if they say nothing."
        )


def _declared(estimator: BaseEstimator, word: str, table: Table) -> list[str]:
    """Names of the columns that a keyword such as "categorical" declares."""
    value = getattr(estimator, word)
    if value is None:
        return []
    if isinstance(value, str) or not np.iterable(value):
        raise InputError(f"{word} is {value!r}, but it must be a list of columns, such as [{value!r}].")
    return [named_column(word, column, table) for column in value]


def named_column(word: str, column: object, table: Table) -> str:
    """The name in the table of a column that the keyword `word` names, of an array by its position."""
    names = table.frame.columns
    is_place = table.plain_array and type(column) is not bool and isinstance(column, (int, np.integer))
    name = f"x{column}" if is_place else str(column).strip()
    if name not in names:
        known = f"positions 0 to {len(names) - 1}" if table.plain_array else some(names)
        raise InputError(
            f"{word} names the column {column!r}, which X does not have; it has {known}.{close(name, names)}"
        )
    return name


def _missing(value: Iterable[object] | None) -> list[object]:
    """What the keyword `missing` names."""
    if value is None:
        return []
    if isinstance(value, str) or not np.iterable(value):
        raise InputError(
            f"missing is {value!r}, but it must be a list of words and numbers, such as [{value!r}]."
        )
    return list(value)


def _schema(value: Mapping[str, JSON] | str | PathLike[str] | None) -> JSON:
    """What the keyword `schema` says of columns; target and groups are those that `fit` is given."""
    if value is None:
        return None
    read = said.read(value) if isinstance(value, (str, PathLike)) else said.statements(value)
    return {"columns": read["columns"]}


def _tell_emptied(schema: Schema, missing: Iterable[object] | None, document: object) -> None:
    """Give the caller of `fit` one `DataWarning` that names words that were taken as empty and not said to be."""
    known = set(said.words_for_missing(missing or ()))
    found = {
        column.name: column
        for column in schema.columns
        if document is None and column.reading.emptied and not set(usual(column.reading.missing)) <= known
    }
    if not found:
        return
    told = [f"{brief(name)!r}: {column.reading.evidence_of_empty()}" for name, column in found.items()]
    more = f", and in {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    words = dict.fromkeys(word for column in found.values() for word in usual(column.reading.missing))
    warn(
        f"In {counted(len(found), 'column')} words stand for missing cells: {'; '.join(told[:_NAMED])}{more}. If that "
        f"is right, say so: missing=[{', '.join(map(repr, words))}]; if not, declare the column: "
        f"categorical=[{next(iter(found))!r}]."
    )


def _tell_left_out(schema: Schema, frame: pl.DataFrame) -> None:
    """Give the caller of `fit` one `DataWarning` that names the columns which no network reads."""
    left = [
        column
        for column in schema.columns
        if column.kind in ("text", "identifier") and not kinds.is_index(column)
    ]
    if not left:
        return
    told = [
        f"{brief(column.name)!r} ({brief(_CLAUSE.split(column.reason.removeprefix('left out: '))[0])})"
        for column in left[:_NAMED]
    ]
    numbers = [column.name for column in left if all_numbers(frame[column.name])]
    wordy = [
        column.name
        for column in left
        if frame[column.name].dtype == pl.String and kinds.has_several_words(frame[column.name])
    ]
    advice = []
    if numbers:
        advice = [f"To use one that holds numbers, declare it: numeric=[{brief(repr(numbers[0]))}]"]
    if wordy:
        advice += [f"To use the words of one, declare it: texts=[{brief(repr(wordy[0]))}]"]
    if len(numbers) + len(wordy) < len(left):
        advice += [f"To use {'another' if advice else 'one'}, give it as numbers or as a few categories"]
    advice = [advice[0], *(f"t{each[1:]}" for each in advice[1:])]
    more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    warn(
        f"{counted(len(left), 'column')} of {len(schema.columns):,} {'is' if len(left) == 1 else 'are'} left out: "
        f"{', '.join(told)}{more}. {'; '.join(advice)}; else drop it from X."
    )
