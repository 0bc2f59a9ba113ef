"""A model of tables as the source of PyTorch modules; see `honed.families.exports.modules`."""

from __future__ import annotations

import math
import types
from typing import cast

import numpy as np

from honed.encode.encoder import Encoder
from honed.families.exports import modules
from honed.families.exports.literals import literal
from honed.families.exports.modules import ACTIVATIONS
from honed.families.table.exports.layers import words
from honed.families.table.exports.script import encoded
from honed.family import Exported, Parameters
from honed.lazily import pl
from honed.model.model import Member, Model
from honed.nets.spec import NetworkSpec

_ABOUT = """    encode([{"a column": "a cell", …}])  # for each encoder (rows, numeric) float32 and (rows, codes) int64

Rows are dicts: of texts as a file has them, numbers, dates, and None for an empty cell."""
_ENCODE = '''@functools.cache
def encoding() -> Encoding:
    """How columns are read, and what networks get of them."""
    return {encoding}


@functools.cache
def arrays() -> Arrays:
    """Arrays by name."""
    return arrays_of(Path(__file__).with_name("{stem}.safetensors"))


def encode(rows: Sequence[Row]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Numbers and codes of rows by each encoder."""
    return [(numeric, codes.astype(np.int64)) for numeric, codes in encoding().encoded(rows)]


'''


def exported(model: Model, stem: str) -> Exported:
    """See `honed.families.exports.modules`."""
    encoders, rare = cast("tuple[Encoder, ...]", model.encoders), dict[str, np.ndarray]()
    encoder = _ENCODE.format(encoding=literal(encoded(model, rare), 4, 7), stem=stem)

    def own_network(name: str, member: Member) -> str:
        return network(name, member.network, encoders[member.encoder], member.params)

    def own_rows(beside: types.ModuleType, frame: pl.DataFrame) -> list[tuple[np.ndarray, ...]]:
        return beside.__dict__["encode"](frame.to_dicts())

    written = modules.Written(
        network=own_network,
        state=lambda member: state(member.network, member.params),
        encoder=encoder,
        encoded=own_rows,
        asked='[{"a column": "a cell", …}]',
        makes="numbers and codes of cells",
        about=_ABOUT,
        arrays=rare,
    )
    return modules.exported(model, stem, written)


def network(name: str, spec: NetworkSpec, encoder: Encoder, params: Parameters) -> str:
    """The source of the class of one network."""
    made, joined = _inputs(spec, encoder, params)
    steps = [f"h = {joined[0].rstrip(',')}"]
    if len(joined) > 1:
        steps = [
            "h = torch.cat(",
            "    [",
            *(f"        {line}" for line in joined),
            "    ],",
            "    dim=1,",
            ")",
        ]
    if spec.feature_scale:
        made.append(f"self.scale = Scale({params['scale'].shape[0]})")
        steps.append("h = self.scale(h)")
    if spec.input_dropout:
        made.append(f"self.drop = nn.Dropout({spec.input_dropout!r})")
        steps.append("h = self.drop(h)")
    for layer in range(spec.layers):
        own, step = _hidden(spec, layer, params)
        made, steps = made + own, [*steps, step]
    last = spec.layers
    made.append(f"self.linear_{last} = nn.Linear({', '.join(map(str, params[f'{last}.weight'].shape))})")
    outputs = f"self.linear_{last}(h)"
    if spec.output_activation:
        made.append(f"self.output_activation = {ACTIVATIONS[spec.output_activation]}")
        outputs = f"self.output_activation({outputs})"
    forward = [
        "def forward(self, numeric: Tensor, codes: Tensor) -> Tensor:",
        '    """Outputs (rows, outputs) of encoded rows."""',
        *(f"    {line}" for line in steps),
    ]
    return modules.class_source(name, f"{words(spec, params)}.", made, forward, outputs)


def _inputs(spec: NetworkSpec, encoder: Encoder, params: Parameters) -> tuple[list[str], list[str]]:
    """What makes the inputs, and the inputs that are joined."""
    inputs, made, joined = encoder.inputs, list[str](), list[str]()
    count = inputs.continuous
    if count and spec.numeric_embedding:
        made.append(f"self.numbers = Periodic({count}, {spec.embedding_frequencies}, {spec.embedding_size})")
        joined.append(f"self.numbers(numeric[:, :{count}]),")
    elif count:
        joined.append(f"numeric[:, :{count}],")
    if inputs.flags:
        joined.append(f"numeric[:, {count}:],")
    for place, (column, size) in enumerate(zip(encoder.onehot, inputs.onehot, strict=True)):
        joined.append(f"one_hot(codes[:, {place}], {size}),  # {_note(column.name)}")
    plain = len(inputs.embedded) - len(inputs.buckets)
    for place, names in enumerate(encoder.embeddings):
        size, codes = params[f"category.{place}"].shape, f"codes[:, {len(inputs.onehot) + place}]"
        kind, shared, frequency = "nn.Embedding", "", ""
        if place >= plain:
            kind, shared = "RareEmbedding", f", {inputs.buckets[place - plain]}"
            frequency = f", numeric[:, {place - len(inputs.embedded)}]"
        made.append(
            f"self.category_{place} = {kind}({size[0]}, {size[1]}{shared})  # {_note(' × '.join(names))}"
        )
        joined.append(f"self.category_{place}({codes}{frequency}),")
    return made, joined


def _note(name: str) -> str:
    """A column's name for a comment."""
    return " ".join(name.split())[:60]


def _hidden(spec: NetworkSpec, layer: int, params: Parameters) -> tuple[list[str], str]:
    """What a hidden layer is made of, and the statement that calls it."""
    before, size = params[f"{layer}.weight"].shape
    activation = ACTIVATIONS[spec.activations[layer]]
    if spec.parametric_activation:
        activation = f"Departure({size}, {activation})"
    made, step = modules.dense(layer, (before, size), spec.normalization, activation, spec.dropouts[layer])
    if spec.residual and layer:
        if f"{layer}.skip" in params:
            made.append(f"self.skip_{layer} = nn.Linear({before}, {size}, bias=False)")
            step += f" + self.skip_{layer}(h)"
        else:
            step += " + h"
    return made, f"h = {step}"


def state(spec: NetworkSpec, params: Parameters) -> dict[str, np.ndarray]:
    """The arrays of a network as PyTorch names and turns them; gains of the "ntk" parametrization are multiplied in."""
    found: dict[str, np.ndarray] = {}
    for name, value in params.items():
        first, _, last = name.rpartition(".")
        if last in ("weight", "skip"):
            gain = 1 / math.sqrt(len(value)) if spec.parametrization == "ntk" else 1.0
            value = (value * np.float32(gain)).T
        if first == "category":
            found[f"category_{last}.weight"] = value
        elif first == "numeric":
            found[f"numbers.{last}"] = value
        elif name == "scale":
            found["scale.factor"] = value
        elif last == "slope":
            found[f"activation_{first}.slope"] = value
        elif last == "skip":
            found[f"skip_{first}.weight"] = np.ascontiguousarray(value)
        else:
            is_normalized = bool(spec.normalization) and int(first) < spec.layers
            found |= modules.named("linear", first, last, value, is_normalized)
    return found
