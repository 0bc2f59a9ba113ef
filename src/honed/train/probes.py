"""Measurements of a network in training, inside the compiled program, on rows that stay the same: `measure`.

They are taken before the first step of an epoch, so that the first are of the untrained network, and without
dropout, so that they show the network and not the dice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from honed.family import STEPS, UNLEARNED, Array, Parameters
from honed.train.knobs import Knobs
from honed.train.optimizer import Memory
from honed.train.packing import Packed
from honed.train.step import Data, Slope, Step
from honed.units import FLAT, RARE, SILENT, STEEPNESS

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Int32

_ROWS = {"off": 0, "quick": 128, "usual": 256, "full": 1024}
_PARTS = 4  # of the probe rows, whose gradients are compared
_VALUES = 64  # of a layer and part, that are brought out: their percentiles are taken there, sorting here costs more
FIRST = 3  # epochs that are probed in any case
_COST = 0.05  # of an epoch, that probing may take
_MOST = 50  # probes of a training, about
_LEAST_OFTEN = 10  # epochs from probe to probe, where rows are so few that their epochs cost next to nothing
STEPS_BACK = 32  # steps of a sequence at which gradients are brought out, from the last to the first
# Cosine of the weights of two units that are as good as one. Of 8 inputs chance makes one pair in 10¹⁰ so alike.
_SAME_WAY, _FEW_INPUTS = 0.999, 8
_COMPARED = 256  # units of a layer


class Probes(NamedTuple):
    """By layer (layers + 1,) for weights, (layers,) for hidden values, or one number; see `honed.diagnosis.case.Case`.

    Entries that a level leaves out are NaN.
    """

    loss: Float[Array, "*epochs"]
    gradient: Float[Array, "*epochs weights"]
    gradient_zeros: Float[Array, "*epochs weights"]
    update: Float[Array, "*epochs weights"]
    weight: Float[Array, "*epochs weights"]
    activation_mean: Float[Array, "*epochs layers"]
    activation_std: Float[Array, "*epochs layers"]
    activation_values: Float[Array, "*epochs layers values"]  # some of them
    dead: Float[Array, "*epochs layers"]
    saturated: Float[Array, "*epochs layers"]
    alike: Float[Array, "*epochs layers"]
    signal: Float[Array, "*epochs"]
    noise: Float[Array, "*epochs"]
    agreement: Float[Array, "*epochs"]
    by_step: Float[
        Array, "*epochs recurrent back"
    ]  # size of the gradient of what drives a layer, at some steps
    back: Float[Array, "*epochs back"]  # how many steps each of these is before a sequence's last one


class _Hidden(NamedTuple):
    """What is kept of one hidden layer's values on one part of the probe rows."""

    mean: Float[Array, ""]
    square: Float[Array, ""]
    awake: Float[Array, " units"]  # share of rows for which a unit gives a value at any place
    flat: Float[Array, ""]
    some: Float[Array, " values"]


def rows_of(level: str, shuffled: Int[np.ndarray, " rows"]) -> Int32[np.ndarray, " probed"]:
    """Row numbers int32 of the probe, the first of `shuffled`; of few rows each counts several times."""
    return np.resize(shuffled, _ROWS[level]).astype(np.int32)


