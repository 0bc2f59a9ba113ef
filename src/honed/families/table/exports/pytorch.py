"""A model as the source of PyTorch modules, to go on training, with its weights and its encoders: `exported`."""

from __future__ import annotations

import keyword
import math
import types
from importlib.metadata import version
from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl

from honed.encode.encoder import Encoder
from honed.errors import InputError
from honed.families.exports.linked import linked
from honed.families.exports.literals import literal
from honed.families.table.exports.layers import words
from honed.families.table.exports.script import (
    check_name,
    docstring,
    encoded,
    loaded,
    outputs_of,
    quoted,
    weights,
)
from honed.family import Exported, Parameters
from honed.model.model import Model
from honed.nets.spec import NetworkSpec

if TYPE_CHECKING:
    from jaxtyping import Float64

_ACTIVATIONS = {
    "sigmoid": "nn.Sigmoid()",
    "tanh": "nn.Tanh()",
    "relu": "nn.ReLU()",
    "leaky_relu": "nn.LeakyReLU(0.01)",
    "elu": "nn.ELU()",
    "selu": "nn.SELU()",
    "gelu": 'nn.GELU(approximate="tanh")',
    "silu": "nn.SiLU()",
    "mish": "nn.Mish()",
}

_ABOUT = """The networks that predict {target}{what}, as modules of PyTorch that can go on training.

They were tuned by honed {version}.

    from {stem} import load
    from {stem}_encoder import encode

    model = load()
    rows = [tuple(map(torch.from_numpy, part)) for part in encode([{{"a column": "a cell", …}}])]
    model(rows)                                     # {gives}
    model.members[0](*rows[model.encoders[0]])      # {outputs}

Beside this file lie {stem}_encoder.py, which needs NumPy alone and makes numbers and codes of cells, and the weights,
{stem}.safetensors.{standardised}
"""
_STANDARDISED = """ `model.outputs[0].standardised(y)` are targets as a network learns them."""
_LOAD = '''

def load() -> Ensemble:
    """All networks with their weights, as they predict; `train()` makes them ready to go on."""
    model = Ensemble(
        members={members},
        shares={shares},
        encoders={encoders},
        outputs={outputs},
        temperature={temperature},
    )
    arrays = arrays_of(Path(__file__).with_name("{stem}.safetensors"))
    found = {{name: torch.from_numpy(own.copy()) for name, own in arrays.items() if name.startswith("members.")}}
    model.load_state_dict(found)
    return model.eval()
'''
_ENCODER = '''"""Makes numbers and codes of cells for the networks of {stem}.py, with Python 3.11 and NumPy alone.

    encode([{{"a column": "a cell", …}}])    # for each encoder (rows, numeric) float32 and (rows, codes) int64

Rows are dicts: of texts as a file has them, numbers, dates, and None for an empty cell.
"""
'''
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
    """The modules, the encoders and the weights.

    Raises
    ------
    InputError
        Python cannot import a file of that name, or PyTorch is not installed.
    """
    check_name(stem)
    if not stem.isidentifier() or keyword.iskeyword(stem):
        raise InputError(
            f"{stem!r} is no name that Python can import, and the modules import their encoder by it. Give --out a "
            "name of letters, digits and _, such as model.py."
        )
    torch = _torch()
    rare: dict[str, np.ndarray] = {}
    encoder = _encoder(model, stem, rare)
    source, arrays = _modules(model, stem)
    files = {".py": source.encode(), "_encoder.py": encoder.encode(), ".safetensors": weights(arrays | rare)}

    def answers(frame: pl.DataFrame) -> Float64[np.ndarray, "rows ..."]:
        beside = loaded(encoder, f"{stem}_encoder")
        beside.__dict__["arrays_of"] = lambda path: arrays | rare
        own = loaded(source, stem, beside)
        rows = [tuple(map(torch.from_numpy, part)) for part in beside.__dict__["encode"](frame.to_dicts())]
        with torch.no_grad():
            return own.__dict__["load"]()(rows).numpy()

    said = (
        f"`from {stem} import load` gives {len(model.members)} networks that vote (checked with PyTorch "
        f"{torch.__version__}); `from {stem}_encoder import encode` makes its inputs of cells."
    )
    return Exported(files, (said,), answers)


def _torch() -> types.ModuleType:
    import importlib

    try:
        return importlib.import_module("torch")
    except ImportError as error:
        raise InputError(
            f"Modules are run by PyTorch before they are written, and it cannot be imported ({error}). Install it: "
            "pip install 'honed[torch]'."
        ) from None


def _encoder(model: Model, stem: str, rare: dict[str, np.ndarray]) -> str:
    """The source of what makes numbers and codes of cells; hashes of rare words join `rare`."""
    body = _ENCODE.format(encoding=literal(encoded(model, rare), 4, 7), stem=stem)
    needed = linked(body + "arrays_of", "import functools")
    start = (
        _ENCODER.format(stem=stem)
        + f"\nfrom __future__ import annotations\n\n{needed.imports}\n\n{needed.names}\n\n\n"
    )
    return f"{start}{body}{needed.source}\n"


