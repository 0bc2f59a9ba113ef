"""A healthy training, as numbers, that each rule's test changes where it looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from honed.diagnosis.case import Case
from honed.nets.spec import NetworkSpec
from honed.train.spec import TrainingSpec

MakeCase = Callable[..., Case]
EPOCHS, PROBES, LAYERS = 40, 10, 3


@pytest.fixture
def healthy() -> Case:
    """Three classes, three hidden layers of 64 relu units, 40 epochs: from 1.1 down to 0.2, validation 0.25."""
    fall = np.exp(-np.arange(EPOCHS) / 8)
    by_weight, by_hidden = (PROBES, LAYERS + 1), (PROBES, LAYERS)
    return Case(
        rows=1000,
        classes=3,
        train_loss=0.2 + 0.9 * fall,
        valid_loss=0.25 + 0.85 * fall,
        rate=np.full(EPOCHS, 1e-3),
        chance=float(np.log(3)),
        network=NetworkSpec(depth=LAYERS, width=64),
        training=TrainingSpec(epochs=EPOCHS),
        valid_rows=200,
        best_epoch=EPOCHS,
        batch_size=64,
        probe_epochs=np.arange(1, EPOCHS + 1, EPOCHS // PROBES),
        probes={
            "loss": np.linspace(1.2, 0.2, PROBES),
            "gradient": np.full(by_weight, 0.3),
            "gradient_zeros": np.zeros(by_weight),
            "update": np.full(by_weight, 1e-3),
            "weight": 8 + np.linspace(0, 1, PROBES)[:, None] * np.ones(by_weight),
            "activation_mean": np.full(by_hidden, 0.4),
            "activation_std": np.full(by_hidden, 0.6),
            "activation_values": np.full((*by_hidden, 256), 0.4),
            "dead": np.full(by_hidden, 0.05),
            "saturated": np.zeros(by_hidden),
            "alike": np.zeros(by_hidden),
            "signal": np.full(PROBES, 0.1),
            "noise": np.full(PROBES, 6.0),
            "agreement": np.full(PROBES, 0.9),
        },
    )


@pytest.fixture
def changed(healthy: Case) -> MakeCase:
    """The healthy training with fields changed; arrays of probes by name go into `probes`."""

    def change(probes: dict[str, Any] | None = None, **fields: Any) -> Case:
        return replace(healthy, probes=healthy.probes | (probes or {}), **fields)

    return change
