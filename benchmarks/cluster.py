"""What a Ray cluster makes of its workers: `python benchmarks/cluster.py [--workers 2 8 32] [--table CSV]`.

First a simulation, and no more: real workers of a real cluster on this machine, whose trainings sleep for a drawn time
in place of computing, so that there may be more of them than cores. They come in the waves of a search whose
generations overlap (`honed.search.explore`): the best quarter of the generation before in full on three folds, and four
candidates for each worker on the first rung, a fifth as long. A time is drawn evenly from half to one and a half of
what is expected. Printed is the share of the workers' time that is slept, without the start of the workers. Then, with
`--table`, how many networks `--cluster local` trains in 60 s against worker processes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from honed.run.cluster import Cluster
from honed.run.executor import Job
from honed.typed import JSON

_WAVES = 4
_SPREAD = 0.5  # of what is expected, up and down
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
    parser.add_argument("--table", type=Path, help="a CSV file on which both kinds of workers are timed")
    parser.add_argument("--target", default="income", help="its target")
    parser.add_argument("--budget", type=float, default=60.0, metavar="SECONDS")
    a = parser.parse_args()
    for workers in a.workers:
        print(used(workers, a.mean), flush=True)
    if a.table:
        for words in ([], ["--cluster", "local"]):
            print(trained(a.table, a.target, a.budget, words), flush=True)


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


def trained(table: Path, target: str, budget: float, words: list[str]) -> str:
    """How many networks a search trains, in words."""
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
        networks = json.loads((run / "summary.json").read_text())["time"]["networks"]
    return f"{' '.join(words) or 'worker processes':16}: {networks} networks, {seconds:.1f} s"


if __name__ == "__main__":
    main()
