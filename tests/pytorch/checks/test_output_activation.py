from __future__ import annotations

import torch.nn.functional as F
from small_modules import KIND, X, seen, stack
from torch import nn


def test_a_softmax_before_cross_entropy_is_named_in_the_model_and_in_the_loss() -> None:
    model = stack(5, 16, 3, last=nn.Softmax(dim=1))
    assert "softmax (3)" in seen(model, nn.CrossEntropyLoss(), (X, KIND))["activation-before-loss"].what
    twice = lambda outputs, targets: F.cross_entropy(outputs.softmax(1), targets)  # noqa: E731
    assert "activation-before-loss" in seen(stack(5, 16, 3), twice, (X, KIND))
    assert "activation-before-loss" not in seen(stack(5, 16, 3), nn.CrossEntropyLoss(), (X, KIND))


def test_probabilities_are_no_logarithms() -> None:
    assert seen(stack(5, 16, 3, last=nn.Softmax(dim=1)), nn.NLLLoss(), (X, KIND))["activation-before-loss"]
    assert "activation-before-loss" not in seen(
        stack(5, 16, 3, last=nn.LogSoftmax(dim=1)), nn.NLLLoss(), (X, KIND)
    )


def test_a_sigmoid_before_a_loss_with_one_is_named() -> None:
    rows = (X, (KIND > 0).astype("f4")[:, None])
    assert "activation-before-loss" in seen(stack(5, 16, 1, last=nn.Sigmoid()), nn.BCEWithLogitsLoss(), rows)
    assert "activation-before-loss" not in seen(stack(5, 16, 1, last=nn.Sigmoid()), nn.BCELoss(), rows)
