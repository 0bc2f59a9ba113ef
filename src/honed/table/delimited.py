"""The bytes of a CSV file to columns of text, exactly as the file has them; its separator is found by looking.

Polars parses; before that the structure is checked, because a parser that fills or cuts ragged rows would
shift values into wrong columns without a word. Lines are counted from 1, the header being line 1.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import NamedTuple

import numpy as np
import polars as pl

from honed.errors import InputError
from honed.figures import counted
from honed.table import marks

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE = 200  # records that decide the separator
_QUOTE, _NEWLINE, _RETURN = ord('"'), ord("\n"), ord("\r")


class _Records(NamedTuple):
    """Where the records of a file are: first line and number of fields of each, header included."""

    lines: np.ndarray
    fields: np.ndarray


def parse(data: bytes, source: str) -> pl.DataFrame:
    """Columns of text, an empty cell as null; where a comma does not separate cells, ``3,14`` becomes ``3.14``.

    Parameters
    ----------
    data : the whole file in UTF-8, with or without a byte order mark, not empty.
    source : the file's name, for messages.

    Raises
    ------
    InputError
        Not UTF-8, ragged rows, duplicate column names: with the line or the names.
    """
    text = _decoded(data, source)
    data = _with_newlines(data.removeprefix(b"\xef\xbb\xbf"))
    text = text.removeprefix("\ufeff") if b"\n" in data else data.decode()
    separator = sniff(text)
    header = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    names = column_names(header, source)
    records = _records(data, separator)
    if records is None:
        frame = _parse_slowly(text, separator, names, source)
    else:
        _check_fields(records, len(names), separator, source)
        frame = _parse_fast(data, separator, names)
    return frame if separator == "," else marks.plain_numbers(frame, source)


def sniff(text: str) -> str:
    """The separator that cuts the first records into the most fields with the fewest exceptions.

    A file with none of the known separators in its header has one column, and gets a comma.
    """
    sample = text[:200_000].splitlines(keepends=True)[: _SAMPLE * 2]
    if len(sample) > 1 and len(text) > 200_000:
        sample = sample[:-1]  # cut in the middle
    best, best_score = ",", 0.0
    for separator in SEPARATORS:
        try:
            records = [record for record in csv.reader(sample, delimiter=separator) if record][:_SAMPLE]
        except csv.Error:
            continue
        width = len(records[0]) if records else 0
        agreeing = sum(len(record) == width for record in records)
        score = agreeing / max(len(records), 1) * width
        if width > 1 and score > best_score:
            best, best_score = separator, score
    return best


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


def _decoded(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{source} is not UTF-8: line {line} holds the byte 0x{data[error.start]:02x}, "
            f"near {_around(data, error.start)!r}. "
            "Letters would be read wrong, and with them the categories. "
            f"Save the file as UTF-8, for example: iconv -f WINDOWS-1252 -t UTF-8 {source} > utf8.csv"
        ) from None


def _around(data: bytes, place: int) -> str:
    start = max(place - 15, data.rfind(b"\n", 0, place) + 1)
    return data[start : place + 15].split(b"\n")[0].decode("latin-1").strip()


def _with_newlines(data: bytes) -> bytes:
    """End lines with a newline (some old programs write a bare carriage return); no blank lines at the end."""
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    return data.strip(b"\r\n")


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
    return _Records(lines, fields)


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
    return bool(is_edge[before].all() and is_edge[after].all())


def _check_fields(records: _Records, width: int, separator: str, source: str) -> None:
    wrong = np.flatnonzero(records.fields != width)
    if len(wrong):
        _raise_ragged(
            source, int(records.lines[wrong[0]]), int(records.fields[wrong[0]]), width, separator, len(wrong)
        )


def _raise_ragged(source: str, line: int, fields: int, width: int, separator: str, lines: int) -> None:
    others = f" ({lines} such lines in all)" if lines > 1 else ""
    raise InputError(
        f"{source}: line {line} has {fields} cell{'' if fields == 1 else 's'} where the header has {width}{others}; "
        f"the separator is the {SEPARATORS[separator]}. "
        "It is not known which column each cell belongs to. "
        "Correct the line, or put quotes around a text that holds the separator."
    )


def _parse_fast(data: bytes, separator: str, names: list[str]) -> pl.DataFrame:
    return pl.read_csv(
        io.BytesIO(data),
        separator=separator,
        has_header=True,
        new_columns=names,
        infer_schema=False,
        raise_if_empty=False,
    )


def _parse_slowly(text: str, separator: str, names: list[str], source: str) -> pl.DataFrame:
    """Read with the standard library, which takes a quote inside a word as a letter."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[list[str]] = []
    wrong: list[tuple[int, int]] = []
    start = 1
    try:
        for cells in reader:
            if cells and len(cells) != len(names):
                wrong.append((start, len(cells)))
            elif cells:
                rows.append(cells)
            start = reader.line_num + 1
    except csv.Error:
        raise InputError(
            f"{source}: the cell that begins in line {start} does not end: it is longer than "
            f"{csv.field_size_limit():,} characters. "
            "A quote is probably opened and never closed. Close it, or double a quote that belongs to the text."
        ) from None
    if wrong:
        _raise_ragged(source, wrong[0][0], wrong[0][1], len(names), separator, len(wrong))
    columns = zip(*rows[1:], strict=True) if len(rows) > 1 else ((),) * len(names)
    series = [pl.Series(name, cells, dtype=pl.String) for name, cells in zip(names, columns, strict=True)]
    return pl.DataFrame(series).with_columns(pl.all().replace("", None))
