from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import findings, underfitting
from honed.nets.cnn_spec import CnnSpec
from honed.nets.sequence_spec import SequenceSpec
from honed.nets.spec import NetworkSpec
from honed.search import signs
from honed.train.spec import TrainingSpec


def test_a_loss_at_chance_is_an_error(changed: Callable[..., Case]) -> None:
    (finding,) = underfitting.rule(
        changed(train_loss=np.full(40, np.log(3)), valid_loss=np.full(40, np.log(3)))
    )
    assert (finding.id, finding.severity, finding.advice) == ("underfitting", "error", {})


def test_without_probes_it_asks_for_them(healthy: Case) -> None:
    from dataclasses import replace

    flat = np.full(40, np.log(3))
    stuck = replace(healthy, probes={}, train_loss=flat, valid_loss=flat)
    assert underfitting.rule(stuck)[0].advice == {"probes": "usual"}


def test_a_strong_penalty_is_named_and_lowered(changed: Callable[..., Case]) -> None:
    case = changed(train_loss=np.full(40, 0.6), training=TrainingSpec(epochs=40, l2=0.3))
    (finding,) = underfitting.rule(case)
    assert finding.severity == "warning"
    assert finding.advice == {"l2": 0.3 / 100}


def test_penalties_of_pictures_and_sequences_are_named_as_those_of_tables(
    changed: Callable[..., Case],
) -> None:
    strong = {"train_loss": np.full(40, 0.6), "training": TrainingSpec(epochs=40, l2=0.3), "network": None}
    for own in (CnnSpec(dropout=0.0), SequenceSpec(dropout=0.0)):
        assert underfitting.rule(changed(**strong, own=own))[0].advice == {"l2": 0.3 / 100}
        assert findings(changed(**strong, own=own))[0].advice == {"l2": 0.3 / 100}
    in_convolutions = changed(**strong, own=CnnSpec(dropout=0.2, conv_dropout=0.6))
    assert dict(findings(in_convolutions)[0].advice) == {"l2": 0.3 / 100, "conv_dropout": 0.3}


def test_the_same_loss_without_a_penalty_is_the_data(healthy: Case, changed: Callable[..., Case]) -> None:
    assert underfitting.rule(healthy) == []
    assert underfitting.rule(changed(train_loss=np.full(40, 0.6))) == []


def test_a_loss_kept_high_by_dropout_alone_is_none(changed: Callable[..., Case]) -> None:
    """Validation rows are predicted without it, and tell that something was learned."""
    curves = {"train_loss": np.full(40, np.log(3)), "valid_loss": np.full(40, 0.5)}
    with_dropout, without = (changed(**curves, network=NetworkSpec(dropout=rate)) for rate in (0.3, 0.0))
    assert underfitting.rule(with_dropout) == [] and not with_dropout.is_lost
    assert not signs.is_failure(with_dropout)
    assert underfitting.rule(without)[0].severity == "error" and without.is_lost and signs.is_failure(without)


def test_strong_dropout_is_held_against_a_network_only_where_validation_rows_suffer(
    changed: Callable[..., Case],
) -> None:
    network, train = NetworkSpec(dropout=0.6), np.full(40, 0.9)
    assert underfitting.rule(changed(train_loss=train, valid_loss=np.full(40, 0.5), network=network)) == []
    (finding,) = underfitting.rule(changed(train_loss=train, valid_loss=np.full(40, 1.0), network=network))
    assert finding.advice == {"dropout": 0.3}
