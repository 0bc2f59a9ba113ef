"""What rules on data look at: `DataCase`, one table with its target and how its rows are shared out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honed import seeds
from honed.lazily import pl
from honed.table import calendar, lists, wordy
from honed.table.cells import match, numbers, texts
from honed.table.columns import Schema
from honed.table.formats import moments
from honed.table.kinds import Column
from honed.table.read import Table
from honed.table.split import Splits

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int, Real

MOST_ROWS = 5_000  # a rule that learns looks at so many rows ...
MOST_COLUMNS = 100  # ... and at so many columns
_LARGE = 1e30  # of which float32 can still sum as many as there are rows


@dataclass(frozen=True)
class DataCase:
    """The rows of a table that have a target.

    Attributes
    ----------
    frame : (rows) their cells, in the order of the table; all columns, the target and the unused ones too.
    schema : what the columns are.
    y : class codes int32, or values float64.
    train, valid, outer : row numbers into `y`, of the first fold and of the final score; the last two may be empty.
    predictions : out of sample: probabilities (predicted, classes), or values in the target's units; None for none.
    predicted_rows : row numbers into `y` of `predictions`.
    places : row numbers in the user's table, from 1; None where they are those of `y`, plus 1.
    metric : name of the metric, where one is chosen.
    written : (rows) the columns of paths as texts (`honed.table.read.Table`); None where there is none.
    """

    frame: pl.DataFrame
    schema: Schema
    y: Real[np.ndarray, " rows"]
    train: Int[np.ndarray, " train"]
    valid: Int[np.ndarray, " valid"]
    outer: Int[np.ndarray, " outer"]
    predictions: Float[np.ndarray, "predicted ..."] | None = None
    predicted_rows: Int[np.ndarray, " predicted"] | None = None
    places: Int[np.ndarray, " rows"] | None = None
    metric: str | None = None
    written: pl.DataFrame | None = None

    @classmethod
    def of(
        cls,
        table: Table,
        schema: Schema,
        rows: Int[np.ndarray, " rows"],
        y: Real[np.ndarray, " rows"],
        splits: Splits,
        *,
        predictions: Float[np.ndarray, "predicted ..."] | None = None,
        predicted_rows: Int[np.ndarray, " predicted"] | None = None,
        metric: str | None = None,
    ) -> DataCase:
        """The case of a prepared table.

        Parameters
        ----------
        rows : positions in the table of the rows with a target (`honed.table.columns.target_rows`).
        y : the target of these rows; `splits` and `predicted_rows` speak of them too.
        predictions, predicted_rows, metric : as in the class.
        """
        first, there = splits.folds[0], table.at(rows)
        return cls(
            there.frame,
            schema,
            y,
            first.train,
            first.valid,
            splits.outer,
            predictions,
            predicted_rows,
            np.asarray(rows) + 1,
            metric,
            there.written,
        )

    @property
    def has_classes(self) -> bool:
        """Whether the target names classes."""
        return self.schema.target.task != "regression"

    @property
    def used(self) -> tuple[Column, ...]:
        """The columns that the network sees."""
        return tuple(column for column in self.schema.columns if column.used)

    def values(self, column: Column, rows: Int[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
        """Cells of a used column; NaN where missing.

        Numbers, days since 1970 of dates, how many items lists and words texts have, or positions of levels, -2 for a
        rare one.
        """
        cells = self.frame[column.name][rows]
        if column.kind == "numeric":
            return numbers(cells)
        if column.kind == "date":
            return calendar.numbers(moments(cells), "elapsed")
        if column.kind == "list":
            return lists.read(cells, "").list.len().cast(pl.Float64).fill_null(float("nan")).to_numpy()
        if column.kind == "words":
            lengths = [None if cell is None else len(wordy.tokens(cell)) for cell in texts(cells).to_list()]
            return np.array(lengths, np.float64)
        codes = match(cells, column.levels).astype(np.float64)
        return np.where(codes == -1, np.nan, codes)

    def places_of(self, rows: Int[np.ndarray, " rows"]) -> list[int]:
        """Row numbers in the user's table, from 1."""
        places = np.asarray(rows) + 1 if self.places is None else self.places[rows]
        return [int(place) for place in places]


def for_trees(values: Float64[np.ndarray, " rows"]) -> Float64[np.ndarray, " rows"]:
    """Values, NaN where missing, as trees can take them: ranks where float32 cannot tell them apart.

    Trees look at the order alone, but scikit-learn's take float32, sum it, and refuse what is infinite there.
    """
    sizes = np.abs(values)
    is_lost = (sizes > _LARGE) | ((sizes > 0) & (sizes < np.finfo(np.float32).tiny))
    if not is_lost.any():
        return values
    ranks = np.unique(values, return_inverse=True)[1].astype(np.float64)
    return np.where(np.isnan(values), np.nan, ranks)


def sample(rows: Int[np.ndarray, " rows"], most: int, name: str) -> Int[np.ndarray, " sampled"]:
    """At most `most` of the rows, ascending, the same for the same `name`."""
    if len(rows) <= most:
        return np.sort(rows)
    return np.sort(seeds.generator(0, "data", name).choice(rows, most, replace=False))


def quoted(names: list[str], most: int = 5) -> str:
    """Column names for a sentence: ``'a', 'b' and 3 more``."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + more


def looked_at(case: DataCase) -> str:
    """How many columns a costly rule left unseen, for the end of a sentence; empty for none."""
    count = len(case.used)
    return (
        f" (only the first {MOST_COLUMNS} of {count} columns were looked at)" if count > MOST_COLUMNS else ""
    )
