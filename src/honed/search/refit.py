"""The chosen networks once more, on all rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from honed.search.assemble import Chosen
from honed.search.clock import Clock
from honed.search.plan import Plan, most_networks
from honed.search.runner import Runner
from honed.search.training import Training
from honed.trials import ALL

_LOOK = 0.04  # of the budget on all workers, that a look at the best network may take from training it again


def refit(
    runner: Runner, the_plan: Plan, chosen: Chosen, clock: Clock, look: list[Training]
) -> list[tuple[Training, float]]:
    """The voting networks on all rows, each to the best epoch of its folds; those of the folds where time is out.

    Beside them `look`, which shows what goes on inside the best one, if that was asked for; after them, where it
    costs much of the budget.
    """
    single = runner.prepared.options.single
    shares = {chosen.best.number: 1.0} if single else chosen.weights
    again: dict[int, list[Training]] = {}
    if not the_plan.refit:
        runner.train(look, clock.at(the_plan.refit_end))
    else:
        seeds = 1 if single else min(the_plan.refit_seeds, most_networks(len(shares)))
        jobs = [
            Training(
                "again",
                chosen.candidates[n],
                ALL,
                seed,
                stop_after=_joint_epochs(runner, chosen.networks[n]),
            )
            for seed in range(seeds)
            for n in shares
        ]
        seconds = sum(runner.seconds_with_program(each) or 0.0 for each in look)
        is_cheap = clock.budget is None or seconds <= _LOOK * clock.budget * runner.workers
        first = 1 if is_cheap else len(jobs)
        jobs[first:first] = look
        for training, result in runner.train(jobs, clock.at(the_plan.refit_end)).items():
            if training not in look and not result.value["diverged"]:
                again.setdefault(training.candidate.number, []).append(training)
    members = []
    for number, share in shares.items():
        networks = again.get(number) or chosen.networks[number]
        if single:
            networks = networks[:1]
        members += [(training, share / len(networks)) for training in networks]
    return members


def _joint_epochs(runner: Runner, trainings: list[Training]) -> int:
    """The epoch that is best for a candidate's networks together, see `best_together`."""
    found = [runner.journal.result(training.key) for training in trainings]
    return best_together([outcome["value"]["valid_loss"] for outcome in found if outcome])


def best_together(curves: Sequence[Sequence[float]]) -> int:
    """The epoch, from 1, at which the sum of several curves of validation losses is least ("joint stopping").

    A curve that ended early goes on at its last value. On all rows an epoch has more steps, in proportion, and the
    number of epochs stays: to keep the number of steps in its place made the loss 18 % worse, and this rule is as good
    as the median of each network's own best epoch or better (99.7 %; `benchmarks/last_training.py`). Holzmüller,
    Grinsztajn & Steinwart 2024, "Better by Default", B.4, arXiv 2407.04491.
    """
    length = max(map(len, curves), default=0)
    if not length:
        return 1
    whole = [[*curve, *([curve[-1]] * (length - len(curve)))] for curve in curves if len(curve)]
    total = np.nan_to_num(np.sum(whole, axis=0), nan=np.inf)
    return int(np.argmin(total)) + 1
