"""A model of sequences as the source of PyTorch modules; see `honed.families.exports.modules`."""

from __future__ import annotations

import types
from typing import cast

import numpy as np

from honed.families.exports import modules
from honed.families.exports.literals import literal
from honed.families.exports.modules import ACTIVATIONS
from honed.families.exports.parts.channels import Channels
from honed.families.sequence.encoder import SequenceEncoder
from honed.families.sequence.measured import Measured
from honed.families.sequence.told import words
from honed.family import Exported, Parameters
from honed.lazily import pl
from honed.model.model import Model
from honed.nets.cells import CELLS
from honed.nets.sequence_spec import SequenceSpec

_ABOUT = """    encode(values, lengths, beside)    # for each encoder values, lengths and what is beside, of these

Values are float32 (rows, time, {channels}), NaN where nothing was measured, padded behind; lengths are whole numbers
(rows,); what does not change along a sequence is beside, float32 (rows, {beside}), NaN where it is missing.{names}"""
_ENCODE = '''@functools.cache
def encoders() -> list[Channels]:
    """What networks get of sequences, by the number of the encoder."""
    return {encoders}


def encode(
    values: np.ndarray, lengths: np.ndarray, beside: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Sequences as each encoder gives them."""
    return [encoder.encode(values, lengths, beside) for encoder in encoders()]


'''
_CELLS = {"rnn": "nn.RNN", "gru": "nn.GRU", "lstm": "nn.LSTM"}  # whose gates have our order
_WAYS = {"recurrent": "", "returning": "_reverse"}


def exported(model: Model, stem: str) -> Exported:
    """See `honed.families.exports.modules`."""
    encoders = cast("tuple[SequenceEncoder, ...]", model.encoders)
    inputs = encoders[0].inputs
    written = [
        Channels(own.mean, own.spread, inputs.channels, inputs.has_gaps, own.static.gaps_beside)
        for own in encoders
    ]

    def own_rows(beside: types.ModuleType, rows: Measured | pl.DataFrame) -> list[tuple[np.ndarray, ...]]:
        found = encoders[0].measured(rows)
        return beside.__dict__["encode"](found.values, found.lengths, found.beside)

    about = _ABOUT.format(
        channels=inputs.channels,
        beside=len(encoders[0].mean) - inputs.channels,
        names=encoders[0].static.said_of_names(),
    )
    return modules.exported(
        model,
        stem,
        modules.Written(
            network=lambda name, member: network(name, member.network, member.params, inputs.beside),
            state=lambda member: state(member.network, member.params),
            encoder=_ENCODE.format(encoders=literal(written, 4, 7)),
            encoded=own_rows,
            asked="values, lengths, beside",
            makes="scaled sequences",
            about=about,
        ),
    )


def network(name: str, spec: SequenceSpec, params: Parameters, beside: int) -> str:
    """The source of the class of one network; `beside` counts the numbers beside a sequence."""
    made, steps = list[str](), ["is_step = steps(lengths, values.shape[1])", "h = values"]
    if spec.input_dropout:
        made.append(f"self.drop = nn.Dropout({spec.input_dropout!r})")
        steps.append("h = self.drop(h)")
    kernels = [own for key, own in params.items() if key.startswith("kernels.")]
    if kernels:
        counts = tuple(own.shape[-1] for own in kernels)
        made.append(f"self.fixed = FixedKernels({kernels[0].shape[1]}, {counts})")
        steps.append("seen = self.fixed(values, is_step)")
    for number in range(spec.blocks):
        own, step = _convolution(spec, number, params)
        made, steps = made + own, steps + step
    for number in range(spec.blocks, spec.over_time):
        own, step = _recurrence(spec, number, params)
        made, steps = made + own, steps + step
    backward = f", {spec.width}" if spec.layers and spec.bidirectional else ""
    pooled = {"last": f"last(h, lengths{backward})", "mean": "mean(h, is_step)", "max": "largest(h, is_step)"}
    if spec.pooling == "attention":
        made.append(f"self.attention = Attention({params['pooling.weight'].shape[0]})")
        pooled["attention"] = "self.attention(h, is_step)"
    steps.append(f"h = {pooled[spec.pooling]}")
    joined = ["h", *(["seen"] if kernels else []), *(["beside"] if beside else [])]
    if len(joined) > 1:
        steps.append(f"h = torch.cat([{', '.join(joined)}], dim=1)")
    for number in range(spec.over_time, spec.hidden_layers):
        size, activation = params[f"{number}.weight"].shape, ACTIVATIONS[spec.activation]
        own, step = modules.dense(number, size, spec.normalization, activation, spec.dropout)
        made, steps = made + own, [*steps, f"h = {step}"]
    last = spec.hidden_layers
    before, outputs = params[f"{last}.weight"].shape
    made.append(f"self.linear_{last} = nn.Linear({before}, {outputs})")
    forward = [
        "def forward(self, values: Tensor, lengths: Tensor, beside: Tensor) -> Tensor:",
        '    """Outputs (rows, outputs) of encoded sequences."""',
        *(f"    {line}" for line in steps),
    ]
    return modules.class_source(name, f"{words(spec, outputs)}.", made, forward, f"self.linear_{last}(h)")


