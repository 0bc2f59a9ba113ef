"""Seconds from a CSV file of 1,000,000 rows and 20 columns to encoded arrays, by stage.

usage: reading.py [--rows 1000000] [--json FILE]

Makes the table itself: 15 columns of numbers, of which some are whole and some have empty cells, and 5 of categories
with 3 to 250 levels, beside a target. `seconds` pass on a clock; `cpu` are those of all threads together, and `path` of
the calling thread and the busiest of those that it waits for, which say more on a busy machine: where every thread has
a core of its own, no fewer than `path` pass. At last it says how much memory a new process takes that reads the file,
for each of the file's bytes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl

from honed.encode import encoder
from honed.table import columns
from honed.table.read import read

Result = TypeVar("Result")
LEVELS = (3, 8, 20, 90, 250)
NUMBERS = 15


def of_threads() -> dict[str, float]:
    """Seconds that each living thread has computed, as Linux tells them."""
    tasks = Path("/proc/self/task").glob("*/schedstat")
    return {task.parent.name: int(task.read_text().split()[0]) / 1e9 for task in tasks}


class Clock:
    """Seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self.path: dict[str, float] = {}

    def of(self, stage: str, work: Callable[[], Result]) -> Result:
        """The result of the work, whose seconds are kept."""
        start, start_cpu, before = time.perf_counter(), time.process_time(), of_threads()
        result = work()
        self.seconds[stage] = time.perf_counter() - start
        self.cpu[stage] = time.process_time() - start_cpu
        spent = {thread: seconds - before.get(thread, 0.0) for thread, seconds in of_threads().items()}
        ended = max(0.0, self.cpu[stage] - sum(spent.values())) / pl.thread_pool_size()  # shared out alike
        self.path[stage] = spent.pop(str(os.getpid()), 0.0) + max(spent.values(), default=0.0) + ended
        return result


def made(rows: int) -> pl.DataFrame:
    """The table, floats with six digits, every third number whole, every fourth column with 5 % of its cells empty."""
    rng = np.random.default_rng(0)
    table: dict[str, Any] = {}
    for number in range(NUMBERS):
        size = 10.0 ** (number % 4)
        is_whole = number % 3 == 2
        values = pl.Series(
            rng.integers(0, 1000 * (number + 1), rows) if is_whole else rng.normal(0, size, rows).round(6)
        )
        is_empty = pl.Series(rng.random(rows) < (0.05 if number % 4 == 3 else 0.0))
        table[f"number_{number}"] = values.set(is_empty, None)
    for number, count in enumerate(LEVELS):
        words = np.array([f"word {level}" for level in range(count)])
        table[f"category_{number}"] = words[rng.integers(0, count, rows)]
    table["target"] = rng.normal(0, 10, rows).round(6)
    return pl.DataFrame(table)


def measured(path: Path) -> Clock:
    """Seconds of each stage from the file to the arrays of all rows."""
    clock = Clock()
    table = clock.of("read", lambda: read(path))
    schema = clock.of("infer", lambda: columns.infer(table, "target"))
    table = clock.of("Schema.read", lambda: schema.read_training(table))
    learned = clock.of("fit", lambda: encoder.fit(table, schema, np.arange(table.frame.height)))
    clock.of("encode", lambda: learned.encode(table.frame))
    return clock


def held(path: Path) -> float:
    """Bytes by which reading a file makes this process grow at most, for each of its own."""
    before = most_held()
    read(path)
    return (most_held() - before) / path.stat().st_size


def most_held() -> int:
    """Bytes of memory that this process has had at most, as Linux tells it."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        made(arguments.rows).write_csv(path)
        clock = measured(path)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
            most = alone.submit(held, path).result()
    columns_of = {"seconds": clock.seconds, "cpu": clock.cpu, "path": clock.path}
    print(f"{'stage':<12}" + "".join(f" {name:>8}" for name in columns_of))
    for stage in clock.seconds:
        print(f"{stage:<12}" + "".join(f" {own[stage]:>8.2f}" for own in columns_of.values()))
    print(f"{'together':<12}" + "".join(f" {sum(own.values()):>8.2f}" for own in columns_of.values()))
    print(f"{most:.1f} bytes of memory to read each of the file's")
    if arguments.json:
        arguments.json.write_text(json.dumps(columns_of))


if __name__ == "__main__":
    main()
