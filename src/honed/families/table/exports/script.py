"""A model as one Python file that needs NumPy alone, and reads as a description of it: `exported`."""

from __future__ import annotations

import itertools
import tempfile
import types
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from honed.encode.encoder import Encoder
from honed.families.exports.linked import linked
from honed.families.exports.literals import Name, literal
from honed.families.exports.parts import answering, written
from honed.families.exports.parts.running import SelfTest
from honed.families.exports.source import check_name, docstring, loaded, outputs_of, quoted
from honed.families.table.exports import described, layers
from honed.family import Exported
from honed.heads import beside
from honed.lazily import pl
from honed.model import named
from honed.model.model import Member, Model
from honed.run import disk
from honed.run.arrays import pack
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float64, Shaped

    from honed.families.exports.parts.names import Answers

_ABOUT = """Predicts {what}, as honed {version} has tuned it.

    python {stem}.py new.csv        predictions as CSV, a row for each row of the file
    python {stem}.py --self-test    compares what is said of three made rows with what honed said

    import {name}
    {name}.{ask}([{{{cells}}}])

Python 3.11 and NumPy are enough. The weights are in {stem}.safetensors, which has to lie beside this file. `model`
says what is read of each column and what a network gets of it, `network_…` what the networks compute; the rest does as
they say.
"""
_MODEL = '''@functools.cache
def model() -> Model:
    """How columns are read, what networks get of them, and who votes."""
    return {model}


@functools.cache
def arrays() -> Arrays:
    """The weights by name, which begins with the number of the network."""
    return arrays_of(Path(__file__).with_name({beside}))


{one}def answers(rows: Sequence[Row]) -> Answers:
    """The columns that `honed predict` gives for rows, each a dict of cells: numbers, texts, dates, None."""
    return model().answers(rows, arrays())


'''
_ONE = '''def predict(rows: Sequence[Row]) -> np.ndarray:
    """{gives} for rows, each a dict of cells: numbers, texts as a file has them, dates, None."""
    return answers(rows)["prediction"]
{proba}

'''
_PROBA = '''

def predict_proba(rows: Sequence[Row]) -> np.ndarray:
    """Probabilities (rows, classes), in the order of `model().targets[0].classes`."""
    return np.stack([own for name, own in answers(rows).items() if name != "prediction"], axis=1)
'''
_RUN = '''

@functools.cache
def test() -> SelfTest:
    """Rows made of cells that the training table had, and what honed says of them."""
    return {test}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], __doc__ or "", model().columns, answers, test()))
'''


@dataclass(frozen=True)
class Script:
    """The source of a script, and the arrays that lie beside it."""

    source: str
    arrays: dict[str, np.ndarray]

    def run(self, name: str) -> types.ModuleType:
        """The module that it is, with the arrays as it reads them."""
        module = loaded(self.source, name)
        data = pack(self.arrays)
        with disk.working_data(len(data)), tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "arrays")
            path.write_bytes(data)
            arrays = module.__dict__["arrays_of"](path)
        module.__dict__["arrays"] = lambda: arrays
        return module


def exported(model: Model, stem: str) -> Exported:
    """The script and its weights; `stem` is the name of both files without its end.

    Raises
    ------
    InputError
        The name is that of a module of Python.
    """
    check_name(stem)
    script = made(model, stem)
    said = (
        f"It needs Python 3.11 and NumPy: `python {stem}.py NEW.csv` prints what `honed predict` prints, and `python "
        f"{stem}.py --self-test` compares what is said of three made rows."
    )

    def told(frame: pl.DataFrame) -> Answers:
        return script.run("exported_script").__dict__["answers"](frame.to_dicts())

    names = named.of_targets(model.schema.targets)
    shares = [name for own in names for name in own.probabilities or (own.prediction,)]
    labels = [own.prediction for own in names if own.probabilities]

    def columns(frame: pl.DataFrame, names: Sequence[str]) -> Shaped[np.ndarray, "rows ..."]:
        found = told(frame)
        return beside([found[name] for name in names])

    def quantiles(frame: pl.DataFrame) -> Float64[np.ndarray, "rows quantiles"]:
        return columns(frame, [f"q_{share:g}" for share in model.members[0].quantiles])

    files = {".py": script.source.encode(), ".safetensors": pack(script.arrays)}
    has_quantiles = not model.schema.further and not model.classes and model.members[0].loss == "quantile"
    return Exported(
        files,
        (said,),
        lambda frame: columns(frame, shares),
        (lambda frame: columns(frame, labels)) if labels else None,
        quantiles if has_quantiles else None,
    )


