from __future__ import annotations

import numpy as np
import torch
from small_modules import KIND, X, Y, seen, stack
from torch import nn


def test_a_softmax_over_rows_is_named() -> None:
    found = seen(stack(5, 16, 3, last=nn.LogSoftmax(dim=0)), nn.NLLLoss(), (X, KIND))
    assert "dim=1" in found["rows-mixed"].action
    assert "rows-mixed" not in seen(stack(5, 16, 3, last=nn.LogSoftmax(dim=1)), nn.NLLLoss(), (X, KIND))


class Recurrent(nn.Module):
    def __init__(self, batch_first: bool) -> None:
        super().__init__()
        self.cells, self.head = nn.LSTM(5, 8, batch_first=batch_first), nn.Linear(8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.cells(x)[0][:, -1])


def test_rows_taken_for_steps_are_named() -> None:
    rows = np.repeat(X[:, None], 3, axis=1)
    assert (
        "batch_first=True" in seen(Recurrent(False), nn.MSELoss(), (rows, Y), epochs=3)["rows-mixed"].action
    )
    assert "rows-mixed" not in seen(Recurrent(True), nn.MSELoss(), (rows, Y), epochs=3)


def test_batch_normalization_mixes_no_rows() -> None:
    assert "rows-mixed" not in seen(nn.Sequential(nn.BatchNorm1d(5), stack(5, 16, 1)), nn.MSELoss())
