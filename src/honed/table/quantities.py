"""Numbers as people write them, ``$1,250.00``, ``81.3 kg``, ``2h 50m``, ``735-739``: found in a column, and read.

A column is looked at as a whole. It holds quantities where every cell, words for missing aside, is a number in one way
of writing with one unit; a few cells may leave the unit out. `marks` decides what separates decimals, by the evidence
of the whole file. Read `find` first, then `values`, which reads a later table the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, partial
from typing import Literal, NamedTuple

import numpy as np

from honed.figures import counted
from honed.lazily import pl
from honed.table import durations, marks
from honed.table.cells import brief, can_be_numbers, counts, is_nan_word, texts, words_of_name
from honed.table.marks import Style
from honed.table.missing import without_missing

Shape = Literal["number", "range", "duration", "bound"]

_SIGNS = r"US\$|R\$|C\$|A\$|HK\$|[$€£¥₹₽₩₺₪฿]|Rs\.?|kr\.?|zł"
_CODES = r"USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|BRL|MXN|ZAR|NZD|RUB|TRY|HKD|SGD|KRW"
_CORE = (
    r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d{1,3}(?:['’]\d{3})+(?:[.,]\d+)?"
    r"|\d[\d.,]*(?:[eE][+-]?\d+\b)?|[.,]\d+"
)
_CELL = (
    rf"^(\()?\s*([+\-−–])?\s*({_SIGNS}|{_CODES})?\s*([+\-−–])?\s*({_CORE})\s*([^\d\s.,()][^()]*?)?\s*(\))?$"
)
_RANGE = r"^((?:\S.*?)?\d[^\s\-–—]*)\s*(?:[-–—]|\bto\b)\s*([^\-–—]*\d.*)$"
# fmt: off
_SCALES = {
    "": 1.0, "k": 1e3, "K": 1e3, "thousand": 1e3, "lakh": 1e5, "M": 1e6, "mn": 1e6, "million": 1e6, "cr": 1e7,
    "crore": 1e7, "B": 1e9, "bn": 1e9, "billion": 1e9,
}
# fmt: on
_SCALE = re.compile(rf"({'|'.join(word for word in _SCALES if word)})(?![^\W\d_])\s*", re.IGNORECASE)
_UNIT = re.compile(r"(?:[^\W\d_]|[%‰°/·²³$€£¥₹₽₩₺₪ .^*])+")
_POWER = re.compile(r"(?:m|ft|in|yd|cm|km|CO)\^?[23]$")  # the units that end in a digit
_NO_UNIT = re.compile(
    r"(?:st|nd|rd|th|am|pm|a\.m\.|p\.m\.|x|of|and|or|to|vs)\b|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)\b|"
    r"(?:january|february|march|april|june|july|august|september|october|november|december|"
    r"mon|tue|wed|thu|fri|sat|sun)(?:day)?\b",
    re.IGNORECASE,
)
_KNOWN_UNIT = rf"^(?:[%‰]|{_SIGNS}|{_CODES})$"
_DECADE = r"^(?:1[5-9]|20)\d0s$"  # no seconds
_MOST_UNITS = 200  # different words around the numbers: spellings, scales and plus signs
_LEAST_WITH_UNIT = 0.9  # of the cells that are not 0
_CODE = r"^[+-]?(0\d|\d{16,}$)"  # whole numbers with leading zeros, or too long for float64
_BOUND = r"^(?:(?:[<>≤≥~≈]|&[lg]t;)=?|(?:ca\.?|circa|approx\.?|about|over|under)\s)\s*"
# Share of cells that are bounds, and cells that are none: else they are classes.
_MOST_BOUNDS, _LEAST_KNOWN = 0.2, 20
# Of ranges beside numbers: so many are at most such a part of the numbers' spread; others are numbers of things.
_LEAST_NARROW, _MOST_WIDTH = 0.9, 0.25
_NAME_OF_NUMBERED = re.compile(
    r"(?:^|(?<!per) )(?:id|uuid|guid|index|rowid|pid|no|nr|num|number|sku|page|room|address|code)(?: ?\d)?$"
)
_SAMPLE = 1000
_LEAST_RANGES = 3
_YEARS = (1500, 2100)


class Writing(NamedTuple):
    """How the numbers of one column are written; see `honed.table.reading.Reading`."""

    shape: Shape = "number"
    decimal: Style = "point"
    grouped: bool = False


class Found(NamedTuple):
    """The way of writing of a column, its unit, and its numbers float64; what was found in words, with an example."""

    writing: Writing
    unit: str
    numbers: pl.Series
    note: str = ""


class _Pieces(NamedTuple):
    """Of each cell: digits and marks as text; unit, as compared and as written; sign times scale; all null where the
    cell is no number."""

    core: pl.Series
    unit: pl.Series
    spelled: pl.Series
    factor: pl.Series


class File:
    """Columns of texts of one table, for what a column alone does not tell: which mark separates decimals.

    Nothing is computed before it is asked for.
    """

    def __init__(self, columns: Iterable[pl.Series] = (), source: str = "") -> None:
        self.source = source
        self._columns = [column for column in columns if column.dtype == pl.String]

    @cached_property
    def _cores(self) -> dict[str, pl.Series]:
        found = {column.name: _core(column) for column in self._columns}
        return {name: core for name, core in found.items() if core is not None}

    @cached_property
    def _styles(self) -> marks.Evidence:
        return marks.evidence(self._cores)

    def styles(self) -> marks.Evidence:
        """What all columns tell together."""
        return self._styles


def find(
    cells: pl.Series, file: File | None = None, is_said: bool = False, is_no_clock: bool = False
) -> Found | None:
    """How the cells of a column of the training table are written, if they are quantities.

    Parameters
    ----------
    cells : texts, words for missing as null.
    file : the whole table, whose other columns may tell what separates decimals.
    is_said, is_no_clock : see `honed.table.durations.find`.

    Warns
    -----
    DataWarning
        The marks can be read in two ways, and nothing in the file says which is meant.
    """
    present = cells.drop_nulls()
    if not len(present):
        return None
    file = file or File([cells])

    of_duration = partial(_duration, is_said=is_said, is_no_clock=is_no_clock)
    for shape in (_number, of_duration, _range, _bound):
        if shape(present.head(_SAMPLE), None) and (found := shape(present, file)):
            values = _spread(found.numbers, cells)
            odd = _odd(present) if shape is _bound else None
            place = _example(present) if odd is None else int((odd.bounds | odd.ranges).arg_max() or 0)
            note = _note(found, present[place], found.numbers[place], odd)
            return Found(found.writing, found.unit, values, note)
    return None


def find_in_plain(cells: pl.Series, file: File | None) -> Found | None:
    """As `find`, for cells that are numbers as programs write them: ``1.921`` is 1921 beside decimal commas."""
    if file is None:
        return None
    present = cells.drop_nulls() if cells.null_count() else cells  # a column of very many has to be quick
    if not marks.may_be_thousands(present.head(_SAMPLE)):
        return None
    core = _core(cells)
    if core is None or marks.choose(cells.name, core, file.styles, file.source) == "point":
        return None
    place = _example(cells.drop_nulls())
    written = marks.written(cells, "comma").cast(pl.Float64, strict=False)
    found = Found(Writing("number", "comma", True), "", written.fill_nan(None))
    return found._replace(note=_note(found, cells.drop_nulls()[place], written.drop_nulls()[place]))


def has_ranges(cells: pl.Series) -> bool:
    """Whether some of the cells of a column whose shape is "bound" are ranges and no bounds."""
    odd = _odd(cells.drop_nulls())
    low, high = _split(odd.cells.filter(odd.ranges))
    return bool((low.core.is_not_null() & high.core.is_not_null()).any())


def unlike(cells: pl.Series) -> pl.Series:
    """Where texts, words for missing as null, are no quantity as most others are, bool (rows,)."""
    cells = cells.str.replace(_BOUND, "")
    plain = cells.cast(pl.Float64, strict=False)
    found = plain.is_null() & cells.is_not_null()
    if plain.is_null().mean() < 0.5:  # type: ignore[operator]
        middle = _middle_of_few(cells.set(~found, None), Writing(), "", plain)
        return found & middle.is_null()
    pieces = _pieces(cells)
    units = list(counts(pieces.unit.filter(pieces.unit != "")))
    is_one = pieces.unit.is_in(["", *units[:1]]).fill_null(False) & pieces.core.is_not_null()
    if is_one.mean() < 0.5:  # type: ignore[operator]
        is_one = durations.are_some(cells)
    if is_one.mean() < 0.5:  # type: ignore[operator]
        low, high = _split(cells)
        is_one = low.core.is_not_null() & (high.core.is_not_null() | ~cells.str.contains(_RANGE)).fill_null(
            False
        )
    return ~is_one & cells.is_not_null()


def others(different: pl.Series) -> pl.Series | None:
    """Those of different texts that are no quantity of one unit, as most are; None where they are none, or codes."""
    wrong = unlike(different)
    pieces = _pieces(different.filter(~wrong).drop_nulls())
    unit = _one_unit(pieces)
    if unit is None or not len(pieces.core) or pieces.core.null_count() or _are_codes(pieces.core, unit):
        return None
    fits = any(bool(marks.fits(pieces.core, style).all()) for style in ("point", "comma"))
    return different.filter(wrong) if fits else None


def as_plain_texts(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Numbers of any unit as texts with a point for decimals alone, if that was a point, and if it was a comma.

    Null where a cell is no such number, or has a scale (``2.5k``).
    """
    pieces = _pieces(cells)
    sign = pl.Series(np.where((pieces.factor < 0).fill_null(False).to_numpy(), "-", ""))
    is_one = (pieces.factor.abs() == 1.0).fill_null(False)

    def of(style: Style) -> pl.Series:
        fits = is_one & marks.fits(pieces.core, style).fill_null(False)
        return (sign + marks.written(pieces.core, style)).set(~fits, None)

    return of("point"), of("comma")


