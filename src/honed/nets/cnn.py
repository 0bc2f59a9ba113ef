"""The network for pictures: stages of convolutions, dense layers, outputs.

Parameters are a flat dictionary of arrays (``"0.weight"``), layers numbered through, so they are saved as they are.
`apply` is one pure function for NumPy and JAX, as in `honed.nets.mlp`.
"""

from __future__ import annotations

import itertools
import math
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed import seeds
from honed.family import Array, Dropout, Layer, Parameters, Role, Statistics
from honed.nets.activations import ACTIVATIONS
from honed.nets.cnn_spec import CnnSpec
from honed.nets.convolution import convolve, pool
from honed.nets.normalization import normalized
from honed.nets.patches import Window, patches

if TYPE_CHECKING:
    from jaxtyping import Float, Float32

FEATURES = -1  # the place of dropout on what the output layer sees, where no dense layer is hidden

_ROLES: dict[str, Role] = {
    "weight": "weight",
    "bias": "bias",
    "gain": "gain",
    "mean": "statistic",
    "variance": "statistic",
    "fixed": "fixed",
}
_RULES = {"sigmoid": "glorot", "tanh": "glorot", "selu": "lecun"}  # how weights start; others: he
_SAMPLE_ROWS = 64  # whose values the running means and variances start with
_WHITENED = {True: 2, False: 3}  # pixels along each axis, by whether there are colours
_WHITE_GUARD = 5e-4  # added to variances before whitening (arXiv 2404.00498)

Shape = tuple[int, int, int]  # height, width and channels of one picture


class Convolution(NamedTuple):
    """One convolutional layer, with what its picture has before and after it.

    is_pooled : whether the picture is halved behind it, after what it adds where it `adds` its input.
    """

    channels: int
    filters: int
    stride: int
    is_pooled: bool
    adds: bool
    before: tuple[int, int]
    after: tuple[int, int]

    def places(self, kernel: int) -> int:
        """How many places it gives, before they are pooled."""
        return math.prod(Window.of(self.before, (kernel, kernel), self.stride).outputs(self.before))


