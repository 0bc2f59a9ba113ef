"""What a run tells about itself: the facts behind `honed show`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

import numpy as np

from honed import passes
from honed.family import Family
from honed.figures import counted, duration, figure
from honed.findings import finite
from honed.metrics import choose
from honed.model.model import Model
from honed.report.facts import Beside, Facts, Head, Member, Rows, Scores, Trial
from honed.run.journal import Journal
from honed.search import choices, few_passes, lanes, ways
from honed.search.assemble import Chosen
from honed.search.candidate import Candidate, plain
from honed.search.choices import has_encodings
from honed.search.clock import budgets
from honed.search.explored import Explored
from honed.search.plan import Plan
from honed.search.prepare import Prepared
from honed.search.runner import Runner, Score
from honed.search.save import Shares
from honed.search.scores import spread
from honed.search.space import Space
from honed.search.training import Training
from honed.table.cells import brief
from honed.train.spec import TrainingSpec
from honed.trials import ALL, baseline_key, trainings, tried
from honed.typed import JSON

_LEFT_OVER = 0.1  # of the budget: of more that is left it is said why
_MEASURED = {"learning_rate": "range_test", "batch_size": "batch_search"}  # what "auto" keeps in the record
_RIVALS = {"linear": "the linear model", "boosting": "gradient boosting"}


def facts(
    runner: Runner,
    plan: Plan,
    space: Space,
    explored: Explored,
    chosen: Chosen,
    networks: Mapping[int, list[Training]],
    scores: Mapping[str, Score],
    beside: Beside | None,
    trained: list[tuple[Training, Shares]],
    default: Candidate,
    model: Model,
    seconds: float,
) -> Facts:
    """The whole content of `summary.json`; `networks` by candidate are those that were scored."""
    prepared, best = runner.prepared, chosen.best
    result = common(prepared)
    result["state"] = "done"
    if not prepared.options.single:
        result["uses"] = "ensemble"
    result["verdict"] = chosen.said
    result["network"] = _network(runner, best, chosen)
    if apart := spread(runner, chosen.networks[best.number]):
        result["network"]["spread"] = apart
    result["choices"] = choices.choices(best, default, explored, prepared, runner.journal)
    result["ensemble"] = [
        _voter(prepared, explored, chosen, number, len(networks[number]))
        for number, _ in sorted(chosen.weights.items(), key=lambda item: -sum(item[1]))
    ]
    result["ledger"] = list(explored.ledger)
    result["scores"] = told_scores(scores)
    if beside is not None:
        result["beside"] = finite(beside)
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
    result["notes"] = notes(
        prepared,
        model,
        [
            *_notes_on_search(space, scores, beside, prepared, trained, runner.journal, plan, explored),
            *left_over(result["time"]["budget"], seconds),
        ],
    )
    return result


def left_over(budget: float | None, seconds: float) -> list[str]:
    """Why a run ended well before its time, in a sentence; nothing where it did not, or was given trials."""
    if budget is None or budget - seconds <= _LEFT_OVER * budget:
        return []
    said = (
        f"{duration(budget - seconds)} of {duration(budget)} are left: what is trained after the search itself took "
        "less than was kept for it. `honed resume` with --budget searches on."
    )
    return [said]


def _voter(prepared: Prepared, explored: Explored, chosen: Chosen, number: int, networks: int) -> Member:
    """What is told of a candidate that votes by so many networks."""
    candidate, shares = chosen.candidates[number], chosen.weights[number]
    what = prepared.family.words(candidate.network, prepared.outputs)
    found: Member = {
        "name": candidate.name,
        "weight": float(np.mean(shares)),
        "networks": networks,
        "score": (-1 if prepared.metric.higher_is_better else 1) * explored.losses[number],
        "network": what + (f", {candidate.encoding}" if has_encodings(explored) else ""),
    }
    if len(shares) > 1:
        found["heads"] = list(shares)
    return found


def unfinished(prepared: Prepared, journal: Journal) -> Facts:
    """The facts of a run that was stopped before it could score itself."""
    result = common(prepared)
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
    candidate: Candidate,
    given: set[str],
    value: dict[str, JSON],
    scores: Mapping[str, Score],
    model: Model,
) -> Facts:
    """The facts of one network trained by hand, with the settings `given`; `value` is the journal's record of it."""
    result = common(prepared)
    result["state"] = "done"
    network, training = candidate.network, candidate.training
    outputs = sum(part.outputs for part in training.parts(prepared.heads))
    about: Any = {
        **prepared.family.facts(network, model.encoders[0].inputs, outputs),
        "encoding": candidate.encoding,
        **_kept(value),
        "keeps_last": not training.early_stopping,
    }
    result["network"] = about
    measured = {name: value[key]["said"] for name, key in _MEASURED.items() if value.get(key) is not None}
    values = asdict(network) | asdict(training) | {"encoding": candidate.encoding}
    values |= {"weight_decay": training.decay, "batch_size": value["batch_size"]}
    values |= {name: value[name] for name in measured}
    result["choices"] = choices.by_hand(prepared.family, network, values, given, measured)
    said = [*value["notes"], *_sparsity_notes(prepared.family, training, model)]
    if prepared.options.valid is not None and not training.early_stopping and value["loss"] is not None:
        score = -value["loss"] if prepared.metric.higher_is_better else value["loss"]
        rows = counted(len(prepared.splits.folds[0].valid), "row")
        said.append(
            f"On the {rows} given to validate on, which chose nothing: {prepared.metric.name} {score:.4g}."
        )
    result["notes"] = notes(prepared, model, said)
    result["scores"] = told_scores(scores)
    result["time"] = {"seconds": value["compile_seconds"] + value["run_seconds"], "networks": 1}
    return result


