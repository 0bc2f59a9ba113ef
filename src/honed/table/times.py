"""Dates and times of day among texts and numbers: `find` says how a column writes them, `read` gives moments.

A moment is a Datetime in microseconds, in UTC where the cells name a zone. A time of day without a date is a moment on
the first day of 1970. A format is written as `strptime` has it and says how the day is written: a time of day and a
zone may follow in every cell. Years of two digits are those from 1969 to 2068, or of the hundred years that a format
names: ``%d/%m/%y from 1930``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import polars as pl

from honed.errors import warn
from honed.table.cells import brief, check_none, parse_numbers, shown, texts

MOMENT = pl.Datetime("us")
CLOCK = "%H:%M"
ISO = "%Y-%m-%d"
EPOCHS = {"seconds since 1970": 1_000_000, "milliseconds since 1970": 1_000, "microseconds since 1970": 1}

_Y, _YY = r"(?P<Y>\d{4})", r"(?P<y>\d{2})"
_M, _D = r"(?P<m>\d{1,2})", r"(?P<d>\d{1,2})"
_B = (
    r"(?P<b>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?[.,]?\s+)?"
_NTH = r"(?:st|nd|rd|th)?"
_GAP = r"[-\s./,']{0,3}"
_CLOCK = r"(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?(?:\s?(?P<p>[ap])\.?m\.?)?"
_HOUR = r"(?P<H2>\d{1,2})\s?(?P<p2>[ap])\.?m\.?"
_ZONE = r"(?:\s?(?P<z>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}(?::?\d{2})?)(?:\[[\w/]+\])?)?"
_TIME = rf"(?:(?:(?:T|[\s,:_-]\s?|,\s)(?:{_CLOCK}|{_HOUR})|[T\s](?P<H3>\d{{2}})){_ZONE})?"
_PACKED_TIME = r"(?:[T ]?(?P<H>\d{2}):?(?P<M>\d{2})(?::?(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?" + _ZONE + ")?"

# Those that a cell alone decides, and those whose order of day, month and year the whole column decides.
_PLAIN = {
    ISO: f"{_Y}-{_M}-{_D}{_TIME}",
    "%Y/%m/%d": f"{_Y}/{_M}/{_D}{_TIME}",
    "%Y.%m.%d": rf"{_Y}\.(?P<m>\d{{2}})\.(?P<d>\d{{2}}){_TIME}",  # but 2021.1.3 is a version
    "%d %b %Y": f"{_D}{_NTH}{_GAP}{_B}{_GAP}{_Y}{_TIME}",
    "%d %b %y": f"{_D}{_NTH}{_GAP}{_B}{_GAP}{_YY}{_TIME}",
    "%b %d %Y": rf"{_B}{_GAP}{_D}{_NTH}[-\s./,]{{1,3}}{_Y}{_TIME}",
    "%Y %b %d": f"{_Y}{_GAP}{_B}{_GAP}{_D}{_NTH}{_TIME}",
    "%b %d %H:%M:%S %Y": rf"{_B}\s+{_D}\s+{_CLOCK}{_ZONE}\s+{_Y}",
    "%b %Y": f"{_B}{_GAP}{_Y}",
    "%b %y": rf"{_B}[-\s/']{{1,2}}{_YY}",
    "%m/%y": f"{_M}/{_YY}",
    "%Y %b": f"{_Y}{_GAP}{_B}",
    "%Y-%m": rf"{_Y}-(?P<m>\d{{2}})",
    "%Y/%m": rf"{_Y}/(?P<m>\d{{1,2}})",
    "%G-W%V": rf"{_Y}-?W(?P<V>\d{{2}})(?:-?(?P<u>[1-7]))?",  # without a day of the week its Monday
    "%m/%Y": rf"(?P<m>\d{{1,2}})/{_Y}",
    "%Y Q%q": rf"{_Y}[-\s]?Q(?P<q>[1-4])",
    "Q%q %Y": rf"Q(?P<q>[1-4])[-\s/]?{_Y}",
    "%Y": _Y,  # where it is said to be a date
    "%Y%m": rf"{_Y}(?P<m>\d{{2}})",
    "%Y%m%d": rf"{_Y}(?P<m>\d{{2}})(?P<d>\d{{2}}){_PACKED_TIME}",
    CLOCK: rf"(?:{_CLOCK}|{_HOUR}){_ZONE}",
}
_ORDERED = {
    sign: {
        f"%d{sign}%m{sign}%Y": rf"{_D}[{sign}]{_M}[{sign}]{_Y}{_TIME}",
        f"%m{sign}%d{sign}%Y": rf"{_M}[{sign}]{_D}[{sign}]{_Y}{_TIME}",
    }
    for sign in "./-"
}
_ORDERED_SHORT = {
    sign: {
        f"%d{sign}%m{sign}%y": rf"{_D}[{sign}]{_M}[{sign}]{_YY}{_TIME}",
        f"%m{sign}%d{sign}%y": rf"{_M}[{sign}]{_D}[{sign}]{_YY}{_TIME}",
        f"%y{sign}%m{sign}%d": rf"{_YY}[{sign}]{_M}[{sign}]{_D}{_TIME}",
    }
    for sign in "./-"
}
_PATTERNS = {
    format: rf"(?i)^{_WEEKDAY}{pattern}$"
    for group in (_PLAIN, *_ORDERED.values(), *_ORDERED_SHORT.values())
    for format, pattern in group.items()
}

_NAME = re.compile(
    r"(?i:date|time|stamp|epoch|unix|when|day|month|year|birth|created|updated)|(^|[\W_])(?i:ts|dt|at|on|dob)$|[a-z]At$"
)
_QUICK = {ISO, "%Y/%m/%d", *(format for orders in _ORDERED.values() for format in orders)}
_TRIED = 1_000  # cells that a format must read before it is tried on all
_LOOKED_AT = 50  # cells at the start of a column that must be of one format before all are looked at
_FIRST_YEAR, _LAST_YEAR, _NEVER = 1500, 2500, 9999  # the last stands for a day that does not come
_NEARLY = 0.8  # share of dates from which other cells are slips
_LEAST = 3  # distinct cells: two are a yes and a no
_MANY = 20  # distinct cells of what could be a code or a quantity as well
_SOME = 10
_FIRST, _LAST = (
    -62_135_596_800_000_000,
    253_402_300_799_999_999,
)  # microseconds: the years 1 to 9999, as Python has
_MOST_OTHERS = 20  # different years or months that stand where a date has its day; days are 31
_CENTURY = 1969  # the first year that two digits mean, as POSIX has it
_FROM = " from "  # stands before another first year in a format
_FUTURE = 2040  # years of two digits seldom mean later ones
_APART = 3  # years that a hundred years must leave out between the last and the first that occur
_EARLIEST, _LATEST = 6e8, 3e9  # seconds since 1970 that a column named for a time may hold: 1989 to 2065
_UNNAMED = 1e9, 2.1e9  # and one of another name: 2001 to 2036


Whole = Callable[..., np.ndarray]
Letters = Callable[[str], pl.Series]


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
        return _among_numbers(column, is_said) if is_said or _may_be_numbers(column) else None
    if column.dtype != pl.String:
        return None
    head = _head(column)
    if not len(head) or not bool(head.str.contains(r"\d").all()):
        return None
    if not head.cast(pl.Float64, strict=False).null_count():
        return _among_numbers(column, is_said) if is_said or _may_be_numbers(head) else None
    first = head.to_list()
    others = [cell for cell in first if not _matcher(ISO)(cell)]
    likely = {format for format in _PATTERNS if all(map(_matcher(format), others))} if others else {ISO}
    if not likely:
        return None
    present = texts(column).drop_nulls()
    if not is_said and present.n_unique() < _LEAST:
        return None
    for format in _PLAIN:
        if format in likely and (found := _of_format(present, format, is_said)) is not None:
            return _with_century(found, present)
    for orders in (*_ORDERED.values(), *_ORDERED_SHORT.values()):
        if likely & orders.keys() and (found := _of_order(present, [*orders], is_said)) is not None:
            return _with_century(found, present)
    return None


def read(column: pl.Series, format: str) -> pl.Series:
    """Moments; or, where a cell is none, texts in which it stays and the others are as `ISO` and the time.

    Reading again changes nothing. A cell as `ISO` is read whatever the format, and where the column had a type any that
    needs no decision on day and month.
    """
    if column.dtype.is_temporal() and column.dtype != pl.Duration:
        return _from_type(column)
    cells = texts(column)
    found = _parsed_numbers(column, EPOCHS[format]) if format in EPOCHS else _parsed(cells, format or ISO)
    for other in [ISO] if format else _PLAIN:
        if other != format and found.null_count() > cells.null_count():
            found = found.fill_null(_parsed(cells, other))
    if found.null_count() > cells.null_count():
        return found.dt.strftime("%Y-%m-%d %H:%M:%S%.6f").fill_null(cells).alias(column.name)
    return found.alias(column.name)


def usual(format: str) -> str | None:
    """A format as `find` gives it, of one that a person has written, or None where it is not known.

    A time of day behind the date says nothing new, nor does the month's full name or what stands beside it.
    """
    if format in EPOCHS or format in _PATTERNS:
        return format
    day, start = _split(format)
    if start != _CENTURY:
        day = usual(day) or ""
        return f"{day}{_FROM}{start}" if "%y" in day and 1500 <= start <= 2400 else None
    format = re.sub("^%G-?W%V(-?%u)?$", "%G-W%V", day)  # and the years of POSIX need no words
    codes = re.findall("%[A-Za-z]", format.replace("%B", "%b"))
    day = re.split(r"[T\s,_:-]*%[HI]", format)[0] or CLOCK
    if "%b" in codes:
        time = (
            ["%H:%M:%S"] if "%H" in codes and codes[-1] == "%Y" else []
        )  # as the clock stands in the middle
        parts = [code for code in codes if code in ("%d", "%b", "%y", "%Y")]
        day = " ".join([*parts[:-1], *time, parts[-1]])
    return day if day in _PATTERNS else None


def moments(column: pl.Series, places: np.ndarray | None = None) -> pl.Series:
    """The moments of a column that was read.

    Parameters
    ----------
    places : row numbers of the cells for messages; by default 1, 2, ...

    Raises
    ------
    InputError
        A cell that is no date or time: with column, row and cell.
    """
    if column.dtype == MOMENT:
        return column
    places = np.arange(1, len(column) + 1) if places is None else places
    found = read(column, ISO)
    if found.dtype == MOMENT:
        return found
    check_none(
        unreadable(column).to_numpy(),
        places,
        lambda row: (
            f"Column {column.name!r}, row {row}: {shown(column, row, places)!r} is no date or time as training had "
            "them in this column. Correct the cell, or leave it empty if the value is not known."
        ),
    )
    raise AssertionError("a cell that cannot be read is one of those above")


def unreadable(column: pl.Series) -> pl.Series:
    """Where a cell of a column that was read is no moment, bool (rows,)."""
    if column.dtype.is_temporal():
        return pl.Series(column.name, np.zeros(len(column), bool))
    cells = texts(column)
    return _parsed(cells, ISO).is_null() & cells.is_not_null()


def hint(name: str, column: pl.Series) -> str:
    """Words for numbers, none missing, that could be seconds since 1970, with the ends as dates; else nothing."""
    ends = [float(end) for end in (column.min(), column.max())]  # type: ignore[arg-type]
    for format, size in EPOCHS.items():
        low, high = (end * size / 1e6 for end in ends)
        if _UNNAMED[0] <= low and high <= _UNNAMED[1]:
            if column.n_unique() < _SOME or bool((column != column.floor()).any()):
                return ""
            first, last = (np.datetime64(int(end), "s").astype("M8[D]") for end in (low, high))
            return f"they could be {format}, {first} to {last}: name the column for a time, such as {name}_time, if so"
    return ""


def mostly(cells: pl.Series) -> str:
    """Words for texts of which nearly all, and not all, are dates of one format; else nothing."""
    present = cells.drop_nulls()
    head = present.head(_LOOKED_AT).to_list()
    shares = {
        format: sum(map(bool, map(_matcher(format), head))) / len(head)
        for format in _PATTERNS
        if format != "%m/%y"  # which could as well be fractions
    }
    format = max(shares, key=lambda name: shares[name])
    if shares[format] < _NEARLY:
        return ""
    is_wrong = _parsed(present, format).is_null()
    wrong = present.filter(is_wrong)
    if not 0 < len(wrong) <= (1 - _NEARLY) * len(present):
        return ""
    return (
        f"{len(present) - len(wrong):,} of {len(present):,} cells are dates ({format}), but others are not, such as "
        f"{brief(wrong[0])!r}; correct such cells, or empty them, to make the column one of dates"
    )


def _with_century(found: Found, present: pl.Series) -> Found:
    """Says what years of two digits are: as POSIX has them, but no births in a future that lies apart."""
    if "%y" not in found.format:
        return found
    first = _century(_parsed(present, found.format).dt.year().drop_nulls().unique().to_numpy())
    note = ", ".join(filter(None, [found.note, f"years from {first} to {first + 99}"]))
    if first == _CENTURY:
        return found._replace(note=note)
    warn(
        f"Column {brief(present.name)!r}: its years of two digits are read as {first} to {first + 99}, because they "
        f"would reach beyond {_FUTURE} otherwise. If that is wrong, say the format in a schema "
        f"({found.format}{_FROM}{_CENTURY} for {_CENTURY} to {_CENTURY + 99})."
    )
    return found._replace(format=f"{found.format}{_FROM}{first}", note=note)


def _century(years: np.ndarray) -> int:
    """The first of the hundred years in which these lie: usually `_CENTURY`, else after the widest gap between them."""
    if years.max() <= _FUTURE:
        return _CENTURY
    digits = np.unique(years % 100)
    gaps = np.diff(digits, prepend=digits[-1] - 100)
    first = int(digits[gaps.argmax()])
    last = first + (int(digits[gaps.argmax() - 1]) - first) % 100
    return _CENTURY if gaps.max() < _APART else first + (_FUTURE - last) // 100 * 100


def _of_format(present: pl.Series, format: str, is_said: bool) -> Found | None:
    """The format, if every cell is of it and nothing else is as likely."""
    found = _parsed(present, format)
    if found.null_count() and format not in (ISO, CLOCK):
        found = found.fill_null(_parsed(present, ISO))
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
    if not able or ("%y" in formats[0] and not is_said and not _are_short_dates(present, [*able])):
        return None
    is_zoned = _are_zoned(present)
    if len(able) == 1:
        (chosen,) = able
        return Found(chosen, f"{_in_words(chosen)}, as {brief(deciding)!r} says", is_zoned)
    chosen, why = _likeliest(able)
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
            found = _parsed(cells, format)
            if found.null_count():  # other cells may be year first, as those of another file
                found = found.fill_null(_parsed(cells, ISO))
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
        return days[-1][1], "the days of a month then all occur"
    firsts = [format for format, moments in able.items() if bool((moments.dt.day() == 1).all())]
    if len(firsts) == 1:
        return firsts[0], "all are then the first of a month"
    in_order = [
        format
        for format, moments in able.items()
        if moments.is_sorted() or moments.is_sorted(descending=True)
    ]
    return (in_order[0], "the rows are then in the order of time") if len(in_order) == 1 else ("", "")


def _are_short_dates(cells: pl.Series, able: list[str]) -> bool:
    """Whether cells such as ``10-12-14`` are dates, and no sizes, versions or codes."""
    if _is_named(cells) or bool(cells.str.contains(r"\d:\d\d").all()):
        return True
    is_padded = bool(cells.str.contains(r"^\d\d\D\d\d\D\d\d").all())
    return len(able) == 1 and is_padded and cells.n_unique() >= _MANY


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
    low, high = float(present.min()), float(present.max())  # type: ignore[arg-type]
    if low > _FIRST_YEAR * 10_000 and (high < (_LAST_YEAR + 1) * 10_000 or low > 1e11):
        found = _parsed(cells, "%Y%m%d")
        if found.null_count() == cells.null_count() and (is_named or distinct >= _SOME):
            years = found.dt.year()
            if is_said or 1800 <= int(years.min()) <= int(years.max()) <= 2100:  # type: ignore[arg-type]
                return Found("%Y%m%d")
    if is_said and _FIRST_YEAR <= low <= high <= _LAST_YEAR:
        return Found("%Y")
    if is_named and 190_001 <= low <= high <= 210_012 and (is_said or distinct >= _SOME):
        return None if _parsed(cells, "%Y%m").null_count() > cells.null_count() else Found("%Y%m")
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


def _head(column: pl.Series) -> pl.Series:
    """The texts of the first cells that are there."""
    first = column.head(10 * _LOOKED_AT).drop_nulls()
    return texts((first if len(first) else column.drop_nulls()).head(_LOOKED_AT)).drop_nulls()


def _may_be_numbers(cells: pl.Series) -> bool:
    """A quick look at whether numbers are so large that they could be days or seconds since 1970."""
    first = parse_numbers(cells.head(10 * _LOOKED_AT)).drop_nulls()
    return len(first) > 0 and float(first.min()) >= _FIRST_YEAR * 100  # type: ignore[arg-type]


def _is_named(column: pl.Series) -> bool:
    return bool(_NAME.search(column.name))


def _in_words(format: str) -> str:
    """Such as "day before month" or "year first"."""
    if format.startswith("%y"):
        return "year first"
    return "day before month" if format.startswith("%d") else "month before day"


def _are_zoned(cells: pl.Series) -> bool:
    return bool(cells.str.contains(r"(?i):\d\d.*(Z|UTC|GMT|[+-]\d\d(:?\d\d)?)(\[[\w/]+\])?(\s\d{4})?$").any())


def _from_type(column: pl.Series) -> pl.Series:
    """Dates, zoned moments and times of day of any unit as moments."""
    if column.dtype == pl.Time:
        return (column.cast(pl.Int64) // 1_000).cast(MOMENT)
    if getattr(column.dtype, "time_zone", None):
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    ticks = column.cast(MOMENT).cast(pl.Int64)
    is_far = not len(ticks) or ticks.min() is None or (ticks.min() < _FIRST or ticks.max() > _LAST)  # type: ignore[operator]
    return (ticks.clip(_FIRST, _LAST) if is_far else ticks).cast(MOMENT)


def _parsed_numbers(column: pl.Series, size: int) -> pl.Series:
    """Moments of so many microseconds a unit since 1970; null where there is no number, or one beyond all years."""
    values = parse_numbers(column).fill_null(float("nan")).to_numpy() * size
    is_one = np.abs(values) < 2e16
    ticks = np.where(is_one, np.rint(np.where(is_one, values, 0)), 0).astype(np.int64)
    return pl.Series(column.name, ticks).cast(MOMENT).set(pl.Series(~is_one), None)


def _split(format: str) -> tuple[str, int]:
    """The format without words for a century, and the first year that two digits mean."""
    day, _, start = format.partition(_FROM)
    return (day, int(start)) if re.fullmatch(r"\d{4}", start) else (format, _CENTURY)


def _parsed(cells: pl.Series, format: str) -> pl.Series:
    """Moments of texts; null where a text is not of the format, or is no day of the calendar."""
    format, century = _split(format)
    if format in _QUICK:  # enough for most columns
        for rest in ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S"):
            if len(cells) and bool(
                cells.head(_LOOKED_AT).str.len_chars().max() == len(_filled(format + rest))
            ):
                kind = pl.Date if not rest else MOMENT
                quick = cells.str.strptime(kind, format + rest, strict=False).cast(MOMENT)
                if quick.null_count() == cells.null_count() and _are_plausible(quick):
                    return quick
    parts = cells.str.extract_groups(_PATTERNS[format])
    names = [field.name for field in parts.dtype.fields]  # type: ignore[attr-defined]

    def whole(name: str, empty: int = 0) -> np.ndarray:
        """A part of the cells as numbers."""
        if name not in names:
            return np.full(len(cells), empty, np.int64)
        return parts.struct.field(name).cast(pl.Int64, strict=False).fill_null(empty).to_numpy()

    def letters(name: str) -> pl.Series:
        """A part of the cells in small letters."""
        return (
            parts.struct.field(name).str.to_lowercase().fill_null("")
            if name in names
            else _nothing(len(cells))
        )

    key = next(name for name in ("Y", "y", "H") if name in names)
    is_one = parts.struct.field(key).is_not_null().to_numpy()
    if key == "H":
        is_one = is_one | parts.struct.field("H2").is_not_null().to_numpy()
    days, are_days = _days(whole, letters("b"), key, century)
    if "V" in names:
        days, are_days = _days_of_week(whole)
    ticks, are_times = _ticks_of_day(whole, letters, has_day=key != "H")
    zone = _zone(letters("z"))
    total = days * 86_400_000_000 + ticks - zone
    if key == "H":  # a zone moves no time of day to another day
        total %= 86_400_000_000
    is_one &= are_days & are_times
    return pl.Series(cells.name, np.where(is_one, total, 0)).cast(MOMENT).set(pl.Series(~is_one), None)


def _days(whole: Whole, months: pl.Series, key: str, century: int) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970, and whether the calendar has them."""
    if key == "H":
        return whole("d"), np.ones(len(months), bool)
    year = whole("Y", 1970) if key == "Y" else whole("y")
    if key == "y":
        year = century + (year - century) % 100
    named = months.str.slice(0, 3).replace_strict(
        list(_MONTHS), list(range(1, 13)), default=0, return_dtype=pl.Int64
    )
    quarter, named = whole("q"), named.to_numpy()
    month = np.where(named > 0, named, np.where(quarter > 0, 3 * quarter - 2, whole("m", 1)))
    day = whole("d", 1)
    is_day = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    is_day &= ((year >= _FIRST_YEAR) & (year <= _LAST_YEAR)) | (year == _NEVER)
    first = (np.where(is_day, (year - 1970) * 12 + month - 1, 0)).astype("M8[M]")
    days = first.astype("M8[D]") + np.where(is_day, day - 1, 0)
    is_day &= days.astype("M8[M]") == first
    return days.astype(np.int64), is_day


