"""The best constant answer, against what is known of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from small_modules import KIND, Y
from torch import Tensor, nn

from honed.pytorch import losses
from honed.pytorch.trace import Trace

CLASSES, TARGETS = torch.from_numpy(KIND), torch.from_numpy(Y)
COUNTS = np.bincount(KIND) / len(KIND)
ENTROPY = float(-(COUNTS * np.log(COUNTS)).sum())
RATE = float((KIND > 0).mean())
BINARY = -RATE * np.log(RATE) - (1 - RATE) * np.log(1 - RATE)
YES = (CLASSES > 0).float()[:, None]


@pytest.mark.parametrize(
    ("loss", "outputs", "targets", "least"),
    [
        (nn.CrossEntropyLoss(), torch.zeros(200, 3), CLASSES, ENTROPY),
        (nn.NLLLoss(), torch.zeros(200, 3), CLASSES, ENTROPY),
        (nn.BCEWithLogitsLoss(), torch.zeros(200, 1), YES, BINARY),
        (nn.BCELoss(), torch.zeros(200, 1), YES, BINARY),
        (nn.MSELoss(), torch.zeros(200, 1), TARGETS, float(Y.var())),
        (nn.L1Loss(), torch.zeros(200, 1), TARGETS, float(np.abs(Y - np.median(Y)).mean())),
        (lambda o, t: (o - t).pow(4).mean(), torch.zeros(200, 1), TARGETS, None),
    ],
)
def test_the_best_constant_answer_has_the_loss_that_is_known(
    loss, outputs: Tensor, targets: Tensor, least
) -> None:
    with Trace(nn.Linear(1, 1)) as trace:
        loss(outputs, targets)
    answer = losses.constant(loss, losses.reading(trace).name, outputs, targets)
    assert answer is not None
    value = float(loss(answer.expand_as(outputs), targets))
    if least is None:
        mean = TARGETS.mean().expand_as(outputs)
        assert value <= float(loss(mean, targets)) + 1e-6
    else:
        assert value == pytest.approx(least, abs=1e-3)


def test_a_loss_without_a_least_value_has_no_constant_answer() -> None:
    assert losses.constant(lambda o, t: o.mean(), "", torch.zeros(9, 1), torch.zeros(9, 1)) is None
    assert losses.constant(lambda o, t: o.log().mean(), "", torch.zeros(9, 1), torch.zeros(9, 1)) is None


def test_losses_are_read() -> None:
    def read(loss) -> losses.Reading:
        with Trace(nn.Linear(1, 1)) as trace:
            outputs = torch.zeros(5, 3)
            trace.begin(outputs)
            loss(outputs, torch.zeros(5, dtype=torch.long))
        return losses.reading(trace)

    assert read(nn.CrossEntropyLoss(reduction="sum")).reduction == "sum"
    assert read(lambda o, t: F.nll_loss(o.log_softmax(1), t)).applied == "log_softmax"
    assert read(lambda o, t: ((o[:, :1] - t) ** 2).mean()).spread == ((5, 1), (5,))
    assert read(lambda o, t: ((o[:, 0] - t) ** 2).mean()).name == "mse_loss"
