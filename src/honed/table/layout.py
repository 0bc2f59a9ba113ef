"""Where a text file's table begins and what cuts its cells: titles above the header, a header that is not there.

Looks at the first records alone. A table begins with its first line unless the lines above another one are certainly
none of its rows: fewer cells than the rows have, below them a line of words over columns of numbers.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from honed.figures import counted
from honed.table import fixed_width, two_headers
from honed.table.cells import brief, is_figure, share_of_figures, some

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
_SAMPLE = 200  # records that are looked at
_LETTERS = 200_000  # that hold them
_MOST_ABOVE = 20  # lines above a header
_LEAST_ROWS = 5  # below, a line of numbers is no evidence that a header is missing
_NEARLY = 0.95  # share of the cells of a column that are all it tells of
_BODY = 0.9  # share of the records that have the table's width
_TOKEN = re.compile(r'"[^"]*"|\S+')
_MADE_NAME = re.compile(r"column_(\d+)")
_SAID = re.compile(r"sep=([,;\t|])")  # what spreadsheets write and read

Row = list[str]


class Layout(NamedTuple):
    """Where the table is.

    Attributes
    ----------
    separator : what cuts cells; a space stands for any number of them.
    places : where the columns stand in all lines, where nothing cuts them; by tabs they are cut there.
    skipped : lines above the header, or above the first row where there is no header.
    names : of the columns, where no line holds them.
    notes, doubts : what was understood, and what may be meant otherwise.
    """

    separator: str
    skipped: int = 0
    names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    places: fixed_width.Places | None = None


class _Records(NamedTuple):
    """The first records with something in them, and the line before each."""

    rows: list[Row]
    lines: list[int]

    @property
    def width(self) -> int:
        """Cells of most records."""
        return Counter(len(row) for row in self.rows).most_common(1)[0][0] if self.rows else 0

    @property
    def agreeing(self) -> float:
        """Share of the records that have that many."""
        width = self.width
        return sum(len(row) == width for row in self.rows) / max(len(self.rows), 1)


def find(data: bytes, known: Sequence[str] = (), plain: bool = False) -> Layout:
    """The layout of a file.

    Parameters
    ----------
    data : the whole file in UTF-8, not empty.
    known : names of which some must be in the header, as of a table to predict; empty for a table to learn from.
    plain : whether the first line is the header whatever it looks like.
    """
    text = data[: 4 * (_LETTERS + 2)].decode(errors="ignore")  # a letter has at most four bytes
    separator = sniff(text)
    if plain:
        return Layout(separator)
    sample = (
        text if len(text) <= _LETTERS else text[: max(text.rfind("\n", 0, _LETTERS), 0)] or text[:_LETTERS]
    )
    records = _records(sample, separator)
    said = _SAID.fullmatch(sample.split("\n", 1)[0].strip())
    if said:
        return Layout(
            said[1], 1, notes=(f"The line {said[0]!r} above the header says what separates cells.",)
        )
    if records.width < 2 or records.agreeing < 1:
        separator, records = _best(sample, separator, records)
    if records.width < 2 and (places := fixed_width.find(sample, known)) is not None:
        first = "\n".join(sample.split("\n", fixed_width.SAMPLE)[: fixed_width.SAMPLE])
        sample = fixed_width.by_tabs(first, places, "")
        found = _found(sample, "\t", _records(sample, "\t"), known)
        return found._replace(notes=(fixed_width.said(places), *found.notes), places=places)
    return _found(sample, separator, records, known)


def _found(sample: str, separator: str, records: _Records, known: Sequence[str]) -> Layout:
    """The layout of a table of those first records, cut by that separator or one that fits known names better."""
    if (both := _two_headers(sample, separator, records, known)) is not None:
        return both
    if not known and _is_regular(records):
        return Layout(separator)
    for each in SEPARATORS:  # names that are known say which separator cuts them
        found = _records(sample, each) if known else records
        if _most_known(found, known) > _most_known(records, known):
            separator, records = each, found
    place = _known_header(records, known)
    is_known = place is not None
    place = _header(records) if place is None else place
    if place:
        return _below(records, place, separator, is_known)
    names = _missing_names(records, known) if place is None else None
    if names and known and set(known) <= set(names):
        note = "It has no header: its columns were named by position, as those of training."
        return Layout(separator, 0, names, notes=(note,))
    if names:
        return Layout(separator, 0, names, doubts=(_no_header(records, names),))
    return Layout(separator)


def sniff(text: str) -> str:
    """The separator that cuts the first records into the most fields with the fewest exceptions.

    A file with none of the known separators in its header has one column, and gets a comma.
    """
    sample = text[:_LETTERS].splitlines(keepends=True)[: _SAMPLE * 2]
    if len(sample) > 1 and len(text) > _LETTERS:
        sample = sample[:-1]  # cut in the middle
    best, best_score = ",", 0.0
    for separator in ",;\t|":
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


def without_spaces(text: str) -> str:
    """A table whose cells are cut by spaces, cut by tabs."""
    return "\n".join("\t".join(_TOKEN.findall(line)) for line in _lines(text))


def _lines(text: str) -> list[str]:
    """Lines as a newline ends them, and nothing else."""
    return [line.removesuffix("\r").replace("\r", " ") for line in text.split("\n")]


def _records(sample: str, separator: str) -> _Records:
    lines = _lines(sample)[: 2 * _SAMPLE]
    if separator == " ":
        lines, separator = ["\t".join(_TOKEN.findall(line)) for line in lines], "\t"
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator)
    rows: list[Row] = []
    starts: list[int] = []
    start = 0
    with contextlib.suppress(csv.Error):  # a cell without an end, which is met again when all is read
        for row in reader:
            if any(cell.strip() for cell in row) and len(rows) < _SAMPLE:
                rows.append([cell.strip() for cell in row])
                starts.append(start)
            start = reader.line_num
    return _Records(rows, starts)


def _best(sample: str, separator: str, records: _Records) -> tuple[str, _Records]:
    """The separator by what most records say, where the first one says otherwise; spaces where nothing else cuts."""
    best, score = (separator, records), 0.0
    for each in ",;\t|":
        found = _records(sample, each)
        if found.width > 1 and found.agreeing * found.width > score and found.agreeing >= _BODY - 0.4:
            best, score = (each, found), found.agreeing * found.width
    if score:
        return best
    found = _records(sample, " ")
    below = _Records(found.rows[1:], found.lines[1:])
    if found.width > 1 and found.agreeing == 1 and (_is_header(found, 0) or _is_data(found)):
        return " ", found
    # R writes its names of rows below no name
    is_short = below.agreeing == 1 and 1 < len(found.rows[0]) == found.width - 1
    if is_short and len(below.rows) >= _LEAST_ROWS and _is_header(found, 0):
        return " ", found
    return separator, records


def _is_regular(records: _Records) -> bool:
    """Whether the first line is a header beyond doubt: as wide as all rows, and words."""
    if records.agreeing < 1 or records.width < 2:
        return False
    first = records.rows[0]
    return (
        all(first)
        and not any(is_figure(cell) for cell in first)
        and first[0][0] != "#"
        and (len(records.rows) < 2 or not set(first) & {cell for row in records.rows[1:] for cell in row})
    )


def _two_headers(sample: str, separator: str, records: _Records, known: Sequence[str]) -> Layout | None:
    """The layout of a table with two rows of names; None where not both certainly are, or one has more known names."""
    for place, row in enumerate(records.rows[:_MOST_ABOVE]):
        found = two_headers.find(records.rows[place:], records.width, known)
        if found is not None:
            break
        if not _may_be_above(row, records.width):
            return None
    else:
        return None
    if known and len(set(known).intersection(found.names)) <= _most_known(records, known):
        return None
    after = place + found.lines
    skipped = records.lines[after]
    above = f" below {counted(records.lines[place], 'other line')}" if records.lines[place] else ""
    said = f"The first {found.lines} lines{above} are names, so they were joined to {some(found.names, 4)}."
    if known:
        return Layout(separator, skipped, found.names, notes=(said,))
    return Layout(
        separator, skipped, found.names, doubts=(f"{said} If the first alone is the header, say --as-is.",)
    )


def _header(records: _Records) -> int | None:
    """The place of the header, below lines that are none of the table's; None where no line is certainly one."""
    first = records.rows[:_MOST_ABOVE]
    for place, row in enumerate(first):
        if len(row) == records.width and all(row) and _is_header(records, place):
            return place
        if not _may_be_above(row, records.width):
            break
    return next((place for place in range(min(2, len(first))) if _is_header(records, place)), None)


