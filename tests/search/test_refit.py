"""Training the chosen networks again."""

from __future__ import annotations

from typing import Any

import pytest

from honed.nets.spec import NetworkSpec
from honed.search.assemble import Chosen
from honed.search.candidate import Candidate
from honed.search.clock import Clock
from honed.search.plan import make as make_plan
from honed.search.refit import refit
from honed.search.training import Training
from honed.train.spec import TrainingSpec


@pytest.mark.parametrize(("seconds", "place"), [(1.0, 1), (11.0, -1)])
def test_a_look_that_costs_much_of_the_budget_comes_last(seconds: float, place: int) -> None:
    """At most 4 % of 60 s on two workers are spent before every network has been trained again once."""
    asked: list[Training] = []

    class Runner:
        workers = 2

        class prepared:
            class options:
                single = False

        class journal:
            @staticmethod
            def result(key: str) -> dict[str, Any]:
                return {"value": {"best_epoch": 3}}

        @staticmethod
        def seconds_with_program(training: Training) -> float:
            return seconds

        @staticmethod
        def train(trainings: list[Training], until: float | None) -> dict[Training, Any]:
            asked.extend(trainings)
            return {}

    best = Candidate(0, "best", NetworkSpec(), TrainingSpec(), "linear", {})
    networks = {0: [Training("full", best, "0")]}
    chosen = Chosen({0: 1.0}, {0: best}, networks, best, 1.0, "")
    the_plan = make_plan(
        rows=500, train_rows=300, folds=5, budget=60, workers=2, epoch_seconds=0.01, compile_seconds=2.0
    )
    look = Training("look", best, "0", probes="usual")
    runner: Any = Runner()
    members = refit(runner, the_plan, chosen, Clock(0.0, 60), [look])
    assert len(asked) > 2 and asked[place] == look
    assert members == [(networks[0][0], 1.0)]  # nothing was trained in time
