"""What one column is: its kind, the evidence for it in words, and the levels that get a code of their own.

Read `infer` first: the first rule that fits decides. Row numbers in messages count data rows from 1.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from honed.errors import InputError, warn
from honed.figures import counted
from honed.lazily import pl
from honed.table import calendar, formats, lists, lookalikes, quantities, sentinels, times, wordy
from honed.table.calendar import Part
from honed.table.cells import (
    all_numbers,
    are_codes,
    brief,
    check_none,
    counts,
    is_code,
    is_nan_word,
    numbers,
    parse_numbers,
    shown,
    some,
    spellings,
    texts,
    truth_spellings,
    warn_of_merged,
    words_of_name,
)
from honed.table.glance import Plain
from honed.table.reading import PLAIN, Reading

Kind = Literal[
    "numeric", "date", "boolean", "categorical", "list", "words", "identifier", "text", "constant", "excluded"
]

USED: tuple[Kind, ...] = ("numeric", "date", "boolean", "categorical", "list", "words")  # what a network sees

MOST_LEVELS = 254  # with the codes for missing and rare this fills one byte
MOST_ITEMS = 64  # of lists, each of which is an input
MOST_WORDS = 8192  # of texts, each of which has weights
_LEAST_TEXTS = 2  # that have a word; which words are known is bounded by their number
_LEAST_WORDS = 8  # that a column of texts must have in common
_WITHOUT_SPACES = 8  # letters, from which on they are several words
_LEAST_ROWS_FOR_IDENTIFIER = 20  # below, distinct values are no evidence
_MOST_SLIPS = 3  # so many different words beside numbers are taken for slips
_FEW_WORDS = 0.1  # of the cells: so many words among numbers are probably no levels
_CODE = r"^(?:[^\W\d_]{1,3}[-./ ]?\d[\d.]*|\d[\d.]*[-./ ]?[^\W\d_]{1,2})$"
_ID_NAME = re.compile(r"(^|[\W_])(?i:id|uuid|guid|index|rownames|pid|rowid)$|^column_1$|[a-z]I[Dd]$")
# Whole numbers under such names are no quantities. Words before say whose they are; `revenue_mobile` is none.
_WHOSE = (
    r"(?:(?:customer|client|user|member|patient|contact|person|owner|seller|buyer|sender|recipient|vendor|merchant|"
    r"agent|dealer|employee|applicant|borrower|provider|hospital|facility|"
    r"store|shop|branch|company|business|office|work|home|residence|property|school|employer|shipping|ship|delivery|"
    r"billing|bill|mailing|mail|destination|dest|origin|pickup|dropoff|address|to|from|primary|secondary|us) )*"
)
_POSTAL_NAME = re.compile(
    rf"{_WHOSE}(?:zip|(?:zip|postal|post|pin) ?code|postcode|postal|plz|postleitzahl|code postal)(?: ?\d)?"
)
_LONG_POSTAL_NAME = re.compile(rf"{_WHOSE}cep")  # of Brazil, of eight digits
_PHONE_NAME = re.compile(
    rf"{_WHOSE}(?:(?:tele|cell|mobile)? ?phone|tel|fax|mobile)(?: (?:no|nr|num|number))?(?: ?\d)?"
)
_LEAST_PHONE = 7  # digits
_LEAST_ALIKE = 0.8  # of telephone numbers have the same number of digits
_MOST_ODD_CODES = 0.05  # of postal codes have another number of digits
_NAMED_CODE = "the name is that of postal codes or telephone numbers"
ALL_CELLS = "every cell"  # so begins what is said of a column of numbers
_INDEX = "the name is that of a table's index"
_INDEX_NAME = re.compile(r"^(index|level_0|row_?names?|row_?nr|row_?index|row_?number)$", re.IGNORECASE)
_PANDAS_INDEX_NAME = re.compile(r"^__index_level_(\d+)__$")  # which no column has
_MADE_INDEX_NAME = re.compile(r"^(Unnamed: 0(\.\d+)*|column_1)$")  # nobody chose these
_RISING = 0.9  # share of steps from row to row that rise by one in the index of tables put together


@dataclass(frozen=True)
class Column:
    """One column beside the target.

    Attributes
    ----------
    reason : the evidence for `kind`, in words, with the numbers in it.
    missing, distinct : empty cells, and distinct values of the others, among rows whose target is present.
        Of lists these are distinct items, of texts distinct words.
    levels : categorical and boolean: cell texts with a code of their own, most frequent first, ties by text. Of lists
        the items with an input of their own, of texts the words that are known.
    reading : how its cells are read.
    examples : some different cells, as the training table has them.
    parts : of dates: what a network sees of them.
    order : categorical: the levels from least to most, where that was said; others may stand among them.
    apart : numbers that look like codes for missing and stand apart from all others, see `honed.table.sentinels`.
    rare : the share of the cells that are not empty: of lists with an item that has no input of its own, of texts
        without any word that is known.
    grows : of numbers: whether they only grow, or only fall, along time; rows to come will be beyond them.
    """

    name: str
    kind: Kind
    reason: str
    missing: int
    distinct: int
    levels: tuple[str, ...] = ()
    reading: Reading = PLAIN
    examples: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    apart: tuple[float, ...] = ()
    order: tuple[str, ...] = ()
    rare: float = 0.0
    grows: bool = False

    @property
    def used(self) -> bool:
        """Whether the network sees it."""
        return self.kind in USED


def infer(
    column: pl.Series,
    places: np.ndarray,
    plain_array: bool,
    declaration: str = "",
    is_named: bool = True,
    plain: Plain | None = None,
    are_lists: bool = False,
) -> Column:
    """What one column is; the first rule that fits decides.

    Parameters
    ----------
    column : the cells of the rows whose target is present.
    places : (rows,) row numbers from 1, for messages.
    plain_array : whether the column is one of an array of numbers: then it is numeric.
    declaration : what to say to declare it categorical, for a warning.
    is_named : whether its name says anything of it, as one that was made for want of a header does not.
    plain : its numbers, where it is known that all are plain ones.
    are_lists : whether its cells were read as lists of items.

    Raises
    ------
    InputError
        A cell is infinite.
    """
    kind = column.dtype
    # dates tell more than which row it is
    if _PANDAS_INDEX_NAME.search(column.name) and kind not in (pl.Date, pl.Datetime):
        return _pandas_index(column)
    if plain is not None:
        return _numbers(column, plain, plain_array, declaration, is_named)
    if are_lists:
        return _lists(column)
    if kind.is_temporal() and kind != pl.Duration:
        return _dates(formats.read(column, formats.ISO))
    if kind.is_nested() or kind in (pl.Binary, pl.Object):
        cells = texts(column)
        distinct = cells.drop_nulls().n_unique()
        return Column(
            column.name,
            "text",
            f"left out: cells of type {column.dtype}, neither numbers nor words",
            cells.null_count(),
            distinct,
        )
    if kind in (pl.Categorical, pl.Enum):
        return _typed_category(column)
    if all_numbers(column) or (plain_array and kind.is_numeric()):
        found = _numbers(column, _numbers_of(column, places), plain_array, declaration, is_named)
        return replace(found, reason=f"{found.reason}, in seconds") if kind == pl.Duration else found
    return _words(column)


def declared(column: pl.Series, places: np.ndarray, kind: Kind) -> Column:
    """A column of the kind that the user has said, or a constant one.

    The kind is "categorical", "numeric", "date", "list", "words" or "excluded".

    Raises
    ------
    InputError
        A cell that is no number, or infinite, in a numeric column; one that is no date in a column of dates; no
        value twice in a categorical one, and no item in one of lists; cells that are no lists; a kind that only the
        cells can tell.
    """
    if kind == "numeric":
        return _declared_numeric(column, places)
    if kind == "excluded":
        cells = texts(column)
        distinct = cells.drop_nulls().n_unique()
        return Column(column.name, kind, "left out as asked", cells.null_count(), distinct)
    if kind == "date":
        return _declared_date(column, places)
    if kind == "list":
        return _declared_list(column)
    if kind == "words":
        return _declared_words(column)
    if kind != "categorical":
        raise InputError(
            f"Column {column.name!r} was declared {kind}, and its cells are not so. Say numeric, categorical, date, "
            "list, words or excluded, or say nothing."
        )
    cells, name = texts(column), column.name
    missing, distinct = cells.null_count(), cells.drop_nulls().n_unique()
    if missing == len(cells) or (distinct == 1 and not missing):
        return _few(name, tuple(counts(cells)), missing, len(cells))
    levels = _kept_levels(cells)
    if not levels:
        raise InputError(
            f"Column {name!r} was declared categorical, but none of its {distinct:,} values is frequent enough in "
            f"{len(cells):,} rows to be learned. Do not declare it, or exclude it."
        )
    return _category(cells, levels, "declared categorical,", missing, distinct)


def as_numeric(column: Column, cells: pl.Series, why: str = "no other column is left") -> Column:
    """An identifier of numbers as an input, for want of any other; other columns stay as they are."""
    if column.kind != "identifier" or not all_numbers(cells) or parse_numbers(cells).null_count():
        return column
    reason = column.reason.removeprefix("left out: ") + f"; kept, because {why}"
    return replace(column, kind="numeric", reason=reason)


def as_levels(column: Column, cells: pl.Series) -> Column:
    """An identifier of codes as levels, for want of any other column; other columns stay as they are."""
    levels = _kept_levels(texts(cells)) if column.kind == "identifier" else {}
    if not levels or not (is_named_code(column) or are_codes(cells)):
        return column
    found = _category(texts(cells), levels, "codes with", column.missing, column.distinct)
    return replace(
        column,
        kind="categorical",
        levels=found.levels,
        reason=f"{found.reason}; kept, because no other column is left",
    )


def as_words(column: Column, cells: pl.Series) -> Column:
    """An identifier whose texts have several words each, some of them in common, by its words, for want of any other
    column; others stay as they are."""
    if column.kind != "identifier" or not has_several_words(cells):
        return column
    found = _wordy(cells)
    if found is None:
        return column
    reason = f"{found.reason}; kept, because no other column is left"
    return replace(found, reason=reason, reading=column.reading, examples=column.examples)


def has_several_words(cells: pl.Series) -> bool:
    """Whether cells are mostly of two words or more, as texts are whose words count."""
    present = texts(cells).drop_nulls()
    return bool(len(present)) and float((_words_in(present) > 1).to_numpy().mean()) > 0.5


def levels_of_index(columns: Sequence[Column]) -> dict[str, int]:
    """The levels of an index of pandas that are inputs, as its dates in a Parquet file are, by the columns' names."""
    found = {each.name: _PANDAS_INDEX_NAME.search(each.name) for each in columns if each.used}
    return {name: int(level[1]) for name, level in found.items() if level}