def values(column: pl.Series, writing: Writing, unit: str, file: File | None = None) -> pl.Series:
    """The numbers of a column of any table, written as in the training table or plainly.

    Parameters
    ----------
    column : texts, words for missing as null.
    file : the whole table of the column.

    Returns
    -------
    Float64; where a cell is no such number texts, with that cell as it is and all others as plain numbers.

    Warns
    -----
    DataWarning
        A cell such as ``1,921`` may be meant otherwise than it is read.
    """
    given = texts(column)
    cells = given.str.replace(_BOUND, "") if writing.shape == "bound" else given
    pieces = _pieces(cells)
    known = ["", "s" if unit == "decades" else _folded(unit)]
    is_known = pieces.unit.is_in(known).fill_null(False)
    file = file or File([column])
    core = pieces.core.set(~is_known, None)
    plain = marks.later(column.name, core, writing.decimal, writing.grouped, file.styles, file.source)
    result = plain.cast(pl.Float64, strict=False) * pieces.factor
    if writing.shape == "duration":
        seconds = durations.seconds(cells) / durations.seconds_of(unit)
        result = result.zip_with(result.is_not_null(), seconds)
    if writing.shape in ("range", "bound"):
        is_range = writing.shape == "range"
        middle = (
            _middle(cells, writing.decimal, unit) if is_range else _rising(cells, writing.decimal, unit)[0]
        )
        result = result.zip_with(result.is_not_null(), middle)
    _warn_of_shares(column.name, unit, pieces, result, file)
    lost = result.is_null() & cells.is_not_null() & ~is_nan_word(cells).fill_null(False)
    if not lost.any():
        return result.alias(column.name)
    # with an exponent, so that reading again finds no mark between thousands
    plain = pl.Series(
        [None if value is None else f"{value!r}e0" for value in result.to_list()], dtype=pl.String
    )
    if writing.decimal == "point":
        plain = cells.zip_with(cells.cast(pl.Float64, strict=False).is_not_null(), plain)
    return plain.zip_with(~lost, given).alias(column.name)


