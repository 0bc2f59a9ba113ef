from __future__ import annotations

import numpy as np
import torch
from small_modules import X, seen, stack
from torch import nn

from honed.diagnosis.case import Case
from honed.pytorch.checks import rare_class
from honed.pytorch.facts import Facts

RARE = (np.random.default_rng(2).random(200) < 0.06).astype(np.int64)


def test_a_class_that_is_never_said_is_named_unless_it_is_weighed_up() -> None:
    found = seen(stack(5, 8, 2), nn.CrossEntropyLoss(), (X, RARE), learning_rate=1e-2)
    assert "Class 1" in found["class-imbalance"].what
    weighed = nn.CrossEntropyLoss(torch.tensor([1.0, 15.0]))
    assert "class-imbalance" not in seen(stack(5, 8, 2), weighed, (X, RARE), learning_rate=1e-2)


def test_classes_alike_in_number_are_not() -> None:
    assert "class-imbalance" not in seen(
        stack(5, 8, 2), nn.CrossEntropyLoss(), (X, (X[:, 0] > 0).astype(int))
    )


def test_the_share_of_a_class_is_that_in_all_rows_of_which_a_doctor_knows_the_targets() -> None:
    last = np.eye(4)[[0] * 32]  # outputs of one batch
    batches = [np.repeat([0, 1, 2, 3], own) for own in ((10, 10, 9, 3), (5, 5, 5, 17))]
    none = np.zeros(0)
    facts = Facts(
        Case(64, 4, none, none, none, 1.4),
        loss="cross_entropy",
        outputs=last,
        targets=np.concatenate(batches),
    )
    assert rare_class.rule(facts) == []
    (found,) = rare_class.rule(Facts(facts.case, loss="cross_entropy", outputs=last, targets=batches[0]))
    assert "Class 3 is 9.38 % of the rows" in found.what