def is_index(column: Column) -> bool:
    """Whether a column is left out as the number that a program gives each row."""
    return not column.used and column.reason.startswith(f"left out: {_INDEX}")


def was_declared(column: Column) -> bool:
    """Whether the user has said that it is levels, numbers or dates, see `declared`."""
    return column.reason.startswith("declared ")


def most_rare(column: Column, rows: int) -> float:
    """The largest share of present cells that can have had none of the column's levels in a table of so many rows.

    Of lists the share that had an item which is none of them, of texts the share without any such word.
    """
    if column.kind in ("list", "words"):
        return column.rare
    present, kept = rows - column.missing, len(column.levels)
    rare = present - kept * least_rows(rows)
    if kept < MOST_LEVELS:
        rare = min(rare, (column.distinct - kept) * (least_rows(rows) - 1))
    return max(0.0, rare / max(1, present))


def _declared_numeric(column: pl.Series, places: np.ndarray) -> Column:
    values, cells, name = parse_numbers(column), texts(column), column.name
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        raise InputError(
            f"Column {name!r} was declared numeric, but its cells are of type {brief(str(column.dtype))}, which is no "
            "number. Give one number in each cell, or do not declare the column."
        )
    wrong = values.is_null() & cells.is_not_null() & ~is_nan_word(cells).fill_null(False)
    check_none(
        wrong.to_numpy(),
        places,
        lambda row: (
            f"Column {name!r}, row {row}: {shown(column, row, places)!r} is not a number, and the column was declared "
            "numeric. Correct the cell, leave it empty if the value is not known, or do not declare the column; a word "
            "that means that nothing is known is said by --missing (missing= in Python)."
        ),
    )
    values = pl.Series(numbers(column, places)).fill_nan(None)
    missing, distinct = values.null_count(), values.drop_nulls().n_unique()
    if missing == len(values) or (distinct == 1 and not missing):
        return _few(name, tuple(spellings(cells).values()), missing, len(values))
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    reason = f"declared numeric, {spread(distinct, low, high)}"
    return Column(name, "numeric", reason, missing, distinct)


