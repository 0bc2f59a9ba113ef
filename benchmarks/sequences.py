"""Training of a recurrent network against PyTorch, and what a search finds on sequences within a budget.

usage: sequences.py [--cells gru lstm rnn] [--repeats 5] [--json FILE]
       sequences.py FOLDER [--budgets 2m] [--seeds 3] [--json FILE]
       sequences.py --tasks adding copying order [--steps 100] [--budgets 2m] [--seeds 1] [--json FILE]
       sequences.py --tasks adding copying order --passes 8 [--steps 100] [--json FILE]

Needs PyTorch beside honed (`pip install torch`) in the first form. Both sides train a recurrent layer of 64 units and
an output layer on the same made sequences of 128 steps and 6 channels with batches of 64 and Adam, with a validation
pass each epoch, and keep a copy of the best one: honed by the function that its search calls, a network in a process on
one core; compiling is not counted. Turns are short, so that what disturbs a machine falls on all sides alike: in each
repeat all sides have one, and the table holds medians of rates and of ratios within a repeat.

FOLDER holds train.npz and test.npz (X, y, and `groups`, `lengths` and `classes` where there are): a search of each
budget and seed on the first, and its accuracy on the second.

The tasks need memory. adding: the sum of the two values that a second channel marks (Hochreiter & Schmidhuber 1997),
solved with a mean squared error below 0.01, where guessing gives 0.17. copying: the symbol of eight that the first step
holds, behind it distractors. order: which of two events came first, in which of two kinds each (four classes). Both
are solved with 99 %. With --passes, instead of a search, each network that it tries first alone for so many passes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import beside
import numpy as np

ROWS, VALID, TIME, CHANNELS, WIDTH, CLASSES, BATCH = 2_560, 512, 128, 6, 64, 6, 64
GATES = {"gru": 3, "lstm": 4, "rnn": 1}
TASK_ROWS, TEST_ROWS, SYMBOLS = 10_000, 2_000, 8
SOLVED = 0.01  # largest error, of either kind


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--cells", nargs="+", default=["gru"], choices=list(GATES))
    parser.add_argument("--tasks", nargs="+", choices=list(TASKS))
    parser.add_argument("--passes", type=int)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--budgets", nargs="+", default=["2m"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.one:
        side, cell, threads = a.one
        beside.be_one({"honed": honed_seconds, "torch": torch_seconds}[side](cell, int(threads)))
        return
    if a.folder:
        found: Any = searched(a.folder, a.budgets, a.seeds)
    elif a.passes:
        found = [line for task in a.tasks for line in by_hand(task, a.steps, a.passes)]
    elif a.tasks:
        found = [line for task in a.tasks for line in solved(task, a.steps, a.budgets, a.seeds)]
    else:
        found = {
            cell: beside.compared(__file__, [cell], cell, operations(cell), a.repeats) for cell in a.cells
        }
    if a.json:
        a.json.write_text(json.dumps(found, indent=1))


def operations(cell: str) -> int:
    """Of an epoch: products forward, and twice as many back."""
    gates = GATES[cell] * WIDTH
    products = TIME * (CHANNELS + WIDTH) * gates + WIDTH * CLASSES
    return 2 * products * (3 * ROWS + VALID)


def sequences() -> tuple[np.ndarray, np.ndarray]:
    """Waves in noise, and classes that are how fast they are."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, CLASSES, ROWS + VALID).astype(np.int32)
    phase = rng.uniform(0, 2 * np.pi, (ROWS + VALID, 1, CHANNELS))
    X = np.sin(np.arange(TIME)[:, None] * (0.05 + 0.03 * y[:, None, None]) + phase)
    return (X + rng.normal(size=X.shape)).astype(np.float32), y


def honed_seconds(cell: str, threads: int) -> beside.Measure:
    """Of `beside.EPOCHS` by honed, which takes one thread."""
    from honed.families.sequence.inputs import SequenceInputs, Sequences
    from honed.families.sequence.networks import NETWORKS
    from honed.nets.sequence_spec import SequenceSpec
    from honed.train.examples import Examples

    X, y = sequences()
    rows = Sequences(X, np.full(len(X), TIME, np.int32), np.zeros((len(X), 0), np.float32))
    data = Examples.of(NETWORKS, SequenceInputs(TIME, CHANNELS), rows, y, outputs=CLASSES)
    spec = SequenceSpec(cell=cell, width=WIDTH)
    return beside.of_honed(spec, data, BATCH, ROWS, VALID)


def torch_seconds(cell: str, threads: int) -> beside.Measure:
    """Of `beside.EPOCHS` by PyTorch."""
    import torch  # pyright: ignore[reportMissingImports]
    from torch import nn  # pyright: ignore[reportMissingImports]

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    X, y = sequences()
    rows, targets = torch.from_numpy(X), torch.from_numpy(y.astype(np.int64))
    kind = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}[cell]
    body, head = kind(CHANNELS, WIDTH, batch_first=True), nn.Linear(WIDTH, CLASSES)
    net: Any = nn.ModuleList([body, head])

    def outputs(part: Any) -> Any:
        return head(body(part)[0][:, -1])

    return beside.of_torch(net, outputs, rows, targets, BATCH, ROWS)


