"""Declarations: every setting of every spec is checked by what it declares, and says so."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.nets.cnn_spec import CnnSpec
from honed.nets.spec import NetworkSpec
from honed.settings import Declaration, build, declarations, nearest, plain
from honed.train.spec import TrainingSpec

ALL = [(kind, name) for kind in (NetworkSpec, TrainingSpec) for name in declarations(kind)]


def bad_values(declaration: Declaration) -> list[Any]:
    """Values that the declaration forbids, whatever it is."""
    wrong: list[Any] = [object(), "no such word", [1.5, "x"]]
    if declaration.kind in (int, float) and not declaration.choices:
        wrong += [math.nan, True]
        low, high = (float(part) for part in declaration.valid.strip("[]()").split(","))
        wrong += [low - 1, *([high + 1] if math.isfinite(high) else [])]
    if declaration.kind is int and not declaration.choices:
        wrong += [1.5]
    if declaration.kind is bool:
        wrong += [1, "true"]
    if not declaration.optional:
        wrong += [None]
    if declaration.many:
        wrong = [object(), (0,), (2.5,), ("x",), 3]
    return wrong


@pytest.mark.parametrize(("kind", "name"), ALL, ids=[name for _, name in ALL])
def test_what_a_setting_forbids_is_refused_with_its_name_and_what_it_may_be(kind: Any, name: str) -> None:
    declaration = declarations(kind)[name]
    for value in bad_values(declaration):
        with pytest.raises(InputError) as caught:
            build([kind], {name: value})
        assert repr(name) in str(caught.value)
        assert declaration.expectation() in str(caught.value)


@pytest.mark.parametrize(("kind", "name"), ALL, ids=[name for _, name in ALL])
def test_a_setting_has_a_valid_default_a_valid_search_range_and_help(kind: Any, name: str) -> None:
    declaration = declarations(kind)[name]
    assert declaration.problem(getattr(kind(), name)) is None
    assert declaration.by_factor or all(declaration.problem(value) is None for value in declaration.search)
    assert declaration.help.endswith(".")


def test_an_unknown_setting_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no setting 'droput'.*Did you mean 'dropout'"):
        build([NetworkSpec, TrainingSpec], {"droput": 0.1})


def test_a_misspelt_choice_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match=r"'optimizer' is 'admw', .* one of .*\. Did you mean 'adamw'\?"):
        build([TrainingSpec], {"optimizer": "admw"})
    with pytest.raises(InputError, match=r"'optimizer' is 'zzz', but it must be one of [^.]*\.$"):
        build([TrainingSpec], {"optimizer": "zzz"})


@pytest.mark.parametrize("word", ["flip", "filp"])
def test_a_word_in_place_of_a_list_of_words_suggests_the_list(word: str) -> None:
    said = rf"'augment' is '{word}', but it must be a list, each item one of 'flip', .*\. Did you mean \['flip'\]\?"
    with pytest.raises(InputError, match=said):
        build([CnnSpec], {"augment": word})


def test_settings_go_to_the_spec_that_declares_them() -> None:
    network, training = build(
        [NetworkSpec, TrainingSpec], {"depth": 2, "learning_rate": 0.1, "hidden_sizes": [5, 3]}
    )
    assert (network.depth, network.hidden_sizes) == (2, (5, 3))
    assert training.learning_rate == 0.1


def test_without_a_near_word_all_are_listed() -> None:
    assert nearest("zzz", ["sgd", "adam"]) == " Known: adam, sgd."
    assert nearest("zzz", ["'v'", "a, b", "in kg"]) == """ Known: "'v'", 'a, b', in kg."""
    assert nearest("zzz", []) == ""


NUMPY = [
    ("width", np.int64(16), 16),
    ("width", np.array(16, np.uint8), 16),
    ("learning_rate", np.float32(0.5), 0.5),
    ("learning_rate", np.array(0.25), 0.25),
    ("learning_rate", Fraction(1, 4), 0.25),
    ("learning_rate", Decimal("0.5"), 0.5),
    ("residual", np.bool_(True), True),
    ("optimizer", np.str_("sgd"), "sgd"),
    ("hidden_sizes", np.array([8, 4]), (8, 4)),
    ("hidden_sizes", [np.int32(8), 4], (8, 4)),
    ("hidden_sizes", range(4, 6), (4, 5)),
    ("hidden_sizes", pl.Series([8, 4]).to_numpy(), (8, 4)),
    ("quantiles", np.linspace(0.25, 0.75, 3), (0.25, 0.5, 0.75)),
    ("dropout", np.zeros(3, np.float32), (0.0, 0.0, 0.0)),
    ("activation", np.array(["relu", "tanh", "silu"]), ("relu", "tanh", "silu")),
]


@pytest.mark.parametrize(
    ("name", "given", "kept"), NUMPY, ids=[f"{n}-{type(g).__name__}" for n, g, _ in NUMPY]
)
def test_a_spec_keeps_numpys_values_as_pythons(name: str, given: Any, kept: Any) -> None:
    spec = next(spec for spec in build([NetworkSpec, TrainingSpec], {name: given}) if hasattr(spec, name))
    value = getattr(spec, name)
    assert value == kept
    assert type(value) is type(kept)
    assert json.loads(json.dumps(value)) == (list(kept) if isinstance(kept, tuple) else kept)


@pytest.mark.parametrize(
    "value",
    [np.array([16]), np.ones((2, 2)), np.float64(16), np.int64, np.bool_(True), {16}, Fraction(10**400, 3)],
)
def test_what_is_no_number_in_numpy_either_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match=r"'width' is .* but it must be a whole number"):
        build([NetworkSpec, TrainingSpec], {"width": value})


@pytest.mark.parametrize("unit", ["m", "s", "us", "ns"])
def test_a_duration_of_numpy_stays_one_in_every_unit(unit: str) -> None:
    minute = np.timedelta64(1, "m").astype(f"timedelta64[{unit}]")
    assert plain(minute) == plain(np.array(minute)) == timedelta(minutes=1)
    assert isinstance(
        plain(np.timedelta64("NaT", unit)), np.timedelta64
    )  # no value, to be refused by its name
