"""A model as the source of PyTorch modules, to go on training, with its weights and its encoders: `exported`.

What differs from family to family is what a `Written` says: the source of a network and of what encodes rows for it.
"""

from __future__ import annotations

import importlib
import keyword
import types
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.errors import InputError
from honed.families.exports.linked import PARTS, linked
from honed.families.exports.literals import literal
from honed.families.exports.source import check_name, docstring, loaded, outputs_of, quoted
from honed.family import Exported, Raw
from honed.heads import beside
from honed.model.model import Member, Model
from honed.run.arrays import pack

if TYPE_CHECKING:
    from jaxtyping import Float64

    from honed.table.target import Target

ACTIVATIONS = {  # as modules
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

_ABOUT = """The networks that predict {target}, as modules of PyTorch that can go on training.

They were tuned by honed {version}.

    from {stem} import load
    from {stem}_encoder import encode

    model = load()
    rows = [tuple(map(torch.from_numpy, part)) for part in encode({asked})]
    model(rows)                                     # {gives}
    model.members[0](*rows[model.encoders[0]])      # {outputs}

Beside this file lie {stem}_encoder.py, which needs NumPy alone and makes {makes}, and the weights,
{stem}.safetensors.{standardised}
"""
_STANDARDISED = """ `model.outputs[0].standardised(y)` are targets as a network learns them."""
_ENDS = """ Those for the second target and for each further one begin at
`model.ends[0]`; `model.outputs[0][t]` reads those for target t: logits of classes, or values, of which its
`standardised(y)` are targets as a network learns them."""
_LOAD = '''

def load() -> {kind}:
    """All networks with their weights, as they predict; `train()` makes them ready to go on."""
    model = {kind}(
        members={members},
        shares={shares},
        encoders={encoders},
        outputs={outputs},
        {others},
    )
    arrays = arrays_of(Path(__file__).with_name("{stem}.safetensors"))
    found = {{name: torch.from_numpy(own.copy()) for name, own in arrays.items() if name.startswith("members.")}}
    model.load_state_dict(found)
    return model.eval()
'''
_ENCODER = """Makes {makes} for the networks of {stem}.py, with Python 3.11 and NumPy alone.

{about}
"""


class Written(NamedTuple):
    """A family's part.

    Attributes
    ----------
    network : (name, member) to the source of the class of its network.
    state : a member's arrays as PyTorch names and turns them.
    encoder : the source of `encode`, and what it needs beside the parts it calls. arrays : that it reads.
    encoded : (the module that `encoder` is, rows as they were read) to what its `encode` gives.
    asked, makes, about : what `encode` is given, what it makes in few words, and all of it in sentences.
    """

    network: Callable[[str, Member], str]
    state: Callable[[Member], Mapping[str, np.ndarray]]
    encoder: str
    encoded: Callable[[types.ModuleType, Raw], Sequence[tuple[np.ndarray, ...]]]
    asked: str
    makes: str
    about: str
    arrays: Mapping[str, np.ndarray] = {}


def exported(model: Model, stem: str, written: Written) -> Exported:
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
    encoder = _encoder(stem, written)
    source, arrays = _modules(model, stem, written)
    arrays |= written.arrays
    files = {".py": source.encode(), "_encoder.py": encoder.encode(), ".safetensors": pack(arrays)}

    def answers(rows: Raw) -> Float64[np.ndarray, "rows ..."]:
        first = loaded(encoder, f"{stem}_encoder")
        first.__dict__["arrays_of"] = lambda path: arrays
        own = loaded(source, stem, first)
        given = [tuple(map(torch.from_numpy, part)) for part in written.encoded(first, rows)]
        with torch.no_grad():
            found = own.__dict__["load"]()(given)
        return beside([each.numpy() for each in found] if model.schema.further else [found.numpy()])

    count = len(model.members)
    what = "the network" if count == 1 else f"{count} networks that vote"
    said = (
        f"`from {stem} import load` gives {what} (checked with PyTorch "
        f"{torch.__version__}); `from {stem}_encoder import encode` makes its inputs."
    )
    if model.decision is not None:
        positive, least = model.classes[model.decision.positive], model.decision.threshold
        said += f" They give probabilities; honed answers {positive!r} where its own is {least:.4g} or more."
    return Exported(files, (said,), answers)


def _torch() -> types.ModuleType:
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        raise InputError(
            f"Modules are run by PyTorch before they are written, and it cannot be imported ({error}). Install it: "
            "pip install 'honed[torch]'."
        ) from None


def _encoder(stem: str, written: Written) -> str:
    """The source of what encodes rows."""
    needed = linked(written.encoder + "arrays_of", "import functools", (*PARTS, "pictures", "channels"))
    about = docstring(_ENCODER.format(makes=written.makes, stem=stem, about=written.about))
    names = f"{needed.names}\n\n\n" if needed.names else ""
    start = f"{about}\nfrom __future__ import annotations\n\n{needed.imports}\n\n{names}"
    return f"{start}{written.encoder}{needed.source}\n"


def _modules(model: Model, stem: str, written: Written) -> tuple[str, dict[str, np.ndarray]]:
    """The source of the networks, and their weights as PyTorch names them."""
    found: dict[str, str] = {}
    calls, arrays = [], dict[str, np.ndarray]()
    for number, member in enumerate(model.members):
        source = written.network("NAME", member)
        calls.append(found.setdefault(source, f"Network{len(found) + 1}"))
        arrays |= {f"members.{number}.{name}": own for name, own in written.state(member).items()}
    classes = "\n\n\n".join(source.replace("NAME", name, 1) for source, name in found.items())
    members, others = model.members, f"temperature={model.temperature!r}"
    shares, outputs = [own.weight for own in members], [outputs_of(own)[0] for own in members]
    if model.schema.further:
        shares, outputs = [own.shares for own in members], [outputs_of(own) for own in members]
        ends = literal([own.begins(len(model.classes)) for own in members], 8, 6)
        others = f"ends={ends},\n        temperatures={(model.temperature, *model.further)!r}"
    load = _LOAD.format(
        kind="EnsembleOfSeveral" if model.schema.further else "Ensemble",
        members=f"[{', '.join(f'{name}()' for name in calls)}]",
        shares=literal(shares, 8, 8),
        encoders=literal([own.encoder for own in members], 8, 10),
        outputs=literal(outputs, 8, 9),
        others=others,
        stem=stem,
    )
    needed = linked(f"{classes}\n{load}", "from pathlib import Path", ("modules", "steps"))
    imports = f"{needed.imports}\n\nfrom {stem}_encoder import arrays_of"
    start = _about(model, stem, written) + f"\nfrom __future__ import annotations\n\n{imports}\n\n\n"
    return f"{start}{classes}\n{load}\n\n{needed.source}\n", arrays


def _about(model: Model, stem: str, written: Written) -> str:
    """The docstring of the modules."""
    targets, count = model.schema.targets, len(model.classes)
    gives = "probabilities (rows, classes)" if count else "values (rows,)"
    outputs, standardised = "logits of one network", "" if count else _STANDARDISED
    if not count:
        outputs = "standardised values of one network"
    if model.schema.further:
        gives = "for each target probabilities (rows, classes), or values (rows,)"
        outputs, standardised = "outputs of one network for all targets side by side", _ENDS
    text = _ABOUT.format(
        target=" and ".join(map(_asked, targets)),
        version=version("honed"),
        stem=stem,
        asked=written.asked,
        makes=written.makes,
        gives=gives,
        outputs=outputs,
        standardised=standardised,
    )
    return docstring(text)


def _asked(target: Target) -> str:
    count = len(target.classes)
    return f"{quoted(target.name)}, {f'one of {count} classes' if count else 'a quantity'}"


def class_source(name: str, title: str, made: Sequence[str], forward: Sequence[str], outputs: str) -> str:
    """The source of the class of a network.

    Parameters
    ----------
    made : statements of `__init__`. forward : the lines of its other methods up to the last, which returns `outputs`.
    """
    lines = [
        f"class {name}(nn.Module):",
        f'    """{title}"""',
        "",
        "    def __init__(self) -> None:",
        "        super().__init__()",
        *(f"        {line}" for line in made),
        "",
        *(f"    {line}" if line else "" for line in forward),
        f"        return {outputs}",
    ]
    return "\n".join(lines)


def dense(
    layer: int, shape: tuple[int, ...], normalization: str | None, activation: str, rate: float
) -> tuple[list[str], str]:
    """What a dense hidden layer of weights (before, units) is made of, and the expression that calls it on `h`.

    `activation` is a module as a source has it, `rate` that of dropout.
    """
    bias = ", bias=False" if normalization else ""
    made = [f"self.linear_{layer} = nn.Linear({shape[0]}, {shape[1]}{bias})"]
    step = f"self.linear_{layer}(h)"
    if normalization:
        kind = "BatchNorm1d" if normalization == "batch" else "LayerNorm"
        made.append(f"self.norm_{layer} = nn.{kind}({shape[1]})")
        step = f"self.norm_{layer}({step})"
    made.append(f"self.activation_{layer} = {activation}")
    step = f"self.activation_{layer}({step})"
    if rate:
        made.append(f"self.drop_{layer} = nn.Dropout({rate!r})")
        step = f"self.drop_{layer}({step})"
    return made, step


def named(kind: str, layer: str, part: str, value: np.ndarray, is_normalized: bool) -> dict[str, np.ndarray]:
    """An array of a layer, turned as PyTorch has it, by its name there.

    Parameters
    ----------
    kind : of the module, such as "linear". part : its name in the layer. is_normalized : whether a bias is that of a
        normalization.
    """
    value = np.ascontiguousarray(value)
    if part == "weight":
        return {f"{kind}_{layer}.weight": value}
    if part == "bias":
        return {f"{'norm' if is_normalized else kind}_{layer}.bias": value}
    if part == "mean":
        return {f"norm_{layer}.running_mean": value, f"norm_{layer}.num_batches_tracked": np.array(0)}
    own = {"gain": "weight", "variance": "running_var"}[part]
    return {f"norm_{layer}.{own}": value}
