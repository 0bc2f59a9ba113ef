"""Several targets of a table: one network for all (`honed fit --target a --target b`) beside one network for each.

usage: several.py FOLDER [--trials 6] [--together TRIALS] [--rows 2000] [--seeds 0] [--tables NAME ...] [--json FILE]

FOLDER holds NAME/train.csv and NAME/test.csv of open tables (`quality.py`). A network for one target sees the columns
that all see together: no other target. Each search tries so many `--trials`, or that of all targets as many as
`--together` says. Compared are the loss on the test rows as a share of a constant answer's (RMSE or log-loss, the mean
over targets), and the time of the searches.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

TABLES = {
    "bike_sharing": ("cnt", "hum", "windspeed"),
    "online_shoppers": ("Revenue", "Weekend", "VisitorType"),
    "wine_quality": ("quality", "color", "alcohol"),
}
LOSSES = ("root_mean_squared_error", "log_loss")


def main() -> None:
    """Run the tables and print a line for each target, and one for all."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, default=6)
    parser.add_argument("--together", type=int)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=tuple(TABLES))
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    found: list[dict[str, Any]] = []
    print(f"{'table':17}{'target':14}{'together':>10}{'alone':>10}{'ratio':>8}{'seconds':>14}", flush=True)
    for name in a.tables:
        targets = TABLES[name]
        for seed in a.seeds:
            with tempfile.TemporaryDirectory() as place:
                train, test = tables(a.folder / name, Path(place), a.rows, seed)
                guesses = {target: guess(pl.read_csv(test)[target]) for target in targets}
                both, took = fitted(train, test, targets, (), a.together or a.trials, seed)
                alone, spent = dict[str, float](), 0.0
                for target in targets:
                    others = [other for other in targets if other != target]
                    own, seconds = fitted(train, test, (target,), others, a.trials, seed)
                    alone |= own
                    spent += seconds
            shares = [{target: own[target] / guesses[target] for target in targets} for own in (both, alone)]
            found.append(
                {
                    "table": name,
                    "seed": seed,
                    "together": shares[0],
                    "alone": shares[1],
                    "seconds": [took, spent],
                }
            )
            for target in targets:
                print(line(name, target, shares[0][target], shares[1][target]), flush=True)
            one, other = (statistics.mean(own.values()) for own in shares)
            print(f"{line(name, 'mean', one, other)}{took:8.0f} and {spent:.0f}", flush=True)
        if a.json:
            a.json.write_text(json.dumps(found, indent=1))
    means = [
        statistics.mean(statistics.mean(run[side].values()) for run in found)
        for side in ("together", "alone")
    ]
    times = [sum(run["seconds"][side] for run in found) for side in (0, 1)]
    print(f"{line('all', 'mean', *means)}{times[0]:8.0f} and {times[1]:.0f}")


def line(table: str, target: str, together: float, alone: float) -> str:
    """A line of the table, without its end."""
    return f"{table:17}{target:14}{together:10.4f}{alone:10.4f}{together / alone:8.3f}"


def tables(folder: Path, place: Path, rows: int, seed: int) -> tuple[Path, Path]:
    """So many of the rows to learn from, and those to score."""
    frame = pl.read_csv(folder / "train.csv", infer_schema_length=None)
    frame = frame.sample(min(rows, frame.height), seed=seed, shuffle=True)
    frame.write_csv(place / "train.csv")
    return place / "train.csv", folder / "test.csv"


def guess(cells: pl.Series) -> float:
    """What the best constant answer to these cells loses: the default loss of numbers, or of few values as classes."""
    if cells.dtype.is_numeric() and cells.n_unique() > 20:
        return float(cells.cast(pl.Float64).to_numpy().std())
    shares = cells.value_counts()["count"].to_numpy() / len(cells)
    return float(-(shares * [math.log(share) for share in shares]).sum())


def fitted(
    train: Path, test: Path, targets: tuple[str, ...], others: list[str] | tuple[()], trials: int, seed: int
) -> tuple[dict[str, float], float]:
    """The loss of each target on the test rows after a search, and the seconds that it took."""
    out = train.parent / f"run-{'-'.join(targets)}"
    words = ["fit", str(train), *(word for target in targets for word in ("--target", target))]
    words += [word for other in others for word in ("--exclude", other)]
    words += ["--trials", str(trials), "--seed", str(seed), "--nested", "0", "--out", str(out)]
    began = time.monotonic()
    honed(*words)
    seconds = time.monotonic() - began
    told = json.loads(honed("evaluate", str(out), str(test), "--json"))
    scores = {target: own["scores"] for target, own in told.get("targets", {targets[0]: told}).items()}
    return {
        target: next(own[loss] for loss in LOSSES if loss in own) for target, own in scores.items()
    }, seconds


def honed(*words: str) -> str:
    """What a command prints."""
    done = subprocess.run([sys.executable, "-m", "honed", *words], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


if __name__ == "__main__":
    main()
