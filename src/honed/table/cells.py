"""Cells to numbers and texts, at fitting and at prediction alike.

A column so means the same in a CSV file, a Parquet file and a data frame. Only an empty cell is missing; in a
column of numbers NaN is too. Spaces around a cell mean nothing. Row numbers in messages count data rows from 1.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from honed import typed
from honed.errors import InputError, warn
from honed.lazily import pl
from honed.table import few

LARGEST_TARGET = 1e145  # whose squares can still be summed over all rows
_FIGURE = re.compile(r"[\W\d_]*\d[\W\d_]*|[+-]?[\d.]+[eE][+-]?\d+")
MOST_EXACT = 2**53  # whole numbers beyond it are not told apart as float64
_TRUTHS = (  # spellings that a column of booleans may mix; single letters of two pairs mean something else
    {"false": False, "true": True, "f": False, "t": True, "0": False, "1": True},
    {"no": False, "yes": True, "n": False, "y": True, "0": False, "1": True},
    {"false": False, "true": True, "no": False, "yes": True, "off": False, "on": True, "0": False, "1": True},
)
_MOST_SPELLINGS = 100  # of two truths: a column of more distinct words is none of booleans
SPACES = "".join(
    map(chr, (*range(9, 14), 32, 133, 160, 5760, *range(8192, 8203), 8232, 8233, 8239, 8287, 12288))
)
_HEAD = 1_000  # cells that tell words from numbers before all are looked at
_TRUTH_WORDS = _TRUTHS[0] | _TRUTHS[1] | _TRUTHS[2]


def texts(column: pl.Series) -> pl.Series:
    """Cells as text, missing ones as null: the words are kept, a whole float is written without its point.

    A whole number column with a missing cell is a float column in pandas: ``1.0`` and ``1`` are one level.
    """
    if column.dtype in (pl.Categorical, pl.Enum):
        column = column.cast(pl.String)
    if column.dtype == pl.String:
        cells = column.str.strip_chars()
        return without(cells, cells == "")
    if column.dtype.is_float():
        column = column.cast(pl.Float64).fill_nan(None)
        whole = (column == column.floor()) & (column.abs() < 1e15)
        as_integers = column.set(~whole, None).cast(pl.Int64).cast(pl.String)
        return as_integers.zip_with(whole.fill_null(False), column.cast(pl.String))
    if column.dtype == pl.Duration or (column.dtype == pl.Decimal and not are_codes(column)):
        return texts(parse_numbers(column))
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        cells = [None if cell is None else str(cell) for cell in column.to_list()]
        return pl.Series(column.name, cells, dtype=pl.String)
    return column.cast(pl.String)


def without(column: pl.Series, is_taken: pl.Series) -> pl.Series:
    """The column with these cells, bool (rows,), empty; quick where there are none."""
    return column.set(is_taken, None) if is_taken.any() else column


def parse_numbers(column: pl.Series) -> pl.Series:
    """Cells as float64; null where a cell is missing, NaN or no number. Surrounding spaces are ignored.

    Durations are seconds.
    """
    if column.dtype == pl.String:
        values = column.cast(pl.Float64, strict=False)
        if values.null_count() > column.null_count():
            values = column.str.strip_chars().cast(pl.Float64, strict=False)
        return values.fill_nan(None)
    if column.dtype.is_float():
        return column.cast(pl.Float64).fill_nan(None)
    if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null):
        return column.cast(pl.Float64)
    if isinstance(column.dtype, pl.Duration):
        ticks, second = column.cast(pl.Int64), {"ms": 1e3, "us": 1e6, "ns": 1e9}[column.dtype.time_unit]
        seconds = ticks.fill_null(0).to_numpy() / second  # by NumPy, which gives every unit the same seconds
        return pl.Series(column.name, seconds).set(ticks.is_null(), None)
    if column.dtype in (pl.Categorical, pl.Enum):
        return parse_numbers(column.cast(pl.String))
    return pl.Series(column.name, [None] * len(column), dtype=pl.Float64)


def all_numbers(column: pl.Series) -> bool:
    """Whether the column holds quantities: `can_be_numbers`, and the cells are no codes (`are_codes`)."""
    return can_be_numbers(column) and not are_codes(column)


def can_be_numbers(column: pl.Series) -> bool:
    """Whether every cell that is not empty is a number (or the word NaN, beside numbers)."""
    if column.dtype.is_numeric() or column.dtype == pl.Duration:
        return True
    if column.dtype == pl.Boolean:
        return False
    if column.dtype == pl.String:  # quick, and enough for most columns
        if len(column) > _HEAD and not _are_numbers_or_missing(column.head(_HEAD)):
            return False
        values = column.cast(pl.Float64, strict=False)
        if values.null_count() == column.null_count() == np.isnan(values.to_numpy()).sum():
            return True
    cells, values = texts(column), parse_numbers(column)
    if values.null_count() == cells.null_count():
        return True
    if values.null_count() == len(values):  # the word NaN alone is a text
        return False
    return _are_numbers_or_missing(column)


def are_codes(column: pl.Series) -> bool:
    """Whether a column of numbers names things: float64 would take some of its different texts for one.

    A whole number beyond 2^53, or one with a leading zero (``007``, beside digits alone), makes every cell a word. A
    fraction anywhere says that the column is a quantity, and the leading zero a slip.
    """
    if column.dtype.is_integer() or column.dtype == pl.Decimal:
        whole = column.drop_nulls()
        if column.dtype == pl.Decimal and len(whole) and bool((whole != whole.floor()).any()):
            return False
        return len(whole) > 0 and (_beyond(whole.max()) or _beyond(whole.min()))
    if column.dtype not in (pl.String, pl.Categorical, pl.Enum):
        return False
    column = column if column.dtype == pl.String else column.cast(pl.String)
    if not bool(column.str.contains(r"^\s*(0\d+|[+-]?\d{16,})\s*$").any()):  # quick, and true of most columns
        return False
    cells = texts(column).drop_nulls()
    if not bool(is_code(cells).any()):
        return False
    cells = cells.filter(~is_nan_word(cells))
    return bool(cells.str.contains(r"^[+-]?\d+$").all()) and (
        bool(cells.str.contains(r"^\d+$").all()) or bool(_too_long(cells).any())
    )


def is_code(cells: pl.Series) -> pl.Series:
    """Where a text is a whole number with a leading zero or beyond 2^53; null where it is missing."""
    return cells.str.contains(r"^0\d+$") | _too_long(cells)


def is_present(column: pl.Series) -> pl.Series:
    """Where a cell is not missing; in a column of numbers the word NaN is missing."""
    return parse_numbers(column).is_not_null() if can_be_numbers(column) else texts(column).is_not_null()


def numbers(column: pl.Series, places: np.ndarray | None = None) -> np.ndarray:
    """Cells as float64, missing ones NaN; to be read alone, as they may be those of the column itself.

    Parameters
    ----------
    column : a column that must hold numbers.
    places : row numbers of the cells for messages; by default 1, 2, ...

    Raises
    ------
    InputError
        A cell that is no number, or is infinite: with column, row and value.
    """
    kind = column.dtype
    if kind == pl.Float64:  # most columns, quickly
        result = column.to_numpy()
        if not np.isinf(result).any():
            return result
    elif kind == pl.String or kind.is_float() or kind.is_integer():
        values = column.cast(pl.Float64, strict=False)
        result = values.to_numpy()
        if values.null_count() == column.null_count() and not np.isinf(result).any():
            return result
    values = parse_numbers(column)
    places = np.arange(1, len(column) + 1) if places is None else places
    if values.null_count() > column.null_count():
        words = texts(column)
        wrong = values.is_null() & words.is_not_null() & ~is_nan_word(words).fill_null(False)
        check_none(wrong.to_numpy(), places, lambda row: _not_a_number(column, row, places))
    result = values.to_numpy().astype(np.float64)
    check_none(np.isinf(result), places, lambda row: _infinite(column, row, places))
    return np.where(values.is_null().to_numpy(), np.nan, result)


def match(column: pl.Series, levels: Sequence[str]) -> np.ndarray:
    """Position of each cell in `levels` as int32; -1 for a missing cell, -2 for a cell that is no level.

    A cell that is no level is taken for the one level of which it is another spelling, if there is just one: the same
    number (``1.0`` and ``1``, but not ``01``), the same truth (``True``, ``yes`` and ``1``), or the same letters in
    another case.
    """
    if 0 < len(column) <= few.MOST:
        return few.match(column, levels, _words, _match)
    return _match(column, levels)


@functools.lru_cache(maxsize=1_024)  # columns
def _words(levels: tuple[str, ...]) -> few.Words:
    known = texts(pl.Series(levels, dtype=pl.String))
    return few.Words(known, _quantities(known))


def _match(column: pl.Series, levels: Sequence[str]) -> np.ndarray:
    known = texts(pl.Series(levels, dtype=pl.String))
    values = _quantities(known)
    is_one_each = values.null_count() == 0 and values.n_unique() == len(values)
    is_typed = column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Duration)
    if is_typed and is_one_each and not are_codes(column):
        return _positions(parse_numbers(column), values)  # much quicker than by text
    cells = column if column.dtype == pl.String else texts(column)
    codes = _positions(cells, known)
    is_strange = codes == -2
    if is_strange.any():
        strange = cells.filter(is_strange)
        distinct = strange.unique()
        words = texts(distinct)  # without spaces around
        found = _positions(words, known)
        codes[is_strange] = np.where(found == -2, _respelled(words, known), found)[
            _positions(strange, distinct)
        ]
    return codes


def check_levels(levels: Sequence[str], place: str) -> None:
    """Raise `Misfit` unless `match` can tell the levels apart.

    Without Polars, whose threads would not live on in processes that a server forks after it has loaded a model.
    """
    typed.unique(levels, place)
    try:
        "".join(levels).encode()
    except UnicodeError:
        typed.require(False, place, "has a level that is no text")


def as_known(column: pl.Series, known: pl.Series) -> pl.Series:
    """Texts of the cells; one that is not among the known texts, but another spelling of just one, becomes that one."""
    cells, known = texts(column), texts(known).drop_nulls().unique(maintain_order=True)
    places = pl.Series(match(cells, known.to_list()))
    return known.gather(places.set(places < 0, None)).fill_null(cells).alias(column.name)


def truths(cells: pl.Series) -> pl.Series:
    """The truth that each text says, as Boolean; null for a text that says none, and throughout if the texts differ.

    Booleans are true and false, yes and no, on and off, 1 and 0, or the first letters of a pair, in any case; a
    column that mixes spellings of several kinds, such as ``y`` and ``f``, holds none.
    """
    folded = _folded(cells)
    distinct = set(folded.drop_nulls().unique().to_list())
    meant = next((words for words in _TRUTHS if distinct <= words.keys()), {})
    return folded.replace_strict(meant, default=None, return_dtype=pl.Boolean)


def truth_spellings(rows: Mapping[str, int]) -> list[str]:
    """The most frequent spelling of each truth, the more frequent truth first; empty unless all texts are booleans.

    Both truths must be there: ``Yes`` and ``yes`` alone are two words. `rows` are those of each text, as `counts` gives
    them.
    """
    if len(rows) > _MOST_SPELLINGS:
        return []
    found = truths(pl.Series([*rows], dtype=pl.String)).to_list()
    if set(found) != {False, True}:
        return []
    sides = [[text for text, own in zip(rows, found, strict=True) if own is truth] for truth in (False, True)]
    return [side[0] for side in sorted(sides, key=lambda side: -sum(rows[text] for text in side))]


def counts(cells: pl.Series) -> dict[str, int]:
    """Rows of each distinct text, most frequent first, ties by text."""
    counted = cells.drop_nulls().alias("cell").value_counts(name="rows")
    counted = counted.sort(["rows", "cell"], descending=[True, False])
    return dict(zip(counted["cell"].to_list(), counted["rows"].to_list(), strict=True))


def spellings(cells: pl.Series) -> dict[float, str]:
    """Distinct numbers among texts that are all numbers, each with its most frequent spelling, frequent ones first."""
    spelled: dict[float, str] = {}
    for text in counts(cells.set(is_nan_word(cells).fill_null(False), None)):
        spelled.setdefault(float(text), text)
    return spelled


def merged(cells: pl.Series) -> list[list[str]]:
    """Spellings that are read as one fraction, such as ``3.1`` and ``3.10``, which may be two versions of something.

    Whole numbers are left out: ``1`` and ``1.0`` say the same in every table.
    """
    groups: dict[float, list[str]] = {}
    for text in counts(cells.set(is_nan_word(cells).fill_null(False), None)):
        groups.setdefault(float(text), []).append(text)
    return [
        group
        for value, group in groups.items()
        if len(group) > 1 and math.isfinite(value) and not value.is_integer()
    ]


def warn_of_merged(cells: pl.Series, what: str, advice: str) -> None:
    """Say where different texts are read as the same number and so become one level, or class.

    Warns
    -----
    DataWarning
        There are such texts: with the column, an example and the advice.
    """
    groups = merged(cells)
    if groups:
        one, other = sorted(groups[0])[:2]
        warn(
            f"Column {brief(cells.name)!r}: {brief(one)!r} and {brief(other)!r} are read as the same number and taken "
            f"for one {what}. If they are different things, {advice}."
        )


def is_nan_word(cells: pl.Series) -> pl.Series:
    """Where a text says NaN, which in a column of numbers is a missing one."""
    return cells.str.strip_chars().str.to_lowercase().str.strip_chars_start("+-") == "nan"


def check_none(wrong: np.ndarray, places: np.ndarray, message: Callable[[int], str]) -> None:
    """Raise `InputError` with `message(row)` for the first wrong cell."""
    if wrong.any():
        raise InputError(message(int(places[int(np.argmax(wrong))])))


def target_numbers(column: pl.Series, places: np.ndarray | None = None) -> np.ndarray:
    """As `numbers`, for a target, whose errors are squared; also an InputError for a number beyond 1e145."""
    places = np.arange(1, len(column) + 1) if places is None else places
    values = numbers(column, places)
    check_none(np.abs(values) > LARGEST_TARGET, places, lambda row: _too_large(column, row, places))
    return values.copy()


def shown(column: pl.Series, row: int, places: np.ndarray) -> str:
    """The cell of the given row number, for a message."""
    cell = column[int(np.flatnonzero(places == row)[0])]
    return brief(str(cell.to_list() if isinstance(cell, pl.Series) else cell))


def is_figure(cell: str) -> bool:
    """Whether a text has digits and no letters, as numbers, dates, times and amounts have."""
    return _FIGURE.fullmatch(cell) is not None


def share_of_figures(cells: Sequence[str]) -> float:
    """Of so many texts how many are such."""
    return sum(map(is_figure, cells)) / max(len(cells), 1)


def words_of_name(name: str) -> str:
    """A column's name as words in lower case, with a space between them: ``homePhone_2`` is ``home phone 2``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[\W_]+", " ", name).strip().lower()


