"""Dates and times of day: cells to moments, and moments to numbers; see `honed.table.formats` and `calendar`."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from honed.families.exports.parts.cells import emptied, is_missing_word, number_of, refused
from honed.families.exports.parts.names import Beside, Cell

DAY = 86_400_000_000  # microseconds
ROUNDS = {
    "month": 12,
    "day": 365.25,
    "weekday": 7,
    "hour": 24,
    "minute": 60,
}  # what returns, and after how much
ZONES = {  # hours ahead of UTC
    "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0,
    "akst": -9.0, "akdt": -8.0, "hst": -10.0, "wet": 0.0, "west": 1.0, "bst": 1.0, "cet": 1.0, "mez": 1.0, "cest": 2.0,
    "mesz": 2.0, "eet": 2.0, "eest": 3.0, "msk": 3.0, "jst": 9.0, "kst": 9.0, "aest": 10.0, "aedt": 11.0, "acst": 9.5,
    "nzst": 12.0, "nzdt": 13.0, "sast": 2.0, "hkt": 8.0, "sgt": 8.0, "z": 0.0, "utc": 0.0, "gmt": 0.0,
}  # fmt: skip
MONTHS = (
    "jan january januar jänner janvier janv enero ene",
    "feb february februar février fevrier févr fevr fév febrero",
    "mar march märz maerz mär mrz mars marzo",
    "apr april avril avr abril abr",
    "may mai mayo",
    "jun june juni juin junio",
    "jul july juli juillet juil julio",
    "aug august août aout agosto ago",
    "sep sept september septembre septiembre setiembre",
    "oct october oktober okt octobre octubre",
    "nov november novembre noviembre",
    "dec december dezember dez décembre decembre déc diciembre dic",
)
MONTH = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split()}
WEEKDAYS = (
    "(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?",
    "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|mo|di|mi|do|fr|sa|so",
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mar|mer|jeu|ven|sam|dim",
    "lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo|mi[ée]|jue|vie|s[áa]b|dom",
)
ISO = "%Y-%m-%d"
CLOCK = "%H:%M"
DOTTED_CLOCK = "%H.%M.%S"
PACKED_CLOCK = "%H%M"  # 517 is 5:17, and 2400 midnight as 0 is
UNSURE = "%[dmy][./-]%[dm][./-]|%H[.]%M[.]%S"  # formats that only a whole column tells
COUNTED = {  # microseconds of what is counted, and how many of it were before 1970
    "seconds since 1970": (1_000_000, 0),
    "milliseconds since 1970": (1_000, 0),
    "microseconds since 1970": (1, 0),
    "nanoseconds since 1970": (0.001, 0),
    "days since 1899-12-30": (DAY, 25_569),
}


def longest(words: Iterable[str]) -> str:
    """A regular expression for any of some words."""
    return "|".join(sorted(words, key=len, reverse=True))


def patterns() -> dict[str, str]:
    """What texts of each format look like, as a regular expression whose groups are named after the parts."""
    y, yy, m, d = r"(?P<Y>\d{4})", r"(?P<y>\d{2})", r"(?P<m>\d{1,2})", r"(?P<d>\d{1,2})"
    name, nth, gap = rf"(?P<b>{longest(MONTH)})\.?", r"(?:st|nd|rd|th|er)?", r"(?:[-\s./,']{0,3}|\s+del?\s+)"
    seconds = r"(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    clock = rf"(?P<H>\d{{1,2}}):(?P<M>\d{{2}}){seconds}(?:\s?(?P<p>[ap])\.?m\.?)?"
    hour = r"(?P<H2>\d{1,2})\s?(?P<p2>[ap])\.?m\.?"
    dotted = r"(?P<H5>\d{1,2})h(?P<M5>\d{2})|(?P<H4>\d{2})\.(?P<M4>\d{2})(?:\.(?P<S4>\d{2})(?:\.(?P<f4>\d{1,9}))?)?"
    named = longest(zone for zone in ZONES if zone not in ("z", "utc", "gmt"))
    continents = "Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc|US"
    places = rf"(?:{continents})/[A-Za-z_]+(?:[/+-][A-Za-z_\d]+)*"
    offset = r"(?:UTC|GMT)?[+-]\d{2}(?::?\d{2})?"
    zone = rf"(?:\s?(?P<z>Z|UTC|GMT|{offset}|{named}|{places})(?:\[[\w/]+\])?)?"
    time = rf"(?:(?:(?:T|[\s,:_-]\s?|,\s|,?\s+at\s+)(?:{clock}|{hour}|{dotted})|[T\s](?P<H3>\d{{2}})){zone})?"
    packed = rf"(?:[T ]?(?P<H>\d{{2}}):?(?P<M>\d{{2}}){seconds.replace(':(?P<S>', ':?(?P<S>')}{zone})?"
    found = {
        ISO: f"{y}-{m}-{d}{time}",
        "%Y/%m/%d": f"{y}/{m}/{d}{time}",
        "%Y.%m.%d": rf"{y}\.(?P<m>\d{{2}})\.(?P<d>\d{{2}}){time}",
        "%d %b %Y": f"{d}{nth}{gap}{name}{gap}{y}{time}",
        "%d %b %y": f"{d}{nth}{gap}{name}{gap}{yy}{time}",
        "%b %d %Y": rf"{name}{gap}{d}{nth}[-\s./,]{{1,3}}{y}{time}",
        "%Y %b %d": f"{y}{gap}{name}{gap}{d}{nth}{time}",
        "%b %d %H:%M:%S %Y": rf"{name}\s+{d}\s+{clock}{zone}\s+{y}",
        "%b %Y": f"{name}{gap}{y}",
        "%b %y": rf"{name}[-\s/']{{1,2}}{yy}",
        "%m/%y": f"{m}/{yy}",
        "%Y %b": f"{y}{gap}{name}",
        "%Y-%m": rf"{y}-(?P<m>\d{{2}})",
        "%Y/%m": f"{y}/{m}",
        "%G-W%V": rf"{y}-?W(?P<V>\d{{2}})(?:-?(?P<u>[1-7]))?",
        "%m/%Y": f"{m}/{y}",
        "%Y Q%q": rf"{y}[-\s]?Q(?P<q>[1-4])",
        "Q%q %Y": rf"Q(?P<q>[1-4])[-\s/]?{y}",
        "%Y": y,
        "%y%m%d": r"(?P<y>\d{1,2})(?P<m>\d{2})(?P<d>\d{2})",
        "%Y%m": rf"{y}(?P<m>\d{{2}})",
        "%Y%m%d": rf"{y}(?P<m>\d{{2}})(?P<d>\d{{2}}){packed}",
        CLOCK: f"(?:{clock}|{hour}){zone}",
    }
    for sign in "./-":
        found[f"%d{sign}%m{sign}%Y"] = f"{d}[{sign}]{m}[{sign}]{y}{time}"
        found[f"%m{sign}%d{sign}%Y"] = f"{m}[{sign}]{d}[{sign}]{y}{time}"
        found[f"%d{sign}%m{sign}%y"] = f"{d}[{sign}]{m}[{sign}]{yy}{time}"
        found[f"%m{sign}%d{sign}%y"] = f"{m}[{sign}]{d}[{sign}]{yy}{time}"
        found[f"%y{sign}%m{sign}%d"] = f"{yy}[{sign}]{m}[{sign}]{d}{time}"
    found[DOTTED_CLOCK] = r"(?P<H>\d{1,2})\.(?P<M>\d{2})\.(?P<S>\d{2})"
    weekday = rf"(?:(?:{'|'.join(WEEKDAYS)})[.,]?\s+)?"
    return {format: rf"(?i)^{weekday}{pattern}$" for format, pattern in found.items()}


@dataclass(frozen=True)
class Moment:
    """A column of dates or times of day, a time of day being a moment on the first day of 1970.

    Attributes
    ----------
    format : how cells are written, as `strptime` has it; "" where training had dates as such. One such as 2024-01-31 is
        read in any column.
    century : the first year that two digits mean.
    missing : words that mean an empty cell, beside the usual ones.
    """

    format: str = ""
    century: int = 1969
    missing: tuple[str, ...] = ()

    def read(self, cells: Sequence[Cell], name: str, beside: Beside | None = None) -> np.ndarray:
        """Moments datetime64 in microseconds, in UTC where the cells name a zone; NaT for an empty cell."""
        found = np.full(len(cells), "NaT", "M8[us]")
        known = patterns()
        others = [ISO] if self.format else [each for each in known if not re.match(UNSURE, each)]
        others += [CLOCK] if self.format == PACKED_CLOCK else []
        looks = [re.compile(known[each]) for each in dict.fromkeys([self.format, *others]) if each in known]
        never = {ticks for word in self.missing if (ticks := self.ticks(word, looks)) is not None}
        for row, text in enumerate(emptied(cells, self.missing)):
            ticks = ticks_of(cells[row])
            if text is None or (ticks is None and is_missing_word(text)):
                continue
            ticks = self.ticks(text, looks) if ticks is None else ticks
            if ticks is None:
                raise refused(name, row, cells[row], "is no date or time as this column has them")
            if ticks not in never:
                found[row] = np.datetime64(ticks, "us")
        return found

    def ticks(self, text: str, looks: Sequence[re.Pattern[str]]) -> int | None:
        """Microseconds since 1970, None for what is no moment."""
        value = number_of(text) if self.format in (*COUNTED, PACKED_CLOCK) else None
        if value is not None and self.format == PACKED_CLOCK:
            is_one = 0 <= value <= 2400 and value % 100 < 60 and value == int(value)
            return int(value // 100 * 60 + value % 100) % 1440 * 60_000_000 if is_one else None
        if value is not None:
            size, before = COUNTED[self.format]
            return round((value - before) * size) if abs((value - before) * size) < 2e16 else None
        for look in looks:
            parts = look.match(text)
            ticks = None if parts is None else ticks_in(parts.groupdict(""), self.century)
            if ticks is not None:
                return ticks
        return None


def ticks_of(cell: Cell) -> int | None:
    """Microseconds since 1970 of a cell with a type of its own, None for texts and numbers."""
    if isinstance(cell, np.datetime64):
        return int(cell.astype("M8[us]").astype(np.int64))
    if isinstance(cell, datetime.datetime):
        if cell.tzinfo is not None:
            cell = cell.astimezone(datetime.UTC).replace(tzinfo=None)
        return (cell - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1)
    if isinstance(cell, datetime.date):
        return (cell - datetime.date(1970, 1, 1)).days * DAY
    if isinstance(cell, datetime.time):
        return ((cell.hour * 60 + cell.minute) * 60 + cell.second) * 1_000_000 + cell.microsecond
    return None


def ticks_in(parts: dict[str, str], century: int) -> int | None:
    """Microseconds since 1970 of the parts of a text, None where the calendar or the clock has no such moment."""
    has_day = "Y" in parts or "y" in parts
    day = day_in(parts, century) if has_day else 0
    time = time_in(parts, has_day)
    if day is None or time is None:
        return None
    total = day * DAY + time
    zone = parts.get("z", "").lower()
    if zone:
        ahead = ahead_of(zone, total)
        if ahead is None:
            return None
        total -= ahead
    return total if has_day else total % DAY


def day_in(parts: dict[str, str], century: int) -> int | None:
    """Days since 1970."""
    year = int(parts["Y"]) if parts.get("Y") else century + (int(parts["y"]) - century) % 100
    month = MONTH.get(parts.get("b", "").lower(), 0)
    if not month:
        month = 3 * int(parts["q"]) - 2 if parts.get("q") else int(parts.get("m") or 1)
    is_year = 1500 <= year <= 2500
    try:
        if "V" in parts:
            if not is_year:
                return None
            found = datetime.date.fromisocalendar(year, int(parts["V"]), int(parts["u"] or 1))
        else:
            found = datetime.date(year, month, int(parts.get("d") or 1))
    except ValueError:
        return None
    is_never = year in (1, 2999, 9999)  # which stand for a day that is not known
    return (found - datetime.date(1970, 1, 1)).days if is_year or is_never else None


def time_in(parts: dict[str, str], has_day: bool) -> int | None:
    """Microseconds since midnight; 24:00 is the end of a day."""
    half = (parts.get("p", "") + parts.get("p2", "")).lower()
    hour = sum(int(parts.get(name) or 0) for name in ("H", "H2", "H3", "H4", "H5"))
    minute = sum(int(parts.get(name) or 0) for name in ("M", "M4", "M5"))
    second = sum(int(parts.get(name) or 0) for name in ("S", "S4"))
    is_time = (1 <= hour <= 12 if half else hour <= 23) and minute <= 59 and second <= 60
    if not is_time and not (has_day and not half and (hour, minute, second) == (24, 0, 0)):
        return None
    if half:
        hour = hour % 12 + 12 * (half == "p")
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + int(
        (parts.get("f", "") + parts.get("f4", ""))[:6].ljust(6, "0")
    )


def ahead_of(zone: str, ticks: int) -> int | None:
    """Microseconds that a zone is ahead of UTC when its clocks show that time; None where they never do."""
    offset = re.search(r"([+-])(\d{2}):?(\d{2})?$", zone)
    if offset and "/" not in zone:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return (-minutes if offset[1] == "-" else minutes) * 60_000_000
    if zone in ZONES:
        return int(ZONES[zone] * 60) * 60_000_000
    names = {name.lower(): name for name in zoneinfo.available_timezones()}
    if zone not in names:
        return None
    place, shown = zoneinfo.ZoneInfo(names[zone]), datetime.datetime(1970, 1, 1)
    shown += datetime.timedelta(microseconds=ticks)
    there = shown.replace(tzinfo=place)
    back = there.astimezone(datetime.UTC).astimezone(place).replace(tzinfo=None)
    ahead = there.utcoffset()
    return None if back != shown or ahead is None else ahead // datetime.timedelta(microseconds=1)


@dataclass(frozen=True)
class Date:
    """What a network gets of a column of moments.

    Attributes
    ----------
    parts : of the calendar and the clock, each with center and factor.
    low, high : the first and last moment of training.
    is_held : whether the time since the first and the year stay within these.
    """

    parts: dict[str, tuple[float, float]]
    low: str
    high: str
    is_held: bool = False

    def plain(self, moments: np.ndarray) -> list[np.ndarray]:
        """Each part as a number, NaN for an empty cell."""
        low, high = (np.datetime64(end, "us") for end in (self.low, self.high))
        held = np.clip(moments, low, high) if self.is_held else moments
        zero = int(low.astype(np.int64))
        return [part_of(held if part in ("elapsed", "year") else moments, part, zero) for part in self.parts]

    def turned(self, moments: np.ndarray) -> list[np.ndarray]:
        """Sine and cosine of each part that returns, 0 for an empty cell."""
        found = []
        for part in self.parts:
            if part in ROUNDS:
                angle = 2 * np.pi * part_of(moments, part) / ROUNDS[part]
                found += [np.nan_to_num(np.round(turn(angle), 7), nan=0.0) for turn in (np.sin, np.cos)]
        return found


def part_of(moments: np.ndarray, part: str, zero: int = 0) -> np.ndarray:
    """One part of moments as float64, NaN for an empty cell.

    "elapsed" is in days since `zero`, the hour has fractions, months, days of the year and weekdays count from 0.
    """
    ticks = moments.astype(np.int64)
    days, months, years = (moments.astype(f"M8[{unit}]") for unit in "DMY")
    if part == "elapsed":
        values = (ticks - zero) / DAY
    elif part == "hour":
        values = (ticks % DAY) * (1 / (DAY / 24))
    elif part == "minute":
        values = ticks // 60_000_000 % 60
    elif part == "weekday":
        values = (days.astype(np.int64) + 3) % 7  # 1970 began on a Thursday
    elif part == "day":
        values = (days - years.astype("M8[D]")).astype(np.int64)
    elif part == "month":
        values = months.astype(np.int64) % 12
    else:
        values = years.astype(np.int64) + 1970
    return np.where(np.isnat(moments), np.nan, values.astype(np.float64))


@dataclass(frozen=True)
class Difference:
    """The difference of two columns of moments in days, x, which becomes (x - center) * factor.

    Attributes
    ----------
    low : of two times of day, from where on differences are told, so that one over midnight is as long as any other;
        None where they are as they are.
    """

    center: float
    factor: float
    low: float | None = None

    def between(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Days between moments, NaN where one of both is missing."""
        days = (microseconds(one) - microseconds(other)) / DAY
        return days if self.low is None else days - np.floor(days - self.low)


def microseconds(moments: np.ndarray) -> np.ndarray:
    """Microseconds since 1970 as float64, NaN for an empty cell."""
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64).astype(np.float64))
