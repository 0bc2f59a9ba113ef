"""The table's part of the contract that no other test sees: words, facts, what is explained, arrays there and back."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import RidgeCV

from honed import TunedRegressor
from honed.encode import screening
from honed.encode.encoder import Encoded, Inputs
from honed.families.table import TABLE
from honed.families.table.source import TableSource
from honed.family import Family
from honed.findings import Finding
from honed.nets.spec import NetworkSpec
from honed.search import sharing
from honed.search.options import Options
from honed.table.read import from_frame

INPUTS = Inputs(2, 1, (3,), ())


def test_it_fulfils_the_contract() -> None:
    family: Family = TABLE
    assert family.specification is NetworkSpec


def test_settings_that_decide_nothing_are_not_explained() -> None:
    assert "embedding_sigma" not in TABLE.told(NetworkSpec())
    assert "embedding_sigma" in TABLE.told(NetworkSpec(numeric_embedding="periodic"))
    assert {"depth", "width", "taper"} <= set(TABLE.told(NetworkSpec()))
    assert not {"depth", "width", "taper"} & set(TABLE.told(NetworkSpec(hidden_sizes=(64, 32))))
    assert not {"activation", "dropout"} & set(TABLE.told(NetworkSpec(depth=0)))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (NetworkSpec(depth=3, width=128), "3 × 128 relu"),
        (NetworkSpec(hidden_sizes=(64, 32), activation=("relu", "tanh")), "64-32 relu/tanh"),
        (NetworkSpec(depth=1, width=8, numeric_embedding="periodic"), "1 × 8 relu, periodic"),
        (NetworkSpec(hidden_sizes=()), "linear"),
    ],
)
def test_a_network_in_words(spec: NetworkSpec, words: str) -> None:
    assert TABLE.words(spec, 1) == words


def test_facts_count_what_reaches_the_first_layer() -> None:
    facts = TABLE.facts(NetworkSpec(depth=1, width=8), INPUTS, 2)
    assert facts.get("inputs") == 6 and facts.get("hidden") == [8] and facts.get("outputs") == 2


def test_encoded_rows_go_to_workers_and_back() -> None:
    rows = Encoded(np.ones((4, 3), np.float32), np.zeros((4, 1), np.int32))
    back = TABLE.rows(TABLE.arrays(rows))
    assert isinstance(back, Encoded) and all((a == b).all() for a, b in zip(back, rows, strict=True))
    assert TABLE.inputs(INPUTS.to_json()) == INPUTS


def test_rivals_get_numbers_and_codes_with_their_levels() -> None:
    rows = Encoded(np.ones((4, 3), np.float32), np.zeros((4, 1), np.int32))
    assert TABLE.rivals(rows, INPUTS).levels == (3,) and not TABLE.rivals(rows, INPUTS).is_sparse


def test_many_rows_and_many_columns_take_long_to_look_at() -> None:
    shapes = [(1_000, 20), (20_000, 100), (100, 10_000)]
    quick, long, wide = (
        TABLE.look_seconds(SimpleNamespace(rows=rows, columns=range(columns)))  # pyright: ignore[reportArgumentType]
        for rows, columns in shapes
    )
    assert quick < 0.2 and 2 < long < 5 and 5 < wide < 10


def test_a_far_value_of_an_input_explains_a_failure_where_numbers_are_not_robust() -> None:
    known = [Finding("far-value", "note", "", {"target": False}, "", "")]
    found = [Finding("underfitting", "warning", "", {}, "", "")]
    explained = {name for name in TABLE.encodings if not TABLE.unexplained(found, known, name)}
    assert explained == {"standard", "none"}


def test_an_embedding_of_numbers_is_idle_without_numbers() -> None:
    assert not TABLE.idle(INPUTS)
    assert set(TABLE.idle(INPUTS._replace(continuous=0))) == {"numeric_embedding"}


def wide(rows: int, columns: int = 400, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    """Numbers of which three count, with empty cells in one of them, one column of words, and the target's values."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, columns))
    target = values[:, 5] - 2 * values[:, 50] + values[:, 399] + 0.3 * rng.normal(size=rows)
    values[rng.random(rows) < 0.1, 50] = np.nan
    frame = pl.DataFrame(values, schema=[f"x{place}" for place in range(columns)]).fill_nan(None)
    return frame.with_columns(pl.Series("word", rng.choice(["a", "b", "c"], rows))), target


