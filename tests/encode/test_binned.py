"""Numbers that also give the bin that each is in."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.encode import binned
from honed.encode.binned import Binned
from honed.encode.categorical import FIRST_LEVEL, MISSING
from honed.encode.encoder import Encoder, fit
from honed.table.columns import infer
from honed.table.read import Table
from honed.typed import Misfit

ROWS = 3000
DRAW = np.random.default_rng(0)
VALUES = {name: DRAW.normal(size=ROWS) for name in "abc"}


def goal(values: np.ndarray) -> np.ndarray:
    """One goal, of mean 0 and spread 1."""
    return ((values - values.mean()) / values.std())[:, None]


@pytest.mark.parametrize("shift", [0.0, 1e9])  # where float32 holds no fractions
def test_edges_lie_where_the_target_jumps(shift: float) -> None:
    jumps = (-0.8, 0.1, 1.1)
    truth = np.searchsorted(jumps, VALUES["a"]) ** 2 + 0.1 * DRAW.normal(size=ROWS)
    (found,) = binned.learn({"a": VALUES["a"] + shift}, goal(truth))
    values = np.sort(VALUES["a"])
    for jump in jumps:
        low, high = values[values <= jump][-1], values[values > jump][0]
        assert any(low <= edge - shift <= high for edge in found.edges), jump


def test_a_bin_holds_what_lies_above_one_edge_and_up_to_the_next() -> None:
    column = Binned("a", (-1.0, 0.0, 2.5))
    values = [-np.inf, -1.0, -0.5, 0.0, 1e-300, 2.5, 2.6, np.inf, np.nan]
    above = [sum(value > edge for edge in column.edges) + FIRST_LEVEL for value in values[:-1]]
    assert column.encode(np.array(values)).tolist() == [*above, MISSING]


def test_bins_are_few_and_hold_many_rows_each() -> None:
    (found,) = binned.learn({"a": VALUES["a"]}, goal(np.sin(9 * VALUES["a"])))
    counts = np.bincount(found.encode(VALUES["a"]), minlength=found.size)[FIRST_LEVEL:]
    assert len(found.edges) == binned.MOST - 1 and found.size == FIRST_LEVEL + binned.MOST
    assert counts.min() >= binned._LEAST


@pytest.mark.parametrize("first", [1.0, -1.0, 2.0**53, 5e-324])
def test_numbers_beside_each_other_are_told_apart(first: float) -> None:
    """The middle between two of them is one of the two."""
    near = [first]
    for _ in range(7):
        near.append(np.nextafter(near[-1], np.inf))
    values, truth = np.tile(near, 50), np.tile([0.0, 3.0, 1.0, 5.0, 2.0, 4.0, -2.0, 7.0], 50)
    (found,) = binned.learn({"a": values}, goal(truth))
    assert found.encode(np.array(near)).tolist() == [FIRST_LEVEL + place for place in range(8)]


@pytest.mark.parametrize(
    "values", [np.full(ROWS, np.nan), np.full(ROWS, 3.0), np.where(np.arange(ROWS) < 30, 1.0, np.nan)]
)
def test_a_column_that_tells_nothing_is_one_bin(values: np.ndarray) -> None:
    (found,) = binned.learn({"a": values}, goal(VALUES["b"]))
    assert found.edges == ()
    assert set(found.encode(values).tolist()) <= {MISSING, FIRST_LEVEL}


def test_of_many_columns_those_have_bins_that_say_most_by_them() -> None:
    many = {f"c{place}": DRAW.normal(size=ROWS) for place in range(40)}
    truth = sum((many[f"c{place}"] > 0.3).astype(float) for place in range(7, 31))
    found = binned.learn(many, goal(truth + 0.1 * DRAW.normal(size=ROWS)))
    assert [column.name for column in found] == [f"c{place}" for place in range(7, 31)]
    assert len(found) == binned.COLUMNS


def test_many_columns_are_compared_by_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree of all rows for each of hundreds would take longer than a search may have."""
    seen = list[int]()

    def counted(values: np.ndarray, *more: Any) -> tuple[np.ndarray, float]:
        seen.append(len(values))
        return tree(values, *more)

    tree = binned._tree
    monkeypatch.setattr(binned, "_tree", counted)
    rows = 20_000
    many = {f"c{place}": DRAW.normal(size=rows) for place in range(30)}
    truth = (many["c3"] > 0.3) + (many["c29"] > 0.0) + 0.1 * DRAW.normal(size=rows)
    names = [column.name for column in binned.learn(many, goal(truth))]
    assert sorted(seen) == [binned._SEEN_OF_MANY] * len(many) + [rows] * binned.COLUMNS
    assert len(names) == binned.COLUMNS and {"c3", "c29"} < {*names}


