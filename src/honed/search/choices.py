"""Why each setting of the chosen network has its value: `choices`."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from honed.family import Family, Specification
from honed.figures import figure
from honed.report.facts import Choice
from honed.run.journal import Journal
from honed.search import first_network, ways
from honed.search.candidate import Candidate, encoding_spec
from honed.search.explored import Explored
from honed.search.prepare import Prepared
from honed.settings import Value, declarations
from honed.train.spec import TrainingSpec

_LEAST_COMPARED = 5  # trials on each side: fewer differ by chance, or by another setting that they share
_TOLD = ("learning_rate", "schedule", "optimizer", "weight_decay", "l2", "l1", "batch_size", "epochs")


def choices(
    best: Candidate, default: Candidate, explored: Explored, prepared: Prepared, journal: Journal
) -> list[Choice]:
    """One for each setting that decides something in the best network, with the evidence for its value."""
    names = shown(prepared.family, best.network)
    if has_encodings(explored):
        names.append("encoding")
    return [_choice(name, best, default, explored, prepared, journal) for name in names]


def by_hand(
    family: Family,
    network: Specification,
    values: Mapping[str, Value],
    given: Collection[str],
    measured: Mapping[str, str],
) -> list[Choice]:
    """One for each setting that decides something in a network that was trained by hand, and each that was given.

    Parameters
    ----------
    values : of settings of network, training and encoding, as they were used.
    given : the names of those that its user chose.
    measured : how "auto" came to a value, by name.
    """
    kinds = (type(network), TrainingSpec, encoding_spec(family))
    helps = {name: each.help for kind in kinds for name, each in declarations(kind).items()}
    told = [*shown(family, network), *(name for name in values if name in given)]
    return [
        {
            "setting": name,
            "value": _in_json(values[name]),
            "reason": measured.get(name) or helps[name],
            "evidence": "measured" if name in measured else "given" if name in given else "default",
        }
        for name in dict.fromkeys(told)
    ]


def _in_json(value: Value) -> Any:
    """A setting for JSON, which has no infinity."""
    return "inf" if isinstance(value, float) and math.isinf(value) else value


def has_encodings(explored: Explored) -> bool:
    """Whether more than one encoding of rows was tried."""
    return len({candidate.encoding for candidate in explored.asked}) > 1


def shown(family: Family, network: Specification) -> list[str]:
    """Settings to explain: those that decide something in this network, and those of its training."""
    return [*family.told(network), *_TOLD]


def compared(name: str, value: Value, explored: Explored) -> str | None:
    """How trials with about this value did against the others on the first rung, or None without contrast."""
    near, far = [], []
    for candidate in explored.asked:
        loss = explored.quick.get(candidate.number, math.inf)
        if math.isfinite(loss):
            (near if _is_near(candidate.setting(name), value) else far).append(loss)
    if min(len(near), len(far)) < _LEAST_COMPARED:
        return None
    with_it, others = float(np.median(near)), float(np.median(far))
    did = "did better" if with_it < others else "did no better, but the network that did best has it"
    return (
        f"{len(near)} trials with about this value {did}: median loss {figure(with_it)}, of {len(far)} others "
        f"{figure(others)}"
    )


def _of_encoding(best: Candidate, explored: Explored, prepared: Prepared, journal: Journal) -> str | None:
    """What speaks for how rows are encoded: networks that differ in nothing else; None where none does."""
    usual, higher_is_better = prepared.encodings[0], prepared.metric.higher_is_better
    if said := ways.reason(journal, best.encoding, usual, higher_is_better=higher_is_better):
        return said
    known, where = explored.losses, ""
    own = explored.by_number.get(best.number, best)  # as asked for: finalists have no patience
    twins = [twin for twin in explored.asked if _is_twin(twin, own)]
    if not any(twin.number in known for twin in twins):
        known, where = explored.quick, " on a sample"
    losses = {twin: known[twin.number] for twin in twins if twin.number in known}
    rival = min(losses, key=losses.__getitem__, default=None)
    with_it = known.get(best.number, math.inf)
    if rival is None or not with_it < losses[rival]:
        return None
    here, there = (figure(-loss if higher_is_better else loss) for loss in (with_it, losses[rival]))
    same = f"{rival.name}, the same otherwise, at {there} with {rival.encoding!r}"
    return f"{best.name} validated at {here} with it{where}, and {same}"


def _is_twin(other: Candidate, best: Candidate) -> bool:
    """Whether the two differ in how their rows are encoded, and in nothing else."""
    settings = [(each.network, each.training, each.target, each.focus) for each in (other, best)]
    return other.encoding != best.encoding and settings[0] == settings[1]


def _choice(
    name: str, best: Candidate, default: Candidate, explored: Explored, prepared: Prepared, journal: Journal
) -> Choice:
    value = best.setting(name)
    told = float(f"{value:.3g}") if isinstance(value, float) else value
    if name == "epochs":
        own = explored.full[best.number][0]
        if own.training.seconds is not None:
            made = float(f"{own.value['passes'][-1]:.3g}")
            reason = "passes over the rows, for which there was time; the schedule ended with it"
            return {"setting": name, "value": made, "reason": reason, "evidence": "design rule"}
        reason = (
            "as many as the budget allows to compare" if prepared.options.budget else "by the number of rows"
        ) + "; the best epoch on validation rows is kept"
        return {"setting": name, "value": told, "reason": reason, "evidence": "design rule"}
    if name == "batch_size" and best.values.get("batch") == 1.0:
        reason = "by the number of rows, as RealMLP does (64 up to 1,024 rows, 128 to 8,192, 256 to 30,000)"
        is_many = len(prepared.splits.folds[0].train) > first_network.MANY_ROWS
        if is_many and prepared.options.budget is not None:
            reason = "of many rows, for more steps in few passes, as RealMLP does at any size"
        return {"setting": name, "value": told, "reason": reason, "evidence": "design rule"}
    recipe = next((c for c in explored.asked if c.name == best.values.get("recipe")), best)
    if name in recipe.rules and value == recipe.setting(name):
        return {"setting": name, "value": told, "reason": recipe.rules[name], "evidence": "design rule"}
    if name == "encoding" and (said := _of_encoding(best, explored, prepared, journal)):
        return {"setting": name, "value": told, "reason": said, "evidence": "trials compared"}
    evidence = compared(name, value, explored)
    if best.reason and (evidence is None or value == default.setting(name)):
        is_first = name == shown(prepared.family, best.network)[0]
        text = f"from {best.name}: {best.reason}" if is_first else f"from {best.name}"
        return {"setting": name, "value": told, "reason": text, "evidence": "published default"}
    if evidence is None:
        recipe = best.values.get("recipe", "its recipe")
        origin = next((c for c in explored.asked if c.name == recipe), None)
        if origin is not None and origin.setting(name) != value:
            before = origin.setting(name)
            known = figure(before) if isinstance(before, float) else before
            reason = f"as in the network that validated best; {recipe} has {known}"
            return {"setting": name, "value": told, "reason": reason, "evidence": "trials compared"}
        return {"setting": name, "value": told, "reason": f"from {recipe}", "evidence": "published default"}
    return {"setting": name, "value": told, "reason": evidence, "evidence": "trials compared"}


def _is_near(a: Value, b: Value) -> bool:
    if isinstance(a, float) and isinstance(b, float) and a > 0 and b > 0:
        return abs(math.log(a / b)) < math.log(2)
    return a == b
