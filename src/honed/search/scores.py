"""Scores on the outer rows, which no choice has seen."""

from __future__ import annotations

import numpy as np

from honed.model.model import Model
from honed.search import ensemble, save
from honed.search.assemble import Chosen
from honed.search.candidate import Candidate
from honed.search.explored import Explored
from honed.search.prepare import Prepared
from honed.search.runner import Runner, Score


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
    everyone = save.model(runner, shares, chosen.temperature)
    # Alone it is calibrated only where it is what predicts: the temperature is then its own.
    heat = chosen.temperature if runner.prepared.options.single else 1.0
    alone = save.model(runner, [(chosen.networks[chosen.best.number][0], 1.0)], heat)
    models = {"ensemble": everyone, "single": alone}
    if default.reason and default.number >= 0:
        models["default"] = save.model(runner, [(explored.full[default.number][0].training, 1.0)], 1.0)
    return of_models(runner.prepared, models), alone if runner.prepared.options.single else everyone


def of_models(prepared: Prepared, models: dict[str, Model]) -> dict[str, Score]:
    """The score of each model on the outer rows, with its 95 % interval."""
    outer = prepared.splits.outer
    if not len(outer):
        return {}
    truth = prepared.y[outer]
    frame = prepared.table.frame[prepared.rows[outer].tolist()]
    found = {}
    for name, model in models.items():
        predictions = model.probabilities(frame) if model.classes else model.values(frame)
        score = prepared.metric.score(truth, predictions)
        low, high = ensemble.interval(
            truth, predictions, prepared.metric.score, np.random.default_rng(0), prepared.groups_of(outer)
        )
        found[name] = {"score": score, "low": low, "high": high}
    return found
