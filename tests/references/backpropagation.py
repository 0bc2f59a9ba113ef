"""Backpropagation and every update rule as textbooks write them: plain NumPy, float64, full batch.

It imports nothing of honed, so that the two can only agree by being right. The equations are, for layers 1 … L,

    x_i = σ(W_i x_{i-1} + b_i)
    δ_L = (x_L − y) ⊙ σ'          the output's slope of ½|x_L − y|²
    δ_i = W_{i+1}ᵀ δ_{i+1} ⊙ σ'
    W_i ← W_i − rate · δ_i x_{i-1}ᵀ,   b_i ← b_i − rate · δ_i

for one row as a column. Here a table's rows lie below one another, so that weights are (inputs, outputs), products
are the other way round, and a batch's slope is the mean of its rows'. honed's squared error has no ½: its δ_L is
twice that of the equations, 2 (x_L − y) ⊙ σ' / n. Penalties act on weights and never on biases.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
Parameters = dict[str, Array]  # "0.weight" (inputs, outputs), "0.bias" (outputs,), "1.weight", …

_ALPHA, _SCALE = 1.6732632423543772, 1.0507009873554805  # of SELU
_ROOT = math.sqrt(2 / math.pi)


@dataclass(frozen=True)
class Settings:
    """What decides a step; the names and meanings are those of honed's settings."""

    optimizer: str = "sgd"  # sgd rmsprop adam nadam adamw lion
    learning_rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False
    rho: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    l1: float = 0.0
    l2: float = 0.0
    weight_decay: float = 0.0
    gradient_clip: float | None = None


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _gelu_inside(z: Array) -> Array:
    return np.tanh(_ROOT * (z + 0.044715 * z**3))


def _mish_inside(z: Array) -> Array:
    return np.tanh(np.log1p(np.exp(z)))


CURVES: dict[str, Callable[[Array], Array]] = {
    "identity": lambda z: z,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "selu": lambda z: _SCALE * np.where(z > 0, z, _ALPHA * (np.exp(z) - 1)),
    "gelu": lambda z: 0.5 * z * (1 + _gelu_inside(z)),
    "silu": lambda z: z * _sigmoid(z),
    "mish": lambda z: z * _mish_inside(z),
}
SLOPES: dict[str, Callable[[Array], Array]] = {
    "identity": lambda z: np.ones_like(z),
    "sigmoid": lambda z: _sigmoid(z) * (1 - _sigmoid(z)),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: np.where(z > 0, 1.0, 0.0),
    "leaky_relu": lambda z: np.where(z > 0, 1.0, 0.01),
    "elu": lambda z: np.where(z > 0, 1.0, np.exp(z)),
    "selu": lambda z: _SCALE * np.where(z > 0, 1.0, _ALPHA * np.exp(z)),
    "gelu": lambda z: (
        0.5 * (1 + _gelu_inside(z)) + 0.5 * z * (1 - _gelu_inside(z) ** 2) * _ROOT * (1 + 3 * 0.044715 * z**2)
    ),
    "silu": lambda z: _sigmoid(z) * (1 + z * (1 - _sigmoid(z))),
    "mish": lambda z: _mish_inside(z) + z * (1 - _mish_inside(z) ** 2) * _sigmoid(z),
}


def gradient(params: Parameters, activations: tuple[str, ...], X: Array, y: Array, loss: str) -> Parameters:
    """The slope of the mean loss over rows, by backpropagation.

    Parameters
    ----------
    activations : σ of each layer, that of the output included.
    y : what the outputs should be (rows, outputs); for classes a 1 in each row.
    loss : "squared", or "cross_entropy" of the softmax of the outputs, whose activation must be the identity.
    """
    layers = len(activations)
    x, z = [X], []
    for layer, name in enumerate(activations):
        z.append(x[-1] @ params[f"{layer}.weight"] + params[f"{layer}.bias"])
        x.append(CURVES[name](z[-1]))
    if loss == "squared":
        delta = 2 * (x[-1] - y) * SLOPES[activations[-1]](z[-1]) / len(X)
    else:
        assert activations[-1] == "identity"
        powers = np.exp(x[-1])
        delta = (powers / powers.sum(axis=1, keepdims=True) - y) / len(X)
    found = {}
    for layer in reversed(range(layers)):
        found[f"{layer}.weight"] = x[layer].T @ delta
        found[f"{layer}.bias"] = delta.sum(axis=0)
        if layer:
            delta = delta @ params[f"{layer}.weight"].T * SLOPES[activations[layer - 1]](z[layer - 1])
    return found


class Updater:
    """One update rule with its memory; `step` moves parameters."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._steps = 0
        self._first: Parameters = {}  # running gradients
        self._second: Parameters = {}  # running squares of gradients

    def step(self, params: Parameters, slopes: Parameters, rate: float | None = None) -> Parameters:
        """Parameters after one step down the slopes."""
        s = self._settings
        rate = s.learning_rate if rate is None else rate
        self._steps += 1
        slopes = {
            name: slope + 2 * s.l2 * params[name] if name.endswith("weight") else slope
            for name, slope in slopes.items()
        }
        if s.gradient_clip is not None:
            length = math.sqrt(sum((slope**2).sum() for slope in slopes.values()))
            slopes = {name: slope * min(1.0, s.gradient_clip / length) for name, slope in slopes.items()}
        moved = {}
        for name, slope in slopes.items():
            direction, size = self._direction(name, slope)
            value = params[name]
            if name.endswith("weight"):
                value = value - rate * s.weight_decay * value - rate * direction
                value = np.sign(value) * np.maximum(np.abs(value) - rate * s.l1 * size, 0)
            else:
                value = value - rate * direction
            moved[name] = value
        return moved

    def _direction(self, name: str, g: Array) -> tuple[Array, Array | float]:
        """Where to go, before the rate, and what the rule makes of a slope that stays the same."""
        s, t = self._settings, self._steps
        m, v = self._first.get(name, np.zeros_like(g)), self._second.get(name, np.zeros_like(g))
        size: Array | float = 1.0
        if s.optimizer == "sgd":
            m = s.momentum * m + g
            direction = g + s.momentum * m if s.nesterov else m
            size = 1 / (1 - s.momentum)  # so that L1 weighs as much against the slope, which adds up
        elif s.optimizer == "rmsprop":
            v = s.rho * v + (1 - s.rho) * g**2
            size = 1 / (np.sqrt(v) + s.epsilon)
            direction = g * size
        elif s.optimizer == "lion":
            direction = np.sign(s.beta1 * m + (1 - s.beta1) * g)
            m = s.beta2 * m + (1 - s.beta2) * g
        else:
            m = s.beta1 * m + (1 - s.beta1) * g
            v = s.beta2 * v + (1 - s.beta2) * g**2
            size = 1 / (np.sqrt(v / (1 - s.beta2**t)) + s.epsilon)
            mean = m / (1 - s.beta1**t)
            if s.optimizer == "nadam":
                mean = s.beta1 * m / (1 - s.beta1 ** (t + 1)) + (1 - s.beta1) * g / (1 - s.beta1**t)
            direction = mean * size
        self._first[name], self._second[name] = m, v
        return direction, size


def train(
    params: Parameters,
    X: Array,
    y: Array,
    settings: Settings,
    *,
    activations: tuple[str, ...],
    steps: int,
    loss: str = "squared",
) -> Parameters:
    """Parameters after some steps on all rows."""
    updater = Updater(settings)
    for _ in range(steps):
        params = updater.step(params, gradient(params, activations, X, y, loss))
    return params
