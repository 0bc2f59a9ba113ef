"""The search from top to bottom: explore, confirm, assemble, score, train again on all rows.

It is deterministic but for its journal, so a resumed run repeats it and ends with the same bytes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from honed.findings import Finding
from honed.model.model import Model
from honed.optional import optional
from honed.report.facts import Experiment, Facts, Trained, Trial
from honed.report.progress import Progress
from honed.search import (
    baselines,
    decisions,
    diagnosis,
    few_passes,
    finalists,
    intervals,
    nested,
    over_time,
    scores,
    shared_otherwise,
    standing,
    summary,
)
from honed.search import save as saving
from honed.search.assemble import assemble
from honed.search.beside import Beside
from honed.search.clock import Clock, seconds_before
from honed.search.confirm import confirm
from honed.search.explore import ends, explore
from honed.search.refit import before_scoring, refit
from honed.search.runner import Runner, Score
from honed.search.standing import Standing
from honed.search.training import Training
from honed.trials import ALL

# Of the budget: when the look at the data has to be there, and linear model and boosting where rounds come before.
_BASELINES_END = 0.97


def _ignore(_: object) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Tuned:
    """What a search gives: model, facts of its summary, every candidate's score, and what was found in the best.

    `curves` is the record of the best network's first training, `probes` has what was measured inside that network, by
    name, and `ledger` the coach's experiments. `scored` is what the summary's score is of, None where that is the model
    itself and not one trained again on all rows. `standing` is that of the model that stays, and `why_not` says why
    that is the one of the finished run; empty where it is this one.
    """

    model: Model
    summary: Facts
    trials: list[Trial]
    findings: list[Finding]
    probes: dict[str, np.ndarray]
    curves: Trained
    ledger: list[Experiment] = field(default_factory=list)
    scored: Model | None = None
    standing: Standing | None = None
    why_not: str = ""


def _rivals(runner: Runner, until: float | None, progress: Progress) -> dict[str, Score]:
    """The scores of what the model is compared with."""
    found = runner.baselines(baselines.RIVALS, until=until)
    for sentence in summary.missing_rivals(runner.journal):
        progress.say(sentence)
    return found


def search(
    runner: Runner,
    clock: Clock,
    progress: Progress,
    save: Callable[[Model], None] = _ignore,
    tell: Callable[[list[Finding]], None] = _ignore,
    probes: str = "off",
) -> Tuned:
    """Explore, confirm, assemble; `save` is called with each better model, `tell` with what the table shows.

    `probes` says what is measured inside the best network, in a training of its own.
    """
    whole, clock = clock, nested.of_search(runner, clock)
    with ThreadPoolExecutor(1) as thread:
        look_end = clock.at(_BASELINES_END)
        usual = runner.prepared.family.searched_encodings[0]
        looking = Beside(
            thread, lambda: diagnosis.of_data(runner.prepared, usual, look_end, progress.say), tell
        )
        the_plan, space, explored = explore(
            runner, clock, progress, save, looking.go_on, inside=probes != "off"
        )
        if the_plan.finalists and not looking.has_begun:  # finalists had the time that a long look takes
            look_end = time.monotonic()
        _, confirm_end = ends(runner, the_plan, explored, clock)
        default, more = confirm(runner, the_plan, explored, clock.at(confirm_end))
        looking.go_on()
        rivals_end = clock.at(the_plan.rivals_end(clock.budget, confirm_end))
        rivals = {} if runner.prepared.rounds else _rivals(runner, rivals_end, progress)
        known = looking.result()
    chosen = assemble(runner, explored, default, more)
    progress.say(chosen.said)
    networks = before_scoring(runner, the_plan, chosen, default, explored, clock)
    said, scored = scores.of_chosen(runner, chosen, networks, default)
    outer = scores.of_said(runner.prepared, said)
    errors = intervals.errors(runner, explored, chosen, more)
    stretches = over_time.told(runner, explored, chosen, more, outer.get(runner.prepared.used))
    if errors is not None:
        scored = scored.with_intervals(errors.intervals())
    has_look = probes != "off" and not the_plan.finalists
    look = [Training("look", chosen.best, "0", probes=probes)] if has_look else []
    trained, other = refit(runner, the_plan, chosen, clock, look, networks)
    beside = scores.otherwise(runner, other, outer)
    model = saving.model(runner, trained, chosen.temperatures, chosen.decision)
    if errors is not None:
        model = replace(model, intervals=errors.and_outer(runner.prepared, scored).intervals())
    now, before = standing.of(runner, explored, chosen, more, trained), standing.last(runner.journal)
    sign = -1 if runner.prepared.metric.higher_is_better else 1
    why_not = now.lesser_than(before, runner.prepared.metric.name, sign) if before else ""
    if not why_not:
        save(model)
    own = chosen.networks[chosen.best.number]
    sampled = None
    if the_plan.finalists and probes != "off":
        sampled = few_passes.looked_inside(runner, the_plan, own[0], probes, clock)
    findings, measured = diagnosis.of_search(runner, [*look, *own], known, sampled)
    if probes != "off" and sampled is None and not runner.known(look):
        findings = [*findings, diagnosis.not_inside()]
    if beside is not None and beside["how"] == "groups":
        findings = [
            replace(finding, what=f"{finding.what} {beside['says']}")
            if finding.id == "probable-groups"
            else finding
            for finding in findings
        ]
    if beside is None:
        beside = shared_otherwise.given(runner.prepared, now.losses.get("0"), outer.get(runner.prepared.used))
    rounds: list[nested.Round] = []
    if runner.prepared.rounds and not why_not:
        anew = runner.prepared.searches_anew
        if anew:  # its rounds take all the time
            rivals = _rivals(runner, whole.at(_BASELINES_END), progress)
        what = None if anew else finalists.of_search(runner, the_plan, explored, chosen, default, errors)
        rounds = nested.further(runner, what, whole, progress)
        if not anew and not nested.were_stopped(runner.journal):
            rivals = _rivals(runner, whole.at(_BASELINES_END), progress)
    facts = summary.facts(
        runner,
        the_plan,
        space,
        explored,
        chosen,
        networks,
        {**outer, **scores.of_constant(runner.prepared), **rivals},
        beside,
        trained,
        default,
        model,
        round(time.monotonic() - clock.start + seconds_before(runner.journal), 1),
    )
    for sentence in summary.left_over(facts["time"].get("budget"), facts["time"].get("seconds", 0.0)):
        progress.say(sentence)
    if (reliance := intervals.measured(runner.prepared, scored)) is not None:
        facts["intervals"] = reliance
    if stretches is not None:
        facts["over_time"] = stretches
    if chosen.decision is not None:
        outer_rows = runner.prepared.splits.outer
        facts["decision"] = decisions.told(
            runner.prepared, chosen.decision, outer_rows, said.get(runner.prepared.used)
        )
    if runner.prepared.rounds and not why_not:  # else the finished run's scores stay
        mine = nested.first(runner, said, intervals.ends(runner.prepared, scored), chosen.decision)
        optional(
            "The score of all rounds",
            lambda: nested.add(facts, runner, [mine, *rounds], chosen.decision),
            None,
        )
    is_other = any(training.fold == ALL for training, _ in trained)
    return Tuned(
        model,
        facts,
        summary.trials(explored),
        findings,
        measured,
        cast(Trained, explored.full[chosen.best.number][0].value),
        list(explored.ledger),
        scored.model if is_other else None,
        before if before and why_not else now,
        why_not,
    )
