from __future__ import annotations

from small_modules import KIND, X, seen, stack
from torch import nn


def test_units_that_start_alike_are_named_but_not_in_the_last_layer() -> None:
    model = stack(5, 16, 16, 2)
    nn.init.constant_(model[2].weight, 0.1)
    found = seen(model, nn.CrossEntropyLoss(), (X, (KIND > 0).astype(int)))
    assert "units of 2 start" in found["symmetric-weights"].what
    assert "start-scale" not in found
    model = stack(5, 16, 2)
    nn.init.zeros_(model[2].weight)
    assert "symmetric-weights" not in seen(model, nn.CrossEntropyLoss(), (X, (KIND > 0).astype(int)))
