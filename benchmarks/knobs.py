"""What each group of knobs is worth to the search: test losses with and without it, on a few tables.

usage: knobs.py SUITE [--trials 40] [--rows 1000] [--seeds 0 1 2] [--tables NAME ...] [--json FILE]

SUITE holds suite.json (name, task, target, files of each table) and the tables. The plain search tries learning
rate, batch size, activation and numeric embedding, and leaves the rest as the recipes have it; each group is then
added alone. Seeds share nothing; runs are spread over the cores, each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from jobs import check_all, run_all
from sklearn.metrics import log_loss, root_mean_squared_error

TABLES = ("german_credit", "wine_quality", "ames_housing", "online_shoppers")
VARIANTS = {
    "plain": (),
    "+ shape": ("shape", "normalization"),  # depth, width, taper, normalization, residual paths
    "+ penalties": ("penalties",),  # dropout, L1, L2, weight decay
    "+ optimizer": ("optimizer", "schedule"),
    "  depth, width": ("shape",),  # the first and the last group in part
    "  schedule": ("schedule",),
}


def main() -> None:
    """Run every variant, table and seed, and print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("suite", type=Path)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tables", nargs="+", default=list(TABLES))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    a = parser.parse_args()
    tables = {t["name"]: t for t in json.loads((a.suite / "suite.json").read_text())}
    if a.one:
        name, variant, seed = a.one
        print(measure(a.suite, tables[name], VARIANTS[variant], int(seed), a.trials, a.rows))
        return
    jobs = [(name, variant, str(seed)) for seed in a.seeds for name in a.tables for variant in VARIANTS]
    command = [__file__, str(a.suite), "--trials", str(a.trials), "--rows", str(a.rows)]
    found = run_all(command, jobs, a.workers, a.json)
    print_table(found, a.tables, a.seeds)
    check_all(found, jobs)


def measure(
    suite: Path, table: dict[str, Any], searched: tuple[str, ...], seed: int, trials: int, rows: int
) -> float:
    """The test loss of one search: log-loss, or root mean squared error."""
    from honed.families.table.source import TableSource
    from honed.search import tune
    from honed.search.options import Options
    from honed.table.read import from_frame

    frames = []
    for file in table["files"]:
        path = suite / file
        frames.append(
            pl.read_parquet(path)
            if path.suffix == ".parquet"
            else pl.read_csv(path, infer_schema_length=None)
        )
    train, test, name = frames[0].head(rows), frames[1], table["target"]
    train = train.with_columns(
        pl.col(name).cast(pl.String) if table["task"] != "regression" else pl.col(name)
    )
    read = from_frame(train)
    source = TableSource.of(read, Options("memory", name, task=table["task"]))
    tuned = tune.fit_source(source, trials=trials, seed=seed, workers=1, searched=searched)
    if table["task"] == "regression":
        return root_mean_squared_error(test[name].to_numpy(), tuned.model.values(test))
    truth = [tuned.model.classes.index(label) for label in test[name].cast(pl.String)]
    return log_loss(truth, tuned.model.probabilities(test), labels=list(range(len(tuned.model.classes))))


def print_table(found: dict[str, float], tables: list[str], seeds: list[int]) -> None:
    """Loss by table as a change from the plain search in percent, its spread over the seeds, and the mean."""
    print(f"{'search':<14}" + "".join(f"{name:>22}" for name in tables) + f"{'mean':>10}")
    for variant in VARIANTS:
        cells, changes = [], []
        for name in tables:
            pairs = [(found.get(f"{name}/{variant}/{s}"), found.get(f"{name}/plain/{s}")) for s in seeds]
            both = [100 * (a / b - 1) for a, b in pairs if a and b]
            if not both:
                cells.append("-")
                continue
            changes.append(statistics.mean(both))
            if variant == "plain":
                cells.append(f"{np.mean([b for _, b in pairs if b]):.5g}")
            else:
                cells.append(f"{changes[-1]:+.1f} % ({min(both):+.1f} to {max(both):+.1f})")
        mean = f"{statistics.mean(changes):+.1f} %" if changes and variant != "plain" else ""
        print(f"{variant:<14}" + "".join(f"{cell:>22}" for cell in cells) + f"{mean:>10}")


if __name__ == "__main__":
    main()