def _convolution(spec: SequenceSpec, number: int, params: Parameters) -> tuple[list[str], list[str]]:
    """What a convolution over time is made of, and the statements that call it."""
    kernel, before, filters = params[f"{number}.weight"].shape
    stride, dilation = spec.stride if number == 0 else 1, spec.dilation**number
    more = f", stride={stride}" if stride > 1 else ""
    more += f", dilation={dilation}" if dilation > 1 else ""
    more += ", bias=False" if spec.normalization else ""
    made = [f"self.conv_{number} = nn.Conv1d({before}, {filters}, {kernel}{more})"]
    steps = [f"z = convolved(self.conv_{number}, h)"]
    if stride > 1:
        steps += [f"lengths = (lengths + {stride - 1}) // {stride}", "is_step = steps(lengths, z.shape[1])"]
    if spec.normalization:
        kind = "BatchNorm1d" if spec.normalization == "batch" else "LayerNorm"
        made.append(f"self.norm_{number} = nn.{kind}({filters})")
        steps.append(f"z = over_steps(self.norm_{number}, z, is_step)")
    made.append(f"self.activation_{number} = {ACTIVATIONS[spec.activation]}")
    active = f"self.activation_{number}(z)"
    if spec.dropout:
        made.append(f"self.drop_{number} = nn.Dropout({spec.dropout!r})")
        active = f"self.drop_{number}({active})"
    active += " + h" if spec.residual and stride == 1 and before == filters else ""
    return made, [*steps, f"h = torch.where(is_step[:, :, None], {active}, 0.0)"]


def _recurrence(spec: SequenceSpec, number: int, params: Parameters) -> tuple[list[str], list[str]]:
    """What a recurrent layer is made of, and the statement that calls it."""
    before, units = params[f"{number}.weight"].shape[0], spec.directions * spec.width
    more = ", bidirectional=True" if spec.bidirectional else ""
    made = [f"self.cell_{number} = {_CELLS[spec.cell]}({before}, {spec.width}, batch_first=True{more})"]
    given = f"recurred(self.cell_{number}, h, lengths)"
    if spec.dropout:
        made.append(f"self.drop_{number} = nn.Dropout({spec.dropout!r})")
        given = f"self.drop_{number}({given})"
    given += " + h" if spec.residual and before == units else ""
    return made, [f"h = {given}"]


def state(spec: SequenceSpec, params: Parameters) -> dict[str, np.ndarray]:
    """The arrays of a network as PyTorch names and turns them."""
    found: dict[str, np.ndarray] = {}
    for name, value in params.items():
        layer, _, part = name.rpartition(".")
        if layer in ("centre", "spread"):
            found[f"fixed.{layer}"] = value
        elif layer.startswith(("kernels.", "bounds.")):  # a bound is what is left of a step
            what, _, number = layer.partition(".")
            own = ("weight", value.transpose(2, 1, 0)) if what == "kernels" else ("bias", -value)
            found[f"fixed.kernels.{number}.{own[0]}"] = np.ascontiguousarray(own[1])
        elif layer == "pooling":
            found["attention.score.weight"] = np.ascontiguousarray(value.T)
        elif spec.blocks <= int(layer) < spec.over_time:
            found |= _cell(spec, layer, part, value)
        else:
            is_normalized = bool(spec.normalization) and int(layer) < spec.hidden_layers
            kind = "conv" if int(layer) < spec.blocks else "linear"
            value = value.T if part == "weight" else value  # of convolutions (filters, channels, kernel)
            found |= modules.named(kind, layer, part, value, is_normalized)
    return found


def _cell(spec: SequenceSpec, layer: str, part: str, value: np.ndarray) -> dict[str, np.ndarray]:
    """An array of a recurrent layer by its names in PyTorch, where each direction has its own."""
    start, gates = f"cell_{layer}", CELLS[spec.cell].gates
    ways = [*_WAYS.values()][: spec.directions]
    if part in _WAYS:
        turned = value.swapaxes(1, 2).reshape(gates * spec.width, spec.width)
        found: dict[str, np.ndarray] = {f"{start}.weight_hh_l0{_WAYS[part]}": turned}
        if spec.cell != "gru":  # whose biases of the output before are `inner`
            found[f"{start}.bias_hh_l0{_WAYS[part]}"] = np.zeros(gates * spec.width, np.float32)
        return found
    parts = np.split(value, spec.directions, axis=-1)
    if part == "inner":
        none = np.zeros((gates - 1) * spec.width, np.float32)
        return {
            f"{start}.bias_hh_l0{way}": np.concatenate([none, own])
            for way, own in zip(ways, parts, strict=True)
        }
    kind = "weight_ih_l0" if part == "weight" else "bias_ih_l0"
    return {f"{start}.{kind}{way}": np.ascontiguousarray(own.T) for way, own in zip(ways, parts, strict=True)}
