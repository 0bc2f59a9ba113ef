"""A table for a model, read as the one that it was trained on: whole by `whole`, a large one by `in_batches`.

What a family reads itself, such as pictures, is given by `by_family`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from honed.errors import warn
from honed.evaluation import options_of
from honed.family import HowRead, find_known_family
from honed.table import batches, several

if TYPE_CHECKING:
    from honed.family import Asked
    from honed.model import Model
    from honed.table.batches import Batches
    from honed.table.read import Table


def by_family(
    run: Path, model: Model, data: str, as_is: bool = False, sheet: str | None = None
) -> Asked | None:
    """The rows to predict of a model whose family reads them itself; None for a table."""
    if model.family is None:
        return None
    usual = options_of(run)
    how = HowRead(as_is, sheet, bool(usual.get("as_is")), usual.get("sheet"))
    return find_known_family(model.family).asked(data, model.schema, model.encoders[0], how)


def whole(
    run: Path,
    model: Model,
    data: str,
    as_is: bool,
    say: Callable[[str], None],
    least_columns: int = 2,
    sheet: str | None = None,
    query: str | None = None,
) -> Table:
    """The table, with a word on how it was read; of a workbook that sheet, or the one of the run, of a
    database what that query gives."""
    known, as_is = _how(run, model, as_is)
    table = several.read(
        data,
        least_rows=1,
        least_columns=least_columns,
        once=True,
        known=known,
        as_is=as_is,
        sheet=sheet,
        usual_sheet=options_of(run).get("sheet"),
        query=query,
    )
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
