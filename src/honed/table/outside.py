"""Lines of a file that are none of its rows: remarks below them, units, the header once more, totals.

A total is told by its word, which its column has nowhere else, beside cells that no row has; or by cells that are the
sums of their columns, or their means beside empty cells. Numbers may have marks and units (``"2,940"``, ``$75.00``).
What might be a row stays one, and where a word for a total is all that speaks against it, that is said.
"""

from __future__ import annotations

import csv
import itertools
import math
import re
from collections.abc import Sequence

import numpy as np

from honed.figures import counted
from honed.lazily import pl
from honed.table import quantities
from honed.table.cells import brief, parse_numbers, some, texts
from honed.table.missing import is_missing_word

_TAIL = 4_000  # bytes in which remarks below the rows are looked for
_MOST_REMARKS = 10
_REMARK = re.compile(
    r"[#*†‡] |\(.*\)\.?$|"
    r"\d+ (?:rows?|records?|lines?|entries|observations|cases)(?: (?:selected|found|returned|in (?:all|total)))?\.?$|"
    r"(?:sources?|notes?|remarks?|quellen?|anmerkung|hinweis|fuente|nota|fonte|bron)\s*:",
    re.IGNORECASE,
)
_LEAD = re.compile(r"[^\W\d][^:]{0,40}:\s")
_MOST_TOTALS = 5
_TOLD_ROWS = 10  # that a sentence names
_LEAST_ROWS = 3  # with fewer, a sum is easily met by chance
_MOST_COLUMNS = 200  # looked at for sums: a row of sums has some among them
_SAMPLE = 500  # rows that say whether a cell can be a sum
_TOTAL = re.compile(
    r"((grand|sub|running)[ -]?)?(totals?|sums?)([ :].{0,30})?|(all|overall)|(averages?|avg|means?|medians?)[:.]?|"
    r"(gesamt|summe|insgesamt|gesamtsumme|mittelwert|totale?n?|totaal|total general|somme|suma|soma|moyenne|media|"
    r"promedio|итого|всего|合計|合计|总计|總計)[:.]?",
    re.IGNORECASE,
)
_UNIT = re.compile(r"-|[\[(]?(?:[^\W\d]|[%‰°µ#$€£])[^,;\t]{0,14}[\])]?")
_FIGURE = re.compile(
    r"[^\w]*(?:[A-Z]{1,3}\$?|Rs\.?|kr\.?|zł)?[^\w]*\d[\d.,'’ \u00a0\u202f]*\D*"
)  # of one number
_LEAST_BELOW = 5  # rows, the first of which may name units
_NEARLY = 0.95  # of the cells below are figures
_MOST_LETTERS = 40  # of a word for a total


def without_remarks(data: bytes, separator: str) -> tuple[bytes, list[str]]:
    """The lines of a table, and a note of those below it that are remarks: whole sentences, marked as such (``* …``,
    ``Source: …``), or after a blank line.

    They may hold the separator where they have not as many cells as the first line, or end in separators alone.
    """
    cut = separator.encode()
    first = data[: data.find(b"\n")]
    if cut not in first or (width := len(_cells(first, separator))) < 2:
        return data, []
    tail = data[-_TAIL:]
    lines = tail.rstrip(b"\r\n").split(b"\n")
    remarks: list[str] = []
    is_apart, are_sure = False, True
    for place in range(len(lines) - 1, 0, -1):
        cells = _cells(lines[place], separator)
        if not any(cells):
            is_apart = True
            continue
        remark = _remark(cells, width)
        if remark is None:
            break
        remarks.insert(0, remark)
        is_sentence = len(cells) == 1 and len(remark.split()) > 2
        is_apart, are_sure = False, are_sure and (is_sentence or bool(_REMARK.match(remark)))
    else:
        return data, []
    if not remarks or len(remarks) > _MOST_REMARKS or not (is_apart or are_sure):
        return data, []
    kept = (data[: len(data) - len(tail)] + b"\n".join(lines[: place + 1])).rstrip(b"\r\n")
    if kept.count(b'"') % 2:
        return data, []
    quoted = some([brief(remark, 60) for remark in remarks], 3)
    return kept, [f"Left out {counted(len(remarks), 'line')} below the rows: {quoted}."]


