"""What a run tells about itself: the facts behind `honed show`, and what `run.json` pins down."""

from __future__ import annotations

import contextlib
import math
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import numpy as np

from honed.errors import InputError
from honed.family import Family, Specification
from honed.figures import counted, figure
from honed.findings import finite
from honed.model.model import Model
from honed.report.facts import Choice, Facts, Spread, Trial
from honed.run.journal import Journal
from honed.search.assemble import Chosen
from honed.search.candidate import Candidate, plain
from honed.search.clock import budgets
from honed.search.explored import Explored
from honed.search.options import Options
from honed.search.plan import Plan
from honed.search.prepare import Prepared
from honed.search.runner import Runner, Score
from honed.search.space import Space
from honed.search.training import Training
from honed.settings import Value, declarations
from honed.table.cells import brief
from honed.train.spec import TrainingSpec
from honed.trials import ALL, baseline_key, trainings, tried
from honed.typed import JSON

_LIBRARIES = ("honed", "jax", "jaxlib", "numpy", "optax", "optuna", "polars")
_DECISIVE = ("honed", "jax", "jaxlib", "numpy", "optax")  # those that decide what comes of a training
_MEASURED = {"learning_rate": "range_test", "batch_size": "batch_search"}  # what "auto" keeps in the record
_RIVALS = {"linear": "the linear model", "boosting": "gradient boosting"}
_LEAST_COMPARED = 5  # trials on each side: fewer differ by chance, or by another setting that they share
_TOLD = ("learning_rate", "schedule", "optimizer", "weight_decay", "l2", "l1", "batch_size", "epochs")


