"""Declarations: every setting of every spec is checked by what it declares, and says so."""

from __future__ import annotations

import math
from typing import Any

import pytest

from honed.errors import InputError
from honed.nets.spec import NetworkSpec
from honed.settings import Declaration, build, declarations, nearest
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
    assert all(declaration.problem(value) is None for value in declaration.search)
    assert declaration.help.endswith(".")


def test_an_unknown_setting_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no setting 'droput'.*Did you mean 'dropout'"):
        build([NetworkSpec, TrainingSpec], {"droput": 0.1})


def test_settings_go_to_the_spec_that_declares_them() -> None:
    network, training = build(
        [NetworkSpec, TrainingSpec], {"depth": 2, "learning_rate": 0.1, "hidden_sizes": [5, 3]}
    )
    assert (network.depth, network.hidden_sizes) == (2, (5, 3))
    assert training.learning_rate == 0.1


def test_without_a_near_word_all_are_listed() -> None:
    assert nearest("zzz", ["sgd", "adam"]) == " Known: adam, sgd."
    assert nearest("zzz", []) == ""
