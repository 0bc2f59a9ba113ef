"""A model as an ONNX file: networks that vote, and what their outputs mean, behind rows as a family encodes them.

From the outputs on all is computed in float64, as in `honed.model`; the networks in float32 as in training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from honed.families.exports.traced import ML_OPSET, OPSET, Graph, Namespace, Value, package, run
from honed.family import Exported, Raw, Rows
from honed.model.model import Member, Model
from honed.model.outputs import LEAST_SHARE, middle_parts

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
    content = graph.model(_answers(model, outputs, xp), f"{_about(model)}{about}")

    def output(number: int) -> Callable[[Raw], Shaped[np.ndarray, "rows ..."]]:
        return lambda rows: run(content, dict(fed(rows)))[number]

    has_quantiles = not model.classes and model.members[0].loss == "quantile"

    versions = (
        f"ONNX {OPSET} with ai.onnx.ml {ML_OPSET}, which ONNX Runtime reads from 1.14 on (checked with "
        f"{version('onnxruntime')})."
    )
    return Exported(
        {".onnx": content},
        (f"{versions} {said} See docs/export.md.",),
        output(1 if model.classes else 0),
        output(0) if model.classes else None,
        output(1) if has_quantiles else None,
    )


def _about(model: Model) -> str:
    """What the file says of itself."""
    about = f"Predicts {model.target!r}; made by honed {version('honed')}."
    if model.classes:
        about += f" The probabilities are of {', '.join(map(repr, model.classes))}."
    return about


def _answers(model: Model, outputs: Sequence[Value], xp: Namespace) -> dict[str, Value]:
    """What the networks say together, by the name of the output."""
    pairs = list(zip(model.members, outputs, strict=True))
    first, *others = (member.weight * _said(member, own, xp) for member, own in pairs)
    total = sum(others, first)
    if model.classes:
        found = _sharpened(total, model.temperature, xp)
        return {"prediction": _decided(model, found, xp), "probabilities": found}
    names = {"prediction": total}
    if model.members[0].loss == "quantile":
        names["quantiles"] = xp.sorted(_units(model.members[0], outputs[0], xp))
    return names


def _said(member: Member, outputs: Value, xp: Namespace) -> Value:
    """See `honed.model.outputs.decode`."""
    if member.target.kind != "classes":
        parts = middle_parts(outputs.sample.shape[1], member.loss, member.quantiles)
        first, *others = (_units(member, outputs[:, place], xp) * part for place, part in parts)
        return sum(others, first)
    if member.loss != "squared":
        return _softmax(outputs, xp)
    kept = xp.maximum(outputs, LEAST_SHARE)
    return kept / kept.sum(axis=1, keepdims=True)


def _softmax(values: Value, xp: Namespace) -> Value:
    powers = xp.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _decided(model: Model, found: Value, xp: Namespace) -> Value:
    """The text of the class that is the answer: by the model's decision, or the likeliest."""
    own = model.decision
    if own is None:
        return xp.named(xp.argmax(found), model.classes)
    is_below = (found[:, own.positive] < own.threshold).astype(np.int64)
    return xp.named(is_below, (model.classes[own.positive], model.classes[1 - own.positive]))


def _sharpened(probabilities: Value, temperature: float, xp: Namespace) -> Value:
    """See `honed.model.outputs.sharpen`."""
    kept = xp.maximum(probabilities, _TINY)
    if temperature == 1.0:
        return kept / kept.sum(axis=1, keepdims=True)
    return xp.maximum(_softmax(xp.log(kept) / temperature, xp), _TINY)


def _units(member: Member, outputs: Value, xp: Namespace) -> Value:
    """Outputs in the target's units; see `honed.encode.target`."""
    target = member.target
    values = outputs * target.scale + target.mean
    if target.is_exponential:
        values = xp.exp(xp.minimum(values, 700.0)) - target.offset
    return xp.minimum(xp.maximum(values, target.low), target.high)
