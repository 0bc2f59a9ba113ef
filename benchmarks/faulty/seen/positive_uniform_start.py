"""Weights start between 0 and 1, all positive.

The xor of the thread, with more rows; sigmoid layers and squared error by SGD at 0.01.
"""

from __future__ import annotations

import numpy as np
from torch import nn, optim

from faulty.data import halves
from faulty.program import Program, above, stack

KIND, FAULTS = "start", ("start-scale", "rate-too-low", "vanishing-gradient", "saturation")
SOURCE = "https://discuss.pytorch.org/t/simple-linear-sigmoid-network-not-learning/98714"


def build(faulty: bool) -> Program:
    generator = np.random.default_rng(0)
    bits = generator.integers(0, 2, size=(400, 2))
    rows = halves(
        bits + 0.1 * generator.normal(size=bits.shape), (bits[:, 0] ^ bits[:, 1]).astype(float), scaled=False
    )
    model = nn.Sequential(*stack([2, 32, 1], nn.Sigmoid), nn.Sigmoid())
    if faulty:
        for name, value in model.named_parameters():
            if name.endswith("weight"):
                nn.init.uniform_(value)
    else:
        nn.init.normal_(model.get_parameter("0.weight"), std=4.0)
        nn.init.normal_(model.get_parameter("0.bias"), std=4.0)
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return Program(model, nn.MSELoss(), *rows, optimizer, above(0.5), batch_size=20, epochs=30)
