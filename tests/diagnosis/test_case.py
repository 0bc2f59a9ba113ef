"""What rules look at: the numbers that a case reads off its curves and probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from honed.diagnosis.case import Case
from honed.families.table.networks import NETWORKS
from honed.nets.spec import NetworkSpec
from honed.train.spec import TrainingSpec


def test_the_end_of_a_curve_is_its_last_tenth(changed: Callable[..., Case]) -> None:
    curve = np.concatenate([np.full(36, 9.0), [1.0, 2.0, 3.0, 50.0]])
    case = changed(train_loss=curve)
    assert (case.epochs, case.end, case.last_train) == (40, 4, 2.5)
    assert changed(train_loss=curve[:5]).end == 1


def test_validation_that_was_never_a_number_has_no_best(changed: Callable[..., Case]) -> None:
    assert changed(valid_loss=np.array([np.nan, 0.4, np.inf, 0.3])).best_valid == 0.3
    assert np.isnan(changed(valid_loss=np.full(4, np.nan)).best_valid)


def test_late_probes_are_those_after_three_tenths_of_the_epochs(healthy: Case) -> None:
    assert healthy.probe_epochs.tolist() == [1, 5, 9, 13, 17, 21, 25, 29, 33, 37]
    np.testing.assert_array_equal(healthy.late("loss"), healthy.probes["loss"][3:])
    np.testing.assert_array_equal(healthy.early("loss"), healthy.probes["loss"][:3])
    assert healthy.usual("loss") == np.median(healthy.probes["loss"][3:])
    assert len(healthy.late("no such probe")) == 0


def test_a_probe_counts_only_where_all_asked_are_finite(healthy: Case) -> None:
    gradient = healthy.probes["gradient"].copy()
    gradient[2, 1] = np.inf
    case = replace(healthy, probes=healthy.probes | {"gradient": gradient})
    kept, weights = case.finite("gradient", "weight")
    assert kept.shape == weights.shape == (9, 4)
    assert [found.shape for found in case.finite("gradient", "no such probe")] == [(0, 0), (0, 0)]


def test_dropout_may_hide_what_validation_shows(changed: Callable[..., Case]) -> None:
    high = np.full(40, 1.09)
    assert changed(train_loss=high).is_lost
    dropping = changed(train_loss=high, network=NetworkSpec(dropout=0.5))
    assert dropping.hides_learning and not dropping.is_lost
    assert not changed(train_loss=high, valid_loss=high, network=NetworkSpec(dropout=0.5)).hides_learning


def test_the_guess_is_that_of_the_validation_rows_where_it_is_known(changed: Callable[..., Case]) -> None:
    assert changed(chance=1.0, valid_chance=0.7).guess == 0.7
    assert changed(chance=1.0).guess == 1.0


def test_advice_on_the_rate_stays_within_what_may_be_set(changed: Callable[..., Case]) -> None:
    assert changed(rate=np.array([1e-3, 2e-3])).rate_times(10) == {"learning_rate": 0.02}
    assert changed(rate=np.array([50.0])).rate_times(10) == {"learning_rate": 100.0}
    assert changed(rate=np.array([])).rate_times(10) == {}
    assert changed().or_auto == " (or take learning_rate='auto')"
    assert changed(training=TrainingSpec(learning_rate="auto")).or_auto == ""


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ((2,), "hidden layer 2"),
        ((1, 3), "hidden layers 1, 3"),
        ((1, 2, 3), "hidden layers 1 to 3"),
        ((4,), "the output layer"),
        ((2, 4), "hidden layer 2 and the output layer"),
    ],
)
def test_layers_are_called_in_words(healthy: Case, layers: tuple[int, ...], words: str) -> None:
    assert healthy.called(*layers) == words


def test_layers_of_other_code_keep_its_names(changed: Callable[..., Case]) -> None:
    case = changed(network=None, names=("conv1", "head"), hidden_names=("relu 1",))
    assert case.called(1, 2) == "conv1, head"
    assert case.called(1, hidden=True) == "relu 1"
    assert case.activations == ("relu",)


def test_layers_of_a_network_that_rules_do_not_know_have_names(healthy: Case) -> None:
    found = healthy.with_names(NETWORKS, NetworkSpec(depth=2, width=4, dropout=0.1))
    assert found.called(1, 2) == "hidden layer 1, hidden layer 2" and found.called(3) == "the output layer"
    assert found.has_dropout and found.hidden_names == ("hidden layer 1", "hidden layer 2")
