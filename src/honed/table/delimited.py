"""The text of a CSV file to columns of text, exactly as the file has them.

Polars parses; before that the structure is checked, because a parser that fills or cuts ragged rows would
shift values into wrong columns without a word. Lines are counted from 1, whatever stands in them.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from honed.errors import InputError
from honed.figures import counted
from honed.lazily import pl
from honed.table import fixed_width, layout, outside
from honed.table.cells import texts
from honed.table.layout import SEPARATORS

_LEAST_COUNTED, _LEAST_WITH_GAPS = 3, 20  # rows that a counter counts, without gaps and with
_LEAST_NAMED = 5  # rows with a name of their own
_BLOCK = 1 << 20  # bytes that stay in a processor's cache
_QUOTE, _NEWLINE, _RETURN = ord('"'), ord("\n"), ord("\r")


class Parsed(NamedTuple):
    """The columns of a file, and how they were found.

    Attributes
    ----------
    frame : columns of text, an empty cell as null.
    left_out : ascending positions of the file's rows that are none of the frame's: totals, repeated headers.
    notes, doubts : what was understood, and what may be meant otherwise.
    """

    frame: pl.DataFrame
    left_out: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


class _Records(NamedTuple):
    """Where the records of a file are: first line and number of fields of each, header included.

    `rows` is the byte at which the first row begins.
    """

    lines: np.ndarray
    fields: np.ndarray
    rows: int = 0


class _File(NamedTuple):
    """What messages say of a file: its name, what separates cells, and how many lines were skipped above."""

    source: str
    separator: str
    before: int


def parse(data: bytes, source: str, known: Sequence[str] = (), plain: bool = False) -> Parsed:
    """Columns of text, exactly as the file has them.

    Parameters
    ----------
    data : the whole file in UTF-8, without a byte order mark, not empty.
    source : the file's name, for messages.
    known : names of columns of which some must be there, as in a table to predict.
    plain : whether the first line is the header and every other a row, whatever they look like.

    Raises
    ------
    InputError
        Ragged rows, duplicate column names: with the line or the names.
    """
    lead = len(data) - len(data.lstrip(b"\r\n"))
    before = data.count(b"\n", 0, lead)
    data = data.lstrip(b"\r\n")
    if data.find(b"\n", 0, _end(data)) < 0:  # some old programs end lines with a bare carriage return
        data = data.replace(b"\r", b"\n")
    found = layout.find(data, known, plain)
    separator, notes, doubts = found.separator, list(found.notes), list(found.doubts)
    if separator == " ":
        data = layout.without_spaces(data.decode()).strip("\n").encode()
        notes.append("Spaces separate cells.")
    if found.places is not None:
        data = fixed_width.by_tabs(data[: _end(data)].decode(), found.places, source).encode()
    cut = "\t" if separator == " " else separator
    if found.skipped:
        rest = data.split(b"\n", found.skipped)[-1]
        data = rest.lstrip(b"\r\n")
        before += found.skipped + rest.count(b"\n", 0, len(rest) - len(data))
    if not plain:
        data, said = outside.without_remarks(data, cut)
        notes += said
    if found.names is not None:
        data, before = header_of(found.names, cut) + b"\n" + data, before - 1
    frame, said, unsure = _frame(data, cut, _File(source, separator, before), known)
    notes, doubts, left_out = notes + said, doubts + unsure, ()
    if not plain:
        frame, left_out, said, unsure = outside.without_others(frame)
        notes, doubts = notes + said, doubts + unsure
    return Parsed(frame, left_out, tuple(notes), tuple(doubts))


def header_of(names: Sequence[str], separator: str) -> bytes:
    """The line of a file that names columns so."""
    line = io.StringIO()
    csv.writer(line, delimiter=separator, lineterminator="").writerow(names)
    return line.getvalue().encode()


def framed(
    data: bytes, separator: str, source: str, known: Sequence[str] = (), before: int = 0
) -> tuple[pl.DataFrame, list[str], list[str]]:
    """The columns of a header and rows whose separator is known, with notes and doubts; errors as `parse`.

    Messages count `before` to the lines.
    """
    return _frame(data, separator, _File(source, separator, before), known)


def column_names(header: list[str], source: str) -> list[str]:
    """Names without surrounding spaces; an empty one becomes ``column_<position>``.

    pandas writes its index under an empty name, so an empty name is common and no mistake.
    """
    names = [name.strip() or f"column_{position}" for position, name in enumerate(header, 1)]
    check_names(names, source)
    return names


def check_names(names: list[str], source: str) -> None:
    """Raise `InputError` when a column name occurs twice."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        places = [str(position) for position, name in enumerate(names, 1) if name == twice[0]]
        others = len(twice) - 1
        more = f", and {counted(others, 'other name is', 'other names are')} repeated too" if others else ""
        raise InputError(
            f"{source}: the column name {twice[0]!r} occurs {len(places)} times, "
            f"in columns {', '.join(places)}{more}. "
            "A name must say which column is meant, and spaces around it do not count. "
            "Rename or remove the repeated columns."
        )


