"""The calls that a training asks for, answered by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.nets.spec import NetworkSpec
from honed.train import loop
from honed.train.examples import Examples
from honed.train.loop import called
from honed.train.programs import own_rules
from honed.train.spec import TrainingSpec
from honed.train.turns import Asked, Fitted, turns

ROWS, REAL = np.arange(40, dtype=np.int32), np.dtype(np.float32)


def asked(**training: Any) -> Asked:
    numbers = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    rows, y = Encoded(numbers, np.zeros((40, 0), np.int32)), np.tanh(numbers[:, 0])
    data = Examples.of(NETWORKS, Inputs(3, 0, (), ()), rows, y, outputs=1)
    spec = TrainingSpec(batch_size=8, **training)
    return Asked(NetworkSpec(depth=1, width=4, dropout=0.2), spec, data, ROWS[10:], ROWS[:10])


def test_what_comes_of_a_training_hangs_on_its_replies_and_on_no_other_call_between() -> None:
    """Two of them call in turn, the second of which is as long as two calls."""
    wanted = [asked(epochs=5), asked(epochs=40, patience=None, learning_rate=0.003)]
    asking, done, calls = [turns(each) for each in wanted], dict[int, Fitted](), [0, 0]
    with own_rules(REAL):
        turn = {number: next(each) for number, each in enumerate(asking)}
        while turn:
            for number in list(turn):
                calls[number] += 1
                try:
                    turn[number] = asking[number].send(called(turn[number]))
                except StopIteration as end:
                    done[number] = end.value
                    del turn[number]
    assert calls == [1, 2]
    for number, one in enumerate(wanted):
        params, record = loop.fit(one.network, one.training, one.data, one.train, one.valid)
        np.testing.assert_array_equal(done[number][1].train_loss, record.train_loss)
        for name, value in params.items():
            np.testing.assert_array_equal(done[number][0][name], value)


def test_where_a_call_has_too_little_memory_the_same_rows_are_asked_for_in_smaller_batches() -> None:
    with own_rules(REAL):
        asking = turns(asked(epochs=5))
        first = next(asking)
        second = asking.throw(MemoryError("8 bytes are needed"))
    assert (first.structure.batch, second.structure.batch) == (8, 4)
    assert second.standing is first.standing and second.call.count == first.call.count == 5
    rows = [turn.call.orders[:5, :30] for turn in (first, second)]
    np.testing.assert_array_equal(*rows)


def test_any_other_error_of_a_call_is_that_of_the_training() -> None:
    with own_rules(REAL), pytest.raises(ArithmeticError, match="of the call"):
        asking = turns(asked())
        next(asking)
        asking.throw(ArithmeticError("of the call"))