def _days_of_week(whole: Whole) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970 of weeks by ISO 8601, the first of which holds January 4, and whether the year has the week."""
    year, week = whole("Y", 1970), whole("V", 1)
    is_week = (week >= 1) & (year >= _FIRST_YEAR) & (year <= _LAST_YEAR)
    starts = []
    for each in (year, year + 1):
        fourth = (np.where(is_week, each - 1970, 0)).astype("M8[Y]").astype("M8[D]").astype(np.int64) + 3
        starts.append(fourth - (fourth + 3) % 7)  # 1970 began on a Thursday
    monday = starts[0] + 7 * (week - 1)
    return monday + whole("u", 1) - 1, is_week & (monday < starts[1])


def _ticks_of_day(whole: Whole, letters: Letters, has_day: bool) -> tuple[np.ndarray, np.ndarray]:
    """Microseconds since midnight, and whether a day has them; 24:00 is the end of a day that is named."""
    half = letters("p") + letters("p2")
    hour, minute, second = whole("H") + whole("H2") + whole("H3"), whole("M"), whole("S")
    is_half, is_later = (half != "").to_numpy(), (half == "p").to_numpy()
    is_time = np.where(is_half, (hour >= 1) & (hour <= 12), hour <= 23) & (minute <= 59) & (second <= 60)
    if has_day:
        is_time |= (hour == 24) & (minute == 0) & (second == 0) & ~is_half
    hour = np.where(is_half, hour % 12 + 12 * is_later, hour)
    digits = (
        letters("f").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64, strict=False).fill_null(0).to_numpy()
    )
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + digits, is_time


def _zone(zones: pl.Series) -> np.ndarray:
    """Microseconds that a zone is ahead of UTC."""
    parts = zones.str.extract_groups(r"([+-])(\d{2}):?(\d{2})?$")
    sign, hours, minutes = (parts.struct.field(name) for name in parts.struct.fields)
    hours, minutes = (part.cast(pl.Int64, strict=False).fill_null(0) for part in (hours, minutes))
    size = hours * 60 + minutes
    return (size * 60_000_000).to_numpy() * np.where((sign == "-").fill_null(False).to_numpy(), -1, 1)


def _are_plausible(found: pl.Series) -> bool:
    years = found.dt.year().drop_nulls()
    return bool((years.is_between(_FIRST_YEAR, _LAST_YEAR) | (years == _NEVER)).all())


@functools.cache
def _matcher(format: str) -> Callable[[str], object]:
    """Whether a text is of the format; for a few cells far quicker than Polars, which reads the pattern each time."""
    return re.compile(_PATTERNS[format]).match


@functools.cache
def _filled(format: str) -> str:
    """A text of the length that cells of the format have."""
    return format.replace("%Y", "0000").replace("%", "0")


def _nothing(rows: int) -> pl.Series:
    return pl.Series([""] * rows, dtype=pl.String)
