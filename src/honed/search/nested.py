"""Rounds of a small table, in which other rows are unseen, so that each row is scored unseen once: `further`.

The search is the first round, and `further` does the others after it, when the model is saved. A round trains what the
search chose on all rows but its own outer ones and predicts these (`honed.search.finalists`); or, where that was asked
for, it explores, confirms and assembles as the search does, with a share of the budget. What all rounds say together is
what the score is of. A round leaves a line in the journal and its predictions in the store; one that was interrupted
begins anew.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honed.errors import RunError
from honed.figures import counted, duration, figure
from honed.model.decision import Decision
from honed.optional import optional
from honed.report import facts
from honed.report.progress import Progress, Silent
from honed.run.journal import Journal
from honed.search import decisions, intervals, scores, summary
from honed.search.assemble import assemble
from honed.search.baselines import RIVALS
from honed.search.clock import Clock, budgets_of_search, last_budget, seconds_used
from honed.search.confirm import confirm
from honed.search.explore import explore
from honed.search.finalists import Finalists
from honed.search.planned import ends
from honed.search.prepare import Prepared
from honed.search.runner import Runner, Score, scored
from honed.trials import trainings

if TYPE_CHECKING:
    from jaxtyping import Float, Int

_RIVALS_END = 0.97  # of the budget: when all rounds, and their rivals, have to be there
_NETWORKS_END = 0.92  # of the budget, where rivals of all rounds follow
_MORE_END = 0.75  # of a round's time, for further networks of what the search chose
_LEAST = 0.5  # seconds that a round needs to say anything
_STOPPED = "rounds stopped"  # the event of the journal
_ENDS = "interval"  # the name of the ends of intervals among what a round says
_DECIDED = "decided"  # and that of the classes that its decision makes of them
_WORDS = {
    "single": "the best network alone",
    "default": "the default",
    "linear": "the linear model",
    "boosting": "gradient boosting",
}


@dataclass(frozen=True)
class Round:
    """What one round says of the rows that were unseen in it.

    Attributes
    ----------
    rows : their positions. said : predictions by the name of a score; under "interval" ends (rows, 2) of intervals,
        under "decided" the classes (rows,) that a decision makes of them.
    """

    rows: np.ndarray
    said: Mapping[str, np.ndarray]


def of_search(runner: Runner, clock: Clock) -> Clock:
    """The clock of the search itself, which leaves time for the rounds that are to follow."""
    rounds = len(runner.prepared.rounds)
    if clock.budget is None or not rounds:
        return clock
    anew = runner.prepared.searches_anew
    return Clock(clock.start, budgets_of_search(runner.journal, rounds, anew=anew)[-1])


def were_stopped(journal: Journal) -> bool:
    """Whether Ctrl-C has ended the rounds of a run that is done, so that some are left to do."""
    begun = [n for n, event in enumerate(journal.events) if event["kind"] in ("start", "resumed", "extended")]
    return any(event["kind"] == _STOPPED for event in journal.events[begun[-1] :])


def further(runner: Runner, finalists: Finalists | None, clock: Clock, progress: Progress) -> list[Round]:
    """What the further rounds say, each done now or taken from the journal; without those that there was no time for.

    A round that fails is left out. Where a run folder is kept, Ctrl-C ends the rounds, and those that are done count
    until a resumed run does the others.

    Parameters
    ----------
    finalists : what rounds train; None where each is a search of its own.

    Raises
    ------
    KeyboardInterrupt
        Stopped, and all of the run is in memory: nobody could tell that rounds are missing, or go on with them.
    """
    prepared = runner.prepared
    of = "" if finalists is None else finalists.name
    known = {each.round: _known(runner, each.round, of) for each in prepared.rounds}
    todo = [each for each in prepared.rounds if known[each.round] is None]
    end, runners = clock.at(_RIVALS_END), dict[int, Runner]()
    if todo:
        left = clock.left(_RIVALS_END)
        if left is None:
            left = _guess_left(runner, len(todo), anew=finalists is None)
        within = f", in about {duration(max(left, 0.0))}"
        progress.say(f"The model is saved. Now {counted(len(todo), 'further round')} on other rows{within}.")
    try:
        for number, each in enumerate(todo):
            left = clock.left(_RIVALS_END if finalists is None else _NETWORKS_END)
            seconds = None if left is None else left / (len(todo) - number)
            if seconds is not None and seconds < _LEAST:
                progress.say(f"There was no time left for {counted(len(todo) - number, 'round')}.")
                break
            runners[each.round] = inner = runner.of_round(each)
            known[each.round] = optional(
                f"Round {each.round + 1}",
                lambda inner=inner, seconds=seconds: _done(runner, inner, finalists, seconds, end, progress),
                None,
            )
        if finalists is not None:
            runner.baselines(RIVALS, until=end)
            for each in prepared.rounds:
                if (own := known[each.round]) is not None and not own.said.keys() >= set(RIVALS):
                    inner = runners.get(each.round) or runner.of_round(each)
                    known[each.round] = optional(
                        f"What round {each.round + 1} is compared with",
                        lambda inner=inner, own=own: _with_rivals(runner, inner, own, end),
                        own,
                    )
    except KeyboardInterrupt:
        if runner.journal.path is None:
            raise
        runner.journal.event(_STOPPED)
        progress.say(
            "Stopped: the score is of the rounds that are done. "
            f"`honed resume {runner.journal.path.parent}` does the others."
        )
    return [own for each in prepared.rounds if (own := known[each.round]) is not None]


def _guess_left(runner: Runner, rounds: int, *, anew: bool) -> float:
    """Seconds that so many rounds will take where the clock does not matter: as long as the search, or its end."""
    if anew:
        return rounds * seconds_used(runner.journal)
    done = [value for key, value in trainings(runner.journal.events) if key.stage == "again"]
    return rounds * sum(value["run_seconds"] for value in done) / runner.workers


def add(told: facts.Facts, runner: Runner, rounds: Sequence[Round], decision: Decision | None = None) -> None:
    """Put the scores of all rounds, the search's own first, into the facts, in the place of its own alone."""
    prepared = runner.prepared
    number, done = len(prepared.rounds) + 1, len(rounds)
    notes, why = told.setdefault("notes", []), "for want of time, by a stop or by an error"
    resumed = " `honed resume` does what was stopped." if were_stopped(runner.journal) else ""
    if done == 1:
        notes.append(
            f"None of {counted(number - 1, 'further round')}, in which other rows are unseen, was done, {why}, so the "
            f"score is of the rows of the first alone.{resumed}"
        )
        return
    scores_of_all = summary.told_scores(together(prepared, rounds))
    lost = [_WORDS.get(name, name) for name in told["scores"] if name not in scores_of_all]
    intervals_of_all = None
    if (own := told.get("intervals")) is not None:
        intervals_of_all = coverage(prepared, rounds, own["units"])
        lost += ["what intervals hold"] if intervals_of_all is None else []
    if decision is not None:
        all_rows = np.concatenate([each.rows for each in rounds])
        told["decision"] = decisions.told(prepared, decision, all_rows, *decided(prepared, rounds))
        lost += ["what the decision comes to"] if "unseen" not in told["decision"] else []
    rows = sum(len(each.rows) for each in rounds)
    said = [_how(runner, done, rows)]
    kinds = [event["kind"] for event in runner.journal.events]
    others = [each.metric.name for each in prepared.rounds if each.metric.name != prepared.metric.name]
    if prepared.searches_anew and "extended" in kinds[kinds.index("round") :]:
        said.append("Rounds of an earlier budget are not made again under a longer one.")
    if prepared.searches_anew and others:
        said.append(
            f"In {counted(len(others), 'round')} {prepared.metric.name} is undefined on validation rows, so "
            f"{others[0]} chose there."
        )
    if done < number:
        said.append(f"Left out: {counted(number - done, 'round')} of {number}, {why}.{resumed}")
    if lost:
        said.append(f"Some round lacks {', '.join(lost)}, so no score of all rows is told of it.")
    notes.append(" ".join(said))
    told["nested"] = {"rounds": done, "rows": rows, "scores": told["scores"]}
    told["scores"] = scores_of_all
    told.pop("intervals", None)
    if intervals_of_all is not None:
        told["intervals"] = intervals_of_all


