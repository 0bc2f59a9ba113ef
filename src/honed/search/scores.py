"""Scores on the outer rows, which no choice has seen; and how far the winner's networks lie apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from honed.heads import beside
from honed.metrics import constant
from honed.model.intervals import Intervals
from honed.model.model import Model
from honed.report.facts import Beside, Spread
from honed.search import save, shared_otherwise
from honed.search.assemble import Chosen
from honed.search.candidate import Candidate
from honed.search.prepare import Prepared, ys_of
from honed.search.runner import Runner, Score, scored
from honed.search.training import Training


class Scored(NamedTuple):
    """What a score is of: a model, and what each of its networks says of the outer rows (`Model.each`)."""

    model: Model
    each: list[np.ndarray]

    def with_intervals(self, intervals: Intervals | None) -> Scored:
        """The same of the model with these intervals."""
        return self._replace(model=replace(self.model, intervals=intervals))


def of_chosen(
    runner: Runner, chosen: Chosen, networks: Mapping[int, list[Training]], default: Candidate
) -> tuple[dict[str, np.ndarray], Scored]:
    """What is said of the outer rows before training again, and the model whose score that gives.

    Of the `networks`, by candidate: those of the ensemble, its best one, and one of the default, if one was fully
    trained. Each is asked once.
    """
    shares = [each for n, share in chosen.weights.items() for each in save.divided(share, networks[n])]
    best = save.alike(runner, networks[chosen.best.number][:1])
    # Alone it is calibrated only where it is what predicts: the temperature is then its own.
    heats = chosen.temperatures if runner.prepared.options.single else ()
    models = {"ensemble": (shares, chosen.temperatures), "single": (best, heats)}
    if default.reason and default.number >= 0:
        models["default"] = save.alike(runner, networks[default.number][:1]), ()
    used = runner.prepared.used
    outer, each = runner.prepared.splits.outer, dict[Training, np.ndarray]()
    if not len(outer):
        return {}, Scored(save.model(runner, *models[used], decision=chosen.decision), [])
    rows = runner.prepared.source.take(outer)
    said, scored = dict[str, np.ndarray](), dict[str, Scored]()
    for name, (own, temperatures) in models.items():
        new = [training for training, _ in own if training not in each]
        if new:
            each |= zip(new, save.model(runner, save.alike(runner, new)).each(rows), strict=True)
        model = save.model(runner, own, temperatures, chosen.decision)
        scored[name] = Scored(model, [each[training] for training, _ in own])
        said[name] = model.told(rows, scored[name].each)
    return said, scored[used]


def otherwise(runner: Runner, training: Training | None, scores: Mapping[str, Score]) -> Beside | None:
    """The score of the best network where rows are shared out in another way, beside that of it on the outer rows.

    Parameters
    ----------
    training : the network, which learned from the rows of `Splits.otherwise`; None where there is none.
    """
    other, known = runner.prepared.splits.otherwise, scores.get("single")
    if training is None or other is None or known is None or math.isnan(known["score"]):
        return None
    said = save.model(runner, save.alike(runner, [training])).told(runner.prepared.source.take(other.outer))
    groups = None if other.groups is None else other.groups[other.outer]
    found = scored(runner.prepared, said, other.outer, groups)
    if math.isnan(found["score"]):
        return None
    return shared_otherwise.told(runner.prepared, other, found, known)


def of_model(prepared: Prepared, model: Model) -> tuple[np.ndarray, Scored]:
    """What a model says of the outer rows, and it with what its networks do."""
    if not len(prepared.splits.outer):
        return np.zeros(0), Scored(model, [])
    rows = prepared.source.take(prepared.splits.outer)
    each = model.each(rows)
    return model.told(rows, each), Scored(model, each)


def of_said(prepared: Prepared, said: Mapping[str, np.ndarray]) -> dict[str, Score]:
    """The score of what each says of the outer rows; none where there are no such rows."""
    if not len(prepared.splits.outer):
        return {}
    return {name: scored(prepared, own) for name, own in said.items()}


def of_constant(prepared: Prepared) -> dict[str, Score]:
    """The score of `constant_said`."""
    return of_said(prepared, constant_said(prepared))


def constant_said(prepared: Prepared) -> dict[str, np.ndarray]:
    """Of the outer rows, as "trivial", the mean or the class frequencies of those learned from.

    It costs nothing, so it needs no worker and no time left; there is none where there are no outer rows.
    """
    outer, fold = prepared.splits.outer, prepared.splits.folds[0]
    if not len(outer):
        return {}
    inner = prepared.splits.inner
    seen = np.concatenate([fold.train, fold.valid]) if inner is None else inner
    said = [
        constant(y[seen], head.classes, len(outer))
        for y, head in zip(ys_of(prepared.source), prepared.heads, strict=True)
    ]
    return {"trivial": beside(said)}


def spread(runner: Runner, networks: Sequence[Training]) -> Spread | None:
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
