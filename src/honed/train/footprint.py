"""How many bytes one more network takes on a device, foretold from its shapes alone: `of_lane`. Needs no JAX."""

from __future__ import annotations

import math

from honed.family import Inputs, Networks, Specification
from honed.train import parts
from honed.train.spec import TrainingSpec

_REAL = 4  # bytes of a number in float32
# Copies of the parameters in what a call gets and what it gives (they lie beside each other): as they are, and as they
# were best; further ones in between: gradient and step.
_KEPT, _BETWEEN = 2, 2
_MEMORIES = {"sgd": 1, "rmsprop": 1, "lion": 1}  # copies that an optimizer keeps; others: 2
_FACTORS = 3  # numbers by which schedules multiply a step
_WAYS = 2  # forward and back


def of_lane(
    networks: Networks,
    network: Specification,
    training: TrainingSpec,
    inputs: Inputs,
    outputs: int,
    rows: int,
) -> int:
    """Bytes of a lane: parameters, what the optimizer keeps, what a step holds of its batch, the order of the rows.

    Rows and targets, which all lanes share, are not among them. What a compiler makes of it is between half and twice
    as much on a processor (`tests/train/test_footprint.py`).

    Parameters
    ----------
    rows : of the arrays that lie on the device.
    """
    of_parameters = sum(math.prod(shape) for shape in networks.shapes(network, inputs, outputs).values())
    kept = _KEPT + _MEMORIES.get(training.optimizer, 2) + bool(training.weight_average)
    batch = min(training.batch(rows), rows) if training.batch_size != "auto" else rows
    part = rows if training.batch_size == "full" else parts.largest(rows, batch * training.accumulation)
    batches = math.ceil(part / batch)
    of_call = parts.in_call(part) * batches * (batch + _FACTORS)
    of_step = _WAYS * batch * networks.values(network, inputs, outputs)
    return _REAL * ((2 * kept + _BETWEEN) * of_parameters + of_call + of_step)
