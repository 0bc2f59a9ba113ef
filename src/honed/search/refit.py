"""The chosen networks once more: on all rows that the score allows, and on all rows there are."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from honed import passes
from honed.search import few_passes
from honed.search.assemble import Chosen
from honed.search.candidate import Candidate
from honed.search.clock import Clock
from honed.search.explored import Explored
from honed.search.plan import Plan, most_networks
from honed.search.planned import is_scored_anew
from honed.search.runner import Runner
from honed.search.save import Shares, divided
from honed.search.training import Result, Training
from honed.trials import ALL, INNER, OTHERWISE

if TYPE_CHECKING:
    from jaxtyping import Float64

# Times the seconds that trainings are expected to take: those that predict matter more than a score.
_MARGIN = 2.0
# Along time: the share of a schedule before which a last training stops only where folds, at least so many, say so
# clearly: by more than so many standard errors (one-sided 5 %).
_EARLY, _FOLDS, _CLEARLY = 0.25, 3, 1.64
_BESIDE = (
    1 / 32
)  # of a schedule, on each side of an epoch: along time the mean of these epochs counts, of 64 five
_LOOK = 0.04  # of the budget on all workers, that a look at the best network may take from training it again


def before_scoring(
    runner: Runner, the_plan: Plan, chosen: Chosen, default: Candidate, explored: Explored, clock: Clock
) -> dict[int, list[Training]]:
    """By candidate, the networks to score: those of the folds, or new ones where older folds know too little.

    Where folds follow time, the oldest has learned from half of the rows. So what will predict is made twice: first
    without the rows that score it, and the score is that of the same work done a step of time earlier. Of a large
    table, where one fold knows all but the newest of them, only if time is left for both.
    """
    networks = dict(chosen.networks)
    if default.reason and default.number >= 0:
        networks.setdefault(default.number, [explored.full[default.number][0].training])
    if runner.prepared.splits.inner is None or not the_plan.refit or the_plan.finalists:
        return networks
    for number, own in networks.items():  # without time for more: those that know the newest rows
        networks[number] = [training for training in own if training.fold == own[0].fold]
    jobs = [
        Training("again", candidate, INNER, seed, stop_after=joint_epochs(runner, chosen.networks[number]))
        for seed in range(seeds_again(runner, the_plan, chosen))
        for number, candidate in chosen.candidates.items()
    ]
    if default.number not in chosen.candidates and default.number in networks:
        epochs = joint_epochs(runner, [result.training for result in explored.full[default.number]])
        jobs.insert(len(chosen.candidates), Training("again", default, INNER, stop_after=epochs))
    end, now = clock.at(the_plan.last_end(clock.budget)), time.monotonic()
    if end is not None and not is_scored_anew(runner.prepared):
        all_of = [replace(job, fold=fold) for job in jobs for fold in (INNER, ALL)]
        seconds = sum(runner.seconds_with_program(training) or 0.0 for training in all_of)
        if now + _MARGIN * seconds / runner.workers > end:
            return networks
    found: dict[int, list[Training]] = {}
    once = len({job.candidate.number for job in jobs})
    middle = None if end is None else (now + end) / 2
    for training, result in _once_first(runner, jobs, once, middle).items():
        if not result.value["diverged"]:
            found.setdefault(training.candidate.number, []).append(training)
    return networks | found


def refit(
    runner: Runner,
    the_plan: Plan,
    chosen: Chosen,
    clock: Clock,
    look: list[Training],
    scored: Mapping[int, list[Training]],
) -> tuple[list[tuple[Training, Shares]], Training | None]:
    """The voting networks on all rows, each to the best epoch of its folds; those that were `scored` where time is
    out.

    Beside them the best one on rows that are shared out otherwise, if they are, or None where there was no time; and
    `look`, which shows what goes on inside the best one, if that was asked for; after them, where it costs much of
    the budget.
    """
    single = runner.prepared.options.single
    shares = {chosen.best.number: (1.0,) * len(runner.prepared.heads)} if single else chosen.weights
    beside = None
    if the_plan.finalists:
        return _in_time(runner, the_plan, chosen, shares, clock, scored)
    if runner.prepared.splits.otherwise is not None:
        epochs = joint_epochs(runner, chosen.networks[chosen.best.number])
        beside = Training("again", chosen.best, OTHERWISE, stop_after=epochs)
    others = [] if beside is None else [beside]
    jobs: list[Training] = []
    if the_plan.refit:
        jobs = [
            Training(
                "again",
                chosen.candidates[n],
                ALL,
                seed,
                stop_after=joint_epochs(runner, chosen.networks[n]),
            )
            for seed in range(seeds_again(runner, the_plan, chosen))
            for n in shares
        ]
    seconds = sum(runner.seconds_with_program(each) or 0.0 for each in look)
    is_cheap = clock.budget is None or seconds <= _LOOK * clock.budget * runner.workers
    jobs[1:1] = others
    once = len(shares) + len(others)
    place = once if is_cheap else len(jobs)
    jobs[place:place] = look
    found = _once_first(runner, jobs, once, clock.at(the_plan.last_end(clock.budget)))
    has_beside = beside in found and not found[beside].value["diverged"]
    return _members(found, shares, scored, single), beside if has_beside else None


def _once_first(
    runner: Runner, jobs: list[Training], once: int, until: float | None
) -> dict[Training, Result]:
    """What came of trainings, of which the first `once` come first where there may be no time for all.

    Workers take trainings program by program, and one of each network is worth more than several of some.
    """
    if until is None or len(jobs) <= runner.workers:
        return runner.train(jobs, until)
    return runner.train(jobs[:once], until) | runner.train(jobs[once:], until)


def _members(
    found: Mapping[Training, Result],
    shares: Mapping[int, Shares],
    scored: Mapping[int, list[Training]],
    single: bool,
) -> list[tuple[Training, Shares]]:
    """The networks that predict: those found on all rows, or else those that were scored."""
    again: dict[int, list[Training]] = {}
    for training, result in found.items():
        if training.fold == ALL and not result.value["diverged"]:
            again.setdefault(training.candidate.number, []).append(training)
    members = []
    for number, share in shares.items():
        networks = again.get(number) or scored[number]
        if single:
            networks = networks[:1]
        members += divided(share, networks)
    return members


def _in_time(
    runner: Runner,
    the_plan: Plan,
    chosen: Chosen,
    shares: Mapping[int, Shares],
    clock: Clock,
    scored: Mapping[int, list[Training]],
) -> tuple[list[tuple[Training, Shares]], Training | None]:
    """The same where passes are few: finalists are trained as far as they were best, not by epochs."""
    single = runner.prepared.options.single
    own = [chosen.networks[number][0] for number in shares]
    beside = chosen.networks[chosen.best.number][0] if the_plan.beside else None
    most = 1 if single else most_networks(len(shares), len(runner.prepared.heads))
    found = few_passes.again(runner, the_plan, own, beside, most, clock)
    others = [t for t, result in found.items() if t.fold == OTHERWISE and not result.value["diverged"]]
    return _members(found, shares, scored, single), others[0] if others else None


def seeds_again(runner: Runner, the_plan: Plan, chosen: Chosen) -> int:
    """How often each chosen network is trained again."""
    single = runner.prepared.options.single
    most = most_networks(len(chosen.weights), len(runner.prepared.heads))
    return 1 if single else min(the_plan.refit_seeds, most)


def joint_epochs(runner: Runner, trainings: list[Training]) -> float:
    """The epoch that is best for a candidate's networks together, see `best_together`; of many rows part of one.

    Along time it is no early one that later ones may well be as good as, see `late_enough`.
    """
    outcomes = [runner.journal.result(training.key) for training in trainings]
    values = [outcome["value"] for outcome in outcomes if outcome]
    curves = [value["valid_loss"] for value in values]
    if runner.prepared.splits.inner is None or not trainings:
        best = best_together(curves)
    else:
        epochs = trainings[0].candidate.training.epochs
        window = 1 + 2 * round(_BESIDE * epochs)
        best = best_together(curves, window)
        if len({training.fold for training in trainings}) >= _FOLDS:
            best = late_enough(curves, best, math.ceil(_EARLY * epochs), window)
    longest = max(values, key=lambda value: len(value["valid_loss"]), default={})
    return passes.made(longest, best)


def best_together(curves: Sequence[Sequence[float]], window: int = 1) -> int:
    """The epoch, from 1, at which the sum of several curves of validation losses is least ("joint stopping").

    Of a `window` of epochs around each the mean counts. Along time the sum is rough, as folds validate other weeks: one
    epoch at half the loss of the next is luck, which a training on more rows does not have (`benchmarks/README.md`).

    A curve that ended early goes on at its last value. On all rows an epoch has more steps, in proportion, and the
    number of epochs stays: to keep the number of steps in its place made the loss 18 % worse, and by the median of each
    network's own best epoch it is 0.9 ± 0.7 % higher (`benchmarks/README.md`). Holzmüller, Grinsztajn & Steinwart 2024,
    "Better by Default", B.4, arXiv 2407.04491.
    """
    if not any(map(len, curves)):
        return 1
    return int(np.argmin(_summed(_whole(curves), window))) + 1


def late_enough(curves: Sequence[Sequence[float]], best: int, least: int, window: int = 1) -> int:
    """The epoch `best`, or if that comes before `least` and is not clearly better, the best one from there on.

    Each fold along time validates other weeks, whose level no fold has seen. A network that has barely learned may be
    nearer to it by chance, and the same epochs with more rows then come to another level: hourly demand of electricity,
    with the least sum at epoch 4 of 64, was foretold with an error of 0.79 of a constant's, and from epoch 13 on with
    0.45 to 0.60 (`benchmarks/README.md`).
    """
    if best >= least or not any(len(curve) >= least for curve in curves):
        return best
    whole = _whole(curves)
    later = least + int(np.argmin(_summed(whole, window)[least - 1 :]))
    leads = whole[:, later - 1] - whole[:, best - 1]
    noise = leads.std(ddof=1) / math.sqrt(len(leads)) if len(leads) > 1 else math.inf
    return later if leads.mean() <= _CLEARLY * noise else best


def _summed(curves: Float64[np.ndarray, "curves epochs"], window: int) -> Float64[np.ndarray, " epochs"]:
    """The sum of the curves, of so many epochs around each together; those at an end count for others beyond it."""
    total = np.nan_to_num(curves.sum(axis=0), nan=np.inf)
    return np.convolve(np.pad(total, window // 2, mode="edge"), np.ones(window), "valid")


def _whole(curves: Sequence[Sequence[float]]) -> Float64[np.ndarray, "curves epochs"]:
    """Those that are not empty, each to the length of the longest."""
    length = max(map(len, curves))
    return np.array([[*curve, *([curve[-1]] * (length - len(curve)))] for curve in curves if len(curve)])
