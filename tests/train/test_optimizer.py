"""Update rules: the step sizes that L1's threshold goes by."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from honed.train.knobs import Knobs
from honed.train.optimizer import step_sizes, update_rule
from honed.train.spec import OPTIMIZER_NAMES

_NOTHING: dict[str, Any] = dict.fromkeys(Knobs._fields)
KNOBS = Knobs(**_NOTHING)._replace(
    gradient_clip=100.0, momentum=0.9, rho=0.9, beta1=0.8, beta2=0.99, epsilon=0.1
)


@pytest.mark.parametrize("clipped", [False, True])
@pytest.mark.parametrize("optimizer", OPTIMIZER_NAMES)
def test_step_sizes_after_one_gradient_are_by_its_own_length(optimizer: str, clipped: bool) -> None:
    gradient = {"weight": jnp.array([0.5, -2.0])}
    rule = update_rule("adam" if optimizer == "adamw" else optimizer, False, False, clipped, KNOBS)
    _, memory = rule.update(gradient, rule.init(gradient))
    length = np.array([0.5, 2.0])
    expected = {
        "sgd": 1.0,
        "lion": 1.0,  # whose step is a sign
        "rmsprop": 1 / (np.sqrt(0.1) * length + 0.1),
    }.get(optimizer, 1 / (length + 0.1))  # Adam and its kin undo the bias of the first steps
    np.testing.assert_allclose(step_sizes(memory, "weight", KNOBS), expected, rtol=1e-4)


@pytest.mark.parametrize("nesterov", [False, True])
def test_a_step_size_under_momentum_is_what_steady_gradients_add_up_to(nesterov: bool) -> None:
    gradient = {"weight": jnp.array([0.5, -2.0])}
    rule = update_rule("sgd", True, nesterov, False, KNOBS)
    memory = rule.init(gradient)
    direction: Any = None
    for _ in range(200):
        direction, memory = rule.update(gradient, memory)
    np.testing.assert_allclose(
        direction["weight"], step_sizes(memory, "weight", KNOBS) * gradient["weight"], rtol=1e-4
    )
