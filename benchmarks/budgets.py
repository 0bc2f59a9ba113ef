"""Test scores of `honed fit` with more and more time: they should never get worse beyond the noise.

usage: budgets.py SUITE [--tables NAME ...] [--made 1000000] [--budgets 15 30 60 120 300 900] [--seeds 0] [--json FILE]

SUITE is as `quality.py` takes it. `made` is the table `mixed` of `large.py` with so many rows. Runs that FILE has are
not made again, so that a long series may be made in pieces.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import large
from quality import METRICS, measure


def main() -> None:
    """Run what is missing and print one line a table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("suite", type=Path)
    parser.add_argument(
        "--tables", nargs="*", default=["ames_housing", "california_housing", "diabetes_130us"]
    )
    parser.add_argument("--made", type=int, default=1_000_000, help="rows; 0 for none")
    parser.add_argument("--budgets", type=float, nargs="+", default=[15, 30, 60, 120, 300, 900])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    runs: list[dict[str, Any]] = json.loads(a.json.read_text()) if a.json and a.json.exists() else []
    known = {(run["table"], run["budget"], run["seed"]) for run in runs}
    suite = {entry["name"]: entry for entry in json.loads((a.suite / "suite.json").read_text())}
    tables = [suite[name] for name in a.tables]
    with tempfile.TemporaryDirectory() as scratch:
        if a.made:
            tables.append(made(Path(scratch), a.made))
        for budget in a.budgets:
            for seed in a.seeds:
                for table in tables:
                    if (table["name"], budget, seed) in known:
                        continue
                    run = measure(a.suite, table, budget, seed) | {"budget": budget}
                    print(json.dumps(run), file=sys.stderr, flush=True)
                    runs.append(run)
                    if a.json:
                        a.json.write_text(json.dumps(runs, indent=1))
    print_table(tables, runs, a.budgets)


def made(folder: Path, rows: int) -> dict[str, Any]:
    """The made table as an entry of a suite; its files lie in the folder."""
    files = [folder / "train.parquet", folder / "test.parquet"]
    large.frame(large.table("mixed", rows, 0)).write_parquet(files[0])
    large.frame(large.table("mixed", large.TEST_ROWS, 1)).write_parquet(files[1])
    return {"name": "mixed", "task": "regression", "target": "y", "files": [str(file) for file in files]}


def print_table(tables: list[dict[str, Any]], runs: list[dict[str, Any]], budgets: list[float]) -> None:
    """One line a table: the mean score for each budget, and by how much a longer one was worse at most."""
    print(
        f"{'table':20} {'metric':8}"
        + "".join(f"{budget:>10g} s" for budget in budgets)
        + "  worse by at most"
    )
    for table in tables:
        short = METRICS[table["task"]][1]
        means = [
            statistics.mean(scores)
            for budget in budgets
            if (scores := [r["score"] for r in runs if (r["table"], r["budget"]) == (table["name"], budget)])
        ]
        losses = [1 - mean if short == "auc" else mean for mean in means]
        worst = max(
            (later / min(losses[:place]) - 1 for place, later in enumerate(losses) if place), default=0.0
        )
        cells = "".join(f"{mean:12.5g}" for mean in means)
        print(f"{table['name']:20} {short:8}{cells}  {max(worst, 0.0):.1%}")


if __name__ == "__main__":
    main()
