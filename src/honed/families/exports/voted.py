"""A model as an ONNX file: networks that vote, and what their outputs mean, behind rows as a family encodes them.

From the outputs on all is computed in float64, as in `honed.model`; the networks in float32 as in training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from honed.encode.target import TargetEncoder
from honed.families.exports.traced import ML_OPSET, OPSET, Graph, Namespace, Value, package, run
from honed.family import Exported, Raw, Rows
from honed.heads import beside
from honed.model.decision import Decision
from honed.model.model import Member, Model
from honed.model.outputs import LEAST_SHARE, Reading, middle_parts

if TYPE_CHECKING:
    from jaxtyping import Shaped

_TINY = float(np.finfo(np.float32).tiny)


def exported(
    model: Model,
    apply: Callable[..., Value],
    encoded: Callable[[Graph, Namespace], Sequence[Rows]],
    fed: Callable[[Raw], Mapping[str, Shaped[np.ndarray, "rows ..."]]],
    said: str,
    about: str = "",
) -> Exported:
    """The file, whose outputs are `prediction` and, where there are such, `probabilities` or `quantiles`.

    Of several targets they are `prediction_<target>` and `probabilities_<target>`.

    Parameters
    ----------
    apply : (parameters, specification, inputs, encoded rows, library) to outputs.
    encoded : names the inputs of a graph, and gives what each encoder of the model makes of them.
    fed : the inputs for rows as they were read. said : what has to be known of them. about : the same for the file.

    Raises
    ------
    InputError
        The packages onnx or onnxruntime are missing.
    """
    package("onnxruntime")
    graph = Graph()
    xp, outputs = Namespace(graph), []
    rows = encoded(graph, xp)
    for member in model.members:
        params = {name: Value(graph, np.asarray(value)) for name, value in member.params.items()}
        inputs = model.encoders[member.encoder].inputs
        outputs.append(apply(params, member.network, inputs, rows[member.encoder], xp).astype(np.float64))
    answers = _answers(model, outputs, xp)
    content = graph.model(answers, f"{_about(model)}{about}")

    places = {name: number for number, name in enumerate(answers)}

    def outputs_of(names: Sequence[str]) -> Callable[[Raw], Shaped[np.ndarray, "rows ..."]]:
        def asked(rows: Raw) -> Shaped[np.ndarray, "rows ..."]:
            found = run(content, dict(fed(rows)))
            return beside([found[places[name]] for name in names])

        return asked

    names = [_names(model, number) for number in range(len(model.heads))]
    told = [more if head.classes else one for head, (one, more) in zip(model.heads, names, strict=True)]
    labels = [one for head, (one, _) in zip(model.heads, names, strict=True) if head.classes]
    versions = (
        f"ONNX {OPSET} with ai.onnx.ml {ML_OPSET}, which ONNX Runtime reads from 1.14 on (checked with "
        f"{version('onnxruntime')})."
    )
    return Exported(
        {".onnx": content},
        (f"{versions} {said} See docs/export.md.",),
        outputs_of(told),
        outputs_of(labels) if labels else None,
        outputs_of(["quantiles"]) if "quantiles" in places else None,
    )


def _about(model: Model) -> str:
    """What the file says of itself."""
    targets = model.schema.targets
    about = (
        f"Predicts {' and '.join(repr(target.name) for target in targets)}; made by honed {version('honed')}."
    )
    for target in targets:
        if target.classes:
            of = f" of {target.name!r}" if len(targets) > 1 else ""
            about += f" The probabilities{of} are of {', '.join(map(repr, target.classes))}."
    return about


def _names(model: Model, number: int) -> tuple[str, str]:
    """What the outputs for the target of that number are called: the answer, and the probabilities."""
    of = f"_{model.schema.targets[number].name}" if model.schema.further else ""
    return f"prediction{of}", f"probabilities{of}"


def _answers(model: Model, outputs: Sequence[Value], xp: Namespace) -> dict[str, Value]:
    """What the networks say together, by the name of the output."""
    pairs = list(zip(model.members, outputs, strict=True))
    parts = [_parts(member, own, len(model.classes)) for member, own in pairs]
    heats, found = (model.temperature, *model.further), dict[str, Value]()
    for number, target in enumerate(model.schema.targets):
        first, *others = (
            member.shares[number] * _said(member.readings[number], own[number], xp)
            for (member, _), own in zip(pairs, parts, strict=True)
            if member.shares[number]
        )
        total = sum(others, first)
        one, more = _names(model, number)
        if target.classes:
            shares = _sharpened(total, heats[number], xp)
            found |= {one: _decided(model.decision, target.classes, shares, xp), more: shares}
        else:
            found[one] = total
    if not model.schema.further and model.members[0].loss == "quantile":
        found["quantiles"] = xp.sorted(_units(model.members[0].target, outputs[0], xp))
    return found


def _parts(member: Member, outputs: Value, classes: int) -> list[Value]:
    """The outputs of each head, of which the first has so many `classes`."""
    begins = member.begins(classes)
    if not begins:
        return [outputs]
    ends = [*begins, outputs.sample.shape[1]]
    return [outputs[:, first:last] for first, last in zip((0, *begins), ends, strict=True)]


def _said(reading: Reading, outputs: Value, xp: Namespace) -> Value:
    """See `honed.model.outputs.decode`."""
    if reading.target.kind != "classes":
        parts = middle_parts(outputs.sample.shape[1], reading.loss, reading.quantiles)
        first, *others = (_units(reading.target, outputs[:, place], xp) * part for place, part in parts)
        return sum(others, first)
    if reading.loss != "squared":
        return _softmax(outputs, xp)
    kept = xp.maximum(outputs, LEAST_SHARE)
    return kept / kept.sum(axis=1, keepdims=True)


def _softmax(values: Value, xp: Namespace) -> Value:
    powers = xp.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _decided(own: Decision | None, classes: Sequence[str], found: Value, xp: Namespace) -> Value:
    """The text of the class that is the answer: by the model's decision, or the likeliest."""
    if own is None:
        return xp.named(xp.argmax(found), classes)
    is_below = (found[:, own.positive] < own.threshold).astype(np.int64)
    return xp.named(is_below, (classes[own.positive], classes[1 - own.positive]))


def _sharpened(probabilities: Value, temperature: float, xp: Namespace) -> Value:
    """See `honed.model.outputs.sharpen`."""
    kept = xp.maximum(probabilities, _TINY)
    if temperature == 1.0:
        return kept / kept.sum(axis=1, keepdims=True)
    return xp.maximum(_softmax(xp.log(kept) / temperature, xp), _TINY)


def _units(target: TargetEncoder, outputs: Value, xp: Namespace) -> Value:
    """Outputs in the target's units; see `honed.encode.target`."""
    values = outputs * target.scale + target.mean
    if target.is_exponential:
        values = xp.exp(xp.minimum(values, 700.0)) - target.offset
    return xp.minimum(xp.maximum(values, target.low), target.high)
