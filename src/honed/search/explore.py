"""Generations of candidates: all on the first rung, the best of each fully trained, some edited by the coach."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from honed.errors import RunError
from honed.model.model import Model
from honed.optional import optional
from honed.report.progress import Ended, Progress
from honed.run.journal import Journal
from honed.search import (
    diagnosis,
    fallbacks,
    few_passes,
    first_network,
    focus,
    generation,
    lanes,
    signs,
    ways,
)
from honed.search import save as saving
from honed.search.candidate import Candidate
from honed.search.clock import Clock
from honed.search.coach import Coach
from honed.search.explored import KEPT, Explored
from honed.search.failures import ended, why
from honed.search.plan import Plan
from honed.search.planned import ends, guess_left, planned
from honed.search.runner import Runner
from honed.search.space import Space
from honed.search.training import Result, Training
from honed.trials import Tally

_QUICK_SHARE = 0.6  # of the exploring time, that the first rung of the first generation may take at most
# Candidates; fewer are not worth their barriers, at which one worker alone waits for nobody.
_LEAST_GENERATION, _LEAST_ALONE = 4, 2


def explore(
    runner: Runner,
    clock: Clock,
    progress: Progress,
    save: Callable[[Model], None],
    after: Callable[[], None],
    *,
    inside: bool = False,
) -> tuple[Plan, Space, Explored]:
    """The plan, the space as it was left, and what was found in it.

    `save` is called with the networks of each better candidate on its folds, `after` at the end of each generation:
    what has time until then should wait, since the first one, often the only one, has no core to spare. `inside` says
    whether the best network is to be looked at inside, for which the plan then keeps time.
    """
    journal, metric, trials = runner.journal, runner.prepared.metric, runner.prepared.options.trials
    if clock.budget is not None:
        first_network.begin(runner, save, clock)
    runner.inputs()  # encodes the first fold, whose time is not the search's to plan with
    the_plan = planned(runner, clock, inside=inside)
    for text in lanes.told(journal):
        progress.say(text)
    space = first_network.space(runner, the_plan.epochs, the_plan.structures)
    proposer = runner.prepared.options.proposer
    explored, best = Explored(), math.inf
    coach = Coach(runner, space, explored, proposer, the_plan.new_structures)
    number, size = 0, the_plan.generation if trials is None else min(the_plan.generation, trials)
    spent = 0.0  # seconds
    promoted, unlearned = list[Candidate](), list[Candidate]()  # of the generation before, where they overlap
    if the_plan.finalists:
        few_passes.search(runner, the_plan, space, explored, clock, progress, save, after)
        size = 0
    done = Tally()
    while size or promoted:
        began, before = time.monotonic(), len(journal.events)
        explore_end, _ = ends(runner, the_plan, explored, clock)
        until = clock.at(explore_end)
        quick_until = clock.at(explore_end * _QUICK_SHARE) if number == 0 else until
        batch, coming, edits, in_ways = list[Candidate](), iter(list[Candidate]()), 0, list[Candidate]()
        if size:
            if number == 1:
                in_ways = ways.tried(runner, the_plan, space, explored, size, until)
                for text in ways.told(journal, higher_is_better=metric.higher_is_better):
                    progress.say(text)
                size -= len(in_ways)
            batch = space.defaults()[:size] if number == 0 else []
            edits = generation.edits(journal, the_plan, explored, number, size)
            repairs = coach.repair(number, edits)
            batch, edits = batch + repairs, edits - len(repairs)
            coming = generation.coming(
                journal, space, the_plan, explored, batch, number, size - edits - len(batch), quick_until
            )
        if the_plan.overlap and number:
            promoted = _overlapping(runner, the_plan, batch, coming, promoted, explored, until)
            known, unlearned = unlearned, list(batch)
        else:
            _generation(runner, the_plan, batch, coming, explored, number == 0, quick_until, until)
            known = batch
        if number == 0:
            fallbacks.train_a_default(runner, explored, clock.at(_fallbacks_end(the_plan, explored)))
        space.learn(
            {c.number: explored.losses.get(c.number, explored.quick.get(c.number, math.inf)) for c in known}
        )
        batch += [*coach.experiment(number, edits, until), *in_ways]
        ranked = explored.best_first()
        better = ranked[:1] if ranked and explored.losses[ranked[0].number] < best else []
        for text in generation.widened(journal, space, number, better):
            progress.say(text)
        if better:
            best = explored.losses[ranked[0].number]
            results = explored.full[ranked[0].number]
            saving.save_once(runner, save, [r.training for r in results], ranked[0].name, best)
        for outranked in explored.outranked(KEPT):
            if not outranked.reason:  # the others are compared with the default
                for result in explored.full[outranked.number]:
                    runner.store.drop(result.training.key)
        score = -best if metric.higher_is_better else best
        done.read(journal.events)
        since = 0 if journal.earlier else before  # what an earlier process did may lie anywhere
        took = max(time.monotonic() - began, generation.worked(journal, batch, runner.workers, since))
        spent += took
        left = clock.left()
        if left is None:
            left = guess_left(runner, the_plan, explored, space.count, spent)
        progress.generation(
            Ended(number + 1, score, metric.name, done.tried, done.trained, left, clock.budget is None)
        )
        began = time.monotonic()
        after()
        took += time.monotonic() - began

        was_late = number > 0 and not any(
            c.number in explored.quick or c.number in explored.full for c in batch
        )

        def following(took: float = took, last: int = len(batch), was_late: bool = was_late) -> int:
            """Candidates of another generation: as many as there is time for, or as trials are left."""
            if clock.budget is None:
                return max(0, min(the_plan.generation, (trials or 0) - space.count))
            if was_late:  # all of it, until a moment that does not come again
                return 0
            explore_end, _ = ends(runner, the_plan, explored, clock)
            count = int(last * max(0.0, clock.left(explore_end) or 0.0) / took)
            least = _LEAST_ALONE if runner.workers == 1 else _LEAST_GENERATION
            return min(count, the_plan.generation) if count >= least else 0

        size = generation.size(journal, number, following) if size else 0
        number += 1
    if not explored.best_first() and clock.budget is not None:
        fallbacks.fall_back(runner, explored, clock.at(_fallbacks_end(the_plan, explored)))
        progress.say(f"The budget was too short to compare networks: {explored.candidates[0].name} is kept.")
    if not explored.best_first():
        raise _nothing_learned(journal, clock)
    if not the_plan.finalists and not explored.fell_back:
        _, confirm_end = ends(runner, the_plan, explored, clock)
        found = focus.focus(runner, explored, clock.at(confirm_end))
        _record_full(explored, [t.candidate for t in found if t.fold == "0"], explored.folds, found)
    return the_plan, space, explored


def _fallbacks_end(the_plan: Plan, explored: Explored) -> float:
    """Where nothing was fully trained there is nothing to confirm, and to train again what has barely learned."""
    return the_plan.confirm_end if explored.best_first() else the_plan.refit_end


def _nothing_learned(journal: Journal, clock: Clock) -> RunError:
    outcomes = [event["outcome"] for event in journal.events if event["kind"] == "result"]
    failed = [outcome for outcome in outcomes if not outcome["ok"] and outcome["error"] != "late"]
    if failed and not any(outcome["ok"] for outcome in outcomes):
        return ended(journal, f"No network could be trained. The first one: {why(failed[0])}")
    advice = "More trials may help." if clock.budget is None else "A longer budget may help."
    where = "" if journal.path is None else "; see journal.jsonl for what each of them met"
    return ended(journal, f"No network could be trained to a finite loss{where}. {advice}")


def _generation(
    runner: Runner,
    the_plan: Plan,
    batch: list[Candidate],
    coming: Iterator[Candidate],
    explored: Explored,
    is_first: bool,
    quick_until: float | None,
    until: float | None,
) -> None:
    """The first rung for all of a batch until one moment, the full one for the best of it until another.

    Candidates of `coming` join the batch as they are drawn.
    """
    explored.ask(batch)
    # There may not be time for all, and then those come to nothing that are last.
    is_looked_at = is_first and the_plan.by_looks
    likely = _likely_first(batch, first_network.looks(runner)) if is_looked_at else list(batch)
    joining = _joining(coming, explored, batch, likely)
    found = runner.train(_quick(the_plan, itertools.chain(list(likely), joining)), quick_until)
    _record_quick(runner, explored, found)
    promoted = _promoted(the_plan, likely, explored)
    if is_first and batch[0] not in promoted:  # what a winner has to beat is always fully trained
        promoted = [batch[0], *promoted[:-1]] if len(promoted) > 1 else [batch[0]]
    folds = explored.folds or the_plan.folds
    _record_full(explored, promoted, folds, runner.train(_full(promoted, folds), until))


def _overlapping(
    runner: Runner,
    the_plan: Plan,
    batch: list[Candidate],
    coming: Iterator[Candidate],
    promoted: list[Candidate],
    explored: Explored,
    until: float | None,
) -> list[Candidate]:
    """The first rung of a batch beside the full one for the best of the batch before; the best of this batch.

    The short trainings come last, so that many workers end together, and are proposed while the others are done.
    """
    explored.ask(batch)
    folds = explored.folds or the_plan.folds
    joining = _joining(coming, explored, batch)
    short = _quick(the_plan, itertools.chain(list(batch), joining))
    found = runner.train(itertools.chain(_full(promoted, folds), short), until)
    _record_quick(runner, explored, {t: result for t, result in found.items() if t.stage == "quick"})
    _record_full(explored, promoted, folds, {t: r for t, r in found.items() if t.stage == "full"})
    return _promoted(the_plan, batch, explored)


def _joining(
    coming: Iterator[Candidate], explored: Explored, *batches: list[Candidate]
) -> Iterator[Candidate]:
    """The candidates of `coming`, one by one, each added to what was asked for and to the batches."""
    for candidate in coming:
        explored.ask([candidate])
        for batch in batches:
            batch.append(candidate)
        yield candidate


def _quick(the_plan: Plan, batch: Iterable[Candidate]) -> Iterator[Training]:
    for c in batch:
        yield Training("quick", c, "0", epochs=the_plan.quick_epochs, rows=the_plan.quick_rows, keep=False)


def _full(promoted: list[Candidate], folds: int) -> list[Training]:
    return [Training("full", c, str(fold)) for fold in range(folds) for c in promoted]


def _likely_first(batch: list[Candidate], looks: Mapping[str, float]) -> list[Candidate]:
    """A batch with its defaults in the order of what short looks at their recipes have told, others behind them."""
    return sorted(batch, key=lambda c: looks.get(c.values["recipe"], math.inf) if c.reason else math.inf)


def _promoted(the_plan: Plan, batch: list[Candidate], explored: Explored) -> list[Candidate]:
    """The best of a batch by its first rung; those that were late for it in the order of the batch."""
    ranked = sorted(batch, key=lambda c: explored.quick.get(c.number, math.inf))
    return ranked[: the_plan.promoted_among(len(batch))]


def _record_quick(runner: Runner, explored: Explored, found: Mapping[Training, Result]) -> None:
    is_looked_at = runner.prepared.options.proposer == "coach"  # who alone repairs failures
    for training, result in found.items():
        is_failure = is_looked_at and (not math.isfinite(result.loss) or _is_failure(runner, training))
        explored.record_quick(result, is_failure=is_failure)


def _record_full(
    explored: Explored, promoted: list[Candidate], folds: int, found: Mapping[Training, Result]
) -> None:
    done: dict[int, list[Result]] = {}
    for training, result in found.items():
        done.setdefault(training.candidate.number, []).append(result)
    if not explored.folds and done:  # as many folds as there was time for
        explored.settle_folds(
            max(
                k for k in range(1, folds + 1) if sum(len(own) >= k for own in done.values()) * 2 >= len(done)
            )
        )
    for candidate in promoted:
        own = done.get(candidate.number, [])[: explored.folds]
        if own and len(own) == explored.folds and own[-1].training.fold == str(explored.folds - 1):
            explored.record_full(own)


def _is_failure(runner: Runner, training: Training) -> bool:
    return optional("A look at a failure", lambda: signs.is_failure(diagnosis.case(runner, training)), False)