def notes(prepared: Prepared, model: Model, said: Sequence[str]) -> list[str]:
    """All notes of a run: on its rows, what `said` tells of it, and where its predictions end."""
    return [*prepared.notes, *said, *_ends(model)]


def _ends(model: Model) -> list[str]:
    """A note on where predicted values end; none for classes."""
    found = []
    for number, head in enumerate(model.heads):
        if not head.classes:
            what = f"{head.name}: " if model.schema.further else ""
            found.append(what + _ends_of(*model.ends_of(number)))
    return found


def _ends_of(low: float, high: float) -> str:
    never = " As no training target is negative, no prediction is." if low == 0 else ""
    if math.isinf(high):
        return f"Predictions have no upper bound (prediction_margin is inf).{never}"
    why = "the range of the training targets and a margin beyond it (prediction_margin)"
    return f"Predictions lie between {figure(low)} and {figure(high)}: {why}.{never}"


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
            "encoding": c.encoding,
        }
        for c in explored.best_first()
    ]


def common(prepared: Prepared) -> Facts:
    """What is known of the data alone."""
    schema, splits = prepared.schema, prepared.splits
    rows: Rows = {
        "train": len(splits.known(len(prepared.y))),
        "outer": len(splits.outer),
        "dropped": schema.dropped_rows,
        "folds": len(splits.folds) // splits.repeats,
        "repeats": splits.repeats,
    }
    if schema.time is not None:
        rows["newest"] = schema.time
    kinds = [column.kind for column in schema.columns if column.used]
    heads: list[Head] = [
        {
            "target": target.name,
            "task": target.task,
            "metric": choose(None, target.task).name,
            "classes": list(target.classes),
            "reason": target.reason,
        }
        for target in schema.targets
    ]
    facts: Facts = {
        "data": prepared.options.named,
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
        "rows": rows,
        "columns": {
            "numeric": kinds.count("numeric"),
            "date": kinds.count("date"),
            "boolean": kinds.count("boolean"),
            "categorical": kinds.count("categorical"),
            "left_out": {column.name: column.reason for column in schema.columns if not column.used},
        },
        "time": {},
    }
    if "list" in kinds:
        facts["columns"]["list"] = kinds.count("list")
    if "words" in kinds:
        facts["columns"]["words"] = kinds.count("words")
    if schema.further:
        facts["heads"] = heads
    return facts


def told_scores(scores: Mapping[str, Score]) -> Scores:
    """Scores as a report wants them; None for what is undefined on the outer rows."""
    found = {
        "network" if name == "single" else name: finite(
            {"value": score["score"], "low": score["low"], "high": score["high"]}
            | ({"heads": score["heads"]} if "heads" in score else {})
        )
        for name, score in scores.items()
    }
    return cast(Scores, found)


def _network(runner: Runner, best: Candidate, chosen: Chosen) -> Any:
    spec, outputs = best.network, runner.prepared.outputs
    inputs = runner.inputs(best.encoding)
    first = chosen.networks[best.number][0]
    params = runner.parameters(first)
    outcome = runner.journal.result(first.key) or {"value": {}}
    return {
        **runner.prepared.family.facts(spec, inputs, outputs),
        "encoding": best.encoding,
        "parameters": sum(int(np.size(value)) for value in params.values()),
        **_kept(outcome["value"]),
    }


def _kept(value: Mapping[str, JSON]) -> Any:
    """What the network's weights are of: an epoch, or of many rows so many passes."""
    best = value.get("best_epoch")
    if value.get("passes") is None or not best:
        return {"epochs": best}
    return {"passes": passes.made(value, best)}


def _sparsity_notes(family: Family, training: TrainingSpec, model: Model) -> list[str]:
    if not training.l1:
        return []
    member = model.members[0]
    weights = [value for name, value in member.params.items() if family.networks.role(name) == "weight"]
    share = sum(int((weight == 0).sum()) for weight in weights) / sum(weight.size for weight in weights)
    columns = family.unused(member.params, member.network, model.encoders[member.encoder])
    gone = f" Inputs that no longer count: {', '.join(columns)}." if columns else ""
    return [f"L1 set {share:.1%} of the weights to exactly 0.{gone}"]


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
    beside: Beside | None,
    prepared: Prepared,
    trained: list[tuple[Training, Shares]],
    journal: Journal,
    plan: Plan,
    explored: Explored,
) -> list[str]:
    notes = [
        prepared.splits.reason + ".",
        *few_passes.said(plan, explored, len(prepared.splits.folds[0].train)),
        *lanes.told(journal),
        *ways.told(journal, higher_is_better=prepared.metric.higher_is_better),
    ]
    if prepared.splits.otherwise is not None and beside is None:
        notes.append("There was no time for the score of rows that are shared out in another way.")
    again = sum(training.fold == ALL for training, _ in trained)
    if again and len(prepared.splits.outer):
        were = "was" if again == 1 else "were"
        notes.append(
            f"{again} of {counted(len(trained), 'saved network')} {were} trained again on all rows, so the score, from "
            "networks that had not seen its rows, is a careful one."
            if prepared.source.times is None
            else f"{again} of {counted(len(trained), 'saved network')} {were} trained again on all rows up to the "
            "newest, so what predicts is the same work as what was scored, one step of time later."
        )
    boosting = scores.get("boosting")
    first = prepared.splits.folds[0]
    inner = len(first.train) + len(first.valid)
    if boosting and boosting.get("rows", inner) < inner:
        notes.append(
            f"Gradient boosting learned from {boosting.get('rows', inner):,} of {inner:,} rows, to bound its time."
        )
    notes += missing_rivals(journal)
    return notes + [f"Range widened: {text}." for text in space.widenings]