def _cells(line: bytes, separator: str) -> list[str]:
    """The cells of a line, which is one cell where its quotes are not paired."""
    text = line.decode("utf-8", "replace").strip("\r\n")
    if text.count('"') % 2:
        return [text]
    one_line = text.replace("\r", " ")  # which ends no line here, but does for the reader
    return [cell.strip() for cell in next(csv.reader([one_line], delimiter=separator), [])]


def _remark(cells: list[str], width: int) -> str | None:
    """The text of a line that is no row of so many cells; None where it may be one."""
    text = ", ".join(cell for cell in cells if cell)
    if text.count('"') % 2 or not any(letter.isalpha() for letter in text):
        return None
    if len(cells) == 1:
        return text
    if len(cells) == width:  # a row may have but its first cell
        return text if width > 2 and not any(cells[1:]) and _REMARK.match(text) else None
    return text if _REMARK.match(text) or _LEAD.match(text) or len(text.split()) > 3 else None


def without_others(
    frame: pl.DataFrame, *, has_first: bool = True, has_last: bool = True, has_all: bool = True
) -> tuple[pl.DataFrame, tuple[int, ...], list[str], list[str]]:
    """The rows alone, ascending positions of those left out, and notes and doubts about them.

    `has_first`, `has_last` and `has_all` say which rows of a file are there; a total is told by its word alone where
    some of those that it sums are not.
    """
    left_out, notes = _headers(frame), []
    units = _units(frame) if has_first and not left_out else {}
    if units:
        left_out = (0,)
        said = ", ".join(
            f"{brief(unit, 20)!r} ({brief(name, 40)!r})" for name, unit in list(units.items())[:5]
        )
        notes.append(f"Left out the line below the header, which holds units: {said}.")
    elif left_out:
        notes.append(
            f"Left out {counted(len(left_out), 'line')} that repeat{'s' if len(left_out) == 1 else ''} the header, "
            f"first in place of row {left_out[0] + 1}."
        )
    rows = _without(frame, left_out)
    totals = _totals(rows, has_all) if has_last else 0
    doubts = []
    if totals:
        what = _last(rows, totals)
        looks = (
            "looks like a total of the others and was"
            if totals == 1
            else "look like totals of the others and were"
        )
        doubts.append(
            f"{what} {looks} left out. If {'it is a row' if totals == 1 else 'they are rows'} like the others, say "
            "--as-is."
        )
        places = np.setdiff1d(np.arange(frame.height), left_out)[rows.height - totals :]
        left_out = (*left_out, *places.tolist())
        rows = rows.head(rows.height - totals)
    elif has_last and (said := _totals_by_word(rows)):
        doubts.append(
            f"{_last(rows, said)} may be {'a total' if said == 1 else 'totals'} by the word, but the numbers do not "
            f"show it, so {'it was' if said == 1 else 'they were'} kept as {'a row' if said == 1 else 'rows'}. Delete "
            f"{'it' if said == 1 else 'them'} from the file if {'it is' if said == 1 else 'they are'} none."
        )
    return rows, tuple(sorted(left_out)), notes, doubts


def _last(frame: pl.DataFrame, count: int) -> str:
    """What a message calls the last rows, with the cells of their first."""
    first = frame.row(frame.height - count)
    said = some([brief(str(cell), 20) for cell in first if cell is not None], 5)
    return f"The last row ({said})" if count == 1 else f"The last {count} rows (the first of them {said})"


def _without(frame: pl.DataFrame, rows: tuple[int, ...]) -> pl.DataFrame:
    if not rows:
        return frame
    keep = np.ones(frame.height, bool)
    keep[list(rows)] = False
    return frame.filter(pl.Series(keep))


def _headers(frame: pl.DataFrame) -> tuple[int, ...]:
    """Rows that hold the names of all columns."""
    if frame.width < 2:
        return ()
    same = pl.Series(np.ones(frame.height, bool))
    for column in frame:
        if re.fullmatch(r"column_\d+", column.name):
            continue
        same = same & (column.str.strip_chars() == column.name).fill_null(False)
        if not same.any():
            return ()
    return tuple(np.flatnonzero(same.to_numpy()).tolist()) if not same.all() else ()