def _how(runner: Runner, done: int, rows: int) -> str:
    """How the score of so many rounds came about, what it took, and what speaks for and against it."""
    prepared = runner.prepared
    taken = {e["number"]: e["seconds"] for e in runner.journal.events if e["kind"] == "round"}
    seconds, budget = sum(taken.values()), last_budget(runner.journal)
    count = counted(len(prepared.y), "row")
    every = f"each of the {count} was" if rows == len(prepared.y) else f"{rows:,} of {count} were"
    of_a = (
        "networks of a search that did not see it"
        if prepared.searches_anew
        else "networks that did not see it"
    )
    said = (
        f"The score is of {done} rounds: {every} predicted by {of_a}, and all "
        "these predictions are scored together. "
    )
    if prepared.searches_anew:
        return said + (
            f"The rounds after the first took {duration(seconds / len(taken))} each, and their networks learned from "
            "fewer rows than what predicts, so the score is a careful one."
        )
    of = "" if budget is None else f" of {duration(budget)}"
    return said + (
        f"The rounds after the first, which took {duration(seconds)}{of}, train anew what the search chose, on fewer "
        f"rows than what predicts; the settings were chosen with all rows but {len(prepared.splits.outer):,} in sight. "
        f"`--nested {len(prepared.rounds) + 1}` searches anew in each round."
    )


