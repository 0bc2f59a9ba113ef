"""The network for tables: embeddings in front, hidden layers, outputs.

Parameters are a flat dictionary of arrays (``"0.weight"``), so they are saved as they are. `apply` is one
pure function for NumPy and JAX: training compiles it, prediction calls it without any training library.

The file is longer than others because one network is one page: parameters, their shapes, the function, and what becomes
of codes that training never held all go by the same order of inputs, and change together.
"""

from __future__ import annotations

import functools
import math
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed import seeds
from honed.encode.categorical import RARE
from honed.encode.encoder import Encoded, Inputs
from honed.family import Array, Dropout, Parameters, Role, Statistics
from honed.nets import levels
from honed.nets.activations import ACTIVATIONS
from honed.nets.normalization import GUARD
from honed.nets.spec import NetworkSpec
from honed.nets.thinning import thinned

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Float64, Int

_PREDICT_ROWS = 512
_HELD_ROWS, _MOST_HELD = 1 << 20, 1 << 22  # rows looked at in one go, and in all
_FREQUENT = 8  # codes of a column that may stand in for those that training never held
_NEAR = 0.01  # of the mean distance of a row's answer from the mean answer: no farther, none need stand in
_RULES = {"sigmoid": "glorot", "tanh": "glorot", "selu": "lecun"}  # others: he
_ROLES: dict[str, Role] = {
    "weight": "weight",
    "skip": "weight",
    "bias": "bias",
    "gain": "gain",
    "mean": "statistic",
    "variance": "statistic",
    "slope": "slope",
    "scale": "scale",
}
_SAMPLE_ROWS = 1024  # rows that data-driven starting values look at
_COSINE = (  # cos(2 pi r), |r| <= 1/2, by powers of r squared: error below 2e-6, a fifth of the time of cos
    1.0,
    -19.7392088,
    64.9393940,
    -85.4568172,
    60.2446414,
    -26.4262568,
    7.9035364,
    -1.7143907,
)


def feature_count(spec: NetworkSpec, inputs: Inputs) -> int:
    """Values that reach the first layer for one row."""
    numeric = inputs.continuous * (spec.embedding_size if spec.numeric_embedding else 1)
    return numeric + inputs.flags + sum(inputs.onehot) + spec.category_size * len(inputs.embedded)


def initialize(spec: NetworkSpec, inputs: Inputs, outputs: int, sample: Encoded, seed: int) -> Parameters:
    """Starting parameters, float32.

    Parameters
    ----------
    sample : encoded training rows; data-driven starting values look at the first 1,024 of them.
    seed : each array draws from a generator named after it, so arrays do not depend on one another.

    References
    ----------
    Glorot & Bengio 2010; He et al. 2015; LeCun et al. 1998; data-driven weights and biases as in RealMLP,
    arXiv 2407.04491 (biases "he+5": Steinwart 2019, arXiv 1903.11482); layers of a residual path smaller by
    the square root of their number, so that their sum keeps its size (Hayou et al. 2021, arXiv 2010.12859).
    """
    rows = Encoded(*(part[:_SAMPLE_ROWS] for part in sample))
    params = _embeddings(spec, inputs, seed)
    if spec.feature_scale:
        params["scale"] = np.ones(feature_count(spec, inputs), np.float32)
    hidden = features(params, spec, inputs, rows, np)
    sizes = (*spec.sizes(outputs), outputs)
    for layer, size in enumerate(sizes):
        last = layer == len(sizes) - 1
        weight, bias = _layer(spec, hidden, size, seed, layer, last)
        if spec.residual and layer and not last:
            if not spec.normalization:
                weight, bias = weight / math.sqrt(spec.layers), bias / math.sqrt(spec.layers)
            if hidden.shape[1] != size:
                rng = seeds.generator(seed, "init", layer, "skip")
                skip = rng.standard_normal((hidden.shape[1], size)) / math.sqrt(hidden.shape[1])
                params[f"{layer}.skip"] = (skip / _gain(spec, hidden.shape[1])).astype(np.float32)
        params[f"{layer}.weight"], params[f"{layer}.bias"] = (
            weight.astype(np.float32),
            bias.astype(np.float32),
        )
        if last:
            return params
        if spec.normalization:
            params[f"{layer}.gain"] = np.ones(size, np.float32)
        linear = _linear(params, spec, f"{layer}.weight", hidden)
        if spec.normalization == "batch":
            params[f"{layer}.mean"], params[f"{layer}.variance"] = linear.mean(axis=0), linear.var(axis=0)
        if spec.parametric_activation:
            params[f"{layer}.slope"] = np.ones(size, np.float32)
        hidden = _hidden_layer(params, spec, layer, linear, hidden, np, None, None)
    raise AssertionError("a network has at least its output layer")


