from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import findings, through_time
from honed.findings import Finding
from honed.nets.sequence_spec import SequenceSpec

BACK = np.round(np.linspace(0, 99, 32))
STUCK = {"train_loss": np.full(40, np.log(3))}


def passing(factor: float) -> dict[str, np.ndarray]:
    """Of one layer each of whose 100 steps hands on a share of the gradient: the chain rule by hand."""
    return {"by_step": np.tile(factor**BACK, (10, 1, 1)), "back": np.tile(BACK, (10, 1))}


def test_a_gradient_that_fades_is_named_with_the_step_where_it_begins(changed: Callable[..., Case]) -> None:
    case = changed(passing(0.8), network=None, own=SequenceSpec(cell="rnn"), **STUCK)
    (finding,) = through_time.rule(case)
    assert (finding.id, finding.severity) == ("vanishing-through-time", "error")
    # 0.8^k < 0.001 from k = 31 on; the next of the steps that are looked at is 32
    assert finding.evidence["begins"] == 32
    assert abs(finding.evidence["factor_by_step"] - 0.8) < 1e-6
    assert finding.advice == findings(case)[0].advice == {"cell": "gru", "memory": 100}


def test_a_gated_cell_is_to_remember_longer(changed: Callable[..., Case]) -> None:
    case = changed(passing(0.8), network=None, own=SequenceSpec(), **STUCK)
    assert through_time.rule(case)[0].advice == {"memory": 100}


def test_where_gates_remember_over_all_steps_these_are_to_be_fewer(changed: Callable[..., Case]) -> None:
    def advised(**settings: Any) -> dict[str, Any]:
        own = SequenceSpec(memory=100, **settings)
        return dict(findings(changed(passing(0.8), network=None, own=own, **STUCK))[0].advice)

    assert advised() == {"blocks": 1, "stride": 4}
    assert advised(blocks=2, stride=4) == {"stride": 16, "kernel_size": 17}
    assert advised(blocks=2, stride=32) == {}


def test_what_is_less_than_any_number_tells_no_factor(changed: Callable[..., Case]) -> None:
    def told(*sizes: float) -> list[Finding]:
        by_step = np.array(sizes)[np.minimum(np.arange(32), len(sizes) - 1)]
        probes = passing(1.0) | {"by_step": np.tile(by_step, (10, 1, 1))}
        return through_time.rule(changed(probes, network=None, own=SequenceSpec(), **STUCK))

    (one,), (other,) = told(1.0, 0.0), told(1.0, 0.01, 0.0)
    assert "a factor" not in one.what and "factor_by_step" not in one.evidence
    assert other.evidence["factor_by_step"] == 0.01 ** (1 / BACK[1])
    assert told(0.0) == []  # not even the last step has any


def test_what_to_do_is_said_of_the_cell_there_is(changed: Callable[..., Case]) -> None:
    def said(own: SequenceSpec | None) -> str:
        return through_time.rule(changed(passing(0.8), network=None, own=own, **STUCK))[0].action

    assert said(SequenceSpec(cell="rnn")).startswith(
        "Take a gated cell (cell='gru') whose gates start to remember"
    )
    assert said(SequenceSpec()).startswith(
        "Let the gates start to remember over the whole sequence (memory=100), or"
    )
    assert said(SequenceSpec(memory=100)).endswith("so shorten the sequence by a convolution (stride=4).")
    assert said(None) == said(SequenceSpec(cell="rnn"))


def test_who_learned_may_forget(changed: Callable[..., Case]) -> None:
    assert through_time.rule(changed(passing(0.8), network=None, own=SequenceSpec())) == []
    assert through_time.rule(changed(passing(0.95), network=None, own=SequenceSpec(), **STUCK)) == []
    assert through_time.rule(changed({}, **STUCK)) == []


def reached(at: int) -> dict[str, np.ndarray]:
    """A gradient that has faded in so many of ten probes, each four epochs after the last, and no more then."""
    by_step = np.where(np.arange(10)[:, None, None] < at, 0.8**BACK, 0.95**BACK)
    return passing(0.8) | {"by_step": by_step}


def test_who_learned_only_once_the_gradient_reached_far_back_is_told_until_when(
    changed: Callable[..., Case],
) -> None:
    after_18 = np.where(np.arange(40) < 18, 1.01 * np.log(3), 0.3)
    own, late = SequenceSpec(), {"valid_loss": after_18, "train_loss": np.linspace(1.09, 0.2, 40)}
    case = changed(reached(5), network=None, own=own, **late)
    (finding,) = through_time.rule(case)
    assert (finding.id, finding.severity) == ("vanishing-through-time", "note")
    assert "until epoch 17, and nothing was learned that long" in finding.what
    assert finding.evidence["begins"] == 32 and finding.advice == {"memory": 100}
    assert through_time.rule(changed(reached(6), network=None, own=own, **late)) == []  # it learned meanwhile
    assert through_time.rule(changed(reached(2), network=None, own=own, **late)) == []  # a short while
    assert through_time.rule(changed(reached(10), network=None, own=own, **late)) == []  # all the same
    without = {"valid_loss": np.full(40, np.nan), "train_loss": np.where(np.arange(40) < 18, np.log(3), 0.3)}
    assert len(through_time.rule(changed(reached(5), network=None, own=own, **without))) == 1


def test_what_was_learned_by_heart_alone_may_be_told_by_the_last_steps(changed: Callable[..., Case]) -> None:
    """The training loss fell, the validation loss did not: of what is farther back, or of inputs that say nothing."""
    by_heart = {"valid_loss": np.full(40, 1.01 * np.log(3))}
    case = changed(passing(0.8), network=None, own=SequenceSpec(cell="rnn"), **by_heart)
    assert [one.severity for one in through_time.rule(case)] == ["warning"]
    assert {"no-signal", "vanishing-through-time"} <= {one.id for one in findings(case)}
    lost = changed(passing(0.8), network=None, own=SequenceSpec(cell="rnn"), **by_heart, **STUCK)
    assert "no-signal" not in {one.id for one in findings(lost)}


def test_a_gradient_that_grows_is_named_where_it_is_large(changed: Callable[..., Case]) -> None:
    large = {"gradient": np.full((10, 2), 1000.0)}
    case = changed(passing(1.1) | large, network=None, own=SequenceSpec(cell="rnn"))
    (finding,) = through_time.rule(case)
    assert finding.id == "exploding-through-time" and finding.advice == {"gradient_clip": 1.0}
    assert finding.evidence["begins"] == 45  # 1.1^45 = 72.9; the step before that is looked at is 42
    assert "45 steps" in finding.what
    small = {"gradient": np.full((10, 2), 0.1)}
    assert through_time.rule(changed(passing(1.1) | small, network=None, own=SequenceSpec(cell="rnn"))) == []
