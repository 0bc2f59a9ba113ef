"""A model of pictures as the source of PyTorch modules; see `honed.families.exports.modules`."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, cast

import numpy as np

from honed.families.exports import modules
from honed.families.exports.literals import literal
from honed.families.exports.modules import ACTIVATIONS
from honed.families.exports.parts.pictures import Pixels
from honed.families.image.encoder import ImageEncoder
from honed.families.image.networks import NETWORKS
from honed.families.image.told import words
from honed.family import Exported, Parameters
from honed.model.model import Member, Model
from honed.nets import cnn
from honed.nets.cnn import FEATURES, Shape
from honed.nets.cnn_spec import CnnSpec
from honed.nets.patches import Window

if TYPE_CHECKING:
    from jaxtyping import Num

_ABOUT = """    encode(pixels)    # for each encoder a tuple of (rows, channels, height, width) float32

Pixels are an array (rows, {shape}) of {kind}: height, width and channels.{more}"""
_ENCODE = '''@functools.cache
def encoders() -> list[Pixels]:
    """What networks get of pictures, by the number of the encoder."""
    return {encoders}


def encode(pixels: np.ndarray) -> list[tuple[np.ndarray]]:
    """Pixels as each encoder gives them."""
    return [encoder.encode(pixels) for encoder in encoders()]


'''


def exported(model: Model, stem: str) -> Exported:
    """See `honed.families.exports.modules`."""
    encoders = cast("tuple[ImageEncoder, ...]", model.encoders)
    inputs = encoders[0].inputs
    written = [Pixels(own.inputs.shape, own.inputs.mean, own.inputs.spread) for own in encoders]

    def own_network(name: str, member: Member) -> str:
        return network(name, member.network, inputs.shape, member.params)

    def own_rows(
        beside: types.ModuleType, rows: Num[np.ndarray, "rows height width channels"]
    ) -> list[tuple[np.ndarray, ...]]:
        return beside.__dict__["encode"](encoders[0].encode(rows).pixels)

    about = _ABOUT.format(
        shape=", ".join(map(str, inputs.shape)),
        kind="float32" if inputs.is_float else "uint8",
        more=f"\n{inputs.of_16_bits}".rstrip(),
    )
    return modules.exported(
        model,
        stem,
        modules.Written(
            network=own_network,
            state=lambda member: state(member.network, inputs.shape, member.params),
            encoder=_ENCODE.format(encoders=literal(written, 4, 7)),
            encoded=own_rows,
            asked="pixels",
            makes="standardised pixels",
            about=about,
        ),
    )


def network(name: str, spec: CnnSpec, shape: Shape, params: Parameters) -> str:
    """The source of the class of one network."""
    made, steps = list[str](), ["h = pixels"]
    rates, outputs = NETWORKS.dropouts(spec), params[f"{spec.layers}.bias"].size
    if spec.whitening:
        *kernel, before, filters = params["whitening.fixed"].shape
        made += [
            f"self.whitening = nn.Conv2d({before}, {filters}, {tuple(kernel)})",
            "self.whitening.weight.requires_grad_(False)",
            f"self.whitening_activation = {ACTIVATIONS[spec.activation]}",
        ]
        steps.append("h = self.whitening_activation(self.whitening(h))")
    for number, layer in enumerate(cnn.plan(spec, shape)):
        own, step = _convolution(spec, number, layer)
        made, steps = made + own, steps + step
    steps.append("h = h.mean(dim=(2, 3))" if spec.head == "average" else "h = h.flatten(1)")
    if not spec.hidden_sizes and rates.get(FEATURES):
        made.append(f"self.drop = nn.Dropout({rates[FEATURES]!r})")
        steps.append("h = self.drop(h)")
    for number in range(spec.convolutions, spec.layers):
        size, activation = params[f"{number}.weight"].shape, ACTIVATIONS[spec.activation]
        own, step = modules.dense(number, size, spec.normalization, activation, rates[number])
        made, steps = made + own, [*steps, f"h = {step}"]
    last = spec.layers
    made.append(f"self.linear_{last} = nn.Linear({', '.join(map(str, params[f'{last}.weight'].shape))})")
    given = f"self.linear_{last}(h)"
    forward = [
        "def forward(self, pixels: Tensor) -> Tensor:",
        '    """Outputs (rows, outputs) of standardised pixels (rows, channels, height, width)."""',
    ]
    body = [f"    {line}" for line in steps]
    if spec.flips_at_test:
        forward = [
            *forward,
            "    outputs = self.outputs(pixels)",
            "    if self.training:",
            "        return outputs",
            "    return (outputs + self.outputs(pixels.flip(3))) / 2  # of both sides, as training had them",
            "",
            "def outputs(self, pixels: Tensor) -> Tensor:",
            '    """The same of the pictures as they are."""',
        ]
    return modules.class_source(name, f"{words(spec, outputs)}.", made, [*forward, *body], given)


def _convolution(spec: CnnSpec, number: int, layer: cnn.Convolution) -> tuple[list[str], list[str]]:
    """What a convolutional layer is made of, and the statements that call it."""
    size, rate = spec.kernel_size, spec.rate_of_convolutions
    window = Window.of(layer.before, (size, size), layer.stride)
    (top, bottom), (left, right) = window.padding
    given, more = "h", f", padding=({top}, {left})"
    if (top, left) != (bottom, right):
        given, more = f"nn.functional.pad(h, ({left}, {right}, {top}, {bottom}))", ""
    more += f", stride={layer.stride}" if layer.stride > 1 else ""
    more += ", bias=False" if spec.normalization else ""
    made = [f"self.conv_{number} = nn.Conv2d({layer.channels}, {layer.filters}, {size}{more})"]
    steps = [f"z = self.conv_{number}({given})"]
    pooled = "self.pool_{}({})"
    if layer.is_pooled:
        sides = tuple(min(2, side) for side in window.outputs(layer.before))
        kind = {"max": "MaxPool2d", "average": "AvgPool2d"}[spec.pooling]
        made.append(f"self.pool_{number} = nn.{kind}({sides})")
        if not layer.adds:
            steps = [f"z = {pooled.format(number, f'self.conv_{number}({given})')}"]
    if spec.normalization:
        norm = "BatchNorm2d(" if spec.normalization == "batch" else "GroupNorm(1, "
        made.append(f"self.norm_{number} = nn.{norm}{layer.filters})")
        steps.append(f"z = self.norm_{number}(z)")
    made.append(f"self.activation_{number} = {ACTIVATIONS[spec.activation]}")
    active = f"self.activation_{number}(z)"
    if rate:
        made.append(f"self.drop_{number} = nn.Dropout({rate!r})")
        active = f"self.drop_{number}({active})"
    active += " + h" if layer.adds else ""
    if layer.adds and layer.is_pooled:
        active = pooled.format(number, active)
    return made, [*steps, f"h = {active}"]


def state(spec: CnnSpec, shape: Shape, params: Parameters) -> dict[str, np.ndarray]:
    """The arrays of a network as PyTorch names and turns them."""
    found: dict[str, np.ndarray] = {}
    last = cnn.plan(spec, shape)[-1]
    for name, value in params.items():
        layer, _, part = name.partition(".")
        if layer == "whitening":
            own = "weight" if part == "fixed" else "bias"
            found[f"whitening.{own}"] = value.transpose(3, 2, 0, 1) if part == "fixed" else value
            continue
        kind = "conv" if int(layer) < spec.convolutions else "linear"
        if part == "weight" and kind == "conv":
            value = value.transpose(3, 2, 0, 1)
        elif part == "weight":
            if int(layer) == spec.convolutions and spec.head == "dense":  # channels come first in PyTorch
                by_place = value.reshape(*last.after, last.filters, -1)
                value = by_place.transpose(2, 0, 1, 3).reshape(value.shape)
            value = value.T
        is_hidden = int(layer) < spec.layers
        found |= modules.named(kind, layer, part, value, bool(spec.normalization) and is_hidden)
    return found
