"""Convolutions and linear layers without an activation.

The network of UMLAUT's study, smaller, to tell which of two halves of an image has more bars.
"""

from __future__ import annotations

import numpy as np
from torch import nn, optim

from faulty.data import halves
from faulty.program import Program, accuracy

KIND, FAULTS = "activation", ("no-activation",)
SOURCE = (
    "https://github.com/BerkeleyHCI/umlaut/blob/c37e04c9c1dacf62c9e8b0abf402b44067bde4b9/user_eval/eval_b.py"
)


def build(faulty: bool) -> Program:
    generator = np.random.default_rng(0)
    flip = generator.integers(0, 2, 700)
    bars = np.sin(np.arange(8) * np.pi / 2 + generator.uniform(0, 6.3, size=(700, 1)))[:, None, None, :]
    images = np.broadcast_to(bars, (700, 1, 8, 8)).copy()
    images[flip == 1] = images[flip == 1].swapaxes(2, 3)
    images += 0.3 * generator.normal(size=images.shape)
    act = nn.Identity if faulty else nn.ReLU
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3),
        act(),
        nn.Conv2d(8, 8, 3),
        act(),
        nn.Flatten(),
        nn.Linear(128, 32),
        act(),
        nn.Linear(32, 2),
    )
    optimizer = optim.Adam(model.parameters(), lr=0.002)
    rows = halves(images, flip, scaled=False)
    return Program(model, nn.CrossEntropyLoss(), *rows, optimizer, accuracy, epochs=10)