def _number(present: pl.Series, file: File | None) -> Found | None:
    """A column of single numbers; without a file only whether it may be one."""
    pieces = _pieces(present)
    if pieces.core.null_count():
        return None
    unit = _one_unit(pieces)
    if unit is None or (file is not None and _are_codes(pieces.core, unit)):
        return None
    if file is None:
        return Found(Writing(), unit, pieces.factor)
    if not unit and _are_like_phones(present):
        return None
    if unit == "s" and bool(present.str.contains(_DECADE).all()) and pieces.core.n_unique() > 1:
        unit = "decades"
    style = marks.choose(present.name, pieces.core, file.styles, file.source)
    if style is None:
        return None
    numbers = _numbers(pieces.core, style, pieces.factor)
    if numbers.null_count() or bool((present.str.contains(r"^\(")).all()):
        return None
    is_grouped = bool(present.str.contains(rf"\d{marks.BETWEEN_THOUSANDS[style]}\d{{3}}").any())
    return Found(Writing("number", style, is_grouped), unit, numbers)


def _duration(
    present: pl.Series, file: File | None, is_said: bool = False, is_no_clock: bool = False
) -> Found | None:
    if file is None:  # which of the first cells may be clocks says nothing of the others
        total = durations.seconds(present)
        return None if total.null_count() else Found(Writing("duration"), "seconds", total)
    found = durations.find(present, is_said, is_no_clock)
    return None if found is None else Found(Writing("duration"), *found)


