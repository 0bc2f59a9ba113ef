"""All steps of a recurrent layer inside a compiled program, with the gradient written out: `run`.

Going back, only what a step needs of the next is computed from step to step; the gradients of both weights are one
product over all steps behind it, where XLA's own gradient adds up one of each step. Nothing is joined or added over all
steps that is not asked for: such arrays do not fit near the processor. `benchmarks/sequences.py` measures it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import lax

from honed.family import Array
from honed.nets.cells import CELLS, Parts, by_gate, with_inner

if TYPE_CHECKING:
    from jaxtyping import Bool, Float


@functools.partial(jax.custom_vjp, nondiff_argnums=(7, 8))
def run(
    hidden: Float[Array, "time rows before"],
    weight: Float[Array, "before gates"],
    bias: Float[Array, " gates"],
    beside: Float[Array, "time rows gates"] | None,
    recurrent: Float[Array, "each units units"],
    inner: Float[Array, " units"] | None,
    is_step: Bool[Array, "time rows"] | None,
    cell: str,
    is_backward: bool,
) -> Float[Array, "time rows units"]:
    """See `honed.nets.recurrent.run`; `hidden` @ `weight` + `bias`, and `beside` where given, drive the cell."""
    return _forward(hidden, weight, bias, beside, recurrent, inner, is_step, cell, is_backward)[0]


def _forward(
    hidden: Array,
    weight: Array,
    bias: Array,
    beside: Array | None,
    recurrent: Array,
    inner: Array | None,
    is_step: Array | None,
    cell: str,
    is_backward: bool,
) -> tuple[Array, Any]:
    kind, units = CELLS[cell], recurrent.shape[-1]
    driven = hidden @ weight if beside is None else hidden @ weight + beside
    matrix = jnp.moveaxis(recurrent, 0, 1).reshape(units, -1)  # all gates in one product

    def step(states: Parts, given: tuple[Array, Array | None]) -> tuple[Parts, tuple[Parts, Parts]]:
        own, here = given
        before = with_inner(by_gate(states[0] @ matrix, kind.gates), inner)
        after, kept = kind.step(by_gate(own + bias, kind.gates), before, states, jnp)
        if here is not None:
            after = tuple(jnp.where(here[:, None], new, old) for new, old in zip(after, states, strict=True))
        return after, (after, kept)

    start = tuple(jnp.zeros((driven.shape[1], units), driven.dtype) for _ in range(kind.states))
    _, (states, kept) = lax.scan(step, start, (driven, is_step), reverse=is_backward)
    return states[0], (states, kept, hidden, weight, beside, recurrent, inner, is_step)


def _backward(
    cell: str, is_backward: bool, seen: Any, slope: Array
) -> tuple[Array, Array, Array, Array | None, Array, Array | None, None]:
    (states, kept, hidden, weight, beside, recurrent, inner, is_step), kind = seen, CELLS[cell]
    units = recurrent.shape[-1]
    turned = recurrent.swapaxes(1, 2).reshape(-1, units)  # of each gate to the output before
    before = tuple(_shifted(state, is_backward) for state in states)

    def step(slopes: Parts, given: Any) -> tuple[Parts, tuple[Array, Parts]]:
        own, kept, states, here = given
        slopes = (slopes[0] + own, *slopes[1:])
        passed = slopes
        if here is not None:
            here = here[:, None]
            slopes = tuple(jnp.where(here, each, 0) for each in slopes)
        of_inputs, of_output, others = kind.back(kept, states, slopes, jnp)
        joined = jnp.concatenate(of_output, axis=-1)
        before = (others[0] + joined @ turned, *others[1:])
        if here is not None:
            before = tuple(jnp.where(here, new, old) for new, old in zip(before, passed, strict=True))
        apart = tuple(own for own, other in zip(of_inputs, of_output, strict=True) if own is not other)
        return before, (joined, apart)

    start = tuple(jnp.zeros_like(state[0]) for state in states)
    _, (of_output, apart) = lax.scan(step, start, (slope, kept, before, is_step), reverse=not is_backward)
    flat, given = _flat(of_output), _flat(hidden)
    both = jnp.concatenate([_flat(before[0]), given], axis=-1).T @ flat
    of_matrix, of_weight, of_bias = both[:units], both[units:], flat.sum(axis=0)
    of_inner = None if inner is None else of_bias[-units:]
    of_driven = of_output  # of which the hidden values before alone make use
    for own in apart:  # of the last gate, a GRU's candidate
        of_weight = jnp.concatenate([of_weight[:, :-units], given.T @ _flat(own)], axis=-1)
        of_bias = jnp.concatenate([of_bias[:-units], _flat(own).sum(axis=0)])
        of_driven = jnp.concatenate([of_output[..., :-units], own], axis=-1)
    of_recurrent = jnp.moveaxis(of_matrix.reshape(units, kind.gates, units), 1, 0)
    of_beside = None if beside is None else of_driven
    return of_driven @ weight.T, of_weight, of_bias, of_beside, of_recurrent, of_inner, None


def _flat(values: Array) -> Array:
    return values.reshape(-1, values.shape[-1])


def _shifted(states: Array, is_backward: bool) -> Array:
    """The state before each step."""
    zero = jnp.zeros_like(states[:1])
    return jnp.concatenate([states[1:], zero] if is_backward else [zero, states[:-1]])


run.defvjp(_forward, _backward)
