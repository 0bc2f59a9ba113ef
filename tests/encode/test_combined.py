"""Pairs of numbers that become one more."""

from __future__ import annotations

import itertools
import json
from typing import get_args

import numpy as np
import polars as pl
import pytest

from honed.encode import combined
from honed.encode.combined import Combined, How
from honed.encode.encoder import Encoder, fit
from honed.table.columns import infer
from honed.table.read import Table
from honed.typed import Misfit

ROWS = 1200
DRAW = np.random.default_rng(0)
NUMBERS = {name: DRAW.uniform(1, 20, ROWS) for name in "abcdef"}


def goal(values: np.ndarray) -> np.ndarray:
    """One goal, of mean 0 and spread 1."""
    return ((values - values.mean()) / values.std())[:, None]


MADE = {
    ("a", "b", "product"): NUMBERS["a"] * NUMBERS["b"],
    ("c", "d", "ratio"): NUMBERS["c"] / NUMBERS["d"],
    ("e", "f", "difference"): np.abs(NUMBERS["e"] - NUMBERS["f"]),
    ("b", "f", "sum"): np.cos((NUMBERS["b"] + NUMBERS["f"]) / 3),
}


@pytest.mark.parametrize("made", MADE, ids=lambda made: made[2])
def test_the_pair_that_made_the_target_is_the_first(made: tuple[str, str, How]) -> None:
    bent = np.sum([np.sin(own / 4) for own in NUMBERS.values()], axis=0)
    truth = goal(MADE[made])[:, 0] + bent + 0.3 * DRAW.normal(size=ROWS)
    found = combined.chosen(NUMBERS, goal(truth))
    assert found[0] == Combined(*made)
    assert len(found) == combined.MOST
    pairs = [frozenset((each.one, each.other)) for each in found]
    assert len(set(pairs)) == len(pairs), "each two columns once"


def test_of_many_columns_those_that_say_most_are_looked_at() -> None:
    many = {f"x{place}": DRAW.normal(size=ROWS) for place in range(40)}
    truth = many["x7"] + many["x30"] + 2 * many["x7"] * many["x30"]
    assert combined.chosen(many, goal(truth))[0] == Combined("x7", "x30", "product")


@pytest.mark.parametrize("size", [1.7e308, 1e300, 1e-310, 5e-324])
def test_pairs_of_numbers_at_the_ends_of_floats_are_chosen(size: float) -> None:
    """Some and none of such a size, as differences and slopes between these overflow."""
    some = size * DRAW.integers(-1, 2, ROWS)
    numbers = {"a": NUMBERS["a"], "some": some, "far": np.where(NUMBERS["b"] > 10, some, NUMBERS["b"])}
    found = combined.chosen(numbers, goal(NUMBERS["a"] * np.sign(some)))
    assert {found[0].one, found[0].other} in ({"a", "some"}, {"a", "far"}) and len(found) == 3


@pytest.mark.parametrize(("columns", "count"), [(0, 0), (1, 0), (2, 1), (4, 6), (5, 8), (100, 8)])
def test_how_many_there_are_follows_from_the_columns_alone(columns: int, count: int) -> None:
    numbers = {f"x{place}": np.full(50, np.nan if place % 2 else float(place)) for place in range(columns)}
    assert len(combined.chosen(numbers, goal(DRAW.normal(size=50)))) == count, "where they say nothing too"


def test_what_is_no_number_is_missing() -> None:
    one, other = (
        np.array([6.0, 6.0, np.nan, 0.0, 1e200, -1e308]),
        np.array([2.0, 0.0, 2.0, 0.0, 1e200, 1e308]),
    )
    told = {how: Combined("a", "b", how).encode({"a": one, "b": other}).tolist() for how in get_args(How)}
    nan = pytest.approx(np.nan, nan_ok=True)
    assert told["ratio"] == [3.0, nan, nan, nan, 1.0, -1.0]
    assert told["product"] == [12.0, 0.0, nan, 0.0, nan, nan]
    assert told["difference"] == [4.0, 6.0, nan, 0.0, 0.0, nan]
    assert told["sum"] == [8.0, 6.0, nan, 0.0, 2e200, 0.0]


FRAME = pl.DataFrame(
    {
        **{
            name: [f"{value:.3f}" if row % 40 else None for row, value in enumerate(own)]
            for name, own in NUMBERS.items()
        },
        "kind": [f"k{row % 3}" for row in range(ROWS)],
        "y": [str(value) for value in MADE["a", "b", "product"]],
    }
)
TABLE = Table(FRAME, "t.csv", "")
SCHEMA = infer(TABLE, "y")
Y = np.array(FRAME["y"].cast(pl.Float64))
TRAIN = np.arange(0, ROWS, 2)


def learned(rows: np.ndarray = TRAIN, scaling: str = "robust") -> Encoder:
    return fit(TABLE, SCHEMA, rows, y=Y[rows], in_pairs=True, scaling=scaling)


def test_pairs_are_numbers_behind_the_columns_own() -> None:
    encoder, plain = learned(scaling="none"), fit(TABLE, SCHEMA, TRAIN, scaling="none")
    pairs = encoder.combined
    assert encoder.inputs == plain.inputs._replace(continuous=6 + combined.MOST)
    assert pairs[0] == Combined("a", "b", "product")
    rows, own = (each.encode(FRAME).numeric for each in (encoder, plain))
    np.testing.assert_array_equal(np.delete(rows, np.s_[6:14], axis=1), own)
    product = own[:, 0].astype(np.float64) * own[:, 1]
    np.testing.assert_allclose(rows[:, 6], product, rtol=1e-6)
    assert (rows[::40, 6:14] == 0).all(), "missing where a column's own is"


def test_other_rows_have_no_influence_and_choose_as_many() -> None:
    changed = FRAME.with_columns(a=pl.when(pl.int_range(ROWS) % 2 == 0).then("a").otherwise(pl.lit("5")))
    other = fit(Table(changed, "t.csv", ""), SCHEMA, TRAIN, y=Y[TRAIN], in_pairs=True)
    assert other.to_json() == learned().to_json()
    assert learned(np.arange(1, ROWS, 2)).inputs == learned().inputs


def test_numbers_that_stay_at_their_last_value_are_in_no_pair() -> None:
    encoder = fit(TABLE, SCHEMA, TRAIN, y=Y[TRAIN], in_pairs=True, time="a")
    names = set(itertools.chain.from_iterable((pair.one, pair.other) for pair in encoder.combined))
    assert names == set("bcdef") and len(encoder.combined) == 8


def test_of_very_many_classes_the_frequent_ones_choose() -> None:
    made = MADE["c", "d", "ratio"]
    classes = np.digitize(made, np.quantile(made, np.arange(1, 14) / 14))
    table = Table(FRAME.with_columns(y=pl.Series([f"class {code:02}" for code in classes])), "t.csv", "")
    encoder = fit(table, infer(table, "y"), TRAIN, y=classes[TRAIN], in_pairs=True)
    assert {encoder.combined[0].one, encoder.combined[0].other} == {"c", "d"}


def test_pairs_are_kept_with_an_encoder_and_checked() -> None:
    encoder = learned()
    document = json.loads(json.dumps(encoder.to_json()))
    again = Encoder.from_json(document)
    np.testing.assert_array_equal(again.encode(FRAME).numeric, encoder.encode(FRAME).numeric)
    (first, *others) = document["combined"]
    for wrong, said in (({"one": "kind"}, "names other columns"), ({"how": "power"}, "how")):
        with pytest.raises(Misfit, match=said):
            Encoder.from_json(document | {"combined": [first | wrong, *others]})