def every(level: str, rows: int, epochs: int) -> int:
    """Epochs from one probe to the next, so that probing stays a small part of training."""
    passes = 2 if level in ("usual", "full") else 1
    affordable = min(_LEAST_OFTEN, np.ceil(passes * _ROWS[level] / (_COST * rows)))
    return int(max(1, affordable, epochs // _MOST))


def blank(step: Step, real: np.dtype) -> Probes:
    """The shapes of the probes, all NaN."""
    layers = len(step.structure.layers) - 1
    by_weight, by_hidden = jnp.full(layers + 1, jnp.nan, real), jnp.full(layers, jnp.nan, real)
    one = jnp.full((), jnp.nan, real)
    recurrent = len(_recurrent(step))
    back = STEPS_BACK if recurrent else 0
    return Probes(
        loss=one,
        gradient=by_weight,
        gradient_zeros=by_weight,
        update=by_weight,
        weight=by_weight,
        activation_mean=by_hidden,
        activation_std=by_hidden,
        activation_values=jnp.full((layers, _PARTS * _VALUES), jnp.nan, real),
        dead=by_hidden,
        saturated=by_hidden,
        alike=by_hidden,
        signal=one,
        noise=one,
        agreement=one,
        by_step=jnp.full((recurrent, back), jnp.nan, real),
        back=jnp.full(back, jnp.nan, real),
    )


def measure(
    step: Step,
    packed: Packed,
    memory: Memory,
    data: Data,
    knobs: Knobs,
    rate: Float[Array, ""],
    decay: Float[Array, ""],
) -> Probes:
    """Measure once.

    The noise is compared between parts of the probe rows: with B rows a part and P parts, the expected square of a
    part's gradient is |G|² + tr(Σ)/B and that of their mean |G|² + tr(Σ)/(P·B) (McCandlish et al. 2018, appendix A.1).

    Parameters
    ----------
    packed, memory : parameters, and the memory of the update rule, before the step.
    rate, decay : as in the step that follows.
    """
    s, real = step.structure, data.weights.dtype
    layers, wide = len(s.layers) - 1, s.probes != "quick"
    parts = data.probe.reshape(_PARTS, -1)
    scale = data.weights[data.probe].mean()
    nothing = _nothing(step, packed, data, parts[0])

    def part(packed: Packed, index: Array) -> tuple[Array, Packed, list[_Hidden], list[Array]]:
        """Loss, gradient and hidden values of one part, and the gradient of what drives recurrent layers by step."""
        params = step.packing.unpack(packed)

        def loss(learned: Parameters, nothing: dict[int, Array]) -> tuple[Array, list[_Hidden]]:
            seen: list[_Hidden] = []

            def keep(layer: int, values: Array) -> Array:
                if layer in nothing:
                    return values + nothing[layer]
                if wide and 0 <= layer < layers:  # a place where rows are hidden is no layer
                    seen.append(_hidden(values, s.layers[layer].activation))
                return values

            outputs = step.outputs(params | learned, data, index, keep)
            losses = step.losses(outputs, data.targets_of(index), knobs)
            return (losses * (data.weights[index] / scale)).mean(), seen

        learned = {name: value for name, value in params.items() if s.networks.role(name) not in UNLEARNED}
        (value, seen), (slopes, driven) = jax.value_and_grad(loss, (0, 1), has_aux=True)(learned, nothing)
        squares = [(driven[place] ** 2).sum(axis=-1) for place in sorted(driven)]
        return value, step.packing.pack(slopes, jnp), seen, squares

    def stride(here: Packed, _: None) -> tuple[Packed, tuple[Array, Packed, Array, Any, Packed]]:
        """One gradient and the step that follows from it."""
        loss, slopes, *seen = jax.lax.map(lambda index: part(here, index), parts)
        slope = {role: vectors.mean(axis=0) for role, vectors in slopes.items()}
        square = sum((vectors**2).sum() for vectors in slopes.values()) / _PARTS
        unchanged: Packed = {role: vector for role, vector in here.items() if role == "statistic"}
        following = Slope(loss.mean(), slope, unchanged)
        moved = step.move(here, memory, following, knobs, rate, decay, jnp.uint32(0))[0]
        return moved, (loss.mean(), slope, square, seen, moved)

    _, strides = jax.lax.scan(stride, packed, None, length=2 if wide else 1)
    loss, slope, square, (seen, squares), moved = jax.tree.map(lambda leaf: leaf[0], strides)
    names = [layer.weight for layer in s.layers]
    before, after = step.packing.unpack(packed), step.packing.unpack(moved)
    slopes = step.packing.unpack({**packed, **slope})
    norms = jnp.stack([_norm(before[name]) for name in names])
    changes = jnp.stack([_norm(after[name] - before[name]) for name in names])
    found = blank(step, real)._replace(
        loss=loss,
        gradient=jnp.stack([_norm(slopes[name]) for name in names]),
        gradient_zeros=jnp.stack([(slopes[name] == 0).mean(dtype=real) for name in names]),
        update=changes / jnp.maximum(norms, jnp.finfo(real).tiny),
        weight=norms,
    )
    if squares:
        found = found._replace(
            by_step=jnp.stack([_by_step(own.reshape(-1, own.shape[-1])) for own in squares]),
            back=_back(squares[0].shape[-1]).astype(real),
        )
    if not wide:
        return found
    following = {role: vectors[1] for role, vectors in strides[1].items()}
    mean_square = sum((vector**2).sum() for vector in slope.values())
    lengths = jnp.sqrt(mean_square * sum((vector**2).sum() for vector in following.values()))
    dot = sum((slope[role] * following[role]).sum() for role in slope)
    few, many = parts.shape[1], parts.size
    found = found._replace(
        signal=(many * mean_square - few * square) / (many - few),
        noise=(square - mean_square) / (1 / few - 1 / many),
        agreement=dot / jnp.maximum(lengths, jnp.finfo(real).tiny),
    )
    if not layers:
        return found
    mean = jnp.stack([one.mean.mean() for one in seen])
    square = jnp.stack([one.square.mean() for one in seen])
    return found._replace(
        activation_mean=mean,
        activation_std=jnp.sqrt(jnp.maximum(square - mean**2, 0)),
        activation_values=jnp.stack([one.some.reshape(-1) for one in seen]),
        dead=jnp.stack([(one.awake.mean(axis=0) <= RARE).mean(dtype=real) for one in seen]),
        saturated=jnp.stack([one.flat.mean() for one in seen]),
        alike=jnp.stack([_alike(before[name]) for name in names[:layers]]),
    )


def _recurrent(step: Step) -> list[int]:
    """The places at which the network shows what drives its recurrent layers."""
    layers = step.structure.layers
    return [STEPS + number for number, layer in enumerate(layers) if layer.is_recurrent]


def _nothing(step: Step, packed: Packed, data: Data, index: Array) -> dict[int, Array]:
    """Zeros, by place, to add to what drives the recurrent layers: the gradient of these is what is asked for."""
    asked, places = dict[int, jax.ShapeDtypeStruct](), _recurrent(step)

    def keep(place: int, values: Array) -> Array:
        if place in places:
            asked[place] = jax.ShapeDtypeStruct(values.shape, values.dtype)
        return values

    if places:
        jax.eval_shape(lambda: step.outputs(step.packing.unpack(packed), data, index, keep))
    return {place: jnp.zeros(own.shape, own.dtype) for place, own in asked.items()}


def _back(time: int) -> Int[np.ndarray, " back"]:
    """Steps before the last one, as many as are brought out; of a short sequence each several times."""
    return np.round(np.linspace(0, time - 1, STEPS_BACK)).astype(int)


def _by_step(squares: Float[Array, "rows time"]) -> Float[Array, " back"]:
    """Root mean square by steps before each row's last one, which is the last that any gradient reaches."""
    time = squares.shape[1]
    last = jnp.where(squares > 0, jnp.arange(time), -1).max(axis=1)
    place = last[:, None] - _back(time)
    found = jnp.take_along_axis(squares, jnp.maximum(place, 0), axis=1)
    count = (place >= 0).sum(axis=0)
    return jnp.sqrt(jnp.where(place >= 0, found, 0).sum(axis=0) / jnp.maximum(count, 1))


def _hidden(values: Array, activation: str | None) -> _Hidden:
    """Of values (rows, ..., units): a unit of a convolution is its channel, at all places."""
    steepness = STEEPNESS.get(activation or "")
    flat = 0.0 if steepness is None else (steepness(values) < FLAT).mean(dtype=values.dtype)
    every = max(1, values.size // _VALUES)  # rows and units alike
    some = jnp.resize(values.reshape(-1)[::every], (_VALUES,))
    flat = jnp.asarray(flat, values.dtype)
    largest = jnp.abs(values).max(axis=tuple(range(1, values.ndim - 1)))
    awake = (largest >= SILENT).mean(axis=0, dtype=values.dtype)
    return _Hidden(values.mean(), (values**2).mean(), awake, flat, some)


def _alike(weight: Float[Array, "*seen units"]) -> Float[Array, ""]:
    """Share of the first units whose weights point the same way as another's; of few inputs chance makes some so."""
    by_unit = weight.reshape(-1, weight.shape[-1])[:, :_COMPARED]
    if len(by_unit) < _FEW_INPUTS or by_unit.shape[1] < 2:
        return jnp.zeros((), weight.dtype)
    length = jnp.sqrt((by_unit**2).sum(axis=0))
    towards = by_unit / jnp.maximum(length, jnp.finfo(weight.dtype).tiny)
    cosine = towards.T @ towards - 2 * jnp.eye(by_unit.shape[1], dtype=weight.dtype)
    return (cosine.max(axis=0) > _SAME_WAY).mean(dtype=weight.dtype)


def _norm(values: Array) -> Array:
    return jnp.sqrt((values**2).sum())