def test_of_very_many_numbers_few_are_kept_and_encoded_as_they_are_among_all() -> None:
    frame, target = wide(200)
    table = from_frame(frame.with_columns(pl.Series("y", target)))
    source = TableSource.of(table, Options("t", "y", trials=1))
    some, others = np.arange(0, 200, 2), np.arange(1, 200, 2)
    few, all_of_them = (TABLE.learn(source, some, name) for name in ("screened", "robust"))
    assert len(few.continuous) == screening.kept(200) and {"x5", "x50", "x399"} <= set(few.continuous)
    assert few.inputs == TABLE.learn(source, others, "screened").inputs, (
        "networks of two folds could not vote"
    )
    places = [all_of_them.continuous.index(name) for name in few.continuous]
    told = all_of_them.encode(frame).numeric[:, places]
    np.testing.assert_array_equal(few.encode(frame).numeric[:, : len(places)], told)


def test_pairs_are_of_numbers_that_do_not_say_when_rows_were() -> None:
    rng = np.random.default_rng(0)
    columns = {"when": np.arange(300), "a": rng.normal(size=300), "b": rng.normal(size=300)}
    frame = pl.DataFrame({**columns, "y": columns["a"] * columns["b"]})
    source = TableSource.of(from_frame(frame), Options("t", "y", trials=1, time="when"))
    encoder = TABLE.learn(source, np.arange(250), "pairs")
    (pair,) = encoder.combined
    assert ({pair.one, pair.other}, pair.how) == ({"a", "b"}, "product")
    assert TABLE.encoded(source, encoder, np.arange(250)).numeric.shape == (300, encoder.inputs.continuous)


@pytest.mark.parametrize("tie", ["group", "time"])
def test_the_targets_means_of_training_rows_are_by_rows_of_other_groups_and_times(tie: str) -> None:
    rng = np.random.default_rng(0)
    names, level = np.arange(400) // 20, rng.integers(0, 15, 400)
    value = rng.normal(size=20)[names] + 2 * rng.normal(size=15)[level]
    columns = {"who": names, "kind": [f"k{each}" for each in level], "x": rng.normal(size=400), "y": value}
    tied: dict[str, Any] = {tie: "who"}
    options = Options("t", "y", trials=1, **tied)
    source = TableSource.of(from_frame(pl.DataFrame(columns)), options)
    train = np.arange(0, 400, 2)
    encoder = TABLE.learn(source, train, "target")
    place = encoder.inputs.continuous - 1
    rows = TABLE.encoded(source, encoder, train).numeric[:, place]
    is_own, moved = np.isin(np.arange(400), train) & (names == 3), value.copy()
    moved[is_own] = moved[is_own][::-1]
    again = TABLE.encoded(replace(source, y=moved), encoder, train).numeric[:, place]
    np.testing.assert_allclose(again[is_own], rows[is_own], atol=1e-6)
    assert np.abs(again[train] - rows[train]).max() > 1e-3, "others are told"
    told = encoder.encode(source.take(np.arange(400))).numeric[:, place]
    asked = np.setdiff1d(np.arange(400), train)
    np.testing.assert_array_equal(rows[asked], told[asked])
    assert (rows[train] != told[train]).any()


def test_a_search_on_few_rows_of_many_columns_beats_a_ridge_regression() -> None:
    (frame, target), (unseen, truth) = wide(150), wide(2_000, seed=1)
    words = frame.drop("word"), unseen.drop("word")
    seen, asked = (part.fill_null(0.0).to_numpy() for part in words)
    ridge = RidgeCV(np.logspace(-1, 4, 11)).fit(seen, target)
    network = TunedRegressor(trials=1, nested=0, random_state=0).fit(frame, target)

    def error(said: np.ndarray) -> float:
        return float(np.sqrt(np.mean((said - truth) ** 2)) / truth.std())

    assert error(network.predict(unseen)) < 0.75 * error(ridge.predict(asked))


def test_of_several_targets_each_has_its_own_findings() -> None:
    rng = np.random.default_rng(0)
    size, hidden = rng.normal(size=(2, 300))
    kind = np.where(np.arange(300) < 290, "oak", "elm")
    columns = {"size": size, "told": 2 * hidden + 1, "y": size + rng.normal(size=300), "z": hidden}
    frame = pl.DataFrame({**columns, "kind": rng.permutation(kind)})
    options = Options("memory", "y", further=("z", "kind"))
    source = TableSource.of(from_frame(frame), options)
    found = TABLE.findings(source, sharing.splits(source, options), "relative_loss", "robust")
    told = {(each.id, each.what.partition(":")[0]) for each in found}
    assert {("leaked-target", "'z'"), ("class-imbalance", "'kind'")} <= told
    assert not [each for each in found if each.id == "leaked-target" and "'y'" in each.what]