def brief(text: str, most: int = 80) -> str:
    """The beginning of a long text, for a message."""
    return text if len(text) <= most else text[: most - 1] + "…"


def some(words: Sequence[str], most: int = 8) -> str:
    """The first words, quoted, and how many more there are."""
    first = ", ".join(repr(brief(word)) for word in words[:most])
    return first + (f" and {len(words) - most} more" if len(words) > most else "")


def _not_a_number(column: pl.Series, row: int, places: np.ndarray) -> str:
    return (
        f"Column {column.name!r}, row {row}: {shown(column, row, places)!r} is not a number, and the column is "
        "numeric. Correct the cell, or leave it empty if the value is not known."
    )


def _infinite(column: pl.Series, row: int, places: np.ndarray) -> str:
    return (
        f"Column {column.name!r}, row {row}: {shown(column, row, places)!r} is infinite, and no network can compute "
        "with it. Put a finite number, or leave the cell empty if the value is not known."
    )


def _too_large(column: pl.Series, row: int, places: np.ndarray) -> str:
    return (
        f"Column {column.name!r}, row {row}: the target {shown(column, row, places)} is beyond {LARGEST_TARGET:g}, and "
        "the square of an error of that size is more than a number can hold. Correct the cell, or give the target "
        "in larger units."
    )


