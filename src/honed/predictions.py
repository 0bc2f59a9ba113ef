"""A model's answers as a table: column `prediction`; for classes `p_<class>` each, for quantiles `q_<share>` each.

For an interval there are `low` and `high` too. A model of several targets gives `prediction_<target>` and
`p_<target>_<class>` of each.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Mapping, Sequence
from csv import writer
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError, warn
from honed.lazily import pl
from honed.model import named
from honed.run import disk
from honed.table import bad_cells, outside, several

if TYPE_CHECKING:
    from jaxtyping import Shaped

    from honed.family import Asked, Raw
    from honed.model import Model
    from honed.model.model import Answer
    from honed.table.read import Table

Columns = Mapping[str, Sequence[object]]  # by name, a cell for each row

_PARQUET = (".parquet", ".pq")
_KNOWN = (".csv", *_PARQUET)


def predict(
    model: Model,
    table: Table,
    level: float | None = None,
    *,
    take_bad_as_missing: bool = False,
    say: Callable[[str], None] = lambda sentence: None,
) -> pl.DataFrame:
    """One row of predictions for each row of the file, in its order; NaN, or no class, for lines that are no rows.

    Parameters
    ----------
    level : the share of rows whose truth is to lie between the columns `low` and `high`; None for no such columns.
    take_bad_as_missing : take cells that cannot be read as their column's numbers or dates as empty, and `say` which.
    say : is called with a sentence on what has no prediction, or was taken as empty: by that, or as a word for missing
        that training did not have.

    Raises
    ------
    InputError
        A cell or a column that the model cannot read: with its place. Or it has no intervals of that level.
    """
    asked = model.schema.read(table.frame)
    bad_cells.say_of_words(table.frame, asked, model.schema.words_for_missing(), say)
    if take_bad_as_missing:
        asked, bad = emptied(model, asked)
        if bad.count:
            say(bad_cells.said_of_emptied(*bad))
    frame = of_rows(model, asked, level, model.answers_each)
    if not table.left_out:
        return frame
    say(outside.said_of_left_out(table.left_out, table.rows))
    return spread(frame, table)


def of_asked(
    model: Model, asked: Asked, level: float | None = None, say: Callable[[str], None] = lambda sentence: None
) -> Columns:
    """Answers to rows that a family has read: what tells them apart, then predictions, None where there are none.

    A column that tells them apart gets another name where predictions have its own.

    Raises
    ------
    InputError
        None of the rows can be predicted, or the model has no intervals of that level.
    """
    for sentence in asked.notes:
        say(sentence)
    for sentence in asked.warnings:
        warn(sentence)
    if not len(asked.places):
        raise InputError(
            "None of these rows can be predicted, so there is no answer to write. Give other ones."
        )
    told = {
        name: cells.tolist() for name, cells in columns(model, asked.rows, level, model.answers_each).items()
    }
    for name, cells in told.items():
        by_place = dict(zip(asked.places.tolist(), cells, strict=True))
        told[name] = [by_place.get(place) for place in range(asked.count)]
    beside = {f"{name} of the row" if name in told else name: list(own) for name, own in asked.beside.items()}
    return beside | told


def emptied(
    model: Model, asked: pl.DataFrame, before: int = 0, of_targets: bool = False
) -> tuple[pl.DataFrame, bad_cells.Bad]:
    """Rows that a model has read, with cells that are no numbers or no dates empty, and which these were.

    Parameters
    ----------
    before : rows of the file before these. of_targets : whether that goes for targets that are quantities too.
    """
    schema = model.schema
    numbers = [column.name for column in schema.columns if column.kind == "numeric"]
    if of_targets:
        numbers += [target.name for target in schema.targets if target.task == "regression"]
    dates = [column.name for column in schema.columns if column.kind == "date"]
    return bad_cells.emptied(asked, numbers, dates, before)


def spread(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Predictions in the places of their rows; NaN, or no class, for lines that were left out.

    An empty line, which null would make of a single column, is skipped by some readers.
    """
    places = np.full(table.rows, -1)
    places[np.setdiff1d(np.arange(table.rows), table.left_out)] = np.arange(frame.height)
    index = pl.Series(places, dtype=pl.Int64)
    spread = frame.select(pl.all().gather(index.set(index < 0, None)))
    return spread.with_columns(pl.col(pl.Float32, pl.Float64).fill_null(float("nan")))


