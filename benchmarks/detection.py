"""What benches of the diagnosis share: seeded cases, half of them healthy, half with a planted fault, in processes.

A script gives its faults, and a function that runs one case and says by `judged` what was found: see `main`.
`--half` and `--add` are as `detector.py` says.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np

Parameters = dict[str, np.ndarray]
Row = dict[str, Any]
Case = Callable[[str, int], Row]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NPROC": "1"}
HEALTHY = "healthy"
LEARNED = 0.05  # share of a constant answer's loss that a healthy training explains at least
ACTIVATIONS = ("relu", "relu", "silu", "tanh", "mish", "gelu", "leaky_relu", "elu", "selu", "sigmoid")
OPTIMIZERS: tuple[dict[str, Any], ...] = (
    {"optimizer": "adam", "learning_rate": 1e-3},
    {"optimizer": "adam", "learning_rate": 3e-3},
    {"optimizer": "adamw", "learning_rate": 1e-3},
    {"optimizer": "rmsprop", "learning_rate": 1e-3},
    {"optimizer": "sgd", "learning_rate": 0.03, "momentum": 0.9},
    {"optimizer": "sgd", "learning_rate": 0.1},
    {"optimizer": "lion", "learning_rate": 3e-4, "beta2": 0.99},
)
ADAM = {"optimizer": "adam", "learning_rate": 1e-3, "momentum": 0.0, "weight_decay": None}
SLOW = ADAM | {"learning_rate": 3e-4}


@dataclass(frozen=True)
class Planted:
    """One kind of fault: the findings that name it, and how it is planted.

    `settings` are changed, `start` changes the starting parameters, `rows` is the most rows, `freeze` a layer whose
    gradient is taken away, `plain` where normalization or residual paths would repair it, and not `trained` is what
    the data alone tell.
    """

    names: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    start: Callable[[Parameters], Parameters] | None = None
    rows: int | None = None
    freeze: int | None = None
    plain: bool = False
    trained: bool = True


def weights(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Parameters], Parameters]:
    """A start whose weights are changed so."""
    return lambda params: {n: change(v) if n.endswith(".weight") else v for n, v in params.items()}


def negative_biases(params: Parameters) -> Parameters:
    """A start whose hidden units are all below zero."""
    last = max(int(n.split(".")[0]) for n in params if n.endswith(".bias"))
    return {
        n: np.full_like(v, -8.0) if n.endswith(".bias") and not n.startswith(f"{last}.") else v
        for n, v in params.items()
    }


def main(
    script: str,
    doc: str | None,
    faults: Mapping[str, Planted],
    healthy_data: str,
    ready: Callable[[Path | None], Case],
) -> None:
    """Run the cases of a script and print the table.

    Parameters
    ----------
    script, doc : its file, and what it says of itself.
    healthy_data : what healthy data beside faults that need no training are called.
    ready : makes what runs a case, of a fault's name or a healthy one's and a seed, of a folder with more data.
    """
    parser = argparse.ArgumentParser(description=str(doc).splitlines()[0])
    parser.add_argument("suite", type=Path, nargs="?", help="a folder with more data")
    parser.add_argument("--half", choices=("tune", "held-out", "both"), default="both")
    parser.add_argument("--seeds", type=int, default=10, help="trainings of each fault")
    parser.add_argument("--first", type=int, default=0, help="the first seed; earlier ones were seen before")
    parser.add_argument("--faults", nargs="+", default=list(faults))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--add", type=Path, help="a file of earlier rows that these go behind, as the final ones"
    )
    parser.add_argument("--part", type=int, help=argparse.SUPPRESS)
    a = parser.parse_args()
    beside = {name: HEALTHY if fault.trained else healthy_data for name, fault in faults.items()}
    jobs = plan(range(a.first, a.first + a.seeds), a.faults, beside, a.half)
    if a.part is not None:
        run = ready(a.suite)
        for job in jobs[a.part :: a.workers]:
            print(json.dumps(run(*job)), flush=True)
        return

    def part(number: int) -> list[Row]:
        words = ["--part", str(number), "--workers", str(a.workers)]
        done = subprocess.run(
            [sys.executable, script, *sys.argv[1:], *words],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=os.environ | ONE_THREAD,
        )
        return [json.loads(row) for row in done.stdout.splitlines()]

    with ThreadPoolExecutor(a.workers) as threads:
        found = [row for rows in threads.map(part, range(a.workers)) for row in rows]
    if a.add:
        publish(found, a.add, beside)
    print_table(found, beside)


def publish(found: list[Row], file: Path, beside: Mapping[str, str]) -> None:
    """Put rows behind those of a file, one in a line; "final" are the last of each fault, and what is beside them."""
    earlier = json.loads(file.read_text()) if file.exists() else []
    new = {row["fault"] for row in found if row["fault"] in beside}
    kept = {row["fault"] for row in earlier if row["final"] and row["fault"] in beside} - new
    stay = kept | {beside[fault] for fault in kept}
    rows = [row | {"final": row["final"] and row["fault"] in stay} for row in earlier]
    rows += [row | {"final": True} for row in found]
    file.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


def plan(seeds: range, faults: list[str], beside: Mapping[str, str], half: str) -> list[tuple[str, int]]:
    """(fault or healthy, seed); as many healthy ones as faulty, and every second of each for one half."""
    faulty = [(name, seed) for name in faults for seed in seeds]
    first = len(faults) * seeds.start
    jobs = faulty + [(beside[name], first + place) for place, (name, _) in enumerate(faulty)]
    wanted = {"tune": (0,), "held-out": (1,), "both": (0, 1)}[half]
    return [job for job in jobs if job[1] % 2 in wanted]


def fit(model: Any, X: Any, y: np.ndarray, nets: ModuleType, fault: Planted) -> tuple[np.ndarray, np.ndarray]:
    """Train a model with the fault in its program; the rows that train and those that validate.

    Parameters
    ----------
    nets : the module whose `initialize` its network starts by.
    """
    from honed.estimators import rows
    from honed.train import programs
    from honed.train.step import Step

    initialize, slope, split = nets.initialize, Step.slope, rows.split
    halves = list[np.ndarray]()

    def started(*given: Any) -> Parameters:
        params = initialize(*given)
        return fault.start(params) if fault.start else params

    def frozen(self: Any, packed: Any, *given: Any) -> Any:
        import jax.numpy as jnp

        found = slope(self, packed, *given)
        slopes = self.packing.unpack({**packed, **found.gradient})
        still = {**slopes, f"{fault.freeze}.weight": 0 * slopes[f"{fault.freeze}.weight"]}
        packed_slopes = self.packing.pack(still, jnp)
        return found._replace(gradient={role: packed_slopes[role] for role in found.gradient})

    def kept(*given: Any) -> Any:
        halves[:] = split(*given)
        return tuple(halves)

    is_frozen = fault.freeze is not None
    if is_frozen:
        programs.SHARED.close()  # as such a program looks like any other
    with (
        warnings.catch_warnings(),
        patch.object(nets, "initialize", started),
        patch.object(rows, "split", kept),
        patch.object(Step, "slope", frozen if is_frozen else slope),
    ):
        warnings.simplefilter("ignore")
        model.fit(X, y)
    if is_frozen:
        programs.SHARED.close()
    return halves[0], halves[1]


def judged(
    name: str, seed: int, data: str, names: Sequence[str], found: Sequence[Any], *, failed: bool = False
) -> Row:
    """What was found in a case, where one of `names` names its fault; without any it is healthy."""
    return {
        "fault": name,
        "seed": seed,
        "table": data,
        "named": not names or any(f.id in names for f in found),
        "findings": [f.id for f in found],
        "errors": [f.id for f in found if f.severity == "error"],
        "failed": failed,
    }


def learned(model: Any, X: Any, y: np.ndarray, train: np.ndarray, valid: np.ndarray) -> bool:
    """Whether a training stayed a number and its network says something of the validation rows."""
    is_finite = bool(np.isfinite(model.history_["train_loss"]).all())
    return is_finite and explained(model, X, y, train, valid) >= LEARNED


def explained(model: Any, X: Any, y: np.ndarray, train: np.ndarray, valid: np.ndarray) -> float:
    """One less the validation rows' loss over that of the training rows' shares of classes, or of their mean."""
    rows = X[valid.tolist()]
    if not hasattr(model, "classes_"):
        said, values = model.predict(rows), y.astype(float)
        loss, constant = (np.mean((values[valid] - s) ** 2) for s in (said, values[train].mean()))
    else:
        codes = np.searchsorted(model.classes_, y)
        shares = np.bincount(codes[train], minlength=len(model.classes_)) / len(train)
        said = model.predict_proba(rows)[np.arange(len(valid)), codes[valid]]
        loss, constant = (-np.log(np.maximum(s, 1e-12)).mean() for s in (said, shares[codes[valid]]))
    return float(1 - loss / constant) if np.isfinite(loss) else -1.0


def print_table(found: list[Row], beside: Mapping[str, str]) -> None:
    """For each fault how often it was named, and what else was found; for healthy ones what was found."""
    print(f"{'planted':<40} {'runs':>5} {'named':>6}  most frequent findings")
    for name in [*beside, *dict.fromkeys(beside.values())]:
        rows = [row for row in found if row["fault"] == name and not (name == HEALTHY and row["failed"])]
        if rows:
            counts = Counter(finding for row in rows for finding in set(row["findings"]))
            said = ", ".join(f"{finding} {count}" for finding, count in counts.most_common(4))
            named = f"{sum(row['named'] for row in rows)}" if name in beside else ""
            print(f"{name:<40} {len(rows):>5} {named:>6}  {said}")
    faulty = [row for row in found if row["fault"] in beside]
    planned = [row for row in found if row["fault"] not in beside]
    sound = [row for row in planned if not row["failed"]]
    if faulty:
        print(f"faults named: {sum(row['named'] for row in faulty)} of {len(faulty)}")
    if sound:
        accused = sum(bool(row["errors"]) for row in sound)
        print(f"healthy ones with an error: {accused} of {len(sound)}")
    failed = [row for row in planned if row not in sound]
    if failed:
        told = sum(bool(row["errors"]) for row in failed)
        print(f"planned as healthy, but failed: {len(failed)}, of which {told} with an error")
