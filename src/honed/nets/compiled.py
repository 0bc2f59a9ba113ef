"""Convolutions inside a compiled program, each device's fastest way: `convolve`.

XLA compiles its own convolution for processors into slow loops, forward and (worse) back: 3 GFLOP/s on one thread. Here
each place of the kernel is one matrix product, of few rows at once so that these stay near the processor, and the
gradient is written out the same way. `benchmarks/images.py` measures it.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jax import lax

from honed.family import Array
from honed.nets.patches import Window, padded, shifted

if TYPE_CHECKING:
    from jaxtyping import Float

_NEAR = 1 << 19  # bytes of what is multiplied at once: a core's own memory
_Seen = tuple[Array, Array]


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def convolve(
    values: Float[Array, "rows *places channels"],
    weight: Float[Array, "*kernel channels filters"],
    window: Window,
) -> Float[Array, "rows *outputs filters"]:
    """See `honed.nets.convolution.convolve`."""
    return lax.platform_dependent(
        values,
        weight,
        cpu=functools.partial(_multiplied, window=window),
        default=functools.partial(_direct, window=window),
    )


def _forward(values: Array, weight: Array, window: Window) -> tuple[Array, _Seen]:
    return convolve(values, weight, window), (values, weight)


def _backward(window: Window, seen: _Seen, slope: Array) -> _Seen:
    return lax.platform_dependent(
        *seen,
        slope,
        cpu=functools.partial(_multiplied_back, window=window),
        default=functools.partial(_direct_back, window=window),
    )


convolve.defvjp(_forward, _backward)


def _direct(values: Array, weight: Array, window: Window) -> Array:
    """By the library's own convolution."""
    letters = "HW"[: len(window.kernel)]
    return lax.conv_general_dilated(
        values,
        weight,
        window.stride,
        window.padding,
        rhs_dilation=window.dilation,
        dimension_numbers=(f"N{letters}C", f"{letters}IO", f"N{letters}C"),
    )


def _direct_back(values: Array, weight: Array, slope: Array, window: Window) -> _Seen:
    return jax.vjp(functools.partial(_direct, window=window), values, weight)[1](slope)


def _multiplied(values: Array, weight: Array, window: Window) -> Array:
    """The sum over places of the kernel of what they see times their weights, a few rows at once."""
    by_place = weight.reshape(-1, *weight.shape[-2:])

    def some(part: Array) -> Array:
        return sum(seen @ own for seen, own in zip(shifted(part, window, jnp), by_place, strict=True))

    size = _rows_at_once(values, weight.shape[-1], window)
    return some(values) if size == len(values) else _joined(lax.map(some, _shared(values, size)))


def _multiplied_back(values: Array, weight: Array, slope: Array, window: Window) -> _Seen:
    """The gradients of both in the same way; what the input gets is a convolution with the kernel turned."""
    if set(window.stride) == {1}:
        turned = jnp.flip(weight, range(weight.ndim - 2)).swapaxes(-1, -2)
        of_values = _multiplied(slope, turned, window.turned)
    else:
        by_place = weight.reshape(-1, *weight.shape[-2:])
        see = jax.linear_transpose(lambda v: shifted(v, window, jnp), values)
        (of_values,) = see([slope @ own.T for own in by_place])
    return of_values, _of_weight(values, slope, window).reshape(weight.shape)


def _of_weight(values: Array, slope: Array, window: Window) -> Array:
    """Of each place of the kernel the products of what it sees with the slope (places × channels, filters)."""

    def some(values: Array, slope: Array) -> Array:
        # Turned once for all places: XLA is slow at multiplying what it turns on the fly, and the barrier keeps it off.
        turned = lax.optimization_barrier(jnp.moveaxis(padded(values, window, jnp), -1, 0))
        flat, channels = slope.reshape(-1, slope.shape[-1]), values.shape[-1]
        parts = window.parts(values.shape[1:-1])
        seen = [turned[(slice(None), slice(None), *part)].reshape(channels, -1) for part in parts]
        return jnp.concatenate([own @ flat for own in seen])

    size = _rows_at_once(values, slope.shape[-1], window)
    if size == len(values):
        return some(values, slope)

    def add(total: Array, part: tuple[Array, Array]) -> tuple[Array, None]:
        return total + some(*part), None

    zero = jnp.zeros((math.prod(window.kernel) * values.shape[-1], slope.shape[-1]), values.dtype)
    return lax.scan(add, zero, (_shared(values, size), _shared(slope, size)))[0]


def _rows_at_once(values: Array, filters: int, window: Window) -> int:
    """Rows whose values stay near the processor while they are multiplied, a divisor of all."""
    outputs = math.prod(window.outputs(values.shape[1:-1]))
    row = (math.prod(values.shape[1:]) + outputs * filters) * values.dtype.itemsize
    most = max(1, _NEAR // row)
    return max(size for size in range(1, len(values) + 1) if len(values) % size == 0 and size <= most)


def _shared(values: Array, size: int) -> Array:
    return values.reshape(-1, size, *values.shape[1:])


def _joined(values: Array) -> Array:
    return values.reshape(-1, *values.shape[2:])