def of_rows(
    model: Model,
    asked: pl.DataFrame,
    level: float | None,
    answer: Callable[[pl.DataFrame], Sequence[Answer]],
) -> pl.DataFrame:
    """Predictions of a table's rows that were read; `answer` is a method of the model, with warnings or without."""
    found = columns(model, asked, level, answer)
    return pl.DataFrame({name: pl.Series(cells) for name, cells in found.items()})


def columns(
    model: Model, asked: Raw, level: float | None, answer: Callable[[Raw], Sequence[Answer]]
) -> dict[str, Shaped[np.ndarray, " rows"]]:
    """Predictions of rows as the model's family reads them: columns by name, see the module; errors as `predict`.

    Parameters
    ----------
    asked : the rows, such as a frame or an array of pictures. level : as `predict` has it.
    answer : a method of the model that answers them, with warnings or without.
    """
    targets, answers = model.schema.targets, answer(asked)
    found = dict[str, np.ndarray]()
    for names, (said, probabilities) in zip(named.of_targets(targets), answers, strict=True):
        found[names.prediction] = said
        if level is not None:
            found |= zip(("low", "high"), model.interval(asked, level).T, strict=True)
        if probabilities is not None:
            found |= zip(names.probabilities, probabilities.T, strict=True)
    quantiles = model.quantiles(asked) if len(targets) == 1 else None
    if quantiles is not None:
        found |= zip([f"q_{share:g}" for share in quantiles[0]], quantiles[1].T, strict=True)
    return found


def check_destination(out: Path, data: str) -> None:
    """Raise `InputError` when predictions cannot be written to `out`, before any work is done."""
    if out.suffix.lower() not in _KNOWN:
        raise InputError(
            f"{out} ends in {out.suffix or 'nothing'!r}, which names no format that can be written. "
            "Give a name that ends in .csv or .parquet, or leave --out out for CSV on standard output."
        )
    if out.is_dir():
        raise InputError(
            f"{out} is a folder, so no file can be written there. Give the name of a file in it."
        )
    if out.exists() and not out.is_file():
        raise InputError(f"{out} is a pipe or a device, which no table can replace. Give the name of a file.")
    if not out.parent.is_dir():
        raise InputError(f"There is no folder {out.parent} to write {out.name} to. Make it first.")
    if not out.exists():
        return
    read = [data] if os.path.exists(data) else []
    # A folder of pictures holds no table, and whoever reads the data says what it is.
    with contextlib.suppress(InputError):
        read = several.files(data) or read
    if any(out.samefile(name) for name in read):
        what = "the table" if len(read) == 1 else "a file of the table"
        raise InputError(f"{out} is {what} to predict, and it would be lost. Give another name with --out.")


def csv(found: pl.DataFrame | Columns, header: bool = True) -> bytes:
    """The table as CSV, UTF-8, with an empty cell for None; columns without Polars."""
    return _csv_of(found) if isinstance(found, Mapping) else found.write_csv(include_header=header).encode()


def is_parquet(out: Path) -> bool:
    """Whether predictions of that name are written as Parquet."""
    return out.suffix.lower() in _PARQUET


def write(found: pl.DataFrame | Columns, out: Path) -> None:
    """Write the table whole or not at all, as Parquet or CSV by its name; an earlier file is replaced.

    Raises
    ------
    RunError
        The disk is full or refuses.
    """
    if is_parquet(out):
        buffer = io.BytesIO()
        pl.DataFrame(found).write_parquet(buffer)
        disk.write_file(out, buffer.getvalue())
    else:
        disk.write_file(out, csv(found))


def _csv_of(found: Columns) -> bytes:
    text = io.StringIO(newline="")
    rows = writer(text, lineterminator="\n")
    rows.writerow(found)
    rows.writerows(zip(*found.values(), strict=True))
    return text.getvalue().encode(errors="surrogateescape")  # a path as the system has it
