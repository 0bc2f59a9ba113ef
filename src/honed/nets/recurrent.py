"""All steps of a recurrent layer, by NumPy: `run`; `honed.nets.compiled_recurrence` is the same inside a program.

Steps are the first axis here, (time, rows, units), so that a step is one piece of memory. What a cell gets of its
inputs is one product over all steps, made before; from step to step there is one more, of all gates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.family import Array
from honed.nets.cells import CELLS, Parts, by_gate, with_inner

if TYPE_CHECKING:
    from jaxtyping import Bool, Float


def run(
    cell: str,
    driven: Float[Array, "time rows gates"],
    recurrent: Array,
    inner: Float[Array, " units"] | None = None,
    is_step: Bool[Array, "time rows"] | None = None,
    *,
    is_backward: bool = False,
) -> Float[Array, "time rows units"]:
    """The output of each step; the first states are 0.

    Parameters
    ----------
    driven : what the cell gets of its inputs, biases included, gates side by side.
    recurrent : by gate, from the output to the next step (gates, units, units), also as `mlp.Exact`.
    inner : bias of what a GRU's candidate gets of the output, which the reset gate scales with it.
    is_step : where a sequence has a step; elsewhere states stay as they are. None is everywhere.
    is_backward : from the last step to the first.

    References
    ----------
    Elman 1990; Hochreiter & Schmidhuber 1997, with forget gates (Gers et al. 2000); Cho et al. 2014, with the reset
    gate behind the product, as in cuDNN and PyTorch.
    """
    kind, (time, rows, _), units = CELLS[cell], driven.shape, driven.shape[-1] // CELLS[cell].gates
    states: Parts = tuple(np.zeros((rows, units), driven.dtype) for _ in range(kind.states))
    found = np.empty((time, rows, units), driven.dtype)
    for number in reversed(range(time)) if is_backward else range(time):
        before = with_inner(tuple(states[0] @ recurrent), inner)
        after, _ = kind.step(by_gate(driven[number], kind.gates), before, states, np)
        if is_step is not None:
            here = is_step[number][:, None]
            after = tuple(np.where(here, new, old) for new, old in zip(after, states, strict=True))
        found[number], states = after[0], after
    return found
