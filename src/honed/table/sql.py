"""The rows that a query of a database gives, as a table: PostgreSQL by ADBC, SQLite by Python's own library.

Nothing is written: a transaction of PostgreSQL is read only, and a file of SQLite is opened so.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from honed import addresses
from honed.errors import InputError
from honed.lazily import pl
from honed.table import read
from honed.table.cells import MOST_EXACT, brief, some
from honed.table.delimited import check_names
from honed.table.native import first_line
from honed.table.read import Table

_BEFORE = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*", re.DOTALL)  # remarks before the first word
_GIVES_ROWS = ("select", "with", "values", "table")
_ORDERED = re.compile(r"\border\s+by\b", re.IGNORECASE)
_NO_ORDER = re.compile(r"--[^\n]*|/\*.*?\*/|'[^']*'|\"[^\"]*\"", re.DOTALL)  # remarks, texts and names
_INSIDE = re.compile(r"\([^()]*\)")  # of a query within or a window
_PATIENCE = 15  # seconds until a server that does not answer counts as away
_WRITES, _SYNTAX, _NO_TABLE = "25006", "42601", "42P01"  # PostgreSQL's codes of errors
_INTERVAL = b"tin"  # Arrow's name of months, days and nanoseconds, for which Polars has no type
_UUID = b"w:16"  # 16 bytes in each cell, which no other type of PostgreSQL comes as
_TABLES_OF_POSTGRESQL = (
    "select case table_schema when 'public' then '' else table_schema || '.' end || table_name as name "
    "from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') order by 1"
)
_TABLES_OF_SQLITE = (
    r"select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite\_%' escape '\' "
    "order by 1"
)


def table(address: str, query: str | None, *, least_rows: int = 2, least_columns: int = 2) -> Table:
    """What the query gives.

    Parameters
    ----------
    address : as `honed.addresses.asked` gives it.
    query : one statement that gives rows. least_rows, least_columns : see `honed.table.read.read`.

    Raises
    ------
    InputError
        No query, or one that writes, holds several statements, is refused or gives too few rows or columns; no such
        file, a server that is away or asks for another password, or no library that reads from PostgreSQL.
    """
    if query is None:
        raise InputError(
            f"{address} is a database, and which of its rows are meant is not said. {_tables(address)}Give --query, "
            "such as --query 'select * from TABLE order by COLUMN'."
        )
    _check(query)
    file = addresses.file_of(address)
    frame = _of_postgresql(address, query) if file is None else _of_sqlite(file, query)
    if frame.width < least_columns:
        found = f"only the column {brief(repr(frame.columns[0]))}" if frame.width else "no column"
        raise InputError(
            f"The query gives {found}. Learning needs the target and at least one column to predict it from. Select "
            "both."
        )
    if frame.height == 0 and least_rows > 0:
        raise InputError(
            f"The query gives no rows of {address}, so there is nothing to work on. Check what it asks for."
        )
    frame = read.as_typed(frame, (), "The query")
    read.check_size(frame, "What the query gives", least_rows, least_columns)
    notes = () if _is_ordered(query) else (_any_order(address),)
    return Table(frame, address, read.content_hash(frame), notes=notes)


def _is_ordered(query: str) -> bool:
    """Whether the whole of it has an ORDER BY, and not only a part."""
    words, before = _NO_ORDER.sub(" ", query), ""
    while words != before:
        words, before = _INSIDE.sub(" ", words), words
    return _ORDERED.search(words) is not None


def _any_order(address: str) -> str:
    return (
        f"{address}: The query has no ORDER BY, so the database may give the rows in another order another time: which "
        "prediction is of which row is then not known, and a run that reads them so does not go on."
    )


def _check(query: str) -> None:
    """Refuse what is no query of rows, before anybody is asked."""
    if any("\ud800" <= letter <= "\udfff" for letter in query):
        raise InputError("The query is no text in UTF-8, as databases need it. Write it anew.")
    start = _BEFORE.match(query)
    word = re.match(r"\w*", query[start.end() :] if start else query)
    first = word[0].lower() if word else ""
    if first in _GIVES_ROWS:
        return
    found = f"begins with {brief(first.upper())}" if first else "is empty"
    raise InputError(
        f"The query {found}, but honed only reads: one that gives rows begins with SELECT, WITH, VALUES or TABLE."
    )


def _refused(said: str, tables: str = "") -> InputError:
    """What to say of a query that the database does not answer."""
    return InputError(f"The database refuses the query: {said.rstrip('.')}. {tables}Correct the query.")


def _writes(said: str) -> InputError:
    return InputError(
        f"The query writes ({said.rstrip('.')}), and honed only reads. Give one that selects rows."
    )


_SEVERAL = "The query holds several statements, and only one gives the rows. Give that one, with WITH for steps before."


def _tables(address: str) -> str:
    """A sentence on the tables of a database."""
    file = addresses.file_of(address)
    frame = (
        _of_postgresql(address, _TABLES_OF_POSTGRESQL)
        if file is None
        else _of_sqlite(file, _TABLES_OF_SQLITE)
    )
    names = frame["name"].to_list()
    return f"It has the tables {some(names, 8)}. " if names else "It has no tables. "


def _of_sqlite(file: str, query: str) -> pl.DataFrame:
    if not os.path.isfile(file):
        what = "is a folder, not one" if os.path.isdir(file) else "is not there"
        raise InputError(f"The SQLite file {file} {what}, so there is nothing to ask. Check the path.")
    try:
        with contextlib.closing(
            sqlite3.connect(f"{Path(file).absolute().as_uri()}?mode=ro", uri=True)
        ) as database:
            cursor = database.execute(query)
            names = [column[0] for column in cursor.description or ()]
            rows = cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _of_sqlite_error(error, file, query) from None
    check_names(names, "The query")
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return pl.DataFrame([_series(name, list(cells)) for name, cells in zip(names, columns, strict=True)])


def _of_sqlite_error(error: Exception, file: str, query: str) -> InputError:
    said, name = first_line(error), getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_READONLY":
        return _writes(said)
    if "one statement at a time" in said:
        return InputError(_SEVERAL)
    if name == "SQLITE_NOTADB":
        return InputError(
            f"{file} is no SQLite database, or one that is encrypted ({said}). Check the path; a file of another kind "
            "needs no address and no --query."
        )
    is_missing = said.startswith("no such table") and query != _TABLES_OF_SQLITE
    return _refused(said, _tables(addresses.of_file(file)) if is_missing else "")


def _series(name: str, cells: list[Any]) -> pl.Series:
    """A column of SQLite, whose cells have types each of its own: as numbers where all are, else as texts."""
    kinds = {type(cell) for cell in cells} - {type(None)}
    if kinds == {bytes}:
        return pl.Series(name, cells, dtype=pl.Binary)
    if kinds == {int}:
        return pl.Series(name, cells, dtype=pl.Int64)
    if kinds and kinds <= {int, float}:
        return pl.Series(name, [None if cell is None else float(cell) for cell in cells], dtype=pl.Float64)
    words = [cell.hex() if isinstance(cell, bytes) else None if cell is None else str(cell) for cell in cells]
    return pl.Series(name, words, dtype=pl.String)


def _of_postgresql(address: str, query: str) -> pl.DataFrame:
    adbc, driver = _libraries(address)
    with _connected(address, adbc, driver) as connection:
        connection.set_autocommit(False)
        try:
            with adbc.AdbcStatement(connection) as statement:
                statement.set_sql_query("SET TRANSACTION READ ONLY")
                statement.execute_update()
            with adbc.AdbcStatement(connection) as statement:
                # The driver puts it between brackets, which a remark at its end would swallow.
                statement.set_sql_query(query.rstrip().rstrip(";") + "\n")
                uuids = _check_schema(statement.execute_schema())
                frame = pl.DataFrame(statement.execute_query()[0])
        except (adbc.Error, pl.exceptions.PolarsError) as error:
            found = error
        else:
            return frame.with_columns(_plain(column) for column in frame).with_columns(
                pl.col(uuids).bin.encode("hex")
            )
    raise _of_postgresql_error(found, address, query)


def _libraries(address: str) -> tuple[ModuleType, ModuleType]:
    try:
        return importlib.import_module("adbc_driver_manager"), importlib.import_module(
            "adbc_driver_postgresql"
        )
    except ModuleNotFoundError:
        raise InputError(
            f"{address} is a database of PostgreSQL, and reading from one needs the package adbc-driver-postgresql. "
            "Install it: pip install 'honed[sql]'."
        ) from None


@contextlib.contextmanager
def _connected(address: str, adbc: ModuleType, driver: ModuleType) -> Iterator[Any]:
    """A connection to the server."""
    with contextlib.ExitStack() as opened:
        words = addresses.with_password(address)
        if "connect_timeout=" not in words and "PGCONNECT_TIMEOUT" not in os.environ:
            words += f"{'&' if '?' in words else '?'}connect_timeout={_PATIENCE}"
        try:
            connection = opened.enter_context(
                adbc.AdbcConnection(opened.enter_context(driver.connect(words)))
            )
        except adbc.Error as error:
            found = _said(error)
        else:
            yield connection
            return
    if "password" in found or "authentication" in found:
        advice = (
            "Give the right one in the address (postgresql://USER:PASSWORD@HOST/DATABASE), in PGPASSWORD or in "
            "~/.pgpass"
        )
    else:
        advice = "Check the address, and that the server is running and may be reached from here"
    raise InputError(f"{address} cannot be opened: {found.rstrip('.')}. {advice}.")


def _of_postgresql_error(error: Exception, address: str, query: str) -> InputError:
    said, code = _said(error), getattr(error, "sqlstate", None)
    if code == _WRITES:
        return _writes(said)
    if code == _SYNTAX and "multiple commands" in said:
        return InputError(_SEVERAL)
    is_missing = code == _NO_TABLE and query != _TABLES_OF_POSTGRESQL
    return _refused(said, _tables(address) if is_missing else "")


def _said(error: Exception) -> str:
    """What the server or libpq said, without what the driver puts around it."""
    text = str(error)
    for before in ("ERROR:", "FATAL:", "Failed to connect:", "[libpq]"):
        if before in text:
            text = text.partition(before)[2]
            break
    return first_line(Exception(text.strip()))


def _check_schema(schema: Any) -> list[str]:
    """The columns of uuid. Refuse what Polars does not take: a name that occurs twice, a type that it does not have."""
    columns = _ArrowSchema.from_address(schema.address).inside()
    names = [(column.name or b"").decode() for column in columns]
    check_names(names, "The query")
    for name, column in zip(names, columns, strict=True):
        if _INTERVAL in column.formats():
            raise InputError(
                f"The column {brief(repr(name))} that the query gives holds intervals, which honed does not read. "
                f"Select their seconds in its place: extract(epoch from {brief(name)})."
            )
    return [name for name, column in zip(names, columns, strict=True) if column.format == _UUID]


class _ArrowSchema(ctypes.Structure):
    """A type as Arrow's C data interface writes it (https://arrow.apache.org/docs/format/CDataInterface.html)."""

    name: bytes | None
    format: bytes
    n_children: int
    children: Any

    def inside(self) -> list[_ArrowSchema]:
        """The types that this one holds: columns of a table, items of a list."""
        return [self.children[place].contents for place in range(self.n_children)]

    def formats(self) -> set[bytes]:
        """Names of this type and of all inside."""
        return {self.format}.union(*(each.formats() for each in self.inside()))


_ArrowSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_ArrowSchema))),
]


def _plain(column: pl.Series) -> pl.Series:
    """A column of PostgreSQL's numeric, which comes as text, as float64; as text where that would lose digits."""
    kind = column.dtype
    if not isinstance(kind, pl.BaseExtension) or '"numeric"' not in (kind.ext_metadata() or ""):
        return column
    words = column.ext.storage()
    numbers = words.cast(pl.Float64, strict=False)
    is_exact = ~numbers.is_finite() | (numbers.abs() < MOST_EXACT) | words.str.contains(".", literal=True)
    return numbers if bool(is_exact.all()) else words