def _declared_date(column: pl.Series, places: np.ndarray) -> Column:
    cells = texts(column)
    dates = "" if column.dtype.is_temporal() else times.mostly(cells) or times.contradiction(cells)
    if dates:
        raise InputError(f"Column {column.name!r} was declared a date, but {dates}.")
    check_none(
        formats.unreadable(column).to_numpy(),
        places,
        lambda row: (
            f"Column {column.name!r}, row {row}: {shown(column, row, places)!r} is no date or time that can be read, "
            "and the column was declared one. Write it as 2024-01-31 or 22:20, leave it empty if it is not known, or "
            "do not declare the column."
        ),
    )
    return _dates(formats.moments(column))


def _declared_list(column: pl.Series) -> Column:
    if not texts(column).count():
        return _few(column.name, (), len(column), len(column))
    if column.dtype != lists.items_type():
        raise InputError(
            f"Column {column.name!r} was declared a list, but no cell holds several items, as ['a', 'b'], a|b, a;b and "
            "a,b do. Write them so, or do not declare the column."
        )
    found = _lists(column, "declared a list,")
    if found.kind == "text":
        raise InputError(
            f"Column {column.name!r} was declared a list, but none of its {found.distinct:,} items is frequent enough "
            f"in {len(column):,} rows to be learned. Do not declare it, or exclude it."
        )
    return found