def shapes(spec: NetworkSpec, inputs: Inputs, outputs: int) -> dict[str, tuple[int, ...]]:
    """The shape of each parameter of such a network, by name; no array is made."""
    found: dict[str, tuple[int, ...]] = {}
    if spec.numeric_embedding and inputs.continuous:
        columns, waves, size = inputs.continuous, spec.embedding_frequencies, spec.embedding_size - 1
        found["numeric.frequency"] = found["numeric.phase"] = (columns, waves)
        found["numeric.mix"], found["numeric.offset"] = (columns, waves, size), (columns, size)
    for number, codes in enumerate(inputs.embedded):
        found[f"category.{number}"] = (codes, spec.category_size)
    before = feature_count(spec, inputs)
    if spec.feature_scale:
        found["scale"] = (before,)
    for layer, size in enumerate(spec.sizes(outputs)):
        if spec.residual and layer and before != size:
            found[f"{layer}.skip"] = (before, size)
        found[f"{layer}.weight"] = (before, size)
        vectors = ["bias", *(["gain"] if spec.normalization else [])]
        vectors += ["mean", "variance"] if spec.normalization == "batch" else []
        vectors += ["slope"] if spec.parametric_activation else []
        found |= {f"{layer}.{name}": (size,) for name in vectors}
        before = size
    return found | {f"{spec.layers}.weight": (before, outputs), f"{spec.layers}.bias": (outputs,)}