def _frame(
    data: bytes, separator: str, file: _File, known: Sequence[str]
) -> tuple[pl.DataFrame, list[str], list[str]]:
    """The columns that the header and the rows agree on, notes and doubts; known names say which have none.

    Raises
    ------
    InputError
        Rows of several widths, or of another one than the header has, where more than empty cells make the difference.
    """
    header = _header(data, separator, file)
    column_names(header, file.source)
    wanted, records = len(header), None
    frame = _regular(data, separator, wanted)
    if frame is None:
        frame, records = _checked(data[: _end(data)], separator, header, file)
    width, notes, doubts = frame.width, [], []
    if width < wanted:
        notes.append(f"The header ends in {counted(wanted - width, 'separator')} more than the rows.")
        header = header[:width]
    elif width > wanted and _is_empty(frame, wanted):
        notes.append(f"Every row ends in {counted(width - wanted, 'separator')} more than the header.")
        frame = frame[:, :wanted]
    elif width == wanted + 1 and _has_index(header, known):
        header = ["", *header]
        notes.append(
            "Every row has a cell more than the header: the first is the index without a name, as in training."
        )
    elif width == wanted + 1 and (_counts(frame[:, 0]) or (not known and _name_rows(frame, data))):
        header = ["", *header]
        what = "count the rows" if _counts(frame[:, 0]) else "all differ, as names of rows do"
        doubts.append(
            f"Every row has a cell more than the header, and the first cells {what}, so they were taken for an index "
            "without a name."
        )
    elif records is not None and width > wanted:
        raise _ragged(records, wanted, file)
    named = len(header)
    while named > 1 and frame.height and not header[named - 1].strip() and f"column_{named}" not in known:
        named -= 1
    if named < len(header) and _is_empty(frame, named):
        empty = counted(len(header) - named, "empty column")
        notes.append(f"Left out {empty} without a name at the end: every line ends in separators.")
        frame, header = frame[:, :named], header[:named]
    frame.columns = column_names(header, file.source)
    return frame, notes, doubts


def _end(data: bytes) -> int:
    """Where the last line ends: behind it come line ends alone."""
    end = len(data)
    while end and data[end - 1] in (_NEWLINE, _RETURN):
        end -= 1
    return end


def _regular(data: bytes, separator: str, width: int) -> pl.DataFrame | None:
    """The rows of a file without quotes and blank lines in which each has that width; None for any other.

    Polars refuses a longer row and fills a shorter one, which the number of separators then gives away.
    """
    end = _end(data)
    if b'"' in data or data[end:] not in (b"", b"\n", b"\r\n"):
        return None
    codes, cut = np.frombuffer(data, np.uint8, end), separator.encode()
    is_blank, lines, cuts = False, 1, 0
    for start in range(0, len(codes), _BLOCK):
        block = codes[start : start + _BLOCK]
        ends = np.flatnonzero(block == _NEWLINE) + start
        after = codes[ends + 1]  # which there is, as the last line has no end
        is_blank = is_blank or bool(((after == _NEWLINE) | (after == _RETURN)).any())
        lines, cuts = lines + len(ends), cuts + np.count_nonzero(block == cut[0])
    if is_blank or lines == 1 or cuts != lines * (width - 1):
        return None
    # of the last row Polars drops an empty cell too many
    if data.count(cut, data.rindex(b"\n", 0, end), end) != width - 1:
        return None
    frame = _parse(data, separator, None, width)
    return frame if frame is not None and frame.height == lines - 1 else None


