"""How rows are shared out, as asked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from search_helpers import prepared

from honed.errors import InputError
from honed.families.table.source import TableSource
from honed.search.options import Options
from honed.search.prepare import prepare_source
from honed.search.sharing import LEAST_BUDGET
from honed.table.read import from_frame


def days(rows: int = 100) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "day": np.arange(rows) * 0.5,
            "site": [f"s{row % 7}" for row in range(rows)],
            "x": rng.normal(size=rows),
            "y": rng.normal(size=rows),
        }
    )


def test_the_newest_rows_are_scored_where_a_time_is_named() -> None:
    ready = prepared(days(), time="day", gap="2")
    assert ready.splits.outer.tolist() == list(range(85, 100))
    assert ready.schema.time == "day"
    assert ready.splits.reason.startswith("15 of 100 rows, the newest by 'day' (from 42.5 on)")
    assert "day" in [column.name for column in ready.schema.columns if column.used]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"time": "dya"}, "no column 'dya'. Did you mean 'day'"),
        ({"time": "y"}, "both the target and the time"),
        ({"time": "site"}, "neither numbers nor dates"),
        ({"gap": "7d"}, "Name it with --time"),
        ({"time": "day", "gap": "7d"}, "holds numbers, and honed does not know how long"),
        ({"time": "day", "no_time": True}, "Leave one out"),
        ({"time": "day", "group": "site"}, "both together cannot hold"),
        ({"time": "day", "valid": "v.csv"}, "both together cannot hold"),
        ({"time": "day", "gap": "much"}, "neither a number of rows"),
    ],
)
def test_what_cannot_hold_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        prepared(days(), **more)


def dated(rows: int = 100, **more: Any) -> pl.DataFrame:
    first = date(2020, 1, 1)
    return days(rows).with_columns(
        pl.Series("when", [first + timedelta(days=2 * row) for row in range(rows)]), **more
    )


def test_dates_that_order_the_rows_are_used_and_said() -> None:
    ready = prepared(dated())
    assert ready.schema.time == "when"
    assert ready.splits.outer.tolist() == list(range(85, 100))
    note, of_numbers, of_dates = ready.notes
    assert "The numbers of column 'day' only grow, or only fall, along 'when'." in of_numbers
    assert "count as in the last" in of_dates
    assert "The newest rows by 'when' give the score" in note
    assert "--no-time" in note


@pytest.mark.parametrize("more", [{"no_time": True}, {"group": "site"}, {"time": "day"}])
def test_the_user_has_the_last_word_on_time(more: dict[str, Any]) -> None:
    ready = prepared(dated(), **more)
    assert ready.schema.time == more.get("time")
    assert not any("give the score" in note for note in ready.notes)


def patients() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    of = np.repeat(np.arange(24), 5)
    signs = rng.normal(size=(24, 2))[of] + 0.1 * rng.normal(size=(120, 2))
    sample = [f"p{who}_{row}" for row, who in enumerate(of)]
    return pl.DataFrame({"sample": sample, "a": signs[:, 0], "b": signs[:, 1], "y": rng.normal(size=120)})


def test_groups_that_nobody_named_are_scored_beside() -> None:
    splits = prepared(patients()).splits
    other = splits.otherwise
    assert other is not None and other.how == "groups"
    of = np.arange(120) // 5
    assert not set(of[other.train]) & set(of[other.outer])
    assert len(other.train) <= len(splits.folds[0].train)
    assert prepared(patients(), group="sample", group_stem="_").splits.otherwise is None


def test_groups_may_be_named_by_their_stem() -> None:
    ready = prepared(patients(), group="sample", group_stem="_")
    of = np.arange(120) // 5
    for fold in ready.splits.folds:
        assert not set(of[fold.train]) & set(of[fold.valid])
    with pytest.raises(InputError, match="no cell of the group column 'sample' holds '#'"):
        prepared(patients(), group="sample", group_stem="#")
    assert any("such as 'p0' of" in note or "of 120 different cells" in note for note in ready.notes)
    with pytest.raises(InputError, match="no column names groups"):
        prepared(patients(), group_stem="_")
    with pytest.raises(InputError, match="--group-stem is empty"):
        prepared(patients(), group="sample", group_stem="")


def test_own_folds_are_no_input_and_validate_as_named() -> None:
    ready = prepared(days(), fold="site")
    site = np.arange(100) % 7
    assert ready.splits.outer.tolist() == np.flatnonzero(site == 6).tolist()
    assert [set(site[fold.valid]) for fold in ready.splits.folds] == [{part} for part in range(6)]
    assert "site" not in [column.name for column in ready.schema.columns]
    with pytest.raises(InputError, match="both together cannot hold"):
        prepared(days(), fold="site", time="day")
    with pytest.raises(InputError, match=r"no column 'sit'\. Did you mean 'site'"):
        prepared(days(), fold="sit")


@pytest.mark.parametrize(
    ("rows", "more", "rounds"),
    [
        (100, {"nested": None}, 4),
        (100, {"nested": None, "trials": None, "budget": LEAST_BUDGET}, 4),
        (100, {"nested": None, "trials": None, "budget": LEAST_BUDGET - 1}, 0),
        (100, {"nested": 5, "trials": None, "budget": LEAST_BUDGET - 1}, 4),
        (1_000, {"nested": None}, 0),
        (1_000, {"nested": 3}, 2),
        (100, {"nested": 0}, 0),
        (100, {"nested": None, "time": "day"}, 0),
        (100, {"nested": None, "group": "site"}, 4),
    ],
)
def test_rows_are_unseen_in_turn_where_they_are_few(rows: int, more: dict[str, Any], rounds: int) -> None:
    ready = prepared(days(rows), **more)
    assert len(ready.rounds) == rounds
    for number, each in enumerate(ready.rounds, 1):
        assert each.round == number
        share = 0.4 if ready.searches_anew else 0.15
        assert each.options.budget == (
            None if ready.options.budget is None else ready.options.budget * share / 4
        )
        assert not each.rounds


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"nested": 2}, "no number of rounds"),
        ({"nested": -2}, "no number of rounds"),
        ({"nested": 3.5}, "no number of rounds"),
        ({"nested": 3, "time": "day"}, "--nested 3 and --time day each say"),
    ],
)
def test_rounds_that_cannot_be_are_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        prepared(days(), **more)


def test_rounds_beside_rows_to_validate_on_are_refused() -> None:
    options = Options("memory", "y", trials=1, nested=3)
    with pytest.raises(InputError, match="but 20 rows were given to validate on"):
        prepare_source(TableSource.of(from_frame(days()), options, from_frame(days(120)[100:])), options)
