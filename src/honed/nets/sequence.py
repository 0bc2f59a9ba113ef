"""The network for sequences: convolutions over time, recurrent layers, one vector of all steps, dense layers, outputs.

Parameters are a flat dictionary of arrays (``"0.weight"``), layers numbered through, so they are saved as they are.
`apply` is one pure function for NumPy and JAX, as in `honed.nets.mlp`. What is behind the end of a sequence reaches no
output.
"""

from __future__ import annotations

import math
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed import seeds
from honed.family import STEPS, Array, Dropout, Layer, Parameters, Role, Statistics
from honed.nets import temporal
from honed.nets.activations import ACTIVATIONS
from honed.nets.cells import CELLS
from honed.nets.mlp import Exact
from honed.nets.normalization import normalized
from honed.nets.recurrent import run
from honed.nets.sequence_spec import SequenceSpec
from honed.nets.thinning import thinned

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

INPUTS = -1  # the place of dropout on the inputs
_ROLES: dict[str, Role] = {
    "weight": "weight",
    "recurrent": "weight",
    "returning": "weight",  # the same backward
    "bias": "bias",
    "inner": "bias",
    "gain": "gain",
    "mean": "statistic",
    "variance": "statistic",
    "fixed": "fixed",
}
_RULES = {"sigmoid": "glorot", "tanh": "glorot", "selu": "lecun"}  # how weights start; others: he
_WAYS = ("recurrent", "returning")
_BLOCK_BYTES = 64 << 20  # that a block of predicted sequences may take
_MOST_ROWS = 512  # of a block
_ASIDE = 1e-4  # from what many steps may have alike, so that rounding does not decide which side they are on
_SAMPLE_ROWS = 64  # whose values the running means and variances, and bounds of fixed kernels, start with


class Shape(NamedTuple):
    """Of one sequence.

    channels : numbers at each step. beside : numbers that do not change with time. time : usual steps.
    """

    channels: int
    beside: int
    time: int


class Batch(NamedTuple):
    """Scaled sequences; what is behind the end of one is 0.

    lengths : steps of each, None where all are as long as the array.
    """

    values: Float[Array, "rows time channels"]
    lengths: Int[Array, " rows"] | None
    beside: Float[Array, "rows beside"]


def pooled(spec: SequenceSpec, shape: Shape) -> int:
    """Values of the vector that all steps become."""
    if spec.layers:
        return spec.width * spec.directions
    return spec.width if spec.blocks else shape.channels


def features(spec: SequenceSpec, shape: Shape) -> int:
    """Values that reach the dense part for one sequence."""
    return pooled(spec, shape) + 2 * spec.random_kernels + shape.beside


def shapes(spec: SequenceSpec, shape: Shape, outputs: int) -> dict[str, tuple[int, ...]]:
    """The shape of each parameter of such a network, by name; no array is made."""
    found: dict[str, tuple[int, ...]] = {}
    for number, count in enumerate(temporal.dilations(spec.random_kernels, shape.time)):
        found[f"kernels.{number}.fixed"] = (temporal.KERNEL, shape.channels, count)
        found[f"bounds.{number}.fixed"] = (count,)
    if spec.random_kernels:
        found |= dict.fromkeys(("centre.fixed", "spread.fixed"), (2 * spec.random_kernels,))
    before = shape.channels
    for number in range(spec.blocks):
        found |= _with_vectors(spec, number, (spec.kernel_size, before, spec.width))
        before = spec.width
    gates = spec.directions * CELLS[spec.cell].gates
    for number in range(spec.blocks, spec.over_time):
        found[f"{number}.weight"] = (before, gates * spec.width)
        found[f"{number}.bias"] = (gates * spec.width,)
        for name in _WAYS[: spec.directions]:
            found[f"{number}.{name}"] = (CELLS[spec.cell].gates, spec.width, spec.width)
        if spec.cell == "gru":
            found[f"{number}.inner"] = (spec.directions * spec.width,)
        before = spec.directions * spec.width
    if spec.pooling == "attention":
        found["pooling.weight"] = (before, 1)
    before = features(spec, shape)
    for number, units in enumerate(spec.hidden_sizes, spec.over_time):
        found |= _with_vectors(spec, number, (before, units))
        before = units
    last = spec.hidden_layers
    return found | {f"{last}.weight": (before, outputs), f"{last}.bias": (outputs,)}


