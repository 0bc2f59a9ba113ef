from __future__ import annotations

import numpy as np
import torch
from small_modules import X, seen, stack
from torch import nn

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
