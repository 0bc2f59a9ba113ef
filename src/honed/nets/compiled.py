"""Convolutions inside a compiled program, each device's fastest way: `convolve`.

XLA compiles its own convolution for processors into slow loops, forward and (worse) back: 3 GFLOP/s on one thread. Here
each row of the kernel is one matrix product, of few pictures at once so that these stay near the processor, and the
gradient is written out the same way. `benchmarks/images.py` measures it.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from honed.family import Array
from honed.nets.patches import Window, padded, shifted

if TYPE_CHECKING:
    from jaxtyping import Float

_NEAR = 1 << 19  # bytes of what is multiplied at once: a core's own memory
_FEW = 4  # channels, up to which a product of matrices would mostly wait for memory
_LAST, _OTHERS = slice(-1, None), slice(-1)  # axes
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
    """The sum over rows of the kernel of what each sees times its weights, a few pictures at once."""
    own, others = weight.shape[-3] * weight.shape[-2], window.on(_OTHERS)
    by_row = weight.reshape(-1, own, weight.shape[-1])

    def some(part: Array) -> Array:
        if values.shape[-1] <= _FEW:  # products of numbers, in one go over the outputs
            seen, flat = shifted(part, window, jnp), weight.reshape(-1, *weight.shape[-2:])
            pairs = np.ndindex(*flat.shape[:2])
            return sum(seen[place][..., channel, None] * flat[place, channel] for place, channel in pairs)
        joined = _beside(padded(part, window, jnp), window, part.shape)
        rows = others.parts(part.shape[1:-2])
        return sum(joined[(slice(None), *row)] @ one for row, one in zip(rows, by_row, strict=True))

    size = _rows_at_once(values, weight.shape[-1], window)
    return some(values) if size == len(values) else _joined(lax.map(some, _shared(values, size)))


def _beside(values: Array, window: Window, shape: tuple[int, ...]) -> Array:
    """Padded values with all beside them that an output sees along the last axis (rows, ..., outputs, seen).

    Written part by part: XLA joins arrays at half that speed.
    """
    parts = window.on(_LAST).parts(shape[-2:-1])
    channels, found = values.shape[-1], None
    for number, (part,) in enumerate(parts):
        seen = values[..., part, :]
        if found is None:
            found = jnp.zeros((*seen.shape[:-1], len(parts) * channels), values.dtype)
        found = lax.dynamic_update_slice(found, seen, (*(0,) * (seen.ndim - 1), number * channels))
    assert found is not None, "a kernel has a place"
    return found


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
    *_, filters = slope.shape
    *_, before, channels = values.shape
    last, others = window.on(_LAST).parts((before,)), window.on(_OTHERS)

    def some(values: Array, slope: Array) -> Array:
        # Turned once for all places: XLA is slow at multiplying what it turns on the fly, and the barrier keeps it off.
        turned = lax.optimization_barrier(jnp.moveaxis(padded(values, window, jnp), -1, 0))
        if channels <= _FEW:
            parts = [turned[(slice(None), slice(None), *part)] for part in window.parts(values.shape[1:-1])]
            return jnp.stack(parts).reshape(-1, slope.size // filters) @ slope.reshape(-1, filters)
        beside = [turned[..., part] for (part,) in last]
        found = jnp.zeros((len(last), *beside[0].shape), values.dtype)
        for number, part in enumerate(beside):
            found = lax.dynamic_update_slice(found, part[None], (number, *(0,) * part.ndim))
        rows = others.parts(values.shape[1:-2])
        seen = [found[(slice(None),) * 3 + row].reshape(len(last) * channels, -1) for row in rows]
        return jnp.concatenate([own @ slope.reshape(-1, filters) for own in seen])

    size = _rows_at_once(values, filters, window)
    if size == len(values):
        return some(values, slope)

    def add(total: Array, part: tuple[Array, Array]) -> tuple[Array, None]:
        return total + some(*part), None

    zero = jnp.zeros((math.prod(window.kernel) * channels, filters), values.dtype)
    return lax.scan(add, zero, (_shared(values, size), _shared(slope, size)))[0]


def _rows_at_once(values: Array, filters: int, window: Window) -> int:
    """Pictures whose values stay near the processor while they are multiplied, a divisor of all."""
    outputs = math.prod(window.outputs(values.shape[1:-1]))
    row = (window.kernel[-1] * math.prod(values.shape[1:]) + outputs * filters) * values.dtype.itemsize
    most = max(1, _NEAR // row)
    return max(size for size in range(1, len(values) + 1) if len(values) % size == 0 and size <= most)


def _shared(values: Array, size: int) -> Array:
    return values.reshape(-1, size, *values.shape[1:])


def _joined(values: Array) -> Array:
    return values.reshape(-1, *values.shape[2:])


@jax.custom_vjp
def largest(values: Float[Array, "rows *places channels"]) -> Float[Array, "rows *halves channels"]:
    """Of each two places along each axis that has so many; the gradient goes to the largest, shared where several are.

    XLA's own gradient of it takes three times as long.
    """
    paired = _paired(values)
    for axis in range(2, values.ndim):  # of the two places, once those before are gone
        first, *second = (paired.take(place, axis) for place in range(paired.shape[axis]))
        paired = jnp.maximum(first, second[0]) if second else first
    return paired


def _paired(values: Array) -> Array:
    """Each axis of places as one of pairs and one of two places, or of one (rows, pairs, 2, ..., channels)."""
    cut = tuple(slice(0, max(1, size // 2 * 2)) for size in values.shape[1:-1])
    pairs = [length for size in values.shape[1:-1] for length in ((size // 2, 2) if size > 1 else (1, 1))]
    return values[(slice(None), *cut)].reshape(len(values), *pairs, values.shape[-1])


def _largest_forward(values: Array) -> tuple[Array, _Seen]:
    found = largest(values)
    return found, (values, found)


def _largest_backward(seen: _Seen, slope: Array) -> tuple[Array]:
    values, found = seen
    paired = _paired(values)
    places = tuple(range(2, paired.ndim - 1, 2))
    is_largest = paired == jnp.expand_dims(found, places)
    share = slope / is_largest.sum(axis=places).astype(slope.dtype)
    back = jnp.where(is_largest, jnp.expand_dims(share, places), 0)
    sides = [max(1, size // 2 * 2) for size in values.shape[1:-1]]
    left = [(0, size - side) for size, side in zip(values.shape[1:-1], sides, strict=True)]
    return (jnp.pad(back.reshape(len(values), *sides, values.shape[-1]), ((0, 0), *left, (0, 0))),)


largest.defvjp(_largest_forward, _largest_backward)
