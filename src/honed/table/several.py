"""A table in one file or in several, or of a database: `read` takes a path, a folder, a pattern or an address.

`files` says what a path names.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from honed import addresses
from honed.errors import InputError
from honed.figures import counted
from honed.lazily import pl
from honed.run import paths
from honed.table import read as one
from honed.table import sql
from honed.table.cells import some
from honed.table.read import Table

_KINDS = {
    "Parquet": ("parquet", "pq"),
    "CSV": ("csv", "tsv", "tab"),
    "JSON lines": ("jsonl", "ndjson"),
    "Arrow": ("feather", "arrow", "ipc"),
    "Excel": ("xlsx", "xls", "xlsb", "xlsm", "ods"),
}
_PACKED = ("gz", "bz2", "xz", "zst", "zip")
_TOLD = 3  # sentences on files of their own


def files(path: str | Path) -> list[str] | None:
    """The files of a folder, or of a pattern such as ``day*.csv``, sorted by name; None for what is one file.

    Of a folder these are the files in it, not in folders below it, whose names end as those of tables of one kind. Of
    several paths in one word (`honed.run.paths`) those of each, in the order of the paths.

    Raises
    ------
    InputError
        There is none, a folder holds some of several kinds, one is a link to nothing, or one is named twice.
    """
    source = str(path)
    if addresses.is_address(source):
        return None
    parts = paths.parts(source)
    if len(parts) == 1:
        return _of_one(source)
    found = [name for part in parts for name in _of_one(part) or [part]]
    _check_each_once(found)
    return found


def _of_one(source: str) -> list[str] | None:
    if os.path.isdir(source):
        return _of_folder(Path(source))
    if not paths.is_pattern(source):
        return None
    found = glob.glob(source, recursive=True)
    _check_links(found)
    found = sorted(name for name in found if os.path.isfile(name))
    if not found:
        raise InputError(
            f"The pattern {source} fits no file, so there is nothing to read. Check the path; in quotes, which keep "
            "the shell from replacing it, * stands for any part of one name and ** for folders."
        )
    return found


def _check_each_once(files: list[str]) -> None:
    """Refuse a file that is named twice, also by another path."""
    known: dict[str, str] = {}
    for name in files:
        place = os.path.realpath(name)
        if place in known:
            also = f" (as {known[place]} too)" if known[place] != name else ""
            raise InputError(
                f"{name} is named twice{also}, so each of its rows would count twice, and be learned from and scored "
                "on at once. Name each file once."
            )
        known[place] = name


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
    query: str | None = None,
) -> Table:
    """Read a file as `honed.table.read.read` does, or the files of a folder or a pattern as one table.

    Of a database, whose address `path` is, the table is what the `query` gives (`honed.table.sql.table`).

    Their rows follow each other in the order of the files' names, or of several paths in that order, and rows are
    counted through all of them. Columns go by name, and each file must have those of the first.

    Raises
    ------
    InputError
        As for one file; or the columns of two files differ.
    """
    if addresses.is_address(str(path)):
        if sheet is not None:
            raise InputError(f"{path} is a database, which has no sheet {sheet!r} to read. Leave it out.")
        return sql.table(str(path), query, least_rows=least_rows, least_columns=least_columns)
    found = files(path)
    if found is None:
        return one.read(
            path,
            least_rows=least_rows,
            least_columns=least_columns,
            once=once,
            known=known,
            as_is=as_is,
            sheet=sheet,
            usual_sheet=usual_sheet,
        )
    tables: list[Table] = []
    for name in found:
        known = tables[0].frame.columns if tables else known
        table = one.read(
            name,
            least_rows=0,
            least_columns=least_columns,
            known=known,
            as_is=as_is,
            sheet=sheet,
            usual_sheet=usual_sheet,
        )
        if tables:
            check_columns(tables[0].frame.columns, table.frame.columns, tables[0].source, name)
        tables.append(table)
    source = paths.shown(str(path))
    table = _together(tables, source)
    one.check_size(table.frame, source, least_rows, least_columns)
    note = said_of(found, source)
    return replace(table, notes=(note, *table.notes))


def fingerprint(path: str | Path) -> str:
    """That of the table which `read` gives, without reading it into memory."""
    digests: list[str] = []
    found = files(path)
    for name in [str(path)] if found is None else found:
        with open(name, "rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return digests[0] if found is None else _of_all(digests)


def said_of(found: Sequence[str], source: str) -> str:
    """Which files are one table, in a sentence."""
    if len(found) == 1:
        return f"{source}: read the file {os.path.basename(found[0])}."
    first, last = (os.path.basename(name) for name in (found[0], found[-1]))
    order = "of their names" if list(found) == sorted(found) else "given"
    return f"{source}: read {len(found):,} files as one table, in the order {order}: {first} to {last}."


def is_table(name: str) -> bool:
    """Whether a file's name ends as that of a table, also of a packed one."""
    return _kind(name) is not None


