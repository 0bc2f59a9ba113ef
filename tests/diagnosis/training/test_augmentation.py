from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import augmentation
from honed.nets.cnn_spec import CnnSpec


def test_changed_rows_that_cost_far_more_than_rows_as_they_are_are_named(
    changed: Callable[..., Case],
) -> None:
    """A loss of 0.7 against 0.2 is nearly half of what a guess has, log 3."""
    case = changed(train_loss=np.full(40, 0.7), augmented=("shift", "cutout"))
    (finding,) = augmentation.rule(case)
    assert (finding.id, finding.severity) == ("augmentation-too-strong", "warning")
    assert "(shift, cutout) have a loss of 0.7" in finding.what and "one of 0.2" in finding.what
    (finding,) = augmentation.rule(changed(train_loss=np.full(40, 1.09), augmented=("cutout",)))
    assert finding.severity == "error"


def test_without_probes_rows_that_validate_are_the_rows_as_they_are(changed: Callable[..., Case]) -> None:
    case = changed(train_loss=np.full(40, 0.7), augmented=("shift",))
    without = replace(case, probes={})
    (finding,) = augmentation.rule(without)
    assert finding.evidence["plain"] == case.best_valid


def test_rows_changed_so_far_that_nothing_is_learned_of_them_are_named(changed: Callable[..., Case]) -> None:
    """Rows as they are cost as much, since nothing was learned; but 20 of them are learned without the changes."""
    lost = changed(
        {"loss": np.full(10, 1.2)}, train_loss=np.full(40, 1.09), augmented=("cutout",), memorised=0.05
    )
    far = replace(lost, own=CnnSpec(augment=("cutout",), augment_size=0.5))
    (finding,) = augmentation.rule(far)
    assert finding.severity == "error" and "20 rows as they are can be learned" in finding.what
    assert augmentation.rule(replace(lost, own=CnnSpec(augment=("cutout",)))) == []
    assert augmentation.rule(replace(far, augmented=("flip",))) == []
    assert augmentation.rule(replace(far, memorised=0.9)) == []


def test_a_little_is_no_fault_and_neither_is_a_loss_without_changes(
    healthy: Case, changed: Callable[..., Case]
) -> None:
    assert augmentation.rule(changed(augmented=("flip",))) == []
    assert augmentation.rule(changed(train_loss=np.full(40, 0.7))) == []
    assert augmentation.rule(healthy) == []
