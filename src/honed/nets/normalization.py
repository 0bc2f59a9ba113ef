"""Normalization and bias of a layer: `normalized`, written once for NumPy and JAX."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from honed.family import Array, Parameters, Statistics

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

GUARD = 1e-5  # under the square root of a variance, as in PyTorch


def normalized(
    params: Parameters,
    kind: str | None,
    layer: int,
    linear: Float[Array, "rows *places units"],
    xp: ModuleType,
    statistics: Statistics | None,
    axes: int | tuple[int, ...],
    is_step: Bool[Array, "rows time"] | None = None,
) -> Float[Array, "rows *places units"]:
    """A layer's sums with its bias, normalized before where `kind` is "layer", over `axes`, or "batch".

    `statistics` is as in `honed.family.Networks.apply`, and is told `is_step` where not all steps count.
    """
    bias = params[f"{layer}.bias"]
    if kind == "layer":
        mean, variance = linear.mean(axis=axes, keepdims=True), linear.var(axis=axes, keepdims=True)
        return (linear - mean) / xp.sqrt(variance + GUARD) * params[f"{layer}.gain"] + bias
    if kind == "batch":
        if statistics is None:
            mean, variance = params[f"{layer}.mean"], params[f"{layer}.variance"]
        elif is_step is None:
            mean, variance = statistics(layer, linear)
        else:
            mean, variance = statistics(layer, linear, is_step)
        factor = params[f"{layer}.gain"] / xp.sqrt(variance + GUARD)
        return linear * factor + (bias - mean * factor)
    return linear + bias
