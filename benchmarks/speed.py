"""Network-epochs a second of the function that the search calls, against a PyTorch loop and scikit-learn's MLP.

usage: speed.py [--repeats 5] [--cases NAME ...] [--json FILE]

Needs PyTorch beside honed (`pip install torch`). Every side trains the same network on the same rows with the
same batch, Adam, dropout (scikit-learn has none) and a validation pass each epoch, and keeps a copy of the best
epoch. honed trains one network a core, as its search does, by the search's own job in its own workers, so that
drawing the orders, starting values, predictions and pipes are counted; compiling is not. PyTorch runs on all
threads, and again as one single-threaded process a core. In each repeat all sides run one after the other; the
table holds medians over repeats of rates and of ratios within a repeat.
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from honed.search.payloads import TrainingJob

CORES = len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Case:
    """One size of the task. `epochs` by each side: enough for about two seconds."""

    name: str
    rows: int
    valid: int
    columns: int
    hidden: tuple[int, ...]
    classes: int
    batch: int
    dropout: float
    epochs_honed: int
    epochs_peer: int

    @property
    def products(self) -> int:
        """Floating-point operations of the matrix products in one epoch with its validation pass."""
        sizes = (self.columns, *self.hidden, self.classes)
        weights = [a * b for a, b in itertools.pairwise(sizes)]
        # forward, gradient of the weights, gradient of the inputs (not of the table's)
        return self.rows * 2 * (3 * sum(weights) - weights[0]) + self.valid * 2 * sum(weights)


CASES = (
    Case("3x128", 16_384, 2_048, 64, (128,) * 3, 10, 128, 0.1, 20, 4),
    Case("2x64", 1_000, 200, 20, (64,) * 2, 2, 128, 0.1, 200, 50),
    Case("3x256", 16_384, 2_048, 64, (256,) * 3, 10, 128, 0.0, 10, 2),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cases", nargs="+", default=[case.name for case in CASES])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--torch-process", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.torch_process:
        torch_process(Case(**json.loads(a.torch_process)))
        return
    results = [measure(case, a.repeats) for case in CASES if case.name in a.cases]
    print_table(results)
    if a.json:
        a.json.write_text(json.dumps(results, indent=1))


def measure(case: Case, repeats: int) -> dict[str, Any]:
    """Network-epochs a second of each side, by repeat."""
    from honed.run.pool import Pool

    X, y = table(case)
    rates: dict[str, list[float]] = {}
    with Pool(CORES, "honed.search.job:Worker") as pool:
        payload = put(pool, case, X, y)
        probed = {**payload, "training": payload["training"] | {"probes": "usual"}}
        for each in (payload, probed):
            honed_rate(pool, case, each, CORES)  # compiles, in each worker
        sides = {
            "honed": lambda: honed_rate(pool, case, payload, 2 * CORES),
            "honed, probes usual": lambda: honed_rate(pool, case, probed, 2 * CORES),
            "torch": lambda: torch_rate(case, X, y, threads=CORES),
            "torch, a process a core": lambda: torch_processes_rate(case),
            "scikit-learn": lambda: sklearn_rate(case, X, y),
            "matrix product": matrix_rate,
        }
        for number in range(repeats):
            for side, rate in sides.items():
                rates.setdefault(side, []).append(rate())
            print(
                case.name, number, {s: round(r[-1], 2) for s, r in rates.items()}, file=sys.stderr, flush=True
            )
    return {"case": asdict(case), "products": case.products, "rates": rates}


def table(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Random rows; the classes follow from a random network, so that there is something to learn."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(case.rows + case.valid, case.columns)).astype(np.float32)
    hidden = np.tanh(X @ rng.normal(size=(case.columns, 16)) / math.sqrt(case.columns))
    return X, (hidden @ rng.normal(size=(16, case.classes))).argmax(axis=1).astype(np.int32)


def put(pool: Any, case: Case, X: np.ndarray, y: np.ndarray) -> TrainingJob:
    """The arrays where workers find them, and the job as the search writes it."""
    from honed.heads import Head
    from honed.search.payloads import ArraysOf

    count, arrays = case.rows + case.valid, ArraysOf("0")
    pool.put(arrays.rows("robust", "numeric"), X)
    pool.put(arrays.rows("robust", "codes"), np.zeros((count, 0), np.int32))
    pool.put(arrays.target("classes", 0), y)
    pool.put(arrays.train, np.arange(case.rows, dtype=np.int32))
    pool.put(arrays.valid, np.arange(case.rows, count, dtype=np.int32))
    return {
        "kind": "train",
        "network": {"hidden_sizes": list(case.hidden), "dropout": case.dropout},
        "training": {
            "epochs": case.epochs_honed,
            "batch_size": case.batch,
            "patience": case.epochs_honed,
            "probes": "off",
        },
        "target": "classes",
        "encoding": "robust",
        "fold": "0",
        "family": None,
        "heads": [asdict(Head("y", case.classes))],
        "seed": 0,
        "rows": None,
        "stop_after": None,
        "keep": True,
        "pad": False,
        "inputs": {"continuous": case.columns, "flags": 0, "onehot": [], "embedded": []},
        "arrays": ["numeric", "codes"],
    }


def honed_rate(pool: Any, case: Case, payload: Mapping[str, Any], networks: int) -> float:
    """Jobs of different seeds on every core."""
    from honed.run.executor import Job

    # An affinity of its own for each job: the pool then hands them out to all workers from the start.
    jobs = [Job(f"{seed}", {**payload, "seed": seed}, f"{seed}", None) for seed in range(networks)]
    start = time.perf_counter()
    outcomes = pool.run(jobs)
    seconds = time.perf_counter() - start
    assert all(outcome.ok for outcome in outcomes.values()), outcomes
    epochs = sum(len(outcome.value["train_loss"]) for outcome in outcomes.values())
    assert epochs == networks * case.epochs_honed
    return epochs / seconds


def torch_rate(case: Case, X: np.ndarray, y: np.ndarray, threads: int) -> float:
    """The loop that people write, with rows picked by index arrays, which beats a DataLoader."""
    import torch  # pyright: ignore[reportMissingImports]
    from torch import nn  # pyright: ignore[reportMissingImports]

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    layers: list[Any] = []
    size = case.columns
    for width in case.hidden:
        layers += [nn.Linear(size, width), nn.ReLU(), *([nn.Dropout(case.dropout)] if case.dropout else [])]
        size = width
    net = nn.Sequential(*layers, nn.Linear(size, case.classes))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss()
    rows, targets = torch.from_numpy(X), torch.from_numpy(y.astype(np.int64))
    valid = slice(case.rows, case.rows + case.valid)

    def epoch(best: float, kept: Any) -> tuple[float, Any]:
        net.train()
        order = torch.randperm(case.rows)
        for first in range(0, case.rows, case.batch):
            index = order[first : first + case.batch]
            optimizer.zero_grad()
            loss_of(net(rows[index]), targets[index]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            loss = float(loss_of(net(rows[valid]), targets[valid]))
        return (loss, copy.deepcopy(net.state_dict())) if loss < best else (best, kept)

    best, kept = epoch(math.inf, None)
    start = time.perf_counter()
    for _ in range(case.epochs_peer):
        best, kept = epoch(best, kept)
    return case.epochs_peer / (time.perf_counter() - start)


def torch_processes_rate(case: Case) -> float:
    """One single-threaded process a core, all at once; the sum of their rates."""
    command = [sys.executable, __file__, "--torch-process", json.dumps(asdict(case))]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(CORES)]
    return sum(float(process.communicate()[0]) for process in processes)


def torch_process(case: Case) -> None:
    """What each of them does."""
    longer = Case(**asdict(case) | {"epochs_peer": 2 * case.epochs_peer, "hidden": tuple(case.hidden)})
    print(torch_rate(longer, *table(longer), threads=1))


def sklearn_rate(case: Case, X: np.ndarray, y: np.ndarray) -> float:
    """scikit-learn's MLP with its own early stopping, without dropout, which it lacks."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    share = case.valid / len(X)
    model = MLPClassifier(
        case.hidden,
        batch_size=case.batch,  # pyright: ignore[reportArgumentType]
        max_iter=case.epochs_peer,
        early_stopping=True,
        validation_fraction=share,
        n_iter_no_change=case.epochs_peer,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        start = time.perf_counter()
        model.fit(X, y)
    return model.n_iter_ / (time.perf_counter() - start)


def matrix_rate() -> float:
    """float32 operations a second of NumPy's matrix product on all threads, at its best size, in 1e9."""
    rng = np.random.default_rng(0)
    best = 0.0
    for size in (512, 1024, 2048):
        a, b = (rng.normal(size=(size, size)).astype(np.float32) for _ in range(2))
        np.matmul(a, b)
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < 0.3:
            np.matmul(a, b)
            count += 1
        best = max(best, count * 2 * size**3 / (time.perf_counter() - start) / 1e9)
    return best


def print_table(results: list[dict[str, Any]]) -> None:
    """Rates, ratios within a repeat, and honed's share of the matrix product's rate."""
    print(f"{'case':8} {'side':24} {'epochs/s':>9} {'honed is':>9}   GFLOP/s")
    for result in results:
        rates = result["rates"]
        for side, values in rates.items():
            if side == "matrix product":
                continue
            ratio = statistics.median(h / v for h, v in zip(rates["honed"], values, strict=True))
            flops = statistics.median(values) * result["products"] / 1e9
            print(
                f"{result['case']['name']:8} {side:24} {statistics.median(values):9.1f} {ratio:8.2f}×  {flops:8.1f}"
            )
        share = statistics.median(
            h * result["products"] / 1e9 / m
            for h, m in zip(rates["honed"], rates["matrix product"], strict=True)
        )
        peak = statistics.median(rates["matrix product"])
        print(f"{result['case']['name']:8} {'matrix product':24} {'':9} {share:8.0%}   {peak:8.1f}")


if __name__ == "__main__":
    main()
