"""One step of training inside the compiled program: the gradient of a batch, and the move that follows.

Everything that is not a shape is a traced value: rows used, learning rate, penalties, dropout. So one program
serves every fold, every sample of the rows and every value of a knob.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from honed.family import (
    UNLEARNED,
    Array,
    Dropout,
    Inputs,
    Layer,
    Networks,
    Parameters,
    Rows,
    Specification,
    Statistics,
)
from honed.heads import Part
from honed.train.knobs import Knobs
from honed.train.losses import by_row
from honed.train.optimizer import Memory, shrunk, step_sizes, update_rule
from honed.train.packing import Packed, Packing

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Int32, Real, UInt32

_VALID_BLOCK = 256  # rows evaluated at once: little is lost on a last, partly filled block
_STATISTICS_RATE = 0.1  # of a batch in the running mean and variance, as in PyTorch


@dataclass(frozen=True)
class Structure:
    """All that decides which program is compiled; equal structures share one."""

    networks: Networks
    network: Specification  # with every traced number at its default
    inputs: Inputs
    heads: tuple[Part, ...]
    monitor: str
    optimizer: str
    has_momentum: bool
    nesterov: bool
    has_clip: bool
    has_l1: bool
    has_penalties: bool
    has_noise: bool
    drops: tuple[int, ...]  # places that `Networks.dropouts` and `hides` name
    accumulates: bool
    averages: bool
    probes: str
    batch: int
    rows: int  # rows of the arrays, padding included
    part: int  # most rows of a part of an epoch: `rows`, or fewer where these are many
    epochs: int  # most epochs in one call
    augments: bool = True  # whether `Networks.augment` may change the rows of a step
    at_once: int | None = (
        None  # most rows that validation and probes take at once, where memory ran out with more
    )

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The network's layers, the output layer last."""
        return self.networks.layers(self.network)

    @property
    def batches(self) -> int:
        """Most batches in one epoch, or in a part of one."""
        return math.ceil(self.part / self.batch)

    @property
    def valid_rows(self) -> int:
        """Length of the padded list of validation rows."""
        return math.ceil(self.rows / self.block) * self.block

    @property
    def block(self) -> int:
        """Validation rows evaluated at once."""
        return min(_VALID_BLOCK, self.rows, self.at_once or self.rows)


class Data(NamedTuple):
    """Arrays on the device, one entry a row (rows,)."""

    rows: Rows
    targets: tuple[Real[Array, " rows"], ...]  # of each head
    weights: Float[Array, " rows"]
    valid: Int32[Array, " valid_rows"]  # which rows validate
    probe: Int32[Array, " probed"]  # which rows the probes look at

    def targets_of(self, index: Int[Array, " batch"]) -> list[Real[Array, " batch"]]:
        """Of each head the targets of the rows named by `index` (batch,)."""
        return [own[index] for own in self.targets]


class Slope(NamedTuple):
    """The mean loss of a batch, its gradient by role, and what batch normalization saw of it."""

    loss: Float[Array, ""]
    gradient: Packed
    statistics: Packed


@dataclass(frozen=True)
class Step:
    """The functions of one step for one structure."""

    structure: Structure
    packing: Packing

    def outputs(
        self,
        params: Parameters,
        data: Data,
        index: Int[Array, " batch"],
        dropout: Dropout | None = None,
        statistics: Statistics | None = None,
        seed: UInt32[Array, ""] | None = None,
    ) -> Float[Array, "batch outputs"]:
        """Outputs of the rows named by `index` (batch,), which a `seed` changes as training does."""
        s = self.structure
        rows = jax.tree.map(lambda part: part[index], data.rows)
        if seed is not None and s.augments:
            rows = s.networks.augment(s.network, s.inputs, rows, functools.partial(_uniform, seed))
        # Recurrent layers compute their gradients themselves.
        apart = {layer.weight.partition(".")[0] for layer in s.layers if layer.is_recurrent}
        weights = {
            name: Weight(value)
            for name, value in params.items()
            if s.networks.role(name) == "weight" and value.ndim == 2 and name.partition(".")[0] not in apart
        }
        return s.networks.apply(params | weights, s.network, s.inputs, rows, jnp, dropout, statistics)

    def losses(
        self, outputs: Float[Array, "batch outputs"], targets: Sequence[Real[Array, " batch"]], knobs: Knobs
    ) -> Float[Array, " batch"]:
        """The loss of each row (batch,) with those outputs and targets, its weight left out."""
        return by_row(self.structure.heads, outputs, targets, knobs)

    def slope(
        self,
        packed: Packed,
        data: Data,
        index: Int[Array, " batch"],
        mask: Float[Array, " batch"],
        knobs: Knobs,
        strength: Float[Array, ""],
        seed: UInt32[Array, ""],
    ) -> Slope:
        """Loss and gradient of the rows `index` (batch,) where `mask` is 1; `strength` scales dropout alone."""
        s = self.structure
        params = self.packing.unpack(packed)
        fixed = {name: value for name, value in params.items() if s.networks.role(name) in UNLEARNED}
        learned = {name: value for name, value in params.items() if name not in fixed}
        layers = s.layers

        def loss(learned: Parameters) -> tuple[Array, Parameters]:
            seen: Parameters = {}

            def statistics(layer: int, values: Array, counted: Array | None = None) -> tuple[Array, Array]:
                axes = tuple(range(1, values.ndim - 1))  # of a picture those of its places
                if counted is None:
                    places = math.prod(values.shape[1:-1])
                    share = (mask / (mask.sum() * places))[:, None]
                    mean = (share * values.sum(axis=axes)).sum(axis=0)
                    variance = (share * ((values - mean) ** 2).sum(axis=axes)).sum(axis=0)
                    count = mask.sum() * places
                else:
                    every = (mask[:, *(None,) * len(axes)] * counted)[..., None]
                    count = every.sum()
                    mean = (every * values).sum(axis=(0, *axes)) / count
                    variance = (every * (values - mean) ** 2).sum(axis=(0, *axes)) / count
                names = layers[layer].statistics
                assert names is not None, "a layer of batch normalization has them"
                seen[names[0]], seen[names[1]] = mean, variance * count / jnp.maximum(count - 1, 1)
                return mean, variance

            dropout = _dropout(s, knobs, strength, seed) if s.drops else None
            outputs = self.outputs(learned | fixed, data, index, dropout, statistics, seed)
            losses = self.losses(outputs, data.targets_of(index), knobs)
            return (losses * data.weights[index] * mask).sum() / mask.sum(), seen

        (value, seen), slopes = jax.value_and_grad(loss, has_aux=True)(learned)
        return Slope(value, self.packing.pack(slopes, jnp), self.packing.pack(seen, jnp))

    def move(
        self,
        packed: Packed,
        memory: Memory,
        slope: Slope,
        knobs: Knobs,
        rate: Float[Array, ""],
        decay: Float[Array, ""],
        seed: UInt32[Array, ""],
    ) -> tuple[Packed, Memory]:
        """Parameters and the rule's memory after a step of length `rate`; `decay` scales weight decay."""
        s = self.structure
        gradient: Packed = dict(slope.gradient)
        if s.has_penalties:
            gradient["weight"] = gradient["weight"] + 2 * knobs.l2 * packed["weight"]
        learned: Packed = {role: packed[role] for role in gradient}
        direction: Packed
        direction, memory = rule(s, knobs).update(gradient, memory, learned)  # pyright: ignore[reportAssignmentType]
        moved: Packed = {}
        for place, (role, vector) in enumerate(learned.items()):
            own = rate * knobs.rate_of(role)
            if s.has_penalties and role == "weight":
                vector = vector * (1 - own * knobs.weight_decay * decay)
            vector = vector - own * direction[role]
            if s.has_l1 and role == "weight":
                vector = shrunk(vector, own * knobs.l1 * step_sizes(memory, role, knobs))
            if s.has_noise and role in ("weight", "bias"):
                vector = vector + own * knobs.noise * _normal(seed, -2 - place, vector.shape, vector.dtype)
            moved[role] = vector
        for role, new in slope.statistics.items():
            moved[role] = packed[role] + _STATISTICS_RATE * (new - packed[role])
        return {role: moved.get(role, vector) for role, vector in packed.items()}, memory