def _positions(cells: pl.Series, known: pl.Series) -> np.ndarray:
    """First position of each cell in `known`, -1 for a missing cell, -2 for one that is not there."""
    first = known.is_first_distinct() & known.is_not_null()
    codes = pl.Series(np.flatnonzero(first.to_numpy()), dtype=pl.Int32)
    words = known.filter(first)
    if cells.dtype == known.dtype == pl.String and len(words):  # several times as quick
        found = codes.gather(cells.cast(pl.Enum(words), strict=False).to_physical()).fill_null(-2)
    else:
        found = cells.replace_strict(words, codes, default=-2, return_dtype=pl.Int32).fill_null(-2)
    return np.where(cells.is_null().to_numpy(), np.int32(-1), found.to_numpy())


def _respelled(cells: pl.Series, known: pl.Series) -> np.ndarray:
    """Position of the one level that each cell spells otherwise, -2 where none or several do."""
    positions = np.full(len(cells), -2, dtype=np.int32)
    for form in (_quantities, _truths_of(known), lambda texts: texts.str.to_lowercase()):
        keys = form(known)
        is_one = (keys.is_not_null() & keys.is_unique()).to_numpy()
        places = np.append(np.flatnonzero(is_one), [-2, -2]).astype(np.int32)  # -1 and -2 stay "none"
        found = places[_positions(form(cells), keys.filter(is_one))]
        positions = np.where(positions == -2, found, positions)
    return positions


