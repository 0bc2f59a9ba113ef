"""Training by honed beside PyTorch, each side in processes of its own on cores of its own: epochs a second of each.

A script gives its two sides, `honed_seconds` and `torch_seconds`: functions of its words and of a number of threads
that make ready and give a function that measures `EPOCHS` epochs, in seconds. `of_honed` and `of_torch` make these.
"""

from __future__ import annotations

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

CORES = len(os.sched_getaffinity(0))
EPOCHS = 2
_SIDES = {  # what it is called: the side, how many processes, threads of each
    "honed, one thread": ("honed", 1, 1),
    "torch, one thread": ("torch", 1, 1),
    "honed, a network a core": ("honed", CORES, 1),
    "torch, all threads": ("torch", 1, CORES),
    "torch, a process a core": ("torch", CORES, 1),
}

Measure = Callable[[], float]


def compared(
    script: str, words: list[str], title: str, operations: int, repeats: int
) -> dict[str, list[float]]:
    """Network-epochs a second of each side, by repeat, printed as a table; an epoch takes so many `operations`."""
    rates: dict[str, list[float]] = {side: [] for side in _SIDES}
    for number in range(repeats):
        for name, (side, processes, threads) in _SIDES.items():
            rates[name].append(_rate(script, [side, *words], processes, threads))
        print(number, {name: round(own[-1], 3) for name, own in rates.items()}, file=sys.stderr, flush=True)
    print(f"{title:26} {'epochs/s':>9} {'GFLOP/s':>8}  honed is")
    for name, own in rates.items():
        rival = "honed, one thread" if name == "torch, one thread" else "honed, a network a core"
        ratio = statistics.median(h / t for h, t in zip(rates[rival], own, strict=True))
        said = "" if name.startswith("honed") else f"{ratio:7.2f}×"
        middle = statistics.median(own)
        print(f"{name:26} {middle:9.3f} {middle * operations / 1e9:8.1f}  {said}", flush=True)
    return rates


def be_one(measure: Measure) -> None:
    """The process of a side: say that it is ready, wait for the others, measure."""
    print("ready", flush=True)
    sys.stdin.readline()
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


def _rate(script: str, words: list[str], processes: int, threads: int) -> float:
    """Epochs a second of so many processes at once, each on cores of its own: each starts when all are ready."""
    own = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
    command = [sys.executable, script, "--one", *words, str(threads)]
    cores = sorted(os.sched_getaffinity(0))
    running = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | own
        )
        for _ in range(processes)
    ]
    for number, process in enumerate(running):
        os.sched_setaffinity(process.pid, cores[number * threads : (number + 1) * threads])
    for process in running:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return sum(EPOCHS / float(process.communicate()[0]) for process in running)
