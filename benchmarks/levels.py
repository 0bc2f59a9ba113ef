"""A column of many levels: what its constants are worth, each moved alone (`honed.nets.levels`, `honed.encode.hashed`).

usage: levels.py [--rows 6000] [--seeds 0 1] [--settings NAME ...] [--workers 1] [--json FILE]

Tables are made: a column of levels, few of them frequent and most rare, a number, and a target that is the sum of a
level's own effect, a curve of the number and noise. In `telling` the effects are as large as the curve, in `idle` they
are 0, so that a level can only be overfitted. One network is trained by the estimator's defaults and scored on as many
other rows, by what training held of their level: a code of its own, a rare one, or nothing.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from jobs import check_all, run_all

EFFECTS = {"telling": 1.0, "idle": 0.0}
PARTS = ("all", "frequent", "rare", "unseen")
# name: the part of its own that a rare level of many rows says, the share of cells hidden, the most codes shared
SETTINGS: dict[str, dict[str, float]] = {
    "as it is": {},
    "say 0.1": {"SAY": 0.1},
    "say 1": {"SAY": 1.0},
    "hide none": {"HIDDEN": 0.0},
    "hide 15 %": {"HIDDEN": 0.15},
    "256 codes": {"MOST_BUCKETS": 256},
    "65,536 codes": {"MOST_BUCKETS": 65_536},
}
LEVELS, EPOCHS, NOISE = 12_000, 24, 0.3


def main() -> None:
    """Measure every setting, and print errors in percent of those of today's."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--rows", type=int, default=6_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--settings", nargs="+", default=list(SETTINGS), choices=SETTINGS, metavar="NAME")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.one:
        name, seed = a.one
        print(json.dumps(measure(SETTINGS[name], int(seed), a.rows)))
        return
    names = ["as it is", *(name for name in a.settings if name != "as it is")]
    jobs = [(name, str(seed)) for seed in a.seeds for name in names]
    found = run_all([__file__, "--rows", str(a.rows)], jobs, a.workers, a.json)
    print_errors(found, names, a.seeds)
    check_all(found, jobs)


def measure(setting: dict[str, float], seed: int, rows: int) -> dict[str, dict[str, float]]:
    """By table and part of the rows, the root mean squared error; and the share of rows in the part, as "of ..."."""
    import pandas as pd

    from honed.encode import hashed
    from honed.estimators import NetworkRegressor
    from honed.nets import levels

    for name, value in setting.items():
        module = hashed if name == "MOST_BUCKETS" else levels
        assert hasattr(module, name)
        setattr(module, name, value)
    warnings.simplefilter("ignore")  # words that training never held, as is meant
    found = {}
    for table, effect in EFFECTS.items():
        draw = np.random.default_rng(seed)
        own = effect * draw.normal(size=LEVELS)
        shares = 1 / np.arange(2.0, LEVELS + 2)
        level = draw.choice(LEVELS, 2 * rows, p=shares / shares.sum())
        x = draw.normal(size=2 * rows)
        y = own[level] + np.sin(2 * x) + NOISE * draw.normal(size=2 * rows)
        frame: Any = pd.DataFrame({"level": [f"w{each}" for each in level], "x": x})
        network = NetworkRegressor(epochs=EPOCHS, validation_fraction=0.1, random_state=seed)
        told = network.fit(frame[:rows], y[:rows]).predict(frame[rows:])
        wrong = (np.asarray(told) - y[rows:]) ** 2
        (column,) = (each for each in network.model_.schema.columns if each.name == "level")
        assert hashed.buckets(column), "the level has no codes that are shared"
        has_own = frame["level"][rows:].isin(column.levels).to_numpy()
        is_known = frame["level"][rows:].isin(frame["level"][:rows]).to_numpy()
        masks = (np.ones(rows, bool), has_own, is_known & ~has_own, ~is_known)
        for part, mask in zip(PARTS, masks, strict=True):
            found[f"{table}, {part}"] = {
                "rmse": float(np.sqrt(wrong[mask].mean())),
                "share": float(mask.mean()),
            }
    return found


def print_errors(found: dict[str, dict[str, dict[str, float]]], names: list[str], seeds: list[int]) -> None:
    """One line a setting: its errors in percent of today's, the mean of the seeds."""
    columns = [f"{table}, {part}" for table in EFFECTS for part in PARTS]
    print("setting".ljust(14) + "".join(column.rjust(18) for column in columns))
    for name in names:
        line = name.ljust(14)
        for column in columns:
            pairs = [
                (found[f"{name}/{seed}"][column], found[f"as it is/{seed}"][column])
                for seed in seeds
                if f"{name}/{seed}" in found and f"as it is/{seed}" in found
            ]
            ratio = np.mean([own["rmse"] / now["rmse"] for own, now in pairs]) if pairs else np.nan
            mean = np.mean([own["rmse"] for own, _ in pairs]) if pairs else np.nan
            line += f"{mean:.4f} ({100 * ratio:.1f})".rjust(18)
        print(line)
    shares: dict[str, Any] = found.get(f"as it is/{seeds[0]}", {})
    print(
        "share of rows ".ljust(14)
        + "".join(f"{shares[c]['share']:.0%}".rjust(18) for c in columns if c in shares)
    )


if __name__ == "__main__":
    main()
