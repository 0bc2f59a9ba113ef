"""What stands where the search has nothing to show: a default to beat, and at worst the first network."""

from __future__ import annotations

import math
from dataclasses import replace

from honed.search import first_network
from honed.search.explored import Explored
from honed.search.runner import Runner
from honed.search.training import Training


def train_a_default(runner: Runner, explored: Explored, until: float | None) -> None:
    """What a winner has to beat, where the first default was late or learned nothing: the next that does not.

    Those that need too much time are passed over, so that a large table has the plainest of them; what was late for the
    end of exploring is asked for once more, as there is time until later now.
    """
    for default in [c for c in explored.asked if c.reason and c not in explored.candidates]:
        if any(c.reason for c in explored.best_first()):
            return
        asked = [Training("full", default, str(fold)) for fold in range(explored.folds or 1)]
        full = [replace(training, seed=1) if _was_late(runner, training) else training for training in asked]
        results = list(runner.train(full, until).values())
        if len(results) == len(full):
            if not explored.folds:
                explored.settle_folds(1)
            explored.record_full(results)


def fall_back(runner: Runner, explored: Explored, until: float | None) -> None:
    """The default on one fold, or else the first network."""
    default = Training("full", explored.asked[0], "0", seed=1)
    found = runner.train([default], until)
    first = first_network.first(runner)
    if not any(math.isfinite(result.loss) for result in found.values()):
        found = runner.train([first])
    for result in found.values():
        explored.fall_back(result)


def _was_late(runner: Runner, training: Training) -> bool:
    """Whether the journal says so, which it then says of that name for ever."""
    outcome = runner.journal.result(training.key)
    return outcome is not None and outcome.get("error") == "late"