def _declared_words(column: pl.Series) -> Column:
    if not texts(column).count():
        return _few(column.name, (), len(column), len(column))
    found = _wordy(column, "declared texts,")
    if found is None:
        raise InputError(
            f"Column {column.name!r} was declared texts, but fewer than {_LEAST_WORDS} words are in several of its "
            f"{len(column):,} cells and not in all. Do not declare it, or exclude it."
        )
    return found


def _wordy(column: pl.Series, lead: str = "texts,") -> Column | None:
    """A column of texts of several words; None where they have too few in common."""
    cells = texts(column)
    missing, present = cells.null_count(), cells.count()
    rows = wordy.frequencies(cells)
    known = [word for word, own in rows.items() if _LEAST_TEXTS <= own < present][:MOST_WORDS]
    if len(known) < _LEAST_WORDS:
        return None
    strange = present - len(np.unique(wordy.count(cells, tuple(known)).rows))
    mean = sum(rows.values()) / present
    reason = f"{lead} {len(rows):,} distinct words in {counted(present, 'cell')}, {mean:.1f} on average; "
    reason += f"{len(known):,} of them in several cells"
    return Column(column.name, "words", reason, missing, len(rows), tuple(known), rare=strange / present)


def _lists(column: pl.Series, lead: str = "lists with") -> Column:
    """A column that was read as lists of items."""
    name, missing = column.name, column.null_count()
    present = len(column) - missing
    rows = counts(lists.once(column))
    levels = {item: own for item, own in rows.items() if own >= least_rows(len(column))}
    levels = dict(list(levels.items())[:MOST_ITEMS])
    if not missing and all(own == present for own in rows.values()):
        reason = f"the same {counted(len(rows), 'item')} in all {present:,} rows"
        return Column(name, "constant", reason, missing, len(rows))
    facts = f"{counted(len(rows), 'distinct item')} in {counted(present, 'cell')}, "
    facts += f"{sum(rows.values()) / max(1, present):.1f} on average"
    if not levels:
        reason = f"left out: lists of which no item is that of several rows ({facts})"
        return Column(name, "text", reason, missing, len(rows))
    found = lists.placed(column, tuple(levels))
    rare = len(np.unique(found.rows[found.places == -2]))
    if not missing and rare == present and all(own == present for own in levels.values()):
        reason = f"left out: lists of which each item is that of all rows or of very few ({facts})"
        return Column(name, "text", reason, missing, len(rows))
    reason = f"{lead} {facts}"
    if len(levels) < len(rows):
        reason += f"; the {len(levels)} frequent ones kept, "
        reason += f"the others (in {counted(rare, 'cell')}) taken together as rare"
    return Column(name, "list", reason, missing, len(rows), tuple(levels), rare=rare / max(1, present))


