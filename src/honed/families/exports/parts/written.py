"""Numbers as people write them, ``$1,250.00``, ``81.3 kg``, ``2h 50m``, ``735-739``; see `honed.table.quantities`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from honed.families.exports.parts.cells import (
    NUMBER,
    emptied,
    is_missing_word,
    is_nan_word,
    number_of,
    refused,
    text_of,
)
from honed.families.exports.parts.names import Beside, Cell

SIGNS = r"US\$|R\$|C\$|A\$|HK\$|[$€£¥₹₽₩₺₪฿]|Rs\.?|kr\.?|zł"
CURRENCIES = r"USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|BRL|MXN|ZAR|NZD|RUB|TRY|HKD|SGD|KRW"
DIGITS = (
    r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d{1,3}(?:['’]\d{3})+(?:[.,]\d+)?"
    r"|\d[\d.,]*(?:[eE][+-]?\d+\b)?|[.,]\d+"
)
WRITTEN = re.compile(
    rf"^(\()?\s*([+\-−–])?\s*({SIGNS}|{CURRENCIES})?\s*([+\-−–])?\s*({DIGITS})\s*([^\d\s.,()][^()]*?)?\s*(\))?$"
)
RANGE = re.compile(r"^((?:\S.*?)?\d[^\s\-–—]*)\s*(?:[-–—]|\bto\b)\s*([^\-–—]*\d.*)$")
CODE = re.compile(r"^[+-]?(0\d|\d{16,}$)")
BOUND = re.compile(r"^(?:(?:[<>≤≥~≈]|&[lg]t;)=?|(?:ca\.?|circa|approx\.?|about|over|under)\s)\s*")
SCALES = {
    "": 1.0, "k": 1e3, "K": 1e3, "thousand": 1e3, "lakh": 1e5, "M": 1e6, "mn": 1e6, "million": 1e6, "cr": 1e7,
    "crore": 1e7, "B": 1e9, "bn": 1e9, "billion": 1e9,
}  # fmt: skip
SCALE = re.compile(rf"({'|'.join(word for word in SCALES if word)})(?![^\W\d_])\s*", re.IGNORECASE)
UNIT = re.compile(r"(?:[^\W\d_]|[%‰°/·²³$€£¥₹₽₩₺₪ .^*])+")
POWER = re.compile(r"(?:m|ft|in|yd|cm|km|CO)\^?[23]$")
NO_UNIT = re.compile(
    r"(?:st|nd|rd|th|am|pm|a\.m\.|p\.m\.|x|of|and|or|to|vs)\b|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)\b|"
    r"(?:january|february|march|april|june|july|august|september|october|november|december|"
    r"mon|tue|wed|thu|fri|sat|sun)(?:day)?\b",
    re.IGNORECASE,
)
MARKED = (  # marks of thousands and of decimals
    r"^\s*[+-]?((\d+|[1-9]\d{0,2}(%s\d{3})+|[1-9]\d?(%s\d{2})+%s\d{3})(%s\d+)?|%s\d+)([eE][+-]?\d+)?\s*$"
)
WAYS = {
    "comma": re.compile(MARKED % (r"\.", r"\.", r"\.", ",", ",")),
    "point": re.compile(MARKED % (",", ",", ",", r"\.", r"\.")),
}
OTHER = {"comma": "point", "point": "comma"}
SECONDS = {"days": 86400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0}
DURATION = re.compile(
    "^"
    + "".join(
        rf"(?:(\d+(?:\.\d+)?)\s*(?:{words})(?:[\s,]+and\s+|[\s,]*))?"
        for words in ("d|days?", "h|hrs?|hours?", "m|mins?|minutes?", "s|secs?|seconds?")
    )
    + "$"
)
ISO_SPAN = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$")
CLOCK_SPAN = re.compile(r"^(-)?(\d{1,4}):([0-5]\d)(?::([0-5]\d))?(\.\d+)?$")
SPAN = re.compile(r"^(-)?(\d+) days?,? \+?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)$")


@dataclass(frozen=True)
class Written:
    """A column of numbers as people write them.

    Attributes
    ----------
    unit : what the numbers are in; a cell may leave it out, and no other is read.
    shape : "number"; "range", read as its middle; "duration", read in `unit`; "bound": some are such as ``<500``,
        or ranges, read as their middle.
    decimal : what separates decimals, "point" or "comma".
    is_grouped : whether training had marks between thousands.
    missing : words that mean an empty cell, beside the usual ones.
    """

    unit: str = ""
    shape: str = "number"
    decimal: str = "point"
    is_grouped: bool = False
    missing: tuple[str, ...] = ()

    def read(self, cells: Sequence[Cell], name: str, beside: Beside | None = None) -> np.ndarray:
        """Numbers float64, NaN for an empty cell; columns `beside` it tell where marks can be read in two ways."""
        texts = emptied(cells, self.missing)
        texts = [None if text is None or is_missing_word(text) else text for text in texts]
        is_plain = all(text is None or NUMBER.fullmatch(text) for text in texts)
        if is_plain and ((self.decimal == "point" and self.unit != "%") or not any_texts(cells)):
            return np.array([np.nan if text is None else float(text) for text in texts])
        if self.shape == "bound":
            texts = [None if text is None else BOUND.sub("", text) for text in texts]
        pieces = [None if text is None else pieces_of(text) for text in texts]
        known = ("", "s" if self.unit == "decades" else same_unit(self.unit))
        pieces = [piece if piece and piece[1] in known else None for piece in pieces]
        way = self.way([piece[0] for piece in pieces if piece], beside or {})
        values = np.full(len(cells), np.nan)
        for row, (text, piece) in enumerate(zip(texts, pieces, strict=True)):
            if text is None:
                continue
            value = None
            if piece:
                value = number_in(piece[0], way)
                value = number_in(piece[0], OTHER[way]) if value is None else value
                value = None if value is None else value * piece[2]
            if value is None and self.shape == "duration":
                value = seconds_in(text)
                value = None if value is None else value / SECONDS.get(self.unit, 1.0)
            if value is None and self.shape in ("range", "bound"):
                value = self.middle(text)
            if value is None:
                raise refused(name, row, cells[row], "is not a number as this column has them")
            if np.isinf(value):
                raise refused(name, row, cells[row], "is infinite")
            values[row] = value
        return values

    def way(self, cores: Sequence[str], beside: Beside) -> str:
        """What separates the decimals of cells that can be read in two ways: as the cells beside them are meant."""
        own, other = self.decimal, OTHER[self.decimal]
        fits = [(core, is_written(core, own), is_written(core, other)) for core in cores]
        doubtful = [
            core for core, is_own, is_other in fits if is_own and is_other and re.search("[.,]", core)
        ]
        if not doubtful:
            return own
        has_own = any(is_own and not is_other for _, is_own, is_other in fits)
        has_other = any(is_other and not is_own for _, is_own, is_other in fits)
        if has_own or has_other:
            return own if has_own else other
        told = decimal_of(beside)
        if told == other:
            return other
        strange = any(("," if own == "point" else ".") in core for core in doubtful)
        if told == own or not strange or own == "point" or self.is_grouped:
            return own
        return other

    def middle(self, text: str) -> float | None:
        """The middle of a range, a single number as it is; None of pairs among numbers that may be no ranges."""
        ends = RANGE.match(text)
        known = ("", same_unit(self.unit))
        pieces = [pieces_of(end) for end in (ends.groups() if ends else (text,))]
        values = []
        for piece in pieces:
            value = number_in(piece[0], self.decimal) if piece and piece[1] in known else None
            if piece is None or value is None:
                return None
            values.append(value * piece[2])
        if len(values) == 2:
            (_, _, factor), (_, _, scale) = pieces  # type: ignore[misc]
            if factor == 1.0 and scale > 1.0 and values[0] < values[1] / scale:  # as in 10-20k
                values[0] *= scale
            is_code = any(piece and CODE.match(piece[0]) for piece in pieces)
            if self.shape == "bound" and (is_code or not 0 <= values[0] < values[1]):
                return None
        return sum(values) / len(values)


def any_texts(cells: Sequence[Cell]) -> bool:
    """Whether some cells are texts, and not all numbers."""
    return any(isinstance(cell, str) for cell in cells)


def pieces_of(text: str) -> tuple[str, str, float] | None:
    """Digits with their marks, the unit, and what a scale and a sign multiply by; None for no number."""
    found = WRITTEN.match(text)
    if not found or bool(found[1]) != bool(found[7]):
        return None
    meant = unit_of(found[3] or "", found[6] or "")
    if meant is None:
        return None
    is_negative = found[1] or any(sign and sign in "-−–" for sign in (found[2], found[4]))
    core = re.sub(r"[ \u00a0\u202f'’]", "", found[5])
    return core, same_unit(meant[0]), -meant[1] if is_negative else meant[1]


def unit_of(before: str, after: str) -> tuple[str, float] | None:
    """The unit that stands around a number, and what its scale multiplies by; None for words that are no unit."""
    word = after.strip().removeprefix("+").strip()
    scale, factor = SCALE.match(word), 1.0
    if scale and not (scale[1] in ("m", "b") or (scale[1] == "B" and not before)):
        factor, word = SCALES.get(scale[1], SCALES.get(scale[1].lower(), 1.0)), word[scale.end() :]
    word = word.removeprefix("+").strip()
    if word:
        letters = word[:-1] if POWER.search(word) else word
        if not UNIT.fullmatch(letters) or NO_UNIT.match(word) or len(word) > 20 or len(word.split()) > 3:
            return None
    return f"{before.strip()} {word}".strip(), factor


def same_unit(unit: str) -> str:
    """One spelling for ``year`` and ``Years``; short units tell by their letters' case (mW, MW)."""
    unit = unit.rstrip(".")
    if len(unit) > 3 and unit.isalpha():
        return unit.lower().removesuffix("s")
    return "kg" if unit in ("Kg", "KG") else unit


