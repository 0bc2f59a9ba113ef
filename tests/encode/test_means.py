"""Categories to the target's means."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.preprocessing import TargetEncoder

from honed.encode import means
from honed.encode.encoder import Encoder, fit
from honed.table.columns import infer
from honed.table.read import Table
from honed.typed import Misfit

ROWS, LEVELS = 900, 40
DRAW = np.random.default_rng(0)
CODES = np.concatenate(
    [np.arange(LEVELS), DRAW.choice(LEVELS, ROWS - LEVELS, p=DRAW.dirichlet(np.ones(LEVELS)))]
)
GOAL = DRAW.normal(size=LEVELS)[CODES] + 1.5 * DRAW.normal(size=ROWS)
PARTS = means.parts_of(ROWS)


def shrinkage(codes: np.ndarray, goal: np.ndarray) -> float:
    """Variance within levels over that between them, by sums over rows as textbooks write them."""
    levels, rows = sorted(set(codes.tolist())), len(codes)
    own = {level: goal[codes == level].mean() for level in levels}
    count = {level: (codes == level).sum() for level in levels}
    within = sum((value - own[level]) ** 2 for level, value in zip(codes.tolist(), goal, strict=True))
    within /= rows - len(levels)
    squares = sum(count[level] * (own[level] - goal.mean()) ** 2 for level in levels) / (len(levels) - 1)
    share = (rows - sum(each**2 for each in count.values()) / rows) / (len(levels) - 1)
    return within / ((squares - within) / share)


def expected(codes: np.ndarray, goal: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """By scikit-learn, told how strongly to smooth."""
    smooth: Any = shrinkage(codes, goal)
    encoder = TargetEncoder(smooth=smooth, target_type="continuous")
    return encoder.fit(codes[:, None], goal).transform(asked[:, None])[:, 0]


def test_means_are_those_of_scikit_learn_with_the_smoothing_that_variances_say() -> None:
    learned = means.learn("c", CODES, LEVELS + 1, GOAL[:, None])
    np.testing.assert_allclose(learned.encode(CODES)[0], expected(CODES, GOAL, CODES), atol=1e-5)
    assert learned.values[0][LEVELS] == pytest.approx(GOAL.mean(), rel=1e-5), "no row has it"
    found = means.out_of_fold(CODES, LEVELS, GOAL[:, None], PARTS)[:, 0]
    for part in range(means.PARTS):
        is_own = part == PARTS
        by_others = expected(CODES[~is_own], GOAL[~is_own], CODES[is_own])
        np.testing.assert_allclose(found[is_own], by_others, rtol=1e-9)


def test_the_smoothing_is_what_made_the_rows() -> None:
    codes = np.repeat(np.arange(2000), 5)
    goal = 0.5 * DRAW.normal(size=2000)[codes] + 2 * DRAW.normal(size=10_000)
    found = means.learn("c", codes, 2000, goal[:, None]).matrix[0]
    own = goal.reshape(2000, 5).mean(axis=1)
    kept = np.polyfit(own, found, 1)[0]
    assert kept == pytest.approx(5 / (5 + 2**2 / 0.5**2), rel=0.15)


def test_a_row_is_not_told_what_its_own_part_has_taught() -> None:
    changed = np.where(PARTS == 2, GOAL + DRAW.normal(size=ROWS) * 50, GOAL)
    one, other = (means.out_of_fold(CODES, LEVELS, goal[:, None], PARTS) for goal in (GOAL, changed))
    np.testing.assert_array_equal(one[PARTS == 2], other[PARTS == 2])
    assert (one[PARTS != 2] != other[PARTS != 2]).any()


def test_rows_that_are_tied_are_of_one_part_and_parts_are_of_a_size() -> None:
    tied = DRAW.integers(0, 60, ROWS)
    parts = means.parts_of(ROWS, tied)
    assert all(len(set(parts[tied == name].tolist())) == 1 for name in range(60))
    assert set(parts.tolist()) == set(range(means.PARTS))
    assert np.bincount(PARTS).tolist() == [ROWS // means.PARTS] * means.PARTS


def test_levels_that_say_nothing_give_no_target_away() -> None:
    codes = DRAW.integers(0, 300, ROWS)
    noise = DRAW.normal(size=ROWS)
    plain = np.array([noise[codes == code].mean() for code in range(300) if (codes == code).any()])
    plain = plain[np.unique(codes, return_inverse=True)[1]]
    assert np.corrcoef(plain, noise)[0, 1] > 0.5, "the rows' own targets are in their means"
    found = means.out_of_fold(codes, 300, noise[:, None], PARTS)[:, 0]
    assert abs(found @ noise) / ROWS < 0.05 * noise.var()
    assert means.learn("c", codes, 300, noise[:, None]).matrix.std() < 0.3


@pytest.mark.parametrize("codes", [np.arange(30), np.zeros(30, np.int64)], ids=["one row each", "one level"])
def test_where_nothing_can_be_told_the_mean_is_that_of_all(codes: np.ndarray) -> None:
    goal = DRAW.normal(size=30)
    learned = means.learn("c", codes, 30, goal[:, None])
    np.testing.assert_allclose(learned.matrix, goal.mean(), atol=1e-6)
    none = means.out_of_fold(codes, 30, goal[:, None], np.zeros(30, np.int64))
    assert (none == 0).all(), "no other part has taught"


FRAME = pl.DataFrame(
    {
        "town": [None if row % 50 == 9 else f"town {code}" for row, code in enumerate(CODES)],
        "few": [f"few {row % 3}" for row in range(ROWS)],
        "size": [str(row % 77) for row in range(ROWS)],
        "y": [str(value) for value in GOAL],
        "kind": [f"kind {place}" for place in np.digitize(GOAL, (-1, 1))],
        "two": [str(value > 0) for value in GOAL],
        "many": [f"many {place}" for place in np.digitize(GOAL, np.quantile(GOAL, np.arange(1, 12) / 12))],
    }
)
GOALS = ("y", "kind", "two", "many")
TRAIN = np.flatnonzero(np.arange(ROWS) % 3 != 0)


def learned(goal: str, **more: Any) -> tuple[Encoder, Any, np.ndarray, Table]:
    """An encoder of training rows with its schema and their targets."""
    table = Table(FRAME.drop(set(GOALS) - {goal}), "t.csv", "")
    schema = infer(table, goal)
    y = GOAL if goal == "y" else np.unique(FRAME[goal].to_list(), return_inverse=True)[1]
    return fit(table, schema, TRAIN, y=y[TRAIN], by_target=True, **more), schema, y[TRAIN], table


@pytest.mark.parametrize(("goal", "width"), [("y", 1), ("two", 1), ("kind", 3), ("many", 0)])
def test_columns_of_many_levels_have_an_input_for_each_class(goal: str, width: int) -> None:
    encoder, schema, _, table = learned(goal)
    plain = fit(table, schema, TRAIN)
    assert encoder.inputs == plain.inputs._replace(continuous=plain.inputs.continuous + width)
    assert [column.name for column in encoder.means] == (["town"] if width else [])


def test_rows_to_train_on_have_other_means_than_rows_to_predict() -> None:
    encoder, schema, y, table = learned("y", scaling="standard")
    rows = encoder.encode(table.frame)
    known = encoder.encode_to_train(table.frame, TRAIN, schema, y)
    place = encoder.inputs.continuous - 1
    asked = np.setdiff1d(np.arange(ROWS), TRAIN)
    np.testing.assert_array_equal(known.numeric[asked], rows.numeric[asked])
    np.testing.assert_array_equal(
        np.delete(known.numeric, place, axis=1), np.delete(rows.numeric, place, axis=1)
    )
    own = known.numeric[TRAIN, place]
    assert own.mean() == pytest.approx(0, abs=1e-6) and own.std() == pytest.approx(1, rel=1e-5)
    told = [np.corrcoef(part, of)[0, 1] for part, of in ((own, y), (rows.numeric[asked, place], GOAL[asked]))]
    assert told[1] > 0.3 and abs(told[0] - told[1]) < 0.1
    assert np.corrcoef(rows.numeric[TRAIN, place], y)[0, 1] > told[0] + 0.05


def test_a_level_that_no_row_has_taught_has_what_rare_ones_have() -> None:
    encoder, _, _, table = learned("y")
    place = encoder.inputs.continuous - 1
    asked = table.frame[:2].with_columns(town=pl.Series([None, "elsewhere"]))
    found = encoder.encode(asked).numeric[:, place]
    empty, rare = (np.array([[encoder.means[0].values[0][code]]]) for code in (0, 1))
    scales = encoder.scaling._replace(center=encoder.scaling.center[-1:], factor=encoder.scaling.factor[-1:])
    np.testing.assert_array_equal(found, [scales.apply(empty)[0, 0], scales.apply(rare)[0, 0]])


def test_means_are_kept_with_an_encoder_and_checked() -> None:
    encoder, _, _, table = learned("kind")
    document = json.loads(json.dumps(encoder.to_json()))
    again = Encoder.from_json(document)
    np.testing.assert_array_equal(again.encode(table.frame).numeric, encoder.encode(table.frame).numeric)
    own = document["means"][0]
    for values, said in (
        ([own["values"][0][:-1]] * 3, "one mean for each code"),
        ([], "one mean for each code"),
    ):
        broken = document | {"means": [own | {"values": values}]}
        broken["scaling"] = broken["scaling"] | {
            name: broken["scaling"][name][: 1 + len(values)] for name in ("center", "factor")
        }
        with pytest.raises(Misfit, match=said):
            Encoder.from_json(broken)
    with pytest.raises(Misfit, match="names other columns"):
        Encoder.from_json(document | {"means": [own | {"name": "few"}]})
