"""A model of some rows, there while all rows of a large table are read: `save`.

It is trained beside the run, whose journal holds only that it was saved: no later network depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from honed.errors import RunError
from honed.figures import counted
from honed.model.model import Model
from honed.report.progress import Progress
from honed.run.executor import Executor
from honed.run.journal import Journal
from honed.search import first_network
from honed.search import save as saving
from honed.search.prepare import Prepared
from honed.search.runner import Runner
from honed.search.stores import MemoryStore
from honed.table.cells import brief
from honed.table.columns import Schema

_ROUND = -1  # whose arrays these are
_TOLD = 8  # columns that are named


def save(
    prepared: Prepared,
    journal: Journal,
    executor: Executor,
    keep: Callable[[Model], None],
    progress: Progress,
) -> None:
    """Train the plainest default on rows that were read ahead, and keep its model; nothing where that fails."""
    own = Journal.create(None, {"budget": prepared.options.budget})
    runner = Runner(replace(prepared, round=_ROUND), own, MemoryStore(), executor)
    try:
        only = first_network.first(runner)
        if not runner.train([only]):
            return
        keep(saving.on_the_way(runner, [only]))
    except RunError:  # of which the search tells more
        return
    journal.event("model", of="the first network, of rows read ahead", loss=None, folds=0)
    rows = counted(len(prepared.y), "row")
    progress.say(f"A first model of {rows}, read ahead, predicts while all rows are read.")


def told_otherwise(early: Schema, schema: Schema) -> str:
    """Which columns all rows show to be others than those read ahead did, in a sentence; empty where none is."""
    kinds = {column.name: column.kind for column in early.columns}
    others = [column for column in schema.columns if kinds.get(column.name, column.kind) != column.kind]
    if not others:
        return ""
    told = [f"{brief(c.name)!r} is {c.kind}, not {kinds[c.name]}" for c in others]
    more = f", and {len(told) - _TOLD} others" if len(told) > _TOLD else ""
    return f"All rows tell otherwise than those read ahead: {', '.join(told[:_TOLD])}{more}. The next model knows it."