def searched(folder: Path, budgets: list[str], seeds: int) -> list[dict[str, Any]]:
    """Accuracy on the test sequences of what a search of each budget finds, by seed, and what the search told."""
    found = []
    with np.load(folder / "test.npz") as test:
        X, y = test["X"], test["y"]
        truth = (test["classes"][y] if "classes" in test.files else y).astype(str)
    for budget in budgets:
        for seed in range(seeds):
            model, seconds, told = fit(folder / "train.npz", budget, seed, "accuracy")
            accuracy = float((np.asarray(model.predict(X)).astype(str) == truth).mean())
            print(
                f"{budget:>5} seed {seed}: accuracy {accuracy:.2%} after {seconds:.0f} s, told {told}",
                flush=True,
            )
            line = {"budget": budget, "seed": seed, "accuracy": accuracy, "seconds": seconds, "told": told}
            found.append(line)
        own = [each["accuracy"] for each in found if each["budget"] == budget]
        print(f"{budget:>5} mean of {len(own)}: {statistics.mean(own):.2%}", flush=True)
    return found


def fit(data: Path, budget: str, seed: int, metric: str) -> tuple[Any, float, float]:
    """A search in a process of its own: the model, how long it took, and the score that it told."""
    import honed

    with tempfile.TemporaryDirectory() as place:
        run = Path(place) / "run"
        words = ["fit", data, "--budget", budget, "--seed", seed, "--metric", metric, "--out", run]
        start = time.perf_counter()
        command = [sys.executable, "-m", "honed", *map(str, words)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        summary = json.loads((run / "summary.json").read_text())
        return honed.load(run), seconds, summary["scores"][summary["uses"]]["value"]


def solved(task: str, steps: int, budgets: list[str], seeds: int) -> list[dict[str, Any]]:
    """The error on new sequences of what a search finds, by budget and seed."""
    found = []
    X, y = TASKS[task](np.random.default_rng(0), TASK_ROWS + TEST_ROWS, steps)
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "train.npz"
        np.savez(data, X=X[:TASK_ROWS], y=y[:TASK_ROWS])
        for budget in budgets:
            for seed in range(seeds):
                model, seconds, told = fit(data, budget, seed, "rmse" if task == "adding" else "accuracy")
                error = error_of(task, model.predict(X[TASK_ROWS:]), y[TASK_ROWS:])
                line = {"task": task, "steps": steps, "budget": budget, "seed": seed, "error": error}
                found.append(line | {"solved": error <= SOLVED, "seconds": seconds, "told": told})
                print(found[-1], flush=True)
    return found


def by_hand(task: str, steps: int, passes: int) -> list[dict[str, Any]]:
    """The error on new sequences of each preset."""
    from honed import SequenceClassifier, SequenceRegressor
    from honed.families.sequence.inputs import SequenceInputs
    from honed.families.sequence.presets import presets
    from honed.search.candidate import plain

    X, y = TASKS[task](np.random.default_rng(0), TASK_ROWS + TEST_ROWS, steps)
    kind, what = (SequenceRegressor, "regression") if task == "adding" else (SequenceClassifier, "multiclass")
    found = []
    for preset in presets(what, TASK_ROWS, SequenceInputs(steps, X.shape[2]), passes):
        network = kind(**plain(preset.network), **plain(preset.training), random_state=0)
        start = time.process_time()
        network.fit(X[:TASK_ROWS], y[:TASK_ROWS])
        seconds = time.process_time() - start
        error = error_of(task, network.predict(X[TASK_ROWS:]), y[TASK_ROWS:])
        found.append(
            {"task": task, "steps": steps, "preset": preset.name, "error": error, "seconds": seconds}
        )
        print(found[-1], flush=True)
    return found


def error_of(task: str, said: Any, truth: np.ndarray) -> float:
    """Mean squared error of a sum, and the share of wrong classes."""
    if task == "adding":
        return float(((np.asarray(said, float) - truth) ** 2).mean())
    return float((np.asarray(said).astype(str) != truth.astype(str)).mean())


def adding(rng: np.random.Generator, rows: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers from [0, 1), two of which are marked, one in each half; their sum."""
    half, each = steps // 2, np.arange(rows)
    values, marks = rng.random((rows, steps)), np.zeros((rows, steps))
    places = rng.integers(0, half, rows), rng.integers(half, steps, rows)
    for place in places:
        marks[each, place] = 1
    X = np.stack([values, marks], axis=-1).astype(np.float32)
    return X, (values[each, places[0]] + values[each, places[1]]).astype(np.float32)


def copying(rng: np.random.Generator, rows: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """A symbol of eight at the first step, beside it a mark; distractors behind it. The symbol."""
    symbols = rng.integers(0, SYMBOLS, (rows, steps))
    X = np.zeros((rows, steps, SYMBOLS + 1), np.float32)
    X[..., :SYMBOLS] = np.eye(SYMBOLS, dtype=np.float32)[symbols]
    X[:, 0, SYMBOLS] = 1
    return X, symbols[:, 0].astype(str)


def order(rng: np.random.Generator, rows: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Two events, each of one of two kinds, among four kinds of distractors; both kinds in their order."""
    symbols, each = rng.integers(2, 6, (rows, steps)), np.arange(rows)
    kinds = rng.integers(0, 2, (rows, 2))
    for number, (first, last) in enumerate([(0.1, 0.2), (0.5, 0.6)]):
        place = rng.integers(int(first * steps), max(int(first * steps) + 1, int(last * steps)), rows)
        symbols[each, place] = kinds[:, number]
    return np.eye(6, dtype=np.float32)[symbols], np.array(["ab"[a] + "ab"[b] for a, b in kinds])


TASKS: dict[str, Callable[[np.random.Generator, int, int], tuple[np.ndarray, np.ndarray]]] = {
    "adding": adding,
    "copying": copying,
    "order": order,
}


if __name__ == "__main__":
    main()
