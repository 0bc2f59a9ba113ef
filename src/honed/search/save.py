"""From trainings to a `Model` and to the files of a finished run."""

from __future__ import annotations

import math
from collections.abc import Callable

from honed.model.decision import Decision
from honed.model.model import Member, Model
from honed.search import decisions
from honed.search.runner import Runner
from honed.search.training import Training


def model(
    runner: Runner,
    shares: list[tuple[Training, float]],
    temperatures: tuple[float, ...] = (),
    decision: Decision | None = None,
) -> Model:
    """The trained networks together, each with its share of the prediction; `temperatures` one a head, default 1."""
    used = list(dict.fromkeys((training.fold, training.candidate.encoding) for training, _ in shares))
    members = []
    for training, share in shares:
        main, *further = runner.readings(training)
        members.append(
            Member(
                training.candidate.network,
                used.index((training.fold, training.candidate.encoding)),
                main.target,
                runner.parameters(training),
                share,
                main.loss,
                main.quantiles,
                tuple(further),
                training.candidate.number,
            )
        )
    encoders = tuple(runner.encoder(*each) for each in used)
    p = runner.prepared
    heat, *others = temperatures or [1.0] * len(p.heads)
    return Model(p.schema, encoders, tuple(members), heat, p.options.family, tuple(others), decision=decision)


def on_the_way(runner: Runner, shares: list[tuple[Training, float]]) -> Model:
    """A model of networks of folds, as it predicts until a better one is there: their own rows choose its decision."""
    return model(runner, shares, decision=decisions.of_networks(runner, shares))


def save_once(
    runner: Runner,
    save: Callable[[Model], None],
    shares: list[tuple[Training, float]],
    name: str,
    loss: float | None,
) -> None:
    """Save a model on the way, unless a better one is there, be it of an earlier process.

    Better is what has been trained on more folds, and on as many has a lower `loss`; the first network has none.
    """
    events = runner.journal.events
    folds = len({training.fold for training, _ in shares})
    saved = next((event for event in reversed(events) if event["kind"] == "model"), None)
    if saved is not None:
        known = -saved.get("folds", folds), math.inf if saved["loss"] is None else saved["loss"]
        if not (-folds, math.inf if loss is None else loss) < known:
            return
    if any(event["kind"] == "done" for event in events):
        return
    save(on_the_way(runner, shares))
    runner.journal.event("model", of=name, loss=loss, folds=folds)