def same_words(words: pl.Series) -> pl.Series:
    """Words of which other spellings are equal: numbers as floats are written, and the rest in small letters."""
    return _quantities(words).cast(pl.String).fill_null(words.str.to_lowercase())


def _quantities(cells: pl.Series) -> pl.Series:
    """Numbers that texts say, null for words and codes."""
    return parse_numbers(cells).set(is_code(cells).fill_null(False), None)


def _truths_of(known: pl.Series) -> Callable[[pl.Series], pl.Series]:
    """What turns texts to truths as float64, if all the levels are truths; else all to null."""
    is_truth = truths(known).null_count() == 0
    words = {word: float(truth) for word, truth in _TRUTH_WORDS.items()} if is_truth else {}
    return lambda cells: _folded(cells).replace_strict(words, default=None, return_dtype=pl.Float64)


def _folded(cells: pl.Series) -> pl.Series:
    """Texts in small letters, a number that is 0 or 1 as such."""
    return cells.str.to_lowercase().str.replace(r"^\+?([01])(\.0*)?$", "${1}")


def _too_long(cells: pl.Series) -> pl.Series:
    """Where a text is a whole number beyond 2^53."""
    digits = cells.str.extract(r"^[+-]?0*(\d{16,})$")
    beyond = (digits.str.len_chars() > 16) | (digits.cast(pl.Int64, strict=False) > MOST_EXACT)
    return beyond.fill_null(False)


def _are_numbers_or_missing(column: pl.Series) -> bool:
    """Whether each cell is a number, empty or the word NaN."""
    cells, values = texts(column), parse_numbers(column)
    return bool((values.is_not_null() | cells.is_null() | is_nan_word(cells)).all())


def _beyond(value: Any) -> bool:
    return abs(int(value)) > MOST_EXACT
