"""Learning rate and batch size on "auto" against the best of a grid, on a suite of tables.

usage: automatic.py SUITE [--rows 6000] [--seeds 0 1 2] [--tables NAME ...] [--grid FILE] [--json FILE]

SUITE holds suite.json (name, task, target, files of each table) and the tables. Each cell of the grid and the
automatic choice train the same default network on the same rows and are compared by the best validation loss, mean
of the seeds. The seconds of the two measurements are those of the whole training table, compiling included.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from pathlib import Path
from typing import Any

import polars as pl

from honed import NetworkClassifier, NetworkRegressor

RATES, BATCHES = (3e-4, 1e-3, 3e-3, 1e-2), (64, 256, 1024)
LEFT_OUT = ("diabetes_130us", "german_credit")  # the largest, for time, and the smallest, which says little
VALIDATION = 0.3  # of the rows: with a tenth the best of twelve is mostly luck


def main() -> None:
    """Run the suite and print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("suite", type=Path)
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tables", nargs="+")
    parser.add_argument("--grid", type=Path, help="JSON of an earlier run, whose grid is taken")
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    known = {row["table"]: row["cells"] for row in json.loads(a.grid.read_text())} if a.grid else {}
    found = []
    print(HEAD, flush=True)
    for table in json.loads((a.suite / "suite.json").read_text()):
        if table["task"] not in ("binary", "multiclass", "regression") or table["name"] in LEFT_OUT:
            continue
        if a.tables and table["name"] not in a.tables:
            continue
        found.append(measure(a.suite, table, a.rows, a.seeds, known.get(table["name"])))
        print(line(found[-1]), flush=True)
        if a.json:
            a.json.write_text(json.dumps(found, indent=1))
    within = sum(row["ratio"] <= 1.03 for row in found)
    print(f"within 3 % of the grid's best on {within} of {len(found)}")


def measure(suite: Path, table: dict[str, Any], rows: int, seeds: list[int], cells: Any) -> dict[str, Any]:
    """One table: the grid, the automatic choice, and what it measured."""
    path = suite / table["files"][0]
    frame = (
        pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=None)
    )
    X, y = frame.drop(table["target"]), frame[table["target"]].to_numpy()
    some = X.head(rows), y[:rows]
    cells = cells or [
        {"rate": rate, "batch": batch, "loss": mean([fit(table, some, rate, batch, s).score_ for s in seeds])}
        for rate, batch in itertools.product(RATES, BATCHES)
    ]
    chosen = [fit(table, some, "auto", "auto", seed) for seed in seeds]
    start = time.perf_counter()
    whole = fit(table, (X, y), "auto", "auto", 0, epochs=1)
    loss, best = mean([m.score_ for m in chosen]), min(c["loss"] for c in cells)
    return {
        "table": table["name"],
        "best": best,
        "cells": cells,
        "auto": loss,
        "ratio": loss / best,
        "rates": [m.learning_rate_ for m in chosen],
        "batches": [m.batch_size_ for m in chosen],
        "range_test": [m.range_test_.to_json() for m in chosen],
        "batch_search": [m.batch_search_.to_json() for m in chosen],
        "range_seconds": whole.range_test_.seconds,
        "batch_seconds": whole.batch_search_.seconds,
        "seconds": time.perf_counter() - start,
    }


def fit(table: dict[str, Any], data: Any, rate: Any, batch: Any, seed: int, epochs: int = 60) -> Any:
    """One network with everything but rate and batch size at its default."""
    kind = NetworkRegressor if table["task"] == "regression" else NetworkClassifier
    model = kind(
        learning_rate=rate, batch_size=batch, epochs=epochs, validation_fraction=VALIDATION, random_state=seed
    )
    return model.fit(*data)


def mean(values: list[float]) -> float:
    """Their mean."""
    return sum(values) / len(values)


HEAD = (
    f"{'table':<20} {'grid: best loss':>15} {'rate':>7} {'batch':>5} {'auto: loss':>11} {'ratio':>6} "
    f"{'rates':>17} {'batches':>11} {'range test s':>12} {'batch s':>7}"
)


def line(row: dict[str, Any]) -> str:
    """One line of the table."""
    best = min(row["cells"], key=lambda cell: cell["loss"])
    rates, batches = ("/".join(f"{x:.3g}" for x in row[name]) for name in ("rates", "batches"))
    return (
        f"{row['table']:<20} {row['best']:>15.5g} {best['rate']:>7g} {best['batch']:>5} {row['auto']:>11.5g} "
        f"{row['ratio']:>6.3f} {rates:>17} {batches:>11} {row['range_seconds']:>12.1f} {row['batch_seconds']:>7.1f}"
    )


if __name__ == "__main__":
    main()