def _checked(data: bytes, separator: str, header: list[str], file: _File) -> tuple[pl.DataFrame, _Records]:
    """The rows of any file, whose widths agree, and where they are."""
    records, frame = _records(data, separator), None
    if records is not None:
        width = _width(records, header, file)
        frame = _parse(data, separator, None if width == len(header) else records.rows, width)
    if records is None or frame is None or frame.height != len(records.fields) - 1:
        records, rows = _read_slowly(data, separator, file)
        frame = _of_rows(rows[1:], _width(records, header, file))
    return frame, records


def _width(records: _Records, header: list[str], file: _File) -> int:
    """Cells of every row; `InputError` where rows differ, or lack cells that the header names."""
    if len(records.fields) < 2:
        return len(header)
    width = int(records.fields[1])
    if (records.fields[1:] != width).any() or any(name.strip() for name in header[width:]):
        raise _ragged(records, len(header), file)
    return width


def _is_empty(frame: pl.DataFrame, first: int) -> bool:
    """Whether all columns from the given one on are empty."""
    return all(texts(column).null_count() == len(column) for column in frame[:, first:])


def _has_index(header: list[str], known: Sequence[str]) -> bool:
    """Whether the first of the known columns has no name, and is none of the header's, which has others of them."""
    names = {name.strip() for name in header}
    return "column_1" in known and "column_1" not in names and not names.isdisjoint(known)


def _counts(column: pl.Series) -> bool:
    """Whether cells count the rows of a table, from 0 or 1; of many some may be gone, but not half of them."""
    values = column.cast(pl.Int64, strict=False)
    if len(values) < _LEAST_COUNTED or values.null_count() or values[0] not in (0, 1):
        return False
    steps = values.diff().drop_nulls()
    if len(values) >= _LEAST_WITH_GAPS and values[-1] <= 2 * len(values):
        return bool((steps > 0).all())
    return bool((steps == 1).all())


def _name_rows(frame: pl.DataFrame, data: bytes) -> bool:
    """Whether the first cells are different words in quotes, as R writes names of rows, and those of the header too.

    Without quotes a separator within cells may be what makes rows longer than the header.
    """
    names = frame[:, 0]
    is_word = names.str.contains(r"\p{L}").fill_null(False)
    if len(names) < _LEAST_NAMED or not is_word.all() or names.n_unique() < len(names):
        return False
    return all(line.startswith(b'"') for line in data.split(b"\n") if line.strip())


def _header(data: bytes, separator: str, file: _File) -> list[str]:
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8", newline=""), delimiter=separator)
    try:
        return next(reader)
    except csv.Error:
        limit = f"it is longer than {csv.field_size_limit():,} characters"
        raise _endless(file, 1, limit) from None


def _records(data: bytes, separator: str) -> _Records | None:
    """Structure of a well-formed file; None when quotes or blank lines need the slow, exact reader."""
    codes = np.frombuffer(data, dtype=np.uint8)
    is_newline, is_separator = codes == _NEWLINE, codes == ord(separator)
    if b'"' in data:
        inside = np.bitwise_xor.accumulate((codes == _QUOTE).view(np.uint8)).view(bool)
        if not _quotes_are_plain(codes, inside, separator):
            return None
        ends, cuts = np.flatnonzero(is_newline & ~inside), np.flatnonzero(is_separator & ~inside)
    else:
        ends, cuts = np.flatnonzero(is_newline), np.flatnonzero(is_separator)
    starts = np.concatenate([[0], ends + 1])
    lengths = np.concatenate([ends, [len(codes)]]) - starts
    blank = (lengths == 0) | ((lengths == 1) & (codes[np.minimum(starts, len(codes) - 1)] == _RETURN))
    if blank.any():
        return None
    fields = np.diff(np.concatenate([np.searchsorted(cuts, starts), [len(cuts)]])) + 1
    lines = np.searchsorted(np.flatnonzero(is_newline), starts) + 1
    return _Records(lines, fields, int(starts[1]) if len(starts) > 1 else len(data))


