"""The diagnosis of networks for sequences as a detector: seeded trainings and data, half healthy, half with one fault.

usage: detector_sequences.py [FOLDER] [--half {tune,held-out,both}] [--seeds 10] [--first 0] [--faults ...]
                             [--workers 2] [--add FILE]

Sequences are the rows of scikit-learn's digits, one a step, and made ones: waves, also with gaps, of which the speed is
asked, or the class by it; and two tasks that need memory, which symbol came first, and in which order two events came.
FOLDER, which may be left out, holds train.npz of recorded sequences. The rest is as in `detector.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import detection
import numpy as np
from detection import ADAM, SLOW, Parameters, judged, negative_biases, weights

Sequences = tuple[np.ndarray, np.ndarray]
HEALTHY_DATA = "healthy sequences"
STEPS = 40  # of made sequences
ROWS = 900
OPTIMIZERS: tuple[dict[str, Any], ...] = (
    {"optimizer": "adam", "learning_rate": 3e-3},
    {"optimizer": "adam", "learning_rate": 1e-2},
    {"optimizer": "adamw", "learning_rate": 3e-3},
    {"optimizer": "rmsprop", "learning_rate": 3e-3},
    {"optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.9},
)
RECURRENT = {"blocks": 0, "layers": 1, "pooling": "last", "residual": False}
CONVOLUTIONAL = {"layers": 0, "blocks": 2, "pooling": "mean"}


@dataclass(frozen=True)
class Fault(detection.Planted):
    """A fault of sequences, with beside what every fault has:

    `change` changes the data (X, y, rng) before they are split, `memory` is of tasks that need it to learn anything, or
    not, and not `apart` leaves the validation rows to chance, whatever they share with others.
    """

    change: Callable[[np.ndarray, np.ndarray, np.random.Generator], Sequences] | None = None
    memory: bool | None = None
    apart: bool = True


def recurrent(factor: float) -> Callable[[Parameters], Parameters]:
    """A start whose matrices from step to step are so many times as large."""
    return lambda params: {n: factor * v if n.endswith(".recurrent") else v for n, v in params.items()}


def forgetting(params: Parameters) -> Parameters:
    """A start of gated cells whose gates keep nothing."""
    units = params["0.recurrent"].shape[-1]
    bias = params["0.bias"].copy()
    bias[units : 2 * units] = -6.0
    return params | {"0.bias": bias}


def permuted(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sequences:
    return X, rng.permutation(y)


def copied(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sequences:
    again = rng.permutation(len(y))[: len(y) // 4]
    return np.concatenate([X, X[again]]), np.concatenate([y, y[again]])


def windows(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Sequences:
    """Two windows of each sequence, which share two of three steps."""
    size = X.shape[1] * 3 // 4
    return np.concatenate([X[:, :size], X[:, -size:]]), np.concatenate([y, y])


FAULTS: dict[str, Fault] = {
    "tanh, each step a quarter as large": Fault(
        ("vanishing-through-time",), {**RECURRENT, "cell": "rnn"}, recurrent(0.25), memory=True
    ),
    "gates that keep nothing": Fault(
        ("vanishing-through-time",), {**RECURRENT, "cell": "gru", "memory": None}, forgetting, memory=True
    ),
    "tanh, each step three times as large": Fault(
        ("exploding-through-time", "exploding-gradient"),
        {**RECURRENT, "cell": "rnn", "gradient_clip": None},
        recurrent(3.0),
        memory=True,
    ),
    "sigmoid, 10 convolutions": Fault(
        ("vanishing-gradient",),
        {**CONVOLUTIONAL, "blocks": 10, "activation": "sigmoid", "dilation": 1, "width": 16},
        plain=True,
    ),
    "rate times 100": Fault(
        ("rate-too-high", "not-finite"), {"rate": 100.0, "gradient_clip": None}, plain=True
    ),
    "rate over 1000": Fault(("rate-too-low",), {"rate": 1e-3}),
    "weights start at zero": Fault(("start-scale", "frozen-layer"), start=weights(np.zeros_like)),
    "weights start 30 times too large": Fault(
        ("start-scale", "untrained-loss", "exploding-gradient", "exploding-through-time"),
        start=weights(lambda v: 30 * v),
        plain=True,
    ),
    "biases far below zero": Fault(
        ("dead-units",), {**CONVOLUTIONAL, "activation": "relu"}, negative_biases, plain=True
    ),
    "frozen convolution": Fault(("frozen-layer",), {**CONVOLUTIONAL, "blocks": 3, **ADAM}, freeze=0),
    "permuted labels": Fault(("no-signal",), change=permuted),
    "60 sequences, nothing against overfitting": Fault(
        ("overfitting", "no-signal"),
        {"width": 64, "epochs": 300, "patience": None, "regularised": False},
        rows=60,
        memory=False,
    ),
    "batch of 1": Fault(("batch-too-noisy", "rate-too-high"), {"batch_size": 1, "epochs": 6}, rows=400),
    "penalty far too strong": Fault(("underfitting",), {"l2": 0.3}, plain=True),
    "stopped after 3 epochs": Fault(
        ("stopped-early", "rate-too-low"), {"epochs": 3, "batch_size": 256, "schedule": "constant", **SLOW}
    ),
    "sequences that are there twice": Fault(("same-sequences",), change=copied, trained=False, apart=False),
    "windows that overlap": Fault(("overlapping-windows",), change=windows, trained=False),
    "windows split at random": Fault(("shared-samples",), change=windows, trained=False, apart=False),
}


def main() -> None:
    """Run the cases and print the table."""
    detection.main(__file__, __doc__, FAULTS, HEALTHY_DATA, lambda folder: partial(run, load(folder)))


def load(folder: Path | None) -> dict[str, Sequences]:
    """Sequences (rows, time, channels) and targets by name; texts are classes."""
    from sklearn.datasets import load_digits

    digits: Any = load_digits()
    rng = np.random.default_rng(0)
    found = {"digits": (digits.images.astype(np.float32), digits.target.astype(str))}
    speed = rng.uniform(0.2, 1.2, 1200)
    X = np.sin(speed[:, None] * np.arange(STEPS) + rng.uniform(0, 6, (1200, 1)))[..., None]
    X = np.concatenate([X, np.zeros_like(X)], axis=2) + rng.normal(0, 0.3, (1200, STEPS, 2))
    X = X.astype(np.float32)
    found["speed"] = X, speed
    found["waves"] = X, np.array(["slow", "middling", "quick"])[np.digitize(speed, (0.5, 0.9))]
    found["gaps"] = np.where(rng.random(X.shape) < 0.2, np.nan, X).astype(np.float32), found["waves"][1]
    symbols = rng.integers(0, 4, (1200, STEPS))
    marks = np.arange(STEPS) == 0
    found["first"] = _coded(symbols, marks), np.array(list("abcd"))[symbols[:, 0]]
    symbols = rng.integers(0, 4, (1200, STEPS))
    symbols[:, [STEPS // 10, STEPS // 2]] = 4 + rng.integers(0, 2, (1200, 2))
    kinds = symbols[:, STEPS // 10] * 2 + symbols[:, STEPS // 2] - 12
    found["order"] = _coded(symbols, np.zeros(STEPS, bool)), np.array(list("abcd"))[kinds]
    if folder is not None:
        with np.load(folder / "train.npz") as archive:
            y = archive["classes"][archive["y"]] if "classes" in archive.files else archive["y"]
            found["recorded"] = archive["X"][:, ::4], y
    return found


MEMORY = ("first", "order")


def _coded(symbols: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """One channel a symbol, and one of marks by step."""
    codes = np.eye(symbols.max() + 1, dtype=np.float32)[symbols]
    return np.concatenate([codes, np.broadcast_to(marks[:, None], (*symbols.shape, 1))], axis=2).astype(
        np.float32
    )


def run(data: dict[str, Sequences], name: str, seed: int) -> detection.Row:
    """One case and what was found."""
    from honed import SequenceClassifier, SequenceRegressor
    from honed.nets import sequence

    rng = np.random.default_rng([seed, *name.encode()])
    fault = FAULTS.get(name, Fault(()))
    of_data = name == HEALTHY_DATA or not fault.trained
    # Coded steps repeat too often to tell which sequences overlap.
    memory = False if of_data else fault.memory
    which = str(rng.choice([n for n in sorted(data) if memory is None or memory == (n in MEMORY)]))
    X, y = data[which]
    settings = healthy(rng, which, X.shape[1]) | fault.settings
    chosen = rng.permutation(len(y))[: fault.rows or ROWS]
    X, y = X[chosen], y[chosen]
    if fault.change:
        X, y = fault.change(X, y, rng)
    if of_data:
        return judged(name, seed, which, fault.names, of_sequences(X, y, seed, fault.apart))
    settings["learning_rate"] *= settings.pop("rate", 1.0)
    if not settings.pop("regularised", True):
        settings |= {"dropout": 0.0, **ADAM}
    if fault.plain:
        settings |= {"normalization": None, "residual": False}
    kind = SequenceRegressor if y.dtype.kind == "f" else SequenceClassifier
    model = kind(**settings, probes="usual", validation_fraction=0.25, random_state=seed)
    halves = detection.fit(model, X, y, sequence, fault)
    failed = not detection.learned(model, X, y, *halves)
    return judged(name, seed, which, fault.names, model.findings_, failed=failed)


def of_sequences(X: np.ndarray, y: np.ndarray, seed: int, apart: bool) -> list[Any]:
    """Findings on the data alone; `apart` as in `Fault`."""
    from honed.families.sequence.findings import findings
    from honed.families.sequence.measured import of_arrays
    from honed.families.sequence.source import of_arrays as source_of
    from honed.table.columns import Schema
    from honed.table.split import split
    from honed.table.target import Target

    classes = () if y.dtype.kind == "f" else tuple(np.unique(y).tolist())
    task = "multiclass" if classes else "regression"
    values = np.unique(y, return_inverse=True)[1].astype(np.int32) if classes else y
    own = None if apart else split(values, task, seed=seed)
    schema = Schema((), Target("y", task, classes, "said"), len(y), 0)
    source = source_of(of_arrays(X), schema, values, own=own)
    return findings(source, own or split(values, task, groups=source.groups, seed=seed))


def healthy(rng: np.random.Generator, which: str, steps: int) -> dict[str, Any]:
    """Settings as a careful user would choose them for such sequences."""
    settings: dict[str, Any] = dict(OPTIMIZERS[rng.integers(len(OPTIMIZERS))])
    shapes = [
        {**RECURRENT, "cell": "gru"},
        {**RECURRENT, "cell": "lstm"},
        {**RECURRENT, "cell": "gru", "pooling": "mean"},
        {**RECURRENT, "cell": "lstm", "bidirectional": True, "pooling": "mean"},
        {**RECURRENT, "cell": "gru", "layers": 2},
        CONVOLUTIONAL,
        {**CONVOLUTIONAL, "blocks": 3, "pooling": "max"},
        {**RECURRENT, "cell": "gru", "blocks": 1},
    ]
    shape = shapes[rng.integers(2 if which in MEMORY else len(shapes))]
    return settings | {
        **shape,
        "memory": steps if which in MEMORY else None,
        "width": int(rng.choice([16, 32])),
        "activation": str(rng.choice(["relu", "silu", "gelu"])),
        "normalization": [None, "layer", "batch", "batch"][rng.integers(4)],
        "dropout": float(rng.choice([0.0, 0.0, 0.1])),
        "gradient_clip": [None, 1.0, 1.0][rng.integers(3)],
        "schedule": str(rng.choice(["constant", "cosine", "one_cycle"])),
        "batch_size": [32, 64][rng.integers(2)],
        "epochs": int(rng.choice([30, 50])),
        "patience": [None, 20][rng.integers(2)],
    }


if __name__ == "__main__":
    main()
