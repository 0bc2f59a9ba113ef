"""Train one network: `fit`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import jax
import numpy as np

from honed.family import Parameters, Specification
from honed.train import program
from honed.train.examples import Examples
from honed.train.programs import SHARED, Programs, own_rules
from honed.train.record import Record
from honed.train.spec import TrainingSpec
from honed.train.turns import Asked, Fitted, Reply, Standing, Turn, check_time, turns

if TYPE_CHECKING:
    from jaxtyping import Int


def fit(
    network: Specification,
    training: TrainingSpec,
    data: Examples,
    train: Int[np.ndarray, " train"],
    valid: Int[np.ndarray, " valid"],
    *,
    seed: int = 0,
    stop_after: float | None = None,
    start: Parameters | None = None,
    keep: bool = True,
    until: float | None = None,
    end: float | None = None,
    again: Iterable[Sequence[float]] | None = None,
    programs: Programs = SHARED,
) -> tuple[Parameters, Record]:
    """Train and give back the parameters of the best epoch, with the record.

    What no training row holds ends up neutral (`Networks.settle`).

    Parameters
    ----------
    train, valid : row numbers; with no validation rows, or without early stopping, the last epoch is kept. Where none
        can be kept, for there was none that gives finite outputs, the record's `best_epoch` is 0 and the parameters
        mean nothing.
    seed : decides initialisation, order and dropout, each by a generator of its own name.
    stop_after : stop after this many epochs of the schedule, as when a best epoch is known beforehand; of many rows
        the part of an epoch counts.
    start : parameters to begin with, in place of drawn ones.
    keep : whether the network will answer other rows than these; if not, what none of them holds is left as it is.
    until : moment of `time.monotonic` after which nobody wants the network any more; what is in time is the same to
        the last bit.
    end : moment of `time.monotonic` at which the schedule, and with it the training, ends, in place of the setting
        `epochs`; see `honed.train.parts`. The record's `parts` tell what the clock has decided.
    again : such `parts`, to train once more to the same bits.
    programs : keeps what is compiled, for other trainings of the same shapes.

    Raises
    ------
    InputError
        The loss does not fit the target.
    RunError
        Not even one row at a time fits into memory. A larger batch that does not is halved, which the record's
        notes say, and training goes on from the last good state.
    Late
        `until` has passed.
    """
    asked = Asked(
        network,
        training,
        data,
        train,
        valid,
        seed=seed,
        stop_after=stop_after,
        start=start,
        keep=keep,
        until=until,
        end=end,
        again=again,
        programs=programs,
    )
    return trained(asked)


def trained(asked: Asked) -> Fitted:
    """What `fit` gives."""
    asking = turns(asked)
    with own_rules(asked.data.real, asked.data.device):
        try:
            turn = next(asking)
            while True:
                try:
                    reply = called(turn)
                except (MemoryError, jax.errors.JaxRuntimeError) as error:
                    turn = asking.throw(error)
                else:
                    turn = asking.send(reply)
        except StopIteration as ended:
            return ended.value


def called(turn: Turn) -> Reply:
    """What a call gives that is made alone."""
    state = turn.standing.state()
    compiled = program.compiled(turn.programs, turn.structure, turn.packing, state, turn.call)
    compiled.check()
    check_time(turn.until)
    began = time.perf_counter()
    state, curves = compiled.call(state, turn.call)
    standing, count = Standing.of(state), int(turn.call.count)
    curves = jax.tree.map(lambda curve: np.asarray(curve)[:count], curves)
    return Reply(standing, curves, time.perf_counter() - began, compiled.seconds)
