"""Tables of pandas, Polars and Arrow, and arrays, to frames of Polars whose types say what the cells are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from honed.errors import InputError
from honed.lazily import pl
from honed.run.plain import loads
from honed.table import delimited, few
from honed.table.cells import MOST_EXACT, texts

TableLike = Any  # pandas, Polars or Arrow table, array (rows, columns) or list of rows, as users give them
ColumnLike = Any  # one cell a row: column of such a table, array (rows,) or list
# fmt: off
_PERIODS = {  # pandas' names of frequencies, older ones too, as NumPy's units
    "D": "D", "h": "h", "H": "h", "min": "m", "T": "m", "s": "s", "S": "s",
    "ms": "ms", "L": "ms", "us": "us", "U": "us", "ns": "ns", "N": "ns",
}
# fmt: on
_LISTS = (list, tuple, set, frozenset, np.ndarray)
_MONTHS_OF = {"Q": 3, "Y": 12, "A": 12}
_ENDS = {
    "M": ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    "D": ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
}


def from_array(X: np.ndarray) -> pl.DataFrame:
    """An array (rows, columns), whose columns become x0, x1, ...; `InputError` for other shapes."""
    if X.ndim != 2:
        raise InputError(
            f"The array has {X.ndim} dimension{'' if X.ndim == 1 else 's'}, shape {X.shape}; a table has two: rows and "
            "columns. "
            + (
                "Reshape it: X.reshape(-1, 1) for one column, X.reshape(1, -1) for one row."
                if X.ndim == 1
                else "Give one row for each case, with one number for each column."
            )
        )
    columns = np.ascontiguousarray(X.T)
    return pl.DataFrame([_series(f"x{number}", column) for number, column in enumerate(columns)])


def from_native(X: TableLike) -> pl.DataFrame:
    """A table of any library that narwhals knows; `InputError` for anything else."""
    if isinstance(X, pl.DataFrame) and all(_is_plain(kind) for kind in X.dtypes):
        names = delimited.column_names(X.columns, "The table")
        return X if names == X.columns else X.rename(dict(zip(X.columns, names, strict=True)))
    if type(X).__module__.partition(".")[0] == "pandas" and (found := _of_few(X)) is not None:
        return found
    import narwhals as nw

    try:
        frame = nw.from_native(X, eager_only=True)
    except TypeError:
        raise InputError(
            f"Got {type(X).__name__}, which is not a table. "
            "Give a pandas, Polars or Arrow table, or a two-dimensional NumPy array."
        ) from None
    except ValueError as error:
        raise InputError(f"The table cannot be read: {first_line(error)}. Name each column once.") from None
    names = delimited.column_names([str(name) for name in frame.columns], "The table")
    return pl.DataFrame(
        [_from_native_column(name, column) for name, column in zip(names, frame.iter_columns(), strict=True)]
    )


def _of_few(X: TableLike) -> pl.DataFrame | None:
    """A few rows of pandas in columns of numbers and texts, at once: column by column takes five times as long."""
    if type(X).__name__ != "DataFrame" or not 0 < len(X) <= few.MOST:
        return None
    types = X.dtypes.tolist()
    names_of_types = {number: str(kind) for number, kind in {id(kind): kind for kind in types}.items()}
    kinds = [names_of_types[id(kind)] for kind in types]  # NumPy is slow at saying one, and few are different
    known = _types_of_few()
    if not known.keys() >= set(kinds):
        return None
    names = delimited.column_names([str(name) for name in X.columns.tolist()], "The table")
    rows = [[None if cell != cell else cell for cell in row] for row in _cells_of_few(X, kinds)]
    schema = {name: known[kind] for name, kind in zip(names, kinds, strict=True)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _types_of_few() -> dict[str, pl.DataType | type[pl.DataType]]:
    """Types of Polars by those of pandas."""
    moments = {f"datetime64[{unit}]": pl.Datetime("us") for unit in ("s", "ms", "us", "ns")}
    return {"float64": pl.Float64, "int64": pl.Int64, "bool": pl.Boolean, "str": pl.String, **moments}


def _cells_of_few(X: TableLike, kinds: list[str]) -> list[list[Any]]:
    """By row, each of its own type."""
    if set(kinds) == {"float64"}:
        return X.to_numpy().tolist()
    if (
        len(X) == 1 and "str" in kinds
    ):  # each column of words is a block of its own, which all of a table turns slowly
        return [[cell.item() if isinstance(cell, np.generic) else cell for cell in X.iloc[0].tolist()]]
    return X.to_numpy(object).tolist()


def _is_plain(kind: pl.DataType) -> bool:
    """Whether a column of Polars is one of numbers, words, truths or moments, which nothing has to be done to."""
    floats, whole = (pl.Float64, pl.Float32), (pl.Int64, pl.Int32, pl.Int16, pl.Int8)
    return kind in (pl.String, pl.Boolean, pl.Date, *floats, *whole) or isinstance(kind, pl.Datetime)


def _from_native_column(name: str, column: ColumnLike) -> pl.Series:
    import narwhals as nw

    if column.dtype == nw.Object or _is_decimal256(column.to_native()):
        return _series_of_objects(name, column.to_list())
    try:
        series = column.to_polars()
    except Exception:  # pandas needs pyarrow for some of its types; cell by cell works without
        return _series_of_objects(name, column.to_list())
    series = without_extension(series.alias(name))
    # narwhals calls an ordered category of pandas an Enum
    return as_category(series) if column.dtype in (nw.Categorical, nw.Enum) else series


def _series(name: str, values: np.ndarray) -> pl.Series:
    """One column; objects become numbers where all of them are, else text."""
    if values.dtype.kind in "biufU" and values.dtype not in (np.float16, np.longdouble):
        return pl.Series(name, values)
    if values.dtype.kind == "O":
        return _series_of_objects(name, values.tolist())
    if values.dtype.kind == "m":
        return pl.Series(name, values / np.timedelta64(1, "s"))
    if values.dtype.kind == "M":
        return pl.Series(name, values.astype("datetime64[us]"))
    try:
        return pl.Series(name, values.astype(np.float64))
    except (TypeError, ValueError):
        return pl.Series(name, values.astype(str))


def _series_of_objects(name: str, cells: list[Any]) -> pl.Series:
    known = [None if is_missing(cell) else cell for cell in cells]
    if (
        any(isinstance(cell, _LISTS) for cell in known)
        and (lists := _series_of_lists(name, known)) is not None
    ):
        return lists
    present = [cell for cell in known if cell is not None]
    if present and all(isinstance(cell, (bool, np.bool_)) for cell in present):
        return pl.Series(name, [None if cell is None else bool(cell) for cell in known], dtype=pl.Boolean)
    if present and all(isinstance(cell, timedelta) for cell in present):
        return pl.Series(name, known, dtype=pl.Duration)
    if all(isinstance(cell, (int, np.integer)) for cell in present):
        # beyond 2^53 they are names, which float64 would not tell apart
        is_exact = all(abs(int(cell)) <= MOST_EXACT for cell in present)
        cells = [None if cell is None else float(cell) if is_exact else str(int(cell)) for cell in known]
        return pl.Series(name, cells, dtype=pl.Float64 if is_exact else pl.String)
    if all(isinstance(cell, (int, float, np.number)) for cell in present):
        return pl.Series(name, [None if cell is None else float(cell) for cell in known], dtype=pl.Float64)
    return pl.Series(name, [None if cell is None else str(cell) for cell in known], dtype=pl.String)


def _series_of_lists(name: str, cells: list[Any]) -> pl.Series | None:
    """Lists, tuples, sets and arrays of numbers or words; None where other cells are among them."""
    if not all(cell is None or isinstance(cell, _LISTS) for cell in cells):
        return None
    lists = [
        None if cell is None else sorted(cell, key=str) if isinstance(cell, (set, frozenset)) else list(cell)
        for cell in cells
    ]  # a set has another order in each process
    items = [item for own in lists if own is not None for item in own if not is_missing(item)]
    if any(isinstance(item, (*_LISTS, dict)) for item in items):
        return None
    are_numbers = bool(items) and all(
        isinstance(item, (int, float, np.number)) and not isinstance(item, bool) for item in items
    )
    kind = float if are_numbers else str
    known = [own and [None if is_missing(item) else kind(item) for item in own] for own in lists]
    return pl.Series(name, known, dtype=pl.List(pl.Float64 if are_numbers else pl.String))


def _is_decimal256(column: ColumnLike) -> bool:
    """Whether Arrow holds decimals of 256 bits, on which Polars panics."""
    kind = getattr(column, "type", getattr(column, "dtype", ""))
    return str(kind).startswith("decimal256")


def is_missing(cell: object) -> bool:
    """None, NaN and pandas' NA and NaT; all but None are unequal to themselves, or refuse the question."""
    if cell is None:
        return True
    if isinstance(cell, _LISTS):
        return False
    try:
        return bool(cell != cell)
    except (TypeError, ValueError, ArithmeticError):
        return type(cell).__name__ in ("NAType", "NaTType")


