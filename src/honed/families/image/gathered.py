"""Pictures with what is known of each, from a folder, an archive or a table of paths: `gather`, then `with_pixels`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError, warn
from honed.families.archive import check_target, is_archive
from honed.families.image import archive, decoded, size
from honed.families.image.decoded import Look, Unreadable
from honed.families.image.inputs import BYTES
from honed.families.image.listed import TARGET, listed
from honed.families.image.size import Size
from honed.figures import counted
from honed.lazily import pl
from honed.run import paths
from honed.search.options import Options
from honed.settings import nearest
from honed.table import several
from honed.table.cells import brief, texts
from honed.table.read import Table
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Bool, Int, Shaped

IMAGE, SIZE = "image", "size"  # what options say of pictures alone
_BLOCK = 2_048  # pictures that are looked at in one go


@dataclass(frozen=True)
class Own:
    """What a user says of pictures alone: the column of their paths, and the size that they are brought to."""

    image: str | None = None
    size: Size | None = None

    @classmethod
    def of(cls, said: Mapping[str, JSON] | None) -> Own:
        """Of the word `own` of options."""
        said = said or {}
        wanted = said.get(SIZE)
        return cls(said.get(IMAGE), None if wanted is None else size.asked_size(wanted))


@dataclass(frozen=True)
class Gathered:
    """Pictures with what is known of each.

    Attributes
    ----------
    target : a cell each, its name that of the target. are_classes : whether these are classes, whatever they look
        like, `classes` their names in order where that was given, `reason` why.
    names : the path of each as messages have it, and `paths` where it lies; none for arrays, which have `pixels`.
    shapes : format, height and width of each file, in words. span : least and largest pixel of files of 16 bits.
    groups : a label each. group : the column that they are from. places : the row of each in what was given.
    part : number of the data that each is from. column : of a table, the one of the paths.
    lost : of the notes those on pictures that cannot be read.
    """

    target: pl.Series
    places: Int[np.ndarray, " rows"]
    part: Int[np.ndarray, " rows"]
    fingerprint: str
    names: tuple[str, ...] = ()
    paths: tuple[Path | None, ...] = ()
    pixels: Shaped[np.ndarray, "rows height width channels"] | None = None
    shapes: tuple[str, ...] = ()
    span: tuple[int, int] | None = None
    groups: pl.Series | None = None
    group: str | None = None
    are_classes: bool = False
    classes: tuple[str, ...] = ()
    reason: str = ""
    is_typed: bool = True
    notes: tuple[str, ...] = ()
    column: str | None = None
    lost: tuple[str, ...] = ()

    def keep(self, is_kept: Bool[np.ndarray, " rows"]) -> Gathered:
        """Those of them."""
        if is_kept.all():
            return self
        rows = np.flatnonzero(is_kept)
        return replace(
            self,
            target=self.target[rows],
            places=self.places[rows],
            part=self.part[rows],
            names=tuple(self.names[row] for row in rows) if self.names else (),
            paths=tuple(self.paths[row] for row in rows) if self.paths else (),
            pixels=None if self.pixels is None else self.pixels[rows],
            shapes=tuple(self.shapes[row] for row in rows) if self.shapes else (),
            groups=None if self.groups is None else self.groups[rows],
        )


def gather(path: str, own: Own, options: Options, *, learns: bool = True) -> Gathered:
    """What a path names, without pixels of files.

    Parameters
    ----------
    learns : whether it is learned from; else it is to validate on.

    Raises
    ------
    InputError
        It is not there, or not as it has to be.
    """
    if own.image is not None:
        if is_archive(path):
            raise InputError(
                f"--image {own.image} names a column of a table, and {path} is an archive of arrays. Leave --image out."
            )
        return _of_table(path, own.image, options, learns)
    if options.group is not None:
        known = (
            "An array `groups` in it keeps pictures together without that: leave --group out."
            if is_archive(path)
            else "Give a table with a column of paths (--image COLUMN), or an archive with an array `groups`."
        )
        raise InputError(f"--group {options.group} names a column, and {path} has none. {known}")
    return _of_archive(path, options) if is_archive(path) else _of_folder(path, options, learns)


def check_one_kind(data: str, valid: str) -> None:
    """Refuse files to learn from with arrays to validate on, or the other way round."""
    if is_archive(data) != is_archive(valid):
        raise InputError(
            "Of the pictures to learn from and those to validate on one are files and the others an archive of arrays, "
            "which are brought to one form in different ways. Give both as files or both as archives."
        )


def together(parts: Sequence[Gathered]) -> Gathered:
    """All of them, one after another, those of the first part first.

    Raises
    ------
    InputError
        Arrays of different sizes or units, or groups of one part alone.
    """
    if len(parts) == 1:
        return parts[0]
    if len({part.groups is None for part in parts}) > 1:
        raise InputError(
            "Of the pictures to learn from and those to validate on one archive has an array `groups` and the other "
            "has none, so nobody knows which belong together. Give it in both, or in neither."
        )
    shapes = {part.pixels.shape[1:] for part in parts if part.pixels is not None}
    if len(shapes) > 1:
        raise InputError(
            f"The pictures to validate on have another shape than the others ({' and '.join(map(str, shapes))}). Give "
            "arrays of one shape."
        )
    if len({part.pixels.dtype for part in parts if part.pixels is not None}) > 1:
        raise InputError(
            "Of the pictures to learn from and those to validate on one are whole numbers from 0 to 255 and the others "
            "have fractions or other numbers, which look to a network like other pictures. Save both alike: shares of "
            "white are bytes as np.round(X * 255).astype(np.uint8)."
        )
    first = parts[0]
    counts, ends = [len(part.target) for part in parts], np.cumsum([0, *(len(p.target) for p in parts)])
    arrays = [part.pixels for part in parts if part.pixels is not None]
    is_alike = len({part.target.dtype for part in parts}) == 1
    targets = [part.target if is_alike else part.target.cast(pl.String) for part in parts]
    groups = [part.groups.cast(pl.String) for part in parts if part.groups is not None]
    return replace(
        first,
        target=pl.concat(targets).rename(first.target.name),
        places=np.concatenate([part.places + end for part, end in zip(parts, ends, strict=False)]),
        part=np.repeat(np.arange(len(parts)), counts),
        fingerprint="".join(part.fingerprint for part in parts),
        names=tuple(name for part in parts for name in part.names),
        paths=tuple(path for part in parts for path in part.paths),
        pixels=np.concatenate(arrays) if arrays else None,
        groups=pl.concat(groups) if groups else None,
        notes=tuple(note for part in parts for note in part.notes),
    )


def with_pixels(found: Gathered, asked: Size | None) -> Gathered:
    """The pictures that can be read, brought to one size.

    Raises
    ------
    InputError
        None can be read, one is too large to be decoded, or all together are too large for memory.
    """
    if found.pixels is not None:
        return _sized(found, asked)
    looks = decoded.look(found.paths)
    for name, each in zip(found.names, looks, strict=True):
        if isinstance(each, Unreadable) and each.is_bomb:
            raise InputError(
                f"The picture {brief(name)} is not decoded, as it may take all memory: {each.why}. Make it smaller, "
                "or take it away."
            )
    found, looks = _readable(found, looks)
    known = [each for each in looks if isinstance(each, Look)]
    channels = 1 if all(each.is_grey for each in known) else 3
    wanted, note = size.chosen(np.array([(each.height, each.width) for each in known]), channels, asked)
    read = decoded.decoded(found.paths, *wanted, channels)
    pixels, unreadable, span = read.pixels, read.unreadable, read.span
    digest = hashlib.sha256()
    for name, own in zip(found.names, read.digests, strict=True):
        digest.update(name.encode(errors="surrogateescape") + b"\0" + own)
    if span is not None:  # no head tells it, so that these are decoded twice
        deep = list(read.spans)
        pixels[deep] = decoded.decoded([found.paths[row] for row in deep], *wanted, channels, span).pixels
        digest.update(repr(span).encode())
    shapes = tuple(f"{each.format} {each.height} × {each.width}" for each in known)
    if channels == 3 and _is_grey(pixels):
        pixels = np.ascontiguousarray(pixels[..., :1])
    fingerprint = found.fingerprint + digest.hexdigest()
    found = replace(found, pixels=pixels, shapes=shapes, span=span, fingerprint=fingerprint)
    found, _ = _readable(found, [unreadable.get(row) or each for row, each in enumerate(known)])
    transparent = sum(each.has_alpha for each in known)
    notes = [note] if note else []
    if span is not None:
        notes.append(
            f"{counted(len(read.spans), 'picture')} of 16 bits: the pixels lie from {span[0]:,} to {span[1]:,}, which "
            f"became 0 to {BYTES}. Give arrays (.npz) to keep finer steps."
        )
    cut = sum(each.is_cut for each in known)
    if cut:
        notes.append(
            f"Of {counted(cut, 'picture')} in colours of 16 bits the upper 8 are read. Where colours fill fewer bits, "
            "as many cameras' do, little is left of them: give arrays (.npz)."
        )
    if transparent:
        notes.append(f"What is transparent in {counted(transparent, 'picture')} was taken as white.")
    return replace(found, notes=(*found.notes, *notes))


def table_of(
    path: str,
    column: str,
    least_rows: int = 2,
    as_is: bool = False,
    sheet: str | None = None,
    usual_sheet: str | None = None,
) -> tuple[Table, Path]:
    """A table with a column of paths, and the folder that these are relative to; see `several.read`."""
    table = several.read(
        path,
        least_rows=least_rows,
        least_columns=1,
        known=[column],
        as_is=as_is,
        sheet=sheet,
        usual_sheet=usual_sheet,
    )
    for doubt in table.doubts:
        warn(doubt)
    check_column(table.frame, column, table.source)
    folders = {Path(part) if os.path.isdir(part) else Path(part).parent for part in paths.parts(path)}
    if len(folders) > 1:
        raise InputError(
            f"The files {table.source} lie in {counted(len(folders), 'folder')}, and paths in column {column!r} count "
            "from that of their table. Put the files of one table into one folder."
        )
    return table, folders.pop()


def check_column(frame: pl.DataFrame, name: str, source: str) -> None:
    """Refuse a name that is no column."""
    if name not in frame.columns:
        raise InputError(f"{source} has no column {name!r}.{nearest(name, frame.columns)}")


def paths_in(
    frame: pl.DataFrame, column: str, folder: Path
) -> tuple[tuple[str, ...], tuple[Path | None, ...]]:
    """The words of a column of paths, and where these lie; no path where the cell is empty."""
    words = tuple("" if cell is None else cell for cell in texts(frame[column]).to_list())
    return words, tuple(folder / word if word.strip() else None for word in words)


def _of_folder(path: str, options: Options, learns: bool) -> Gathered:
    found = listed(path, learns=learns)
    if options.target != TARGET:
        raise InputError(
            f"The pictures in the subfolders of {path} have their subfolder for a class, and there is no column "
            f"{brief(options.target)!r}. Leave --target out; or give a table with --image COLUMN."
        )
    count = len(found.names)
    digest = hashlib.sha256("\0".join(found.labels).encode(errors="surrogateescape")).hexdigest()
    return Gathered(
        pl.Series(TARGET, found.labels, pl.String),
        np.arange(count, dtype=np.int32),
        np.zeros(count, np.int32),
        digest,
        found.names,
        tuple(found.paths()),
        are_classes=True,
        reason="a picture's class is the name of its folder",
        notes=found.notes,
    )


def _of_archive(path: str, options: Options) -> Gathered:
    check_target(path, options.target)
    found = archive.read(path)
    assert found.y is not None
    count = len(found.rows)
    return Gathered(
        pl.Series(options.target, found.y),
        np.arange(count, dtype=np.int32),
        np.zeros(count, np.int32),
        found.fingerprint,
        pixels=found.rows,
        groups=None if found.groups is None else pl.Series("groups", found.groups),
        group=None if found.groups is None else "groups",
        are_classes=bool(found.classes),
        classes=found.classes,
        reason="the archive names its classes" if found.classes else "",
    )


def _of_table(path: str, column: str, options: Options, learns: bool) -> Gathered:
    sheet = options.sheet if learns else None
    table, folder = table_of(path, column, as_is=options.as_is, sheet=sheet, usual_sheet=options.sheet)
    frame = table.frame
    check_column(frame, options.target, path)
    if options.target == column:
        raise InputError(f"Column {column!r} is both the target and that of paths. Name another column.")
    names, paths = paths_in(frame, column, folder)
    groups = None
    if options.group is not None:
        check_column(frame, options.group, path)
        groups = texts(frame[options.group])
    others = [n for n in frame.columns if n not in (column, options.target, options.group)]
    notes = table.notes
    if others:
        what = "column is no input" if len(others) == 1 else "columns are no inputs"
        notes = (*notes, f"{path}: {len(others):,} other {what}: networks for pictures see pixels alone.")
    count = frame.height
    return Gathered(
        frame[options.target],
        np.arange(count, dtype=np.int32),
        np.zeros(count, np.int32),
        table.fingerprint,
        names,
        paths,
        groups=groups,
        group=options.group,
        is_typed=frame.schema[options.target] != pl.String,
        notes=notes,
        column=column,
    )


def _readable(
    found: Gathered, looks: Sequence[Look | Unreadable]
) -> tuple[Gathered, list[Look | Unreadable]]:
    """The pictures that can be read, with a note on the others."""
    broken = {row: each for row, each in enumerate(looks) if isinstance(each, Unreadable)}
    if not broken:
        return found, list(looks)
    if len(broken) == len(looks):
        raise InputError(
            f"None of {counted(len(looks), 'picture')} can be read; of the first, "
            f"{brief(found.names[0] or decoded.EMPTY)}, {broken[0].why}. Check the paths and the files."
        )
    is_kept = np.ones(len(looks), bool)
    is_kept[list(broken)] = False
    said = decoded.said_of_unreadable(found.names, broken, "left out")
    kept = found.keep(is_kept)
    kept = replace(kept, notes=(*kept.notes, said), lost=(*kept.lost, said))
    return kept, [looks[row] for row in np.flatnonzero(is_kept).tolist()]


def _is_grey(pixels: Shaped[np.ndarray, "rows height width 3"]) -> bool:
    """Whether red, green and blue are the same everywhere, as of grey pictures that were saved in colours."""
    return all(
        (block[..., :1] == block[..., 1:]).all()
        for block in (pixels[first : first + _BLOCK] for first in range(0, len(pixels), _BLOCK))
    )


def _sized(found: Gathered, asked: Size | None) -> Gathered:
    """Arrays in the size that pictures are brought to."""
    assert found.pixels is not None
    count, height, width, channels = found.pixels.shape
    wanted, note = size.chosen(np.tile((height, width), (count, 1)), channels, asked)
    if not note:
        return found
    pixels = decoded.resized(found.pixels, *wanted)
    return replace(found, pixels=pixels, notes=(*found.notes, note))
