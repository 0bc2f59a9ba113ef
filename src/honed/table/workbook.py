"""A sheet of a workbook (Excel, OpenDocument) as rows of text, which are then read as those of a CSV file.

So what people put into sheets beside the table, such as titles and totals, is found as in any file.
"""

from __future__ import annotations

import csv
import importlib
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from honed.errors import InputError
from honed.figures import counted
from honed.lazily import pl
from honed.settings import close
from honed.table.cells import brief, some

_OLD, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode(
    "utf-16-le"
)  # a stream's name in what holds a workbook with a password
_CLOCK = re.compile(
    r"1899-12-(?:30|31) (\d\d:\d\d:\d\d(?:\.\d+)?)"
)  # how a time of day without a date is kept
_FIRST, _LEAP = datetime(1899, 12, 30), datetime(1900, 3, 1)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d( |$)")
_PASSWORD = (
    "is protected by a password, which honed does not take. Save it without one, or save the sheet as CSV."
)


def is_workbook(data: bytes) -> bool:
    """Whether the bytes of a file are those of one, readable or not."""
    if data.startswith(_OLD):
        return True
    if not data.startswith(_ZIP):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return False
    return "[Content_Types].xml" in names or "content.xml" in names


def rows_of(
    data: bytes, source: str, sheet: str | None, known: Sequence[str] = ()
) -> tuple[bytes, list[str]]:
    """The rows of a sheet as text, cells cut by tabs, and what to say of it.

    Parameters
    ----------
    sheet : its name; None for the first with one of the `known` names, or where none are given, with two rows of two
        cells or more, as a cover sheet has not; where no sheet has, for the first that holds something.
    known : names of columns of which some must be there, as in a table to predict.

    Raises
    ------
    InputError
        No such sheet, nothing in it, a password, a damaged file, or no library that reads workbooks.
    """
    if _ENCRYPTED in data:
        raise InputError(f"{source} {_PASSWORD}")
    reader = _opened(data, source)
    names = list(reader.sheet_names)
    if sheet is not None and sheet not in names:
        raise InputError(
            f"{source} has no sheet {sheet!r}.{close(sheet, names)} It has {some(names)}. Give one of these with "
            "--sheet."
        )
    chosen, rows = "", list[list[str]]()
    for name in names if sheet is None else [sheet]:
        found = _rows(reader, name, source)
        is_table = _is_table(found, known)
        if found and (is_table or not rows):
            chosen, rows = name, found
        if is_table:
            break
    if rows:
        said = [] if len(names) == 1 else [f"Read the sheet {brief(chosen)!r}, one of {some(names)}."]
        return _text(rows), said
    which = f"The sheet {brief(sheet)!r} of {source}" if sheet is not None else source
    others = f" It has {counted(len(names), 'sheet')}: {some(names)}." if len(names) > 1 else ""
    raise InputError(f"{which} is empty, so there is nothing to read.{others} Give a sheet with a table.")


def _opened(data: bytes, source: str) -> Any:
    try:
        fastexcel = importlib.import_module("fastexcel")
    except ModuleNotFoundError:
        raise InputError(
            f"{source} is a workbook, and reading one needs the package fastexcel. Install it (pip install "
            "'honed[excel]'), or save the sheet as CSV."
        ) from None
    try:
        return fastexcel.read_excel(data)
    except fastexcel.FastExcelError as error:
        raise _damaged(source, error) from None


def _rows(reader: Any, name: str, source: str) -> list[list[str]]:
    """The cells of a sheet as text, without the empty rows at its end; others of its empty rows have no cells."""
    fastexcel = importlib.import_module("fastexcel")
    try:
        frame = reader.load_sheet(name, header_row=None, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise _damaged(source, error) from None
    frame = frame.with_columns([pl.Series(column.name, _cells(column.to_list())) for column in frame])
    rows = [[*row] if any(row) else [] for row in frame.rows()]
    full = [place for place, row in enumerate(rows) if row]
    return rows[: full[-1] + 1] if full else []


def _is_table(rows: list[list[str]], known: Sequence[str]) -> bool:
    """Whether there is a known name; of a file without such, whether two rows have two cells or more."""
    if known:
        return any(not set(known).isdisjoint(row) for row in rows)
    return sum(sum(map(bool, row)) > 1 for row in rows) > 1


def _cells(column: list[str | None]) -> list[str]:
    """The cells of a column, those that hold a time without a day as clocks write it.

    Hours beyond a day, as in ``79:48:00``, are kept as moments of 1900: so they are taken where no cell is a later one,
    none lies before the day from which they count, and the first is less than two months after it, as hours may be.
    """
    cells = [cell or "" for cell in column]
    if any(cell.startswith("1900-") for cell in cells):
        moments = [_moment(cell) for cell in cells]
        known = [moment for moment in moments if moment is not None]
        is_in_reach = bool(known) and _FIRST <= min(known) < _LEAP and max(known).year <= 1900
        if is_in_reach and any(moment.time() != time() for moment in known):
            pairs = zip(cells, moments, strict=True)
            return [cell if moment is None else _hours(moment) for cell, moment in pairs]
    return [clock[1] if (clock := _CLOCK.fullmatch(cell)) else cell for cell in cells]


def _moment(cell: str) -> datetime | None:
    """A cell as a moment; None for others, and for moments of a time zone, which no count of hours has."""
    try:
        moment = datetime.fromisoformat(cell) if _MOMENT.match(cell) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo is None else None


def _hours(moment: datetime) -> str:
    """A moment of 1900 as hours, minutes and seconds since the day before it; Excel has a February 29 in that year."""
    days = (moment - _FIRST).days
    days = max(0, days - (moment < _LEAP))
    return f"{days * 24 + moment.hour:02}{str(moment.time())[2:]}"


def _text(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _damaged(source: str, error: Exception) -> InputError:
    said = str(error).splitlines()[0].rstrip(".")
    if "password" in str(error).lower():
        return InputError(f"{source} {_PASSWORD}")
    return InputError(
        f"{source} begins like a workbook but cannot be read as one: {said}. It is probably cut off, damaged or no "
        "workbook. Write or copy it again, or save the sheet as CSV."
    )
