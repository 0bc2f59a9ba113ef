"""Convolutions in one and two dimensions, for NumPy and JAX: `convolve`, and `pool`, which halves what they gave."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from honed.family import Array
from honed.nets.operations import operations
from honed.nets.patches import Padding, Window, patches, shifted

if TYPE_CHECKING:
    from jaxtyping import Float


def convolve(
    values: Float[Array, "rows *places channels"],
    weight: Float[Array, "*kernel own filters"],
    xp: ModuleType = np,
    *,
    stride: int | tuple[int, ...] = 1,
    dilation: int | tuple[int, ...] = 1,
    padding: Padding = "same",
    groups: int = 1,
) -> Float[Array, "rows *outputs filters"]:
    """The correlation of `values` with each filter, as all libraries for networks call a convolution.

    With NumPy the outputs of a row are the same to the last bit whatever rows are beside it. With JAX they go by what
    is fast on the device, see `honed.nets.compiled`, and so does the gradient.

    Parameters
    ----------
    weight : one axis of `kernel` for each of `places`; `own` are the channels of one group.
    stride : places from one output to the next. dilation : places from one that a filter sees to the next.
    padding : "same" sees zeros beyond the input and gives one output for each `stride` places; "valid" sees none.
    groups : channels and filters fall into so many groups, and filters see the channels of their group alone; as many
        as channels is a depthwise convolution.
    """
    window = Window.of(values.shape[1:-1], weight.shape[:-2], stride, dilation, padding)
    if groups == 1:
        return _product(values, weight, window, xp)
    if weight.shape[-2] == 1:
        return _depthwise(values, weight, window, xp)
    own, filters = weight.shape[-2], weight.shape[-1] // groups
    parts = [
        _product(values[..., g * own :][..., :own], weight[..., g * filters :][..., :filters], window, xp)
        for g in range(groups)
    ]
    return xp.concatenate(parts, axis=-1)


def _product(
    values: Float[Array, "rows *places channels"],
    weight: Float[Array, "*kernel channels filters"],
    window: Window,
    xp: ModuleType,
) -> Float[Array, "rows *outputs filters"]:
    if xp is not np:
        return operations(xp).convolve(values, weight, window)
    seen, filters = patches(values, window), weight.shape[-1]
    # One product a row, each of the same shape: a BLAS may sum the last rows of a long matrix in another order.
    found = seen.reshape(len(seen), -1, seen.shape[-1]) @ weight.reshape(-1, filters)
    return found.reshape(*seen.shape[:-1], filters)


def _depthwise(
    values: Float[Array, "rows *places channels"],
    weight: Float[Array, "*kernel 1 filters"],
    window: Window,
    xp: ModuleType,
) -> Float[Array, "rows *outputs filters"]:
    """Each channel with filters of its own: products of numbers and no matrix."""
    channels, filters = values.shape[-1], weight.shape[-1]
    if filters != channels:
        values = xp.repeat(values, filters // channels, axis=-1)
    by_place = weight.reshape(-1, filters)
    return sum(part * by_place[place] for place, part in enumerate(shifted(values, window, xp)))


def pool(
    values: Float[Array, "rows *places channels"], kind: str, xp: ModuleType = np
) -> Float[Array, "rows *halves channels"]:
    """The largest ("max") or the mean ("average") of each two places along each axis; an odd last place is left out.

    An axis of one place stays.
    """
    if xp is not np and kind == "max":
        return operations(xp).largest(values)
    for axis in range(1, values.ndim - 1):
        half = values.shape[axis] // 2
        if not half:
            continue
        first, second = (values[(slice(None),) * axis + (slice(place, 2 * half, 2),)] for place in (0, 1))
        values = xp.maximum(first, second) if kind == "max" else (first + second) * np.float32(0.5)
    return values
