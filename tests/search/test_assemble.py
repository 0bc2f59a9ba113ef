"""Who may vote, on which rows, and what the verdict calls the network to beat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from search_helpers import Make, Said, Says, candidate, explored_of, prepared, trees

from honed.nets.spec import NetworkSpec
from honed.search.assemble import Chosen, assemble, called, no_default, voters
from honed.search.candidate import Candidate
from honed.search.prepare import Prepared
from honed.search.training import Training
from honed.train.spec import TrainingSpec


def test_rows_that_validate_twice_are_evidence_once(runners: Make) -> None:
    """Two groups left for folds: two folds a repeat, and the second repeat is the first again."""
    frame = trees(60).with_columns(site=pl.Series([f"s{row % 3}" for row in range(60)]))
    runner = runners(prepared(frame, group="site"))
    assert len(runner.prepared.splits.folds) == 4
    only = candidate()
    _, folds = voters(runner, explored_of(only, folds=3), only, {})
    assert folds == ["0", "1"]


PUBLISHED = Candidate(
    0, "RealMLP-TD", NetworkSpec(), TrainingSpec(), "linear", "robust", {}, "tuned by its authors"
)


def test_what_a_verdict_calls_the_default_is_one() -> None:
    assert called(PUBLISHED) == "the default, RealMLP-TD"
    assert called(replace(PUBLISHED, number=-1, name="the first network")) == "the first network"


def test_a_verdict_says_why_there_is_no_default() -> None:
    found = candidate(124)
    assert no_default(explored_of(PUBLISHED, found, folds=1), PUBLISHED) == ""
    assert no_default(explored_of(found, folds=1), found).startswith("There was no time to train a default")
    assert no_default(explored_of(PUBLISHED, found, folds=1), found).startswith("No default learned anything")


def verdict(ready: Prepared, said: Mapping[int, Says]) -> Chosen:
    """The choice among the default, number 0, and others."""
    candidates = [PUBLISHED, *(candidate(number) for number in said if number)]
    folds = len(ready.splits.folds) // ready.splits.repeats
    return assemble(Said(ready, said), explored_of(*candidates, folds=folds), PUBLISHED, {})


def test_a_verdict_compares_by_the_metric_that_was_asked_for() -> None:
    """Nearly always right, and boundlessly sure also where it is wrong: better by accuracy, worse by log-loss."""
    frame = trees(400).with_columns(y=pl.Series(["yes", "no"] * 200))

    def unsure(truth: np.ndarray, _: Training) -> np.ndarray:
        return np.full((len(truth), 2), 0.5)

    def sure(truth: np.ndarray, _: Training) -> np.ndarray:
        right = np.where(np.arange(len(truth)) % 10 > 0, 1 - 1e-12, 1e-12)
        return np.where(truth[:, None] == [0, 1], right[:, None], 1 - right[:, None])

    said = {0: unsure, 1: sure}
    by_accuracy = verdict(prepared(frame, metric="accuracy", single=True), said)
    found = re.fullmatch(
        r"1 of .* votes; it beats the default, .*, by (.*) in accuracy \(.*", by_accuracy.said
    )
    assert found and float(found[1]) == pytest.approx(0.4, abs=0.02)
    assert verdict(prepared(frame, single=True), said).said.startswith("Kept the default")


def test_the_best_of_many_is_judged_on_rows_that_did_not_choose_it() -> None:
    """Twenty that know nothing: the luckiest is clearly ahead of the default on the rows that chose it."""
    nothing = pl.Series(np.random.default_rng(1).normal(size=60))
    ready = prepared(trees(60).with_columns(y=nothing), single=True)

    def lucky(number: int) -> Says:
        return lambda truth, own: np.random.default_rng([number, int(own.fold), 5]).normal(size=len(truth))

    said = {number: lucky(number) for number in range(20)}
    assert verdict(ready, said).said.startswith("Kept the default")
    best = min(range(1, 20), key=lambda n: _mean_square(ready, said[n]))
    assert "it beats the default" in verdict(ready, {0: said[0], 1: said[best]}).said


def test_of_one_stretch_of_time_a_lead_is_enough() -> None:
    """Its noise hides what a vote gains, and a mean of networks varies less than one of them."""
    frame = trees(400).with_columns(when=pl.Series(range(400)))
    ready = prepared(frame, time="when")
    one = replace(ready, splits=replace(ready.splits, folds=ready.splits.folds[:1]))

    def off(share: float) -> Says:
        def says(truth: np.ndarray, training: Training) -> np.ndarray:
            rng = np.random.default_rng([int(training.fold), 5])
            errors, sign = rng.normal(size=len(truth)), np.where(rng.random(len(truth)) < 0.6, 1, -1)
            return truth + errors * (1 - share * sign)

        return says

    said = {0: off(0.0), 1: off(0.2)}
    assert verdict(ready, said).said.startswith("Kept the default")
    assert verdict(one, said).said.startswith("2 of 2 fully trained candidates vote; they beat")


def _mean_square(ready: Prepared, says: Says) -> float:
    folds = ready.splits.folds[: len(ready.splits.folds) // ready.splits.repeats]
    errors = [
        ready.y[fold.valid] - says(ready.y[fold.valid], Training("full", PUBLISHED, str(number)))
        for number, fold in enumerate(folds)
    ]
    return float(np.mean(np.concatenate(errors) ** 2))


def of_two(value: bool, kind: bool) -> Says:
    """A network that knows the value, the class, both or neither; all are wrong in the same rows."""

    def says(truth: np.ndarray, training: Training) -> np.ndarray:
        rng = np.random.default_rng([int(training.fold), 7])
        sure = 0.9 if kind else 0.5
        shares = np.where(np.eye(2)[truth[:, 1].astype(int)] > 0, sure, 1 - sure)
        told = truth[:, 0] * value + 0.1 * rng.normal(size=len(truth))
        return np.column_stack([told, shares])

    return says


def test_of_several_targets_each_has_its_own_voters_or_keeps_the_default() -> None:
    rng = np.random.default_rng(2)
    frame = trees(400).with_columns(z=pl.Series(rng.choice(["a", "b"], 400)))
    ready = prepared(frame, further=("z",))

    def chosen(**said: tuple[bool, bool]) -> Chosen:
        knows = {int(name[1:]): of_two(*what) for name, what in said.items()}
        candidates = [PUBLISHED, *(candidate(number) for number in knows if number)]
        folds = len(ready.splits.folds) // ready.splits.repeats
        found = Said(ready, knows)
        return assemble(found, explored_of(*candidates, folds=folds), PUBLISHED, {})

    both = chosen(n0=(False, False), n1=(True, False), n2=(False, True))
    assert both.weights == {1: (1.0, 0.0), 2: (0.0, 1.0)}
    assert both.said.startswith("2 of 3 fully trained candidates vote; they beat the default")
    one = chosen(n0=(False, False), n1=(True, False), n2=(False, False))
    assert one.weights[0] == (0.0, 1.0) and one.weights[1] == (1.0, 0.0) and len(one.weights) == 2
    none = chosen(n0=(True, True), n1=(True, False), n2=(False, True))
    assert none.weights == {0: (1.0, 1.0)} and none.said.startswith("Kept the default")
