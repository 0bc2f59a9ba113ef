from __future__ import annotations

from small_modules import KIND, X, seen, stack
from torch import nn

ROWS = (X, (KIND > 0).astype("f4")[:, None])


def test_outputs_that_start_at_an_end_are_named() -> None:
    model = stack(5, 16, 1, last=nn.Sigmoid())
    assert "saturation" not in seen(model, nn.MSELoss(), ROWS)
    nn.init.constant_(model[2].bias, 6.0)
    assert "before training" in seen(model, nn.MSELoss(), ROWS)["saturation"].what