def versions(prepared: Prepared) -> dict[str, JSON]:
    """What `run.json` holds beside the options: fingerprint of the data, versions, machine.

    Processor and BLAS kernels are named because they decide the last bits of a sum.
    """
    return {
        "fingerprint": prepared.source.fingerprint,
        "versions": {name: version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processor": _processor(),
        "blas": _kernels(),
    }


def _processor() -> str:
    """The model of the processor, as far as the system tells it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _kernels() -> str:
    """The BLAS libraries at work here, each with its version and the kernels that it chose for the processor."""
    from threadpoolctl import threadpool_info

    parts = ("internal_api", "version", "architecture")
    found = {
        " ".join(str(part) for name in parts if (part := each.get(name)))
        for each in threadpool_info()
        if each.get("user_api") == "blas"
    }
    return ", ".join(sorted(found))


class Begun(TypedDict):
    """What going on with a run needs of its `run.json`: the options it was started with, its data's fingerprint, …"""

    options: Options
    fingerprint: str
    versions: NotRequired[dict[str, str]]
    paths: NotRequired[dict[str, str]]


def check_unchanged(run: Begun, prepared: Prepared) -> None:
    """Refuse to go on with other data than the run was started with."""
    if run["fingerprint"] != prepared.source.fingerprint:
        raise InputError(
            f"The data in {prepared.options.data!r} have changed since this run was started, so its trials and "
            "new ones could not be compared. Put the earlier file back, or start a new run with `honed fit`."
        )


def check_versions(run: Begun, again: str, say: Callable[[str], None]) -> None:
    """Refuse to go on where other versions of libraries would change what the run has seen.

    A network trained by another JAX is another network, and honed itself decides what is trained under which name.
    Optuna only proposes: what it proposed is in the journal, so with another one the run goes on, and `say` is told.

    Parameters
    ----------
    again : the command that makes a new run, for the message.
    """
    begun = run.get("versions", {})
    other = {name: was for name, was in begun.items() if name in _LIBRARIES and was != version(name)}
    if decisive := [name for name in other if name in _DECISIVE]:
        was = " and ".join(f"{name} {other[name]}" for name in decisive)
        here = " and ".join(f"{name} {version(name)}" for name in decisive)
        wanted = " ".join(f'"{name}=={other[name]}"' for name in decisive)
        raise InputError(
            f"This run was started with {was}, and here is {here}, with which the same settings give other networks, "
            f"so its trials and new ones could not be compared. Install what it was started with (pip "
            f"install {wanted}), or start a new run with `honed {again}`."
        )
    if "optuna" in other:
        say(
            f"This run was started with Optuna {other['optuna']}, and here is {version('optuna')}: what was proposed "
            "is taken from the journal, and only what comes next is proposed by the new one."
        )


def facts(
    runner: Runner,
    plan: Plan,
    space: Space,
    explored: Explored,
    chosen: Chosen,
    scores: Mapping[str, Score],
    trained: list[tuple[Training, float]],
    default: Candidate,
    model: Model,
    seconds: float,
) -> Facts:
    """The whole content of `summary.json`."""
    prepared, best = runner.prepared, chosen.best
    result = _common(prepared)
    result["state"] = "done"
    if not prepared.options.single:
        result["uses"] = "ensemble"
    result["verdict"] = chosen.said
    result["network"] = _network(runner, best, chosen)
    if spread := _spread(runner, chosen.networks[best.number]):
        result["network"]["spread"] = spread
    result["choices"] = [
        _choice(name, best, default, explored, plan, prepared)
        for name in _shown(prepared.family, best.network)
    ]
    sign = -1 if prepared.metric.higher_is_better else 1
    result["ensemble"] = [
        {
            "name": chosen.candidates[number].name,
            "weight": share,
            "networks": len(chosen.networks[number]),
            "score": sign * explored.losses[number],
            "network": prepared.family.words(chosen.candidates[number].network, prepared.outputs),
        }
        for number, share in sorted(chosen.weights.items(), key=lambda item: -item[1])
    ]
    result["ledger"] = list(explored.ledger)
    result["scores"] = _scores(scores)
    worker_seconds, compiling = _worker_time(runner.journal)
    result["time"] = {
        "seconds": seconds,
        "budget": _whole_budget(runner.journal),
        "candidates": tried(runner.journal.events),
        "networks": _networks(runner.journal),
        "generations": _generations(runner.journal),
        "workers": runner.workers,
        "compiling": compiling / worker_seconds if worker_seconds else 0.0,
    }
    result["notes"] = _notes(
        prepared, model, _notes_on_search(space, scores, prepared, trained, runner.journal)
    )
    return result


def unfinished(prepared: Prepared, journal: Journal) -> Facts:
    """The facts of a run that was stopped before it could score itself."""
    result = _common(prepared)
    models = [event for event in journal.events if event["kind"] == "model"]
    result["state"] = "stopped"
    result["verdict"] = f"Stopped early; the model is {models[-1]['of'] if models else 'unknown'}."
    result["time"] = {
        "candidates": tried(journal.events),
        "networks": _networks(journal),
        "budget": prepared.options.budget,
    }
    return result


def by_hand(
    prepared: Prepared,
    network: Specification,
    training: TrainingSpec,
    given: set[str],
    value: dict[str, JSON],
    scores: Mapping[str, Score],
    model: Model,
) -> Facts:
    """The facts of one network trained by hand, with the settings `given`; `value` is the journal's record of it."""
    result = _common(prepared)
    result["state"] = "done"
    outputs = training.outputs(len(prepared.schema.target.classes))
    result["network"] = {
        **prepared.family.facts(network, model.encoders[0].inputs, outputs),
        "epochs": value["best_epoch"],
        "keeps_last": not training.early_stopping,
    }
    settings = plain(network) | plain(training)
    helps = declarations(type(network)) | declarations(TrainingSpec)
    told = [*_shown(prepared.family, network), *(name for name in settings if name in given)]
    used = {"weight_decay": training.decay, "batch_size": value["batch_size"]}
    result["choices"] = [
        {
            "setting": name,
            "value": _said(used.get(name, getattr(network if hasattr(network, name) else training, name))),
            "reason": helps[name].help,
            "evidence": "given" if name in given else "default",
        }
        for name in dict.fromkeys(told)
    ]
    for choice in result["choices"]:
        measured = value.get(_MEASURED.get(choice["setting"], ""))
        if measured is not None:
            choice["value"], choice["reason"] = value[choice["setting"]], measured["said"]
            choice["evidence"] = "measured"
    notes = [*value["notes"], *_sparsity_notes(prepared.family, training, model)]
    if prepared.options.valid is not None and not training.early_stopping and value["loss"] is not None:
        score = -value["loss"] if prepared.metric.higher_is_better else value["loss"]
        rows = counted(len(prepared.splits.folds[0].valid), "row")
        notes.append(
            f"On the {rows} given to validate on, which chose nothing: {prepared.metric.name} {score:.4g}."
        )
    result["notes"] = _notes(prepared, model, notes)
    result["scores"] = _scores(scores)
    result["time"] = {"seconds": value["compile_seconds"] + value["run_seconds"], "networks": 1}
    return result


def _said(value: Value) -> Any:
    """A setting for JSON, which has no infinity."""
    return "inf" if isinstance(value, float) and math.isinf(value) else value


def _notes(prepared: Prepared, model: Model, said: Sequence[str]) -> list[str]:
    """All notes of a run: on its rows, what `said` tells of it, and where its predictions end."""
    return [*prepared.notes, *said, *_ends(model)]


def _ends(model: Model) -> list[str]:
    """A note on where predicted values end; none for classes."""
    if model.classes:
        return []
    low, high = model.ends
    never = " As no training target is negative, no prediction is." if low == 0 else ""
    if math.isinf(high):
        return [f"Predictions have no upper bound (prediction_margin is inf).{never}"]
    why = "the range of the training targets and a margin beyond it (prediction_margin)"
    return [f"Predictions lie between {figure(low)} and {figure(high)}: {why}.{never}"]


def trials(explored: Explored) -> list[Trial]:
    """Every candidate with a full training: settings and its mean loss over so many folds, the best first."""
    return [
        {
            "number": c.number,
            "name": c.name,
            "loss": explored.losses[c.number],
            "folds": explored.folds,
            "network": plain(c.network),
            "training": plain(c.training),
            "target": c.target,
        }
        for c in explored.best_first()
    ]


def _common(prepared: Prepared) -> Facts:
    schema, splits = prepared.schema, prepared.splits
    kinds = [column.kind for column in schema.columns if column.used]
    return {
        "data": prepared.options.data,
        "target": schema.target.name,
        "task": schema.target.task,
        "task_reason": schema.target.reason,
        "metric": prepared.metric.name,
        "positive": None
        if prepared.metric.positive is None
        else schema.target.classes[prepared.metric.positive],
        "greater_is_better": prepared.metric.higher_is_better,
        "classes": list(schema.target.classes),
        "uses": "network",
        "network": {},
        "choices": [],
        "scores": {},
        "rows": {
            "train": len(prepared.y) - len(splits.outer),
            "outer": len(splits.outer),
            "dropped": schema.dropped_rows,
            "folds": len(splits.folds) // splits.repeats,
            "repeats": splits.repeats,
        },
        "columns": {
            "numeric": kinds.count("numeric"),
            "date": kinds.count("date"),
            "boolean": kinds.count("boolean"),
            "categorical": kinds.count("categorical"),
            "left_out": {column.name: column.reason for column in schema.columns if not column.used},
        },
        "time": {},
    }


def _scores(scores: Mapping[str, Score]) -> Any:
    """Scores as a report wants them; None for what is undefined on the outer rows."""
    return {
        "network" if name == "single" else name: finite(
            {"value": score["score"], "low": score["low"], "high": score["high"]}
        )
        for name, score in scores.items()
    }


def _network(runner: Runner, best: Candidate, chosen: Chosen) -> Any:
    spec, outputs = best.network, runner.prepared.outputs
    inputs = runner.fold("0").encoder.inputs
    first = chosen.networks[best.number][0]
    params = runner.parameters(first)
    outcome = runner.journal.result(first.key) or {"value": {}}
    return {
        **runner.prepared.family.facts(spec, inputs, outputs),
        "parameters": sum(int(np.size(value)) for value in params.values()),
        "epochs": outcome["value"].get("best_epoch"),
    }


def _sparsity_notes(family: Family, training: TrainingSpec, model: Model) -> list[str]:
    if not training.l1:
        return []
    member = model.members[0]
    weights = [value for name, value in member.params.items() if family.networks.role(name) == "weight"]
    share = sum(int((weight == 0).sum()) for weight in weights) / sum(weight.size for weight in weights)
    columns = family.unused(member.params, member.network, model.encoders[member.encoder])
    gone = f" Inputs that no longer count: {', '.join(columns)}." if columns else ""
    return [f"L1 set {share:.1%} of the weights to exactly 0.{gone}"]


def _spread(runner: Runner, networks: Sequence[Training]) -> Spread | None:
    """How far the networks of one candidate lie apart; None where there is but one."""
    outcomes = [runner.journal.result(training.key) for training in networks]
    losses = [outcome["value"]["loss"] for outcome in outcomes if outcome and outcome["ok"]]
    if len(losses) < 2 or None in losses:
        return None
    scores = -np.array(losses) if runner.prepared.metric.higher_is_better else np.array(losses)
    by = [what for what in ("fold", "seed") if len({getattr(training, what) for training in networks}) > 1]
    return {
        "networks": len(scores),
        "low": float(scores.min()),
        "high": float(scores.max()),
        "deviation": float(scores.std(ddof=1)),
        "differ": " and ".join(by),
    }


def _shown(family: Family, network: Specification) -> list[str]:
    """Settings to explain: those that decide something in this network, and those of its training."""
    return [*family.told(network), *_TOLD]


def _value(candidate: Candidate, name: str) -> Any:
    spec = candidate.network if hasattr(candidate.network, name) else candidate.training
    return getattr(spec, name)


def _choice(
    name: str, best: Candidate, default: Candidate, explored: Explored, plan: Plan, prepared: Prepared
) -> Choice:
    value = _value(best, name)
    shown = float(f"{value:.3g}") if isinstance(value, float) else value
    if name == "epochs":
        reason = (
            "as many as the budget allows to compare" if prepared.options.budget else "by the number of rows"
        ) + "; the best epoch on validation rows is kept"
        return {"setting": name, "value": shown, "reason": reason, "evidence": "design rule"}
    if name == "batch_size" and best.values.get("batch") == 1.0:
        reason = "by the number of rows, as RealMLP does (64 up to 1,024 rows, 128 to 8,192, 256 to 30,000)"
        return {"setting": name, "value": shown, "reason": reason, "evidence": "design rule"}
    compared = _compared(name, value, explored)
    if best.reason and (compared is None or value == _value(default, name)):
        is_first = name == _shown(prepared.family, best.network)[0]
        text = f"from {best.name}: {best.reason}" if is_first else f"from {best.name}"
        return {"setting": name, "value": shown, "reason": text, "evidence": "published default"}
    if compared is None:
        recipe = best.values.get("recipe", "its recipe")
        origin = next((c for c in explored.asked if c.name == recipe), None)
        if origin is not None and _value(origin, name) != value:
            before = _value(origin, name)
            known = figure(before) if isinstance(before, float) else before
            reason = f"as in the network that validated best; {recipe} has {known}"
            return {"setting": name, "value": shown, "reason": reason, "evidence": "trials compared"}
        return {"setting": name, "value": shown, "reason": f"from {recipe}", "evidence": "published default"}
    return {"setting": name, "value": shown, "reason": compared, "evidence": "trials compared"}


def _compared(name: str, value: Value, explored: Explored) -> str | None:
    """How trials with about this value did against the others on the first rung, or None without contrast."""
    near, far = [], []
    for candidate in explored.asked:
        loss = explored.quick.get(candidate.number, math.inf)
        if math.isfinite(loss):
            (near if _is_near(_value(candidate, name), value) else far).append(loss)
    if min(len(near), len(far)) < _LEAST_COMPARED:
        return None
    with_it, others = float(np.median(near)), float(np.median(far))
    did = "did better" if with_it < others else "did no better, but the network that did best has it"
    return (
        f"{len(near)} trials with about this value {did}: median loss {figure(with_it)}, of {len(far)} others "
        f"{figure(others)}"
    )


def _is_near(a: Value, b: Value) -> bool:
    if isinstance(a, float) and isinstance(b, float) and a > 0 and b > 0:
        return abs(math.log(a / b)) < math.log(2)
    return a == b


def missing_rivals(journal: Journal) -> list[str]:
    """A sentence for each rival that has no score, with the reason."""
    said = []
    for name, title in _RIVALS.items():
        outcome = journal.result(baseline_key(name))
        if outcome is None or outcome["ok"]:
            continue
        if outcome["error"] == "late":
            said.append(f"There was no time left for {title}, so it is not among the scores.")
        else:
            lines = str(outcome.get("detail") or outcome["error"]).strip().splitlines()
            said.append(
                f"{title.capitalize()} failed, so it is not among the scores: {brief(lines[-1], 200)}"
            )
    return said


def _whole_budget(journal: Journal) -> float | None:
    """All budgets that the run was given, in seconds; None where it was given trials."""
    given = [budget for budget in budgets(journal) if budget is not None]
    return sum(given) if len(given) == len(budgets(journal)) else None


def _generations(journal: Journal) -> int:
    """Generations that ended; whether another one follows may have been asked more than once."""
    names = [event["name"] for event in journal.events if event["kind"] == "decision"]
    return sum(name.startswith("generation after") and "extended" not in name for name in names)


def _worker_time(journal: Journal) -> tuple[float, float]:
    """Seconds that workers spent, and how many of them on compiling."""
    total = compiling = 0.0
    for _, value in trainings(journal.events):
        compiling += value["compile_seconds"]
        total += value["compile_seconds"] + value["run_seconds"]
    return total, compiling


def _networks(journal: Journal) -> int:
    return sum(1 for _ in trainings(journal.events))


def _notes_on_search(
    space: Space,
    scores: Mapping[str, Score],
    prepared: Prepared,
    trained: list[tuple[Training, float]],
    journal: Journal,
) -> list[str]:
    notes = [prepared.splits.reason + "."]
    again = sum(training.fold == ALL for training, _ in trained)
    if again and len(prepared.splits.outer):
        were = "was" if again == 1 else "were"
        notes.append(
            f"{again} of {counted(len(trained), 'saved network')} {were} trained again on all rows, so the score, from "
            "networks that had not seen its rows, is a careful one."
        )
    boosting = scores.get("boosting")
    inner = len(prepared.y) - len(prepared.splits.outer)
    if boosting and boosting.get("rows", inner) < inner:
        notes.append(
            f"Gradient boosting learned from {boosting.get('rows', inner):,} of {inner:,} rows, to bound its time."
        )
    notes += missing_rivals(journal)
    return notes + [f"Range widened: {text}." for text in space.widenings]