def without_extension(series: pl.Series) -> pl.Series:
    """pandas' intervals as categories and its periods as the dates they begin with; any other extension as stored."""
    if not isinstance(series.dtype, pl.BaseExtension):
        return series
    kind, stored = series.dtype.ext_name(), series.ext.storage()
    try:
        note = dict(loads(series.dtype.ext_metadata() or "{}"))
    except (TypeError, ValueError):
        note = {}
    if kind == "pandas.interval":
        left = "[" if note.get("closed") in ("left", "both") else "("
        right = "]" if note.get("closed") in ("right", "both") else ")"
        cells = [c and f"{left}{c['left']}, {c['right']}{right}" for c in stored.to_list()]
        return pl.Series(series.name, cells, dtype=pl.String).cast(pl.Categorical)
    if kind == "pandas.period":
        return _period_starts(stored, str(note.get("freq")))
    return stored.cast(pl.Boolean) if kind == "arrow.bool8" else stored


def _period_starts(ordinals: pl.Series, frequency: str) -> pl.Series:
    """Dates and times (of calendar periods, else texts), as pandas counts periods from 1970."""
    kind, _, end = frequency.partition("-")
    if frequency in _PERIODS:
        unit, size, shift = _PERIODS[frequency], 1, 0
    elif frequency == "M" or (kind in _MONTHS_OF and end in _ENDS["M"]):
        unit, size = "M", _MONTHS_OF.get(kind, 1)
        shift = _ENDS["M"].index(end) - 11 if end else 0
    elif kind == "W" and end in _ENDS["D"]:
        unit, size, shift = "D", 7, _ENDS["D"].index(end) - 10
    else:
        return (f"{frequency} " + ordinals.cast(pl.String)).alias(ordinals.name)
    counts = ordinals.fill_null(0).to_numpy() * size + shift
    starts = pl.Series(ordinals.name, counts.astype(f"datetime64[{unit}]").astype("datetime64[us]"))
    return starts.set(ordinals.is_null(), None)


def as_category(series: pl.Series) -> pl.Series:
    """Categories of numbers or truth values as categories of their texts."""
    if series.dtype in (pl.Categorical, pl.Enum):
        return series
    return texts(series).cast(pl.Categorical)


def first_line(error: Exception) -> str:
    """The first line of what an error says, or its type."""
    return (str(error).splitlines() or [type(error).__name__])[0]
