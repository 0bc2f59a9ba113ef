"""A model's answers as a table: column `prediction`; for classes `p_<class>` each, for quantiles `q_<share>` each."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from honed.errors import InputError
from honed.run import disk

if TYPE_CHECKING:
    from honed.model import Model
    from honed.table.read import Table

_PARQUET = (".parquet", ".pq")
_KNOWN = (".csv", *_PARQUET)


def predict(model: Model, table: Table) -> pl.DataFrame:
    """One row of predictions for each row of `table`, in its order.

    Raises
    ------
    InputError
        A cell or a column that the model cannot read: with its place.
    """
    answers, probabilities = model.answers(table.frame)
    columns = {"prediction": pl.Series(answers)}
    if probabilities is not None:
        for name, column in zip(model.classes, probabilities.T, strict=True):
            columns[f"p_{name}"] = pl.Series(column)
    found = model.quantiles(table.frame)
    if found is not None:
        for share, column in zip(found[0], found[1].T, strict=True):
            columns[f"q_{share:g}"] = pl.Series(column)
    return pl.DataFrame(columns)


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
    if out.exists() and os.path.exists(data) and out.samefile(data):
        raise InputError(
            f"{out} is the table to predict, and it would be lost. Give another name with --out."
        )


def csv(frame: pl.DataFrame) -> bytes:
    """The table as CSV, UTF-8."""
    return frame.write_csv().encode()


def write(frame: pl.DataFrame, out: Path) -> None:
    """Write the table whole or not at all, as Parquet or CSV by its name; an earlier file is replaced.

    Raises
    ------
    RunError
        The disk is full or refuses.
    """
    if out.suffix.lower() in _PARQUET:
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        disk.write_file(out, buffer.getvalue())
    else:
        disk.write_file(out, csv(frame))