def _known_header(records: _Records, known: Sequence[str]) -> int | None:
    """The place of the line with the most of the known names; None where none has any."""
    found = _known_in(records, known)
    most = max(found, default=0)
    return found.index(most) if most else None


def _known_in(records: _Records, known: Sequence[str]) -> list[int]:
    """How many of the known names each of the first lines has."""
    names = set(known)
    return [len(names.intersection(row)) for row in records.rows[: _MOST_ABOVE + 1]]


def _most_known(records: _Records, known: Sequence[str]) -> int:
    return max(_known_in(records, known), default=0)


def _may_be_above(row: Row, width: int) -> bool:
    """Whether a line can be a title or a comment: its cells are fewer or more than a row's, or some are empty."""
    return width > 1 and (len(row) != width or not all(row) or row[0].startswith("#"))


def _is_header(records: _Records, place: int) -> bool:
    """Whether a line is one of different words, above rows of its width of which a column holds figures."""
    row = records.rows[place]
    while row and not row[-1]:
        row = row[:-1]
    body = [each for each in records.rows[place + 1 :] if len(each) == records.width]
    if len(row) < 2 or not all(row[1:]) or not body or abs(records.width - len(records.rows[place])) > 1:
        return False
    if len(row) < records.width - 1 or len(body) < _BODY * len(records.rows[place + 1 :]):
        return False
    if len(set(row)) < len(row) or any(is_figure(cell) for cell in row):
        return False
    columns = [[cell for cell in column if cell] for column in zip(*body, strict=True)]
    return any(share_of_figures(column) > _BODY - 0.1 for column in columns)


