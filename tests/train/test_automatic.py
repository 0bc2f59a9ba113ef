"""The order in which "auto" is measured, and what each measurement is told of the other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.nets.spec import NetworkSpec
from honed.train import automatic, batch_search, range_test
from honed.train.automatic import Measured
from honed.train.examples import Examples
from honed.train.range_test import USUAL_RATE
from honed.train.setup import Setup
from honed.train.spec import TrainingSpec


def setup(**settings: Any) -> Setup:
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    rows = Encoded(X, np.zeros((40, 0), np.int32))
    data = Examples.of(NETWORKS, Inputs(3, 0, (), ()), rows, X[:, 0], outputs=1)
    return Setup(NetworkSpec(depth=0), TrainingSpec(**settings), data, np.arange(40), 0)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object, object]]:
    """What was measured, with the batch size and the rate that it was measured at; finds 16 rows and a rate of 0.5."""
    asked: list[tuple[str, object, object]] = []

    def measure(name: str, **found: object) -> object:
        def find(setup: Setup) -> SimpleNamespace:
            asked.append((name, setup.training.batch_size, setup.training.learning_rate))
            return SimpleNamespace(compile_seconds=2.0, **found)

        return find

    monkeypatch.setattr(batch_search, "find", measure("batch", batch_size=16))
    monkeypatch.setattr(range_test, "find", measure("rate", rate=0.5))
    return asked


def test_numbers_are_not_measured(asked: list) -> None:
    given = setup(batch_size=8, learning_rate=0.1)
    found, measured = automatic.resolve(given)
    assert found.training == given.training
    assert measured == Measured()
    assert measured.compile_seconds == 0
    assert not asked


def test_the_batch_size_comes_first_and_the_rate_is_that_of_the_batch_found(asked: list) -> None:
    found, measured = automatic.resolve(setup(batch_size="auto", learning_rate="auto", beta1=0.3))
    assert asked == [("batch", "auto", USUAL_RATE), ("rate", 16, USUAL_RATE)]
    assert found.training == TrainingSpec(batch_size=16, learning_rate=0.5, beta1=0.3)
    assert measured.compile_seconds == 4.0


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"batch_size": "auto", "learning_rate": 0.2}, [("batch", "auto", 0.2)]),
        ({"batch_size": 8, "learning_rate": "auto"}, [("rate", 8, USUAL_RATE)]),
    ],
)
def test_a_number_beside_auto_stays(settings: dict, wanted: list, asked: list) -> None:
    found, measured = automatic.resolve(setup(**settings))
    assert asked == wanted
    assert (found.training.batch_size, found.training.learning_rate) == (
        settings["batch_size"] if settings["batch_size"] != "auto" else 16,
        settings["learning_rate"] if settings["learning_rate"] != "auto" else 0.5,
    )
    assert [measured.batch_search is None, measured.range_test is None] == [
        value != "auto" for value in settings.values()
    ]
