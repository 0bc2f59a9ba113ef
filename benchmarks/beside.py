"""Training by honed beside PyTorch, each side in processes of its own on cores of its own: epochs a second of each.

A script gives its two sides, `honed_seconds` and `torch_seconds`: functions of its words and of a number of threads
that make ready and give a function that measures `EPOCHS` epochs, in seconds. `of_honed` and `of_torch` make these.
"""

from __future__ import annotations

import contextlib
import copy
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

EPOCHS = 2  # of a turn

Measure = Callable[[], float]


def compared(
    script: str, words: list[str], title: str, operations: int, repeats: int
) -> dict[str, list[float]]:
    """Network-epochs a second of each side, by repeat, printed as a table; an epoch takes so many `operations`.

    All processes make themselves ready first, then those of one side at a time have their turn. Every second repeat
    goes through the sides backward.
    """
    cores = sorted(os.sched_getaffinity(0))
    with contextlib.ExitStack() as stack:

        def started(side: str, own: list[int]) -> subprocess.Popen[str]:
            return stack.enter_context(_started([script, "--one", side, *words], own))

        honed = [started("honed", [core]) for core in cores]
        torch = [started("torch", [core]) for core in cores]
        sides = {
            "honed, one thread": honed[:1],
            "torch, one thread": torch[:1],
            "honed, a network a core": honed,
            "torch, all threads": [started("torch", cores)],
            "torch, a process a core": torch,
        }
        for process in [*honed, *torch, *sides["torch, all threads"]]:
            assert process.stdout and process.stdout.readline() == "ready\n"
        rates: dict[str, list[float]] = {side: [] for side in sides}
        for number in range(repeats):
            for name in list(sides)[:: -1 if number % 2 else 1]:
                rates[name].append(_rate(sides[name]))
            print(
                number, {name: round(own[-1], 3) for name, own in rates.items()}, file=sys.stderr, flush=True
            )
    print(f"{title:26} {'epochs/s':>9} {'GFLOP/s':>8}  honed is (least to most)")
    for name, own in rates.items():
        said = ""
        if name.startswith("torch"):
            rival = "honed, one thread" if name == "torch, one thread" else "honed, a network a core"
            ratios = sorted(h / t for h, t in zip(rates[rival], own, strict=True))
            said = f"{statistics.median(ratios):7.2f}× ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        middle = statistics.median(own)
        print(f"{name:26} {middle:9.3f} {middle * operations / 1e9:8.1f}  {said}", flush=True)
    return rates


def be_one(measure: Measure) -> None:
    """The process of a side: say that it is ready, and measure at each turn."""
    print("ready", flush=True)
    for _ in sys.stdin:
        print(measure(), flush=True)


def of_honed(spec: Any, data: Any, batch: int, rows: int, valid: int) -> Measure:
    """What a worker of the search does; once before it counts, to compile."""
    from honed.train.loop import fit
    from honed.train.spec import TrainingSpec

    training = TrainingSpec(batch_size=batch, epochs=EPOCHS)

    def measure() -> float:
        start = time.perf_counter()
        fit(spec, training, data, np.arange(rows), np.arange(rows, rows + valid))
        return time.perf_counter() - start

    measure()
    return measure


def of_torch(
    net: Any, outputs: Callable[[Any], Any], rows: Any, targets: Any, batch: int, count: int
) -> Measure:
    """The loop that people write, on the first `count` rows; the others validate. An epoch before it counts."""
    import torch  # pyright: ignore[reportMissingImports]
    from torch import nn  # pyright: ignore[reportMissingImports]

    optimizer, loss_of = torch.optim.Adam(net.parameters(), lr=1e-3), nn.CrossEntropyLoss()

    def epoch(best: float, kept: Any) -> tuple[float, Any]:
        net.train()
        order = torch.randperm(count)
        for first in range(0, count, batch):
            index = order[first : first + batch]
            optimizer.zero_grad()
            loss_of(outputs(rows[index]), targets[index]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            losses = [
                loss_of(outputs(part), own)
                for part, own in zip(rows[count:].split(256), targets[count:].split(256), strict=True)
            ]
        loss = float(sum(losses)) / len(losses)
        return (loss, copy.deepcopy(net.state_dict())) if loss < best else (best, kept)

    def measure() -> float:
        start, best, kept = time.perf_counter(), math.inf, None
        for _ in range(EPOCHS):
            best, kept = epoch(best, kept)
        return time.perf_counter() - start

    epoch(math.inf, None)
    return measure


def _started(words: list[str], cores: list[int]) -> subprocess.Popen[str]:
    """A process on these cores, with a thread for each."""
    threads = str(len(cores))
    own = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    process = subprocess.Popen(
        [sys.executable, *words, threads],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | own,
    )
    os.sched_setaffinity(process.pid, cores)  # before it has threads
    return process


def _rate(processes: list[subprocess.Popen[str]]) -> float:
    """Epochs a second of all of them at once."""
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return sum(EPOCHS / float(process.stdout.readline()) for process in processes if process.stdout)
