"""How texts and numbers say moments: formats, and what their cells say.

A moment is a Datetime in microseconds, in UTC where the cells name a zone. A time of day without a date is a moment on
the first day of 1970. A format is written as `strptime` has it and says how the day is written: a time of day and a
zone may follow in every cell. Years of two digits are those from 1969 to 2068, or of the hundred years that a format
names: ``%d/%m/%y from 1930``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence

import numpy as np

from honed.lazily import pl
from honed.table import months, zones
from honed.table.cells import check_none, parse_numbers, shown, texts

CLOCK = "%H:%M"
DOTTED_CLOCK = "%H.%M.%S"  # 18.00.00, which may as well be a day or a version
PACKED_CLOCK = "%H%M"  # hours and minutes as one number: 517 is 5:17, and 2400 midnight as 0 is
CLOCKS = (CLOCK, DOTTED_CLOCK, PACKED_CLOCK)
ISO = "%Y-%m-%d"
EPOCHS = {
    "seconds since 1970": 1_000_000,
    "milliseconds since 1970": 1_000,
    "microseconds since 1970": 1,
    "nanoseconds since 1970": 0.001,
}
SHEET = "days since 1899-12-30"  # as spreadsheets count them, with the hours as fractions
COUNTED = {**{format: (size, 0) for format, size in EPOCHS.items()}, SHEET: (86_400_000_000, 25_569)}
_Y, _YY = r"(?P<Y>\d{4})", r"(?P<y>\d{2})"
_M, _D = r"(?P<m>\d{1,2})", r"(?P<d>\d{1,2})"
_B = rf"(?P<b>{months.NAME})\.?"
_WEEKDAY = rf"(?:(?:{months.WEEKDAY})[.,]?\s+)?"
_NTH = r"(?:st|nd|rd|th|er)?"
_GAP = r"(?:[-\s./,']{0,3}|\s+del?\s+)"
_CLOCK = r"(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?(?:\s?(?P<p>[ap])\.?m\.?)?"
_HOUR = r"(?P<H2>\d{1,2})\s?(?P<p2>[ap])\.?m\.?"
# After a day alone. Of an hour with one digit before a point, 1.06 may as well be a version.
_DOTTED = (
    r"(?P<H5>\d{1,2})h(?P<M5>\d{2})|(?P<H4>\d{2})\.(?P<M4>\d{2})(?:\.(?P<S4>\d{2})(?:\.(?P<f4>\d{1,9}))?)?"
)
_ZONE = r"(?:\s?(?P<z>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}(?::?\d{2})?|" + zones.NAME + r")(?:\[[\w/]+\])?)?"
_TIME = (
    rf"(?:(?:(?:T|[\s,:_-]\s?|,\s|,?\s+at\s+)(?:{_CLOCK}|{_HOUR}|{_DOTTED})|[T\s](?P<H3>\d{{2}})){_ZONE})?"
)
_PACKED_TIME = r"(?:[T ]?(?P<H>\d{2}):?(?P<M>\d{2})(?::?(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?" + _ZONE + ")?"

# Those that a cell alone decides, and those whose order of day, month and year the whole column decides.
PLAIN = {
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
    "%y%m%d": r"(?P<y>\d{1,2})(?P<m>\d{2})(?P<d>\d{2})",
    "%Y%m": rf"{_Y}(?P<m>\d{{2}})",
    "%Y%m%d": rf"{_Y}(?P<m>\d{{2}})(?P<d>\d{{2}}){_PACKED_TIME}",
    CLOCK: rf"(?:{_CLOCK}|{_HOUR}){_ZONE}",
}
ORDERED = {
    sign: {
        f"%d{sign}%m{sign}%Y": rf"{_D}[{sign}]{_M}[{sign}]{_Y}{_TIME}",
        f"%m{sign}%d{sign}%Y": rf"{_M}[{sign}]{_D}[{sign}]{_Y}{_TIME}",
    }
    for sign in "./-"
}
ORDERED_SHORT = {
    sign: {
        f"%d{sign}%m{sign}%y": rf"{_D}[{sign}]{_M}[{sign}]{_YY}{_TIME}",
        f"%m{sign}%d{sign}%y": rf"{_M}[{sign}]{_D}[{sign}]{_YY}{_TIME}",
        f"%y{sign}%m{sign}%d": rf"{_YY}[{sign}]{_M}[{sign}]{_D}{_TIME}",
    }
    for sign in "./-"
}
DOTTED = {DOTTED_CLOCK: r"(?P<H>\d{1,2})\.(?P<M>\d{2})\.(?P<S>\d{2})"}
PATTERNS = {
    format: rf"(?i)^{_WEEKDAY}{pattern}$"
    for group in (PLAIN, *ORDERED.values(), *ORDERED_SHORT.values(), DOTTED)
    for format, pattern in group.items()
}
_QUICK = {ISO, "%Y/%m/%d", *(format for orders in ORDERED.values() for format in orders)}
OF_NUMBERS = (*COUNTED, PACKED_CLOCK)
LOOKED_AT = 50  # cells at the start of a column that must be of one format before all are looked at
FIRST_YEAR, LAST_YEAR = 1500, 2500
NO_YEARS = (1, 2999, 9999)  # which stand for a day that is not known, or does not come
NO_DAYS = (0.0, 10_101.0)  # numbers in place of days such as 20180131: none, and 00010101 without its zeros
# Microseconds: the years 1 to 9999, as Python has.
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
CENTURY = 1969  # the first year that two digits mean, as POSIX has it
FROM = " from "  # stands before another first year in a format

Whole = Callable[..., np.ndarray]
Letters = Callable[[str], "pl.Series"]


def moment_type() -> pl.Datetime:
    """The type of what `read` gives; a function, as Polars is loaded late."""
    return pl.Datetime("us")


def read(column: pl.Series, format: str) -> pl.Series:
    """Moments; or, where a cell is none, texts in which it stays and the others are as `ISO` and the time.

    Reading again changes nothing. A cell as `ISO` is read whatever the format, and where the column had a type any that
    needs no decision on day and month.
    """
    if column.dtype.is_temporal() and column.dtype != pl.Duration:
        return _from_type(column)
    cells = texts(column)
    found = _parsed_numbers(column, format) if format in OF_NUMBERS else parsed(cells, format or ISO)
    others = [ISO, CLOCK] if format == PACKED_CLOCK else [ISO] if format else PLAIN
    for other in others:
        if other != format and found.null_count() > cells.null_count():
            found = found.fill_null(parsed(cells, other))
    if found.null_count() > cells.null_count():
        return found.dt.strftime("%Y-%m-%d %H:%M:%S%.6f").fill_null(cells).alias(column.name)
    return found.alias(column.name)


def of_words(words: Sequence[str], format: str) -> pl.Series:
    """Moments that words for an empty cell say, null where a word says none."""
    cells = pl.Series(words, dtype=pl.String)
    found = _parsed_numbers(cells, format) if format in OF_NUMBERS else parsed(cells, format or ISO)
    return found.fill_null(parsed(cells, ISO))


def usual(format: str) -> str | None:
    """A format as `find` gives it, of one that a person has written, or None where it is not known.

    A time of day behind the date says nothing new, nor does the month's full name or what stands beside it.
    """
    if format in OF_NUMBERS or format in PATTERNS:
        return format
    day, start = split(format)
    if start != CENTURY:
        day = usual(day) or ""
        return f"{day}{FROM}{start}" if "%y" in day and 1500 <= start <= 2400 else None
    format = re.sub("^%G-?W%V(-?%u)?$", "%G-W%V", day)  # and the years of POSIX need no words
    codes = re.findall("%[A-Za-z]", format.replace("%B", "%b"))
    day = re.split(r"[T\s,_:-]*%[HI]", format)[0] or CLOCK
    if "%b" in codes:
        time = (
            ["%H:%M:%S"] if "%H" in codes and codes[-1] == "%Y" else []
        )  # as the clock stands in the middle
        parts = [code for code in codes if code in ("%d", "%b", "%y", "%Y")]
        day = " ".join([*parts[:-1], *time, parts[-1]])
    return day if day in PATTERNS else None


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
    if column.dtype == moment_type():
        return column
    places = np.arange(1, len(column) + 1) if places is None else places
    found = read(column, ISO)
    if found.dtype == moment_type():
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
    return parsed(cells, ISO).is_null() & cells.is_not_null()


def _from_type(column: pl.Series) -> pl.Series:
    """Dates, zoned moments and times of day of any unit as moments."""
    if column.dtype == pl.Time:
        return (column.cast(pl.Int64) // 1_000).cast(moment_type())
    if getattr(column.dtype, "time_zone", None):
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    ticks = column.cast(moment_type()).cast(pl.Int64)
    is_far = not len(ticks) or ticks.min() is None or (ticks.min() < _FIRST or ticks.max() > _LAST)  # type: ignore[operator]
    if column.dtype == moment_type() and not is_far:
        return column
    return (ticks.clip(_FIRST, _LAST) if is_far else ticks).cast(moment_type())


def are_packed_clocks(values: np.ndarray) -> np.ndarray:
    """Which numbers are hours and minutes, bool (rows,): whole ones up to 2400 that do not end in 60 to 99."""
    with np.errstate(invalid="ignore"):
        return (values >= 0) & (values <= 2400) & (values % 100 < 60) & (values == np.floor(values))


def _parsed_numbers(column: pl.Series, format: str) -> pl.Series:
    """Moments of numbers; null where there is no number, a huge one, or none of the clock."""
    values = parse_numbers(column).fill_null(float("nan")).to_numpy()
    if format == PACKED_CLOCK:
        is_one = are_packed_clocks(values)
        values = np.where(is_one, values, 0)
        values = (values // 100 * 60 + values % 100) % 1440 * 60_000_000
    else:
        size, zero = COUNTED[format]
        values = (values - zero) * size
        is_one = np.abs(values) < 2e16
    ticks = np.where(is_one, np.rint(np.where(is_one, values, 0)), 0).astype(np.int64)
    return pl.Series(column.name, ticks).cast(moment_type()).set(pl.Series(~is_one), None)


def split(format: str) -> tuple[str, int]:
    """The format without words for a century, and the first year that two digits mean."""
    day, _, start = format.partition(FROM)
    return (day, int(start)) if re.fullmatch(r"\d{4}", start) else (format, CENTURY)


def parsed(cells: pl.Series, format: str) -> pl.Series:
    """Moments of texts; null where a text is not of the format, or is no day of the calendar."""
    format, century = split(format)
    if format in _QUICK:  # enough for most columns
        for rest in ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S"):
            if len(cells) and bool(
                cells.head(LOOKED_AT).str.len_chars().max() == len(_filled(format + rest))
            ):
                kind = pl.Date if not rest else moment_type()
                quick = cells.str.strptime(kind, format + rest, strict=False).cast(moment_type())
                if quick.null_count() == cells.null_count() and _are_plausible(quick):
                    return quick
    parts = cells.str.extract_groups(PATTERNS[format])
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
    if "H2" in names and key == "H":
        is_one = is_one | parts.struct.field("H2").is_not_null().to_numpy()
    days, are_days = _days(whole, letters("b"), key, century)
    if "V" in names:
        days, are_days = _days_of_week(whole)
    ticks, are_times = _ticks_of_day(whole, letters, has_day=key != "H")
    total = days * 86_400_000_000 + ticks
    named = parts.struct.field("z").fill_null("") if "z" in names else _nothing(len(cells))
    if bool((named != "").any()):
        zone, is_there = zones.ahead(named, total)
        total, are_times = total - zone, are_times & is_there
    if key == "H":  # a zone moves no time of day to another day
        total %= 86_400_000_000
    is_one &= are_days & are_times
    return pl.Series(cells.name, np.where(is_one, total, 0)).cast(moment_type()).set(pl.Series(~is_one), None)


def _days(whole: Whole, names: pl.Series, key: str, century: int) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970, and whether the calendar has them."""
    if key == "H":
        return whole("d"), np.ones(len(names), bool)
    year = whole("Y", 1970) if key == "Y" else whole("y")
    if key == "y":
        year = century + (year - century) % 100
    quarter, named = whole("q"), months.numbers(names).to_numpy()
    month = np.where(named > 0, named, np.where(quarter > 0, 3 * quarter - 2, whole("m", 1)))
    day = whole("d", 1)
    is_day = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    is_day &= ((year >= FIRST_YEAR) & (year <= LAST_YEAR)) | np.isin(year, NO_YEARS)
    first = (np.where(is_day, (year - 1970) * 12 + month - 1, 0)).astype("M8[M]")
    days = first.astype("M8[D]") + np.where(is_day, day - 1, 0)
    is_day &= days.astype("M8[M]") == first
    return days.astype(np.int64), is_day


