"""How long trainings take: by what was measured on the same program, else by the work, compiling on top."""

from __future__ import annotations

import pytest

from honed.nets.spec import NetworkSpec
from honed.search.candidate import Candidate
from honed.search.pace import Pace
from honed.search.training import Training
from honed.train.spec import TrainingSpec


def training(width: int, epochs: int = 10, probes: str = "off") -> Training:
    spec = NetworkSpec(depth=1, width=width)
    candidate = Candidate(0, "c", spec, TrainingSpec(epochs=epochs), "linear", "robust", {}, program=(width,))
    return Training("full", candidate, "0", probes=probes)


def test_nothing_is_known_before_the_first_training() -> None:
    assert Pace(lambda candidate: candidate.network.width).seconds(training(8), 100) is None


def test_the_same_program_goes_by_rows_and_epochs_and_another_by_its_work() -> None:
    pace = Pace(lambda candidate: candidate.network.width)
    pace.learn(training(8), rows=100, epochs=10, run_seconds=2.0, compile_seconds=3.0)
    assert pace.seconds(training(8, epochs=20), 50) == pytest.approx(2.0)
    assert pace.seconds(training(16), 100) == pytest.approx(4.0)


def test_compiling_counts_until_somebody_has_the_program_and_more_with_probes() -> None:
    pace = Pace(lambda candidate: candidate.network.width, compiled=[5.0])
    pace.learn(training(8), rows=100, epochs=10, run_seconds=2.0, compile_seconds=3.0)
    assert pace.compile_seconds() == 4.0
    assert pace.seconds_with_program(training(8), 100) == pytest.approx(2.0)
    assert pace.seconds_with_program(training(16), 100) == pytest.approx(4.0 + 4.0)
    assert pace.seconds_with_program(training(8, probes="usual"), 100) == pytest.approx(2.0 + 2.5 * 4.0)
