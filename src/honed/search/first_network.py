"""The first network, there within seconds, and beside it the pace of the others' programs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from honed import passes
from honed.model.model import Model
from honed.search import plan
from honed.search import save as saving
from honed.search.candidate import Candidate
from honed.search.clock import Clock
from honed.search.failures import ended, why
from honed.search.runner import Runner
from honed.search.space import Space
from honed.search.training import Training
from honed.trials import FIRST_NETWORK
from honed.typed import JSON

_ROWS, _EPOCHS = 8_000, 4  # of the first network
# Steps that it may take where 4 epochs are fewer: after 8, with 178 rows, its log-loss was 1.14 and a guess's 1.08, and
# after 72 it was 0.37 (`benchmarks/README.md`).
_STEPS = 256
# Of the budget, and multiply-adds in a second of so plain a network.
_FIRST_SHARE, _FIRST_PRODUCTS = 0.3, 1e10
_LEAST_ROWS = 64  # that it has whatever they cost
_PACE_SHARE, _PRODUCTS = 0.15, 1e9  # of the budget, and multiply-adds in a second of a busy core
# Of many rows a budget buys few passes, and what counts is the number of steps: RealMLP's 256 rows at any size (arXiv
# 2407.04491, B.1), and after 400,000 row visits of 2,000,000 x 20 cells a plain network's error is 0.57, 0.64 and 0.89
# of steps of 256, 512 and 1,024 rows (`benchmarks/README.md`).
MANY_ROWS, _BATCH_OF_MANY = 100_000, 256
# Seconds of compiling, from which another worker probably compiled too while the program ran: on two cores it then
# takes three times as long, by which a budget of 60 s of 39,000 rows seemed to buy too few passes for a search.
_COMPILED = 0.5
# Other programs may slow a network that is there in a tenth of a second so many times: once they made a search of 60 s
# of 39,000 rows one of 4 networks, whose area under the curve was 0.915 in place of 0.928. Where by a pace so much
# quicker passes would not be few, it is measured so often once more, which takes such a share of the budget at most.
_SLOWED, _DOUBTS, _DOUBT_SHARE = 8, 2, 0.02
_PACE_END = 0.5  # of the budget: after that, time is better spent on networks that may predict


def begin(runner: Runner, save: Callable[[Model], None], clock: Clock) -> None:
    """The first network, saved as soon as it is there, and beside it the pace of the defaults where there is time."""
    the_first, saved = first(runner), False

    def keep(training: Training) -> None:
        nonlocal saved
        outcome = runner.journal.result(the_first.key)
        if training == the_first and not saved and outcome and outcome["ok"]:
            saving.save_once(runner, save, [the_first], "the first network", None)
            saved = True

    pace, end = _pace(runner), clock.at(_PACE_END)
    if runner.workers == 1:  # one after another, so that the first tells how long the others will take
        runner.train([the_first], end, keep)
    if the_first not in runner.train([the_first, *pace], end, keep):
        raise ended(
            runner.journal,
            f"The first network could not be trained: {why(runner.journal.result(the_first.key))} If memory is short, "
            "try one worker (--workers 1).",
        )
    keep(the_first)
    known = runner.known(pace)
    if runner.workers > 1:
        slowed = [training for training in known if known[training].value["compile_seconds"] > _COMPILED]
        runner.train([_once_more(training) for training in slowed], end)
    if runner.journal.decision("plan") is not None:
        return
    seconds = sum(result.value["run_seconds"] for result in known.values())
    for doubt in range(_DOUBTS):
        left = clock.left()
        if left is None or seconds > _DOUBT_SHARE * left or not _is_doubtful(runner, left):
            break
        runner.train([_once_more(training, 2 + doubt) for training in known], end)


def _is_doubtful(runner: Runner, left: float) -> bool:
    """Whether in that time passes would be few by the pace that was measured, and are not by one that may be right."""
    rows, each = len(runner.prepared.y), epoch_seconds(runner)
    paces = each, each / _SLOWED
    is_few, may_be = (plan.buys_few_passes(rows, left, runner.workers, seconds) for seconds in paces)
    return is_few and not may_be


def _once_more(training: Training, times: int = 1) -> Training:
    """The same, told apart by its seed: once for what compiled meanwhile, more often for doubts."""
    return replace(training, seed=training.seed + times)


def first(runner: Runner) -> Training:
    """The plainest default, briefly and on a sample; of few rows until it learns nothing more.

    Where the default to beat is on the few of very many columns that say most, and cheaper, it is that one: the
    plainest on all columns is slow, and of few rows learns their noise.
    """
    rows = len(runner.prepared.splits.folds[0].train)
    defaults = space(runner, _EPOCHS, is_brief=True).defaults()
    plainest = next(c for c in defaults if c.values["recipe"] == runner.prepared.family.plainest)
    is_on_few = defaults[0].encoding != plainest.encoding
    chosen = min(plainest, defaults[0], key=runner.products) if is_on_few else plainest
    candidate = replace(chosen, number=FIRST_NETWORK, name="the first network")
    products = _FIRST_SHARE * (runner.prepared.options.budget or math.inf) * _FIRST_PRODUCTS
    of_row = runner.products(candidate)
    most = min(_ROWS, max(_LEAST_ROWS, products / _EPOCHS / of_row))
    if rows > most:
        return Training("first", candidate, "0", rows=int(most))
    steps = math.ceil(rows / candidate.training.batch(rows))
    epochs = min(math.ceil(_STEPS / steps), int(min(products, _PRODUCTS) / (rows * of_row)))
    longer = replace(candidate.training, epochs=max(epochs, _EPOCHS))
    return Training("first", replace(candidate, training=longer), "0")


def _pace(runner: Runner) -> list[Training]:
    """One training of each other default's program, on a sample of as many rows: compiles and measures it."""
    rows = len(runner.prepared.splits.folds[0].train)
    seen = min(rows, _ROWS)
    epochs = min(max(20_000 // seen, 2), 20)
    defaults = space(runner, epochs, is_brief=True).defaults()
    known = first(runner).candidate.values["recipe"]
    structures = {c.program: c for c in reversed(defaults) if c.values["recipe"] != known}

    def few(candidate: Candidate) -> int | None:
        """Epochs of a network that many columns make slow, where the usual ones would take much of the budget."""
        most = _PACE_SHARE * (runner.prepared.options.budget or math.inf) * _PRODUCTS
        most /= runner.products(candidate) * seen
        return max(1, int(most)) if most < epochs else None

    return [
        Training("pace", c, "0", epochs=few(c), rows=_ROWS if rows > _ROWS else None, keep=False)
        for c in structures.values()
    ]


def epoch_seconds(runner: Runner) -> float:
    """One epoch of the costliest default on a fold's rows."""

    def of_row(training: Training, value: dict[str, JSON]) -> float:
        epochs = passes.made(value, len(value["train_loss"]))
        return value["run_seconds"] / epochs / runner.rows(training)

    return _of_costliest(runner, of_row, 1.0) * len(runner.prepared.splits.folds[0].train)


def looks(runner: Runner) -> dict[str, float]:
    """By recipe, the loss of its short training on a sample, of those that there was time for."""
    seen = runner.known([first(runner), *_pace(runner)])
    return {training.candidate.values["recipe"]: result.loss for training, result in seen.items()}


def answer_seconds(runner: Runner) -> float:
    """The answer of the costliest default to one row."""
    valid = len(runner.prepared.splits.folds[0].valid)
    return _of_costliest(runner, lambda _, value: value.get("said_seconds", 0.0) / max(1, valid), 0.0)


def _of_costliest(
    runner: Runner, of_row: Callable[[Training, dict[str, JSON]], float], unknown: float
) -> float:
    """What a row takes the costliest default; where not measured, by the pace of the first network."""
    pace, the_first = _pace(runner), first(runner)
    by_row = dict[Training, float]()
    for training in (the_first, *pace):
        seen = runner.known([training, *(_once_more(training, 1 + times) for times in range(1 + _DOUBTS))])
        if seen:
            by_row[training] = min(of_row(each, result.value) for each, result in seen.items())
    if the_first in by_row:
        # A step of a far plainer network takes what calls take, and not what its products do.
        is_usual = the_first.candidate.values["recipe"] == runner.prepared.family.plainest
        product = by_row[the_first] / runner.products(the_first.candidate) if is_usual else 1 / _PRODUCTS
        for training in pace:
            by_row.setdefault(training, product * runner.products(training.candidate))
    return max((by_row[training] for training in pace if training in by_row), default=unknown)


def space(runner: Runner, epochs: int, structures: int = 0, *, is_brief: bool = False) -> Space:
    """The space of a run: the defaults of its data with that many epochs, and what may be changed in them.

    Parameters
    ----------
    structures : most programs in all. is_brief : whether the defaults are cut short.
    """
    prepared, inputs = runner.prepared, runner.inputs()
    rows = len(prepared.splits.folds[0].train)
    defaults = prepared.family.presets(prepared.schema.target.task, rows, inputs, epochs)
    batch = defaults[0].training.batch(rows)
    if prepared.options.budget is not None and rows > MANY_ROWS:
        batch = min(batch, _BATCH_OF_MANY)
    seed, searched = prepared.options.seed, prepared.options.searched
    return Space(
        defaults,
        prepared.targets,
        prepared.encodings,
        batch=batch,
        structures=structures,
        seed=seed,
        most=prepared.family.most(rows, is_brief=is_brief),
        without=prepared.family.idle(inputs),
        groups=searched,
    )
