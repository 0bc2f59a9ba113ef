"""Training of a convolutional network against PyTorch, and accuracy on pictures within a budget.

usage: images.py [--repeats 9] [--json FILE]
       images.py FOLDER [--budgets 60s 5m] [--seeds 3] [--json FILE]

Needs PyTorch beside honed (`pip install torch`) without FOLDER. Both sides train the same network on the same made
pictures of 28 × 28 with batches of 128 and Adam, with a validation pass each epoch, and keep a copy of the best one:
convolutions 32, 32, pool, 64, 64, pool, dense 128. honed by the function that its search calls, a network in a process
on one core; compiling is not counted. PyTorch takes channels last, as oneDNN wants them. Turns are short, so that what
disturbs a machine falls on all sides alike: in each repeat all sides have one, and the table holds medians of rates and
of ratios within a repeat.

FOLDER holds train.npz and test.npz (X, y, and `classes` where y are codes): a search of each budget and seed on the
first, and its accuracy on the second.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import beside
import numpy as np

ROWS, VALID, SIDE, CLASSES, BATCH = 1_280, 256, 28, 10, 128
PRODUCTS = 784 * 9 * 32 + 784 * 288 * 32 + 196 * 288 * 64 + 196 * 576 * 64 + 3136 * 128 + 1280
OPERATIONS = 2 * PRODUCTS * (3 * ROWS + VALID)  # of an epoch, but for the gradient of the pictures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--budgets", nargs="+", default=["60s", "5m"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.one:
        side, threads = a.one
        beside.be_one({"honed": honed_seconds, "torch": torch_seconds}[side](int(threads)))
        return
    if a.folder:
        found: Any = searched(a.folder, a.budgets, a.seeds)
    else:
        found = beside.compared(__file__, [], "side", OPERATIONS, a.repeats)
    if a.json:
        a.json.write_text(json.dumps(found, indent=1))


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Bytes, and classes that are where a picture is brightest."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 200, (ROWS + VALID, SIDE, SIDE, 1)).astype(np.uint8)
    y = rng.integers(0, CLASSES, ROWS + VALID).astype(np.int32)
    for picture, own in zip(X, y, strict=True):
        picture[2 * own : 2 * own + 6, 5:20] += 55
    return X, y


def honed_seconds(threads: int) -> beside.Measure:
    """Of `beside.EPOCHS` by honed, which takes one thread."""
    from honed.families.image.inputs import ImageInputs, Pictures
    from honed.families.image.networks import NETWORKS
    from honed.nets.cnn_spec import CnnSpec
    from honed.train.examples import Examples

    X, y = pictures()
    inputs = ImageInputs(SIDE, SIDE, 1, (float(X.mean()),), (float(X.std()),))
    data = Examples.of(NETWORKS, inputs, Pictures(X), y, outputs=CLASSES)
    spec = CnnSpec(channels=(32, 64), normalization=None, head="dense", hidden_sizes=(128,))
    return beside.of_honed(spec, data, BATCH, ROWS, VALID)


def torch_seconds(threads: int) -> beside.Measure:
    """Of `beside.EPOCHS` by PyTorch."""
    import torch  # pyright: ignore[reportMissingImports]
    from torch import nn  # pyright: ignore[reportMissingImports]

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    X, y = pictures()
    rows = torch.from_numpy(((X - X.mean()) / X.std()).astype(np.float32).transpose(0, 3, 1, 2))
    rows = rows.contiguous(memory_format=torch.channels_last)
    targets = torch.from_numpy(y.astype(np.int64))
    sizes, layers = (1, 32, 32, 64, 64), list[Any]()
    for number in range(4):
        layers += [nn.Conv2d(sizes[number], sizes[number + 1], 3, padding=1), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if number % 2 else []
    net: Any = nn.Sequential(*layers, nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, CLASSES))
    net = net.to(memory_format=torch.channels_last)
    return beside.of_torch(net, net, rows, targets, BATCH, ROWS)


def searched(folder: Path, budgets: list[str], seeds: int) -> list[dict[str, Any]]:
    """Accuracy on the test pictures of what a search of each budget finds, by seed."""
    import honed

    found = []
    with np.load(folder / "test.npz") as test:
        X, y = test["X"], test["y"]
        truth = (test["classes"][y] if "classes" in test.files else y).astype(str)
    for budget in budgets:
        for seed in range(seeds):
            with tempfile.TemporaryDirectory() as place:
                run = Path(place) / "run"
                words = ["fit", folder / "train.npz", "--budget", budget, "--seed", seed, "--out", run]
                start = time.perf_counter()
                subprocess.run(
                    [sys.executable, "-m", "honed", *map(str, words)], check=True, stdout=subprocess.DEVNULL
                )
                seconds = time.perf_counter() - start
                model = honed.load(run)
                said = np.asarray(model.predict(X)).astype(str)
            accuracy = float((said == truth).mean())
            print(f"{budget:>5} seed {seed}: accuracy {accuracy:.2%} after {seconds:.0f} s", flush=True)
            found.append({"budget": budget, "seed": seed, "accuracy": accuracy, "seconds": seconds})
        own = [each["accuracy"] for each in found if each["budget"] == budget]
        print(f"{budget:>5} mean of {len(own)}: {statistics.mean(own):.2%}", flush=True)
    return found


if __name__ == "__main__":
    main()
