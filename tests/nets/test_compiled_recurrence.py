from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from naive_recurrence import drawn

from honed.nets import compiled_recurrence
from honed.nets.cells import CELLS
from honed.nets.recurrent import run

LENGTHS = np.array([7, 1, 4])
CASES = [
    (cell, ragged, back) for cell in CELLS for ragged, back in [(False, False), (True, True), (True, False)]
]


@pytest.mark.parametrize(("cell", "ragged", "is_backward"), CASES)
def test_steps_are_numpys_and_slopes_those_of_differences(cell: str, ragged: bool, is_backward: bool) -> None:
    found = drawn(cell)
    is_step = np.arange(7)[:, None] < LENGTHS if ragged else None
    names = ("inputs", "weight", "bias", "recurrent", "inner")
    values = {name: found[name] for name in names if found[name] is not None}
    values["beside"] = np.random.default_rng(3).normal(size=(7, 3, values["weight"].shape[1]))
    pull = np.random.default_rng(1).normal(size=(7, 3, 4))

    def loss(values: dict[str, Any]) -> Any:
        driven = values["inputs"] @ values["weight"] + values["bias"] + values["beside"]
        own = run(cell, driven, values["recurrent"], values.get("inner"), is_step, is_backward=is_backward)
        return (own * pull).sum()

    def compiled(values: dict[str, Any]) -> Any:
        given = [values.get(name) for name in (*names[:3], "beside", *names[3:])]
        own: Any = compiled_recurrence.run(*given, is_step, cell, is_backward)
        return (own * pull).sum()

    real = {name: value.astype(np.float32) for name, value in values.items()}
    value, slopes = jax.jit(jax.value_and_grad(compiled))(real)
    assert value == pytest.approx(loss(values), rel=1e-5)
    without = compiled({name: own for name, own in real.items() if name != "beside"})
    assert without == pytest.approx(loss(values | {"beside": 0}), rel=1e-5)
    for name, own in values.items():
        towards = np.random.default_rng(2).normal(size=own.shape)  # one direction shows all entries
        ahead, behind = (loss(values | {name: own + way * 1e-5 * towards}) for way in (1, -1))
        expected = (ahead - behind) / 2e-5
        assert (np.asarray(slopes[name]) * towards).sum() == pytest.approx(expected, rel=1e-3, abs=1e-4), name
