"""Who may vote, on which rows, and what the verdict calls the network to beat."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from search_helpers import Make, candidate, explored_of, prepared, trees

from honed.nets.spec import NetworkSpec
from honed.search.assemble import as_default, voters
from honed.search.candidate import Candidate
from honed.train.spec import TrainingSpec


def test_rows_that_validate_twice_are_evidence_once(runners: Make) -> None:
    """Two groups left for folds: two folds a repeat, and the second repeat is the first again."""
    frame = trees(60).with_columns(site=pl.Series([f"s{row % 3}" for row in range(60)]))
    runner = runners(prepared(frame, group="site"))
    assert len(runner.prepared.splits.folds) == 4
    only = candidate()
    _, folds = voters(runner, explored_of(only, folds=3), only, {})
    assert folds == ["0", "1"]


def test_what_a_verdict_calls_the_default_is_one() -> None:
    published = Candidate(
        0, "RealMLP-TD", NetworkSpec(), TrainingSpec(), "linear", {}, "tuned by its authors"
    )
    assert as_default(published) == ("the default, RealMLP-TD", "the default, RealMLP-TD")
    assert as_default(replace(published, number=-1, name="the first network"))[0] == "the first network"
    found = replace(published, number=366, name="trial 366", reason="")
    assert as_default(found) == (
        "trial 366, the best on validation rows (no default was fully trained)",
        "the best single network, trial 366",
    )
