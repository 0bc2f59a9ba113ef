"""The traced numbers of a training have names: another name is an error."""

from __future__ import annotations

import typing

import pytest

from honed.family import UNLEARNED, Role
from honed.train.knobs import Knobs

KNOBS = Knobs._make(range(len(Knobs._fields)))


def test_a_misspelt_name_is_an_error() -> None:
    with pytest.raises(TypeError, match="plateu_factor"):
        Knobs(**KNOBS._asdict(), plateu_factor=0.5)  # pyright: ignore[reportCallIssue]
    with pytest.raises(ValueError, match="learning_rat"):
        KNOBS._replace(learning_rat=0.5)  # pyright: ignore[reportCallIssue]
    with pytest.raises(AttributeError, match="wieght_decay"):
        KNOBS.wieght_decay  # pyright: ignore[reportAttributeAccessIssue]  # noqa: B018


def test_a_name_left_out_is_an_error() -> None:
    with pytest.raises(TypeError, match="beta2"):
        Knobs(**{name: value for name, value in KNOBS._asdict().items() if name != "beta2"})


@pytest.mark.parametrize("role", sorted(set(typing.get_args(Role)) - set(UNLEARNED)))
def test_each_role_that_learns_has_a_rate_of_its_own_or_the_common_one(role: Role) -> None:
    own = getattr(KNOBS, f"{role}_rate", 1)
    assert KNOBS.rate_of(role) == own


@pytest.mark.parametrize("role", UNLEARNED)
def test_nothing_that_no_gradient_moves_has_a_rate(role: Role) -> None:
    with pytest.raises(KeyError):
        KNOBS.rate_of(role)
