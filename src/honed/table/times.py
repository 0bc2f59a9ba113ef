"""Dates and times of day among texts and numbers: `find` says how a column writes them, `hint` what may be some."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from honed.errors import warn
from honed.lazily import pl
from honed.table import zones
from honed.table.cells import brief, parse_numbers, texts
from honed.table.formats import (
    CENTURY,
    CLOCK,
    DOTTED_CLOCK,
    EPOCHS,
    FIRST_YEAR,
    FROM,
    ISO,
    LAST_YEAR,
    LOOKED_AT,
    NO_DAYS,
    NO_YEARS,
    ORDERED,
    ORDERED_SHORT,
    PACKED_CLOCK,
    PATTERNS,
    PLAIN,
    SHEET,
    are_packed_clocks,
    matcher,
    parsed,
    read,
)

_NAME = re.compile(
    r"(?i:date|datum|fecha|time|stamp|epoch|unix|when|day|month|year|birth|created|updated)|(^|[\W_])(?i:ts|dt|at|on|dob)$|[a-z]At$"
)
_CLOCK_NAME = re.compile(
    r"(?i:time|clock|hhmm|depart(?!ment)|arriv)|(^|[\W_])(?i:dep|arr|start|begin|end|open|close|from|until)($|[\W_])"
)
_VERSION_NAME = re.compile(r"(?i:version|release)|(^|[\W_])(?i:ver)($|[\W_])")
_ALL_DAYS = "the days of a month then all occur"
_TRIED = 1_000  # cells that a format must read before it is tried on all
_NEARLY = 0.8  # share of dates from which other cells are slips
_LEAST = 3  # distinct cells: two are a yes and a no
_MANY = 20  # distinct cells of what could be a code or a quantity as well
_SOME = 10
_MOST_OTHERS = 20  # different years or months that stand where a date has its day; days are 31
_FUTURE = 2040  # years of two digits seldom mean later ones
_APART = 3  # years that a hundred years must leave out between the last and the first that occur
COMPACT = ("%Y%m%d", "%Y%m", "%y%m%d")  # written as numbers are
_NEVER = [99991231.0, 29991231.0, *NO_DAYS]  # days, and seconds, that stand for one that is not known
_EARLIEST, _LATEST = 6e8, 3e9  # seconds since 1970 that a column named for a time may hold: 1989 to 2065
# Days since 1899-12-30: 2000 to 2030, and 1927 to 2119.
_SHEET, _SAID_SHEET = (36_526, 47_848), (10_000, 80_000)
_FIRST_SHORT, _LAST_SHORT = 10_101, 991_231  # of days such as 210131
_UNNAMED = 1e9, 2.1e9  # and one of another name: 2001 to 2036
_LEAST_NUMBER = FIRST_YEAR * 100  # a year and a month: the first numbers of moments are no smaller
_LEAST_SHORT = 100_000  # six digits: none of them is smaller
_HOURS = 8  # different hours of a clock that is written as a number such as 1530
_BY_CHANCE = 1e-6  # that none of its numbers ends in 60 to 99, if they are no clock's


class Found(NamedTuple):
    """How a column writes moments.

    `format` as `strptime` has it, one of `EPOCHS`, or empty where the column has a type of its own; `note` says what
    decided where more than one could be meant; `is_zoned` whether cells name a zone.
    """

    format: str
    note: str = ""
    is_zoned: bool = False


def find(column: pl.Series, is_said: bool = False) -> Found | None:
    """How the cells write dates or times of day; None where they do not, or could as well be something else.

    Parameters
    ----------
    column : cells of the training table, those that mean nothing taken out.
    is_said : whether the user has said that the column holds dates: then there is no doubt about what is a date.

    Warns
    -----
    DataWarning
        Nothing in the column tells the day from the month, or its years of two digits are of an unusual hundred years.
    """
    if column.dtype.is_temporal():
        if column.dtype == pl.Duration:
            return None
        return Found("", is_zoned=bool(getattr(column.dtype, "time_zone", None)))
    if column.dtype.is_numeric():
        if is_said or _may_be_numbers(column):
            return _among_numbers(column, is_said)
        return _packed_clock(column, is_said)
    if column.dtype != pl.String:
        return None
    head = _head(column)
    if not len(head) or not bool(head.str.contains(r"\d").all()):
        return None
    if not head.cast(pl.Float64, strict=False).null_count():
        if is_said or _may_be_numbers(head):
            return _among_numbers(column, is_said)
        return _packed_clock(column, is_said)
    first = head.to_list()
    others = [cell for cell in first if not matcher(ISO)(cell)]
    likely = {format for format in PATTERNS if all(map(matcher(format), others))} if others else {ISO}
    if not likely:
        return None
    present = texts(column).drop_nulls()
    if not is_said and present.n_unique() < _LEAST:
        return None
    for format in PLAIN:
        if format in likely and (found := _of_format(present, format, is_said)) is not None:
            return _with_century(found, present)
    for orders in (*ORDERED.values(), *ORDERED_SHORT.values()):
        if likely & orders.keys() and (found := _of_order(present, [*orders], is_said)) is not None:
            return _with_century(found, present)
    is_clock = DOTTED_CLOCK in likely and (is_said or _are_dotted_clocks(present))
    return Found(DOTTED_CLOCK) if is_clock and not parsed(present, DOTTED_CLOCK).null_count() else None


def are_none(name: str, low: float | None, high: float | None) -> bool:
    """Whether numbers between these ends, None for no number, mean no days, seconds or clocks unless that is said."""
    if low is None or high is None:
        return True
    if low >= 0 and 1300 <= high <= 2400 and _CLOCK_NAME.search(name):
        return False
    return high < _LEAST_NUMBER or (low < _LEAST_SHORT and low not in _NEVER)


def hint(name: str, values: pl.Series) -> str:
    """Words for numbers that could be days or seconds, with the ends as dates, or of which most are; else nothing."""
    low, high = (float(end) for end in (values.min(), values.max()))  # type: ignore[arg-type]
    if _are_packed_clocks(values, low, high):
        return "they could be times of day, 1530 for 15:30: declare the column a date (--date, date=) if so"
    format = next((format for format, size in EPOCHS.items() if _may_be_seconds(low, high, size)), "")
    if not format and _SHEET[0] <= low <= high <= _SHEET[1]:
        format = SHEET
    elif not format and _FIRST_SHORT <= low <= high <= _LAST_SHORT:
        format = "%y%m%d"
    if low > FIRST_YEAR * 10_000 and high < (LAST_YEAR + 1) * 10_000:
        return _mostly_days(values.drop_nulls())
    if not format:
        return ""
    column = values.drop_nulls()
    if not (format == SHEET and _NAME.search(name)) and not _are_whole_days(column, format):
        return ""
    if column.n_unique() < _SOME:
        return ""
    moments = read(_whole(column) if format == "%y%m%d" else column, format)
    first, last = (str(end)[:10] for end in (moments.min(), moments.max()))
    how = {SHEET: "days as spreadsheets count them", "%y%m%d": "days (year, month, day)"}.get(format, format)
    return f"they could be {how}, {first} to {last}: declare the column a date (--date, date=) if so"


def _mostly_days(numbers: pl.Series) -> str:
    """Words for numbers of which many, and not all, are days such as 20180131; most columns end at the first cells."""
    head = numbers.head(_TRIED)
    if bool((head != head.floor()).any()) or bool((numbers != numbers.floor()).any()):
        return ""
    are_none = parsed(_whole(head), "%Y%m%d").is_null()
    return "" if are_none.sum() > 2 * (1 - _NEARLY) * len(head) else mostly(_whole(numbers))


def _are_whole_days(numbers: pl.Series, format: str) -> bool:
    """Whether no number has a fraction, and those of six digits are days of the calendar; most columns fail early."""
    for some in (numbers.head(_TRIED), numbers):
        if bool((some != some.floor()).any()) or (format == "%y%m%d" and not _are_short_days(_whole(some))):
            return False
    return True


def _whole(numbers: pl.Series) -> pl.Series:
    return texts(numbers.cast(pl.Int64))


def _may_be_seconds(low: float, high: float, size: int) -> bool:
    return _UNNAMED[0] <= low * size / 1e6 and high * size / 1e6 <= _UNNAMED[1]


def mostly(cells: pl.Series) -> str:
    """Words for texts of which nearly all, and not all, are dates of one format; else nothing."""
    present = cells.drop_nulls()
    format = _most_frequent(present)
    if not format:
        return ""
    wrong = present.filter(parsed(present, format).is_null())
    if not 0 < len(wrong) <= (1 - _NEARLY) * len(present):
        return ""
    return (
        f"{len(present) - len(wrong):,} of {len(present):,} cells are dates ({format}), but others are not, such as "
        f"{brief(wrong[0])!r}; correct such cells, or empty them, to make the column one of dates"
    )


def contradiction(cells: pl.Series) -> str:
    """Words for texts that are all days, of which some have the day first and some the month; else nothing."""
    present = cells.drop_nulls()
    head = present.head(LOOKED_AT).to_list()
    for day_first, month_first in ORDERED.values():
        if not head or not all(map(matcher(day_first), head)):
            continue
        is_day, is_month = (parsed(present, each).is_not_null() for each in (day_first, month_first))
        if bool((is_day | is_month).all()) and not is_day.all() and not is_month.all():
            one, other = present.filter(~is_month)[0], present.filter(~is_day)[0]
            return (
                f"{brief(one)!r} has the day first and {brief(other)!r} the month, so that other cells could be "
                "either; write them all in one way, best as 2024-01-31"
            )
    return ""


def unlike(cells: pl.Series) -> pl.Series:
    """Where texts are no dates as most others are, bool (rows,); a day of the calendar in any order is one."""
    present = cells.is_not_null()
    format = _most_frequent(cells.filter(present).head(_TRIED))
    if not format:
        return present
    orders = next(
        (each for each in (*ORDERED.values(), *ORDERED_SHORT.values()) if format in each), (format,)
    )
    for each in (*orders, ISO):
        if not present.any():
            break
        present = present & parsed(cells, each).is_null()
    return present


def _most_frequent(present: pl.Series) -> str:
    """The format of nearly all first cells, by which most are days of the calendar; empty where there is none."""
    head = present.head(LOOKED_AT).to_list()
    shares = {
        format: sum(map(bool, map(matcher(format), head))) / max(1, len(head))
        for format in PATTERNS
        if format
        not in ("%m/%y", "%y%m%d", DOTTED_CLOCK)  # which could as well be fractions, numbers, versions
    }
    best = max(shares.values())
    if best < _NEARLY:
        return ""
    likely = [format for format, share in shares.items() if share == best]
    first = present.head(_TRIED)
    return (
        min(likely, key=lambda format: parsed(first, format).null_count()) if len(likely) > 1 else likely[0]
    )


def _with_century(found: Found, present: pl.Series) -> Found:
    """Says what years of two digits are: as POSIX has them, but no births in a future that lies apart."""
    if "%y" not in found.format:
        return found
    first = _century(parsed(present, found.format).dt.year().drop_nulls().unique().to_numpy())
    note = ", ".join(filter(None, [found.note, f"years from {first} to {first + 99}"]))
    if first == CENTURY:
        return found._replace(note=note)
    warn(
        f"Column {brief(present.name)!r}: its years of two digits are read as {first} to {first + 99}, because they "
        f"would reach beyond {_FUTURE} otherwise. If that is wrong, say the format in a schema "
        f"({found.format}{FROM}{CENTURY} for {CENTURY} to {CENTURY + 99})."
    )
    return found._replace(format=f"{found.format}{FROM}{first}", note=note)


def _century(years: np.ndarray) -> int:
    """The first of the hundred years in which these lie: usually `CENTURY`, else after the widest gap between them."""
    if years.max() <= _FUTURE:
        return CENTURY
    digits = np.unique(years % 100)
    gaps = np.diff(digits, prepend=digits[-1] - 100)
    first = int(digits[gaps.argmax()])
    last = first + (int(digits[gaps.argmax() - 1]) - first) % 100
    return CENTURY if gaps.max() < _APART else first + (_FUTURE - last) // 100 * 100


def _of_format(present: pl.Series, format: str, is_said: bool) -> Found | None:
    """The format, if every cell is of it and nothing else is as likely."""
    found = parsed(present, format)
    if found.null_count() and format not in (ISO, CLOCK):
        found = found.fill_null(parsed(present, ISO))
    if found.null_count():
        return None
    if format == CLOCK and not is_said and not _are_clocks(present, found):
        return None
    if format == "%m/%y" and not _are_months(present, found, is_said):
        return None
    return Found(format, is_zoned=_are_zoned(present))


def _are_clocks(cells: pl.Series, found: pl.Series) -> bool:
    """Whether cells such as ``21:19`` are times of day, and no scores, ratios or minutes and seconds."""
    if _is_named(cells) or bool(cells.str.contains(r"(?i)m\.?$|\d:\d+:\d").any()):
        return True
    minutes, hours = found.dt.minute(), found.dt.hour()
    is_round = bool((minutes % 5 == 0).all())
    is_clock = bool(cells.str.contains("^0").any()) or int(hours.max()) > 12  # type: ignore[arg-type]
    return found.n_unique() >= _SOME and is_clock and (is_round or int(minutes.max()) > 30)  # type: ignore[arg-type]


def _are_dotted_clocks(cells: pl.Series) -> bool:
    """Whether cells such as ``18.00.00`` are times of day, and no versions."""
    is_named = _CLOCK_NAME.search(cells.name) and not _VERSION_NAME.search(cells.name)
    return bool(is_named) and bool(cells.str.contains(r"^\d\d\.").all())


def _are_months(cells: pl.Series, found: pl.Series, is_said: bool) -> bool:
    """Whether cells such as ``7/86`` are months, and no days without a year, fractions or scores."""
    years = found.dt.year() % 100
    is_no_day = int(years.max()) > 31 or int(years.min()) == 0  # type: ignore[arg-type]
    if is_said:
        return is_no_day or years.n_unique() < _MOST_OTHERS
    return _is_named(cells) and is_no_day and found.n_unique() >= _SOME


def _of_order(present: pl.Series, formats: list[str], is_said: bool) -> Found | None:
    """The one of several orders of day, month and year that the column decides for."""
    able, deciding = _able(present, formats)
    if not able:
        return None
    chosen, why = _likeliest(able) if len(able) > 1 else (next(iter(able)), f"{brief(deciding)!r} says")
    is_decided = len(able) == 1 or why == _ALL_DAYS  # codes are mostly sorted, and many end with 01
    if "%y" in formats[0] and not is_said and not _are_short_dates(present, is_decided):
        return None
    is_zoned = _are_zoned(present)
    if chosen:
        return Found(chosen, f"{_in_words(chosen)}, as {why}", is_zoned)
    is_american = "/" in formats[0] or bool(present.str.contains(r"(?i)[ap]\.?m\.?$").any())
    chosen = next((f for f in able if f.startswith("%m") == is_american), next(iter(able)))
    if any(not moments.equals(able[chosen]) for moments in able.values()):
        warn(
            f"Column {brief(present.name)!r}: nothing in it tells the day from the month in cells such as "
            f"{brief(present[0])!r}, so it is read {_in_words(chosen)}. If that is wrong, say the format in a schema "
            "(%d/%m/%Y is day before month), or write the dates year first, such as 2018-01-31."
        )
    return Found(chosen, f"{_in_words(chosen)}, which no cell decides", is_zoned)


def _able(present: pl.Series, formats: list[str]) -> tuple[dict[str, pl.Series], str]:
    """The moments by each format that reads all cells, and a cell that another one does not read."""
    able, deciding = {}, ""
    for format in formats:
        for cells in (present.head(_TRIED), present):  # most formats end at the first of them
            found = parsed(cells, format)
            if found.null_count():  # other cells may be year first, as those of another file
                found = found.fill_null(parsed(cells, ISO))
            if found.null_count():
                deciding = deciding or cells.filter(found.is_null())[0]
                break
        else:
            able[format] = found
    return able, deciding


def _likeliest(able: dict[str, pl.Series]) -> tuple[str, str]:
    """The format that the column as a whole speaks for, and why; empty where it does for none."""
    days = sorted((moments.dt.day().n_unique(), format) for format, moments in able.items())
    if days[-1][0] >= _MOST_OTHERS > days[-2][0]:
        return days[-1][1], _ALL_DAYS
    firsts = [format for format, moments in able.items() if bool((moments.dt.day() == 1).all())]
    if len(firsts) == 1:
        return firsts[0], "all are then the first of a month"
    in_order = [
        format
        for format, moments in able.items()
        if moments.is_sorted() or moments.is_sorted(descending=True)
    ]
    return (in_order[0], "the rows are then in the order of time") if len(in_order) == 1 else ("", "")


def _are_short_dates(cells: pl.Series, is_decided: bool) -> bool:
    """Whether cells such as ``10-12-14`` are dates, and no sizes, versions or codes.

    `is_decided` says that the column speaks for one order of day, month and year.
    """
    if _is_named(cells) or bool(cells.str.contains(r"\d:\d\d").all()):
        return True
    is_padded = bool(cells.str.contains(r"^\d\d\D\d\d\D\d\d").all())
    return is_decided and is_padded and cells.n_unique() >= _MANY


def _among_numbers(column: pl.Series, is_said: bool) -> Found | None:
    """Days such as ``20180131`` and seconds since 1970, if the whole column agrees and enough speaks for it."""
    values = parse_numbers(column)
    present = values.drop_nulls()
    cells = texts(column)
    if len(present) < cells.drop_nulls().len() or not len(present):
        return None
    distinct = present.n_unique()
    if not is_said and distinct < _LEAST:
        return None
    is_named = is_said or _is_named(column)
    known = present.filter(~present.is_in(_NEVER))
    present = known if len(known) else present
    low, high = float(present.min()), float(present.max())  # type: ignore[arg-type]
    if low > FIRST_YEAR * 10_000 and (high < (LAST_YEAR + 1) * 10_000 or low > 1e11):
        found = parsed(cells.filter(~values.is_in(NO_DAYS)), "%Y%m%d")
        if not found.null_count() and (is_named or distinct >= _SOME):
            years = found.dt.year()
            years = years.filter(~years.is_in(list(NO_YEARS)))
            if is_said or 1800 <= int(years.min()) <= int(years.max()) <= 2100:  # type: ignore[arg-type]
                return Found("%Y%m%d")
    if is_said and (clock := _packed_clock(column, is_said)) is not None:
        return clock
    if is_said and FIRST_YEAR <= low <= high <= LAST_YEAR:
        return Found("%Y")
    may_be_months = is_named and 190_001 <= low <= high <= 210_012 and (is_said or distinct >= _SOME)
    if may_be_months and parsed(cells, "%Y%m").null_count() == cells.null_count():
        return Found("%Y%m")
    if _are_short_days(cells):
        is_sure = is_named and distinct >= _SOME
        if is_said or is_sure or _are_surely_days(parsed(cells, "%y%m%d"), distinct):
            return _with_century(Found("%y%m%d", "year first"), cells.drop_nulls())
    if is_said and _SAID_SHEET[0] <= low <= high <= _SAID_SHEET[1]:
        return Found(SHEET, "as spreadsheets count them")
    for format, size in EPOCHS.items():
        first, last = low * size / 1e6, high * size / 1e6
        if is_named and first >= _EARLIEST and last <= _LATEST:
            return Found(format, "as the name of the column and the size of its numbers say")
        if not (_UNNAMED[0] <= first and last <= _UNNAMED[1] and distinct >= _MANY):
            continue
        seconds = present * (size / 1e6)
        if bool((seconds % 60 == 0).all()):
            return Found(format, "as all its numbers are then whole minutes")
        if bool((seconds.diff().drop_nulls() >= 5).all()) and bool((seconds.diff() % 5 == 0).all()):
            return Found(format, "as its numbers rise from row to row by steps of a clock")
    return None


def _packed_clock(column: pl.Series, is_said: bool) -> Found | None:
    """Hours and minutes as one number, if the column is named for a time, or the user says that it holds moments."""
    if not is_said and not _CLOCK_NAME.search(column.name):
        return None
    values = parse_numbers(column)
    if values.null_count() > column.null_count() or values.null_count() == len(values):
        return None
    low, high = (float(end) for end in (values.min(), values.max()))  # type: ignore[arg-type]
    if not _are_packed_clocks(values, low, high):
        return None
    return Found(PACKED_CLOCK, f"as none of its numbers ends in 60 to 99, such as {high:.0f}")


def _are_packed_clocks(numbers: pl.Series, low: float, high: float) -> bool:
    """Whether numbers are hours and minutes such as 1530: of many hours, and too many of them to be so by chance.

    Of whole numbers without such a meaning 40 % end in 60 to 99, fewer only where all are multiples of 25 or more.
    """
    if low < 0 or not 1300 <= high <= 2400:
        return False
    for some in (numbers.head(_TRIED), numbers):
        present = some.drop_nulls().to_numpy()
        if not are_packed_clocks(present).all():
            return False
    later = np.unique(present).astype(np.int64)
    later = later[later >= 100]  # of numbers below nothing follows
    step = int(np.gcd.reduce(later % 100, initial=100))
    share = -(-60 // step) / (100 // step)
    return len(np.unique(later // 100)) >= _HOURS and share ** len(later) <= _BY_CHANCE


def _are_short_days(cells: pl.Series) -> bool:
    """Whether all texts are days such as 210131, and are no months such as 202101."""
    for some in (cells.head(_TRIED), cells):
        if parsed(some, "%y%m%d").null_count() > some.null_count():
            return False
    return parsed(cells, "%Y%m").null_count() > cells.null_count()


def _are_surely_days(found: pl.Series, distinct: int) -> bool:
    """Whether so many days of several months cannot be by chance: of six digits one number in thirty is a day."""
    months = found.dt.truncate("1mo").n_unique()
    return distinct >= _MANY and months >= 3 and bool(found.dt.year().is_between(1970, _FUTURE).all())


def _head(column: pl.Series) -> pl.Series:
    """The texts of the first cells that are there."""
    first = column.head(10 * LOOKED_AT).drop_nulls()
    return texts((first if len(first) else column.drop_nulls()).head(LOOKED_AT)).drop_nulls()


def _may_be_numbers(cells: pl.Series) -> bool:
    """A quick look at whether numbers are so large that they could be days or seconds since 1970."""
    first = parse_numbers(cells.head(10 * LOOKED_AT)).drop_nulls()
    first = first.filter(~first.is_in(_NEVER))
    return len(first) > 0 and float(first.min()) >= _LEAST_NUMBER  # type: ignore[arg-type]


def _is_named(column: pl.Series) -> bool:
    return bool(_NAME.search(column.name))


def _in_words(format: str) -> str:
    """Such as "day before month" or "year first"."""
    if format.startswith("%y"):
        return "year first"
    return "day before month" if format.startswith("%d") else "month before day"


def _are_zoned(cells: pl.Series) -> bool:
    zone = rf"Z|UTC|GMT|{zones.NAME}|[+-]\d\d(:?\d\d)?"
    return bool(cells.str.contains(rf"(?i):\d\d.*({zone})(\[[\w/]+\])?(\s\d{{4}})?$").any())
