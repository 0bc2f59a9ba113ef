"""A file or a data frame to a `Table`: columns of cells, where they came from, and a fingerprint of the content."""

from __future__ import annotations

import difflib
import functools
import hashlib
import io
import os
import shlex
import sys
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from honed import addresses
from honed.errors import InputError, RunError
from honed.figures import counted
from honed.lazily import pl
from honed.run import disk
from honed.run.plain import loads
from honed.table import arrow_note, delimited, encodings, formats, glance, json_lines, times, workbook
from honed.table.cells import are_codes, as_known, brief, can_be_numbers, some, texts
from honed.table.native import (
    TableLike,
    as_category,
    first_line,
    from_array,
    from_native,
    without_extension,
)
from honed.table.packed import unpacked

if TYPE_CHECKING:
    from jaxtyping import Int

STANDARD_INPUT = "-"
_ARROW, _STREAM, _OLD_FEATHER = b"ARROW1", b"\xff\xff\xff\xff", b"FEA1"
_SQLITE = b"SQLite format 3\x00"
_PROCESS = os.getpid()  # that imported this
_PATIENCE = 5.0  # seconds for what takes none


@dataclass(frozen=True)
class Table:
    """Rows and named columns as they were given.

    Attributes
    ----------
    frame : from CSV every column is text exactly as the file has it and an empty cell is null;
        from Parquet and data frames the columns are typed, those of categories (also of numbers) as Categorical or
        Enum.
    source : the path as text, or "DataFrame" or "array".
    fingerprint : SHA-256, in hex, of the file's bytes, or of a data frame's content.
    plain_array : made from a NumPy array: columns are numeric and never taken for identifiers.
    is_typed : whether the columns have types of their own, which those of a CSV file have not.
    left_out : ascending positions of lines in place of rows that are none, and not in the frame: totals and repeated
        headers. The file has `rows` rows with them.
    notes, doubts : sentences on how the file was read, and on what it may mean otherwise.
    written : the columns of paths as texts, of the same rows, where the frame has them as lists of their parts; None
        where there is none.
    """

    frame: pl.DataFrame
    source: str
    fingerprint: str
    plain_array: bool = False
    is_typed: bool = True
    left_out: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    written: pl.DataFrame | None = None

    def at(self, rows: Int[np.ndarray, " rows"]) -> Table:
        """The table with these rows alone, ascending positions in the frame; itself where they are all."""
        if len(rows) == self.frame.height:
            return self
        written = None if self.written is None else self.written[rows]
        return replace(self, frame=self.frame[rows], written=written)

    @property
    def rows(self) -> int:
        """Rows of the file, those that were left out too."""
        return self.frame.height + len(self.left_out)

    @functools.cached_property
    def numbers(self) -> pl.DataFrame:
        """The columns of plain numbers as float64, kept with the table; see `honed.table.glance.values`."""
        return glance.values(self.frame)

    @functools.cached_property
    def is_headless(self) -> bool:
        """Whether all names were made, for want of a header."""
        made = (name == f"column_{number}" for number, name in enumerate(self.frame.columns, 1))
        return not self.is_typed and all(made)

    def declaration(self, kind: str, column: str) -> str:
        """How its reader declares a column to be of that kind: by a flag for a file's, by a keyword in Python."""
        if self.source in ("DataFrame", "array"):
            return f"{kind}=[{brief(repr(column))}]"
        return f"--{kind} {shlex.quote(brief(column))}"


def read(
    path: str | Path,
    *,
    least_rows: int = 2,
    least_columns: int = 2,
    once: bool = False,
    known: Sequence[str] = (),
    as_is: bool = False,
    sheet: str | None = None,
    usual_sheet: str | None = None,
) -> Table:
    """Read a CSV file (separator comma, semicolon, tab, bar or spaces), JSON lines, a workbook, Parquet or Arrow.

    Also a packed one. What a file is, its first bytes say and not its name. What was understood of a CSV file or a
    sheet beyond its cells, such as its encoding or a title above the header, is in the table's `notes` and `doubts`.

    Parameters
    ----------
    path : the file; "-" is standard input, where the table is read this `once`.
    least_rows, least_columns : smaller tables are refused. The defaults are what learning needs;
        predicting needs 1 and 1.
    once : whether the table is read this once only, so that a pipe will do; a run reads its data again.
    known : names of columns of which some should be there, as those of a model, which tell where the header is.
    as_is : the first line is the header and every other a row: no title, total or missing header is looked for.
    sheet : of a workbook the one to read; None for the first that holds a table; see `workbook.rows_of`.
    usual_sheet : the one to read where `sheet` names none, of a file that may as well be no workbook.

    Raises
    ------
    InputError
        No such file or sheet, a pipe or a device, empty, binary, of unknown encoding, ragged, header only, too few rows
        or columns, duplicate column names, a damaged archive: with the place in the file and what to do.
    """
    is_given = str(path) == STANDARD_INPUT
    source = "standard input" if is_given else str(path)
    content = _standard_input(once) if is_given else _file_bytes(Path(path), source, once)
    with ThreadPoolExecutor(1) as beside:  # a tenth of the work
        hashed = beside.submit(hashlib.sha256, content)
        table = _of_bytes(content, source, known, as_is, sheet, usual_sheet)
    check_size(table.frame, source, least_rows, least_columns)
    return replace(table, fingerprint=hashed.result().hexdigest())


