"""Pictures to predict: `asked` reads those that a path names as a model takes them, `at_paths` all or none."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError, warn
from honed.families.archive import is_archive
from honed.families.image import archive, decoded, gathered, listed
from honed.families.image.decoded import Decoded
from honed.families.image.encoder import ImageEncoder
from honed.families.image.inputs import ImageInputs
from honed.family import AS_USUAL, Asked, Cells, HowRead, Raw
from honed.figures import counted
from honed.run import paths
from honed.table import outside, several
from honed.table.columns import Schema
from honed.table.read import Table

if TYPE_CHECKING:
    from jaxtyping import Bool, Shaped

_PATH, _PICTURE = "path", "picture"  # columns that stand before the predictions
_GREY, _COLOURS = 1, 3  # channels that files can have
_BLOCK = 2_048  # pictures that are looked at in one go


def asked(data: str, schema: Schema, encoder: ImageEncoder, how: HowRead = AS_USUAL) -> Asked:
    """The pictures of a file, a folder, an archive, or a table with a column of paths.

    That column is the one that training had, and ``path`` where training had none. Where training had one, the tables
    of a folder are read as well, as they were for training, but not of one that holds pictures itself.

    Raises
    ------
    InputError
        There is none, the model was trained with pictures of another kind, or `how` is of a table where there is none.
    """
    column = None if is_archive(data) else _column(data, encoder)
    if column is not None:
        table, folder = gathered.table_of(data, column, least_rows=1, **how.words())
        names, there = gathered.paths_in(table.frame, column, folder)
        truth = table.frame[schema.target.name] if schema.target.name in table.frame.columns else None
        found = _of_files(names, there, column, truth, encoder.inputs, table.notes)
        return _with_empty_lines(found, column, table) if table.left_out else found
    how.check_unsaid(paths.shown(data))
    if is_archive(data):
        return _of_archive(data, encoder.inputs)
    found = listed.asked(data)
    has_truth = found.labels and schema.target.name == listed.TARGET
    truth = found.labels if has_truth else None
    return _of_files(found.names, found.paths(), _PATH, truth, encoder.inputs, found.notes)


def in_files(rows: Raw) -> bool:
    """Whether these are no pixels, but a path or a list of paths."""
    path = (str, os.PathLike)
    is_many = isinstance(rows, (list, tuple)) or (isinstance(rows, np.ndarray) and rows.ndim == 1)
    return isinstance(rows, path) or (
        is_many and len(rows) > 0 and all(isinstance(row, path) for row in rows)
    )


def at_paths(
    given: Raw, schema: Schema, encoder: ImageEncoder
) -> Shaped[np.ndarray, "rows height width channels"]:
    """The pictures of a list of paths in its order, or those that one path names as `asked` has them.

    Raises
    ------
    InputError
        There is none, one cannot be read, or the model was trained with pictures of another kind.

    Warns
    -----
    DataWarning
        Some were left out, or brought to another size.
    """
    if isinstance(given, (str, os.PathLike)):
        found = asked(os.fspath(given), schema, encoder)
    else:
        names = [os.fspath(path) for path in given]
        found = _of_files(names, list(map(Path, names)), _PATH, None, encoder.inputs, ())
    if found.warnings:
        raise InputError(
            f"{found.warnings[0]} Nobody could tell whose answer is missing. Leave these files out, or use `honed "
            "predict`, which writes the path beside each answer."
        )
    for note in found.notes:
        warn(note)
    return found.rows


def blank(pictures: Shaped[np.ndarray, "rows height width channels"]) -> list[str]:
    """A sentence where pictures are one colour all over."""
    flat = is_blank(pictures)
    if not flat.any():
        return []
    count, first = int(flat.sum()), int(np.argmax(flat)) + 1
    are = "a picture is" if count == 1 else "pictures are"
    said = (
        f"{count:,} of {counted(len(pictures), 'picture')} to predict, the first of them number {first:,}, show one "
        f"colour all over, so that nothing in them says what they are. Look whether such {are} meant."
    )
    return [said]


def is_blank(pictures: Shaped[np.ndarray, "rows height width channels"]) -> Bool[np.ndarray, " rows"]:
    """Whether all pixels of a picture are the same."""
    found = [np.zeros(0, bool)]
    for first in range(0, len(pictures), _BLOCK):
        block = pictures[first : first + _BLOCK]
        found.append((block == block[:, :1, :1]).all(axis=(1, 2, 3)))
    return np.concatenate(found)


def _column(data: str, encoder: ImageEncoder) -> str | None:
    """That of the paths where these are in a table or several, else None."""
    if listed.is_picture(data):
        return None
    if os.path.isdir(data):
        return encoder.column if listed.tables_in(data) and not listed.holds_any(data) else None
    return encoder.column or (_PATH if several.is_table(paths.parts(data)[0]) else None)


def _of_files(
    names: Sequence[str],
    there: Sequence[Path | None],
    title: str,
    truth: Cells | None,
    inputs: ImageInputs,
    notes: tuple[str, ...],
) -> Asked:
    if inputs.is_float or inputs.channels not in (_GREY, _COLOURS):
        kind = "numbers with fractions" if inputs.is_float else f"{inputs.channels} channels"
        raise InputError(
            f"The network was trained with arrays of {kind}, which files of pictures have not. Give an archive of "
            "arrays (.npz)."
        )
    read = decoded.decoded(there, *inputs.shape, inputs.span or decoded.FULL)
    pixels, unreadable, notes = read.pixels, read.unreadable, (*notes, *_of_16_bits(read, inputs))
    warnings = ()
    if unreadable:
        warnings = (decoded.said_of_unreadable(names, unreadable, "left without an answer"),)
    places = np.setdiff1d(np.arange(len(names)), list(unreadable))
    beside = {title: names}
    return Asked(
        pixels if not unreadable else pixels[places], places, len(names), beside, truth, notes, warnings
    )


def _of_16_bits(read: Decoded, inputs: ImageInputs) -> list[str]:
    """A sentence where pixels of 16 bits lie where none of training did."""
    black, white = inputs.span or decoded.FULL
    beyond = sum(least < black or largest > white for least, largest in read.spans.values())
    said = ""
    if read.spans and inputs.span is None:
        said = (
            f"{counted(len(read.spans), 'picture')} of 16 bits: the model keeps no range of such from training, so "
            f"{black} was taken as black and {white:,} as white."
        )
    elif beyond:
        said = (
            f"{counted(beyond, 'picture')} of 16 bits: pixels lie beyond {black:,} to {white:,}, where those of "
            "training did, and were taken as black or white."
        )
    return [said] if said else []


def _with_empty_lines(found: Asked, column: str, table: Table) -> Asked:
    """The same with an empty answer for each line of the table that was left out, as it is no row."""
    lines = np.setdiff1d(np.arange(table.rows), table.left_out)
    said = outside.said_of_left_out(table.left_out, table.rows, "its answer is empty")

    def spread(cells: Sequence[object], empty: object) -> list[object]:
        of_line = dict(zip(lines.tolist(), cells, strict=True))
        return [of_line.get(line, empty) for line in range(table.rows)]

    return found._replace(
        places=lines[found.places],
        count=table.rows,
        beside={column: spread(found.beside[column], "")},
        truth=None if found.truth is None else spread(found.truth, None),
        notes=(*found.notes, said),
    )


def _of_archive(data: str, inputs: ImageInputs) -> Asked:
    found = archive.read(data, needs_target=False)
    pictures, notes = found.rows, ()
    height, width, channels = inputs.shape
    count = len(pictures)
    if pictures.shape[1:3] != (height, width) and pictures.shape[-1] == channels:
        notes = (
            f"Pictures of {pictures.shape[1]} × {pictures.shape[2]} were brought to {height} × {width} pixels.",
        )
        pictures = decoded.resized(pictures, height, width)
    beside = {_PICTURE: range(1, count + 1)}
    return Asked(pictures, np.arange(count), count, beside, found.y, notes)