def plan(spec: CnnSpec, shape: Shape) -> tuple[Convolution, ...]:
    """All convolutional layers for pictures of that size."""
    places, channels = shape[:2], shape[2]
    if spec.whitening:
        kernel = _whitening_kernel(shape)
        places = (places[0] - kernel[0] + 1, places[1] - kernel[1] + 1)
        channels = _white_filters(shape)
    found = []
    for filters in spec.widths:
        halving = 0 if spec.pool_behind == "first" else spec.blocks - 1
        for block in range(spec.blocks):
            stride = 1 if found else spec.stride
            halves = block == halving
            if halves and spec.pooling == "stride":
                stride, halves = 2 * stride, False
            adds = spec.residual and stride == 1 and channels == filters
            after = tuple(-(-side // stride) for side in places)
            if halves:
                after = tuple(max(1, side // 2) for side in after)
            one = Convolution(channels, filters, stride, halves, adds, places, (after[0], after[1]))
            found.append(one)
            places, channels = one.after, filters
    return tuple(found)


def features(spec: CnnSpec, shape: Shape) -> int:
    """Values that reach the dense part for one picture."""
    last = plan(spec, shape)[-1]
    return last.filters * (1 if spec.head == "average" else math.prod(last.after))


def shapes(spec: CnnSpec, shape: Shape, outputs: int) -> dict[str, tuple[int, ...]]:
    """The shape of each parameter of such a network, by name; no array is made."""
    found: dict[str, tuple[int, ...]] = {}
    if spec.whitening:
        filters = _white_filters(shape)
        found |= {
            "whitening.fixed": (*_whitening_kernel(shape), shape[2], filters),
            "whitening.bias": (filters,),
        }
    weights: list[tuple[int, ...]] = [
        (spec.kernel_size, spec.kernel_size, layer.channels, layer.filters) for layer in plan(spec, shape)
    ]
    weights += itertools.pairwise((features(spec, shape), *spec.hidden_sizes, outputs))
    for number, weight in enumerate(weights):
        vectors = ["bias"]
        if number < spec.layers:
            vectors += ["gain"] if spec.normalization else []
            vectors += ["mean", "variance"] if spec.normalization == "batch" else []
        found |= {f"{number}.weight": weight, **{f"{number}.{name}": weight[-1:] for name in vectors}}
    return found


def products(spec: CnnSpec, shape: Shape, outputs: int) -> int:
    """Multiplications for one picture, forward."""
    by_layer = shapes(spec, shape, outputs)
    total = sum(
        layer.places(spec.kernel_size) * math.prod(by_layer[f"{number}.weight"])
        for number, layer in enumerate(plan(spec, shape))
    )
    return total + sum(
        math.prod(by_layer[f"{number}.weight"]) for number in range(spec.convolutions, spec.layers + 1)
    )


def values(spec: CnnSpec, shape: Shape, outputs: int) -> int:
    """Numbers that a picture has on its way through: its pixels, and those of each layer."""
    first = math.prod(shape)
    if spec.whitening:
        first += math.prod(plan(spec, shape)[0].before) * _white_filters(shape)
    places = sum(layer.places(spec.kernel_size) * layer.filters for layer in plan(spec, shape))
    units = (places + sum(spec.hidden_sizes)) * (2 if spec.normalization else 1)
    return first + units + features(spec, shape) + outputs


def initialize(
    spec: CnnSpec,
    shape: Shape,
    outputs: int,
    sample: Float32[np.ndarray, "rows height width channels"],
    seed: int,
) -> Parameters:
    """Starting parameters, float32.

    Parameters
    ----------
    sample : training pictures, standardised; whitening looks at all of them, running means and variances at a few.
    seed : each array draws from a generator named after it, so arrays do not depend on one another.

    References
    ----------
    Glorot & Bengio 2010; He et al. 2015; LeCun et al. 1998; whitening: Jordan 2024, arXiv 2404.00498.
    """
    params: Parameters = {}
    for name, size in shapes(spec, shape, outputs).items():
        layer, _, part = name.rpartition(".")
        if part == "weight":
            spread = _spread(spec, size, is_last=int(layer) == spec.layers)
            drawn = seeds.generator(seed, "init", int(layer)).standard_normal(size)
            params[name] = (drawn * spread).astype(np.float32)
        elif part == "fixed":
            params[name] = _whitening(shape, sample)
        else:
            params[name] = np.full(size, part in ("gain", "variance"), np.float32)
    if spec.normalization == "batch":
        found: Parameters = {}

        def statistics(layer: int, values: Array) -> tuple[Array, Array]:
            axes = tuple(range(values.ndim - 1))
            mean, variance = values.mean(axis=axes), values.var(axis=axes)
            found[f"{layer}.mean"], found[f"{layer}.variance"] = mean, variance
            return mean, variance

        apply(params, spec, shape, sample[:_SAMPLE_ROWS], statistics=statistics)
        params |= {name: value.astype(np.float32) for name, value in found.items()}
    return params


def _spread(spec: CnnSpec, size: tuple[int, ...], *, is_last: bool) -> float:
    """Standard deviation of a layer's starting weights (*kernel, before, units)."""
    seen = math.prod(size[:-1])
    rule = "glorot" if is_last else _RULES.get(spec.activation, "he")
    variance = {"glorot": 2 / (seen + math.prod(size[:-2]) * size[-1]), "he": 2 / seen, "lecun": 1 / seen}[
        rule
    ]
    if spec.residual and not spec.normalization and not is_last:
        variance /= spec.layers
    return math.sqrt(variance)


def apply(
    params: Parameters,
    spec: CnnSpec,
    shape: Shape,
    pixels: Float[Array, "rows height width channels"],
    xp: ModuleType = np,
    dropout: Dropout | None = None,
    statistics: Statistics | None = None,
) -> Float[Array, "rows outputs"]:
    """Outputs of the network for standardised pixels: logits, scores or standardised values.

    `dropout` and `statistics` are as in `honed.family.Networks.apply`; units of a convolutional layer are its channels.
    """
    hidden = pixels
    if spec.whitening:
        hidden = convolve(hidden, params["whitening.fixed"], xp, padding="valid") + params["whitening.bias"]
        hidden = ACTIVATIONS[spec.activation](hidden, xp)
    for number, layer in enumerate(plan(spec, shape)):
        linear = convolve(hidden, params[f"{number}.weight"], xp, stride=layer.stride)
        if layer.is_pooled and not layer.adds:  # before all that is done by place
            linear = pool(linear, spec.pooling, xp)
        active = _active(params, spec, number, linear, xp, dropout, statistics)
        if layer.adds:
            active = active + hidden
            active = pool(active, spec.pooling, xp) if layer.is_pooled else active
        hidden = active
    rows = hidden.shape[0]
    hidden = hidden.mean(axis=(1, 2)) if spec.head == "average" else hidden.reshape(rows, -1)
    if dropout is not None and not spec.hidden_sizes:
        hidden = dropout(FEATURES, hidden)
    for number in range(spec.convolutions, spec.layers):
        linear = hidden @ params[f"{number}.weight"]
        hidden = _active(params, spec, number, linear, xp, dropout, statistics)
    return hidden @ params[f"{spec.layers}.weight"] + params[f"{spec.layers}.bias"]


def _active(
    params: Parameters,
    spec: CnnSpec,
    layer: int,
    linear: Float[Array, "rows *places units"],
    xp: ModuleType,
    dropout: Dropout | None,
    statistics: Statistics | None,
) -> Float[Array, "rows *places units"]:
    """Normalization, bias, activation and dropout of a layer's sums."""
    linear = normalized(
        params, spec.normalization, layer, linear, xp, statistics, tuple(range(1, linear.ndim))
    )
    active = ACTIVATIONS[spec.activation](linear, xp)
    return active if dropout is None else dropout(layer, active)


def role(name: str) -> Role:
    """What an array is for its learning rate and penalties."""
    return _ROLES[name.rsplit(".", 1)[-1]]


def layers(spec: CnnSpec) -> tuple[Layer, ...]:
    """The hidden layers, convolutional ones first, and the output layer; whitening is none, as it does not learn."""
    is_batch = spec.normalization == "batch"
    hidden = []
    for n in range(spec.layers):
        dense = n - spec.convolutions + 1
        name, unit = (f"dense layer {dense}", "unit") if dense > 0 else (f"convolution {n + 1}", "filter")
        statistics = (f"{n}.mean", f"{n}.variance") if is_batch else None
        hidden.append(Layer(f"{n}.weight", spec.activation, statistics, name=name, unit=unit))
    return (*hidden, Layer(f"{spec.layers}.weight"))


def dropouts(spec: CnnSpec) -> dict[int, float]:
    """The rate by layer, or of what the output layer sees."""
    of_convolutions = dict.fromkeys(range(spec.convolutions), spec.rate_of_convolutions)
    dense = range(spec.convolutions, spec.layers) or (FEATURES,)
    return of_convolutions | dict.fromkeys(dense, spec.dropout)


def _whitening_kernel(shape: Shape) -> tuple[int, int]:
    size = _WHITENED[shape[2] > 1]
    return min(size, shape[0]), min(size, shape[1])


def _white_filters(shape: Shape) -> int:
    """A filter for each direction in which patches differ, and its opposite, as an activation lets one side pass."""
    return 2 * math.prod(_whitening_kernel(shape)) * shape[2]


def _whitening(
    shape: Shape, sample: Float32[np.ndarray, "rows height width channels"]
) -> Float32[np.ndarray, "*kernel channels filters"]:
    """Filters whose values on patches of the pictures have no correlation and a spread of 1."""
    kernel = _whitening_kernel(shape)
    seen = patches(sample, Window.of(shape[:2], kernel, padding="valid"))
    flat = seen.reshape(-1, seen.shape[-1]).astype(np.float64)
    size, directions = np.linalg.eigh(np.cov(flat, rowvar=False, bias=True).reshape(flat.shape[1], -1))
    filters = directions / np.sqrt(np.maximum(size, 0) + _WHITE_GUARD)
    both = np.concatenate([filters, -filters], axis=1)
    return both.reshape(*kernel, shape[2], -1).astype(np.float32)