def is_written(core: str, decimal: str) -> bool:
    """Whether digits with marks are a number in that way of writing."""
    of_thousands = "." if decimal == "comma" else ","
    if of_thousands in core and re.search(r"[.,]\d*[eE]", core):
        return False
    return WAYS[decimal].match(core) is not None


def number_in(core: str, decimal: str) -> float | None:
    """The number of digits with marks, None where they are none in that way of writing."""
    if not is_written(core, decimal):
        return None
    plain = core.replace(",", "") if decimal == "point" else core.replace(".", "").replace(",", ".")
    return number_of(plain.strip())


def seconds_in(text: str) -> float | None:
    """Seconds of a duration."""
    for way in (DURATION, ISO_SPAN):
        found = way.match(text)
        if found and any(found.groups()):
            return sum(
                float(part or 0) * size for part, size in zip(found.groups(), SECONDS.values(), strict=True)
            )
    if clock := CLOCK_SPAN.match(text):  # of two numbers the first are minutes
        first, second = float(clock[2]), float(clock[3])
        total = (
            first * 60.0 + second if clock[4] is None else first * 3600.0 + second * 60.0 + float(clock[4])
        )
        return (-1.0 if clock[1] else 1.0) * (total + float("0" + (clock[5] or "")))
    span = SPAN.match(text)
    if not span:
        return None
    days, hours, minutes, rest = (float(span[place]) for place in range(2, 6))
    return (-1.0 if span[1] else 1.0) * days * 86400.0 + hours * 3600.0 + minutes * 60.0 + rest


def decimal_of(table: Beside) -> str | None:
    """What separates decimals by the columns that can be read in one way alone; None where they do not agree."""
    sure = set()
    for cells in table.values():
        if not any_texts(cells):
            continue
        texts = [text_of(cell) for cell in cells]
        texts = [text for text in texts if text is not None and not is_missing_word(text)]
        if all(NUMBER.fullmatch(text) or is_nan_word(text) for text in texts):
            cores = texts
        else:
            pieces = [pieces_of(text) for text in texts]
            cores = [piece[0] for piece in pieces if piece]
            if len(cores) < len(texts):
                continue
        if any(re.search("[.,]", core) for core in cores):
            ways = [way for way in WAYS if all(is_written(core, way) for core in cores)]
            sure |= {ways[0]} if len(ways) == 1 else set()
    return sure.pop() if len(sure) == 1 else None