def made(model: Model, stem: str) -> Script:
    """The script."""
    arrays = {
        f"{number}/{name}": value
        for number, member in enumerate(model.members)
        for name, value in member.params.items()
    }
    encoders = cast("tuple[Encoder, ...]", model.encoders)
    encoding = encoded(model, arrays)
    functions, called = networks(model, encoders)
    told = answering.Model(
        **{field.name: getattr(encoding, field.name) for field in fields(encoding)},
        members=tuple(
            _member(member, name, len(model.classes))
            for member, name in zip(model.members, called, strict=True)
        ),
        targets=_targets(model),
        quantiles=() if model.schema.further else model.members[0].quantiles,
    )
    classes = "The likeliest class" if model.classes else "The value"
    if model.decision is not None:
        classes = "The class by its threshold"
    one = _ONE.format(gives=classes, proba=_PROBA if model.classes else "")
    head = _MODEL.format(
        model=literal(told, 4, 7),
        beside=literal(f"{stem}.safetensors"),
        one="" if model.schema.further else one,
    )
    head += "\n\n".join(functions)
    rows = described.made_rows(model.schema, encoding.columns)
    test = SelfTest(tuple(rows), expected(model))
    tail = _RUN.format(test=literal(test, 4, 7))
    needed = linked(head + tail, "import functools")
    parts = [
        _about(model, stem, rows[0]),
        f"from __future__ import annotations\n\n{needed.imports}\n\n{needed.names}\n\n",
        f"{head}\n\n{needed.source}\n{tail}",
    ]
    return Script("\n".join(parts), arrays)


def encoded(model: Model, arrays: dict[str, np.ndarray]) -> answering.Encoding:
    """How cells become what networks take; hashes of rare words join the `arrays`."""
    encoders = cast("tuple[Encoder, ...]", model.encoders)
    readers = described.columns(model.schema, encoders)
    is_written = any(isinstance(reader, written.Written) for reader in readers.values())
    return answering.Encoding(
        columns=cast("dict[str, answering.Reader]", readers),
        levels=described.levels(encoders),
        encoders=tuple(described.encoder(own, place, arrays) for place, own in enumerate(encoders)),
        evidence=(*(each.name for each in (*model.schema.columns, *model.schema.targets)),)
        if is_written
        else (),
    )


def _about(model: Model, stem: str, row: dict[str, str | None]) -> str:
    """The docstring of the script."""
    members = len(model.members)
    who = "one network" if members == 1 else f"{members} networks that vote"
    asked = [
        (quoted(target.name), f"one of {len(target.classes)} classes" if target.classes else "a quantity")
        for target in model.schema.targets
    ]
    what = ", ".join(asked[0]) if len(asked) == 1 else " and ".join(f"{name} ({of})" for name, of in asked)
    cells = [f"{quoted(name)}: {quoted(cell)}" for name, cell in itertools.islice(row.items(), 2)]
    text = _ABOUT.format(
        what=f"{what}, by {who}",
        ask="answers" if model.schema.further else "predict",
        version=version("honed"),
        stem=stem,
        name=stem if stem.isidentifier() else "model",
        cells=", ".join([*cells, "…"]),
    )
    return docstring(text)


def networks(model: Model, encoders: Sequence[Encoder]) -> tuple[list[str], list[str]]:
    """The functions of all different networks, and the name of each member's."""
    found: dict[str, list[int]] = {}
    for number, member in enumerate(model.members):
        source = layers.function("NAME", member.network, encoders[member.encoder], member.params, "TITLE")
        found.setdefault(source, []).append(number)
    named, sources = [""] * len(model.members), []
    for place, (source, numbers) in enumerate(found.items(), 1):
        for number in numbers:
            named[number] = f"network_{place}"
        who = f"network {numbers[0]}" if len(numbers) == 1 else f"networks {', '.join(map(str, numbers))}"
        member = model.members[numbers[0]]
        title = f"Outputs for encoded rows, by the weights of {who}: {layers.words(member.network, member.params)}."
        sources.append(source.replace("NAME", f"network_{place}", 1).replace("TITLE", title, 1))
    return sources, named


def _targets(model: Model) -> tuple[answering.Target, ...]:
    """What the script predicts."""
    targets, own = model.schema.targets, model.decision
    decision = None if own is None else (own.positive, own.threshold)
    heats = (model.temperature, *model.further)
    return tuple(
        answering.Target(
            name=target.name if len(targets) > 1 else "",
            classes=target.classes,
            temperature=heat,
            decision=decision,
        )
        for target, heat in zip(targets, heats, strict=True)
    )


def _member(member: Member, network: str, classes: int) -> answering.Member:
    """Who votes, the network by its name in the script; the first target has so many `classes`."""
    return answering.Member(
        member.shares,
        member.encoder,
        cast("answering.Network", Name(network)),
        outputs_of(member),
        member.begins(classes),
    )


def expected(model: Model) -> dict[str, tuple[JSON, ...]]:
    """What honed predicts for made rows."""
    frame, found = described.made_frame(model), dict[str, tuple[JSON, ...]]()
    pairs = zip(named.of_targets(model.schema.targets), model.quiet_answers_each(frame), strict=True)
    for names, (said, probabilities) in pairs:
        found[names.prediction] = tuple(said.tolist())
        if probabilities is not None:
            shares = zip(names.probabilities, probabilities.T, strict=True)
            found |= {name: tuple(own.tolist()) for name, own in shares}
    quantiles = None if model.schema.further else model.quantiles(frame)
    if quantiles is not None:
        found |= {
            f"q_{share:g}": tuple(own.tolist())
            for share, own in zip(quantiles[0], quantiles[1].T, strict=True)
        }
    return found
