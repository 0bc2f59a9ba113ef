from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import batch


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