def _pandas_index(column: pl.Series) -> Column:
    """A level of a table's index, whose values repeat if there are several; one number may be kept for want of more."""
    cells = texts(column)
    missing, distinct = cells.null_count(), cells.drop_nulls().n_unique()
    reason = f"left out: the name is that of an index of pandas, with {distinct:,} distinct values"
    return Column(column.name, "identifier", reason, missing, distinct)


def _typed_category(column: pl.Series) -> Column:
    """A column that its type declares to hold categories: digits and dates in it are words like others."""
    cells = texts(column)
    missing, distinct = cells.null_count(), cells.drop_nulls().n_unique()
    if distinct <= 2:
        return _few(column.name, tuple(counts(cells)), missing, len(cells))
    rows = counts(cells)
    levels = _kept(rows, len(cells))
    words = float(_words_in(cells.drop_nulls()).to_numpy().mean())
    count = len(cells) - missing
    if not _tells(levels, count, distinct) or _is_free_text(words, count, distinct):
        return _many_words(cells, rows)
    return _category(cells, levels, "a category by its type,", missing, distinct)


def _numbers_of(column: pl.Series, places: np.ndarray) -> Plain:
    """The numbers of a column whose cells are all numbers or missing."""
    values = pl.Series(numbers(column, places)).fill_nan(None)
    low, high = values.min(), values.max()
    return Plain(values, values.null_count(), values.drop_nulls().n_unique(), low, high)  # type: ignore[arg-type]


def _numbers(column: pl.Series, found: Plain, plain_array: bool, declaration: str, is_named: bool) -> Column:
    """A column whose cells are all numbers or missing."""
    missing, distinct = found.missing, found.distinct
    if plain_array:
        return Column(column.name, "numeric", "column of an array of numbers", missing, distinct)
    if distinct <= 2:
        cells = texts(column)
        warn_of_merged(
            cells, "level", f"declare the column ({declaration})" if declaration else "declare the column"
        )
        return _few(column.name, tuple(spellings(cells).values()), missing, len(cells))
    if is_named and _are_named_codes(column.name, found):
        return _named_codes(texts(column), missing, distinct)
    return _numeric(column.name, found, is_named)


def _codes_named(name: str) -> Callable[[pl.Series], bool] | None:
    """Whether counts of digits are those of the codes that a name says, as a function; None for other names."""
    words = words_of_name(name)
    ways = ((_POSTAL_NAME, _are_postal), (_LONG_POSTAL_NAME, _are_long_postal), (_PHONE_NAME, _are_phones))
    return next((way for names, way in ways if names.fullmatch(words)), None)


def _are_postal(digits: pl.Series) -> bool:
    """Codes have one number of digits; of five digits they may have lost a zero in front, or have four more."""
    usual = (4, 5, 8, 9) if bool(digits.is_in((5, 9)).any()) else (digits[0],)
    odd = float((~digits.is_in(usual)).to_numpy().mean())
    return odd <= (_MOST_ODD_CODES if 5 in usual else 0) and bool((digits >= 3).all())


def _are_long_postal(digits: pl.Series) -> bool:
    return bool(digits.is_in((7, 8)).all())


def _are_phones(digits: pl.Series) -> bool:
    most = digits.mode()[0]
    return most >= _LEAST_PHONE and float((digits == most).to_numpy().mean()) >= _LEAST_ALIKE


def _are_named_codes(name: str, found: Plain) -> bool:
    """Whether numbers are postal codes or telephone numbers by their name, and can be."""
    are_codes = _codes_named(name)
    if are_codes is None or found.low is None or found.low < 1:
        return False
    present = found.values.drop_nulls()
    if not _are_whole(present.to_numpy()):
        return False
    return are_codes(pl.Series(np.floor(np.log10(present.to_numpy())).astype(np.int64) + 1))


