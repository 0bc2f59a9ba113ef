"""Convolutions over time, and what becomes one vector of all steps: `convolve`, `pool`, and fixed random `features`.

Nothing here sees what is behind the end of a sequence, and no output depends on how much of it there is: "same" padding
goes by the kernel alone.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from honed.family import Array
from honed.nets.operations import operations
from honed.nets.patches import Window, patches

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int


def convolve(
    values: Float[Array, "rows time channels"],
    weight: Array,
    kernel: int,
    xp: ModuleType = np,
    *,
    stride: int = 1,
    dilation: int = 1,
) -> Float[Array, "rows outputs filters"]:
    """An output for each `stride` steps, which sees `kernel` steps around it, zeros beyond the ends.

    Parameters
    ----------
    weight : (kernel, channels, filters), or `honed.nets.mlp.Exact` weights (kernel × channels, filters) for NumPy.
    """
    before = (kernel - 1) * dilation // 2
    after = (kernel - 1) * dilation - before
    window = Window((kernel,), (stride,), (dilation,), ((before, after),))
    if xp is not np:
        return operations(xp).convolve(values, weight, window)
    flat = weight.reshape(-1, weight.shape[-1]) if isinstance(weight, np.ndarray) else weight
    return patches(values, window) @ flat


def steps(lengths: Int[Array, " rows"] | None, time: int, xp: ModuleType) -> Bool[Array, "rows time"] | None:
    """Where sequences of these lengths have a step; None where all are as long as their array."""
    return None if lengths is None else xp.arange(time) < lengths[:, None]


def pool(
    values: Float[Array, "time rows units"],
    lengths: Int[Array, " rows"] | None,
    kind: str,
    xp: ModuleType,
    *,
    first: int = 0,
    weight: Array | None = None,
) -> Float[Array, "rows units"]:
    """One vector of all steps.

    Parameters
    ----------
    kind : "last", "mean", "max" or "attention".
    first : units, from the end, whose last step is the first, as they went backward.
    weight : of attention (units, 1).
    """
    time = values.shape[0]
    is_step = steps(lengths, time, xp)
    here = None if is_step is None else is_step.T[:, :, None]
    if kind == "last":
        last = values[-1] if lengths is None else _at(values, lengths - 1, xp)
        if not first:
            return last
        return xp.concatenate([last[:, :-first], values[0][:, -first:]], axis=-1)
    if kind == "max":
        return (values if here is None else xp.where(here, values, -xp.inf)).max(axis=0)
    if kind == "mean":
        if here is None or lengths is None:
            return _total(values, xp) / np.asarray(time, values.dtype)
        return _total(xp.where(here, values, 0), xp) / lengths[:, None].astype(values.dtype)
    scores = values @ weight
    scores = scores if here is None else xp.where(here, scores, -xp.inf)
    share = xp.exp(scores - scores.max(axis=0))  # of a step behind the end 0
    seen = values if here is None else xp.where(here, values, 0)
    return _total(seen * share, xp) / _total(share, xp)


def _total(values: Array, xp: ModuleType) -> Array:
    """Sums over steps, which NumPy adds in their order: by itself it takes another where there is a single row."""
    return np.add.accumulate(values)[-1] if xp is np else values.sum(axis=0)


def _at(values: Array, place: Array, xp: ModuleType) -> Array:
    """The values of each row at a step of its own."""
    return xp.take_along_axis(values, place[None, :, None], axis=0)[0]


def features(
    values: Float[Array, "rows time channels"],
    lengths: Int[Array, " rows"] | None,
    kernels: list[tuple[Array, Array]],
    xp: ModuleType,
) -> Float[Array, "rows seen"]:
    """Of each fixed kernel the share of steps at which it is above its bound, and how far at most.

    Parameters
    ----------
    kernels : by dilation, 1, 2, 4, …: weights (kernel, channels, filters), as `convolve` takes them, and bounds.

    References
    ----------
    Dempster et al. 2020, ROCKET, arXiv 1910.13051; of length 9 with bounds from the data: MiniRocket, arXiv 2012.08791.
    """
    is_step, found = steps(lengths, values.shape[1], xp), list[Array]()
    for number, (weight, bound) in enumerate(kernels):
        over = convolve(values, weight, KERNEL, xp, dilation=2**number) - bound
        if is_step is not None:
            over = xp.where(is_step[:, :, None], over, -xp.inf)
        count = values.shape[1] if lengths is None else lengths[:, None]
        found += [(over > 0).sum(axis=1) / count, over.max(axis=1)]
    return xp.concatenate(found, axis=1).astype(values.dtype)


KERNEL = 9  # steps that a fixed kernel sees


def dilations(count: int, time: int) -> list[int]:
    """How many fixed kernels of each dilation, 1, 2, 4, …, as far as they fit into a sequence of that many steps."""
    fitting = max(1, int(np.log2(max(1, (time - 1) / (KERNEL - 1)))) + 1)
    return [len(part) for part in np.array_split(np.arange(count), min(fitting, count))] if count else []


def drawn(
    channels: int, count: int, rng: np.random.Generator
) -> Float[np.ndarray, "kernel channels filters"]:
    """Fixed kernels: three weights of 2 and six of -1 on a few channels drawn at random, all others 0."""
    order = rng.permuted(np.tile(np.arange(KERNEL), (count, 1)), axis=1)
    shape = np.where(order < 3, 2.0, -1.0)  # (count, kernel)
    most = 2 ** rng.uniform(0, np.log2(min(channels, KERNEL) + 1), count)
    rank = rng.permuted(np.tile(np.arange(channels), (count, 1)), axis=1)
    is_seen = rank < np.maximum(1, most.astype(int))[:, None]  # (count, channels)
    kernels = shape[:, :, None] * is_seen[:, None] / np.sqrt(is_seen.sum(axis=1))[:, None, None]
    return kernels.transpose(1, 2, 0).astype(np.float32)