def _of_bytes(
    content: bytes,
    source: str,
    known: Sequence[str],
    as_is: bool,
    sheet: str | None,
    usual_sheet: str | None,
) -> Table:
    """The table of a file without its fingerprint; see `read`."""
    data, how = (content, "") if workbook.is_workbook(content) else unpacked(content, source)
    notes = [f"Unpacked it from {how}."] if how else []
    _check_not_empty(data, source)
    is_workbook = workbook.is_workbook(data)
    if sheet is not None and not is_workbook:
        raise InputError(f"{source} is no workbook, so it has no sheet {sheet!r} to read. Leave it out.")
    typed = _typed(data, source)
    if typed is not None:
        return Table(typed, source, "", notes=_of(source, notes))
    if is_workbook:
        data, said = workbook.rows_of(data, source, usual_sheet if sheet is None else sheet, known)
        encoding, doubt = "UTF-8", ""
        notes += said
    else:
        data, encoding, doubt = encodings.decoded(data, source)
    _check_not_empty(data, source)
    if encoding != "UTF-8" and not doubt:
        notes.append(f"Read as {encoding}.")
    if not is_workbook and json_lines.is_json(data):
        frame = json_lines.frame(data, source)
        return Table(as_typed(frame, (), source), source, "", notes=_of(source, notes))
    frame, left_out, said, unsure = delimited.parse(data, source, known, as_is)
    doubts = [*([doubt] if doubt else []), *unsure]
    notes, doubts = _of(source, [*notes, *said]), _of(source, doubts)
    return Table(frame, source, "", is_typed=False, left_out=left_out, notes=notes, doubts=doubts)


def _typed(data: bytes, source: str) -> pl.DataFrame | None:
    """The columns of a file whose columns have types; None for another one."""
    if data.startswith(b"PAR1"):
        return _read_parquet(data, source)
    if data.startswith((_ARROW, _STREAM)):
        return _read_arrow(data, source)
    if data.startswith(_SQLITE):
        raise InputError(
            f"{source} is an SQLite database, and which of its rows are meant is not said. Give its address and a "
            f"query: {addresses.of_file(source)} --query 'select * from TABLE order by COLUMN'."
        )
    if data.startswith(_OLD_FEATHER):
        raise InputError(
            f"{source} is a Feather file of the first version, which nothing writes any more. Write it anew, as "
            "pandas.read_feather(FILE).to_feather(FILE) does, or as Parquet."
        )
    return None


def _of(source: str, sentences: list[str]) -> tuple[str, ...]:
    return tuple(f"{source}: {sentence}" for sentence in sentences)


def check_not_forked() -> None:
    """Refuse to work in a process that was forked from one whose Polars had begun to work.

    The child has no copy of the threads that Polars waits for, so that its first operation would last for ever.

    Raises
    ------
    RunError
        This is such a process.
    """
    if os.getpid() == _PROCESS:
        return
    trial = threading.Thread(target=pl.LazyFrame({"a": [1]}).select(pl.col("a") + 1).collect, daemon=True)
    trial.start()
    trial.join(_PATIENCE)
    if trial.is_alive():
        raise RunError(
            "This process was forked from one that had worked with tables already, whose threads it lacks: here the "
            "work would wait for ever. Start processes by 'spawn' or 'forkserver' (multiprocessing.get_context), take "
            "joblib's 'loky' or 'threading', or fork before the first table is read."
        )


def from_frame(X: TableLike) -> Table:
    """Take a pandas, Polars or Arrow table, or a NumPy array (rows, columns), whose columns become x0, x1, ...

    Raises
    ------
    InputError
        Not a table, not two-dimensional, or duplicate column names.
    RunError
        This is a forked process, see `check_not_forked`.
    """
    frame, is_array = frame_of(X), isinstance(X, np.ndarray)
    return Table(frame, "array" if is_array else "DataFrame", content_hash(frame), plain_array=is_array)


