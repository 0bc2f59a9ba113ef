"""What a user waits for: compiling within a small fit, the import, the help, predictions.

usage: waiting.py [--budget 60] [--repeats 5] [--json FILE]

Tunes on a table of 1,000 rows and 20 columns (18 numbers, 2 of words) with an empty compile cache, as
`honed fit` from the command line, and reads from its journal how the workers' time was spent. Then times, each
in a process of its own, `import honed`, `honed --help`, and `honed predict` of 10,000 rows by that run, the
interpreter's start included; medians over the repeats.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

LEAST_EPOCHS = 10


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--budget", type=float, default=60)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        result = measure(Path(scratch), a.budget, a.repeats)
    for name, (value, bar) in result.items():
        print(f"{name:58} {value:10.3g}   {bar}")
    if a.json:
        a.json.write_text(json.dumps(result, indent=1))


def measure(scratch: Path, budget: float, repeats: int) -> dict[str, tuple[float, str]]:
    """Each figure with what it should be."""
    rows = table(11_000)
    rows.head(1_000).write_csv(scratch / "train.csv")
    rows.tail(10_000).drop("y").write_csv(scratch / "new.csv")
    run = scratch / "run"
    environment = os.environ | {"JAX_COMPILATION_CACHE_DIR": str(scratch / "cache")}
    fit = [*python("-m", "honed", "fit"), scratch / "train.csv", "--target", "y", "--out", run]
    seconds = timed([*fit, "--budget", budget], environment)
    predict = [*python("-m", "honed", "predict"), run, scratch / "new.csv", "--out", scratch / "p.csv"]
    bare = median(python("-c", "pass"), repeats)
    spent = worker_time(run / "journal.jsonl")
    return {
        f"seconds of a fit with a budget of {budget:g} s": (
            seconds,
            f"within {max(3, 0.05 * budget):g} s of it",
        ),
        "networks trained": (spent["networks"], ""),
        f"networks trained for {LEAST_EPOCHS} epochs or more": (spent["long"], "300 or more"),
        "compiling, share of the workers' time": (spent["compiling"], "0.15 or less"),
        "import honed, seconds": (median(python("-c", "import honed"), repeats) - bare, "under 0.2"),
        "honed --help, seconds": (median(python("-m", "honed", "--help"), repeats), "under 0.5"),
        "honed predict, 10,000 rows, seconds": (median(predict, repeats), "under 3"),
    }


def table(rows: int) -> pl.DataFrame:
    """Numbers and words; the class follows from some of both, with noise."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(rows, 18))
    words = rng.choice(["ash", "beech", "elm", "oak"], (rows, 2))
    lead = np.sin(2 * numbers[:, 0]) + numbers[:, 1] * (words[:, 0] == "oak") + rng.normal(size=rows)
    frame = pl.DataFrame(numbers, schema=[f"x{i}" for i in range(18)])
    return frame.with_columns(
        a=pl.Series(words[:, 0]), b=pl.Series(words[:, 1]), y=pl.Series(np.where(lead > 0, "yes", "no"))
    )


def worker_time(journal: Path) -> dict[str, float]:
    """From the journal: networks trained, those trained for long, and compiling over all of the workers' time."""
    values = []
    for line in journal.read_text().splitlines():
        event = json.loads(line.partition(" ")[2])
        outcome: dict[str, Any] = event.get("outcome", {})
        if event["kind"] == "result" and outcome["ok"] and "train_loss" in outcome["value"]:
            values.append(outcome["value"])
    compiling = sum(value["compile_seconds"] for value in values)
    return {
        "networks": len(values),
        "long": sum(len(value["train_loss"]) >= LEAST_EPOCHS for value in values),
        "compiling": compiling / sum(value["compile_seconds"] + value["run_seconds"] for value in values),
    }


def python(*words: str) -> list[str]:
    """A command line of this interpreter."""
    return [sys.executable, *words]


def timed(command: list[Any], environment: dict[str, str] | None = None) -> float:
    """Wall-clock seconds of a command."""
    start = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True, capture_output=True, env=environment)
    return time.perf_counter() - start


def median(command: list[Any], repeats: int) -> float:
    """Of several runs."""
    return statistics.median(timed(command) for _ in range(repeats))


if __name__ == "__main__":
    main()
