"""What `honed refit` makes of one network by hand: the losses of the old model, of going on and of training anew.

usage: more_rows.py FOLDER [--new 0.5]

The tables are scikit-learn's own and one that it generates. Of each the first rows make a run, and the share `--new` of
them come later; the losses are of those of these that were kept apart. The runs go to the FOLDER, which must not exist.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from sklearn import datasets

from honed import cli
from honed.search import more_rows

SETTINGS = ("hidden_sizes=[128, 128]", "numeric_embedding=periodic", "learning_rate=0.003", "schedule=cosine")


def main() -> None:
    """Train and print a line for each table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--new", type=float, default=0.5)
    a = parser.parse_args()
    a.folder.mkdir(parents=True)
    lines = [f"{'table':<14}{'old':>5}{'new':>6}{'apart':>6}{'unchanged':>11}{'further':>9}{'anew':>9}"]
    for name, frame in tables():
        place, old = a.folder / name, round((1 - a.new) * frame.height)
        place.mkdir()
        frame[:old].write_csv(place / "old.csv")
        frame[old:].write_csv(place / "new.csv")
        words = [word for setting in (*SETTINGS, "probes=off") for word in ("--set", setting)]
        out = ["--target", "y", "--out", str(place / "run")]
        assert cli.status(["train", str(place / "old.csv"), *out, *words]) == 0
        more_rows.refit(place / "run", str(place / "new.csv"), place / "more")
        told = json.loads((place / "more" / "summary.json").read_text())
        ways = [(11, "unchanged"), (9, "further"), (9, "anew")]
        losses = "".join(f"{told['scores'][way]['value']:>{width}.4g}" for width, way in ways)
        lines.append(f"{name:<14}{old:>5}{frame.height - old:>6}{told['rows']['outer']:>6}{losses}")
    print("\n".join(lines))


def tables() -> Iterator[tuple[str, pl.DataFrame]]:
    """Names and tables, whose rows are in random order."""
    X, y = datasets.make_friedman1(3_000, n_features=10, noise=1.0, random_state=0)
    yield "friedman1", table(X, y)
    for name in ("digits", "breast_cancer", "diabetes"):
        data = getattr(datasets, f"load_{name}")()
        X, y = data["data"], data["target"]
        yield name, table(X, y if name == "diabetes" else np.array([f"class {code}" for code in y]))


def table(X: np.ndarray, y: np.ndarray) -> pl.DataFrame:
    """The rows with their target `y`."""
    order = np.random.default_rng(0).permutation(len(y))
    return pl.DataFrame({**{f"x{place}": X[order, place] for place in range(X.shape[1])}, "y": y[order]})


if __name__ == "__main__":
    main()
