"""The name of a training, and what shares a program with it."""

from __future__ import annotations

from dataclasses import replace

from honed.nets.spec import NetworkSpec
from honed.search.candidate import Candidate
from honed.search.training import Training
from honed.train.spec import TrainingSpec

ONE = Training(
    "full",
    Candidate(3, "c", NetworkSpec(), TrainingSpec(), "linear", "robust", {}, program=("a", 2)),
    "1",
    seed=4,
)


def test_the_key_names_stage_candidate_fold_and_seed() -> None:
    assert ONE.key == "full/3/1/4"


def test_probes_need_a_program_of_their_own_and_epochs_do_not() -> None:
    assert replace(ONE, epochs=7, rows=10).program == ONE.program != replace(ONE, probes="quick").program