def _days_of_week(whole: Whole) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970 of weeks by ISO 8601, the first of which holds January 4, and whether the year has the week."""
    year, week = whole("Y", 1970), whole("V", 1)
    is_week = (week >= 1) & (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    starts = []
    for each in (year, year + 1):
        fourth = (np.where(is_week, each - 1970, 0)).astype("M8[Y]").astype("M8[D]").astype(np.int64) + 3
        starts.append(fourth - (fourth + 3) % 7)  # 1970 began on a Thursday
    monday = starts[0] + 7 * (week - 1)
    return monday + whole("u", 1) - 1, is_week & (monday < starts[1])


def _ticks_of_day(whole: Whole, letters: Letters, has_day: bool) -> tuple[np.ndarray, np.ndarray]:
    """Microseconds since midnight, and whether a day has them; 24:00 is the end of a day that is named."""
    half = letters("p") + letters("p2")
    hour = whole("H") + whole("H2") + whole("H3") + whole("H4") + whole("H5")
    minute, second = whole("M") + whole("M4") + whole("M5"), whole("S") + whole("S4")
    is_half, is_later = (half != "").to_numpy(), (half == "p").to_numpy()
    is_time = np.where(is_half, (hour >= 1) & (hour <= 12), hour <= 23) & (minute <= 59) & (second <= 60)
    if has_day:
        is_time |= (hour == 24) & (minute == 0) & (second == 0) & ~is_half
    hour = np.where(is_half, hour % 12 + 12 * is_later, hour)
    digits = (
        (letters("f") + letters("f4"))
        .str.pad_end(6, "0")
        .str.slice(0, 6)
        .cast(pl.Int64, strict=False)
        .fill_null(0)
        .to_numpy()
    )
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + digits, is_time


def _are_plausible(found: pl.Series) -> bool:
    years = found.dt.year().drop_nulls()
    return bool((years.is_between(FIRST_YEAR, LAST_YEAR) | years.is_in(list(NO_YEARS))).all())


@functools.cache
def matcher(format: str) -> Callable[[str], object]:
    """Whether a text is of the format; for a few cells far quicker than Polars, which reads the pattern each time."""
    return re.compile(PATTERNS[format]).match


@functools.cache
def _filled(format: str) -> str:
    """A text of the length that cells of the format have."""
    return format.replace("%Y", "0000").replace("%", "0")


def _nothing(rows: int) -> pl.Series:
    return pl.Series([""] * rows, dtype=pl.String)
