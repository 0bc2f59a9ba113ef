"""How well founded a model is, so that a longer search puts no lesser one in its place: `Standing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from honed.figures import figure
from honed.heads import columns
from honed.run.journal import Journal
from honed.search import ensemble
from honed.search.assemble import Chosen
from honed.search.explored import Explored
from honed.search.runner import Runner
from honed.search.save import Shares
from honed.search.training import Training
from honed.trials import ALL
from honed.typed import JSON, take


@dataclass(frozen=True)
class Standing:
    """What speaks for the model that a search has ended with.

    Attributes
    ----------
    losses : by fold, the loss of the vote on its validation rows, on every fold that all voters have seen.
    refitted : share of the prediction that is of networks trained again on all rows.
    networks : how many networks predict.
    """

    losses: Mapping[str, float]
    refitted: float
    networks: int

    def to_json(self) -> dict[str, JSON]:
        """Plain values, for the journal."""
        return asdict(self)

    def lesser_than(self, other: Standing, metric: str, sign: int = 1) -> str:
        """Why the other model is to be preferred, in a clause; empty where this one is as good or better.

        Parameters
        ----------
        metric, sign : name of the metric, and -1 where a loss is the score turned round.
        """
        if other.losses.keys() - self.losses.keys():
            return "it was confirmed on more validation rows"
        mine, its = (
            float(np.mean([each[fold] for fold in other.losses])) for each in (self.losses, other.losses)
        )
        if mine > its:
            both = f"{figure(sign * its)}, not {figure(sign * mine)}"
            return f"it is better on the same validation rows ({metric} {both})"
        if self.refitted < other.refitted - 1e-9:
            return "its networks were trained again on all rows, for which there was too little time now"
        if mine == its and self.networks < other.networks:
            return f"it is the vote of {other.networks} networks, and there was time for {self.networks} now"
        return ""


def of(
    runner: Runner,
    explored: Explored,
    chosen: Chosen,
    more: Mapping[int, list[Training]],
    trained: list[tuple[Training, Shares]],
) -> Standing:
    """The standing of what was chosen and of the networks that predict for it."""
    networks = {n: [r.training for r in explored.full[n]] + more.get(n, []) for n in chosen.weights}
    folds = set.intersection(*({t.fold for t in own} for own in networks.values()))
    votes = columns(np.array([*chosen.weights.values()]), runner.prepared.heads)
    losses = {}
    for fold in sorted(folds, key=int):
        said = [
            np.mean([runner.predictions(t) for t in networks[n] if t.fold == fold], axis=0)
            for n in chosen.weights
        ]
        told = ensemble.average(said, votes)
        losses[fold] = float(runner.prepared.metric.loss(runner.fold(fold).truth, told))
    refitted = sum(np.mean(shares) for training, shares in trained if training.fold == ALL)
    return Standing(losses, round(float(refitted), 9), len(trained))


def last(journal: Journal) -> Standing | None:
    """The standing of the model that the run last ended with; None where it has not, or did not tell."""
    found = [e["standing"] for e in journal.events if e["kind"] == "done" and e.get("standing")]
    return take(Standing, found[-1]) if found else None
