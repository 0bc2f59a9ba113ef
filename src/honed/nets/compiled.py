"""Convolutions inside a compiled program, each device's fastest way: `convolve`.

XLA compiles its own convolution for processors into slow loops, forward and (worse) back: 3 GFLOP/s on one thread. Here
each row of the kernel is one matrix product, and 3 × 3 kernels take fewer products (`honed.nets.winograd`), of few
pictures at once so that these stay near the processor. The gradient is written out the same way. `benchmarks/images.py`
measures it.
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
from honed.nets import winograd
from honed.nets.patches import Window, padded, shifted

if TYPE_CHECKING:
    from jaxtyping import Float

_NEAR = 1 << 19  # bytes of what is multiplied at once: a core's own memory
_NEAR_TILES = 1 << 21  # the same of tiles, of which more at once are quicker
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
    """By products on the processor, of a few pictures at once."""
    if values.shape[-1] <= _FEW:
        some = functools.partial(_numbers, weight=weight, window=window)
    elif winograd.fits(window, values.shape[1:-1]):
        some = winograd.convolution(weight, window)
    else:
        some = functools.partial(_rows, weight=weight, window=window)
    size = _rows_at_once(values, weight.shape[-1], window)
    if size == len(values):
        return some(values)
    if size == 1:  # without an axis of one, for which XLA copies all of it
        return lax.map(lambda part: some(part[None])[0], values)
    return _joined(lax.map(some, _shared(values, size)))


def _numbers(values: Array, weight: Array, window: Window) -> Array:
    """Products of numbers, in one go over the outputs."""
    seen, flat = shifted(values, window, jnp), weight.reshape(-1, *weight.shape[-2:])
    pairs = np.ndindex(*flat.shape[:2])
    return sum(seen[place][..., channel, None] * flat[place, channel] for place, channel in pairs)


def _rows(values: Array, weight: Array, window: Window) -> Array:
    """The sum over rows of the kernel of what each sees times its weights."""
    own, others = weight.shape[-3] * weight.shape[-2], window.on(_OTHERS)
    by_row = weight.reshape(-1, own, weight.shape[-1])
    joined = _beside(padded(values, window, jnp), window, values.shape)
    rows = others.parts(values.shape[1:-2])
    return sum(joined[(slice(None), *row)] @ one for row, one in zip(rows, by_row, strict=True))


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
    """The gradient of the weights, a few pictures at once."""
    is_few = values.shape[-1] <= _FEW
    is_tiled = not is_few and winograd.fits(window, values.shape[1:-1])
    one = winograd.of_sums if is_tiled else _of_numbers if is_few else _of_rows
    some = functools.partial(one, window=window)
    size = _rows_at_once(values, slope.shape[-1], window)
    if size == len(values):
        total = some(values, slope)
    else:

        def add(total: Array, part: tuple[Array, Array]) -> tuple[Array, None]:
            return total + some(*part), None

        parts = _shared(values, size), _shared(slope, size)
        form = jax.eval_shape(some, values[:size], slope[:size])
        total = lax.scan(add, jnp.zeros(form.shape, form.dtype), parts)[0]
    return winograd.of_weight(total) if is_tiled else total


def _of_numbers(values: Array, slope: Array, window: Window) -> Array:
    """Of each place of the kernel and channel the products of what it sees with the slope."""
    turned = _turned(values, window)
    parts = [turned[(slice(None), slice(None), *part)] for part in window.parts(values.shape[1:-1])]
    return jnp.stack(parts).reshape(-1, slope.size // slope.shape[-1]) @ slope.reshape(-1, slope.shape[-1])


def _of_rows(values: Array, slope: Array, window: Window) -> Array:
    """The same of each row of the kernel."""
    *_, before, channels = values.shape
    last, others = window.on(_LAST).parts((before,)), window.on(_OTHERS)
    turned = _turned(values, window)
    beside = [turned[..., part] for (part,) in last]
    found = jnp.zeros((len(last), *beside[0].shape), values.dtype)
    for number, part in enumerate(beside):
        found = lax.dynamic_update_slice(found, part[None], (number, *(0,) * part.ndim))
    rows = others.parts(values.shape[1:-2])
    seen = [found[(slice(None),) * 3 + row].reshape(len(last) * channels, -1) for row in rows]
    return jnp.concatenate([own @ slope.reshape(-1, slope.shape[-1]) for own in seen])


def _turned(values: Array, window: Window) -> Array:
    """Padded values with the channels first, once for all places.

    XLA is slow at multiplying what it turns on the fly; the barrier keeps it off.
    """
    return lax.optimization_barrier(jnp.moveaxis(padded(values, window, jnp), -1, 0))


def _rows_at_once(values: Array, filters: int, window: Window) -> int:
    """Pictures whose values stay near the processor while they are multiplied, a divisor of all."""
    places, channels = values.shape[1:-1], values.shape[-1]
    if channels > _FEW and winograd.fits(window, places):
        near, numbers = _NEAR_TILES, winograd.numbers(channels, filters, window, places)
    else:
        outputs = math.prod(window.outputs(places))
        near, numbers = _NEAR, window.kernel[-1] * math.prod(values.shape[1:]) + outputs * filters
    most = max(1, near // (numbers * values.dtype.itemsize))
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