def rule(structure: Structure, knobs: Knobs) -> optax.GradientTransformation:
    """The structure's update rule."""
    s = structure
    return update_rule(s.optimizer, s.has_momentum, s.nesterov, s.has_clip, knobs)


class Weight:
    """Weights whose own gradient is computed from a transposed copy of the rows.

    XLA multiplies a matrix that is transposed on the fly 0.8 times as fast as it copies and multiplies it.
    """

    def __init__(self, value: Array) -> None:
        self._value = value

    def __rmatmul__(self, rows: Array) -> Array:
        return _product(rows, self._value)


@jax.custom_vjp
def _product(rows: Array, weight: Array) -> Array:
    return rows @ weight


def _product_forward(rows: Array, weight: Array) -> tuple[Array, tuple[Array, Array]]:
    return rows @ weight, (rows, weight)


def _product_backward(seen: tuple[Array, Array], slope: Array) -> tuple[Array, Array]:
    rows, weight = seen
    if rows.ndim > 2:  # such as (rows, tokens, units)
        return slope @ weight.T, _flat(rows).T @ _flat(slope)
    return slope @ weight.T, jax.lax.optimization_barrier(rows.T) @ slope


def _flat(values: Array) -> Array:
    return values.reshape(-1, values.shape[-1])


_product.defvjp(_product_forward, _product_backward)


def _dropout(s: Structure, knobs: Knobs, strength: Array, seed: Array) -> Dropout:
    """Inverted dropout from a counter hash: threefry bits would cost more than the layer they silence."""

    hidden = s.networks.hides(s.inputs)

    def drop(place: int, values: jax.Array) -> jax.Array:
        if place not in s.drops:
            return values
        rate = knobs.dropout[s.drops.index(place)]
        if place not in hidden:
            rate = rate * strength
        uniform = _uniform(seed, place, values.shape).astype(values.dtype)
        return jnp.where(uniform >= rate, values * (1 / (1 - rate)), 0)

    return drop


def _normal(seed: jax.Array, salt: int, shape: tuple[int, ...], dtype: np.dtype) -> jax.Array:
    """Standard normal numbers from uniform ones, by the inverse of their distribution function."""
    uniform = _uniform(seed, salt, shape).astype(dtype) + 0.5 / 2**24  # inside (0, 1)
    return jax.scipy.special.ndtri(uniform)


def _uniform(seed: jax.Array, salt: int, shape: tuple[int, ...]) -> jax.Array:
    """Uniform numbers in [0, 1) by hashing (seed, salt, position): lowbias32 of C. Wellons' hash-prospector."""
    salted = (0x9E3779B9 * (salt + 2)) & 0xFFFFFFFF
    x = jax.lax.iota(jnp.uint32, math.prod(shape)) + _mix(seed ^ jnp.uint32(salted))
    return (_mix(x) >> 8).astype(jnp.float32).reshape(shape) * (1 / 2**24)


def _mix(x: jax.Array) -> jax.Array:
    x = (x ^ (x >> 16)) * jnp.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * jnp.uint32(0x846CA68B)
    return x ^ (x >> 16)