def together(prepared: Prepared, rounds: Sequence[Round]) -> dict[str, Score]:
    """The scores of what all rounds say: of each name that every round has, over the rows of all."""
    rows = np.concatenate([each.rows for each in rounds])
    others = (_ENDS, _DECIDED)
    names = [
        name for name in rounds[0].said if all(name in each.said for each in rounds) and name not in others
    ]
    return {
        name: scored(
            prepared, np.concatenate([each.said[name] for each in rounds]), rows, prepared.groups_of(rows)
        )
        for name in names
    }


def coverage(prepared: Prepared, rounds: Sequence[Round], learned_from: int) -> facts.Intervals | None:
    """What the intervals of all rounds hold; None where not each has some."""
    if not all(_ENDS in each.said for each in rounds):
        return None
    rows = np.concatenate([each.rows for each in rounds])
    return intervals.measured_of(
        prepared, rows, np.concatenate([each.said[_ENDS] for each in rounds]), learned_from
    )


def decided(
    prepared: Prepared, rounds: Sequence[Round]
) -> tuple[Float[np.ndarray, "rows classes"], Int[np.ndarray, " rows"]] | tuple[None, None]:
    """Probabilities of the rows of all rounds, and the classes that their decisions made; None where one lacks some."""
    used = prepared.used
    if not all(_DECIDED in each.said and used in each.said for each in rounds):
        return None, None
    said, codes = (np.concatenate([each.said[name] for each in rounds]) for name in (used, _DECIDED))
    return said, codes


def first(
    runner: Runner,
    said: Mapping[str, np.ndarray],
    found: np.ndarray | None,
    decision: Decision | None = None,
) -> Round:
    """The search itself as the first round: what is said of its outer rows, the ends of intervals, and the decision."""
    ours = {**said, **scores.constant_said(runner.prepared), **_rivals(runner)}
    if found is not None:
        ours[_ENDS] = found
    used = runner.prepared.used
    if decision is not None and used in said:
        ours[_DECIDED] = decision.codes(said[used])
    return Round(runner.prepared.splits.outer, ours)


