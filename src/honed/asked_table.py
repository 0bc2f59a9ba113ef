"""A table for a model, read as the one that it was trained on: whole by `whole`, a large one by `in_batches`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from honed.errors import warn
from honed.evaluation import options_of
from honed.table import batches, several

if TYPE_CHECKING:
    from honed.model import Model
    from honed.table.batches import Batches
    from honed.table.read import Table


def whole(
    run: Path, model: Model, data: str, as_is: bool, say: Callable[[str], None], least_columns: int = 2
) -> Table:
    """The table, with a word on how it was read."""
    known, as_is = _how(run, model, as_is)
    table = several.read(data, least_rows=1, least_columns=least_columns, once=True, known=known, as_is=as_is)
    for note in table.notes:
        say(note)
    for doubt in table.doubts:
        warn(doubt)
    return table


def in_batches(run: Path, model: Model, data: str, as_is: bool) -> Batches | None:
    """The batches of a large table; None for one that is to be read whole, as by a family with raw rows of its own."""
    return None if model.family is not None else batches.of(data, *_how(run, model, as_is))


def _how(run: Path, model: Model, as_is: bool) -> tuple[list[str], bool]:
    known = [column.name for column in model.schema.columns]
    return known, as_is or bool(options_of(run).get("as_is"))
