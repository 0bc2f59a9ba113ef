"""The plan of a run, journalled: as first made, extended by each longer budget; and when its parts end."""

from __future__ import annotations

import math
from typing import TypedDict

import numpy as np

from honed.errors import InputError
from honed.search import first_network, focus, lanes, plan
from honed.search.clock import Clock, budgets_of_search
from honed.search.explored import Explored
from honed.search.plan import Plan, Took
from honed.search.prepare import Prepared
from honed.search.runner import Runner
from honed.typed import JSON


def planned(runner: Runner, clock: Clock, *, inside: bool = False) -> Plan:
    """The plan as first made, and what each longer budget made of it; the last one now, where that is new.

    `inside` says whether the best network is to be looked at inside.
    """
    journal, prepared = runner.journal, runner.prepared
    if not prepared.round:  # else as in the run of which it is a round
        runner.lanes = lanes.decided(prepared, journal, lambda encoding: runner.encoder("0", encoding))
    first, *more = budgets_of_search(journal, len(prepared.rounds), anew=prepared.searches_anew)
    seconds = first if more else clock.left()
    used = 0.0 if more else _used(clock)
    the_plan = _read(journal.decide("plan", lambda: _plan(runner, seconds, used, inside=inside).to_json()))
    made_for, whole = first or math.inf, first or 0.0
    for number, budget in enumerate(more, 1):
        before, whole = whole, whole + (budget or 0.0)
        growth = whole / made_for
        left = clock.left() if number == len(more) else budget

        def longer(
            so_far: Plan = the_plan, seconds: float = before + (left or 0.0), growth: float = growth
        ) -> dict[str, JSON]:
            return so_far.extended(_plan(runner, seconds, inside=inside), growth).to_json()

        if growth >= plan.MUCH or the_plan.finalists:
            made_for = whole
        the_plan = _read(journal.decide(f"plan, extended {number}", longer))
    return the_plan


def ends(runner: Runner, the_plan: Plan, explored: Explored, clock: Clock) -> tuple[float, float]:
    """When exploring and confirming end by what has been seen so far, as shares of the budget: `Plan.ends`."""
    return the_plan.ends(clock.budget, _took(runner, the_plan, explored), **_work(runner))


def guess_left(runner: Runner, the_plan: Plan, explored: Explored, done: int, spent: float) -> float:
    """Seconds until the end of a run of so many trials, of which `done` have taken `spent` seconds: at their pace.

    What follows is as `Plan.ends` takes it; further rounds train as many networks once more, or search anew.
    """
    prepared, took = runner.prepared, _took(runner, the_plan, explored)
    to_come = max(0, (prepared.options.trials or 0) - done) * spent / max(done, 1)
    confirming = again = 0.0
    if took is not None:
        confirming, again = the_plan.following(took, **_work(runner))
    a_round = spent + to_come + confirming + again if prepared.searches_anew else again
    return to_come + confirming + again + len(prepared.rounds) * a_round


class _Work(TypedDict):
    """What `Plan.following` asks of a run."""

    workers: int
    growth: float
    single: bool
    focused: int
    others: int


def _work(runner: Runner) -> _Work:
    """What this one says."""
    prepared = runner.prepared
    return {
        "workers": runner.workers,
        "growth": _growth(prepared),
        "single": prepared.options.single,
        "focused": focus.most(prepared),
        # A look inside the best network, and one on rows that are shared out otherwise.
        "others": 1 + (prepared.splits.otherwise is not None),
    }


def _took(runner: Runner, the_plan: Plan, explored: Explored) -> Took | None:
    """What full trainings of the leaders took, which are those that are trained again; None without any.

    Along time they are trained again beyond the best epoch of a fold (`honed.search.refit.late_enough`), so the time to
    their end counts as that to their best epoch.
    """
    leaders = explored.best_first()[: the_plan.leaders]
    values = [result.value for leader in leaders for result in explored.full[leader.number]]
    if not values:
        return None
    full = [value["run_seconds"] for value in values]
    shares = [value["best_epoch"] / max(1, len(value["valid_loss"])) for value in values]
    best = full if runner.prepared.splits.inner is not None else np.multiply(full, shares)
    return Took(float(np.mean(full)), float(np.mean(best)))


def _growth(prepared: Prepared) -> float:
    """Rows that a network is trained on again, over those of one fold's training part."""
    times = 2 if is_scored_anew(prepared) else 1  # for the score, and then to predict
    return times * len(prepared.y) / len(prepared.splits.folds[0].train)


def is_scored_anew(prepared: Prepared) -> bool:
    """Whether what is chosen is trained for the score alone in any case: of folds along time most know too little."""
    return prepared.splits.inner is not None and len(prepared.splits.folds) > 1


def _read(value: dict[str, JSON]) -> Plan:
    """The plan that a journal holds."""
    try:
        return Plan(**value)
    except TypeError:
        raise InputError(
            "The plan of this run was made by another version of honed, and what is left of it cannot be done by this "
            "one. Go on with that version, or begin a new run."
        ) from None


def _used(clock: Clock) -> float:
    """Seconds of the budget that are gone."""
    return 0.0 if clock.budget is None else max(0.0, clock.budget - (clock.left() or 0.0))


def _plan(runner: Runner, seconds: float | None, used: float = 0.0, *, inside: bool) -> Plan:
    """The plan for that time, from the pace of the defaults; without a time the clock does not matter.

    So much of the budget was `used` before.
    """
    splits = runner.prepared.splits
    answer = 0.0 if seconds is None else first_network.answer_seconds(runner)
    return plan.make(
        rows=len(runner.prepared.y),
        train_rows=len(splits.folds[0].train),
        folds=len(splits.folds),
        budget=seconds,
        trials=runner.prepared.options.trials or 0,
        workers=runner.workers,
        lanes=runner.lanes,
        epoch_seconds=1.0 if seconds is None else first_network.epoch_seconds(runner),
        compile_seconds=runner.pace.compile_seconds(),
        coached=runner.prepared.options.proposer != "tpe",
        used=used,
        validated=answer * len(splits.folds[0].valid),
        scored=answer * len(splits.outer),
        newest=runner.prepared.source.times is not None,
        beside=splits.otherwise is not None,
        again=not runner.prepared.round,
        inside=inside,
    )
