"""Activation functions, each written once for NumPy and JAX: ``ACTIVATIONS[name](x, xp)``.

`xp` is the array library. Every function acts by element. The exponentials are guarded so that neither
values nor gradients overflow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jaxtyping import Float

Array = Any

_SELU_SCALE = 1.0507009873554805  # Klambauer et al. 2017, arXiv 1706.02515
_SELU_ALPHA = 1.6732632423543772


def sigmoid(x: Float[Array, "*shape"], xp: ModuleType) -> Float[Array, "*shape"]:
    """1 / (1 + e^-x), through tanh, which cannot overflow."""
    return 0.5 * xp.tanh(0.5 * x) + 0.5


def tanh(x: Float[Array, "*shape"], xp: ModuleType) -> Float[Array, "*shape"]:
    """Hyperbolic tangent."""
    return xp.tanh(x)


def relu(x: Float[Array, "*shape"], xp: ModuleType) -> Float[Array, "*shape"]:
    """max(x, 0)."""
    return xp.maximum(x, 0)


def leaky_relu(x: Float[Array, "*shape"], xp: ModuleType) -> Float[Array, "*shape"]:
    """x where positive, 0.01 x elsewhere."""
    return xp.where(x > 0, x, 0.01 * x)


def elu(x: Float[Array, "*shape"], xp: ModuleType) -> Float[Array, "*shape"]:
    """x where positive, e^x - 1 elsewhere (Clevert et al. 2015, arXiv 1511.07289)."""
    return xp.where(x > 0, x, xp.expm1(xp.minimum(x, 0)))


def selu(x: Float[Array, "*shape"], xp: ModuleType) -> Float[Array, "*shape"]:
    """Scaled ELU that keeps mean 0 and spread 1 (arXiv 1706.02515)."""
    return _SELU_SCALE * xp.where(x > 0, x, _SELU_ALPHA * xp.expm1(xp.minimum(x, 0)))


def gelu(x: Float[Array, "*shape"], xp: ModuleType) -> Float[Array, "*shape"]:
    """x times the normal distribution function, tanh form (arXiv 1606.08415)."""
    return 0.5 * x * (1 + xp.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


def silu(x: Float[Array, "*shape"], xp: ModuleType) -> Float[Array, "*shape"]:
    """x times its sigmoid (arXiv 1702.03118)."""
    return x * sigmoid(x, xp)


def mish(x: Float[Array, "*shape"], xp: ModuleType) -> Float[Array, "*shape"]:
    """x tanh(softplus(x)) (arXiv 1908.08681): with t = e^x, tanh(log(1 + t)) = (t² + 2t) / (t² + 2t + 2)."""
    t = xp.exp(xp.minimum(x, 20))  # beyond, the ratio is 1 in float32
    u = t * (t + 2)
    return x * (u / (u + 2))


ACTIVATIONS: dict[str, Callable[[Array, ModuleType], Array]] = {
    function.__name__: function for function in (sigmoid, tanh, relu, leaky_relu, elu, selu, gelu, silu, mish)
}
