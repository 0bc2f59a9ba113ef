from __future__ import annotations

import numpy as np
from small_modules import X, Y, seen, stack
from torch import nn


def test_a_start_far_from_the_targets_is_named_with_the_bias_to_start_from() -> None:
    found = seen(stack(5, 16, 1), nn.MSELoss(), (X, 0.5 * Y + 5))["output-bias"]
    assert "nn.init.constant_(last.bias, 4.8" in found.action
    assert "output-bias" not in seen(stack(5, 16, 1), nn.MSELoss())


def test_a_rare_class_that_is_said_to_be_likely_is_named() -> None:
    rare = (X[:, 0] > 1.8).astype("f4")[:, None]
    model = stack(5, 16, 1)
    assert "base rate" in seen(model, nn.BCEWithLogitsLoss(), (X, rare))["output-bias"].what
    nn.init.constant_(model[2].bias, float(np.log(rare.mean())))
    assert "output-bias" not in seen(model, nn.BCEWithLogitsLoss(), (X, rare))
