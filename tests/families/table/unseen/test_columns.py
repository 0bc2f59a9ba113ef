from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from told_runs import Make, outer, story, unseen

from honed.families.table.unseen.columns import grid
from honed.table.kinds import Column


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_the_only_column_that_matters_leads(make: Make, task: str) -> None:
    first, *others = unseen(make(task))["importance"]["columns"]
    assert first["name"] == "signal"
    assert first["low"] > 0
    assert [each["value"] for each in others] == pytest.approx([0, 0], abs=1e-6)


def test_an_effect_is_what_the_network_computes(make: Make) -> None:
    run = make("regression")
    effect = next(each for each in unseen(run)["effects"] if each["column"] == "signal")
    frame = run.prepared.source.table.frame[:1]
    for value, mean in zip(effect["values"], effect["mean"], strict=True):
        told = run.model.values(frame.with_columns(signal=np.array([value]).astype(str)))
        assert mean == pytest.approx(told[0], rel=1e-4)
    assert np.all(np.diff(effect["mean"]) > 0)


def test_the_effect_of_words_has_a_place_for_each(make: Make) -> None:
    effect = next(each for each in unseen(make("binary"))["effects"] if each["column"] == "words")
    assert set(effect["values"]) == {"red", "green", "blue"}
    assert np.ptp(effect["mean"]) < 1e-6


def test_the_worst_rows_are_those_of_the_file(make: Make) -> None:
    run = make("regression")
    truth, told = outer(run)
    first = unseen(run)["worst"]["rows"][0]
    worst = int(np.abs(truth - told).argmax())
    assert first["row"] == run.prepared.source.places[run.prepared.splits.outer][worst] + 1
    assert first["truth"] == truth[worst]
    assert first["cells"]["signal"] == str(run.prepared.source.table.frame["signal"][first["row"] - 1])


def test_a_column_of_integers_is_set_to_integers() -> None:
    cells = pl.Series("n", [1, 2, None, 30])
    assert grid(cells, Column("n", "numeric", "", 1, 3)) == ([1, 2, 30], [1.0, 2.0, 30.0])
    assert all(type(cell) is int for cell in grid(cells, Column("n", "numeric", "", 1, 3))[0])


@pytest.mark.parametrize("name", ["count", "rows", "cell", "literal", "index", "len", "", "<b>", "x" * 3000])
def test_levels_are_shown_most_frequent_first_whatever_the_column_is_called(name: str) -> None:
    cells = pl.Series(name, ["b", "a", None, "c", "a", "b", "d", "d", "d"])
    column = Column(name, "categorical", "", 1, 4, ("d", "a", "b", "c"))
    assert grid(cells, column) == (["d", "a", "b", "c"], ["d", "a", "b", "c"])


def test_dates_are_shown_as_dates_spread_over_the_rows() -> None:
    days = [datetime(2018, 1, 1) + timedelta(days=day) for day in range(101)]
    cells, shown = grid(
        pl.Series("when", [None, *days]), Column("when", "date", "", 1, 101, parts=("elapsed",))
    )
    assert (shown[0], shown[-1]) == ("2018-01-03", "2018-04-09") and len(shown) == 12
    assert [f"{cell:%Y-%m-%d}" for cell in cells] == shown
    clock = pl.Series("at", [datetime(1970, 1, 1, hour) for hour in range(24)])
    assert grid(clock, Column("at", "date", "", 0, 24, parts=("hour",)))[1][:2] == ["00:00", "02:00"]


def test_items_of_lists_are_shown_alone_most_frequent_first() -> None:
    cells = pl.Series([["b", "a"], ["a"], [], None, ["c", "a", "b"]], dtype=pl.List(pl.String))
    assert grid(cells, Column("tags", "list", "", 1, 3, ("a", "b", "c"))) == (
        [["a"], ["b"], ["c"]],
        ["a", "b", "c"],
    )
    column = Column("note", "words", "", 0, 3, ("the", "of", "a"))
    assert grid(pl.Series(["the of"]), column) == (["the", "of", "a"], ["the", "of", "a"])


@pytest.mark.parametrize("name", ["count", "prediction", "", "<script>", "x" * 3000])
def test_no_name_of_a_column_costs_a_part_of_the_page(make: Make, name: str) -> None:
    told = story(make("binary", name=name).path)
    assert told["left_out"] == []
    assert (name or "column_1") in [effect["column"] for effect in told["unseen"]["effects"]]
