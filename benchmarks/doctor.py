"""What `honed.doctor` costs in a training loop: the same loop with it and without it, in turns.

usage: doctor.py [--seconds 3] [--turns 9]

Prints for each model the time of a step without it, and the time with it over that: the median of pairs of turns, with
the least and the most, and how often it looked in the last one. Each turn is a training from its start, where most
of the looks are.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import time
from typing import Any

import torch
from torch import Tensor, nn

import honed


def models() -> dict[str, tuple[nn.Module, Tensor, Tensor]]:
    """A small network of a table, a small one of pictures, and a recurrent one, with a batch of 64 rows."""
    classes = torch.randint(0, 10, (64,))
    table = nn.Sequential(nn.Linear(20, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10))
    parts = [
        nn.Conv2d(3, 16, 3),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3),
        nn.ReLU(),
    ]
    pictures = nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))
    deep = [layer for _ in range(20) for layer in (nn.Linear(256, 256), nn.LayerNorm(256), nn.GELU())]
    return {
        "table, 2 layers of 128": (table, torch.randn(64, 20), classes),
        "pictures of 32 by 32, 2 convolutions": (pictures, torch.randn(64, 3, 32, 32), classes),
        "20 layers of 256": (nn.Sequential(*deep, nn.Linear(256, 10)), torch.randn(64, 256), classes),
    }


def steps(
    model: nn.Module, inputs: Tensor, targets: Tensor, seconds: float, *, watched: bool
) -> tuple[float, int]:
    """Seconds of the processor a step, and how often it was looked at."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    doctor: Any = honed.doctor(model, optimizer) if watched else None
    count, began = 0, time.process_time()  # other work on the machine counts less so
    with doctor or contextlib.nullcontext():
        while time.process_time() - began < seconds:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(inputs), targets)
            loss.backward()
            optimizer.step()
            if doctor is not None:
                doctor.step(loss)
            count += 1
    return (time.process_time() - began) / count, len(doctor._looks) if doctor is not None else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--turns", type=int, default=9)
    a = parser.parse_args()
    torch.set_num_threads(1)
    for name, (model, inputs, targets) in models().items():
        steps(model, inputs, targets, 0.3, watched=True)
        alone, ratios, looks = [], [], 0
        for turn in range(a.turns):
            seconds = {}
            for watched in (False, True) if turn % 2 else (True, False):
                seconds[watched], found = steps(model, inputs, targets, a.seconds, watched=watched)
                looks = found or looks
            alone.append(seconds[False])
            ratios.append(seconds[True] / seconds[False])
        middle = statistics.median(ratios)
        print(
            f"{name}: {1e3 * statistics.median(alone):.3f} ms a step, with it times {middle:.3f} "
            f"({min(ratios):.3f} to {max(ratios):.3f}); {looks} looks",
            flush=True,
        )


if __name__ == "__main__":
    main()
