"""What may be changed in a candidate: advice within the ranges, and random changes that keep to them."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from honed.families.table.presets import presets
from honed.search.ranges import GROUPS
from honed.search.space import Space

PRESETS = presets("regression", 5_000, 4, 32)


def space(**more: Any) -> Space:
    usual: dict[str, Any] = {
        "encodings": ("robust",),
        "batch": 128,
        "structures": 6,
        "seed": 0,
        "most": {"width": 256},
    }
    return Space(PRESETS, ("linear", "log"), **usual | more)


@pytest.mark.parametrize(
    ("advice", "changed"),
    [
        ({"learning_rate": 0.01}, {"learning_rate": 0.01}),
        ({"learning_rate": 5.0}, {"learning_rate": 0.5}),  # the edge of the range of this recipe
        ({"dropout": 0.3}, {"dropout": 0.3}),
        ({"dropout": 0.0}, {"dropout": 0.0}),
        ({"weight_decay": 0.05}, {"weight_decay": 0.05}),
        ({"l2": 0.01}, {}),  # beside weight decay it would be a second penalty
        ({"width": 100}, {"width": 128}),
        ({"depth": 9}, {"depth": 4}),
        ({"batch_size": 70}, {"batch_size": 64}),
        ({"activation": "leaky_relu"}, {}),
        ({"epochs": 64, "patience": "2x", "normalization": "layer"}, {}),  # not searched
        ({"target": "log", "schedule": "cosine"}, {"target": "log", "schedule": "cosine"}),
    ],
)
def test_advice_is_brought_into_the_space_and_nothing_else_changes(
    advice: dict[str, Any], changed: dict[str, Any]
) -> None:
    made = space()
    parent = made.defaults()[0]
    changes = made.fitting(parent, advice)
    assert changes == changed
    child = made.edited(parent, changes)
    own = [
        {name: value for name, value in changed.items() if hasattr(spec, name)}
        for spec in (parent.network, parent.training)
    ]
    assert child.network == replace(parent.network, **own[0])
    assert child.training == replace(parent.training, **own[1])
    assert child.target == changed.get("target", parent.target)
    made.learn({child.number: 1.0})  # the study takes it


def test_what_needs_a_part_goes_and_comes_with_it() -> None:
    made = space()
    parent = next(one for one in made.defaults() if one.network.numeric_embedding)
    changes = made.fitting(parent, {"numeric_embedding": None, "embedding_sigma": 5.0})
    assert changes == {"numeric_embedding": None}
    child = made.edited(parent, changes)
    assert "embedding_sigma" not in child.values
    assert made.fitting(child, {"embedding_sigma": 5.0}) == {}
    again = made.edited(child, made.fitting(child, {"numeric_embedding": "periodic"}))
    assert again.values["embedding_sigma"] == parent.network.embedding_sigma


@pytest.mark.parametrize("number", [1, 3])
def test_random_changes_are_of_as_many_settings_as_asked_and_spare_some(number: int) -> None:
    made = space(groups=GROUPS)
    parent = made.defaults()[0]
    seen = set()
    for seed in range(120):
        changes = made.stray(
            parent, number, 1.0, np.random.default_rng(seed), compiles=True, sparing=["learning_rate"]
        )
        assert len(changes) == number
        child = made.edited(parent, changes)
        before, after = (
            {**asdict(c.network), **asdict(c.training), "target": c.target} for c in (parent, child)
        )
        company = {"learning_rate", "momentum"} if "optimizer" in changes else set()
        assert {name for name in after if after[name] != before[name]} - company == set(changes)
        assert {type(name) for name in changes} == {str}
        seen |= set(changes)
    assert "learning_rate" not in seen
    assert {"batch_size", "depth", "dropout", "target", "weight_decay", "width"} <= seen


def test_an_encoding_is_edited_where_several_are_searched() -> None:
    made = space(encodings=("robust", "standard"))
    parent = made.defaults()[0]
    changes = made.fitting(parent, {"encoding": "standard"})
    assert changes == {"encoding": "standard"} and not made.fitting(parent, {"encoding": "none"})
    child = made.edited(parent, changes)
    assert (child.encoding, child.values["encoding"]) == ("standard", "standard")
    assert (child.network, child.training, child.target) == (parent.network, parent.training, parent.target)
    strays = [made.stray(parent, 1, 1.0, np.random.default_rng(seed), compiles=True) for seed in range(60)]
    assert {"encoding": "standard"} in strays
    one = space()
    assert not one.fitting(one.defaults()[0], changes)


def test_random_changes_keep_to_the_programs_that_are_there() -> None:
    made = space()
    parent = made.defaults()[0]
    for seed in range(20):
        changes = made.stray(parent, 2, 1.0, np.random.default_rng(seed), compiles=False)
        assert made.is_compiled(parent, changes)


@pytest.mark.parametrize(("optimizer", "momentum", "factor"), [("sgd", 0.9, 10.0), ("lion", 0.0, 0.1)])
def test_another_optimizer_comes_with_its_momentum_and_rate_and_goes_with_them(
    optimizer: str, momentum: float, factor: float
) -> None:
    made = space(groups=GROUPS)
    parent = made.defaults()[2]
    there = made.edited(parent, made.fitting(parent, {"optimizer": optimizer}))
    assert (there.training.optimizer, there.training.momentum) == (optimizer, momentum)
    assert there.training.learning_rate == pytest.approx(float(parent.training.learning_rate) * factor)
    back = made.edited(there, made.fitting(there, {"optimizer": "adam"}))
    assert (back.training.momentum, back.training.nesterov) == (0.0, False)
    assert back.training.learning_rate == pytest.approx(parent.training.learning_rate)


def test_a_rate_beside_another_optimizer_is_one_for_that() -> None:
    made = space(groups=GROUPS)
    parent = made.defaults()[2]
    changes = made.fitting(parent, {"optimizer": "sgd", "learning_rate": 0.1})
    assert changes == {"optimizer": "sgd", "learning_rate": 0.1}
    child = made.edited(parent, changes)
    assert (child.training.learning_rate, child.values["learning_rate"]) == (0.1, pytest.approx(0.01))
    strays = [
        made.stray(parent, 99, 1.0, np.random.default_rng(seed), compiles=True, sparing=["depth", "width"])
        for seed in range(8)
    ]
    both = [one for one in strays if one["optimizer"] == "sgd"]
    assert both and all(0.5 <= one["learning_rate"] / parent.training.learning_rate / 10 <= 2 for one in both)
