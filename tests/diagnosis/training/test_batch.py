from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import batch
from honed.nets.cnn_spec import CnnSpec
from honed.nets.spec import NetworkSpec


def test_one_row_against_a_noise_scale_of_sixty_is_noisy(changed: Callable[..., Case]) -> None:
    (finding,) = batch.rule(changed(batch_size=1))  # tr(Σ) / |G|² = 6 / 0.1
    assert (finding.id, finding.severity, finding.advice) == (
        "batch-too-noisy",
        "warning",
        {"batch_size": 64},
    )
    assert abs(finding.evidence["noise_scale"] - 60) < 1e-9


def test_the_whole_table_in_one_step_is_too_large(changed: Callable[..., Case]) -> None:
    (finding,) = batch.rule(changed(batch_size=1000))
    assert (finding.id, finding.severity, finding.evidence["steps_in_epoch"]) == (
        "batch-too-large",
        "note",
        1,
    )


def test_a_batch_of_the_noise_scale_is_well(healthy: Case, changed: Callable[..., Case]) -> None:
    assert batch.rule(healthy) == []
    assert batch.rule(changed({"signal": np.full(10, -0.1)}, batch_size=1)) == []  # nothing to measure it by


def test_the_untrained_network_does_not_hide_the_noise(changed: Callable[..., Case]) -> None:
    """Before the first step all rows agree that the output's bias is wrong."""
    signal = np.full(10, 0.1)
    signal[0] = 100.0
    (finding,) = batch.rule(changed({"signal": signal}, batch_size=1))
    assert abs(finding.evidence["noise_scale"] - 60) < 1e-9


def test_batch_normalization_of_one_row_leaves_nothing(changed: Callable[..., Case]) -> None:
    normalized = NetworkSpec(depth=3, width=64, normalization="batch")
    stuck = changed(network=normalized, batch_size=1, train_loss=np.full(40, 1.1))
    (finding,) = batch.rule(stuck)
    assert (finding.id, finding.severity) == ("batch-too-noisy", "error")
    assert batch.rule(changed(network=normalized, batch_size=2))[0].severity == "warning"
    own = {"network": None, "own": CnnSpec(normalization="batch"), "hidden_names": ("convolution 1",)}
    of_pictures = changed(**own, batch_size=2)
    assert "normalization" in batch.rule(of_pictures)[0].what
    assert batch.rule(changed(network=normalized)) == []
    assert batch.rule(changed({"signal": np.full(10, 1.0)}, network=NetworkSpec(depth=3), batch_size=2)) == []
