"""Of several targets each one's best candidates once more, trained for that target alone: `focus`.

What a network learns of several targets is a compromise, and so is the epoch at which it is kept: one target is learned
by heart where another has hardly begun. Which networks answer a target is chosen for each (`honed.search.assemble`),
among those of all and its own, so that a target which the others disturb is learned as if it were the only one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from honed.heads import apart, truths
from honed.metrics import default_metric
from honed.search.candidate import Candidate
from honed.search.explored import KEPT, Explored
from honed.search.prepare import Prepared
from honed.search.runner import Runner
from honed.search.training import Result, Training

_EACH = 2  # candidates for a target, of which a vote may be made
_FIRST = 1_000_000  # the lowest number of these: no trial comes to it, however often a run goes on


def most(prepared: Prepared) -> int:
    """How many candidates are trained so at most."""
    heads = len(prepared.heads)
    return 0 if heads == 1 or prepared.options.single else _EACH * heads


def focus(runner: Runner, explored: Explored, until: float | None) -> dict[Training, Result]:
    """Train for each of several targets its best candidates once more for it alone; what came of each training.

    Parameters
    ----------
    until : the moment of `time.monotonic` until which they may be trained.
    """
    heads = runner.prepared.heads
    if not most(runner.prepared):
        return {}
    ranked = explored.best_first()[:KEPT]
    losses = np.array([_losses(runner, explored, candidate) for candidate in ranked])  # (candidates, heads)
    best = np.argsort(losses, axis=0, kind="stable")[:_EACH]  # places in ranked, (_EACH, heads) at most
    chosen = [
        _alone(ranked[int(own)], head.name, place, len(heads))
        for places in best
        for place, (own, head) in enumerate(zip(places, heads, strict=True))
    ]
    explored.ask(chosen)
    folds = map(str, range(explored.folds))
    return runner.train([Training("focus", each, fold) for fold in folds for each in chosen], until)


def _alone(parent: Candidate, target: str, place: int, targets: int) -> Candidate:
    """The parent, trained for one of so many targets alone; its number hangs on both, and on nothing else."""
    number = _FIRST + targets * parent.number + place
    return replace(parent, number=number, name=f"{parent.name} for {target}", reason="", focus=target)


def _losses(runner: Runner, explored: Explored, candidate: Candidate) -> list[float]:
    """Of each target the mean over folds of its own default loss."""
    heads, by_fold = runner.prepared.heads, []
    for result in explored.full[candidate.number]:
        told = apart(runner.predictions(result.training), heads)
        parts = zip(heads, truths(runner.fold(result.training.fold).truth, heads), told, strict=True)
        by_fold.append([default_metric(bool(head.classes)).loss(truth, own) for head, truth, own in parts])
    return np.mean(by_fold, axis=0).tolist()
