"""A linear regression whose targets lost their axis.

Weights of (columns, 1) give outputs of (rows, 1), the table's column is (rows,); the fit is the mean.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn, optim

from faulty.data import diabetes, scaled_targets
from faulty.program import Program, explained

KIND, FAULTS = "loss", ("target-shape",)
SOURCE = "https://solofox.github.io/torch/broadcasting/2025/12/07/torch-broadcasting-trap.html"


class Linear(nn.Module):
    """A linear regression from its own parameters."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(0.01 * torch.rand(columns, 1))
        self.bias = nn.Parameter(0.01 * torch.randn(1))

    def forward(self, inputs: Tensor) -> Tensor:
        """Numbers of shape (rows, 1)."""
        return inputs @ self.weights + self.bias


def build(faulty: bool) -> Program:
    train, valid = scaled_targets(diabetes())
    if faulty:
        train, valid = (train[0], train[1].squeeze(1)), (valid[0], valid[1].squeeze(1))
    model = Linear(10)
    optimizer = optim.AdamW(model.parameters(), lr=0.01)
    return Program(model, nn.functional.mse_loss, train, valid, optimizer, explained, epochs=30)