def _units(frame: pl.DataFrame) -> dict[str, str]:
    """The units that the first row names, by column; none where that is a row like the others.

    It names one in at least half of the columns of figures, holds no figure, and is empty in columns of words.
    """
    if frame.height < _LEAST_BELOW:
        return {}
    first, found, figures = frame.row(0), dict[str, str](), 0
    rest = frame.slice(1, _SAMPLE)
    for name, cell in zip(frame.columns, first, strict=True):
        cell = (cell or "").strip()
        if cell and not _UNIT.fullmatch(cell):
            return {}
        below = texts(rest[name]).drop_nulls()
        is_figure = len(below) > 0 and below.str.contains(r"^\W*\d").mean() >= _NEARLY  # type: ignore[operator]
        figures += is_figure
        if cell and cell != "-" and (not is_figure or is_missing_word(pl.Series([cell])).any()):
            return {}
        if cell and cell != "-":
            found[name] = cell
    return found if 2 * len(found) >= figures else {}


def _totals(frame: pl.DataFrame, by_sums: bool) -> int:
    """How many of the last rows are totals of those above."""
    count = _with_word(frame)
    while count and not _is_apart(frame, frame.height - count):
        count -= 1
    if count or frame.width < 2 or frame.height <= _LEAST_ROWS or not by_sums:
        return count
    return int(_is_sum(frame) or _is_mean(frame))


def _totals_by_word(frame: pl.DataFrame) -> int:
    """How many of the last rows have a word for a total, the first of them one that its column has nowhere above."""
    count = _with_word(frame)
    while count and _is_known(frame, frame.height - count):
        count -= 1
    return count


def _with_word(frame: pl.DataFrame) -> int:
    """How many of the last rows have a word for a total."""
    count = 0
    if frame.width > 1:
        for row in range(frame.height - 1, max(frame.height - 1 - _MOST_TOTALS, _LEAST_ROWS - 1), -1):
            if _word(frame, row) is None:
                break
            count += 1
    return count


def _word(frame: pl.DataFrame, row: int) -> int | None:
    """The column whose cell in that row says that it is a total: the first that is no number."""
    for place, column in enumerate(frame):
        cell = (column[row] or "").strip()
        if cell and not re.fullmatch(r"\W*[\d.,+-]+\W*", cell):
            return place if len(cell) <= _MOST_LETTERS and _TOTAL.fullmatch(cell) else None
    return None


def _is_apart(frame: pl.DataFrame, row: int) -> bool:
    """Whether the cells of a row with a word for a total are none of their columns."""
    if _is_known(frame, row):
        return False
    place, above = _word(frame, row), frame.head(row)
    others = [column for number, column in enumerate(frame) if number != place]
    agreeing = sum(_is_summary(column[row], above[column.name]) for column in others)
    return 2 * agreeing >= len(others)


def _is_known(frame: pl.DataFrame, row: int) -> bool:
    """Whether the word for a total of a row stands in its column above it too."""
    place = _word(frame, row)
    assert place is not None
    column = texts(frame[frame.columns[place]])
    return bool((column.head(row) == column[row]).any())


def _is_summary(cell: str | None, above: pl.Series) -> bool:
    """Whether a cell is empty, beyond all numbers above it, or their sum or mean."""
    if cell is None or not cell.strip():
        return True
    ways = _ways(cell, above)
    if any(_agrees(*way) or _is_mean_of(*way) for way in ways):
        return True
    return bool(ways) and all(_is_beyond(*way) for way in ways)


def _ways(cell: str, above: pl.Series) -> list[tuple[str, pl.Series]]:
    """A cell and the numbers above it as texts with a point for decimals alone, in each way in which both are numbers.

    Two ways where marks can be read in both: ``2,940``.
    """
    if parse_numbers(pl.Series([cell]))[0] is not None and 2 * parse_numbers(above).null_count() <= len(
        above
    ):
        return [(cell, above)]
    if not _FIGURE.fullmatch(cell.strip()):  # which is quick
        return []
    ways = zip(quantities.as_plain_texts(pl.Series([cell])), quantities.as_plain_texts(above), strict=True)
    return [
        (own[0], own_above) for own, own_above in ways if own[0] and 2 * own_above.null_count() <= len(above)
    ]


