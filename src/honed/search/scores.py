"""Scores on the outer rows, which no choice has seen; and how far the winner's networks lie apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from honed.heads import beside
from honed.model.model import Model
from honed.report.facts import Spread
from honed.search import save
from honed.search.assemble import Chosen
from honed.search.candidate import Candidate
from honed.search.explored import Explored
from honed.search.prepare import Prepared, constant, ys_of
from honed.search.runner import Runner, Score, scored
from honed.search.training import Training


def of_chosen(
    runner: Runner, chosen: Chosen, default: Candidate, explored: Explored
) -> tuple[dict[str, Score], Model]:
    """Scores before training again, and the model that they are about.

    Those of the ensemble, of its best network, and of one network of the default, if one was fully trained.
    """
    shares = [
        (t, share / len(chosen.networks[n]))
        for n, share in chosen.weights.items()
        for t in chosen.networks[n]
    ]
    everyone = save.model(runner, shares, chosen.temperatures)
    # Alone it is calibrated only where it is what predicts: the temperature is then its own.
    heats = chosen.temperatures if runner.prepared.options.single else ()
    alone = save.model(runner, [(chosen.networks[chosen.best.number][0], 1.0)], heats)
    models = {"ensemble": everyone, "single": alone}
    if default.reason and default.number >= 0:
        models["default"] = save.model(runner, [(explored.full[default.number][0].training, 1.0)])
    return of_models(runner.prepared, models), alone if runner.prepared.options.single else everyone


def of_models(prepared: Prepared, models: dict[str, Model]) -> dict[str, Score]:
    """The score of each model on the outer rows, with its 95 % interval."""
    outer = prepared.splits.outer
    if not len(outer):
        return {}
    rows = prepared.source.take(outer)
    return {name: scored(prepared, model.told(rows)) for name, model in models.items()}


def of_constant(prepared: Prepared) -> dict[str, Score]:
    """The score on the outer rows, as "trivial", of the mean or the class frequencies of those learned from.

    It costs nothing, so it needs no worker and no time left; there is none where there are no outer rows.
    """
    outer, fold = prepared.splits.outer, prepared.splits.folds[0]
    if not len(outer):
        return {}
    seen = np.concatenate([fold.train, fold.valid])
    said = [
        constant(y[seen], head.classes, len(outer))
        for y, head in zip(ys_of(prepared.source), prepared.heads, strict=True)
    ]
    return {"trivial": scored(prepared, beside(said))}


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
