"""What a search has chosen, trained anew on other rows: `Finalists`, which a round asks to predict its unseen rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from honed.errors import RunError
from honed.run.plain import dumps
from honed.search import scores
from honed.search.assemble import Chosen
from honed.search.candidate import Candidate
from honed.search.explored import Explored
from honed.search.intervals import Errors
from honed.search.plan import Plan
from honed.search.refit import joint_epochs, seeds_again
from honed.search.runner import Runner
from honed.search.scores import Scored
from honed.search.training import Training
from honed.trials import INNER


@dataclass(frozen=True)
class Finalists:
    """The networks that predict, to be trained once more with the settings and for the epochs that were chosen.

    Attributes
    ----------
    needed, more : trainings without which there is no score, and those of further networks, as many as predict.
    errors : what the search's intervals are learned from; None for classes.
    """

    chosen: Chosen
    default: Candidate
    needed: tuple[Training, ...]
    more: tuple[Training, ...]
    errors: Errors | None

    @property
    def name(self) -> str:
        """A short name of what is trained and how it votes, which another choice does not have."""
        trained = [[training.key, training.stop_after] for training in (*self.needed, *self.more)]
        shares = {n: own[0] if len(own) == 1 else own for n, own in self.chosen.weights.items()}
        told = [trained, sorted(shares.items()), list(self.chosen.temperatures)]
        return hashlib.blake2b(dumps(told).encode(), digest_size=6).hexdigest()

    def said(
        self, runner: Runner, until: float | None = None, more_until: float | None = None
    ) -> tuple[dict[str, np.ndarray], Scored]:
        """What they say of the outer rows of the runner's round, after learning from all others, and what predicts.

        Parameters
        ----------
        until, more_until : moments of `time.monotonic` until which the needed and the further ones may train.

        Raises
        ------
        RunError
            There was no time to train each that is needed, or one diverged.
        """
        found = runner.train(self.needed, until)
        if len(found) == len(self.needed):
            found |= runner.train(self.more, more_until)
        networks: dict[int, list[Training]] = {}
        for training, result in found.items():
            if not result.value["diverged"]:
                networks.setdefault(training.candidate.number, []).append(training)
        chosen, default = self.chosen, self.default
        if not networks.keys() >= chosen.candidates.keys():
            raise RunError("there was no time to train what was chosen, or it learned nothing.")
        if default.number not in networks:
            default = replace(default, reason="")
        told, scored = scores.of_chosen(runner, chosen, networks, default)
        if self.errors is not None:
            scored = scored.with_intervals(self.errors.intervals())
        return told, scored


def of_search(
    runner: Runner,
    the_plan: Plan,
    explored: Explored,
    chosen: Chosen,
    default: Candidate,
    errors: Errors | None,
) -> Finalists:
    """The finalists of a search: who votes, the best alone and the default, whose scores are told beside."""
    epochs = {number: joint_epochs(runner, own) for number, own in chosen.networks.items()}
    candidates = dict(chosen.candidates)
    if default.reason and default.number >= 0 and default.number not in candidates:
        candidates[default.number] = default
        epochs[default.number] = joint_epochs(runner, [r.training for r in explored.full[default.number]])

    def training(number: int, seed: int) -> Training:
        return Training("again", candidates[number], INNER, seed, stop_after=epochs[number])

    seeds = range(1, seeds_again(runner, the_plan, chosen))
    more = [training(number, seed) for seed in seeds for number in chosen.weights]
    return Finalists(chosen, default, tuple(training(n, 0) for n in candidates), tuple(more), errors)