def _range(present: pl.Series, file: File | None) -> Found | None:
    distinct = present.unique(maintain_order=True)
    ends = _ends(distinct)
    if ends is None:
        return None
    low, high = ends
    unit = _one_unit(_Pieces(*(pl.concat([a, b]) for a, b in zip(low, high, strict=True))), least=0.5)
    is_range = high.core.is_not_null()
    if unit is None or _are_codes(pl.concat([low.core, high.core]).drop_nulls(), unit):
        return None
    if int(is_range.sum()) < _LEAST_RANGES or is_range.mean() < 0.5:  # type: ignore[operator]
        return None
    if file is None:
        return Found(Writing(), unit, low.factor)
    style = marks.choose(
        present.name, pl.concat([low.core, high.core]).drop_nulls(), file.styles, file.source
    )
    if style is None:
        return None
    starts, stops = _bounds(low, high, style)
    if not _are_intervals(starts.filter(is_range), stops.filter(is_range), bool(unit)):
        return None
    middle = _middle(present, style, unit)
    return None if middle.null_count() else Found(Writing("range", style), unit, middle)


class _Odd(NamedTuple):
    """Few cells among numbers that are bounds or ranges: where they are, and all cells without signs of bounds."""

    bounds: pl.Series
    ranges: pl.Series
    cells: pl.Series


def _odd(present: pl.Series) -> _Odd:
    cells = present.str.replace(_BOUND, "")
    is_range = _pieces(cells).core.is_null() & cells.str.contains(_RANGE)
    return _Odd(present.str.contains(_BOUND), is_range, cells)


def _bound(present: pl.Series, file: File | None) -> Found | None:
    """Numbers of which some are bounds, such as ``<500`` and ``~300``, or ranges, such as ``35-40``.

    Bounds are read as the number that they name, ranges as their middle.
    """
    is_bound, is_range, cells = _odd(present)
    is_odd = is_bound | is_range
    few = 2 * _MOST_BOUNDS if file is None else _MOST_BOUNDS
    count = int(is_odd.sum())
    if (file is not None and not count) or count > few * len(present) or len(present) - count < _LEAST_KNOWN:
        return None
    found = _number(cells.filter(~is_range), file)
    if found is None or file is None:
        return found
    writing, numbers = found.writing._replace(shape="bound"), found.numbers
    if is_range.any():
        middle = _middle_of_few(cells.set(~is_range, None), writing, found.unit, numbers)
        if int(middle.count()) < int(is_range.sum()):
            return None
        numbers = middle.scatter((~is_range).arg_true(), numbers)
    return found._replace(writing=writing, numbers=numbers)