def frame_of(X: TableLike) -> pl.DataFrame:
    """The frame of such a table alone, without a fingerprint, which takes longer; errors as `from_frame`."""
    check_not_forked()
    return from_array(plain_rows(X)) if isinstance(X, np.ndarray) else from_native(X)


def plain_rows(X: TableLike) -> TableLike:
    """Rows as they were given, the masked cells of a masked array missing.

    Raises
    ------
    InputError
        Rows with named cells that are no data frame, dicts or records: those of an array go by position.
    """
    if isinstance(X, np.ndarray) and X.dtype.names:
        raise InputError(
            f"X is an array of {counted(X.size, 'record')} with the fields {some(X.dtype.names)}, and columns with "
            "names belong in a data frame. Give one, such as pandas.DataFrame(X)."
        )
    if isinstance(X, (list, tuple)) and any(isinstance(row, Mapping) for row in X):
        raise InputError(
            f"X is a list of {counted(len(X), 'row')} that are dicts, and columns with names belong in a data frame. "
            "Give one, such as pandas.DataFrame(X)."
        )
    return unmasked(X)


def unmasked(cells: TableLike) -> TableLike:
    """A masked array as an array of the same shape, with its masked cells missing; else what was given.

    Numbers become float64 with NaN, dates and durations have NaT, all else becomes objects with None.
    """
    if not isinstance(cells, np.ma.MaskedArray):
        return cells
    mask, cells = np.ma.getmaskarray(cells), cells.data
    if not mask.any():
        return cells
    kind = cells.dtype.kind
    cells = cells.astype(cells.dtype if kind in "fmM" else np.float64 if kind in "iu" else object)
    cells[mask] = (
        None if cells.dtype.kind == "O" else np.array("NaT", cells.dtype) if kind in "mM" else np.nan
    )
    return cells


def joined(table: Table, given: Table) -> Table:
    """Both tables in one, the rows of `given` last; columns are those of `table`, which `given` must have."""
    # What one of them declares to be categories are categories in both, also beside other categories or mere texts.
    parts = [table.frame, given.frame.select(table.frame.columns)]
    names = {column.name for part in parts for column in part if column.dtype in (pl.Categorical, pl.Enum)}
    parts = [part.with_columns(texts(part[name]).cast(pl.Categorical) for name in names) for part in parts]
    # A CSV file beside a Parquet file: dates by their moments, and what has no type in common by its texts.
    names = [name for name in table.frame.columns if _has_dates(*(part[name] for part in parts))]
    for name in names:
        both = [_as_moments(part[name]) for part in parts]
        if both[0].dtype == both[1].dtype:
            parts = [part.with_columns(found) for part, found in zip(parts, both, strict=True)]
    names = [name for name in table.frame.columns if not _fit(*(part[name] for part in parts))]
    parts = [part.with_columns(texts(part[name]) for name in names) for part in parts]
    words = [
        column.name
        for column in parts[0]
        if column.dtype == parts[1][column.name].dtype == pl.String and not can_be_numbers(column)
    ]
    parts[1] = parts[1].with_columns(as_known(parts[1][name], parts[0][name]) for name in words)
    both = pl.concat(parts, how="vertical_relaxed")
    fingerprint, is_typed = table.fingerprint + given.fingerprint, table.is_typed and given.is_typed
    return Table(both, table.source, fingerprint, table.plain_array, is_typed)


def _has_dates(one: pl.Series, other: pl.Series) -> bool:
    """Whether one of the two has a type of dates or times, and the other another one."""
    kinds = [column.dtype for column in (one, other)]
    return kinds[0] != kinds[1] and any(kind.is_temporal() and kind != pl.Duration for kind in kinds)


def _as_moments(column: pl.Series) -> pl.Series:
    """The column's dates and times as `honed.table.times` reads them; one that has none as it is."""
    found = times.find(column, is_said=True)
    return column if found is None else formats.read(column, found.format)


def _fit(one: pl.Series, other: pl.Series) -> bool:
    """Whether a common type holds the cells of both exactly as they are told apart."""
    if one.dtype == other.dtype or pl.Null in (one.dtype, other.dtype):
        return True
    are_numeric = one.dtype.is_numeric() and other.dtype.is_numeric()
    return are_numeric and not (are_codes(one) or are_codes(other))


def _standard_input(once: bool) -> bytes:
    _check_once("Standard input", once)
    return sys.stdin.buffer.read()


def _check_once(source: str, once: bool) -> None:
    if not once:
        raise InputError(
            f"{source} is a pipe, which can be read only once, and a run reads its data again when it goes on and for "
            "its report. Write the table into a file, and give that file."
        )


