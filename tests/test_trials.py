"""Names of trainings and of their arrays, there and back."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from honed.trials import ALL, Arrays, Key, Stage, Tally, baseline_key, trainings, tried
from honed.typed import Misfit


@pytest.mark.parametrize("stage", get_args(Stage))
@pytest.mark.parametrize("fold", ["0", "12", ALL])
def test_a_key_is_read_as_it_was_written(stage: Stage, fold: str) -> None:
    for number in (-1, 0, 37):
        key = Key(stage, number, fold, 3)
        assert Key.parse(str(key)) == key


@pytest.mark.parametrize(
    "text", [baseline_key("linear"), "full/1/0", "full/x/0/0", "full/1/0/0/0", "odd/1/0/0", ""]
)
def test_what_is_no_training_has_no_key(text: str) -> None:
    with pytest.raises(Misfit, match="is the name of no training"):
        Key.parse(text)


def test_arrays_come_back_as_they_were_named() -> None:
    whole = Arrays(np.ones((2, 1)), {"params/w": np.zeros(3), "b": np.ones(1)}, {"w": np.full(2, 7.0)})
    again = Arrays.of(whole.named())
    assert again.valid is whole.valid
    assert again.parameters == whole.parameters
    assert again.probes == whole.probes
    assert Arrays.of(Arrays().named()) == Arrays()


def test_trainings_are_the_results_that_came_out_but_for_baselines() -> None:
    def result(key: str, **outcome: object) -> dict[str, object]:
        return {"kind": "result", "key": key, "outcome": outcome}

    events = [
        {"kind": "start"},
        result("full/1/0/0", ok=True, value={"loss": 1.0}),
        result(baseline_key("linear"), ok=True, value={"score": 1.0}),
        result("full/2/0/0", ok=False, error="late"),
        result("again/1/all/2", ok=True, value={"loss": None}),
    ]
    found = list(trainings(events))
    assert found == [(Key("full", 1, "0", 0), {"loss": 1.0}), (Key("again", 1, ALL, 2), {"loss": None})]
    with pytest.raises(Misfit):
        list(trainings([result("odd", ok=True, value={})]))


def test_a_candidate_is_tried_once_it_was_trained_however_often() -> None:
    def result(key: str, *, ok: bool = True, error: str = "") -> dict[str, object]:
        return {"kind": "result", "key": key, "outcome": {"ok": ok, "value": {}, "error": error}}

    events = [
        {"kind": "start"},
        *(result(key) for key in ("first/-1/0/0", "pace/0/0/0", "quick/1/0/0", "full/1/0/0", "full/1/1/0")),
        *(result(key) for key in ("coach/2/0/0", "confirm/1/2/0", "again/1/all/0", baseline_key("linear"))),
        result("quick/3/0/0", ok=False, error="exception"),
        result("quick/4/0/0", ok=False, error="late"),
    ]
    assert tried(events) == 3


def test_what_is_done_is_counted_as_it_comes() -> None:
    def result(key: str, *, ok: bool = True) -> dict[str, object]:
        return {"kind": "result", "key": key, "outcome": {"ok": ok, "value": {}, "error": "late"}}

    events: list[dict[str, object]] = [
        {"kind": "start"},
        result("quick/1/0/0"),
        result("quick/2/0/0", ok=False),
    ]
    done = Tally()
    for more, count in (
        ([], (1, 1)),
        ([result("full/1/0/0"), result("quick/3/0/0"), result(baseline_key("linear"))], (2, 3)),
        ([], (2, 3)),
        ([result("coach/2/0/0"), result("again/4/all/0")], (3, 5)),
    ):
        events += more
        done.read(events)
        assert (done.tried, done.trained) == count
        assert count == (tried(events), len(list(trainings(events))))
