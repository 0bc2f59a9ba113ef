"""The search where a budget buys few passes over the rows: candidates on samples, then finalists on all rows.

A full training of many candidates would leave each with few steps. So at most a third of the time goes into samples:
each candidate has as much time as any other, on as many rows as it can pass in that time, and is judged at the end of
its own schedule; the best quarter, two at least, share as much time again. Among the candidates the first default is
once more in each of some other ways to encode rows that suit the table. The rest of the time goes to finalists, one a
worker as long as there are candidates (with one worker up to two in turn), whose schedules end with it. One of them is
a published default. None is looked at inside, which would slow it, but at last the best one in a short training on a
sample, where there is time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from honed import passes
from honed.figures import counted, duration, figure
from honed.model.model import Model
from honed.report.progress import Ended, Progress
from honed.search import baselines, generation
from honed.search import save as saving
from honed.search.candidate import Candidate
from honed.search.clock import Clock
from honed.search.explored import Explored
from honed.search.plan import FEW_FINALISTS, LOOK_EPOCHS, LOOK_ROWS, SAVING, SLACK, VALIDATED, Plan
from honed.search.runner import Runner
from honed.search.space import Space
from honed.search.training import Result, Training
from honed.train.parts import MOST_ROWS
from honed.trials import ALL, OTHERWISE, trainings, tried
from honed.typed import JSON

# Shares that were reasoned, not measured one by one.
_FILLED = 0.7  # of a rung's time is planned; the rest is a margin for a wrong guess
_DATA_LOOK = 0.04  # of the budget on all workers at most, for a look at the data beside the finalists
_OF_WHAT_IS_LEFT = 0.85  # that one network on all rows may take by the pace of its finalist
_LATE = 0.03  # of the budget that a finalist may be late: else all that it has learned is lost
_RIVALS = 0.08  # of the budget at most for linear model and boosting
_WAYS = 1  # other ways to encode rows that are tried even where defaults leave no room for candidates
_ENCODING = 0.1  # of the time for samples, that encoding all rows in other ways may take together
_TOLD = 4  # finalists at most that are named


def search(
    runner: Runner,
    the_plan: Plan,
    space: Space,
    explored: Explored,
    clock: Clock,
    progress: Progress,
    save: Callable[[Model], None],
    after: Callable[[], None],
) -> None:
    """Explore on samples and train the finalists; what was found is in `explored`.

    `save` is called with the best of them, `after` beside them if the look at the data costs little: as
    `honed.search.explore.explore` is told.
    """
    batch = space.defaults()
    ways = _ways(runner, the_plan, batch, clock)
    batch[1:1] = [space.default_in(way) for way in ways]  # before those that may be late
    count = max(0, the_plan.generation - len(batch))
    if count:
        batch += generation.coming(runner.journal, space, the_plan, explored, batch, 0, count)
    explored.ask(batch)
    ranked, meanwhile = batch, None
    if the_plan.generation:
        ranked, meanwhile = _sampled(runner, the_plan, explored, batch, clock)
    if meanwhile is not None:  # encoding all rows may take long
        name = f"{ranked[0].name} on a sample"
        saving.save_once(runner, save, [meanwhile.training], name, meanwhile.loss)
    chosen = _finalists(ranked, runner.workers, the_plan.finalists)
    prepared = runner.prepared
    look = prepared.family.look_seconds(prepared.schema)
    if look <= _DATA_LOOK * runner.workers * (clock.budget or 0.0):
        after()
    runner.baselines(baselines.RIVALS, until=time.monotonic() + _RIVALS * (clock.budget or 0.0))
    finals = _finals(the_plan, chosen)
    end = runner.journal.decide(
        f"end of finalists{_named(the_plan)}", lambda: round(_end(runner, the_plan, finals, clock), 4)
    )
    names = ", ".join(candidate.name for candidate in chosen[:_TOLD])
    if len(chosen) > _TOLD:
        names += f" and {len(chosen) - _TOLD} more"
    seconds = max(0.0, clock.left(end) or 0.0)
    compared = f"Samples compared {counted(len(batch), 'candidate')}; now" if explored.quick else "Now"
    progress.say(f"{compared} on all rows for {duration(seconds)}: {names}.")
    explored.settle_folds(1)
    for result in in_time(runner, the_plan, finals, end, clock).values():
        explored.record_full([result])
    best = explored.best_first()
    if not best and meanwhile is not None:
        explored.fall_back(meanwhile)
        rows = counted(runner.rows(meanwhile.training), "row")
        progress.say(f"There was no time to train on all rows: {ranked[0].name} on {rows} is kept.")
    if best:
        results = explored.full[best[0].number]
        loss = explored.losses[best[0].number]
        saving.save_once(runner, save, [results[0].training], best[0].name, loss)
        metric = runner.prepared.metric
        score = -loss if metric.higher_is_better else loss
        done = tried(runner.journal.events), len(list(trainings(runner.journal.events)))
        progress.generation(Ended(1, score, metric.name, *done, clock.left() or 0.0))


def _ways(runner: Runner, the_plan: Plan, batch: list[Candidate], clock: Clock) -> list[str]:
    """Other ways to encode rows in which the first of the batch, a default in the usual way, is to be compared too."""
    prepared, default = runner.prepared, batch[0]
    if not the_plan.ways or not the_plan.generation or default.encoding != prepared.encodings[0]:
        return []

    def chosen() -> list[JSON]:
        time_left, found = clock.left(the_plan.explore_end) or 0.0, list[JSON]()
        for way in prepared.suiting_encodings[: max(_WAYS, the_plan.generation - len(batch))]:
            each = runner.encoding_seconds(Training("quick", replace(default, encoding=way), "0"))
            if (len(found) + 1) * each <= _ENCODING * time_left:
                found.append(way)
        return found

    return runner.journal.decide(f"ways to encode on samples{_named(the_plan)}", chosen)


def ends(the_plan: Plan, clock: Clock) -> tuple[float, float]:
    """When finalists end that have validated, and when training ends altogether, as shares of the budget."""
    last = 1 - (the_plan.reserve + the_plan.look) / (clock.budget or math.inf)
    if not the_plan.refit and not the_plan.beside:
        return last, last
    # As training on all rows takes so much longer, and on rows that are shared out otherwise as long.
    share = 1 / (1 + (the_plan.growth if the_plan.refit else 1.0))
    return the_plan.explore_end + (last - the_plan.explore_end) * share, last


def _sampled(
    runner: Runner, the_plan: Plan, explored: Explored, batch: list[Candidate], clock: Clock
) -> tuple[list[Candidate], Result | None]:
    """The candidates, the best first, by two rungs of samples, and the last result of the best if that is finite."""
    losses, results = dict[int, tuple[int, float]](), dict[int, Result]()
    rung, end = batch, clock.left(the_plan.explore_end) or 0.0
    for number in range(2):
        left = max(0.0, clock.left(the_plan.explore_end) or 0.0)
        left = min(left, end / 2) if not number else left
        until = time.monotonic() + left
        seconds = _FILLED * left * min(1.0, runner.workers / len(rung))  # a training has one worker
        wanted = _samples(runner, the_plan, explored, rung, number, seconds)
        for training, result in runner.train(wanted, until).items():
            if not number:
                explored.record_quick(result)
            losses[training.candidate.number] = -number, result.loss
            results[training.candidate.number] = result
        rung = sorted(rung, key=lambda c: (losses.get(c.number, (0, math.inf)), c.number))
        rung = rung[: the_plan.promoted]
    ranked = sorted(batch, key=lambda c: (losses.get(c.number, (0, math.inf)), c.number))
    best = results.get(ranked[0].number)
    return ranked, best if best is not None and math.isfinite(best.loss) else None


def _samples(
    runner: Runner,
    the_plan: Plan,
    explored: Explored,
    rung: list[Candidate],
    number: int,
    seconds: float,
) -> list[Training]:
    """Trainings of a rung: as many rows as each candidate passes in that time at the pace of its program."""
    most, epochs = len(runner.prepared.splits.folds[0].train), the_plan.quick_epochs
    pace = runner.pace

    def rows() -> dict[str, int]:
        known = [pace.of_program(c) / runner.products(c) for c in explored.asked if pace.of_program(c)]
        product = max(known, default=0.0)  # nobody knows how fast a new program is
        found = {}
        for candidate in explored.asked:  # others may be in the rung when this is gone through once more
            each = pace.of_program(candidate) or product * runner.products(candidate) or the_plan.row_seconds
            found[str(candidate.number)] = min(
                most, max(the_plan.quick_rows or 1, int(seconds / each / epochs))
            )
        return found

    sizes = runner.journal.decide(f"rows of samples {number}{_named(the_plan)}", rows)
    return [
        Training(
            "quick",
            candidate,
            "0",
            seed=number,
            epochs=epochs,
            rows=sizes[str(candidate.number)] if sizes[str(candidate.number)] < most else None,
        )
        for candidate in rung
    ]


def _finalists(ranked: list[Candidate], workers: int, count: int) -> list[Candidate]:
    """The best, and among them a published default; with one worker that alone where nothing is better.

    Where workers have become fewer since the plan was made, as on another machine, so have they.
    """
    default = next((candidate for candidate in ranked if candidate.reason), ranked[0])
    if workers == 1 and ranked[0] is default:
        return [default]
    return [default, *(candidate for candidate in ranked if candidate is not default)][
        : min(count, max(workers, FEW_FINALISTS))
    ]


def _finals(the_plan: Plan, chosen: list[Candidate]) -> list[Training]:
    """Their trainings on all rows, without patience: rates fall with the time, and an early stop leaves it to nobody.

    A run of before goes on as it began, or what it has trained would be unknown.
    """
    if not the_plan.patient:
        chosen = [replace(each, training=replace(each.training, patience=None)) for each in chosen]
    return [Training("full", candidate, "0") for candidate in chosen]


def _end(runner: Runner, the_plan: Plan, finals: list[Training], clock: Clock) -> float:
    """When the finalists end, as a share of the budget, once all rows are encoded that they see.

    What that takes, and will take once more where they are trained again, is shared by both as time is.
    """
    middle, last = ends(the_plan, clock)
    began = time.monotonic()
    runner.share(finals, clock.at(last))
    if middle == last or not clock.budget:
        return middle
    taken, share = time.monotonic() - began, (middle - the_plan.explore_end) / (last - the_plan.explore_end)
    fold = ALL if the_plan.refit else OTHERWISE
    to_come = max(runner.encoding_seconds(replace(each, fold=fold)) for each in finals)
    return middle + (taken * (1 - share) - to_come * share) / clock.budget


def in_time(
    runner: Runner, the_plan: Plan, trainings: list[Training], share: float, clock: Clock
) -> dict[Training, Result]:
    """Train, as many at a time as there are workers, to the end of that share of the budget."""
    rounds = math.ceil(len(trainings) / runner.workers)
    seconds = runner.journal.decide(
        f"seconds of each network to {share:.3g} of the time{_named(the_plan)}",
        lambda: round(max(1.0, (clock.left(share) or 0.0) / max(rounds, 1)), 3),
    )
    found: dict[Training, Result] = {}
    for place in range(rounds):
        some = trainings[place * runner.workers : (place + 1) * runner.workers]
        timed = [replace(training, seconds=seconds) for training in some]
        latest = clock.at(max(1.0, ends(the_plan, clock)[1] + _LATE))  # what follows takes the reserve
        runner.share(timed, latest)  # of a run that goes on: before it is asked how much time is left
        left = (clock.left(share) or 0.0) / (rounds - place)
        found |= runner.train(timed, latest, end=time.monotonic() + left)
    return found


def again(
    runner: Runner,
    the_plan: Plan,
    finalists: list[Training],
    beside: Training | None,
    most: int,
    clock: Clock,
) -> dict[Training, Result]:
    """The finalists again on all rows, if these are to predict, and one of them on rows shared out otherwise.

    Each up to where it was best: as many passes, and the schedule as far; where there is too little time for that, with
    fewer passes. On all rows with as many seeds, `most` at most, as there is time for; what is late then is given up.

    Parameters
    ----------
    beside : the finalist that is to be trained otherwise, if one is.
    """
    wanted = [(finalist, ALL) for finalist in finalists if the_plan.refit]
    if beside is not None:
        wanted.insert(len(finalists), (beside, OTHERWISE))
    known = runner.known({finalist for finalist, _ in wanted})
    # Without parts is the first network, where there was no time for any other.
    wanted = [(finalist, fold) for finalist, fold in wanted if known[finalist].value.get("parts")]
    if not wanted:
        return {}
    encoding = max(runner.encoding_seconds(replace(finalist, fold=fold)) for finalist, fold in wanted)
    left = max(0.1, (clock.left(ends(the_plan, clock)[1]) or 0.0) - encoding)
    each = left / max(1, math.ceil(len(wanted) / runner.workers))
    jobs = [_again(runner, the_plan, known[finalist], fold, each) for finalist, fold in wanted]
    on_all = [job for job in jobs if job.fold == ALL]
    seconds, once = (sum(job.seconds or 0.0 for job in some) for some in (on_all, jobs))
    seeds = runner.journal.decide(
        f"networks on all rows{_named(the_plan)}",
        lambda: min(1 + math.ceil(max(0.0, left * runner.workers - once) / max(seconds, 0.1)), most),
    )
    more = [replace(job, seed=seed) for seed in range(1, seeds) for job in on_all]
    return runner.train([*jobs, *more], clock.at(ends(the_plan, clock)[1]))


def _again(runner: Runner, the_plan: Plan, result: Result, fold: str, most: float) -> Training:
    """A finalist once more on the rows of that fold, up to where it was best, for at most some of so many seconds."""
    finalist, value = result.training, result.value
    before, rows = (len(runner.prepared.fold(name).train) for name in (finalist.fold, fold))
    share = passes.made(value, value["best_epoch"]) / value["passes"][-1]
    seconds = value["run_seconds"] * share * rows / before
    part = runner.journal.decide(
        f"part of {finalist.key} on the rows {fold}{_named(the_plan)}",
        lambda: round(min(1.0, _OF_WHAT_IS_LEFT * most / seconds), 4),
    )
    course = grown(value["parts"][: value["best_epoch"]], part * rows / before, min(MOST_ROWS, rows))
    return Training("again", finalist.candidate, fold, seconds=round(part * seconds, 3), course=course)


def looked_inside(
    runner: Runner, the_plan: Plan, finalist: Training, probes: str, clock: Clock
) -> Training | None:
    """The best network trained briefly on a sample, with probes; None where the time that is left does not suffice.

    How many rows it has is journalled, 0 where there was no time.
    """
    if clock.budget is None:
        return None
    valid = len(runner.prepared.fold("0").valid)

    def training_on(rows: int) -> Training:
        own = finalist.candidate
        return Training("look", own, "0", epochs=LOOK_EPOCHS, rows=rows, probes=probes)

    def affordable() -> int:
        done = runner.known([finalist]).get(finalist)
        said = 0.0 if done is None else done.value.get("said_seconds", 0.0)
        left = (clock.left() or 0.0) - SAVING - said
        for rows in LOOK_ROWS:
            training = training_on(rows)
            seconds = runner.pace.seconds_with_program(training, rows + valid // VALIDATED)
            if seconds is not None and SLACK * seconds + runner.encoding_seconds(training) <= left:
                return rows
        return 0

    rows = runner.journal.decide(f"rows of a look inside{_named(the_plan)}", affordable)
    if not rows:
        return None
    found = runner.train([training_on(rows)], time.monotonic() + max(0.0, (clock.left() or 0.0) - SAVING))
    return next(iter(found), None)


def grown(parts: Sequence[Sequence[float]], growth: float, most: int) -> tuple[tuple[int, float], ...]:
    """Parts with so many times the rows, to the same phases; in pieces where they have more rows than `most`."""
    course, before = list[tuple[int, float]](), 0.0
    for number, phase in parts:
        rows = max(1, round(number * growth))
        pieces = math.ceil(rows / most)
        for piece in range(pieces):
            size = rows * (piece + 1) // pieces - rows * piece // pieces
            end = before + (phase - before) * (piece + 1) / pieces if piece + 1 < pieces else phase
            course.append((size, end))
        before = phase
    return tuple(course)


def _named(the_plan: Plan) -> str:
    """What tells decisions under this plan from those under a longer one."""
    return f", of {the_plan.visits:.6g} visits"


def said(the_plan: Plan, explored: Explored, rows: int) -> list[str]:
    """The decisions with their numbers, for the page of a run; `rows` those that train."""
    if not the_plan.finalists:
        return []
    finals = dict[str, float]()  # passes, by name
    for candidate in explored.candidates:
        final = explored.full[candidate.number][0]
        if "passes" in final.value and final.training.stage == "full":
            finals[candidate.name] = final.value["passes"][-1]
    sampled = [c for c in explored.asked if c.number in explored.quick]
    pace = counted(round(float(f"{1 / the_plan.row_seconds:.2g}")), "row")
    passes = figure(the_plan.visits / rows, digits=2)
    bought = (
        f"The slowest default passes {pace} a second on one worker, so the time was enough for about {passes} passes "
        f"over {counted(rows, 'training row')} on all workers together, too few to train many candidates on all rows"
    )
    how = "A third of the time was too short to compare candidates on samples"
    if sampled:
        how = (
            f"{counted(len(sampled), 'candidate')} were compared on samples, in a third of the time at most, each with "
            f"about {figure(the_plan.sample_seconds, digits=2)} s of work, and the best {the_plan.promoted} again, "
            "which shared as much time"
        )
    end = "no training on all rows came to its end in the time that was left"
    if finals:
        if len(finals) > _TOLD:
            least, most = (figure(each(finals.values()), digits=3) for each in (min, max))
            made = f"{least} to {most}, of {len(finals)} finalists"
        else:
            made = ", ".join(f"{name} {figure(passes, digits=3)}" for name, passes in finals.items())
        end = (
            f"{'the rest' if sampled else 'all'} went to finalists on all rows, whose schedules end with the time "
            f"(passes of each: {made})"
        )
    return [f"{bought}. {how}; {end}."]