def _is_beyond(cell: str, above: pl.Series) -> bool:
    numbers = parse_numbers(above).drop_nulls()
    low, high = float(numbers.min()), float(numbers.max())  # type: ignore[arg-type]
    return not low <= _value(cell) <= high


def _is_mean_of(cell: str, above: pl.Series) -> bool:
    mean = float(parse_numbers(above).mean())  # type: ignore[arg-type]
    return abs(_value(cell) - mean) <= 0.51 * 10.0 ** -_digits(cell)


def _is_mean(frame: pl.DataFrame) -> bool:
    """Whether the last row holds means of two columns at least beside empty cells alone, one told more exactly than any
    number above it: others are easily met by chance."""
    last = frame.row(frame.height - 1)
    places = [place for place, cell in enumerate(last) if cell is not None and cell.strip()]
    if not 2 <= len(places) < min(frame.width, _MOST_COLUMNS):
        return False
    is_finer = False
    for place in places:
        above = frame[:, place].head(frame.height - 1)
        ways = [way for way in _ways(last[place], above) if _is_mean_of(*way)]
        if not ways:
            return False
        is_finer = is_finer or any(_digits(cell) > _most_digits(numbers) for cell, numbers in ways)
    return is_finer


def _is_sum(frame: pl.DataFrame) -> bool:
    """Whether the last row holds the sums of its columns: of two at least, or of one beside empty cells alone."""
    last = frame.row(frame.height - 1)
    sample = frame.head(min(_SAMPLE, frame.height - 1))
    likely = [
        (name, cell)
        for name, cell in itertools.islice(zip(frame.columns, last, strict=True), _MOST_COLUMNS)
        if cell and any(_can_be_sum(*way, frame) for way in _ways(cell, sample[name]))
    ]
    is_alone = sum(cell is not None for cell in last) == 1
    if len(likely) < (1 if is_alone else 2):
        return False
    above = frame.head(frame.height - 1)
    sums = sum(any(_agrees(*way) for way in _ways(cell, above[name])) for name, cell in likely)
    return sums >= (1 if is_alone else 2)


def _can_be_sum(cell: str, sample: pl.Series, frame: pl.DataFrame) -> bool:
    value, numbers = _value(cell), parse_numbers(sample)
    if not math.isfinite(value) or numbers.null_count() == len(numbers):
        return False
    present = numbers.drop_nulls()
    expected = float(present.mean()) * (frame.height - 1) * len(present) / len(numbers)  # type: ignore[arg-type]
    return abs(value) > float(present.abs().max()) and 0.2 < value / (expected or 1.0) < 5  # type: ignore[arg-type]


def _agrees(cell: str, above: pl.Series) -> bool:
    """Whether a cell is the sum of a column, but for what rounding takes."""
    value, numbers = _value(cell), parse_numbers(above).drop_nulls()
    if not len(numbers):
        return False
    rounding = math.sqrt(len(numbers)) * 10.0 ** -_most_digits(above)
    slack = 0.51 * 10.0 ** -_digits(cell) + rounding + 1e-9 * abs(value)
    return abs(value - float(numbers.sum())) <= slack


def _value(cell: str) -> float:
    return float(parse_numbers(pl.Series([cell]))[0])


def _most_digits(numbers: pl.Series) -> int:
    return max(map(_digits, texts(numbers.head(_SAMPLE)).drop_nulls().to_list()), default=0)


def _digits(cell: str) -> int:
    """Digits after the point."""
    return len(cell.strip().partition(".")[2])


def said_of_left_out(left_out: Sequence[int], rows: int, so: str = "NaN stands in its place") -> str:
    """Which of so many rows have no prediction, and what the output has there."""
    first = ", ".join(f"{row + 1:,}" for row in left_out[:_TOLD_ROWS])
    more = f" and {len(left_out) - _TOLD_ROWS:,} more" if len(left_out) > _TOLD_ROWS else ""
    return f"No prediction for row {first}{more} of {rows:,}, which holds no case: {so}."
