"""Lines of a file that are none of its rows: remarks below them, units, the header once more, totals.

A total is told by its word, which its column has nowhere else, beside cells that no row has; or by cells that are the
sums of their columns. What might be a row stays one.
"""

from __future__ import annotations

import itertools
import math
import re

import numpy as np

from honed.figures import counted
from honed.lazily import pl
from honed.table.cells import brief, parse_numbers, some, texts
from honed.table.missing import is_missing_word

_TAIL = 4_000  # bytes in which remarks below the rows are looked for
_MOST_REMARKS = 10
_MOST_TOTALS = 5
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
_LEAST_BELOW = 5  # rows, the first of which may name units
_NEARLY = 0.95  # of the cells below are figures
_MOST_LETTERS = 40  # of a word for a total


def without_remarks(data: bytes, separator: str) -> tuple[bytes, list[str]]:
    """The lines of a table, and a note of those below it that are remarks: whole sentences, or after a blank line."""
    cut = separator.encode()
    if cut not in data[: data.find(b"\n")]:
        return data, []
    lines = data[-_TAIL:].rstrip(b"\r\n").split(b"\n")
    remarks: list[bytes] = []
    is_apart = False
    for line in reversed(lines[1:]):
        line = line.strip()
        if line and (cut in line or not re.search(rb"[A-Za-z\x80-\xff]", line)):
            break
        if line:
            remarks.insert(0, line)
            is_apart = False
        else:
            is_apart = True
    else:
        return data, []
    if not remarks or len(remarks) > _MOST_REMARKS or any(line.count(b'"') % 2 for line in remarks):
        return data, []
    are_sentences = all(line.startswith((b"#", b"(")) or len(line.split()) > 2 for line in remarks)
    if not is_apart and not are_sentences:
        return data, []
    kept = data[: data.rindex(remarks[0], max(len(data) - _TAIL, 0))].rstrip(b"\r\n")
    if kept.count(b'"') % 2:
        return data, []
    quoted = some([brief(line.decode("utf-8", "replace"), 60) for line in remarks], 3)
    return kept, [f"Left out {counted(len(remarks), 'line')} below the rows: {quoted}."]


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
        first = rows.row(rows.height - totals)
        said = some([brief(str(cell), 20) for cell in first if cell is not None], 5)
        what = "The last row" if totals == 1 else f"The last {totals} rows"
        doubts.append(
            f"{what} ({said}) looks like a total of the others and was left out. If it is a row like the others, say "
            "--as-is."
        )
        places = np.setdiff1d(np.arange(frame.height), left_out)[rows.height - totals :]
        left_out = (*left_out, *places.tolist())
        rows = rows.head(rows.height - totals)
    return rows, tuple(sorted(left_out)), notes, doubts


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
    if frame.width < 2:
        return 0
    count = 0
    for row in range(frame.height - 1, max(frame.height - 1 - _MOST_TOTALS, _LEAST_ROWS - 1), -1):
        if not _has_word(frame, row):
            break
        count += 1
    while count and not _is_apart(frame, frame.height - count):
        count -= 1
    if count or frame.height <= _LEAST_ROWS or not by_sums:
        return count
    return int(_is_sum(frame))


def _has_word(frame: pl.DataFrame, row: int) -> bool:
    return _word(frame, row) is not None


def _word(frame: pl.DataFrame, row: int) -> int | None:
    """The column whose cell in that row says that it is a total: the first that is no number."""
    for place, column in enumerate(frame):
        cell = (column[row] or "").strip()
        if cell and not re.fullmatch(r"[\d.,+-]+", cell):
            return place if len(cell) <= _MOST_LETTERS and _TOTAL.fullmatch(cell) else None
    return None


def _is_apart(frame: pl.DataFrame, row: int) -> bool:
    """Whether the cells of a row with a word for a total are none of their columns."""
    place = _word(frame, row)
    assert place is not None
    above = frame.head(row)
    word = (frame.columns[place], texts(frame[frame.columns[place]].slice(row, 1))[0])
    if (texts(above[word[0]]) == word[1]).any():
        return False
    others = [column for number, column in enumerate(frame) if number != place]
    agreeing = sum(_is_summary(column[row], above[column.name]) for column in others)
    return 2 * agreeing >= len(others)


def _is_summary(cell: str | None, above: pl.Series) -> bool:
    """Whether a cell is empty, beyond all numbers above it, or their sum or mean."""
    if cell is None or not cell.strip():
        return True
    value, numbers = parse_numbers(pl.Series([cell]))[0], parse_numbers(above).drop_nulls()
    if value is None or 2 * len(numbers) < len(above):
        return False
    low, high = float(numbers.min()), float(numbers.max())  # type: ignore[arg-type]
    if not low <= value <= high:
        return True
    mean = float(numbers.mean())  # type: ignore[arg-type]
    return abs(value - mean) <= 0.51 * 10.0 ** -_digits(cell) or _agrees(cell, above)


def _is_sum(frame: pl.DataFrame) -> bool:
    """Whether the last row holds the sums of its columns: of two at least, or of one beside empty cells alone."""
    last = frame.row(frame.height - 1)
    sample = frame.head(min(_SAMPLE, frame.height - 1))
    likely = [
        name
        for name, cell in itertools.islice(zip(frame.columns, last, strict=True), _MOST_COLUMNS)
        if _can_be_sum(cell, sample[name], frame)
    ]
    is_alone = sum(cell is not None for cell in last) == 1
    if len(likely) < (1 if is_alone else 2):
        return False
    above = frame.head(frame.height - 1)
    sums = sum(_agrees(last[frame.columns.index(name)], above[name]) for name in likely)
    return sums >= (1 if is_alone else 2)


def _can_be_sum(cell: str | None, sample: pl.Series, frame: pl.DataFrame) -> bool:
    if cell is None:
        return False
    value, numbers = parse_numbers(pl.Series([cell]))[0], parse_numbers(sample)
    if value is None or not math.isfinite(value) or numbers.null_count() == len(numbers):
        return False
    present = numbers.drop_nulls()
    expected = float(present.mean()) * (frame.height - 1) * len(present) / len(numbers)  # type: ignore[arg-type]
    return abs(value) > float(present.abs().max()) and 0.2 < value / (expected or 1.0) < 5  # type: ignore[arg-type]


def _agrees(cell: str, above: pl.Series) -> bool:
    """Whether a cell is the sum of a column, but for what rounding takes."""
    value, numbers = parse_numbers(pl.Series([cell]))[0], parse_numbers(above).drop_nulls()
    if value is None or not len(numbers):
        return False
    rounding = 10.0 ** -max(_digits(text) for text in texts(above.head(_SAMPLE)).drop_nulls().to_list())
    slack = 0.51 * 10.0 ** -_digits(cell) + math.sqrt(len(numbers)) * rounding + 1e-9 * abs(value)
    return abs(value - float(numbers.sum())) <= slack


def _digits(cell: str) -> int:
    """Digits after the point."""
    return len(cell.strip().partition(".")[2])