def _is_data(records: _Records) -> bool:
    """Whether the first line is a row like the others: numbers as theirs above numbers, words that others have."""
    first, body = records.rows[0], [row for row in records.rows[1:] if row != records.rows[0]]
    if len(body) < _LEAST_ROWS or any(len(row) != len(first) for row in body):
        return False
    numeric: list[bool] = []
    among: list[bool] = []
    values: list[float] = []
    for cell, column in zip(first, zip(*body, strict=True), strict=True):
        present = [each for each in column if each]
        known = [_number(each) for each in present]
        numbers = [number for number in known if number is not None]
        if not present or not cell:
            continue
        if len(numbers) >= _NEARLY * len(known):
            number = _number(cell)
            if number is not None:
                values.append(number)
            numeric.append(number is not None and _is_like(number, cell, numbers, present))
        elif share_of_figures(present) >= _NEARLY:
            numeric.append(is_figure(cell))
        else:
            among.append(cell in present)
    if numeric:
        steps = {round(b - a, 6) for a, b in itertools.pairwise(values)}
        is_counting = len(values) > 2 and len(steps) == 1 and 0 not in steps  # such as years
        return not is_counting and sum(numeric) >= _BODY * len(numeric) and _is_plain(values, first)
    return len(among) > 1 and sum(among) >= _BODY * len(among)


def _is_plain(values: list[float], first: Row) -> bool:
    """Whether numbers repeat or have a fraction, as no names do, or are but a part of the line."""
    return (
        len(set(values)) < len(values)
        or any(value != int(value) for value in values)
        or len(values) < len(first)
    )


def _is_like(number: float, cell: str, numbers: list[float], cells: list[str]) -> bool:
    """Whether a number is one of a column: within its range or near it, and with a fraction only where others have."""
    low, high = min(numbers), max(numbers)
    margin = 1.01 * (high - low)
    has_point = any("." in each for each in cells)
    return low - margin <= number <= high + margin and (has_point or "." not in cell)


def _number(cell: str) -> float | None:
    try:
        value = float(cell.replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < 1e300 else None


def _missing_names(records: _Records, known: Sequence[str]) -> tuple[str, ...] | None:
    """Names for the columns of a table without a header, as far as it is one; the known ones where they fit."""
    width = records.width
    if records.agreeing < 1 or width < 1:
        return None
    places = [_MADE_NAME.fullmatch(name) for name in known]
    if known and all(places):  # so was the table that they come from
        by_place = sorted(known, key=lambda name: int(name.removeprefix("column_")))
        return tuple(by_place) if len(known) == width else _made(width)
    return _made(width) if width > 1 and _is_data(records) else None


def _made(width: int) -> tuple[str, ...]:
    return tuple(f"column_{number}" for number in range(1, width + 1))


def _no_header(records: _Records, names: tuple[str, ...]) -> str:
    cells = some(records.rows[0], 4)
    return (
        f"The first line ({cells}) looks like a row, not a header, so the columns are called {names[0]}"
        f"{f' to {names[-1]}' if len(names) > 1 else ''}. Put a line of names above it, or, if it is the header, say "
        "--as-is."
    )


def _below(records: _Records, place: int, separator: str, is_known: bool) -> Layout:
    """The layout of a table below other lines, which is no doubt where its names are known."""
    above = [separator.join(row).strip(separator) for row in records.rows[:place]]
    count = records.lines[place]
    said = (
        f"Skipped {counted(count, 'line')} above the header, which is line {count + 1}: "
        f"{some([brief(line, 60) for line in above], 3)}."
    )
    belong = "it belongs" if count == 1 else "they belong"
    if is_known or all(line.startswith("#") for line in above):
        return Layout(separator, count, notes=(said,))
    return Layout(separator, count, doubts=(f"{said} If {belong} to the table, say --as-is.",))