def _done(
    runner: Runner,
    inner: Runner,
    finalists: Finalists | None,
    seconds: float | None,
    end: float | None,
    progress: Progress,
) -> Round | None:
    """Do a round, and say and journal what came of it; None where it learned nothing, or had no time to compare.

    Parameters
    ----------
    inner : of the round.
    seconds, end : its share of the time that is left, and the moment when all of that is over.
    """
    began, prepared = time.monotonic(), inner.prepared
    try:
        clock = Clock(began, seconds)
        found = _searched(inner, clock) if finalists is None else _trained(inner, finalists, clock, end)
    except RunError as error:
        progress.say(f"Round {prepared.round + 1} does not count: {error}")
        return None
    runner.store.put(_key(prepared.round), {"rows": found.rows, **found.said})
    networks = [key for key, _ in trainings(inner.journal.events)]
    runner.journal.event(
        "round",
        number=prepared.round,
        of="" if finalists is None else finalists.name,
        seconds=round(time.monotonic() - began, 3),
        candidates=len({key.number for key in networks if key.number >= 0}),
        networks=len(networks),
    )
    used = prepared.used
    score = scored(runner.prepared, found.said[used], found.rows, runner.prepared.groups_of(found.rows))
    progress.say(
        f"Round {prepared.round + 1} of {len(runner.prepared.rounds) + 1}: {runner.prepared.metric.name} "
        f"{figure(score['score'])} on {counted(len(found.rows), 'row')}."
    )
    return found


def _trained(runner: Runner, finalists: Finalists, clock: Clock, end: float | None) -> Round:
    """One round of what the search chose, but for its rivals, which wait until all rounds have networks.

    What it needs may take time from the others, as where workers start anew.
    """
    said, scored = finalists.said(runner, end, clock.at(_MORE_END))
    return first(runner, said, intervals.ends(runner.prepared, scored), finalists.chosen.decision)


def _with_rivals(runner: Runner, inner: Runner, own: Round, end: float | None) -> Round:
    """A round with what rivals say of its rows, as far as there is time."""
    inner.baselines(RIVALS, until=end)
    found = replace(own, said={**own.said, **_rivals(inner)})
    runner.store.put(_key(inner.prepared.round), {"rows": found.rows, **found.said})
    return found


def _searched(runner: Runner, clock: Clock) -> Round:
    """One round, as `honed.search.search` goes about it, without what only a model that is kept needs."""
    the_plan, _, explored = explore(runner, clock, Silent(), lambda _: None, lambda: None)
    if explored.fell_back:  # which is not the procedure that made the model
        raise RunError("there was too little time to compare networks.")
    _, confirm_end = ends(runner, the_plan, explored, clock)
    default, more = confirm(runner, the_plan, explored, clock.at(confirm_end))
    runner.baselines(RIVALS, until=clock.at(the_plan.rivals_end(clock.budget, confirm_end)))
    chosen = assemble(runner, explored, default, more)
    networks = dict(chosen.networks)
    if default.reason and default.number >= 0:
        networks.setdefault(default.number, [explored.full[default.number][0].training])
    said, scored = scores.of_chosen(runner, chosen, networks, default)
    errors = intervals.errors(runner, explored, chosen, more)
    found = None
    if errors is not None:
        found = intervals.ends(runner.prepared, scored.with_intervals(errors.intervals()))
    return first(runner, said, found, chosen.decision)


def _rivals(runner: Runner) -> dict[str, np.ndarray]:
    found = {name: runner.said_by(name) for name in RIVALS}
    return {name: said for name, said in found.items() if said is not None}


def _known(runner: Runner, number: int, of: str) -> Round | None:
    """What an earlier process has found in a round of such finalists; None where it did not, or it is lost."""
    rounds = [e for e in runner.journal.events if e["kind"] == "round" and e["number"] == number]
    if not rounds or rounds[-1].get("of", "") != of:
        return None
    arrays = runner.store.get(_key(number))
    if arrays is None or "rows" not in arrays:
        return None
    return Round(arrays["rows"], {name: array for name, array in arrays.items() if name != "rows"})


def _key(number: int) -> str:
    return f"round/{number}"
