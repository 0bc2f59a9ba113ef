"""What a finding on the gradient through time advises is tried: trained as advised, the network learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from honed import SequenceClassifier
from honed.nets import sequence

pytestmark = pytest.mark.slow

STEPS, ROWS = 60, 300
GUESS = np.log(2)
PLAIN: dict[str, Any] = {"cell": "rnn", "recurrent_start": "glorot"}


def first_signs() -> tuple[np.ndarray, np.ndarray]:
    """The class is the sign of the first step; behind it is noise."""
    rng = np.random.default_rng(0)
    X = rng.normal(0, 0.3, (ROWS, STEPS, 1)).astype(np.float32)
    y = np.arange(ROWS) % 2
    X[:, 0, 0] = 2 * y - 1
    return X, y


def trained(**settings: Any) -> SequenceClassifier:
    usual = {"width": 24, "epochs": 25, "batch_size": 32, "learning_rate": 0.01, "probes": "quick"}
    return SequenceClassifier(**usual | settings, random_state=0).fit(*first_signs())


def loss(network: SequenceClassifier) -> float:
    """The least on validation sequences, over that of a guess."""
    return float(np.nanmin(network.history_["valid_loss"]) / GUESS)


def advised(network: SequenceClassifier, finding: str) -> dict[str, Any]:
    (found,) = [each for each in network.findings_ if each.id == finding]
    assert "steps before" in found.what
    return dict(found.advice)


def larger(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    """Glorot's start from step to step is so many times as large."""
    start = sequence._recurrent

    def planted(rule: str, *given: Any) -> np.ndarray:
        return start(rule, *given) * (factor if rule == "glorot" else 1.0)

    monkeypatch.setattr(sequence, "_recurrent", planted)


def test_what_vanishes_is_kept_by_gates_that_remember_or_has_fewer_steps_to_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    larger(monkeypatch, 0.5)
    plain, forgetful = trained(**PLAIN), trained(memory=2)
    assert loss(plain) > 0.9 and loss(forgetful) > 0.9
    advice = advised(plain, "vanishing-through-time")
    assert advice == {"cell": "gru", "memory": STEPS}
    assert advised(forgetful, "vanishing-through-time") == {"memory": STEPS}
    assert loss(trained(**PLAIN | advice)) < 0.1
    monkeypatch.setattr(sequence, "_gates", lambda spec, rng: np.zeros(3 * spec.width))
    in_vain = trained(memory=STEPS)
    assert loss(in_vain) > 0.9
    advice = advised(in_vain, "vanishing-through-time")
    assert advice == {"blocks": 1, "stride": 4}
    assert loss(trained(memory=STEPS, **advice)) < 0.1


def test_what_explodes_is_tamed_by_clipping_and_gone_with_a_start_from_rotations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    larger(monkeypatch, 3.5)
    settings = PLAIN | {"optimizer": "sgd", "momentum": 0.9, "learning_rate": 0.05}
    wild = trained(**settings)
    clip = advised(wild, "exploding-through-time")
    assert loss(wild) > 0.9 and clip == {"gradient_clip": 1.0}
    clipped = trained(**settings, **clip)
    rotations = advised(clipped, "exploding-through-time")
    assert loss(clipped) < 0.1 and rotations == {"recurrent_start": "orthogonal"}
    rotated = trained(**settings | clip | rotations)
    assert loss(rotated) < 0.1 and not [each for each in rotated.findings_ if "exploding" in each.id]
