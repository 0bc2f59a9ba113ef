"""What a search writes of its findings, and in which order it looks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from honed.findings import Finding
from honed.nets.spec import NetworkSpec
from honed.run.folder import RunFolder
from honed.search import diagnosis, tune
from honed.search.candidate import Candidate
from honed.search.plan import make as make_plan
from honed.search.runner import Clock, Training
from honed.train.spec import TrainingSpec

LEAK = Finding("leaked-target", "error", "What.", {}, "Why.", "Do.", {})


def test_the_record_of_an_earlier_network_does_not_stay(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path / "run", {}) as folder:
        diagnosis.write(folder, [LEAK], {"loss": np.ones(2)})
        np.testing.assert_array_equal(load_file(folder.path / diagnosis.RECORD)["loss"], np.ones(2))
        diagnosis.write(folder, [LEAK], {})
        assert not (folder.path / diagnosis.RECORD).exists()
        said = folder.read_json("findings.json", dict[str, Any])
        assert said["findings"][0]["id"] == "leaked-target"


def test_the_first_look_that_succeeded_is_the_one_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Journal:
        @staticmethod
        def result(key: str) -> dict[str, Any] | None:
            return {"late": {"ok": False}, "there": {"ok": True}, "also": {"ok": True}}.get(key)

    class Named:
        def __init__(self, key: str) -> None:
            self.key = key

    class Runner:
        journal = Journal()

    monkeypatch.setattr(diagnosis, "of_training", lambda runner, look: [])
    monkeypatch.setattr(diagnosis, "probes", lambda runner, look: look.key)
    runner: Any = Runner()
    looks: Any = [Named("late"), Named("never"), Named("there"), Named("also")]
    assert diagnosis.of_search(runner, looks, [LEAK]) == ([LEAK], "there")
    assert diagnosis.of_search(runner, looks[:2], [LEAK]) == ([LEAK], {})


def test_work_beside_the_search_is_done_and_told_once() -> None:
    done, told = [], []

    def work() -> list[Finding]:
        done.append(1)
        return [LEAK]

    with ThreadPoolExecutor(1) as thread:
        beside = tune._Beside(thread, work, told.append)
        beside.go_on()
        assert beside.result() == beside.result() == [LEAK]
        beside.go_on()
    assert (done, told) == ([1], [[LEAK]])


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
    chosen = tune.Chosen({0: 1.0}, {0: best}, networks, best, 1.0, False, 1.0, 0.0, "")
    the_plan = make_plan(
        rows=500, train_rows=300, folds=5, budget=60, workers=2, epoch_seconds=0.01, compile_seconds=2.0
    )
    look = Training("look", best, "0", probes="usual")
    runner: Any = Runner()
    members = tune._train_again(runner, the_plan, chosen, Clock(0.0, 60), [look])
    assert len(asked) > 2 and asked[place] == look
    assert members == [(networks[0][0], 1.0)]  # nothing was trained in time