def test_several_goals_share_edges() -> None:
    one, other = (VALUES["a"] > -0.5).astype(float), (VALUES["a"] > 0.7).astype(float)
    (found,) = binned.learn({"a": VALUES["a"]}, np.concatenate([goal(one), goal(other)], axis=1))
    codes = found.encode(VALUES["a"])
    for truth in (one, other):
        assert all(len(set(truth[codes == code])) == 1 for code in set(codes.tolist()))


NUMBERS = {
    name: [None if row % 40 == place else str(value) for row, value in enumerate(own)]
    for place, (name, own) in enumerate(VALUES.items())
}
WORDS = {"few": [f"f{row % 3}" for row in range(ROWS)], "many": [f"m{row % 30}" for row in range(ROWS)]}
Y = np.where(VALUES["b"] > 0.2, 2.0, 0.0) + VALUES["a"]
FRAME = pl.DataFrame({**NUMBERS, **WORDS, "y": [str(value) for value in Y]})
TABLE = Table(FRAME, "t.csv", "")
SCHEMA = infer(TABLE, "y")
TRAIN = np.arange(0, ROWS, 2)


def learned(rows: np.ndarray = TRAIN) -> Encoder:
    return fit(TABLE, SCHEMA, rows, y=Y[rows], binning=True)


def test_bins_are_categories_before_the_embedded_ones() -> None:
    encoder, plain = learned(), fit(TABLE, SCHEMA, TRAIN)
    few, size = len(plain.onehot), FIRST_LEVEL + binned.MOST
    assert encoder.inputs == plain.inputs._replace(embedded=(size,) * 3 + plain.inputs.embedded)
    assert encoder.embeddings == (("a",), ("b",), ("c",), ("many",))
    rows, own = encoder.encode(FRAME), plain.encode(FRAME)
    np.testing.assert_array_equal(np.delete(rows.codes, np.s_[few : few + 3], axis=1), own.codes)
    np.testing.assert_array_equal(rows.numeric, own.numeric)
    for place, name in enumerate("abc"):
        codes = rows.codes[:, few + place]
        there = np.array([cell is not None for cell in NUMBERS[name]])
        np.testing.assert_array_equal(codes == MISSING, ~there)
        order = np.argsort(VALUES[name][there])
        assert (np.diff(codes[there][order]) >= 0).all() and len(set(codes.tolist())) > 10


def test_other_rows_have_no_influence_and_give_as_many_codes() -> None:
    changed = FRAME.with_columns(a=pl.when(pl.int_range(ROWS) % 2 == 0).then("a").otherwise(pl.lit("7")))
    other = fit(Table(changed, "t.csv", ""), SCHEMA, TRAIN, y=Y[TRAIN], binning=True)
    assert other.to_json() == learned().to_json()
    assert learned(np.flatnonzero(VALUES["a"] > 0.5)).inputs == learned().inputs


def test_what_says_when_rows_were_has_no_bins() -> None:
    found = fit(TABLE, SCHEMA, TRAIN, y=Y[TRAIN], binning=True, time="b")
    assert [column.name for column in found.binned] == ["a", "c"]


def test_bins_are_kept_with_an_encoder_and_checked() -> None:
    encoder = learned()
    document = json.loads(json.dumps(encoder.to_json()))
    again = Encoder.from_json(document)
    np.testing.assert_array_equal(again.encode(FRAME).codes, encoder.encode(FRAME).codes)
    first, *others = document["binned"]
    too_many = np.arange(binned.MOST).tolist()
    wrong = (
        ({"name": "few"}, "names other columns"),
        ({"edges": [1.0, 1.0]}, "do not ascend"),
        ({"edges": too_many}, "too many"),
        ({"edges": [float("inf")]}, "not finite"),
        ({"name": "b"}, "'b' twice"),
    )
    for change, words in wrong:
        with pytest.raises(Misfit, match=words):
            Encoder.from_json(document | {"binned": [first | change, *others]})