def _file_bytes(path: Path, source: str, once: bool) -> bytes:
    if not source:
        raise InputError("The name of the table is empty. Give the path of a CSV or Parquet file.")
    try:
        if path.is_fifo():
            _check_once(source, once)
            data = disk.read_pipe(path)
        else:
            data = disk.read_file(path)
    except FileNotFoundError:
        folder = path.parent if path.parent.is_dir() else None
        near = (
            _near_file(path.name, folder) if folder else f" The folder {path.parent} does not exist either."
        )
        raise InputError(f"There is no file {source}, so there is nothing to read.{near}") from None
    except IsADirectoryError:
        raise InputError(
            f"{source} is a folder, not a table. Give the path of one CSV or Parquet file in it."
        ) from None
    except OSError as error:
        raise InputError(
            f"{source} cannot be read: {error.strerror}. Check its permissions, or give another file."
        ) from None
    return data


def _check_not_empty(data: bytes, source: str) -> None:
    if not data or data.isspace():
        raise InputError(
            f"{source} is empty ({len(data)} bytes), so there is nothing to learn from. "
            "Give a CSV file with a header line, or a Parquet file."
        )


def _near_file(name: str, folder: Path) -> str:
    try:
        files = [item.name for item in folder.iterdir() if item.is_file()]
    except OSError:  # a folder that may be passed through and not listed
        files = []
    near = difflib.get_close_matches(name, files, n=1)
    return f" Did you mean {folder / near[0]}?" if near else " Check the path."


def _read_parquet(data: bytes, source: str) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except pl.exceptions.DuplicateError as error:
        raise InputError(
            f"{source}: a column name occurs twice ({first_line(error)}). "
            "A name must say which column is meant. Rename or remove the repeated columns."
        ) from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise damaged(source, error) from None
    return as_typed(frame, category_names(io.BytesIO(data)), source)


def _read_arrow(data: bytes, source: str) -> pl.DataFrame:
    read = pl.read_ipc if data.startswith(_ARROW) else pl.read_ipc_stream
    try:
        frame = read(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise damaged(source, error, "an Arrow") from None
    return as_typed(frame, (), source)


def damaged(source: str, error: Exception, what: str = "a Parquet") -> InputError:
    """What to say of a Parquet file, or of another with types, that cannot be read."""
    return InputError(
        f"{source} begins like {what} file but cannot be read: {first_line(error)}. "
        "It is probably cut off or damaged. Write or copy it again."
    )


def as_typed(frame: pl.DataFrame, categories: Collection[str], source: str) -> pl.DataFrame:
    """The columns of a file with types as a table has them; `categories` names those that were such."""
    frame = frame.with_columns(without_extension(column) for column in frame)
    frame = frame.with_columns(as_category(frame[name]) for name in frame.columns if name in categories)
    frame.columns = delimited.column_names(frame.columns, source)
    return frame


def category_names(file: str | io.BytesIO) -> set[str]:
    """Columns that were categories; of those that are not texts only notes of pandas and Arrow in the file tell."""
    try:
        notes = pl.read_parquet_metadata(file)
    except pl.exceptions.PolarsError:
        return set()
    return {
        *_pandas_categories(notes.get("pandas", "{}")),
        *arrow_note.dictionaries(notes.get("ARROW:schema", "")),
    }


def _pandas_categories(note: str) -> list[str]:
    try:
        columns = loads(note).get("columns", [])
        return [str(column["field_name"]) for column in columns if column["pandas_type"] == "categorical"]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []  # a note of another form tells nothing


def check_size(frame: pl.DataFrame, source: str, least_rows: int, least_columns: int) -> None:
    """Raise `InputError` where a table has too few rows or columns."""
    rows, columns = frame.shape
    if columns < least_columns:
        found = counted(columns, "column") + (f", {brief(repr(frame.columns[0]))}" if columns == 1 else "")
        raise InputError(
            f"{source} has only {found}. "
            "Learning needs the target and at least one column to predict it from. "
            "If the file has more, separate its cells by a comma, semicolon, tab or bar; of a workbook name the sheet "
            "with --sheet."
        )
    if rows == 0 and least_rows > 0:
        raise InputError(
            f"{source} has a header and no rows, so there is nothing to work on. "
            "Give a file with data below the header."
        )
    if rows < least_rows:
        raise InputError(
            f"{source} has only {counted(rows, 'row')}. "
            f"At least {least_rows} are needed to learn from some and check on others. Give a table with more rows."
        )


def content_hash(frame: pl.DataFrame) -> str:
    """SHA-256 of names, types and cells."""
    digest = hashlib.sha256(repr(list(frame.schema.items())).encode())
    if frame.width:
        buffer = io.BytesIO()
        frame.rechunk().write_ipc(buffer)
        digest.update(buffer.getbuffer())
    return digest.hexdigest()
