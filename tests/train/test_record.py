"""What a record says of its training, and that its plain form is JSON."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from honed.run.plain import dumps
from honed.train.range_test import RangeTest
from honed.train.record import Record

RECORD = Record(
    train_loss=np.array([0.9, 0.51234567, 0.4]),
    valid_loss=np.array([0.8, 0.5, 0.6]),
    monitored=np.array([0.8, 0.5, 0.6]),
    rate=np.array([0.1, 0.1, 0.05]),
    best_epoch=2,
    steps=12,
    compile_seconds=0.123456,
    run_seconds=0.2,
    diverged=False,
    batch_size=8,
    learning_rate=0.1,
    chance=1.0,
    valid_chance=1.1,
)


def test_the_best_loss_is_that_of_the_kept_epoch() -> None:
    assert RECORD.best_loss == 0.5
    assert math.isnan(replace(RECORD, best_epoch=0).best_loss)


@pytest.mark.parametrize(
    ("change", "is_lost"),
    [
        ({}, False),
        ({"train_loss": np.array([0.99, 0.95, 0.97])}, True),
        ({"train_loss": np.array([np.nan, 0.95, 0.8])}, False),
        ({"train_loss": np.full(3, np.nan)}, True),
        (dict.fromkeys(("train_loss", "valid_loss", "monitored", "rate"), np.zeros(0)), True),
        ({"diverged": True}, True),
    ],
)
def test_lost_is_what_never_does_much_better_than_a_constant(change: dict, is_lost: bool) -> None:
    assert replace(RECORD, **change).is_lost is is_lost


def test_the_plain_form_is_json_with_six_digits_of_each_curve() -> None:
    plain = json.loads(json.dumps(RECORD.to_json(), allow_nan=False))
    assert plain["train_loss"] == [0.9, 0.512346, 0.4]
    assert (plain["best_epoch"], plain["compile_seconds"], plain["notes"]) == (2, 0.1235, [])
    assert not {"range_test", "batch_search"} & set(plain)


def test_an_entry_of_the_curves_takes_a_few_bytes_however_odd_its_numbers_are() -> None:
    """So that a result stays a summary: a search trains for 128 epochs at most (`tests/search/test_plan.py`)."""
    odd = np.full(128, -1.234567891e-105)
    long = replace(RECORD, train_loss=odd, valid_loss=odd, monitored=odd, rate=odd, passes=odd)
    assert len(dumps(long.to_json())) - len(dumps(RECORD.to_json())) < 128 * 4 * 15


def test_what_was_measured_is_written_where_it_was() -> None:
    tested = RangeTest(np.array([0.1]), np.array([1.0]), 0.1, 0.1, 0.1, 0.1, 1.0, "high")
    plain = replace(RECORD, range_test=tested).to_json()
    assert plain["range_test"] == tested.to_json()
