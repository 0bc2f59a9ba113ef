"""What a recurrent cell computes in one step, for NumPy and JAX, and its gradient written out: `CELLS`."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from honed.family import Array
from honed.nets.activations import sigmoid

if TYPE_CHECKING:
    from jaxtyping import Float

Parts = tuple[Array, ...]  # each (rows, units)


class Cell(NamedTuple):
    """One kind of cell.

    Attributes
    ----------
    gates : sums a unit. states : vectors that go from step to step, the first of which is the cell's output.
    step : (of the inputs, of the output before, both by gate; states; library) to the next states, and what `back`
        needs of the step.
    back : (what `step` kept, states before, slopes of the next states, library) to slopes by gate of what came of the
        inputs and of the output before, the last of which alone may differ, and to those of the states before on other
        ways.
    """

    gates: int
    states: int
    step: Callable[[Parts, Parts, Parts, ModuleType], tuple[Parts, Parts]]
    back: Callable[[Parts, Parts, Parts, ModuleType], tuple[Parts, Parts, Parts]]


def by_gate(values: Float[Array, "*places gates"], gates: int) -> Parts:
    """Values of all gates, one after the other along the last axis, apart."""
    units = values.shape[-1] // gates
    return tuple(values[..., gate * units : (gate + 1) * units] for gate in range(gates))


def with_inner(before: Parts, inner: Float[Array, " units"] | None) -> Parts:
    """What a cell gets of the output before, with the bias of the last gate's."""
    return before if inner is None else (*before[:-1], before[-1] + inner)


def _plain(driven: Parts, before: Parts, states: Parts, xp: ModuleType) -> tuple[Parts, Parts]:
    new = xp.tanh(driven[0] + before[0])
    return (new,), (new,)


def _plain_back(kept: Parts, states: Parts, slopes: Parts, xp: ModuleType) -> tuple[Parts, Parts, Parts]:
    (new,) = kept
    own = slopes[0] * (1 - new * new)
    return (own,), (own,), (xp.zeros_like(own),)


def _gru(driven: Parts, before: Parts, states: Parts, xp: ModuleType) -> tuple[Parts, Parts]:
    reset, keep = (sigmoid(d + b, xp) for d, b in zip(driven[:2], before[:2], strict=True))
    new = xp.tanh(driven[2] + reset * before[2])
    return (new + keep * (states[0] - new),), (reset, keep, new, before[2])


def _gru_back(kept: Parts, states: Parts, slopes: Parts, xp: ModuleType) -> tuple[Parts, Parts, Parts]:
    (reset, keep, new, before), (slope,) = kept, slopes
    of_new = slope * (1 - keep) * (1 - new * new)
    of_keep = slope * (states[0] - new) * keep * (1 - keep)
    of_reset = of_new * before * reset * (1 - reset)
    return (of_reset, of_keep, of_new), (of_reset, of_keep, of_new * reset), (slope * keep,)


def _lstm(driven: Parts, before: Parts, states: Parts, xp: ModuleType) -> tuple[Parts, Parts]:
    enter, keep, new, out = (d + b for d, b in zip(driven, before, strict=True))
    enter, keep, new, out = sigmoid(enter, xp), sigmoid(keep, xp), xp.tanh(new), sigmoid(out, xp)
    inside = keep * states[1] + enter * new
    seen = xp.tanh(inside)
    return (out * seen, inside), (enter, keep, new, out, seen)


def _lstm_back(kept: Parts, states: Parts, slopes: Parts, xp: ModuleType) -> tuple[Parts, Parts, Parts]:
    enter, keep, new, out, seen = kept
    inside = slopes[1] + slopes[0] * out * (1 - seen * seen)
    own = (
        inside * new * enter * (1 - enter),
        inside * states[1] * keep * (1 - keep),
        inside * enter * (1 - new * new),
        slopes[0] * seen * out * (1 - out),
    )
    return own, own, (xp.zeros_like(inside), inside * keep)


CELLS = {
    "rnn": Cell(1, 1, _plain, _plain_back),
    "gru": Cell(3, 1, _gru, _gru_back),  # reset, update, candidate
    "lstm": Cell(4, 2, _lstm, _lstm_back),  # input, forget, candidate, output
}
