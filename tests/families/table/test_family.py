"""The table's part of the contract that no other test sees: words, facts, what is explained, arrays there and back."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table import TABLE
from honed.family import Family
from honed.findings import Finding
from honed.nets.spec import NetworkSpec

INPUTS = Inputs(2, 1, (3,), ())


def test_it_fulfils_the_contract() -> None:
    family: Family = TABLE
    assert family.specification is NetworkSpec


def test_settings_that_decide_nothing_are_not_explained() -> None:
    assert "embedding_sigma" not in TABLE.told(NetworkSpec())
    assert "embedding_sigma" in TABLE.told(NetworkSpec(numeric_embedding="periodic"))
    assert {"depth", "width", "taper"} <= set(TABLE.told(NetworkSpec()))
    assert not {"depth", "width", "taper"} & set(TABLE.told(NetworkSpec(hidden_sizes=(64, 32))))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (NetworkSpec(depth=3, width=128), "3 × 128 relu"),
        (NetworkSpec(hidden_sizes=(64, 32), activation=("relu", "tanh")), "64-32 relu/tanh"),
        (NetworkSpec(depth=1, width=8, numeric_embedding="periodic"), "1 × 8 relu, periodic"),
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
    assert [len(TABLE.unexplained(found, known, encoding)) for encoding in TABLE.encodings] == [1, 0, 0]


def test_an_embedding_of_numbers_is_idle_without_numbers() -> None:
    assert not TABLE.idle(INPUTS)
    assert set(TABLE.idle(INPUTS._replace(continuous=0))) == {"numeric_embedding"}
