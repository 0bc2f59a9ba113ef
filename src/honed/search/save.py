"""From trainings to a `Model` and to the files of a finished run."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from honed.model.decision import Decision
from honed.model.model import Member, Model
from honed.search import decisions
from honed.search.runner import Runner
from honed.search.training import Training

Shares = tuple[float, ...]  # of a network in the answer to each head


def model(
    runner: Runner,
    shares: Sequence[tuple[Training, Shares]],
    temperatures: tuple[float, ...] = (),
    decision: Decision | None = None,
) -> Model:
    """The trained networks together, each with its shares of the answers; `temperatures` one a head, default 1."""
    used = list(dict.fromkeys((training.fold, training.candidate.encoding) for training, _ in shares))
    members = []
    for training, own in shares:
        read = zip(runner.readings(training), own, strict=True)
        main, *further = (reading._replace(weight=share) for reading, share in read)
        members.append(
            Member(
                training.candidate.network,
                used.index((training.fold, training.candidate.encoding)),
                main.target,
                runner.parameters(training),
                main.weight,
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


def divided(shares: Shares, networks: Sequence[Training]) -> list[tuple[Training, Shares]]:
    """The networks of one candidate, which have its shares together."""
    own = tuple(share / len(networks) for share in shares)
    return [(training, own) for training in networks]


def alike(runner: Runner, networks: Sequence[Training]) -> list[tuple[Training, Shares]]:
    """Networks that have the same say and all of it."""
    return divided((1.0,) * len(runner.prepared.heads), networks)


def on_the_way(runner: Runner, networks: Sequence[Training]) -> Model:
    """A model of networks of folds, as it predicts until a better one is there: their own rows choose its decision."""
    return model(runner, alike(runner, networks), decision=decisions.of_networks(runner, networks))


def save_once(
    runner: Runner,
    save: Callable[[Model], None],
    networks: Sequence[Training],
    name: str,
    loss: float | None,
) -> None:
    """Save a model on the way, unless a better one is there, be it of an earlier process.

    Better is what has been trained on more folds, and on as many has a lower `loss`; the first network has none.
    """
    events = runner.journal.events
    folds = len({training.fold for training in networks})
    saved = next((event for event in reversed(events) if event["kind"] == "model"), None)
    if saved is not None:
        known = -saved.get("folds", folds), math.inf if saved["loss"] is None else saved["loss"]
        if not (-folds, math.inf if loss is None else loss) < known:
            return
    if any(event["kind"] == "done" for event in events):
        return
    save(on_the_way(runner, networks))
    runner.journal.event("model", of=name, loss=loss, folds=folds)