def is_named_code(column: Column) -> bool:
    """Whether a column is left out because its name is that of postal codes or telephone numbers."""
    return not column.used and column.reason.startswith(f"left out: {_NAMED_CODE}")


def _named_codes(cells: pl.Series, missing: int, distinct: int) -> Column:
    """Postal codes or telephone numbers, as levels where these repeat."""
    levels = _kept_levels(cells)
    if _tells(levels, len(cells) - missing, distinct):
        column = _category(cells, levels, "whole numbers with", missing, distinct)
        return replace(
            column, reason=f"{column.reason}; {_NAMED_CODE}; declare it numeric if it is a quantity"
        )
    reason = f"left out: {_NAMED_CODE}, and nearly every row has one of its own; declare it numeric if it is a quantity"
    return Column(cells.name, "identifier", reason, missing, distinct)


def _words(column: pl.Series) -> Column:
    """A column with cells that are no numbers."""
    cells = texts(column)
    rows = counts(cells)
    missing, distinct = cells.null_count(), len(rows)
    levels = rows if distinct <= 2 else truth_spellings(rows)
    if levels or not distinct:
        few = _few(column.name, tuple(levels), missing, len(cells))
        spellings = f"yes or no in {distinct} spellings, such as {some(list(levels))}"
        return few if distinct <= 2 else replace(few, reason=spellings)
    return _many_words(cells, rows)


def _dates(moments: pl.Series) -> Column:
    """A column of dates or times of day; two of them are two values like others."""
    missing, distinct = moments.null_count(), moments.drop_nulls().n_unique()
    parts = calendar.varying(moments)
    if distinct <= 2 or not parts:
        return _few(moments.name, tuple(counts(texts(moments))), missing, len(moments))
    clock = calendar.are_clocks(moments)
    first, last = (calendar.shown(end, clock) for end in (moments.min(), moments.max()))
    what = "times of day" if clock else "dates"
    reason = f"{distinct:,} distinct {what} from {first} to {last}, {calendar.given(parts)}"
    return Column(moments.name, "date", reason, missing, distinct, parts=parts)


def _few(name: str, levels: tuple[str, ...], missing: int, rows: int) -> Column:
    """A column of at most two distinct values; one value tells something where other cells are empty."""
    if not levels:
        return Column(name, "constant", f"all {missing:,} cells are empty", missing, 0)
    if len(levels) == 1 and missing == 0:
        return Column(name, "constant", f"{brief(levels[0])!r} in all {rows:,} rows", 0, 1)
    if len(levels) == 1:
        reason = f"{brief(levels[0])!r} or empty ({missing:,} empty of {rows:,})"
    else:
        reason = f"two distinct values: {brief(levels[0])!r} and {brief(levels[1])!r}"
    return Column(name, "boolean", reason, missing, len(levels), levels)


def _numeric(name: str, found: Plain, is_named: bool) -> Column:
    values, missing, distinct, low, high = found
    assert low is not None and high is not None, "there are several numbers"
    rows = len(values)
    index = _index(name, values, missing) if is_named else ""
    if index:
        return Column(name, "identifier", f"left out: {index}", missing, distinct)
    if missing == 0 and distinct == rows >= _LEAST_ROWS_FOR_IDENTIFIER and _are_whole(values.to_numpy()):
        span = high - low + 1
        if span <= 2 * rows:
            reason = f"left out: {rows:,} rows count through the whole numbers from {low:.0f} to {high:.0f}, none twice"
            return Column(name, "identifier", reason, missing, distinct)
        if is_named and _ID_NAME.search(name):
            reason = f"left out: the name is an identifier's, and {rows:,} rows hold {rows:,} distinct whole numbers"
            return Column(name, "identifier", reason, missing, distinct)
    which = f"{ALL_CELLS} that is not empty" if missing else ALL_CELLS
    reason = f"{which} is a number, {spread(distinct, low, high)}" + _and(times.hint(name, values))
    return Column(name, "numeric", reason, missing, distinct, apart=_apart(values, low, high))


def spread(distinct: int, low: float, high: float) -> str:
    """How many different numbers there are, and between which."""
    return f"{distinct:,} distinct from {low:g} to {high:g}"