def check_columns(wanted: Sequence[str], found: Sequence[str], first: str, name: str) -> None:
    """Raise `InputError` where a file has other columns than the first one, whatever their order."""
    known, asked = set(found), set(wanted)
    lacking = [column for column in wanted if column not in known]
    more = [column for column in found if column not in asked]
    if not lacking and not more:
        return
    differ = f"lacks {some(lacking)}" if lacking else f"has {some(more)} too"
    if lacking and more:
        differ += f" and has {some(more)}"
    raise InputError(
        f"{name} {differ}, unlike {first}, and the files of one table must have the same columns. Correct one of the "
        "two, or name only those that belong together."
    )


def _of_folder(folder: Path) -> list[str]:
    items = [item for item in folder.iterdir() if not item.name.startswith((".", "_"))]
    _check_links(str(item) for item in items if _kind(item.name) is not None)
    names = sorted(item.name for item in items if item.is_file())
    kinds: dict[str, list[str]] = {}
    for name in names:
        if (kind := _kind(name)) is not None:
            kinds.setdefault(kind, []).append(name)
    if len(kinds) > 1:
        *most, last = (counted(len(own), f"{kind} file") for kind, own in sorted(kinds.items()))
        first = next(own for kind, own in kinds.items() if kind != "CSV")[0]
        raise InputError(
            f"The folder {folder} holds {', '.join(most)} and {last}, which may hold the same rows twice. Name those "
            f"that are meant by a pattern, such as '{folder}/*{Path(first).suffix}'."
        )
    if not kinds:
        raise InputError(
            f"The folder {folder} holds no file whose name ends as that of a table (.csv, .parquet, .jsonl, .feather, "
            f".xlsx and the like). Give the path of a file, or a pattern of files such as '{folder}/*/*.csv'."
        )
    (found,) = kinds.values()
    return [str(folder / name) for name in found]


def _check_links(names: Iterable[str]) -> None:
    for name in names:
        if os.path.islink(name) and not os.path.exists(name):
            raise InputError(
                f"{name} is a link to {os.readlink(name)}, which is not there, so that its rows would silently "
                "be missing. Mend the link, or remove it."
            )


def _kind(name: str) -> str | None:
    parts = name.lower().split(".")[1:]
    while parts and parts[-1] in _PACKED:
        parts.pop()
    end = parts[-1] if parts else ""
    return next((kind for kind, ends in _KINDS.items() if end in ends), None)


def _together(tables: list[Table], source: str) -> Table:
    """All rows in one table, columns in the order of the first."""
    names = tables[0].frame.columns
    parts = [table.frame.select(names) for table in tables]
    differing = [name for name in names if len({part.schema[name] for part in parts}) > 1]
    frame = pl.concat([part.drop(differing) for part in parts])
    if differing:
        frame = frame.hstack(_alike([part.select(differing) for part in parts], tables[0]).get_columns())
    left_out: list[int] = []
    before = 0
    for table in tables:
        left_out += [before + place for place in table.left_out]
        before += table.rows
    notes, doubts = (
        [(table.source, sentence) for table in tables for sentence in getattr(table, what)]
        for what in ("notes", "doubts")
    )
    return Table(
        frame.select(names),
        source,
        _of_all([table.fingerprint for table in tables]),
        is_typed=all(table.is_typed for table in tables),
        left_out=tuple(left_out),
        notes=each_once(notes, source),
        doubts=each_once(doubts, source),
    )


def _of_all(fingerprints: list[str]) -> str:
    return hashlib.sha256("".join(fingerprints).encode()).hexdigest()


def _alike(parts: list[pl.DataFrame], first: Table) -> pl.DataFrame:
    """The rows of columns whose types differ from file to file, in types that hold all."""
    frame = parts[0]
    for part in parts[1:]:
        frame = one.joined(replace(first, frame=frame), replace(first, frame=part)).frame
    return frame


def each_once(said: Sequence[tuple[str, str]], source: str) -> tuple[str, ...]:
    """What was said of files, each with its name, the same of several in one sentence."""
    of: dict[str, list[str]] = {}
    for file, sentence in said:
        of.setdefault(sentence.removeprefix(f"{file}: "), []).append(file)
    told = [
        f"{names[0]}: {sentence}"
        if len(names) == 1
        else f"{source}: in {len(names):,} files, such as {names[0]}: {sentence}"
        for sentence, names in of.items()
    ]
    if len(told) > _TOLD + 1:
        told = [*told[:_TOLD], f"{source}: and {len(told) - _TOLD:,} more such sentences on other files."]
    return tuple(told)
