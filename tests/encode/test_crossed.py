"""Pairs of categories that become one more."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from honed.encode import crossed, means
from honed.encode.categorical import FIRST_LEVEL, MISSING, RARE
from honed.encode.crossed import Crossed
from honed.encode.encoder import Encoder, fit
from honed.table.columns import infer
from honed.table.kinds import MOST_LEVELS
from honed.table.read import Table
from honed.typed import Misfit

ROWS = 2000
DRAW = np.random.default_rng(0)
CODES = {
    name: DRAW.integers(2, 2 + size, ROWS) for name, size in zip("abcdef", (3, 4, 5, 6, 20, 30), strict=True)
}
SIZES = {name: int(own.max()) + 1 for name, own in CODES.items()}
PARTS = means.parts_of(ROWS)
OWN = np.sum([DRAW.normal(size=50)[own] for own in CODES.values()], axis=0)  # what each column says by itself


def goal(values: np.ndarray) -> np.ndarray:
    """One goal, of mean 0 and spread 1."""
    return ((values - values.mean()) / values.std())[:, None]


@pytest.mark.parametrize("pair", ["ab", "cd", "be"])
def test_the_pair_that_made_the_target_is_the_first(pair: str) -> None:
    one, other = (CODES[name] for name in pair)
    truth = OWN + DRAW.normal(size=(50, 50))[one, other] + 0.5 * DRAW.normal(size=ROWS)
    found = crossed.chosen(CODES, SIZES, goal(truth), PARTS)
    assert (found[0].one, found[0].other) == tuple(pair)
    assert len(found) == crossed.MOST


def test_of_many_columns_those_that_say_most_are_looked_at() -> None:
    many = {f"c{place}": DRAW.integers(2, 6, ROWS) for place in range(30)}
    one, other = many["c4"], many["c21"]
    truth = DRAW.normal(size=6)[one] + DRAW.normal(size=6)[other] + 2 * DRAW.normal(size=(6, 6))[one, other]
    found = crossed.chosen(many, dict.fromkeys(many, 6), goal(truth), PARTS)[0]
    assert (found.one, found.other) == ("c4", "c21")


@pytest.mark.parametrize(("columns", "count"), [(0, 0), (1, 0), (2, 1), (3, 3), (50, 3)])
def test_how_many_there_are_follows_from_the_columns_alone(columns: int, count: int) -> None:
    codes = {f"c{place}": DRAW.integers(2, 5, 60) for place in range(columns)}
    found = crossed.chosen(codes, dict.fromkeys(codes, 5), goal(DRAW.normal(size=60)), PARTS[:60])
    assert len(found) == count


def test_frequent_crosses_have_a_code_each_and_rare_ones_share_one() -> None:
    cross = Crossed("a", "b", (3, 4), 20, (0, 5, 11))
    assert cross.size == FIRST_LEVEL + 20
    found = {
        (one, other): code
        for one in range(3)
        for other in range(4)
        if (code := cross.table[one, other]) != RARE
    }
    assert found == {(0, 0): 2, (1, 1): 3, (2, 3): 4}
    assert MISSING not in cross.table
    (wide,) = crossed.chosen({"e": CODES["e"], "f": CODES["f"]}, SIZES, goal(OWN), PARTS)
    counts = np.unique(CODES["e"] * 100 + CODES["f"], return_counts=True)[1]
    assert wide.size == FIRST_LEVEL + MOST_LEVELS and len(wide.levels) == min(
        MOST_LEVELS, (counts >= 2).sum()
    )


WORDS = {
    name: [f"{name}{code}" if row % 40 else None for row, code in enumerate(own)]
    for name, own in CODES.items()
}
Y = DRAW.normal(size=(50, 50))[CODES["a"], CODES["b"]] + 0.3 * DRAW.normal(size=ROWS)
FRAME = pl.DataFrame({**WORDS, "x": [str(row % 70) for row in range(ROWS)], "y": [str(value) for value in Y]})
TABLE = Table(FRAME, "t.csv", "")
SCHEMA = infer(TABLE, "y")
TRAIN = np.arange(0, ROWS, 2)


def learned(rows: np.ndarray = TRAIN) -> Encoder:
    return fit(TABLE, SCHEMA, rows, y=Y[rows], crossing=True)


def test_crosses_are_categories_before_the_embedded_ones() -> None:
    encoder, plain = learned(), fit(TABLE, SCHEMA, TRAIN)
    crosses, few = encoder.crosses, len(plain.onehot)
    assert (crosses[0].one, crosses[0].other) == ("a", "b")
    sizes = tuple(cross.size for cross in crosses)
    assert encoder.inputs == plain.inputs._replace(embedded=(*sizes, *plain.inputs.embedded))
    assert encoder.embeddings[0] == ("a", "b") and encoder.embeddings[-1] == (plain.embedded[-1].name,)
    rows, own = encoder.encode(FRAME), plain.encode(FRAME)
    np.testing.assert_array_equal(np.delete(rows.codes, np.s_[few : few + 3], axis=1), own.codes)
    np.testing.assert_array_equal(rows.numeric, own.numeric)
    names = [column.name for column in (*plain.onehot, *plain.embedded)]
    one, other = (own.codes[:, names.index(name)] for name in "ab")
    told: dict[tuple[int, int], set[int]] = {}
    for pair, code in zip(
        zip(one.tolist(), other.tolist(), strict=True), rows.codes[:, few].tolist(), strict=True
    ):
        told.setdefault(pair, set()).add(code)
    assert all(len(codes) == 1 for codes in told.values())
    assert len({code for codes in told.values() for code in codes}) == len(told) >= 12, "each pair its own"


def test_other_rows_have_no_influence_and_give_as_many_codes() -> None:
    changed = FRAME.with_columns(a=pl.when(pl.int_range(ROWS) % 2 == 0).then("a").otherwise(pl.lit("a2")))
    other = fit(Table(changed, "t.csv", ""), SCHEMA, TRAIN, y=Y[TRAIN], crossing=True)
    assert other.to_json() == learned().to_json()
    assert learned(np.flatnonzero(CODES["a"] > 2)).inputs == learned().inputs


def test_columns_of_very_many_levels_are_not_crossed() -> None:
    frame = FRAME.select("a", "b", "y").with_columns(many=pl.Series([f"m{row % 600}" for row in range(ROWS)]))
    table = Table(frame, "t.csv", "")
    (cross,) = fit(table, infer(table, "y"), TRAIN, y=Y[TRAIN], crossing=True).crosses
    assert (cross.one, cross.other) == ("a", "b")


def test_crosses_are_kept_with_an_encoder_and_checked() -> None:
    encoder = learned()
    document = json.loads(json.dumps(encoder.to_json()))
    again = Encoder.from_json(document)
    np.testing.assert_array_equal(again.encode(FRAME).codes, encoder.encode(FRAME).codes)
    first, *others = document["crosses"]
    wrong = {"one": "x"}, {"sizes": [5, 5]}, {"levels": [3, 2]}, {"levels": [10_000]}
    for change, said in zip(wrong, ("names other columns", "`sizes`", "`levels`", "`levels`"), strict=True):
        with pytest.raises(Misfit, match=said):
            Encoder.from_json(document | {"crosses": [first | change, *others]})