def _quotes_are_plain(codes: np.ndarray, inside: np.ndarray, separator: str) -> bool:
    """Each quote opens at the start of a field, closes at its end, or is doubled inside."""
    if inside[-1]:
        return False
    edge = np.array([_NEWLINE], dtype=np.uint8)
    padded = np.concatenate([edge, codes, edge])
    places = np.flatnonzero(codes == _QUOTE)
    opens = inside[places]
    is_edge = np.zeros(256, dtype=bool)
    is_edge[[_NEWLINE, _RETURN, ord(separator), _QUOTE]] = True
    before, after = padded[places[opens]], padded[places[~opens] + 2]
    return bool(is_edge[before].all() and is_edge[after].all() and (before != _RETURN).all())


def _ragged(records: _Records, width: int, file: _File) -> InputError:
    wrong = np.flatnonzero(records.fields != width)
    line, fields = int(records.lines[wrong[0]]) + file.before, int(records.fields[wrong[0]])
    others = f" ({len(wrong)} such lines in all)" if len(wrong) > 1 else ""
    return InputError(
        f"{file.source}: line {line} has {counted(fields, 'cell')} where the header has {width}{others}; "
        f"the separator is the {SEPARATORS[file.separator]}. "
        "It is not known which column each cell belongs to. "
        "Correct the line, or put quotes around a text that holds the separator."
    )


def _parse(data: bytes, separator: str, rows: int | None, width: int) -> pl.DataFrame | None:
    """Parse with Polars; `rows` is the byte at which rows begin where the header does not fit them.

    None where Polars takes the quotes in another way.
    """
    try:
        return pl.read_csv(
            io.BytesIO(data if rows is None else data[rows:]),
            separator=separator,
            has_header=rows is None,
            new_columns=[str(number) for number in range(width)],
            infer_schema=False,
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError:
        return None


def _read_slowly(data: bytes, separator: str, file: _File) -> tuple[_Records, list[list[str]]]:
    """Read with the standard library, which takes a quote inside a word as a letter."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8", newline=""), delimiter=separator)
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    try:
        for cells in reader:
            if cells:
                rows.append(cells)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error:
        limit = f"it is longer than {csv.field_size_limit():,} characters"
        raise _endless(file, start, limit) from None
    if lines and _is_open(data, lines[-1], separator):
        raise _endless(file, lines[-1], "the file ends before")
    return _Records(np.array(lines), np.array([len(cells) for cells in rows])), rows


def _is_open(data: bytes, line: int, separator: str) -> bool:
    """Whether the last record, which begins in that line, ends within quotes."""
    rest = io.TextIOWrapper(io.BytesIO(data.split(b"\n", line - 1)[-1]), "utf-8", newline="")
    try:
        list(csv.reader(rest, delimiter=separator, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _endless(file: _File, line: int, why: str) -> InputError:
    return InputError(
        f"{file.source}: the cell that begins in line {line + file.before} does not end: {why}. "
        "A quote is probably opened and never closed. Close it, or double a quote that belongs to the text."
    )


def _of_rows(rows: list[list[str]], width: int) -> pl.DataFrame:
    columns = zip(*rows, strict=True) if rows else ((),) * width
    series = [pl.Series(str(number), cells, dtype=pl.String) for number, cells in enumerate(columns)]
    return pl.DataFrame(series).with_columns(pl.all().replace("", None))