def _middle_of_few(cells: pl.Series, writing: Writing, unit: str, beside: pl.Series) -> pl.Series:
    """The middle of each range among the numbers `beside`, float64; null for others, see `_rising`.

    Its middle lies among these numbers, and nearly all ranges are narrow against their spread. Columns of numbers of
    things, such as pages, have none.
    """
    nothing = pl.Series(cells.name, [None] * len(cells), dtype=pl.Float64)
    if not beside.count() or _NAME_OF_NUMBERED.search(words_of_name(cells.name)):
        return nothing
    least, most = float(beside.min()), float(beside.max())  # type: ignore[arg-type]
    middle, width = _rising(cells, writing.decimal, unit)
    is_narrow = (width.drop_nulls() <= _MOST_WIDTH * (most - least)).to_numpy()
    if not len(is_narrow) or is_narrow.mean() < _LEAST_NARROW:
        return nothing
    return middle.set(~middle.is_between(least, most).fill_null(False), None)


def _rising(cells: pl.Series, style: Style, unit: str) -> tuple[pl.Series, pl.Series]:
    """Middle and width of each range, float64; null for single numbers, and for what may be a day, a score or a code.

    Of ranges the ends rise, and none is below 0, or has a leading zero, or more than 15 digits.
    """
    low, high = _split(cells)
    if high.core.null_count() == len(cells):
        nothing = pl.Series(cells.name, [None] * len(cells), dtype=pl.Float64)
        return nothing, nothing
    starts, stops = _bounds(low, high, style)
    is_code = pl.select(pl.any_horizontal(end.core.str.contains(_CODE) for end in (low, high))).to_series()
    is_one = ((starts >= 0) & (starts < stops) & ~is_code).fill_null(False)
    return _middle(cells, style, unit).set(~is_one, None), (stops - starts).set(~is_one, None)


def _are_intervals(low: pl.Series, high: pl.Series, has_unit: bool) -> bool:
    """Whether pairs of numbers are ranges: they rise, and do not overlap where no unit says what they are."""
    if low.null_count() or high.null_count() or bool((low >= high).any()):
        return False
    if has_unit:
        return True
    is_year = bool(((low >= _YEARS[0]) & (high <= _YEARS[1]) & (low == low.floor())).all())
    starts, stops = np.unique(np.column_stack([low.to_numpy(), high.to_numpy()]), axis=0).T
    return not is_year and bool((starts[1:] >= stops[:-1]).all())


def _pieces(cells: pl.Series) -> _Pieces:
    """Each cell cut into number, unit and scale; only spellings of the units are looked at one by one."""
    groups = cells.str.extract_groups(_CELL).struct.unnest()
    groups.columns = ["open", "sign", "before", "inner", "core", "after", "close"]
    size = len(cells)
    words_lost = pl.Series([None] * size, dtype=pl.String)
    nothing = _Pieces(words_lost, words_lost, words_lost, words_lost.cast(pl.Float64))
    if groups["core"].null_count() == size:  # as of most words
        return nothing
    words = groups.select(pl.col("before").fill_null(""), pl.col("after").fill_null(""))
    kinds = words.unique(maintain_order=True)
    if kinds.height > _MOST_UNITS:
        return nothing
    meant = [_unit(before, after) for before, after in kinds.rows()]
    table = kinds.with_columns(
        pl.Series("unit", [None if one is None else _folded(one[0]) for one in meant], dtype=pl.String),
        pl.Series("spelled", [None if one is None else one[0] for one in meant], dtype=pl.String),
        pl.Series("factor", [None if one is None else one[1] for one in meant], dtype=pl.Float64),
    )
    found = words.join(table, on=["before", "after"], how="left", maintain_order="left")
    is_closed = groups["open"].is_null() == groups["close"].is_null()
    is_negative = groups["open"].is_not_null() | _is_minus(groups["sign"]) | _is_minus(groups["inner"])
    core = groups["core"].str.replace_all(r"[ \u00a0\u202f'’]", "")
    core = core.set(~(is_closed & found["unit"].is_not_null()).fill_null(False), None)
    sign = pl.Series(np.where(is_negative.to_numpy(), -1.0, 1.0))
    factor, is_lost = found["factor"] * sign, core.is_null()
    return _Pieces(core, *(part.set(is_lost, None) for part in (found["unit"], found["spelled"], factor)))