def _are_whole(values: np.ndarray) -> bool:
    return bool((values == np.floor(values)).all())


def _apart(values: pl.Series, low: float, high: float) -> tuple[float, ...]:
    """Codes for missing among numbers between `low` and `high`; quick for most columns."""
    if not (sentinels.is_code(low) or sentinels.is_code(high)):
        return ()
    return tuple(one.value for one in sentinels.apart(values.to_numpy()))


def _index(name: str, values: pl.Series, missing: int) -> str:
    """Tell of the number that a program gives each row, which a new table has otherwise or not at all."""
    was_made = _MADE_INDEX_NAME.search(name)
    if not was_made and (missing or not _INDEX_NAME.search(name)):
        return ""
    present = values.drop_nulls()
    if bool(((present != present.floor()) | (present < 0)).any()):
        return ""
    count, distinct = len(present), present.n_unique()
    said = f"{_INDEX}, and {count:,} rows"
    if distinct == count and (was_made or count >= _LEAST_ROWS_FOR_IDENTIFIER):
        return f"{said} hold {distinct:,} distinct whole numbers"
    if count < _LEAST_ROWS_FOR_IDENTIFIER:
        return ""
    if np.mean(np.diff(present.to_numpy()) == 1) >= _RISING:
        return f"{said} count up by one, more than once"
    return f"{said} hold {distinct:,} distinct whole numbers" if was_made and distinct > 0.5 * count else ""


def _many_words(cells: pl.Series, rows: dict[str, int]) -> Column:
    """Text: dates with slips, identifier, free text, or categories; `rows` hold each distinct text."""
    name, missing, distinct = cells.name, cells.null_count(), len(rows)
    count = len(cells) - missing
    dates = times.mostly(cells)
    if dates and distinct > _MOST_SLIPS:
        return Column(name, "text", f"left out: {dates}", missing, distinct)
    if both := times.contradiction(cells):
        warn(f"Column {brief(name)!r} holds dates in two orders: {both}. Until then it is one of words.")
    levels = _kept(rows, len(cells))
    texts_of, rows_of = pl.Series([*rows], dtype=pl.String), np.array([*rows.values()])
    length, words = (
        float(np.average(each.to_numpy(), weights=rows_of))
        for each in (texts_of.str.len_chars(), _words_in(texts_of))
    )
    facts = f"{distinct:,} distinct texts in {count:,} cells, {words:.1f} words and {length:.0f} letters on average"
    has_codes = are_codes(texts_of)
    if has_codes:
        example = brief(cells.filter(is_code(cells))[0])
        facts = (
            f"{distinct:,} distinct whole numbers in {count:,} cells, with leading zeros or beyond 2^53, such as "
            f"{example!r}, which make them names; declare it numeric if it is a quantity"
        )
    wrong = texts_of.filter(parse_numbers(texts_of).is_null())
    if len(wrong) > _MOST_SLIPS and (beside := quantities.others(texts_of)) is not None:
        wrong = beside
    slips = sum(rows[text] for text in wrong.to_list())
    are_few = slips <= _FEW_WORDS * count
    few_slips = _mixed(cells, wrong, slips) if slips <= 0.5 * count and len(wrong) <= _MOST_SLIPS else ""
    words_told = few_slips or (_mixed(cells, wrong, slips) if are_few and not _are_names(wrong) else "")
    if _is_free_text(words, count, distinct) or _is_without_spaces(texts_of, count, distinct):
        found = _wordy(cells)
        return found or Column(name, "text", f"left out: free text, {facts}", missing, distinct)
    if not _tells(levels, count, distinct) or (few_slips and sum(levels.values()) < 0.5 * count):
        if words_told:
            _warn_of_words(name, words_told, "the column is left out")
            return Column(
                name, "text", f"left out: {words_told}{_as_missing(cells, wrong)}", missing, distinct
            )
        advice = ""
        if has_several_words(cells):
            advice = "declare it a text (--text, texts=) if its words tell something"
        reason = f"left out: nearly every row has a text of its own ({facts})" + _and(
            lookalikes.hint(cells) or advice
        )
        return Column(name, "identifier", reason, missing, distinct)
    what = "whole numbers with leading zeros or beyond 2^53" if has_codes else "text"
    column = _category(cells, levels, f"{what} with", missing, distinct)
    if words_told and are_few:
        _warn_of_words(name, words_told, "all are taken as levels")
    return replace(column, reason=column.reason + _and(words_told or lookalikes.hint(cells)))


