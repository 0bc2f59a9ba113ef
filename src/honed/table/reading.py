"""How the cells of a column become values: a `Reading`, found on the training table and kept in its schema.

A file's cells are texts. Some columns of texts hold numbers beside words for "not known", numbers with units and marks,
dates, or lists of items. A reading says so once, and `values` gives such a column as numbers, moments or lists, at
fitting and at prediction alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from honed.figures import counted
from honed.lazily import pl
from honed.table import addressed, formats, glance, lists, quantities, sentinel_dates, slips, times
from honed.table.cells import (
    SPACES,
    all_numbers,
    brief,
    can_be_numbers,
    counts,
    parse_numbers,
    some,
    texts,
    without,
)
from honed.table.glance import Plain
from honed.table.missing import is_missing_word, without_missing
from honed.table.quantities import File, Found, Shape, Style, Writing

Form = Literal["plain", "quantity", "time", "list"]


@dataclass(frozen=True)
class Reading:
    """How the cells of one column are read.

    Attributes
    ----------
    form : "plain": a number is a number as programs write it, and all else are words; "quantity": numbers with
        units or marks (`honed.table.quantities`); "time": dates or times of day; "list": lists of items.
    missing : words that mean an empty cell here, as the training table spells them.
    emptied : how many cells of the training table were such words.
    unit : what the numbers are given in, such as "kg"; empty where nothing is said.
    shape : what a cell of a quantity is: "number"; "range", read as its middle; "duration", read in `unit`; "bound":
        a number, or one that a bound names (``<500``), or the middle of a range.
    decimal : what separates the decimals of a quantity.
    grouped : whether the training table had marks between thousands.
    format : how dates and times are written, see `honed.table.times`, or lists, see `honed.table.lists`; empty where
        their column has a type.
    zone : "UTC" where cells name a zone, by which they are told; else empty.
    note : what decided how cells are read, in words.
    """

    form: Form = "plain"
    missing: tuple[str, ...] = ()
    emptied: int = 0
    unit: str = ""
    shape: Shape = "number"
    decimal: Style = "point"
    grouped: bool = False
    format: str = ""
    zone: str = ""
    note: str = ""

    @property
    def writing(self) -> Writing:
        """How the numbers of a quantity are written."""
        return Writing(self.shape, self.decimal, self.grouped)

    def evidence(self) -> str:
        """What the reading did, for the reason of a column; empty for nothing."""
        said = [self.note] if self.form == "quantity" and self.note else []
        if self.form == "time" and self.format:
            what = "times of day" if self.format in formats.CLOCKS else "dates"
            said.append(f"read as {what} ({self.format})" + (f", {self.note}" if self.note else ""))
        if self.form == "list" and self.format:
            how = {
                lists.BRACKETS: "lists in brackets",
                addressed.MAIL: "e-mail addresses, by their domain",
                addressed.PATH: "URLs or paths, by their parts",
            }
            said.append(f"read as {how.get(self.format, f'lists with {self.format!r} between items')}")
        if self.zone:
            said.append(f"times are told in {self.zone}")
        if self.emptied:
            said.append(self.evidence_of_empty())
        return "; ".join(said)

    def evidence_of_empty(self) -> str:
        """How many cells were taken as empty, and which words these are."""
        verb = "was" if self.emptied == 1 else "were"
        return f"{counted(self.emptied, 'cell')} {some(self.missing, 4)} {verb} taken as empty"


PLAIN = Reading()


def find(
    column: pl.Series,
    said: tuple[str, ...] = (),
    dates: bool | Literal["said"] = True,
    file: File | None = None,
    is_number: bool = False,
    slips_too: bool = True,
    plain: Plain | None = None,
    items: bool | Literal["said"] = False,
) -> Reading:
    """The reading of a column of the training table.

    Parameters
    ----------
    column : its cells.
    said : words that the user has said to mean an empty cell, in any column.
    dates : whether its cells may be dates; "said" where the user has said that they are.
    file : the table's columns of texts, of which others may tell how this one is written.
    is_number : whether the user has said that the column holds numbers: then its digits are no codes.
    slips_too : whether the few cells that are no numbers among many, or no dates, are empty (`honed.table.slips`).
    plain : the column's numbers, where it is known that all of them are plain.
    items : whether its cells may be lists of items; "said" where the user has said that they are.

    Warns
    -----
    DataWarning
        Marks of its numbers can be read in two ways, see `honed.table.marks`.
    """
    how = PLAIN if items == "said" else _of_one_value(column, said, dates, file, is_number, slips_too, plain)
    if not items or how.form != "plain" or plain is not None:
        return how
    return _of_lists(column, said, items == "said") or how


def _of_one_value(
    column: pl.Series,
    said: tuple[str, ...],
    dates: bool | Literal["said"],
    file: File | None,
    is_number: bool,
    slips_too: bool,
    plain: Plain | None,
) -> Reading:
    """As `find`, where a cell holds one number, moment or word."""
    is_date = dates == "said"
    if plain is not None and not said and not is_date and times.are_none(column.name, plain.low, plain.high):
        dates = False
    if column.dtype != pl.String or (not said and (plain is not None or can_be_numbers(column))):
        rest = without(column, are_words(column, said))
        how = _of_time(times.find(rest, is_date)) if dates else PLAIN
        words = said
        if how == PLAIN and dates and slips_too and (days := _of_days_with_slips(rest, is_date)):
            how, is_slip = days
            rest, words = without(rest, is_slip), (*said, *counts(texts(rest.filter(is_slip))))
        if column.dtype == pl.String and how == PLAIN:
            how = _of_quantity(quantities.find_in_plain(column, file))
        words = (*words, *_sentinel_dates(rest, how)) if how.form == "time" else words
        return emptying(how, column, words) if words else how
    cells = texts(column)
    is_empty = are_words(cells, said)
    rest = without(cells, is_empty)
    how = _of_time(times.find(rest, is_date)) if dates else PLAIN
    if how == PLAIN and can_be_numbers(rest):
        days = _of_days_with_slips(rest, is_date) if dates and slips_too else None
        how = _of_quantity(quantities.find_in_plain(rest, file)) if days is None else days[0]
        is_empty = is_empty if days is None else is_empty | days[1]
    elif how == PLAIN:
        is_word = is_missing_word(cells)
        others = without(rest, is_word)
        is_no_clock = dates is False
        found = _of_others(others, dates if is_word.any() else False, file, is_number, is_no_clock)
        is_slip = slips.find(others, dates) if found is None and slips_too else None
        if is_slip is not None:
            found = _of_others(without(others, is_slip), dates, file, is_number, is_no_clock)
            is_word = is_word | is_slip
        elif found == PLAIN and dates and slips_too and (days := _of_days_with_slips(others, is_date)):
            found, is_word = days[0], is_word | days[1]
        if found is not None:
            how, is_empty = found, is_empty | is_word
    if how.form == "time":
        is_empty = is_empty | are_words(cells, _sentinel_dates(without(cells, is_empty), how))
    usual = counts(cells.filter(is_empty & ~are_words(cells, said)))
    return replace(how, missing=(*said, *usual), emptied=int(is_empty.sum()))


def _of_lists(column: pl.Series, said: tuple[str, ...], is_said: bool) -> Reading | None:
    """How cells are read that hold lists of items; None for others."""
    format = lists.find(without(column, are_words(column, said)), is_said)
    if format is None:
        return None
    words = said
    if format in (lists.BRACKETS, *addressed.FORMATS):
        words = (*said, *counts(texts(column.filter(is_missing_word(texts(column))))))
    how = Reading("list", format=format)
    return emptying(how, column, tuple(dict.fromkeys(words))) if words else how


def _of_others(
    cells: pl.Series, dates: bool | Literal["said"], file: File | None, is_number: bool, is_no_clock: bool
) -> Reading | None:
    """How cells are read whose words for missing are empty; None for words, which may be no such words then."""
    if cells.null_count() == len(cells):
        return None
    if dates and (times_found := times.find(cells, dates == "said")) is not None:
        return _of_time(times_found)
    if (all_numbers(cells) or is_number) and can_be_numbers(cells):
        return _of_quantity(quantities.find_in_plain(cells, file))
    found = quantities.find(cells, file, is_number, is_no_clock)
    return None if found is None else _of_quantity(found)


def _of_days_with_slips(cells: pl.Series, is_said: bool) -> tuple[Reading, pl.Series] | None:
    """How numbers are read that are days but for a few, such as 20210230, and where these are; None for others."""
    is_slip = slips.among_days(cells)
    found = None if is_slip is None else times.find(without(cells, is_slip), is_said)
    return None if is_slip is None or found is None else (_of_time(found), is_slip)


def _sentinel_dates(column: pl.Series, how: Reading) -> tuple[str, ...]:
    """Texts of dates that mean that none is known, such as 9999-12-31."""
    if column.dtype == pl.String and not sentinel_dates.may_have_some(column):
        return ()
    is_no_day = pl.Series(np.zeros(len(column), bool))
    if how.format == "%Y%m%d":
        is_no_day = parse_numbers(column).is_in(formats.NO_DAYS).fill_null(False)
    found = formats.read(without(column, is_no_day), how.format)
    if found.dtype != formats.moment_type():
        return ()
    is_one = sentinel_dates.find(found) | is_no_day
    return tuple(counts(texts(column.filter(is_one)))) if is_one.any() else ()


def _of_time(found: times.Found | None) -> Reading:
    if found is None:
        return PLAIN
    return Reading("time", format=found.format, zone="UTC" if found.is_zoned else "", note=found.note)


def _of_quantity(found: Found | None) -> Reading:
    if found is None:
        return PLAIN
    shape, decimal, grouped = found.writing
    return Reading(
        "quantity", unit=found.unit, shape=shape, decimal=decimal, grouped=grouped, note=found.note
    )


def values(column: pl.Series, reading: Reading, is_number: bool, file: File | None = None) -> pl.Series:
    """The cells of a column by its reading; what is no number, date or empty cell stays, and is refused later.

    Parameters
    ----------
    column : cells of any table, the training table or a later one.
    is_number : whether the column is one of numbers, in which all usual words for a missing cell mean it.
    file : that table's columns of numbers, of which others may tell how this one is written.

    Warns
    -----
    DataWarning
        Marks of its numbers may be meant otherwise than in the training table.
    """
    return _values(_emptied(column, reading), reading, is_number, file)


def _values(column: pl.Series, reading: Reading, is_number: bool, file: File | None) -> pl.Series:
    """As `values`, for a column without words for missing."""
    if reading.form == "list":
        return lists.read(column, reading.format)
    if reading.form == "time":
        cells = without_missing(texts(column)) if column.dtype == pl.String else column
        return _without(formats.read(cells, reading.format), reading)
    is_number = is_number or reading.form == "quantity"
    if column.dtype != pl.String or not is_number:
        return column
    if can_be_numbers(column) and not _is_odd(reading):
        return column
    cells = without_missing(texts(column))
    if can_be_numbers(cells) and not _is_odd(reading):
        return cells
    return quantities.values(cells, reading.writing, reading.unit, file)


def _without(moments: pl.Series, reading: Reading) -> pl.Series:
    """The moments without those that a word for missing says in another spelling."""
    if not reading.missing or moments.dtype != formats.moment_type():
        return moments
    never = formats.of_words(reading.missing, reading.format).drop_nulls().to_list()
    return moments.set(moments.is_in(never).fill_null(False), None) if never else moments


def _emptied(column: pl.Series, reading: Reading) -> pl.Series:
    """The column without the words that mean an empty cell in it."""
    if not reading.missing:
        return column
    return without(column, are_words(column, reading.missing))


def _is_odd(reading: Reading) -> bool:
    """Whether even plain numbers need a look, as they may mean something else."""
    return reading.form == "quantity" and (reading.decimal == "comma" or reading.unit == "%")


def emptying(reading: Reading, column: pl.Series, words: tuple[str, ...]) -> Reading:
    """The reading with these words for missing, and how many cells of the column are such."""
    return replace(reading, missing=words, emptied=int(are_words(column, words).sum()))


def are_words(column: pl.Series, words: tuple[str, ...]) -> pl.Series:
    """Where a cell is one of the words; one that is a number means every cell of that number, such as -999.0."""
    found = pl.Series(np.zeros(len(column), bool))
    if not words:
        return found
    values = parse_numbers(pl.Series(words, dtype=pl.String)).drop_nulls()
    if len(values):
        found = found | parse_numbers(column).is_in(values.to_list()).fill_null(False)
    if not column.dtype.is_numeric():
        found = found | texts(column).is_in(list(words)).fill_null(False)
    return found


def read(
    frame: pl.DataFrame,
    readings: Mapping[str, tuple[Reading, bool]],
    source: str = "",
    file: File | None = None,
    numbers: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The table with each named column read, as far as it is there; others stay. Reading twice changes nothing.

    Texts that are all plain numbers (`honed.table.glance`) become integers where all are whole, else float64. `source`
    is what warnings call the table; `file` its columns of texts, by default those with a reading; `numbers` what
    `glance.values` gives of the table, where that is known.
    """
    names = set(frame.columns)  # which Polars makes anew each time
    there = {name: how for name, how in readings.items() if name in names}
    words = [_emptied(frame[name], how) for name, (how, _) in there.items() if how.missing]
    before, frame = frame, frame.with_columns(words) if words else frame
    kinds = dict(zip(frame.columns, frame.dtypes, strict=True))  # as its schema, in a fifth of the time
    numeric = [
        name
        for name, (how, is_number) in there.items()
        if is_number and how.form != "time" and kinds[name] == pl.String and not _is_odd(how)
    ]
    known = {name for name in numeric if numbers is not None and not there[name][0].missing}
    plain = pl.DataFrame()
    if numeric:
        plain = glance.values(frame.select([name for name in numeric if name not in known]))
        of_known = [] if numbers is None else [column for column in numbers if column.name in known]
        plain = glance.whole(pl.DataFrame([*plain, *of_known]))
    are_plain = set(plain.columns)
    rest = {name: how for name, how in there.items() if name not in are_plain}
    given = [
        (frame[name], how, is_number)
        for name, (how, is_number) in rest.items()
        if how.form != "plain" or (is_number and kinds[name] == pl.String)
    ]
    if file is None and any(cells.dtype == pl.String for cells, _, _ in given):
        file = File((before[name] for name in there), source)
    others = [(cells, _values(cells, how, is_number, file)) for cells, how, is_number in given]
    found = [*plain, *(read for cells, read in others if read is not cells)]
    return frame.with_columns(found) if found else frame


def examples(column: pl.Series, most: int = 3) -> tuple[str, ...]:
    """The first different cells of a column, as the table has them."""
    first = column.head(1000)
    if first.dtype.is_float() or first.dtype.is_integer():
        known = _first_numbers(first.to_list(), most)
        if not any("e" in text for text in known):  # which Polars writes otherwise
            return known
    if first.dtype != pl.String:
        cells = texts(first).drop_nulls().unique(maintain_order=True).head(most).to_list()
        return tuple(brief(cell, 40) for cell in cells)
    found: dict[str, None] = {}
    for cell in first.to_list():
        if cell and (text := cell.strip(SPACES)):
            found[text] = None
            if len(found) == most:
                break
    return tuple(brief(text, 40) for text in found)


def _first_numbers(cells: Sequence[float | None], most: int) -> tuple[str, ...]:
    """The first different numbers as `texts` writes them, without a call of Polars for each of very many columns."""
    found: dict[float, None] = {}
    for cell in cells:
        if cell is not None and not math.isnan(cell):
            found[cell] = None
            if len(found) == most:
                break
    return tuple(
        str(int(cell)) if isinstance(cell, int) or (cell.is_integer() and abs(cell) < 1e15) else repr(cell)
        for cell in found
    )