def _is_minus(sign: pl.Series) -> pl.Series:
    return sign.is_in(["-", "−", "–"]).fill_null(False)


def _unit(before: str, after: str) -> tuple[str, float] | None:
    """The unit as it is written, and what its scale multiplies by; None for words that are no unit."""
    word = after.strip().removeprefix("+").strip()
    scale = _SCALE.match(word)
    factor = 1.0
    if scale and not (scale[1] in ("m", "b") or (scale[1] == "B" and not before)):
        factor, word = _SCALES.get(scale[1], _SCALES.get(scale[1].lower(), 1.0)), word[scale.end() :]
    word = word.removeprefix("+").strip()
    if word:
        letters = word[:-1] if _POWER.search(word) else word
        if not _UNIT.fullmatch(letters) or _NO_UNIT.match(word) or len(word) > 20 or len(word.split()) > 3:
            return None
    return f"{before.strip()} {word}".strip(), factor


def _folded(unit: str) -> str:
    """One spelling for ``year`` and ``Years``; short units tell by their letters' case (mW, MW)."""
    unit = unit.rstrip(".")
    if len(unit) > 3 and unit.isalpha():
        return unit.lower().removesuffix("s")
    return "kg" if unit in ("Kg", "KG") else unit


def _one_unit(pieces: _Pieces, least: float = _LEAST_WITH_UNIT) -> str | None:
    """The one unit of nearly all cells, or "" for none; None where units differ or too many cells have none."""
    found = pieces.unit.drop_nulls()
    if found.filter(found != "").n_unique() > 1:
        return None
    units = list(counts(pieces.spelled.filter(pieces.unit != "")))
    if not units:
        return ""
    is_zero = pieces.core.str.contains(r"^[+-]?0+([.,]0+)?$").fill_null(False)
    without = int(((pieces.unit == "") & ~is_zero).sum())
    return units[0] if without <= (1 - least) * len(found) else None


def _are_codes(cores: pl.Series, unit: str) -> bool:
    """Whether whole numbers have leading zeros, or are too long for float64."""
    if re.match(_KNOWN_UNIT, unit):
        return False
    return bool(cores.str.contains(_CODE).any())


def _are_like_phones(present: pl.Series) -> bool:
    """Whether all numbers have the same count of digits, in groups that spaces part."""
    if not bool(present.str.contains(r"^\S*\d[ \u00a0\u202f]\d").all()):
        return False
    return present.str.count_matches(r"\d").n_unique() == 1 and len(present) > 1


def _numbers(core: pl.Series, style: Style, factor: pl.Series) -> pl.Series:
    """Digits and marks in one way of writing as float64, null where they are none in it."""
    plain = core.set(~marks.fits(core, style).fill_null(False), None)
    return marks.written(plain, style).cast(pl.Float64, strict=False) * factor


def _ends(cells: pl.Series) -> tuple[_Pieces, _Pieces] | None:
    """Both ends of each range; the second is null where a cell is a single number. None where a cell is neither."""
    low, high = _split(cells)
    if low.core.null_count() or bool((cells.str.contains(_RANGE) & high.core.is_null()).any()):
        return None
    return low, high