def _and(words: str) -> str:
    """The end of a reason that has more to say."""
    return f"; {words}" if words else ""


def _category(cells: pl.Series, levels: dict[str, int], why: str, missing: int, distinct: int) -> Column:
    reason = f"{why} {distinct:,} distinct values"
    if len(levels) < distinct:
        rare = counted(len(cells) - missing - sum(levels.values()), "cell")
        how = "known by hash and frequency" if distinct > MOST_LEVELS else "taken together as rare"
        reason += f", the {len(levels)} frequent ones kept, the others (in {rare}) {how}"
    return Column(cells.name, "categorical", reason, missing, distinct, tuple(levels))


def _tells(levels: dict[str, int], count: int, distinct: int) -> bool:
    """Whether the kept levels say something of enough rows, where `count` cells are present."""
    return bool(levels) and (sum(levels.values()) >= 0.1 * count or distinct <= 0.5 * count)


def _is_free_text(words: float, count: int, distinct: int) -> bool:
    """Whether `count` texts with so many words on average, of which so many differ, are sentences."""
    return distinct > 0.5 * count and words > 4 and count >= _LEAST_ROWS_FOR_IDENTIFIER


def _is_without_spaces(cells: pl.Series, count: int, distinct: int) -> bool:
    """Whether so many texts, here the different ones, are sentences in a language without spaces between words."""
    if distinct <= 0.5 * count or count < _LEAST_ROWS_FOR_IDENTIFIER:
        return False
    letters = cells.str.count_matches(wordy.CLOSE)
    return float((letters >= _WITHOUT_SPACES).to_numpy().mean()) > 0.5


def _words_in(cells: pl.Series) -> pl.Series:
    return cells.str.count_matches(r"\S+")


def _mixed(cells: pl.Series, wrong: pl.Series, slips: int) -> str:
    """Tell of a column of quantities but for a few words such as ``1O5``, which make it text and are seldom meant to.

    `wrong` are the words, in so many cells.
    """
    if not len(wrong):
        return ""
    count, first = len(cells) - cells.null_count(), cells.filter(cells.is_in(wrong.to_list()))[0]
    return (
        f"{count - slips:,} of {count:,} cells are numbers, but others are not, such as {brief(first)!r}; "
        "correct such cells, or empty them, to make the column numeric"
    )


def _as_missing(cells: pl.Series, wrong: pl.Series) -> str:
    """How to say that words beside numbers mean an empty cell; nothing of those with a digit, such as ``1O5``."""
    first = cells.filter(cells.is_in(wrong.to_list()))[0]
    if re.search(r"\d", first):
        return ""
    return (
        f", or say that such a word means it: --missing {shlex.quote(first)} (missing=[{first!r}] in Python)"
    )


def _warn_of_words(name: str, mixed: str, so: str) -> None:
    warn(
        f"Column {brief(name)!r}: {mixed.partition('; ')[0]}, so {so}. If such words mean that nothing is known, say "
        "so (--missing, missing=); if all are levels, say --categorical, categorical=."
    )


def _are_names(words: pl.Series) -> bool:
    """Whether most of the words beside numbers are codes such as ``V57`` and ``12a``."""
    return 2 * int(words.str.contains(_CODE).sum()) >= len(words)


def _kept_levels(cells: pl.Series) -> dict[str, int]:
    """Levels frequent enough to learn from, at most `MOST_LEVELS`: one row in 2,000, and at least 2."""
    return _kept(counts(cells), len(cells))


def _kept(rows_of: dict[str, int], cells: int) -> dict[str, int]:
    kept = {text: rows for text, rows in rows_of.items() if rows >= least_rows(cells)}
    return dict(list(kept.items())[:MOST_LEVELS])


def least_rows(rows: int) -> int:
    """Rows that a level needs in a table of so many."""
    return max(2, rows // 2000)
