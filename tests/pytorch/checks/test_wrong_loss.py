from __future__ import annotations

import numpy as np
from small_modules import KIND, X, seen, stack
from torch import nn


def test_cross_entropy_of_one_output_is_named() -> None:
    assert "one output" in seen(stack(5, 16, 1), nn.CrossEntropyLoss(), (X, 0 * KIND))["wrong-loss"].what


def test_a_distance_between_probabilities_and_classes_is_named() -> None:
    one_hot = np.eye(3, dtype="f4")[KIND]
    found = seen(stack(5, 16, 3, last=nn.Softmax(dim=1)), nn.MSELoss(), (X, one_hot))
    assert "nn.CrossEntropyLoss" in found["wrong-loss"].action
    assert "wrong-loss" not in seen(stack(5, 16, 3), nn.CrossEntropyLoss(), (X, KIND))


def test_numbers_of_classes_as_values_are_a_note() -> None:
    assert (
        seen(stack(5, 16, 1), nn.MSELoss(), (X, KIND.astype("f4")[:, None]))["wrong-loss"].severity == "note"
    )


def test_targets_beyond_those_of_a_decision_are_named() -> None:
    rows = (X, KIND.astype("f4")[:, None])
    assert "from 0 to 2" in seen(stack(5, 16, 1), nn.BCEWithLogitsLoss(), rows)["wrong-loss"].what


def test_shares_of_one_that_are_each_taken_for_a_decision_are_named() -> None:
    rows = (X, np.eye(3, dtype="f4")[KIND])
    found = seen(stack(5, 16, 3, last=nn.Softmax(dim=1)), nn.BCELoss(), rows)["wrong-loss"]
    assert "shares of 1" in found.what
    assert "wrong-loss" not in seen(stack(5, 16, 3, last=nn.Sigmoid()), nn.BCELoss(), rows)