def _modules(model: Model, stem: str) -> tuple[str, dict[str, np.ndarray]]:
    """The source of the networks, and their weights as PyTorch names them."""
    encoders = cast("tuple[Encoder, ...]", model.encoders)
    found: dict[str, str] = {}
    calls, arrays = [], dict[str, np.ndarray]()
    for number, member in enumerate(model.members):
        spec, encoder, params = member.network, encoders[member.encoder], member.params
        source = network("NAME", spec, encoder, params)
        calls.append(found.setdefault(source, f"Network{len(found) + 1}"))
        arrays |= {f"members.{number}.{name}": own for name, own in state(spec, params).items()}
    classes = "\n\n\n".join(source.replace("NAME", name, 1) for source, name in found.items())
    load = _LOAD.format(
        members=f"[{', '.join(f'{name}()' for name in calls)}]",
        shares=literal([member.weight for member in model.members], 8, 8),
        encoders=literal([member.encoder for member in model.members], 8, 10),
        outputs=literal([outputs_of(member) for member in model.members], 8, 9),
        temperature=repr(model.temperature),
        stem=stem,
    )
    needed = linked(f"{classes}\n{load}", "from pathlib import Path", ("modules",))
    imports = f"{needed.imports}\n\nfrom {stem}_encoder import arrays_of"
    start = _about(model, stem) + f"\nfrom __future__ import annotations\n\n{imports}\n\n\n"
    return f"{start}{classes}\n{load}\n\n{needed.source}\n", arrays


def _about(model: Model, stem: str) -> str:
    """The docstring of the modules."""
    count = len(model.classes)
    text = _ABOUT.format(
        target=quoted(model.target),
        what=f", one of {count} classes" if count else ", a quantity",
        version=version("honed"),
        stem=stem,
        gives="probabilities (rows, classes)" if count else "values (rows,)",
        outputs="logits of one network" if count else "standardised values of one network",
        standardised="" if count else _STANDARDISED,
    )
    return docstring(text)


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
        made.append(f"self.output_activation = {_ACTIVATIONS[spec.output_activation]}")
        outputs = f"self.output_activation({outputs})"
    lines = [
        f"class {name}(nn.Module):",
        f'    """{words(spec, params)}."""',
        "",
        "    def __init__(self) -> None:",
        "        super().__init__()",
        *(f"        {line}" for line in made),
        "",
        "    def forward(self, numeric: Tensor, codes: Tensor) -> Tensor:",
        '        """Outputs (rows, outputs) of encoded rows."""',
        *(f"        {line}" for line in steps),
        f"        return {outputs}",
    ]
    return "\n".join(lines)


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
    for place, column in enumerate(encoder.embedded):
        size, codes = params[f"category.{place}"].shape, f"codes[:, {len(inputs.onehot) + place}]"
        kind, shared, frequency = "nn.Embedding", "", ""
        if place >= plain:
            kind, shared = "RareEmbedding", f", {inputs.buckets[place - plain]}"
            frequency = f", numeric[:, {place - len(inputs.embedded)}]"
        made.append(f"self.category_{place} = {kind}({size[0]}, {size[1]}{shared})  # {_note(column.name)}")
        joined.append(f"self.category_{place}({codes}{frequency}),")
    return made, joined


def _note(name: str) -> str:
    """A column's name for a comment."""
    return " ".join(name.split())[:60]


def _hidden(spec: NetworkSpec, layer: int, params: Parameters) -> tuple[list[str], str]:
    """What a hidden layer is made of, and the statement that calls it."""
    before, size = params[f"{layer}.weight"].shape
    bias = ", bias=False" if spec.normalization else ""
    made = [f"self.linear_{layer} = nn.Linear({before}, {size}{bias})"]
    step = f"self.linear_{layer}(h)"
    if spec.normalization:
        kind = "BatchNorm1d" if spec.normalization == "batch" else "LayerNorm"
        made.append(f"self.norm_{layer} = nn.{kind}({size})")
        step = f"self.norm_{layer}({step})"
    activation = _ACTIVATIONS[spec.activations[layer]]
    if spec.parametric_activation:
        activation = f"Departure({size}, {activation})"
    made.append(f"self.activation_{layer} = {activation}")
    step = f"self.activation_{layer}({step})"
    if spec.dropouts[layer]:
        made.append(f"self.drop_{layer} = nn.Dropout({spec.dropouts[layer]!r})")
        step = f"self.drop_{layer}({step})"
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
    names = {"gain": "norm_{}.weight", "mean": "norm_{}.running_mean", "variance": "norm_{}.running_var"}
    names |= {"slope": "activation_{}.slope", "weight": "linear_{}.weight", "skip": "skip_{}.weight"}
    for name, value in params.items():
        first, _, last = name.rpartition(".")
        if first == "category":
            found[f"category_{last}.weight"] = value
        elif first == "numeric":
            found[f"numbers.{last}"] = value
        elif name == "scale":
            found["scale.factor"] = value
        elif last == "bias":
            is_of_norm = spec.normalization and int(first) < spec.layers
            found[f"{'norm' if is_of_norm else 'linear'}_{first}.bias"] = value
        elif last in ("weight", "skip"):
            gain = 1 / math.sqrt(len(value)) if spec.parametrization == "ntk" else 1.0
            found[names[last].format(first)] = np.ascontiguousarray((value * np.float32(gain)).T)
        else:
            found[names[last].format(first)] = value
        if last == "mean":
            found[f"norm_{first}.num_batches_tracked"] = np.array(0)
    return found
