"""Whether intervals hold what they promise: coverage on the test files of a suite's tables with a quantity as target.

usage: intervals.py SUITE [--budget 20] [--seeds 0] [--levels 0.5 0.8 0.9 0.95] [--tables NAME ...] [--json FILE]

SUITE holds suite.json (name, task, target, files of each table) and the tables. Each run is the command line, as a
user would type it; then `honed.load(run).predict_interval` is asked about the test file, each level once. `unseen` is
the coverage at 0.9 that the run itself has told, of rows of the training file.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import honed
from honed.table.read import read

BAR, OF = 0.02, 0.9


def main() -> None:
    """Run the suite and print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("suite", type=Path)
    parser.add_argument("--budget", type=float, default=20)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--levels", type=float, nargs="+", default=[0.5, 0.8, 0.9, 0.95])
    parser.add_argument("--tables", nargs="+")
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    found = []
    for table in json.loads((a.suite / "suite.json").read_text()):
        asked = table["name"] in a.tables if a.tables else "time" not in table
        if table["task"] != "regression" or not asked:
            continue
        for seed in a.seeds:
            found.append(measure(a.suite, table, a.budget, seed, a.levels))
            print(json.dumps(found[-1]), file=sys.stderr, flush=True)
            if a.json:
                a.json.write_text(json.dumps(found, indent=1))
    print_table(found, a.levels)


def measure(
    suite: Path, table: dict[str, Any], budget: float, seed: int, levels: list[float]
) -> dict[str, Any]:
    """One run: coverage and mean width on the test file, by level."""
    train, test = (suite / name for name in table["files"])
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        command = [sys.executable, "-m", "honed", "fit", str(train), "--target", table["target"]]
        command += ["--task", "regression", "--budget", str(budget), "--seed", str(seed), "--out", str(run)]
        subprocess.run(command, check=True, capture_output=True)
        model = honed.load(run)
        told = json.loads((run / "summary.json").read_text())["intervals"]
    rows = read(str(test)).frame
    truth = rows[table["target"]].cast(pl.Float64).to_numpy()
    result: dict[str, Any] = {"table": table["name"], "seed": seed, "rows": len(truth), "unseen": told}
    for level in levels:
        low, high = model.predict_interval(rows, level).T
        holds = (low <= truth) & (truth <= high)
        result[str(level)] = {"coverage": float(np.mean(holds)), "width": float(np.mean(high - low))}
    return result


def print_table(found: list[dict[str, Any]], levels: list[float]) -> None:
    """Coverage and width of each run, and on how many the coverage of 0.9 is within two points."""
    print(
        f"{'table':<19}{'seed':>4}{'rows':>7}"
        + "".join(f"{level:>8.0%}{'width':>9}" for level in levels)
        + f"{'unseen':>16}"
    )
    for each in found:
        told = each["unseen"]
        cells = [f"{each[str(level)]['coverage']:>8.1%}{each[str(level)]['width']:>9.4g}" for level in levels]
        print(
            f"{each['table']:<19}{each['seed']:>4}{each['rows']:>7,}"
            + "".join(cells)
            + f"{told['coverage']:>8.1%} ± {told['error']:.1%}"
        )
    if OF in levels:
        near = sum(abs(each[str(OF)]["coverage"] - OF) <= BAR for each in found)
        print(f"within {BAR * 100:.0f} points of {OF:.0%} on {near} of {len(found)}")


if __name__ == "__main__":
    main()
