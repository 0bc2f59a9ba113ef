"""A large table in batches of rows, in the order of its files, so that memory does not grow with the rows: `batches`.

What a reader decides by all rows at once, such as that the last one holds the sums of the others, is decided by what a
batch shows. A file that needs more than that, as one that is packed or no UTF-8, is not read so.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from honed.errors import InputError, warn
from honed.figures import size as in_bytes
from honed.lazily import pl
from honed.run import memory, paths
from honed.table import delimited, encodings, json_lines, layout, outside, read, several
from honed.table.read import Table

CELLS = 1 << 21  # of a batch
LARGE_CELLS, LARGE_BYTES = 1 << 24, 1 << 26  # of Parquet and CSV files: less is read whole
_BLOCK = 1 << 24  # bytes of a CSV file
_LEAST, _MOST = 1024, 1 << 17  # rows of a batch of Parquet
_OPEN = 8  # blocks in which quotes that were opened are closed again
HELD = 3  # bytes in memory for each of a CSV file that is read whole; see benchmarks/README.md, From a file to arrays
_WHOLE = b"whole"  # packed or JSON
_STARTS = (
    b"PAR1",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zX",
    b"ARRO",
    b"\xff\xff\xff\xff",
)
_NO_TEXT = {*_STARTS, _WHOLE}


class Irregular(Exception):
    """A block of a file is not as those before it, so that only the whole file tells how it is to be read.

    Its text says what was found, for `Batches.check_fits`.
    """


class Batch(NamedTuple):
    """Rows of a table, which are in `file`; `before` counts those of the files that come before them."""

    before: int
    table: Table
    file: str


@dataclass(frozen=True)
class Batches:
    """The batches of a table, each time anew; all have the columns of the first, in its order.

    Attributes
    ----------
    files : paths of CSV files, or of Parquet files. rows : of Parquet files, all together.
    known, as_is : see `honed.table.read.read`.
    """

    source: str
    files: tuple[str, ...]
    is_typed: bool
    known: tuple[str, ...] = ()
    as_is: bool = False
    cells: int = CELLS
    block: int = _BLOCK

    def __iter__(self) -> Iterator[Batch]:
        """Read one after another.

        Raises
        ------
        Irregular
            See there.
        InputError
            A file that cannot be read, or whose columns are others.
        """
        before, names = 0, None
        for file in self.files:
            how = self if names is None else replace(self, known=tuple(names))
            try:
                for table in typed(file, self.cells) if self.is_typed else texts(file, how):
                    own = table.frame.columns
                    names = names or own
                    if own != names:
                        several.check_columns(names, own, self.files[0], file)
                        table = replace(table, frame=table.frame.select(names))
                    yield Batch(before, replace(table, source=self.source), file)
                    before += table.rows
            except OSError as error:
                raise unreadable(file, error) from None

    def check_fits(self, irregular: Irregular) -> None:
        """Raise `InputError` where the files have too many bytes to be read whole instead: of what was found."""
        size, free = sum(map(os.path.getsize, self.files)), memory.available()
        if HELD * size > free:
            raise InputError(
                f"{irregular} {self.source} is {in_bytes(size)}, which cannot be read whole in the {in_bytes(free)} of "
                "memory that are free."
            )


def unreadable(file: str, error: OSError) -> InputError:
    """What to say of a file that the system does not give, though it did."""
    why = os.strerror(errno.ENOENT) if isinstance(error, FileNotFoundError) else error.strerror or error
    return InputError(
        f"{file} cannot be read: {why}. Check that it is still there, its permissions and its disk."
    )


@dataclass(frozen=True)
class Whole:
    """A table in memory as the one batch of itself."""

    table: Table
    files: tuple[str, ...]

    @property
    def source(self) -> str:
        """What messages call it."""
        return self.table.source

    def __iter__(self) -> Iterator[Batch]:
        """All of it."""
        yield Batch(0, self.table, self.source)


@dataclass
class Said:
    """What was understood of the files, and what is in doubt, gathered from batches; see `several.each_once`."""

    batches: Batches | Whole
    _notes: list[tuple[str, str]] = field(default_factory=list)
    _doubts: list[tuple[str, str]] = field(default_factory=list)

    def add(self, batch: Batch) -> None:
        """Keep what the batch tells."""
        self._notes += [(batch.file, note) for note in batch.table.notes]
        self._doubts += [(batch.file, doubt) for doubt in batch.table.doubts]

    @property
    def notes(self) -> tuple[str, ...]:
        """Which files were read, if not one that was named, and what was understood."""
        files, source = self.batches.files, self.batches.source
        is_said = files == (source,) or isinstance(self.batches, Whole)  # by the table
        of_files = [] if is_said else [several.said_of(files, source)]
        return (*of_files, *several.each_once(self._notes, source))

    def warn(self) -> None:
        """Give what is in doubt as warnings."""
        for doubt in several.each_once(self._doubts, self.batches.source):
            warn(doubt)


def of(
    path: str | Path,
    known: Sequence[str] = (),
    as_is: bool = False,
    *,
    large_cells: int = LARGE_CELLS,
    large_bytes: int = LARGE_BYTES,
    cells: int = CELLS,
    block: int = _BLOCK,
) -> Batches | None:
    """The batches of a large table; None for one that is to be read whole.

    Parameters
    ----------
    known, as_is : see `honed.table.read.read`.
    large_cells, large_bytes : how much of Parquet and of CSV files is large. cells, block : how much is a batch.

    Raises
    ------
    InputError
        Parquet files whose columns are others than those of the first. One of several files is empty or damaged, which
        is said here, before time and memory go to reading the others.
    """
    files = several.files(path) or [str(path)]
    if not all(os.path.isfile(file) for file in files):
        return None
    if len(files) > 1:
        for file in files:
            if not os.path.getsize(file):
                read.read(file)  # raises, and has the words for it
    try:
        starts = {_start(file) for file in files}
        if starts == {b"PAR1"}:
            scans = [pl.scan_parquet(file, glob=False) for file in files]
            sizes = [scan.select(pl.len()).collect().item() for scan in scans]
            names = [scan.collect_schema().names() for scan in scans]
            is_large = sum(sizes) * len(names[0]) > large_cells
            columns = [delimited.column_names(own, file) for file, own in zip(files, names, strict=True)]
            for file, own in zip(files, columns, strict=True):  # and not after a pass over the others
                several.check_columns(columns[0], own, files[0], file)
        else:
            is_large = sum(os.path.getsize(file) for file in files) > large_bytes
            is_large = is_large and not starts & _NO_TEXT
    except (pl.exceptions.PolarsError, OSError):
        if len(files) > 1:
            _check_each(files)
        return None  # whoever reads it whole says why it cannot be read
    if not is_large:
        return None
    return Batches(
        paths.shown(str(path)), tuple(files), starts == {b"PAR1"}, tuple(known), as_is, cells, block
    )


def _check_each(files: Sequence[str]) -> None:
    """Raise what is to be said of a Parquet file that cannot be read."""
    for file in files:
        try:
            pl.scan_parquet(file, glob=False).collect_schema()
        except (pl.exceptions.PolarsError, OSError):
            read.read(file)  # raises, and has the words for it


def _start(file: str) -> bytes:
    with open(file, "rb") as opened:
        start = opened.read(64)
    is_whole = start.startswith((b"\x1f\x8b", b"BZh")) or json_lines.is_json(start)
    return _WHOLE if is_whole else start[:4]


def typed(file: str, cells: int) -> Iterator[Table]:
    """The batches of a Parquet file.

    Raises
    ------
    InputError
        It is damaged.
    KeyboardInterrupt
        Ctrl-C ended them early.
    """
    try:
        scan = pl.scan_parquet(file, glob=False)
        rows = max(_LEAST, min(_MOST, cells // max(1, len(scan.collect_schema()))))
        names = read.category_names(file)
        missing = scan.select(pl.len()).collect().item()
        for frame in scan.collect_batches(chunk_size=rows, maintain_order=True):
            missing -= frame.height
            yield Table(read.as_typed(frame, names, file), file, "")
        if missing > 0:  # Polars takes Ctrl-C for the end of the batches, without a word
            raise KeyboardInterrupt
    except (FileNotFoundError, PermissionError) as error:
        raise unreadable(file, error) from None
    except (pl.exceptions.PolarsError, OSError) as error:
        raise read.damaged(file, error) from None


def texts(file: str, how: Batches) -> Iterator[Table]:
    """The batches of a CSV file.

    Raises
    ------
    Irregular
        Its text is no UTF-8, its cells are cut by spaces, a block is unlike those before, or a quote stays
        open.
    """
    with open(file, "rb") as opened:
        yield from _texts(opened, file, how)


def _texts(opened: BinaryIO, file: str, how: Batches) -> Iterator[Table]:
    block, rest = whole_lines(opened, b"", how.block)
    if b"\n" not in block.strip(b"\r\n") and os.fstat(opened.fileno()).st_size <= how.block:
        # Nothing, a header without rows, or with one that ends with the file.
        yield read.read(file, least_rows=0, known=how.known, as_is=how.as_is)
        return
    text = encodings.decoded(block, file)
    if not text.is_utf8:
        raise Irregular(f"{file} is in {text.encoding}, and large files are read in UTF-8. Save it so.")
    start = Start.of(text.data, file, how)
    names: list[str] | None = None
    lines, before = text.data, 0
    while True:
        following, rest = whole_lines(opened, rest, how.block)
        is_last, is_first = not following, names is None
        table = start.table(lines, file, is_first=is_first, is_last=is_last, as_is=how.as_is, before=before)
        names = names or table.frame.columns
        before += lines.count(b"\n")
        if table.frame.columns != names:
            raise Irregular(f"{file} has other columns in the lines up to {before} than above.")
        yield table
        if is_last:
            return
        try:
            following.decode()
        except UnicodeDecodeError as error:
            line = before + following.count(b"\n", 0, error.start) + 1
            raise Irregular(f"{file} is no UTF-8 in line {line}. Save it so.") from None
        lines = following


class Start(NamedTuple):
    """What the first block of a file tells of all: its separator, its header as bytes, and how much is above it."""

    cut: str
    header: bytes
    skipped: int
    notes: tuple[str, ...]
    doubts: tuple[str, ...]
    known: tuple[str, ...]

    @classmethod
    def of(cls, data: bytes, file: str, how: Batches) -> Start:
        unclear = Irregular(f"{file} begins with lines in which no header and rows of cells are found.")
        if b"\n" not in data.strip(b"\r\n"):
            raise unclear
        lead = len(data) - len(data.lstrip(b"\r\n"))
        found = layout.find(data, how.known, how.as_is)
        if found.separator == " " or found.places is not None or lead:
            raise unclear
        if found.names is not None:
            header = delimited.header_of(found.names, found.separator)
            return cls(found.separator, header, found.skipped, found.notes, found.doubts, how.known)
        header = data.split(b"\n", found.skipped + 1)[found.skipped]
        if header.count(b'"') % 2 or not header.strip():
            raise unclear
        return cls(found.separator, header, found.skipped + 1, found.notes, found.doubts, how.known)

    def table(
        self, lines: bytes, file: str, *, is_first: bool, is_last: bool, as_is: bool, before: int = 0
    ) -> Table:
        """The rows of a block, before which the file has so many lines."""
        notes, doubts = (list(self.notes), list(self.doubts)) if is_first else ([], [])
        if is_first and self.skipped:
            lines, before = lines.split(b"\n", self.skipped)[self.skipped], self.skipped
        if is_last and not as_is:
            lines, said = outside.without_remarks(lines.strip(b"\r\n"), self.cut)
            notes += said
        block = self.header + b"\n" + lines.strip(b"\r\n")
        above = before - 1  # the header is put above the block, where it counts as a line
        try:
            frame, said, unsure = delimited.framed(block, self.cut, file, self.known, above)
        except InputError as error:
            raise Irregular(str(error)) from None
        if is_first:
            notes, doubts = notes + said, doubts + unsure
        left_out: tuple[int, ...] = ()
        if not as_is:
            frame, left_out, said, unsure = outside.without_others(
                frame, has_first=is_first, has_last=is_last, has_all=is_first and is_last
            )
            notes, doubts = notes + said, doubts + unsure
        said_of, unsure_of = (tuple(f"{file}: {sentence}" for sentence in each) for each in (notes, doubts))
        return Table(frame, file, "", False, False, left_out, said_of, unsure_of)


def whole_lines(opened: BinaryIO, rest: bytes, size: int) -> tuple[bytes, bytes]:
    """The next lines, about `size` bytes that end with a line, and what was read beyond; nothing at the end.

    A line ends at a newline before which quotes are paired.

    Raises
    ------
    Irregular
        There is none in many blocks.
    """
    data = rest
    while True:
        if len(data) > _OPEN * size:
            name = getattr(opened, "name", "The file")
            raise Irregular(
                f"{name} has a quote that is opened and not closed in the next {len(data) / 1e6:,.3g} MB. Close it, or "
                "double a quote that belongs to the text."
            )
        piece = opened.read(size)
        data += piece
        if not piece:
            return data, b""
        end = data.rfind(b"\n") + 1
        if b'"' in data:
            quotes = data.count(b'"', 0, end)
            while end and quotes % 2:
                before = data.rfind(b"\n", 0, end - 1) + 1
                quotes -= data.count(b'"', before, end)
                end = before
        if end:
            return data[:end], data[end:]
