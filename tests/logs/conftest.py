"""A small search as its journal tells it, which every destination is told of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from honed.logs.destination import Run
from honed.run.journal import Journal

Fill = Callable[..., None]


def trained(loss: float | None, name: str, rate: float, epochs: int = 3) -> dict[str, Any]:
    """What the journal holds of a training."""
    return {
        "ok": True,
        "value": {
            "train_loss": [0.9 - 0.1 * epoch for epoch in range(epochs)],
            "valid_loss": [0.95 - 0.1 * epoch for epoch in range(epochs - 1)] + [float("nan")],
            "rate": [rate] * epochs,
            "best_epoch": 2,
            "diverged": False,
            "batch_size": 64,
            "learning_rate": rate,
            "notes": [],
            "run_seconds": 1.5,
            "compile_seconds": 0.5,
            "loss": loss,
            "candidate": name,
            "settings": {
                "network": {"hidden_sizes": [8, 4]},
                "training": {"learning_rate": rate},
                "target": "linear",
                "encoding": "robust",
            },
        },
    }


@pytest.fixture
def run() -> Run:
    """What is known of the search when it begins: its metric is one of which more is better."""
    return Run("price", {"data": "houses.csv", "trials": 3}, 1_000.0, "accuracy", -1)


@pytest.fixture
def first_half() -> Fill:
    """Two candidates on the first rung, one of them trained in full on its first fold."""

    def fill(journal: Journal) -> None:
        journal.decide("plan", lambda: 1)
        journal.record("first/-1/0/0", trained(-0.4, "the first network", 0.1))
        journal.record("quick/0/0/0", trained(-0.5, "a default", 0.01))
        journal.record("quick/1/0/0", trained(-0.25, "trial 1", 0.02))
        journal.record("full/0/0/0", trained(-0.75, "a default", 0.01))

    return fill


@pytest.fixture
def second_half() -> Fill:
    """Its second fold, a training that failed, one that came too late, a rival, and the end."""

    def fill(journal: Journal) -> None:
        journal.record("full/0/1/0", trained(-0.25, "a default", 0.01))
        journal.record("quick/2/0/0", {"ok": False, "error": "memory", "detail": "a line\nit was too large"})
        journal.record("quick/3/0/0", {"ok": False, "error": "late", "detail": "no time"})
        journal.record("baseline/linear", {"ok": True, "value": {"score": 0.5}})
        journal.event("model", of="a default", loss=-0.5, folds=2)
        journal.event("done")

    return fill
