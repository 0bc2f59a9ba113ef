"""The first network, there within seconds, and beside it the pace of the others' programs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from honed.model.model import Model
from honed.search import save as saving
from honed.search.candidate import Candidate
from honed.search.failures import ended, why
from honed.search.runner import Runner
from honed.search.space import Space
from honed.search.training import Training
from honed.trials import FIRST_NETWORK

_ROWS, _EPOCHS = 8_000, 4  # of the first network
_PACE_SHARE, _PACE_PRODUCTS = 0.15, 1e9  # of the budget, and multiply-adds in a second of a busy core


def begin(runner: Runner, save: Callable[[Model], None]) -> None:
    """The first network, saved as soon as it is there, and beside it the pace of the defaults."""
    the_first, saved = first(runner), False

    def keep(training: Training) -> None:
        nonlocal saved
        outcome = runner.journal.result(the_first.key)
        if training == the_first and not saved and outcome and outcome["ok"]:
            saving.save_once(runner, save, [(the_first, 1.0)], "the first network", None)
            saved = True

    if the_first not in runner.train([the_first, *_pace(runner)], on_network=keep):
        raise ended(
            runner.journal,
            f"The first network could not be trained: {why(runner.journal.result(the_first.key))} If memory is short, "
            "try one worker (--workers 1).",
        )
    keep(the_first)


def first(runner: Runner) -> Training:
    """The plainest default, briefly and on a sample."""
    rows = len(runner.prepared.splits.folds[0].train)
    defaults = space(runner, _EPOCHS, is_brief=True).defaults()
    plainest = next(c for c in defaults if c.values["recipe"] == runner.prepared.family.plainest)
    candidate = replace(plainest, number=FIRST_NETWORK, name="the first network")
    return Training("first", candidate, "0", rows=_ROWS if rows > _ROWS else None)


def _pace(runner: Runner) -> list[Training]:
    """One training of each other default's program, on a sample of as many rows: compiles and measures it."""
    rows = len(runner.prepared.splits.folds[0].train)
    seen = min(rows, _ROWS)
    epochs = min(max(20_000 // seen, 2), 20)
    defaults = space(runner, epochs, is_brief=True).defaults()
    plainest = runner.prepared.family.plainest
    structures = {c.program: c for c in reversed(defaults) if c.values["recipe"] != plainest}

    def few(candidate: Candidate) -> int | None:
        """Epochs of a network that many columns make slow, where the usual ones would take much of the budget."""
        most = _PACE_SHARE * (runner.prepared.options.budget or math.inf) * _PACE_PRODUCTS
        most /= runner.products(candidate) * seen
        return max(1, int(most)) if most < epochs else None

    return [
        Training("pace", c, "0", epochs=few(c), rows=_ROWS if rows > _ROWS else None, keep=False)
        for c in structures.values()
    ]


def epoch_seconds(runner: Runner) -> float:
    """One epoch of the costliest default on a fold's training rows."""
    rows = len(runner.prepared.splits.folds[0].train)
    found = [
        r.value["run_seconds"] / len(r.value["train_loss"]) for r in runner.train(_pace(runner)).values()
    ]
    return max(found, default=1.0) / min(rows, _ROWS) * rows


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
    seed, searched = prepared.options.seed, prepared.options.searched
    return Space(
        defaults,
        prepared.targets,
        prepared.family.searched_encodings,
        batch=batch,
        structures=structures,
        seed=seed,
        most=prepared.family.most(rows, is_brief=is_brief),
        without=prepared.family.idle(inputs),
        groups=searched,
    )