def _split(cells: pl.Series) -> tuple[_Pieces, _Pieces]:
    halves = cells.str.extract_groups(_RANGE).struct.unnest()
    return _pieces(halves[:, 0].fill_null(cells)), _pieces(halves[:, 1])


def _bounds(low: _Pieces, high: _Pieces, style: Style) -> tuple[pl.Series, pl.Series]:
    """Both ends as numbers; the scale of the second is that of both in ``10-20k``."""
    starts, stops = _numbers(low.core, style, low.factor), _numbers(high.core, style, high.factor)
    is_shared = (low.factor == 1.0) & (high.factor > 1.0) & (starts < stops / high.factor)
    return (starts * high.factor).zip_with(is_shared.fill_null(False), starts), stops


def _middle(cells: pl.Series, style: Style, unit: str) -> pl.Series:
    """The middle of each range, a single number as it is; null where a cell is neither."""
    low, high = _split(cells)
    known = ["", _folded(unit)]
    starts, stops = _bounds(low, high, style)
    starts = starts.set(~low.unit.is_in(known).fill_null(False), None)
    stops = stops.set(~high.unit.is_in(known).fill_null(False), None)
    is_single = ~cells.str.contains(_RANGE).fill_null(False)
    return ((starts + stops) / 2).zip_with(~is_single, starts)


def _warn_of_shares(name: str, unit: str, pieces: _Pieces, numbers: pl.Series, file: File) -> None:
    """Percents that were given as parts of one are read as percents all the same."""
    if unit != "%" or not len(known := numbers.drop_nulls()) or bool((pieces.unit == "%").any()):
        return
    if bool((known.abs() <= 1).all()) and bool((known.abs() > 0).any()):
        marks.warn_of_parts(name, f"{known.filter(known != 0)[0]:g}", file.source)


def _core(column: pl.Series) -> pl.Series | None:
    """Signs, digits and marks of a column of numbers, missing cells left out; None for any other."""
    cells = without_missing(texts(column)).drop_nulls()
    if not len(cells):
        return None
    if can_be_numbers(cells):
        return cells
    if _pieces(cells.head(_SAMPLE)).core.null_count():
        return None
    pieces = _pieces(cells)
    return None if pieces.core.null_count() else pieces.core


def _spread(numbers: pl.Series, cells: pl.Series) -> pl.Series:
    """Numbers of the present cells at their places."""
    is_there = cells.is_not_null().to_numpy()
    result = np.full(len(cells), np.nan)
    result[is_there] = numbers.to_numpy()
    return pl.Series(cells.name, result).fill_nan(None)


def _note(found: Found, cell: str, value: float, odd: _Odd | None = None) -> str:
    """What the numbers are, with a cell and how it is read."""
    unit = found.unit
    what = {
        "number": f"{'' if unit == 'decades' else 'numbers in '}{unit}" if unit else "numbers with marks",
        "range": f"ranges{f' in {unit}' if unit else ''}, taken at their middle",
        "duration": f"durations, told in {unit}",
        "bound": f"numbers{f' in {unit}' if unit else ''}, with {'' if odd is None else _few(odd)}",
    }[found.writing.shape]
    return f"{what}, such as {brief(cell, 40)!r} as {value:.10g}"


def _few(odd: _Odd) -> str:
    """How many numbers are bounds and ranges, and how these are read."""
    ways = (
        ("bounds", odd.bounds & ~odd.ranges, "read as the number that they name"),
        ("ranges", odd.ranges, "taken at their middle"),
    )
    return " and ".join(
        f"{what} ({counted(int(is_one.sum()), 'cell')}) {how}" for what, is_one, how in ways if is_one.any()
    )


def _example(present: pl.Series) -> int:
    """The place of the first cell that is no plain number."""
    is_odd = present.cast(pl.Float64, strict=False).is_null().to_numpy()
    return int(np.argmax(is_odd)) if is_odd.any() else 0
