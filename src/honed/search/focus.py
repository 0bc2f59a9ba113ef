"""Of several targets each one's best candidates once more, trained for that target alone: `focus`.

What a network learns of several targets is a compromise, and so is the epoch at which it is kept: one target is learned
by heart where another has hardly begun. Which networks answer a target is chosen for each (`honed.search.assemble`),
among those of all and its own, so that a target which the others disturb is learned as if it were the only one.
"""

from __future__ import annotations

import numpy as np

from honed.heads import apart, truths
from honed.metrics import default
from honed.search.candidate import Candidate
from honed.search.explored import Explored
from honed.search.runner import Runner
from honed.search.space import Space
from honed.search.training import Result, Training

_EACH = 2  # candidates for a target, of which a vote may be made


def focus(runner: Runner, space: Space, explored: Explored, until: float | None) -> dict[Training, Result]:
    """What came of training the candidates that are best for a target for it alone, for each of several targets.

    Parameters
    ----------
    until : the moment of `time.monotonic` until which they may be trained.
    """
    heads = runner.prepared.heads
    if len(heads) == 1 or runner.prepared.options.single:
        return {}
    ranked = explored.best_first()
    losses = np.array([_losses(runner, explored, candidate) for candidate in ranked])  # (candidates, heads)
    best = np.argsort(losses, axis=0, kind="stable")[:_EACH]  # (candidates, heads)
    chosen = [
        space.focused(ranked[int(place)], head.name)
        for places in best
        for place, head in zip(places, heads, strict=True)
    ]
    explored.ask(chosen)
    folds = map(str, range(explored.folds))
    return runner.train([Training("focus", each, fold) for fold in folds for each in chosen], until)


def _losses(runner: Runner, explored: Explored, candidate: Candidate) -> list[float]:
    """Of each target the mean over folds of its own default loss."""
    heads, by_fold = runner.prepared.heads, []
    for result in explored.full[candidate.number]:
        told = apart(runner.predictions(result.training), heads)
        parts = zip(heads, truths(runner.fold(result.training.fold).truth, heads), told, strict=True)
        by_fold.append([default(bool(head.classes)).loss(truth, own) for head, truth, own in parts])
    return np.mean(by_fold, axis=0).tolist()