class Held(NamedTuple):
    """What training rows hold: the share of them with each flag that is not 0, and with each code of each column.

    Training shows the code for rare cells in each column of many levels, see `levels.hidden`, whatever its rows hold.
    """

    flags: Float[np.ndarray, " flags"]
    codes: tuple[Float[np.ndarray, " codes"], ...]

    @classmethod
    def of(cls, inputs: Inputs, rows: Encoded, chosen: Int[np.ndarray, " chosen"]) -> Held:
        """Of the chosen rows; of more than four million of every second, third, … one."""
        chosen = chosen[:: -(-len(chosen) // _MOST_HELD) or 1]
        count = max(1, len(chosen))
        sizes = (*inputs.onehot, *inputs.embedded)
        flags, codes = np.asarray(rows.numeric)[:, inputs.continuous :], np.asarray(rows.codes)
        on, held = np.zeros(flags.shape[1], np.int64), [np.zeros(size, np.int64) for size in sizes]
        for first in range(0, len(chosen), _HELD_ROWS):  # a copy of all may not fit into memory
            part = chosen[first : first + _HELD_ROWS]
            on += (flags[part] != 0).sum(axis=0)
            own = codes[part]
            for column, size in enumerate(sizes):
                held[column] += np.bincount(own[:, column], minlength=size)
        flags, shares = on / count, [counts / count for counts in held]
        for share in shares[len(shares) - len(inputs.buckets) :]:
            share *= 1 - levels.HIDDEN
            share[RARE] += levels.HIDDEN
        return cls(flags, tuple(shares))

    def covers(self, other: Held) -> bool:
        """Whether all that the other rows hold is here too."""
        pairs = zip((self.flags, *self.codes), (other.flags, *other.codes), strict=True)
        return all((mine[yours > 0] > 0).all() for mine, yours in pairs)


def neutral(params: Parameters, spec: NetworkSpec, inputs: Inputs, held: Held) -> Parameters:
    """Parameters in which what training rows never held says nothing.

    No gradient reaches a code, or a missing indicator, that no training row has: it would keep its random start. A
    code gets the mean of the others, weighted by their rows, so that it adds what the column adds on average; one that
    rare levels share adds nothing; an input that is 0 in all rows gets weights of 0. Where every code and flag is held,
    nothing changes.
    """
    first, scale = params["0.weight"].copy(), params.get("scale", np.ones(len(params["0.weight"])))
    changed = {"0.weight": first}
    place = feature_count(spec, inputs._replace(flags=0, onehot=(), embedded=()))
    first[place : place + inputs.flags][held.flags == 0] = 0.0
    place += inputs.flags
    for share, size in zip(held.codes, inputs.onehot, strict=False):
        part = slice(place, place + size)
        first[part] = _with_mean(first[part], share, scale[part])
        place += size
    for number, share in enumerate(held.codes[len(inputs.onehot) :]):
        name, own = f"category.{number}", len(share) - _buckets(inputs, number)
        frequent = share[:own] / share[:own].sum() if own < len(share) else share
        table = _with_mean(params[name][:own], frequent, np.ones(own))
        if own < len(share):
            rare = np.where(share[own:, None] > 0, params[name][own:], 0)
            table = np.concatenate([table, rare]).astype(table.dtype)
        changed[name] = table
    return params | changed


def _with_mean(
    table: Float[np.ndarray, "codes units"],
    share: Float[np.ndarray, " codes"],
    scale: Float[np.ndarray, " codes"],
) -> Float[np.ndarray, "codes units"]:
    """The table with the mean row where the share of rows is 0; rows count `scale` times."""
    held = share > 0
    mean = (table * (share * scale)[:, None]).sum(axis=0)
    table = table.copy()
    table[~held] = mean / np.where(scale == 0, 1.0, scale)[~held, None]
    return table


def typical(
    params: Parameters,
    spec: NetworkSpec,
    inputs: Inputs,
    held: Held,
    rows: Encoded,
    answer: Callable[[Array], Array] = lambda outputs: outputs,
) -> Parameters:
    """`neutral` parameters, in which a code that no training row holds also answers as the column does on average.

    Behind hidden units the mean of the codes' weights need not give the mean of their answers: units that a single code
    switches on stay silent. Where that matters, and one of the frequent codes comes at least twice as near to the mean
    answer, its row stands in. One code in place of another changes only its own term in the sums of the first layer, so
    all else of these is summed up once, and all codes of a column are asked at once.

    Parameters
    ----------
    rows : a few hundred training rows.
    answer : outputs (rows, outputs) to what their means are compared by, such as shares of classes.
    """
    params = found = neutral(params, spec, inputs, held)
    products = _linear(params, spec, "0.weight", features(params, spec, inputs, rows, np))
    answers = answer(_behind_products(params, spec, products))
    usual = answers.mean(axis=0)
    near = _NEAR * np.abs(answers - usual).mean(axis=0).sum()
    for column, (share, part) in enumerate(zip(held.codes, _parts(spec, inputs), strict=True)):
        unheld = np.flatnonzero(share == 0)
        frequent = np.argsort(-share, kind="stable")[:_FREQUENT]
        frequent = frequent[share[frequent] > 0]
        is_many = column >= len(held.codes) - len(inputs.buckets)  # no row is encoded as such a code then
        if is_many or not len(unheld) or not len(frequent):
            continue
        adds = _added(params, spec, inputs, column, part)
        others = products - adds[rows.codes[:, column]]

        def distances(
            codes: Int[np.ndarray, " codes"], adds: Array = adds, others: Array = others
        ) -> Float[np.ndarray, " codes"]:
            """Of the mean answer, where all rows had each of the codes, from the usual one."""
            asked = (others + adds[codes][:, None]).reshape(-1, others.shape[1])
            said = answer(_behind_products(params, spec, asked)).reshape(len(codes), len(others), -1)
            return np.abs(said.mean(axis=1) - usual).sum(axis=1)

        of_mean = distances(unheld[:1])[0]
        if of_mean <= near:
            continue
        away = distances(frequent)
        if of_mean > 2 * away.min():
            found = _stood_in(found, inputs, part.start, column, unheld, int(frequent[away.argmin()]))
    return found


def _parts(spec: NetworkSpec, inputs: Inputs) -> list[slice]:
    """The inputs of the first layer that each categorical column has."""
    sizes = [*inputs.onehot, *[spec.category_size] * len(inputs.embedded)]
    ends = feature_count(spec, inputs) - sum(sizes) + np.cumsum(sizes)
    return [slice(int(end) - size, int(end)) for size, end in zip(sizes, ends, strict=True)]


def _added(
    params: Parameters, spec: NetworkSpec, inputs: Inputs, column: int, part: slice
) -> Float[Array, "codes units"]:
    """What each code of a column, whose inputs are `part`, adds to the products of the first layer."""
    weight = params["0.weight"][part]
    if spec.feature_scale:
        weight = weight * params["scale"][part, None]
    if column >= len(inputs.onehot):
        weight = params[f"category.{column - len(inputs.onehot)}"] @ weight
    return weight * _gain(spec, len(params["0.weight"])) if spec.parametrization == "ntk" else weight


def _stood_in(
    params: Parameters, inputs: Inputs, place: int, column: int, unheld: Int[np.ndarray, " unheld"], code: int
) -> Parameters:
    """Parameters in which the unheld codes of a column say what `code` says; `place` is the column's first input."""
    if column >= len(inputs.onehot):
        name = f"category.{column - len(inputs.onehot)}"
        table = params[name].copy()
        table[unheld] = table[code]
        return params | {name: table}
    first, scale = params["0.weight"].copy(), params.get("scale", np.ones(len(params["0.weight"])))
    own = scale[place + unheld]
    first[place + unheld] = (
        first[place + code] * (scale[place + code] / np.where(own == 0, 1.0, own))[:, None]
    )
    return params | {"0.weight": first}


def apply(
    params: Parameters,
    spec: NetworkSpec,
    inputs: Inputs,
    rows: Encoded,
    xp: ModuleType = np,
    dropout: Dropout | None = None,
    statistics: Statistics | None = None,
) -> Float[Array, "rows outputs"]:
    """Outputs of the network, float32: logits, scores or standardised values.

    Parameters
    ----------
    dropout : maps (layer number, values) to values, with -1 for the inputs, and `levels.PLACE` for cells of columns of
        many levels; None at prediction.
    statistics : maps (layer number, values) to the mean and variance that batch normalization uses in training;
        None uses those in `params`.
    """
    if dropout is not None and inputs.buckets:
        rows = levels.hidden(inputs, rows, xp, dropout)
    hidden = features(params, spec, inputs, rows, xp)
    if dropout is not None:
        hidden = dropout(-1, hidden)
    linear = _linear(params, spec, "0.weight", hidden)
    return _behind_products(params, spec, linear, xp, dropout, statistics)


def _behind_products(
    params: Parameters,
    spec: NetworkSpec,
    linear: Float[Array, "rows units"],
    xp: ModuleType = np,
    dropout: Dropout | None = None,
    statistics: Statistics | None = None,
) -> Float[Array, "rows outputs"]:
    """Outputs of the network, of the products of its inputs with the first weights."""
    hidden = None
    for layer in range(spec.layers):
        hidden = _hidden_layer(params, spec, layer, linear, hidden, xp, dropout, statistics)
        linear = _linear(params, spec, f"{layer + 1}.weight", hidden)
    outputs = linear + params[f"{spec.layers}.bias"]
    return ACTIVATIONS[spec.output_activation](outputs, xp) if spec.output_activation else outputs


def _hidden_layer(
    params: Parameters,
    spec: NetworkSpec,
    layer: int,
    linear: Float[Array, "rows units"],
    hidden: Float[Array, "rows before"] | None,
    xp: ModuleType,
    dropout: Dropout | None,
    statistics: Statistics | None,
) -> Float[Array, "rows units"]:
    """Normalization, bias, activation and dropout of the products of `hidden`, and the way around them."""
    if spec.normalization:
        if spec.normalization == "layer":
            mean, variance = linear.mean(axis=1, keepdims=True), linear.var(axis=1, keepdims=True)
        elif statistics is None:
            mean, variance = params[f"{layer}.mean"], params[f"{layer}.variance"]
        else:
            mean, variance = statistics(layer, linear)
        linear = (linear - mean) / xp.sqrt(variance + GUARD) * params[f"{layer}.gain"]
    linear = linear + params[f"{layer}.bias"]
    active = ACTIVATIONS[spec.activations[layer]](linear, xp)
    if spec.parametric_activation:
        active = linear + params[f"{layer}.slope"] * (active - linear)
    if dropout is not None:
        active = dropout(layer, active)
    if spec.residual and layer:
        skip = f"{layer}.skip"
        active = active + (_linear(params, spec, skip, hidden) if skip in params else hidden)
    return active


def _linear(
    params: Parameters, spec: NetworkSpec, name: str, hidden: Float[Array, "rows before"]
) -> Float[Array, "rows units"]:
    product = hidden @ params[name]
    return product * _gain(spec, hidden.shape[1]) if spec.parametrization == "ntk" else product


def features(
    params: Parameters, spec: NetworkSpec, inputs: Inputs, rows: Encoded, xp: ModuleType
) -> Float[Array, "rows features"]:
    """What the first layer sees, float32 (rows, feature_count)."""
    numeric, codes = rows
    parts = []
    if inputs.continuous:
        continuous = numeric[:, : inputs.continuous]
        parts.append(_periodic(params, continuous, xp) if spec.numeric_embedding else continuous)
    if inputs.flags:
        parts.append(numeric[:, inputs.continuous :])
    if inputs.onehot:
        column, level = _places(inputs.onehot)
        parts.append((codes[:, column] == level).astype(np.float32))
    for number in range(len(inputs.embedded)):
        table, own = params[f"category.{number}"], codes[:, len(inputs.onehot) + number]
        buckets = _buckets(inputs, number)
        if buckets:
            frequency = numeric[:, number - len(inputs.embedded)]
            parts.append(levels.values(table, own, frequency, buckets, xp))
        else:
            parts.append(table[own])
    joined = xp.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
    return joined * params["scale"] if spec.feature_scale else joined


@functools.lru_cache(maxsize=64)
def _places(sizes: tuple[int, ...]) -> tuple[Int[np.ndarray, " places"], Int[np.ndarray, " places"]]:
    """Of each place in one-hot inputs of columns with so many codes: the column's number, and the code."""
    return np.repeat(np.arange(len(sizes)), sizes), np.concatenate([np.arange(size) for size in sizes])


def _buckets(inputs: Inputs, number: int) -> int:
    """How many codes the rare levels of the embedded column of that number share."""
    last = number - len(inputs.embedded) + len(inputs.buckets)
    return inputs.buckets[last] if last >= 0 else 0


def role(name: str) -> Role:
    """What an array is for its learning rate and penalties; see `Role`."""
    return "embedding" if name.startswith(("numeric.", "category.")) else _ROLES[name.rsplit(".", 1)[-1]]


def is_penalized(name: str) -> bool:
    """Whether L1, L2 and weight decay act on the array: weights, never biases or scales."""
    return role(name) == "weight"


def _periodic(
    params: Parameters, values: Float[Array, "rows columns"], xp: ModuleType
) -> Float[Array, "rows features"]:
    """PBLD: each value x becomes (x, linear(cos(2 pi (f x + phase)))); arXiv 2407.04491, 2203.05556."""
    mix = _mixed_by_sums if xp.__name__ == "jax.numpy" else _mixed_by_blas
    mixed = mix(params, values, xp) + params["numeric.offset"]
    joined = xp.concatenate([values[:, :, None], mixed], axis=-1)
    return joined.reshape(values.shape[0], -1)


def _mixed_by_sums(
    params: Parameters, values: Float[Array, "rows columns"], xp: ModuleType
) -> Float[Array, "rows columns mixed"]:
    """Waves times weights (columns, frequencies, size - 1): compiled, a sum is three times as fast as a product."""
    waves = _cosine(values[:, :, None] * params["numeric.frequency"] + params["numeric.phase"], xp)
    weight = params["numeric.mix"]
    return xp.stack([(waves * weight[:, :, k]).sum(-1) for k in range(weight.shape[2])], axis=-1)


def _mixed_by_blas(
    params: Parameters, values: Float[Array, "rows columns"], xp: ModuleType
) -> Float[Array, "rows columns mixed"]:
    """The same for NumPy, and others than JAX, column by column: four times as fast there."""
    angles = (
        values.T[:, :, None] * params["numeric.frequency"][:, None, :] + params["numeric.phase"][:, None, :]
    )
    angles *= np.float32(2 * np.pi)
    return (xp.cos(angles, out=angles) @ params["numeric.mix"]).transpose(1, 0, 2)


def _cosine(turns: Float[Array, "*shape"], xp: ModuleType) -> Float[Array, "*shape"]:
    """cos(2 pi turns)."""
    rest = turns - xp.round(turns)
    square = rest * rest
    value = np.float32(_COSINE[-1])
    for coefficient in _COSINE[-2::-1]:
        value = value * square + np.float32(coefficient)
    return value


def _embeddings(spec: NetworkSpec, inputs: Inputs, seed: int) -> Parameters:
    params: Parameters = {}
    if spec.numeric_embedding and inputs.continuous:
        rng = seeds.generator(seed, "init", "numeric")
        columns, waves, size = inputs.continuous, spec.embedding_frequencies, spec.embedding_size - 1
        bound = 1 / math.sqrt(waves)
        params["numeric.frequency"] = spec.embedding_sigma * rng.standard_normal((columns, waves))
        params["numeric.phase"] = rng.uniform(-0.5, 0.5, (columns, waves))
        params["numeric.mix"] = rng.uniform(-bound, bound, (columns, waves, size))
        params["numeric.offset"] = rng.uniform(-bound, bound, (columns, size))
    for number, codes in enumerate(inputs.embedded):
        rng = seeds.generator(seed, "init", "category", number)
        table = rng.standard_normal((codes, spec.category_size)) / math.sqrt(spec.category_size)
        params[f"category.{number}"] = levels.started(table, _buckets(inputs, number))
    return {name: value.astype(np.float32) for name, value in params.items()}


def _layer(
    spec: NetworkSpec,
    hidden: Float[np.ndarray, "rows before"],
    size: int,
    seed: int,
    layer: int,
    last: bool,
) -> tuple[Float32[np.ndarray, "before units"], Float32[np.ndarray, " units"]]:
    rng = seeds.generator(seed, "init", layer)
    fan_in = hidden.shape[1]
    weight = rng.standard_normal((fan_in, size)).astype(np.float32)
    if spec.init == "data":
        linear = hidden @ weight * _gain(spec, fan_in)
        spread = np.maximum(linear.std(axis=0), 1e-3)
        weight = (weight / spread).astype(np.float32)
        return weight, _data_bias(linear / spread, rng)
    weight *= _spread(spec, fan_in, size, layer, last) / _gain(spec, fan_in)
    return weight, np.zeros(size, np.float32)


def _data_bias(
    linear: Float[np.ndarray, "rows units"], rng: np.random.Generator
) -> Float32[np.ndarray, " units"]:
    """Put each unit's kink inside the data: minus a random mean of five rows' values ("he+5")."""
    rows, units = linear.shape
    chosen = rng.integers(0, rows, (5, units))
    share = rng.exponential(size=(5, units))
    share /= share.sum(axis=0)
    return -(linear[chosen, np.arange(units)] * share).sum(axis=0).astype(np.float32)


def _spread(spec: NetworkSpec, fan_in: int, size: int, layer: int, last: bool) -> float:
    """Standard deviation of a layer's starting weights."""
    rule = spec.init
    if rule == "auto":
        rule = "glorot" if last else _RULES.get(spec.activations[layer], "he")
    variance = {"glorot": 2 / (fan_in + size), "he": 2 / fan_in, "lecun": 1 / fan_in}[rule]
    return math.sqrt(variance)


def _gain(spec: NetworkSpec, fan_in: int) -> float:
    return 1 / math.sqrt(fan_in) if spec.parametrization == "ntk" else 1.0


def predict(
    params: Parameters, spec: NetworkSpec, inputs: Inputs, rows: Encoded, thinning: int | None = None
) -> Float[np.ndarray, "rows outputs"]:
    """Outputs for any number of rows, in the precision of the parameters, without a training library.

    Products are `Exact`, and all else goes by element or by row, so that a row's outputs do not depend on its place or
    on the rows beside it, to the last bit. `thinning` is a seed that silences units as dropout does, the same for all
    rows: one of the many networks that dropout trains.
    """
    count = len(rows.numeric)
    params = params | {
        name: Exact.of(value) for name, value in params.items() if name.endswith((".weight", ".skip", ".mix"))
    }
    dropout = None if thinning is None else thinned(dropouts(spec), thinning)
    blocks = []
    for first in range(0, count, _PREDICT_ROWS):
        block = Encoded(*(array[first : first + _PREDICT_ROWS] for array in rows))
        blocks.append(apply(params, spec, inputs, block, dropout=dropout))
    if len(blocks) == 1:
        return blocks[0]
    outputs = len(params[f"{spec.layers}.bias"])
    return np.concatenate(blocks) if blocks else np.zeros((0, outputs), np.float32)


def dropouts(spec: NetworkSpec) -> dict[int, float]:
    """The rate of the inputs, which are place -1, and of each hidden layer."""
    return {-1: spec.input_dropout, **dict(enumerate(spec.dropouts))}


_KEPT: dict[int, Exact] = {}  # by the number of the array, which no other has as long as it lives


class Exact:
    """Weights whose products with rows are the same whatever order a BLAS sums in.

    Some BLAS kernels sum the last rows of a block in another order than the first. Here both factors are
    rounded to whole numbers of a unit of their own, so small that every sum of products is exact in float64:
    with K terms each factor keeps (53 - log2 K) / 2 bits, 22 for 256 terms, about what float32 sums carry.
    """

    __array_ufunc__ = None  # so that `rows @ weights` comes here

    def __init__(self, weight: Float[np.ndarray, "*stack before units"]) -> None:
        self._bits = (53 - math.ceil(math.log2(max(weight.shape[-2], 1)))) // 2
        self._whole, self._unit = _whole(weight, -2, self._bits)

    @classmethod
    def of(cls, weight: Float[np.ndarray, "*stack before units"]) -> Exact:
        """The weights so; those of arrays that nobody can write to, as a loaded model's, are kept as long as these."""
        if weight.flags.writeable:
            return cls(weight)
        kept = _KEPT.get(id(weight))
        if kept is None:
            kept = _KEPT[id(weight)] = cls(weight)
            weakref.finalize(weight, _KEPT.pop, id(weight), None)
        return kept

    def __rmatmul__(
        self, values: Float[np.ndarray, "... rows before"]
    ) -> Float32[np.ndarray, "... rows units"]:
        whole, unit = _whole(values, -1, self._bits)
        if self._whole.ndim == 2:  # in one go: NumPy is a tenth as fast at many small products
            flat = whole.reshape(-1, whole.shape[-1]) @ self._whole
            product = flat.reshape(*whole.shape[:-1], self._whole.shape[1])
        else:
            product = whole @ self._whole
        product *= unit
        product *= self._unit
        return product.astype(np.float32)


def _whole(
    values: Float[np.ndarray, "*shape"], axis: int, bits: int
) -> tuple[Float64[np.ndarray, "*shape"], Float64[np.ndarray, "*unit"]]:
    """Values as whole numbers below 2^bits, float64, and their unit, a power of two, along an axis."""
    exponent = np.frexp(np.abs(values).max(axis=axis, keepdims=True, initial=0))[1].astype(np.int64)
    whole = values * np.ldexp(1.0, bits - exponent)
    return np.rint(whole, out=whole), np.ldexp(1.0, exponent - bits)
