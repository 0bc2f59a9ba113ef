"""What predicts: averaged and calibrated by the formulas, for tables of every kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import exported_models
import numpy as np
import polars as pl
import pytest
from small_models import FRAME, crossing, model, with_network

from honed.errors import DataWarning, InputError
from honed.model import load
from honed.model.intervals import Intervals
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.table.columns import infer
from honed.table.read import from_frame


def test_an_ensemble_is_the_weighted_mean_of_its_members() -> None:
    both = model("size").values(FRAME)
    one, two = (model("size", (seed,)).values(FRAME) for seed in (1, 2))
    np.testing.assert_allclose(both, 0.75 * one + 0.25 * two)


def test_probabilities_are_positive_and_sum_to_one() -> None:
    for temperature in (0.125, 1.0, 8.0):
        p = model("kind", temperature=temperature).probabilities(FRAME)
        assert (p > 0).all()
        np.testing.assert_allclose(p.sum(axis=1), 1)


def test_the_label_is_the_likeliest_class() -> None:
    labels, p = model("kind").answers(FRAME)
    assert p is not None
    assert labels.tolist() == [("elm", "oak")[int(row[1] > row[0])] for row in p]


@pytest.mark.filterwarnings("ignore::honed.errors.DataWarning")
@pytest.mark.parametrize("goal", ["value", "three"])
def test_a_row_alone_is_told_to_the_last_bit_what_it_is_told_among_many(goal: str, tmp_path: Path) -> None:
    exported_models.model(goal, specs=exported_models.SPECS[:2]).save(tmp_path)
    made = load(tmp_path)
    texts = exported_models.frame(rows=40, seed=8).drop(exported_models.GOALS)
    typed = made.schema.read(texts)
    ask = made.predict_proba if made.classes else made.predict
    for table in (texts, typed, typed.to_pandas()):
        whole = ask(table)
        for row in range(40):
            np.testing.assert_array_equal(ask(table[row : row + 1]), whole[row : row + 1])


def test_quantiles_that_cross_are_sorted_and_the_middle_output_is_the_value() -> None:
    made = crossing()
    (member,), (learned,) = made.members, made.encoders
    raw = mlp.predict(member.params, member.network, learned.inputs, learned.encode(FRAME))
    assert (raw[:, 0] > raw[:, 2]).all() and (raw[:, 2] > raw[:, 1]).all()
    found = made.quantiles(FRAME)
    assert found is not None
    shares, values = found
    assert shares == (0.1, 0.5, 0.9)
    np.testing.assert_array_equal(values, member.target.decode(raw[:, [1, 2, 0]]))
    np.testing.assert_array_equal(made.values(FRAME), member.target.decode(raw[:, 1]))
    assert model("size").quantiles(FRAME) is None


@pytest.mark.parametrize(
    ("shares", "place"),
    [((0.1, 0.9), 0.5), ((0.4, 0.9), 0.2), ((0.5, 0.9), 0.0), ((0.1, 0.5), 1.0), ((0.1, 0.5, 0.9), 1.0)],
)
def test_the_value_of_quantiles_is_on_the_line_between_those_around_the_median(
    shares: tuple[float, ...], place: float
) -> None:
    """As NumPy interpolates; never an outer quantile."""
    made = with_network("size", NetworkSpec(depth=0), "quantile", shares)
    (member,), (learned,) = made.members, made.encoders
    outputs = mlp.predict(member.params, member.network, learned.inputs, learned.encode(FRAME))
    values = member.target.decode(outputs)
    expected = [np.interp(place, np.arange(len(shares)), row) for row in values]
    np.testing.assert_allclose(made.values(FRAME), expected, rtol=1e-12)


def test_samples_of_a_row_do_not_depend_on_the_rows_beside_it() -> None:
    made = with_network("kind", NetworkSpec(hidden_sizes=(20,), dropout=0.3, input_dropout=0.2))
    drawn = made.samples(FRAME, 40)
    assert drawn.shape == (40, 60, 2)
    np.testing.assert_allclose(drawn.sum(axis=2), 1)
    assert (drawn.std(axis=0) > 1e-3).all()
    np.testing.assert_array_equal(made.samples(FRAME[17:18], 40), drawn[:, 17:18])
    assert len(np.unique(drawn[:, 0, 0])) > 30


def test_samples_average_to_what_the_whole_network_says() -> None:
    """Of a linear network exactly, in expectation: dropout keeps the mean."""
    made = with_network("size", NetworkSpec(depth=0, input_dropout=0.3))
    drawn = made.samples(FRAME, 600)
    error = 4 * drawn.std(axis=0) / np.sqrt(600)
    inside = (np.abs(made.values(FRAME)) < 0.9 * np.abs(FRAME["size"].to_numpy()).max()) & (error > 0)
    assert inside.sum() > 20
    assert (np.abs(drawn.mean(axis=0) - made.values(FRAME))[inside] < error[inside]).mean() > 0.95


@pytest.mark.parametrize("count", [0, -1, 2.5, True])
def test_a_number_of_samples_that_is_none_is_refused(count: object) -> None:
    made = with_network("size", NetworkSpec(hidden_sizes=(4,), dropout=0.3))
    with pytest.raises(InputError, match=r"samples is .* whole number of 1 or more"):
        made.samples(FRAME, count)  # type: ignore[arg-type]


def test_samples_without_dropout_are_refused() -> None:
    with pytest.raises(InputError, match="no dropout, so all samples would be the same"):
        model("size").samples(FRAME, 3)


ARRAY = FRAME.drop("kind").to_numpy()


@pytest.mark.parametrize(
    "table",
    [
        FRAME,
        FRAME.select("colour", "size"),
        FRAME.to_pandas(),
        FRAME.to_arrow(),
        ARRAY,
        ARRAY.tolist(),
        ARRAY.astype(str),
    ],
    ids=["polars", "reordered", "pandas", "arrow", "array", "list", "array of texts"],
)
def test_a_model_takes_every_kind_of_table(table: object) -> None:
    made = model("kind")
    labels, probabilities = made.answers(FRAME)
    np.testing.assert_array_equal(made.predict(table), labels)
    np.testing.assert_array_equal(made.predict_proba(table), probabilities)


def test_a_model_knows_what_it_predicts() -> None:
    made = model("kind")
    assert (made.target, made.task, made.classes_.tolist()) == ("kind", "binary", ["elm", "oak"])
    numbers = model("size")
    assert (numbers.target, numbers.task, len(numbers.classes_)) == ("size", "regression", 0)
    np.testing.assert_array_equal(numbers.predict(FRAME.to_pandas()), numbers.values(FRAME))
    with pytest.raises(InputError, match=r"'size' is a quantity.*Use predict"):
        numbers.predict_proba(FRAME)
    with pytest.raises(InputError, match="one value a row"):
        numbers.predict_quantiles(FRAME)
    assert crossing().predict_quantiles(FRAME.to_arrow()).shape == (60, 3)


@pytest.mark.parametrize("array", [ARRAY[:, :1], np.zeros((3, 4)), np.zeros((0, 1))])
def test_an_array_of_another_width_is_refused(array: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"columns?, and the network was trained with 2: 'size', 'colour'"):
        model("kind").predict(array)


def test_what_is_no_table_is_refused() -> None:
    for thing in (FRAME["size"].to_pandas(), {"size": [1.0]}, "size", 3, [1.0, 2.0]):
        with pytest.raises(InputError, match="table"):
            model("kind").predict(thing)


def test_labels_come_back_in_the_type_of_the_training_table(tmp_path: Path) -> None:
    kinds = {
        "bool": pl.Series([True, False] * 30),
        "int": pl.Series([3, 10] * 30, dtype=pl.UInt8),
        "float": pl.Series([0.5, 2.0] * 30),
        "text": pl.Series(["3", "10"] * 30),
    }
    for name, cells in kinds.items():
        made = model("kind")
        table = from_frame(FRAME.with_columns(kind=cells))
        replace(made, schema=infer(table, "kind")).save(tmp_path)
        after = load(tmp_path)
        assert set(after.classes_.tolist()) == set(cells.to_list()), name
        assert set(map(type, after.predict(FRAME).tolist())) == {type(cells[0])}, name


def test_cells_that_training_has_not_seen_are_told() -> None:
    frame = FRAME.with_columns(colour=pl.Series(["pink"] * 60))
    with pytest.warns(DataWarning, match="'pink', are unseen") as told:
        model("kind").predict(frame)
    assert told[0].filename == __file__


def test_an_interval_is_the_reach_around_the_value_and_ends_where_values_do() -> None:
    made = model("size")
    truth = FRAME["size"].to_numpy()
    with_them = made.with_intervals(FRAME, truth)
    errors = np.sort(np.abs(truth - made.values(FRAME)))
    reach = errors[int(np.ceil(61 * 0.9)) - 1]
    expected = made.values(FRAME)[:, None] + reach * np.array([-1, 1])
    np.testing.assert_array_equal(with_them.predict_interval(FRAME), np.clip(expected, *made.ends))
    wide = replace(made, intervals=Intervals((1e9,), 1)).predict_interval(FRAME, 0.5)
    np.testing.assert_array_equal(wide, np.tile(made.ends, (60, 1)))
    np.testing.assert_array_equal(with_them.values(FRAME), made.values(FRAME))


def test_what_each_network_says_is_enough() -> None:
    made = model("size").with_intervals(FRAME, FRAME["size"].to_numpy())
    each = made.each(FRAME)
    nobody = FRAME.clear()  # whom the networks would be asked about
    np.testing.assert_array_equal(made.told(nobody, each), made.told(FRAME))
    np.testing.assert_array_equal(made.interval(nobody, 0.9, each), made.interval(FRAME, 0.9))


def test_the_first_networks_of_each_voice_make_the_spread() -> None:
    """Three networks, of which the first and the last have the same settings."""
    one, two = model("size").members
    other = model("size", (3,)).members[0]
    members = (replace(one, weight=0.4), replace(two, weight=0.5, voice=7), replace(other, weight=0.1))
    made = replace(model("size"), members=members, intervals=Intervals((1.0,), 1, constant=0.25))
    first, second = (replace(made, members=(replace(m, weight=1.0),)).values(FRAME) for m in members[:2])
    scale = np.hypot(0.5 * np.abs(first - second), 0.25)
    values = made.values(FRAME)
    expected = np.clip(np.stack([values - scale, values + scale], axis=1), *made.ends)
    np.testing.assert_allclose(made.predict_interval(FRAME, 0.5), expected)


def test_quantiles_have_intervals_beyond_the_outer_ones() -> None:
    made = crossing()
    truth = FRAME["size"].to_numpy()
    found = made.quantiles(FRAME)
    assert found is not None
    outer = found[1][:, [0, 2]]
    beyond = np.sort(np.maximum(outer[:, 0] - truth, truth - outer[:, 1]))
    ends = made.with_intervals(FRAME, truth).predict_interval(FRAME, 0.8)
    reach = beyond[int(np.ceil(61 * 0.8)) - 1]
    np.testing.assert_allclose(ends, np.clip(outer + reach * np.array([-1, 1]), *made.ends))


def test_what_has_no_intervals_says_why() -> None:
    with pytest.raises(InputError, match=r"target 'kind' is a class, .* calibrated probability"):
        model("kind").predict_interval(FRAME)
    schema = model("size").schema
    several = replace(model("size"), schema=replace(schema, further=(schema.target,)))
    with pytest.raises(InputError, match="answers several"):
        several.predict_interval(FRAME)
    with pytest.raises(InputError, match=r"holds nothing to make intervals of.* earlier version"):
        model("size").predict_interval(FRAME)
    upper = with_network("size", NetworkSpec(depth=0), "quantile", (0.7, 0.9))
    assert upper.with_intervals(FRAME, FRAME["size"].to_numpy()).intervals is None
    with pytest.raises(InputError, match=r"one side of the median, \[0\.7, 0\.9\]"):
        upper.predict_interval(FRAME)
    median = with_network("size", NetworkSpec(depth=0), "quantile", (0.5,))
    assert not median.with_intervals(FRAME, FRAME["size"].to_numpy()).intervals.quantiles  # type: ignore[union-attr]
    assert model("size").with_intervals(FRAME.head(0), np.zeros(0)).intervals is None
    assert model("kind").with_intervals(FRAME, np.zeros(60)).intervals is None
