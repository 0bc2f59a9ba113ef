"""3 × 3 convolutions inside a compiled program with fewer products: `convolution`, and `of_sums` for their gradient.

A tile of 2 × 2 outputs sees 4 × 4 places. Sums of these times sums of the weights are 16 products in place of 36, and
sums of the products are the outputs; each of the 16 is a product of matrices over all tiles. Sums are of few numbers,
so rounding grows little.

Winograd's F(2 × 2, 3 × 3): Lavin & Gray 2016, arXiv 1509.09308.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np
from jax import lax

from honed.family import Array
from honed.nets.patches import Window

if TYPE_CHECKING:
    from jaxtyping import Float, Float64

# Along one axis: the sums of what a tile sees (B transposed, in the paper), of weights (G), and of products (A
# transposed).
_OF_PLACES = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], float)
_OF_WEIGHTS = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
_OF_PRODUCTS = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], float)


def fits(window: Window, places: tuple[int, ...]) -> bool:
    """Whether a convolution is one of these, and has more than one output along each axis."""
    is_plain = (window.kernel, window.stride, window.dilation) == ((3, 3), (1, 1), (1, 1))
    return is_plain and min(window.outputs(places)) > 1


def numbers(channels: int, filters: int, window: Window, places: tuple[int, ...]) -> int:
    """How many numbers the sums and products of a picture are."""
    height, width = _tiles(window, places)
    return 16 * height * width * (channels + filters)


def convolution(
    weight: Float[Array, "3 3 channels filters"], window: Window
) -> Callable[[Float[Array, "rows height width channels"]], Float[Array, "rows high wide filters"]]:
    """The convolution with these weights, whose sums are made once. See `honed.nets.convolution.convolve`."""
    factor = jnp.asarray(_OF_WEIGHTS, weight.dtype)
    sums = jnp.einsum("jb,ia,abcf->jicf", factor, factor, weight)
    sums = lax.optimization_barrier(sums.reshape(16, *weight.shape[2:]))

    def convolve(values: Array) -> Array:
        rows, places, filters = len(values), values.shape[1:-1], weight.shape[-1]
        height, width = _tiles(window, places)
        products = (_seen(values, window) @ sums).reshape(4, 4, rows, height, width, filters)
        across = _sums(_OF_PRODUCTS, products, 0)  # (2, 4, rows, height, width, filters)
        below = jnp.moveaxis(across, (1, 0), (0, 4))  # (4, rows, height, width, 2, filters)
        found = _sums(_OF_PRODUCTS, below, 2).reshape(rows, 2 * height, 2 * width, filters)
        high, wide = window.outputs(places)
        return found[:, :high, :wide]

    return convolve


def of_sums(
    values: Float[Array, "rows height width channels"],
    slope: Float[Array, "rows high wide filters"],
    window: Window,
) -> Float[Array, "16 channels filters"]:
    """The gradient of the sums of weights; `of_weight` makes that of the weights of it, once for all rows."""
    tiles = _tiles(window, values.shape[1:-1])
    lacking = [(0, 2 * many - size) for many, size in zip(tiles, slope.shape[1:-1], strict=True)]
    whole = jnp.pad(slope, ((0, 0), *lacking, (0, 0)))
    slopes = _of_tiles(_OF_PRODUCTS.T, whole, tiles)
    return jnp.einsum("ktc,ktf->kcf", _seen(values, window), slopes)


def of_weight(slopes: Float[Array, "16 channels filters"]) -> Float[Array, "3 3 channels filters"]:
    """The gradient of the weights, of what `of_sums` found, added over all rows."""
    factor = jnp.asarray(_OF_WEIGHTS, slopes.dtype)
    return jnp.einsum("jb,ia,jicf->abcf", factor, factor, slopes.reshape(4, 4, *slopes.shape[1:]))


def _tiles(window: Window, places: tuple[int, ...]) -> tuple[int, int]:
    height, width = window.outputs(places)
    return -(-height // 2), -(-width // 2)


def _seen(values: Array, window: Window) -> Float[Array, "16 tiles channels"]:
    """The sums of what all tiles of all rows see."""
    tiles = _tiles(window, values.shape[1:-1])
    sides = zip(values.shape[1:-1], tiles, window.padding, strict=True)
    around = [(before, 2 * many + 2 - size - before) for size, many, (before, _) in sides]
    return _of_tiles(_OF_PLACES, jnp.pad(values, ((0, 0), *around, (0, 0))), tiles)


def _of_tiles(
    factors: Float64[np.ndarray, "4 seen"], values: Array, tiles: tuple[int, int]
) -> Float[Array, "16 tiles channels"]:
    """Sums along both axes of what tiles see, each of which begins two places after the one before."""
    for axis, many in ((1, tiles[0]), (3, tiles[1])):  # the second behind an axis of sums
        parts = [
            lax.slice_in_dim(values, place, place + 2 * many - 1, 2, axis)
            for place in range(factors.shape[1])
        ]
        values = _sums(factors, parts, 0)
    return values.reshape(16, -1, values.shape[-1])


def _sums(factors: Float64[np.ndarray, "sums parts"], parts: Sequence[Array] | Array, axis: int) -> Array:
    """The sums of the parts times their factors, side by side along a new axis: one loop for XLA, not one a sum."""
    shape = [1] * (parts[0].ndim + 1)
    shape[axis] = len(factors)
    return sum(
        jnp.asarray(factors[:, number], part.dtype).reshape(shape) * jnp.expand_dims(part, axis)
        for number, part in enumerate(parts)
    )
