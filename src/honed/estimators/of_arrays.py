"""Rows that are arrays of their own in, predictions out: `OfArrays`, what estimators of such rows have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, column_or_1d

from honed.errors import InputError
from honed.estimators.answers import plain_target
from honed.estimators.fitted import Fitted, target_name
from honed.family import Encoder, Raw
from honed.figures import counted
from honed.table.columns import Schema
from honed.table.native import ColumnLike, TableLike


class OfArrays(Fitted):
    """Rows of a family without columns; `model_` is set by `fit`."""

    _noun: ClassVar[str]  # what a row is, for messages

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        return tags

    @abstractmethod
    def _rows(self, X: TableLike) -> Raw:
        """`X` as the family's encoders take it; `InputError` where it is none of theirs."""

    @abstractmethod
    def _keep(self, rows: Raw) -> None:
        """What is known of the rows, kept under public names."""

    def _encoder(self, rows: Raw, train: np.ndarray) -> Encoder:
        """What the training rows teach; of those alone who train a network by hand."""
        raise AssertionError("a search asks the family")

    def _groups(self, rows: Raw) -> np.ndarray | None:
        """Groups of rows that validation must not tear apart, (rows,) whole numbers; None where all may be."""
        return None

    def _read(self, X: TableLike, y: ColumnLike) -> tuple[Raw, Schema, np.ndarray]:
        """The rows, what is predicted of them, and the target's values or class numbers."""
        self._require_target(y)
        y = plain_target(y)
        self._check_target(y)
        rows, name = self._rows(X), target_name(y)
        y = column_or_1d(y, warn=True)
        if len(y) != len(rows):
            raise InputError(
                f"X has {counted(len(rows), self._noun)} and y has {len(y):,}; each {self._noun} needs one target."
            )
        if len(rows) < 2:
            raise InputError(
                f"X has one {self._noun}, and at least 2 are needed to learn from some and check on others."
            )
        (values,) = self._targets([y])
        self._keep(rows)
        (target,) = self._meant([name], f"{type(self).__name__} was asked for it")
        return rows, Schema((), target, len(y), 0), values

    def _frame(self, X: TableLike) -> Raw:
        """Rows to predict, with a word on strange ones."""
        check_is_fitted(self)
        rows = self.model_.frame_of(X)
        self.model_.warn_of_odd(rows)
        return rows
