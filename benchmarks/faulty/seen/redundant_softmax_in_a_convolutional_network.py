"""Probabilities, softened once more by the loss.

LeNet's shape on small images, momentum.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "loss", ("softmax-before-loss",)
SOURCE = "https://github.com/thedeepchecker/thedeepchecker/tree/d6a7e7272582349d60407c8d0891c47d484a9a20/buggy_synthetic_programs/redundant_softmax"


class Network(nn.Module):
    """Two convolutions and two linear layers, with or without a softmax."""

    def __init__(self, soft: bool) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Flatten(), *stack([256, 32, 10]))
        self.soft = soft

    def forward(self, images: Tensor) -> Tensor:
        """Logits, or their softmax."""
        logits = self.head(self.features(images))
        return torch.softmax(logits, dim=1) if self.soft else logits


def build(faulty: bool) -> Program:
    model = Network(soft=faulty)
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    return Program(
        model, nn.CrossEntropyLoss(), *digits(image=True, rows=700), optimizer, accuracy, epochs=10
    )
