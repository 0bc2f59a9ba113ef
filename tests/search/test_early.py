"""The model of rows that were read ahead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from search_helpers import prepared, trees

from honed.model.model import Model
from honed.report.progress import Silent
from honed.run.in_process import InProcess
from honed.run.journal import Journal
from honed.search import early


def test_a_model_of_rows_read_ahead_predicts_and_leaves_nothing_else_behind() -> None:
    ready = prepared(trees(2000), budget=60.0)
    journal, kept = Journal.create(None, {}), list[Model]()
    with InProcess("honed.search.job:Worker") as executor:
        early.save(ready, journal, executor, kept.append, Silent())
        executor.put("0/train", np.zeros(1))  # a name that the search itself uses is free
    said = kept[0].values(ready.source.take(ready.splits.outer))
    truth = ready.y[ready.splits.outer]
    assert np.mean((said - truth) ** 2) < 0.8 * truth.var()
    assert [event["kind"] for event in journal.events] == ["start", "model"]
    assert journal.events[-1]["folds"] == 0  # any later one takes its place


def test_columns_that_all_rows_show_otherwise_are_named() -> None:
    schema = prepared(trees()).schema
    other = replace(schema, columns=tuple(replace(c, kind="numeric") for c in schema.columns))
    assert early.told_otherwise(schema, schema) == ""
    assert "'kind' is numeric, not" in early.told_otherwise(schema, other)