def _with_vectors(spec: SequenceSpec, number: int, weight: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    vectors = ["bias"]
    vectors += ["gain"] if spec.normalization else []
    vectors += ["mean", "variance"] if spec.normalization == "batch" else []
    return {f"{number}.weight": weight, **{f"{number}.{name}": weight[-1:] for name in vectors}}


def products(spec: SequenceSpec, shape: Shape, outputs: int) -> int:
    """Multiplications for one sequence, forward."""
    total, steps = 0, shape.time
    shortened = -(-steps // spec.stride) if spec.blocks else steps
    for name, size in shapes(spec, shape, outputs).items():
        layer, _, part = name.rpartition(".")
        if layer.startswith("kernels"):
            total += steps * math.prod(size)
        elif layer == "pooling" or (layer.isdigit() and int(layer) < spec.over_time):
            total += shortened * math.prod(size) if part in ("weight", *_WAYS) else 0
        elif part == "weight":
            total += math.prod(size)
    return total


def values(spec: SequenceSpec, shape: Shape, outputs: int) -> int:
    """Numbers that a sequence has on its way through: its own, and those of each layer at each step."""
    shortened = -(-shape.time // spec.stride) if spec.blocks else shape.time
    kind, times = CELLS[spec.cell], 2 if spec.normalization else 1
    over_time = spec.blocks * spec.width * times
    # what drives the gates by the inputs and by the output before, what the way back needs of them, and the states
    over_time += spec.layers * spec.directions * spec.width * (3 * kind.gates + kind.states)
    dense = times * sum(spec.hidden_sizes) + features(spec, shape) + outputs
    return shape.time * (shape.channels + 2 * spec.random_kernels) + shortened * over_time + dense


def initialize(spec: SequenceSpec, shape: Shape, outputs: int, sample: Batch, seed: int) -> Parameters:
    """Starting parameters, float32.

    Parameters
    ----------
    sample : training sequences; running means and variances, and fixed kernels, look at a few of them.
    seed : each array draws from a generator named after it, so arrays do not depend on one another.

    References
    ----------
    Glorot & Bengio 2010; He et al. 2015; orthogonal matrices from step to step: Saxe et al. 2014; identity: Le et al.
    2015, arXiv 1504.00941; forget gates of bias 1: Jozefowicz et al. 2015; chrono: Tallec & Ollivier 2018.
    """
    few = sample._replace(values=sample.values[:_SAMPLE_ROWS], beside=sample.beside[:_SAMPLE_ROWS])
    few = few if few.lengths is None else few._replace(lengths=few.lengths[:_SAMPLE_ROWS])
    params: Parameters = {}
    for name, size in shapes(spec, shape, outputs).items():
        layer, _, part = name.rpartition(".")
        rng = seeds.generator(seed, "init", layer, part)
        if part in _WAYS:
            params[name] = _recurrent(spec.recurrent_start, size, rng)
        elif part == "weight":
            params[name] = rng.standard_normal(size) * _spread(spec, layer, size)
        elif layer.startswith("kernels"):
            params[name] = temporal.drawn(shape.channels, size[-1], rng)
        elif part == "bias" and layer.isdigit() and spec.blocks <= int(layer) < spec.over_time:
            params[name] = _gates(spec, rng)
        else:
            params[name] = np.full(size, part in ("gain", "variance"))
        params[name] = params[name].astype(np.float32)
    if spec.random_kernels:
        params |= _bounded(params, few, seed)
    if spec.normalization == "batch":
        found: Parameters = {}

        def statistics(layer: int, values: Array, counted: Array | None = None) -> tuple[Array, Array]:
            flat = values.reshape(-1, values.shape[-1]) if counted is None else values[counted]
            found[f"{layer}.mean"], found[f"{layer}.variance"] = flat.mean(axis=0), flat.var(axis=0)
            return found[f"{layer}.mean"], found[f"{layer}.variance"]

        apply(params, spec, few, statistics=statistics)
        params |= {name: value.astype(np.float32) for name, value in found.items()}
    return params


def _spread(spec: SequenceSpec, layer: str, size: tuple[int, ...]) -> float:
    """Standard deviation of starting weights (*kernel, before, units)."""
    place = math.prod(size[:-2])
    seen, gives = place * size[-2], place * size[-1]
    if not layer.isdigit() or int(layer) == spec.hidden_layers:
        rule = "glorot"
    elif spec.blocks <= int(layer) < spec.over_time:
        rule, gives = "glorot", spec.width
    else:
        rule = _RULES.get(spec.activation, "he")
    return math.sqrt({"glorot": 2 / (seen + gives), "he": 2 / seen, "lecun": 1 / seen}[rule])


def _recurrent(
    start: str, size: tuple[int, ...], rng: np.random.Generator
) -> Float[np.ndarray, "each units units"]:
    """From step to step, a matrix for each gate."""
    gates, units, _ = size
    if start == "identity":
        return np.tile(np.eye(units), (gates, 1, 1))
    drawn = rng.standard_normal(size)
    if start == "glorot":
        return drawn / math.sqrt(units)
    turns, signs = np.linalg.qr(drawn)
    return (
        turns * np.sign(np.diagonal(signs, axis1=1, axis2=2))[:, None]
    )  # every rotation alike (Mezzadri 2007)


def _gates(spec: SequenceSpec, rng: np.random.Generator) -> Float[np.ndarray, " gates"]:
    """Biases with which gates keep what they have at first."""
    kind = CELLS[spec.cell]
    found = np.zeros((spec.directions, kind.gates, spec.width))
    if spec.cell != "rnn":
        shape = (spec.directions, spec.width)
        steps = np.e if spec.memory is None else rng.uniform(1, max(1, spec.memory - 1), shape)
        found[:, 1] = np.log(steps)
        if spec.cell == "lstm" and spec.memory is not None:
            found[:, 0] = -found[:, 1]
    return found.reshape(-1)


def _bounded(params: Parameters, sample: Batch, seed: int) -> Parameters:
    """Bounds of fixed kernels, at random quantiles of what they give, and how their features are spread."""
    found, kernels = dict[str, Array](), _kernels(params)
    time = sample.values.shape[1]
    is_step = temporal.steps(
        np.full(len(sample.values), time) if sample.lengths is None else sample.lengths, time, np
    )
    for number, (weight, bound) in enumerate(kernels):
        given = temporal.convolve(sample.values, weight, temporal.KERNEL, dilation=2**number)[is_step]
        share = seeds.generator(seed, "init", "bounds", number).uniform(0.02, 0.98, len(bound))
        between = [np.quantile(own, q, method="midpoint") for own, q in zip(given.T, share, strict=True)]
        found[f"bounds.{number}.fixed"] = (np.array(between) + _ASIDE).astype(np.float32)
    bounded = _kernels(params | found)
    seen = temporal.features(sample.values, sample.lengths, bounded, np)
    found["centre.fixed"] = seen.mean(axis=0).astype(np.float32)
    found["spread.fixed"] = np.maximum(seen.std(axis=0), 1e-3).astype(np.float32)
    return found


def _kernels(params: Parameters) -> list[tuple[Array, Array]]:
    """Weights and bounds of fixed kernels by dilation."""
    count = sum(name.startswith("bounds.") for name in params)
    return [(params[f"kernels.{n}.fixed"], params[f"bounds.{n}.fixed"]) for n in range(count)]


def apply(
    params: Parameters,
    spec: SequenceSpec,
    batch: Batch,
    xp: ModuleType = np,
    dropout: Dropout | None = None,
    statistics: Statistics | None = None,
) -> Float[Array, "rows outputs"]:
    """Outputs of the network: logits, scores or standardised values.

    `dropout` and `statistics` are as in `honed.family.Networks.apply`; values of layers over time are (rows, time,
    units).
    """
    values, lengths, beside = batch
    hidden = values if dropout is None else dropout(INPUTS, values)
    is_step = temporal.steps(lengths, hidden.shape[1], xp)
    for number in range(spec.blocks):
        stride = spec.stride if number == 0 else 1
        linear = temporal.convolve(
            hidden,
            params[f"{number}.weight"],
            spec.kernel_size,
            xp,
            stride=stride,
            dilation=spec.dilation**number,
        )
        if stride > 1 and lengths is not None:
            lengths = (lengths + stride - 1) // stride
            is_step = temporal.steps(lengths, linear.shape[1], xp)
        active = _active(params, spec, number, linear, xp, dropout, statistics, is_step)
        adds = spec.residual and stride == 1 and active.shape == hidden.shape
        active = active + hidden if adds else active
        hidden = active if is_step is None else xp.where(is_step[:, :, None], active, 0)
    hidden = hidden.swapaxes(0, 1)
    for number in range(spec.blocks, spec.over_time):
        given = _recurrence(params, spec, number, hidden, lengths, xp, dropout)
        if dropout is not None:
            given = dropout(number, given.swapaxes(0, 1)).swapaxes(0, 1)
        hidden = given + hidden if spec.residual and given.shape == hidden.shape else given
    backward = spec.width if spec.layers and spec.bidirectional else 0
    attention = params.get("pooling.weight")
    parts = [temporal.pool(hidden, lengths, spec.pooling, xp, first=backward, weight=attention)]
    if spec.random_kernels:
        seen = temporal.features(values, batch.lengths, _kernels(params), xp)
        parts.append((seen - params["centre.fixed"]) / params["spread.fixed"])
    if beside.shape[1]:
        parts.append(beside)
    hidden = xp.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
    for number in range(spec.over_time, spec.hidden_layers):
        linear = hidden @ params[f"{number}.weight"]
        hidden = _active(params, spec, number, linear, xp, dropout, statistics, None)
    return hidden @ params[f"{spec.hidden_layers}.weight"] + params[f"{spec.hidden_layers}.bias"]


def _recurrence(
    params: Parameters,
    spec: SequenceSpec,
    number: int,
    hidden: Float[Array, "time rows before"],
    lengths: Int[Array, " rows"] | None,
    xp: ModuleType,
    dropout: Dropout | None,
) -> Float[Array, "time rows units"]:
    """A recurrent layer, in both directions side by side."""
    weight, bias, inner = params[f"{number}.weight"], params[f"{number}.bias"], params.get(f"{number}.inner")
    ways = [params[f"{number}.{name}"] for name in _WAYS[: spec.directions]]
    layer = getattr(xp, "recurrent_layer", None)
    if layer is not None:  # a library that has such layers, as ONNX has
        return layer(spec.cell, hidden, weight, bias, ways, inner, lengths)
    is_step = temporal.steps(lengths, hidden.shape[0], xp)
    is_step = None if is_step is None else is_step.T
    size, beside = CELLS[spec.cell].gates * spec.width, None
    if dropout is not None:
        beside = dropout(STEPS + number, xp.zeros((*hidden.shape[1::-1], size), hidden.dtype)).swapaxes(0, 1)
    driven = hidden @ weight + bias if xp is np else None
    found = list[Array]()
    for way, matrices in enumerate(ways):
        gates, own = slice(way * size, (way + 1) * size), beside if not way else None
        of_output = None if inner is None else inner[way * spec.width : (way + 1) * spec.width]
        if driven is None:
            from honed.nets import compiled_recurrence  # prediction does without JAX

            given = hidden, weight[:, gates], bias[gates], own, matrices, of_output, is_step
            found.append(compiled_recurrence.run(*given, spec.cell, bool(way)))
        else:
            drive = driven[..., gates] if own is None else driven[..., gates] + own
            found.append(run(spec.cell, drive, matrices, of_output, is_step, is_backward=bool(way)))
    return xp.concatenate(found, axis=-1) if len(found) > 1 else found[0]


def _active(
    params: Parameters,
    spec: SequenceSpec,
    layer: int,
    linear: Float[Array, "rows *time units"],
    xp: ModuleType,
    dropout: Dropout | None,
    statistics: Statistics | None,
    is_step: Bool[Array, "rows time"] | None,
) -> Float[Array, "rows *time units"]:
    """Normalization, bias, activation and dropout of a layer's sums."""
    linear = normalized(params, spec.normalization, layer, linear, xp, statistics, -1, is_step)
    active = ACTIVATIONS[spec.activation](linear, xp)
    return active if dropout is None else dropout(layer, active)


def predict(
    params: Parameters, spec: SequenceSpec, batch: Batch, thinning: int | None = None
) -> Float[np.ndarray, "rows outputs"]:
    """Outputs for any number of sequences, in the precision of the parameters, without a training library.

    They do not depend on the sequences beside, nor on what is behind the end, to the last bit: products are
    `honed.nets.mlp.Exact`, and all else goes by element or adds steps up in their order. `thinning` is a seed that
    silences units as dropout does, the same for all rows.
    """
    exact = {name: _exact(name, value) for name, value in params.items()}
    dropout = None if thinning is None else thinned(dropouts(spec), thinning)
    found = [np.zeros((0, len(params[f"{spec.hidden_layers}.bias"])), np.float32)]
    values, lengths, beside = batch
    size = _rows_at_once(spec, values.shape[1:])
    for first in range(0, len(values), size):
        own = slice(first, first + size)
        ends = None if lengths is None else lengths[own]
        part, longest = values[own], values.shape[1] if ends is None else int(ends.max())
        ends = None if ends is None or ends.min() == longest else ends
        found.append(apply(exact, spec, Batch(part[:, :longest], ends, beside[own]), dropout=dropout))
    return np.concatenate(found)


def _exact(name: str, value: Array) -> Array:
    """Weights whose products with rows are the same anywhere; of convolutions (places × channels, filters)."""
    if name.startswith("kernels") or (role(name) == "weight" and value.ndim == 3 and name.endswith("weight")):
        return Exact(value.reshape(-1, value.shape[-1]))
    return Exact.of(value) if role(name) == "weight" else value


def _rows_at_once(spec: SequenceSpec, size: tuple[int, ...]) -> int:
    """Sequences in a block: as many as take little memory, each number as float64."""
    seen = (
        max(spec.directions * CELLS[spec.cell].gates if spec.layers else 1, 2 * spec.kernel_size) * spec.width
    )
    seen = max(seen, temporal.KERNEL * size[1] + spec.random_kernels if spec.random_kernels else size[1])
    return max(1, min(_MOST_ROWS, _BLOCK_BYTES // (8 * size[0] * seen)))


def role(name: str) -> Role:
    """What an array is for its learning rate and penalties."""
    return _ROLES[name.rsplit(".", 1)[-1]]


def layers(spec: SequenceSpec) -> tuple[Layer, ...]:
    """The hidden layers, those over time first, and the output layer; of a recurrent layer the matrix between steps."""
    found = list[Layer]()
    for number in range(spec.hidden_layers):
        if spec.blocks <= number < spec.over_time:
            activation, name = (
                "tanh" if spec.cell == "rnn" else None,
                f"{spec.cell} layer {number - spec.blocks + 1}",
            )
            found.append(Layer(f"{number}.recurrent", activation, is_recurrent=True, name=name))
            continue
        statistics = (f"{number}.mean", f"{number}.variance") if spec.normalization == "batch" else None
        name, unit = f"convolution {number + 1}", "filter"
        if number >= spec.over_time:
            name, unit = f"dense layer {number - spec.over_time + 1}", "unit"
        found.append(Layer(f"{number}.weight", spec.activation, statistics, name=name, unit=unit))
    return (*found, Layer(f"{spec.hidden_layers}.weight"))


def dropouts(spec: SequenceSpec) -> dict[int, float]:
    """The rate of the inputs, and of each hidden layer."""
    return {INPUTS: spec.input_dropout, **dict.fromkeys(range(spec.hidden_layers), spec.dropout)}
