"""`load` gives the model that a folder holds, once every part of it fits the others."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np

from honed import typed
from honed.encode.target import TargetEncoder
from honed.errors import InputError, RunError
from honed.family import Encoder, Family, find_known_family
from honed.model import files
from honed.model.decision import Decision
from honed.model.files import DOCUMENT, WEIGHTS
from honed.model.intervals import Intervals
from honed.model.model import Member, Model
from honed.model.outputs import Reading
from honed.run import journal
from honed.run.holder import holder
from honed.settings import build
from honed.table.columns import Schema
from honed.table.target import Target

_ROUNDING = 1e-6  # by which shares may miss their sum


def load(path: str | Path) -> Model:
    """The model in a run's folder, or in a folder that an estimator's `save` wrote; works while the run goes on.

    Its `predict` and `predict_proba` take what the estimators take; see `Model`.

    Raises
    ------
    InputError
        There is no such folder, no model in it yet, or a family of networks made it that is not imported.
    RunError
        The model is damaged or may not be read.
    """
    from honed.run.folder import read_whole

    path = Path(path)
    folder = path / "model" if os.path.isdir(path / "model") else path
    if not _is_there(folder / DOCUMENT):
        there = "Give the folder that `honed fit --out` wrote."
        if (path / "journal.jsonl").exists():
            there = _why_there_is_none(path)
        raise InputError(f"No model found at {str(path)!r}. {there}")
    return read_whole(folder, _read)


def _why_there_is_none(run: Path) -> str:
    """A sentence on a run without a model: whether to wait for it, to go on with it or to look at what went wrong."""
    if journal.failure_at(run / "journal.jsonl"):
        return f"Its run ended without one; `honed show {run}` says why."
    if holder(run) is not None:
        return "There is no model in it yet; wait a few seconds, or look at its journal.jsonl."
    return f"Its run was interrupted before there was one; `honed resume {run}` goes on."


def _is_there(path: Path) -> bool:
    """Whether something has that name, also where that may not be known."""
    try:
        os.stat(path)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _read(folder: Path) -> Model:
    try:
        document, arrays = files.read(folder)
    except typed.Misfit as error:
        raise _damaged(folder, error) from error
    family = find_known_family(document.get("family"))
    try:
        return _model(document, arrays, family)
    except (typed.Misfit, InputError) as error:
        raise _damaged(folder, error) from error


def _damaged(folder: Path, error: Exception) -> RunError:
    found = str(error).rstrip(".")
    return RunError(
        f"The model in {folder} is damaged: {found}. Copy it again from where it was made, or train again."
    )


def _model(document: files.Document, arrays: dict[str, np.ndarray], family: Family) -> Model:
    """The model that both files describe; `Misfit` or `InputError` where they do not fit together."""
    schema = Schema.from_json(document["schema"], "schema")
    encoders = tuple(
        family.encoder(encoder, f"encoders[{number}]", schema)
        for number, encoder in enumerate(document["encoders"])
    )
    members = tuple(
        _member(number, member, family, schema, encoders, arrays)
        for number, member in enumerate(document["members"])
    )
    typed.require(not arrays, WEIGHTS, f"holds an array too much, {typed.shown(next(iter(arrays), ''))}")
    for shares in zip(*(member.shares for member in members), strict=True):
        total = sum(shares)
        typed.require(abs(total - 1) < _ROUNDING, "members", f"have weights that sum to {total:g}, not 1")
    temperature = document["temperature"]
    typed.require(
        0 < temperature < math.inf, "temperature", f"is {temperature}, but it must be above 0 and finite"
    )
    further = tuple(document.get("further", ()))
    typed.require(len(further) == len(schema.further), "further", "has not one temperature for each target")
    typed.require(all(0 < heat < math.inf for heat in further), "further", "has a temperature that is none")
    intervals, found = None, document.get("intervals")
    if found is not None:
        intervals = Intervals.from_json(found, "intervals")
        is_fit = not schema.target.classes and (not intervals.quantiles or members[0].loss == "quantile")
        typed.require(is_fit, "intervals", "are not of the schema's task and the members' loss")
    decision, found = None, document.get("decision")
    if found is not None:
        decision = Decision.from_json(found, "decision")
        has_two = schema.target.task == "binary" and not schema.further
        typed.require(has_two, "decision", "is not of the schema's task")
    return Model(schema, encoders, members, temperature, document.get("family"), further, intervals, decision)


def _member(
    number: int,
    document: files.MemberDocument,
    family: Family,
    schema: Schema,
    encoders: tuple[Encoder, ...],
    arrays: dict[str, np.ndarray],
) -> Member:
    """One member; its arrays are taken out of `arrays`."""
    place, place_of = f"members[{number}]", document["encoder"]
    typed.require(
        0 <= place_of < len(encoders), f"{place}.encoder", f"is {place_of} of {len(encoders)} encoders"
    )
    weight = document["weight"]
    main = _reading(document, schema.target, place, weight)
    others = document.get("further", [])
    typed.require(len(others) == len(schema.further), f"{place}.further", "has not one entry for each target")
    further = tuple(
        _reading(own, target, f"{place}.further[{n}]", own.get("weight", weight))
        for n, (own, target) in enumerate(zip(others, schema.further, strict=True))
    )
    shares = [own.weight for own in (main, *further)]
    places = [place, *(f"{place}.further[{n}]" for n in range(len(further)))]
    for own, share in zip(places, shares, strict=True):
        typed.require(0 <= share <= 1 + _ROUNDING, f"{own}.weight", f"is {share}, not a share")
    typed.require(any(shares), f"{place}.weight", "is 0, so it has no say")
    (network,) = build([family.specification], document["network"])
    params = {}
    variances = {layer.statistics[1] for layer in family.networks.layers(network) if layer.statistics}
    shapes = family.networks.shapes(
        network, encoders[place_of].inputs, sum(own.outputs for own in (main, *further))
    )
    for name, shape in shapes.items():
        where = f"{WEIGHTS}: {number}/{name}"
        typed.require(f"{number}/{name}" in arrays, where, "is missing")
        params[name] = array = arrays.pop(f"{number}/{name}")
        typed.require(array.shape == shape, where, f"has shape {array.shape}, but the network needs {shape}")
        typed.finite(array, where)
        if name in variances:
            typed.require((array >= 0).all(), where, "holds a negative variance")
    voice = document.get("voice", 0)
    return Member(network, place_of, main.target, params, weight, main.loss, main.quantiles, further, voice)


def _reading(
    document: files.MemberDocument | files.ReadingDocument, target: Target, place: str, weight: float
) -> Reading:
    """How outputs become the answer to that target."""
    encoder = TargetEncoder.from_json(document["target"], f"{place}.target")
    classes = len(target.classes)
    typed.require(
        (encoder.kind == "classes") == bool(classes), f"{place}.target", "is not of the schema's task"
    )
    quantiles = tuple(document["quantiles"])
    rising = all(low < high for low, high in zip((0, *quantiles), (*quantiles, 1), strict=True))
    fits = rising if document["loss"] == "quantile" else not quantiles
    typed.require(fits, f"{place}.quantiles", f"are {typed.shown(quantiles)}, which its loss has not")
    outputs = classes or len(quantiles) or 1
    return Reading(encoder, document["loss"], quantiles, outputs, weight)
