"""The leaders once more, on other rows or with other seeds, before anything is chosen."""

from __future__ import annotations

import itertools
import math
import time

import numpy as np

from honed.search.candidate import Candidate
from honed.search.clock import budgets
from honed.search.explored import Explored
from honed.search.plan import Plan
from honed.search.runner import Runner
from honed.search.training import Result, Training


def confirm(
    runner: Runner, the_plan: Plan, explored: Explored, until: float | None
) -> tuple[Candidate, dict[int, list[Training]]]:
    """The default that leaders have to beat, and by candidate the trainings that confirm them and it.

    Each is on another fold, or has another seed where all folds are used up; there are as many rounds of all as there
    is time for.
    """
    ranked = explored.best_first()
    default = next((c for c in sorted(ranked, key=lambda c: c.number) if c.reason), ranked[0])
    leaders = ranked[: the_plan.leaders]
    leaders += [c for c in ranked if c not in leaders and (c is default or c.focus)]
    further = len(runner.prepared.splits.folds) - explored.folds
    most = min(the_plan.more, further) if further else the_plan.more
    rounds = []
    for number in range(most if len(ranked) > 1 else 0):  # there is nothing to compare one with
        fold = str(explored.folds + number) if further else "0"
        seed = 0 if further else number + 1
        rounds.append([Training("confirm", c, fold, seed) for c in leaders])
    extended = len(budgets(runner.journal)) - 1  # each longer budget has time for more
    decision = "rounds that confirm" + (f", extended {extended}" if extended else "")
    count = runner.journal.decide(decision, lambda: _in_time(runner, explored, rounds, until))
    results = runner.train([t for each in rounds[:count] for t in each], until)
    return default, whole_rounds(rounds[:count], results)


def _in_time(runner: Runner, explored: Explored, rounds: list[list[Training]], until: float | None) -> int:
    """How many rounds will have ended by the moment `until`, at the pace of each leader; all where there is none.

    Others would cost the rounds before them time: of half a round all is lost, and workers keep no order. A leader's
    own trainings tell its pace, as they may end long before their last epoch.
    """
    if until is None:
        return len(rounds)
    left, known = until - time.monotonic(), runner.known(training for each in rounds for training in each)
    for count, each in enumerate(rounds):
        to_do = [training.candidate.number for training in each if training not in known]
        seconds = [np.mean([own.value["run_seconds"] for own in explored.full[number]]) for number in to_do]
        left -= max(sum(seconds) / runner.workers, max(seconds, default=0.0))
        if seconds and left < 0:
            return count
    return len(rounds)


def whole_rounds(rounds: list[list[Training]], results: dict[Training, Result]) -> dict[int, list[Training]]:
    """By candidate, its finite trainings of the rounds that there was time to end.

    In half a round some candidates have a network more than others, and an average of more is better by itself.
    """
    more: dict[int, list[Training]] = {}
    for each in itertools.takewhile(lambda r: all(training in results for training in r), rounds):
        for training in each:
            if math.isfinite(results[training].loss):
                more.setdefault(training.candidate.number, []).append(training)
    return more
