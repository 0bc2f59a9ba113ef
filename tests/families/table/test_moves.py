"""What the coach may try: the settings of each move, and that restraints are for overfitting alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from honed.families.table.moves import moves
from honed.nets.spec import NetworkSpec
from honed.search.signs import signs
from honed.train.spec import TrainingSpec

RESTRAINTS = {"try-dropout-and-decay", "try-narrower", "try-more-dropout", "try-more-decay"}


class Curves:
    """A training as the signs look at it."""

    def __init__(self, train: float, valid: list[float]) -> None:
        self.last_train, self.valid_loss, self.end = train, np.array(valid), 2
        self.best_epoch = int(np.argmin(valid)) + 1


Specs = tuple[NetworkSpec, TrainingSpec]


def candidate(network: dict[str, Any] | None = None, **training: Any) -> Specs:
    spec = NetworkSpec(**({"width": 64, "numeric_embedding": "periodic"} | (network or {})))
    return spec, TrainingSpec(**training)


def found(specs: Specs, *cases: Any) -> dict[str, dict[str, Any]]:
    seen = signs(cases)
    assert seen is not None
    return {finding.id: dict(finding.advice) for finding in moves(*specs, seen)}


OVERFITS, UNDERFITS = Curves(0.1, [0.6, 0.5, 0.7, 0.8]), Curves(0.6, [0.7, 0.6, 0.5, 0.5])


def test_a_network_that_underfits_is_not_restrained() -> None:
    assert set(found(candidate(), OVERFITS)) - set(found(candidate(), UNDERFITS)) == RESTRAINTS
    assert not RESTRAINTS & set(found(candidate(), UNDERFITS))


def test_a_validation_loss_that_rises_is_overfitting_too() -> None:
    assert set(found(candidate(), Curves(0.6, [0.7, 0.5, 0.6, 0.6]))) >= RESTRAINTS


def test_the_folds_vote_by_their_median() -> None:
    assert set(found(candidate(), OVERFITS, OVERFITS, UNDERFITS)) >= RESTRAINTS
    assert not RESTRAINTS & set(found(candidate(), OVERFITS, UNDERFITS, UNDERFITS))


@pytest.mark.parametrize(
    ("network", "training", "move", "advice"),
    [
        ({"width": 64}, {}, "try-narrower", {"width": 32}),
        ({"activation": "relu"}, {}, "try-smooth-units", {"activation": "mish"}),
        ({"embedding_sigma": 0.2}, {}, "try-coarser-embedding", {"embedding_sigma": 0.1}),
        ({}, {"schedule": "cosine"}, "try-waves", {"schedule": "coslog4"}),
        ({}, {"learning_rate": 0.04}, "try-lower-rate", {"learning_rate": 0.02}),
        ({"dropout": 0.15}, {}, "try-more-dropout", {"dropout": 0.25}),
        ({"dropout": 0.15}, {"l1": 1e-3}, "try-dropout-and-decay", {"dropout": 0.3, "l1": 4e-3}),
        ({}, {"l2": 0.01}, "try-more-decay", {"l2": 0.04}),
        ({}, {"weight_decay": 0.02}, "try-more-decay", {"weight_decay": 0.08}),
        ({}, {}, "try-more-decay", {"weight_decay": 0.03}),
    ],
)
def test_a_move_changes_its_settings(
    network: dict[str, Any], training: dict[str, Any], move: str, advice: dict[str, Any]
) -> None:
    assert found(candidate(network, **training), OVERFITS)[move] == advice


@pytest.mark.parametrize(
    ("network", "training", "gone"),
    [
        ({"hidden_sizes": (8, 4)}, {}, "try-narrower"),
        ({"activation": "silu"}, {}, "try-smooth-units"),
        ({"numeric_embedding": None}, {}, "try-coarser-embedding"),
        ({}, {"schedule": "coslog4"}, "try-waves"),
        ({}, {"learning_rate": "auto"}, "try-lower-rate"),
    ],
)
def test_what_a_network_has_or_lacks_is_not_changed(
    network: dict[str, Any], training: dict[str, Any], gone: str
) -> None:
    assert gone not in found(candidate(network, **training), OVERFITS)
