from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import no_signal


def test_learned_rows_that_help_no_others_are_an_error(changed: Callable[..., Case]) -> None:
    (finding,) = no_signal.rule(changed(valid_loss=np.linspace(1.1, 3.0, 40)))
    assert (finding.id, finding.severity) == ("no-signal", "error")


def test_where_twenty_rows_can_be_learned_the_network_is_not_to_blame(changed: Callable[..., Case]) -> None:
    stuck = {"train_loss": np.full(40, 1.09), "valid_loss": np.full(40, 1.1)}
    assert no_signal.rule(changed(**stuck)) == []
    assert no_signal.rule(changed(**stuck, memorised=0.01))
    assert no_signal.rule(changed({"update": np.full((10, 4), 1e-7)}, **stuck, memorised=0.01)) == []


def test_a_validation_loss_below_chance_is_well(healthy: Case) -> None:
    assert no_signal.rule(healthy) == []


def test_validation_rows_are_compared_with_a_constant_answer_on_themselves(
    changed: Callable[..., Case],
) -> None:
    """Rows with a less varied target have a low loss under any answer."""
    nothing = changed(valid_loss=np.linspace(0.95, 0.9, 40), valid_chance=0.9)
    assert no_signal.rule(nothing)[0].evidence["valid_chance"] == 0.9
    assert no_signal.rule(changed(valid_loss=np.linspace(0.95, 0.9, 40), valid_chance=1.1)) == []


def test_few_steps_that_drive_the_two_losses_apart_are_named(changed: Callable[..., Case]) -> None:
    """A constant answer has ln 3 = 1.1 on both; 1.05 on rows that were learned, 1.25 on others."""
    apart = changed(train_loss=np.linspace(1.4, 1.05, 40), valid_loss=np.linspace(1.4, 1.25, 40))
    assert [f.id for f in no_signal.rule(apart)] == ["no-signal"]
    early = changed(train_loss=np.linspace(1.4, 1.11, 40), valid_loss=np.linspace(1.4, 1.3, 40))
    assert no_signal.rule(early) == []  # not yet at a constant answer
