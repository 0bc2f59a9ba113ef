"""What a Ray cluster makes of its workers: `python benchmarks/cluster.py [--workers 2 8 32] [--trials N] [--table F]`.

First a simulation, and no more: real workers of a real cluster on this machine, whose trainings sleep for a drawn time
in place of computing, so that there may be more of them than cores. They come in the waves of a search whose
generations overlap (`honed.search.explore`): the best quarter of the generation before in full on three folds, and four
candidates for each worker on the first rung, a fifth as long. A time is drawn evenly from half to one and a half of
what is expected. Printed is the share of the workers' time that is slept, without the start of the workers.

With `--trials`, what a result of Ray's costs the coordinator, and then the coordinator alone, with so many trials,
against `--simulated` workers: see `coordinator.py`. With `--table`, how many networks `--cluster local` trains in 60 s
against worker processes, in turn, and the ratio.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import coordinator
import numpy as np

from honed.run.cluster import Cluster
from honed.run.executor import Job
from honed.typed import JSON

_WAVES = 4
_SPREAD = 0.5  # of what is expected, up and down
_KINDS = {"worker processes": [], "--cluster local": ["--cluster", "local"]}
_FOLDS, _SHORT = 3, 0.2  # of a full training, and the first rung beside it


class Sleeper:
    """A worker that sleeps as long as a training would take."""

    def __init__(self, data: object) -> None:
        """Needs no data."""

    def perform(
        self, payload: dict[str, JSON], until: float | None = None, end: float | None = None
    ) -> tuple[dict[str, JSON], dict[str, np.ndarray]]:
        """Sleep; the record and arrays of a small network."""
        time.sleep(float(str(payload["seconds"])))
        return {"valid_loss": [0.5] * 64}, {"outputs": np.zeros((1_000, 2), np.float32)}

    def close(self) -> None:
        """Nothing to let go of."""


def main() -> None:
    """Print one line for each number of workers, and two for the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, nargs="*", default=[2, 8, 32])
    parser.add_argument("--mean", type=float, default=5.0, metavar="SECONDS", help="of all trainings")
    parser.add_argument(
        "--trials", type=int, help="of a search whose workers are simulated, as many as --simulated"
    )
    parser.add_argument("--simulated", type=int, default=1_000, metavar="WORKERS")
    parser.add_argument("--table", type=Path, help="a CSV file on which both kinds of workers are timed")
    parser.add_argument("--target", default="income", help="its target")
    parser.add_argument("--budget", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--turns", type=int, default=1, help="of both kinds of workers on the table")
    a = parser.parse_args()
    for workers in a.workers:
        print(used(workers, a.mean), flush=True)
    if a.trials:
        print(handed_over(), flush=True)
        print(f"{a.simulated:,} simulated workers, a mean training of {a.mean:g} s:", flush=True)
        coordinator.run(a.simulated, a.trials, a.mean, lambda line: print(line, flush=True))
    if a.table:
        compare(a.table, a.target, a.budget, a.turns)


def used(workers: int, mean: float) -> str:
    """The share of so many workers' time that is used, in words."""
    rng = np.random.default_rng(0)
    begun = time.monotonic()
    with Cluster("cluster:Sleeper", "local", workers) as cluster:
        cluster.run([Job(str(number), {"seconds": 0.0}, f"p{number}") for number in range(workers)])
        started = time.monotonic()
        slept = sum(_wave(cluster, workers, mean, rng) for _ in range(_WAVES))
        wall = time.monotonic() - started
    return (
        f"{workers:4} workers, started in {started - begun:.1f} s: {_WAVES} waves in {wall:.1f} s, "
        f"{slept / wall / workers:.1%} of their time slept"
    )


def _wave(cluster: Cluster, workers: int, mean: float, rng: np.random.Generator) -> float:
    """One wave is done; seconds slept."""
    full, short = _FOLDS * workers, 4 * workers
    unit = mean * (full + short) / (full + _SHORT * short)
    drawn = rng.uniform(1 - _SPREAD, 1 + _SPREAD, full + short) * unit
    drawn[full:] *= _SHORT
    estimated = [unit] * full + [_SHORT * unit] * short
    jobs = [
        Job(str(number), {"seconds": float(seconds)}, f"p{number % 6}", expected)
        for number, (seconds, expected) in enumerate(zip(drawn, estimated, strict=True))
    ]
    cluster.run(jobs)
    return float(drawn.sum())


def handed_over(count: int = 4_000) -> str:
    """What a result costs the coordinator that comes from Ray's real workers, in words."""
    with Cluster("cluster:Sleeper", "local", 2) as cluster:
        cluster.run([Job(str(number), {"seconds": 0.0}) for number in range(2)])
        began, cpu = time.monotonic(), time.process_time()
        cluster.run([Job(str(number), {"seconds": 0.0}, "", 0.05) for number in range(count)])
        wall, cpu = time.monotonic() - began, time.process_time() - cpu
    return (
        f"{count:,} results of 2 workers that do nothing: {count / wall:.0f} a second, "
        f"{1_000 * cpu / count:.2f} ms of the coordinator's CPU each"
    )


def compare(table: Path, target: str, budget: float, turns: int) -> None:
    """Print what each kind of workers trains, in turn, and the ratio of all that a cluster and processes have."""
    total = dict.fromkeys(_KINDS, 0)
    for turn in range(turns):
        for kind in list(_KINDS)[:: -1 if turn % 2 else 1]:
            networks, seconds = trained(table, target, budget, _KINDS[kind])
            total[kind] += networks
            print(f"{kind:16}: {networks} networks, {seconds:.1f} s", flush=True)
    processes, local = total.values()
    print(f"the cluster trained {local / processes:.1%} as many")


def trained(table: Path, target: str, budget: float, words: list[str]) -> tuple[int, float]:
    """How many networks a search trains, and in how many seconds."""
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch, "run")
        honed = [
            sys.executable,
            "-m",
            "honed",
            "fit",
            str(table),
            "--target",
            target,
            "--budget",
            str(budget),
        ]
        begun = time.monotonic()
        subprocess.run([*honed, "--out", str(run), *words], check=True, capture_output=True)
        seconds = time.monotonic() - begun
        return json.loads((run / "summary.json").read_text())["time"]["networks"], seconds


if __name__ == "__main__":
    main()
