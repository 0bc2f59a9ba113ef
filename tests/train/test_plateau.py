"""The plateau rule against a loop in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest

from honed.train.knobs import Knobs
from honed.train.plateau import Plateau

QUIET = {"plateau_factor": 0.5, "plateau_threshold": 0.01, "plateau_patience": 3, "plateau_cooldown": 0}
CASES = {
    "patience alone": QUIET | {"plateau_swing": math.inf},
    "a while to cool": QUIET | {"plateau_swing": math.inf, "plateau_cooldown": 4},
    "swings too": QUIET | {"plateau_swing": 0.05},
    "swings, and a while to cool": QUIET
    | {"plateau_swing": 0.05, "plateau_cooldown": 2, "plateau_patience": 2},
}


def knobs(**values: float) -> Knobs:
    return Knobs._make([math.nan] * len(Knobs._fields))._replace(**values)


def factors(losses: list[float], rule: dict[str, float]) -> list[float]:
    """The factor on the rate after each epoch, as the rule reads in the words of its settings."""
    found, factor, best, waited, cooling, swings = [], 1.0, math.inf, 0, 0, 0
    for epoch, loss in enumerate(losses):
        if cooling:
            waited = swings = 0
        else:
            waited += 1
            before = losses[max(epoch - 2, 0) : epoch + 1]
            turns = len(before) == 3 and (before[2] - before[1]) * (before[1] - before[0]) < 0
            is_far = turns and abs(before[2] - before[1]) > rule["plateau_swing"] * abs(before[1])
            swings = swings + 1 if is_far else 0
        if loss < best * (1 - rule["plateau_threshold"]):
            best, waited = loss, 0
        cooling = max(cooling - 1, 0)
        if max(waited, swings) >= rule["plateau_patience"]:
            factor, waited, swings = factor * rule["plateau_factor"], 0, 0
            cooling = int(rule["plateau_cooldown"])
        found.append(factor)
    return found


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("case", CASES)
def test_the_rate_falls_where_a_plain_loop_says(case: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    losses = (np.exp(-np.arange(60) / 10) + 0.2 + 0.05 * rng.normal(size=60)).astype(np.float32)
    state, given, got = Plateau.start(np.dtype(np.float32)), knobs(**CASES[case]), []
    for loss in losses:
        state = state.after(loss, given)
        got.append(float(state.factor))
    wanted = factors([float(loss) for loss in losses], CASES[case])
    assert got == pytest.approx(wanted)
    assert wanted[-1] < 1  # the case is one in which it falls


def test_steady_progress_never_lowers_the_rate() -> None:
    state, given = Plateau.start(np.dtype(np.float64)), knobs(**CASES["swings too"])
    for loss in np.geomspace(1, 1e-6, 50):
        state = state.after(loss, given)
    assert float(state.factor) == 1


def test_a_loss_that_is_no_number_counts_as_no_progress() -> None:
    state, given = Plateau.start(np.dtype(np.float32)), knobs(**CASES["patience alone"])
    for _ in range(3):
        state = state.after(np.float32(np.nan), given)
    assert float(state.factor) == 0.5
