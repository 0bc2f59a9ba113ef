"""More columns than a network can use: honed beside linear models, on tables where five columns count.

usage: wide.py [--budget 60] [--tables 200-values ...] [--json FILE]

Makes the tables: 200 rows of 10,000 numbers and 20,000 rows of 1,000, in blocks of ten that are correlated at .36. The
target is a sum of five of them, for "products" with a product and a sine beside, and noise of half its spread. Scores
are of 5,000 further rows: root mean squared error over the standard deviation, or log loss.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.linear_model import LassoCV, LogisticRegressionCV, RidgeCV
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import honed
from honed.search.options import Options
from honed.search.tune import fit

SIZES = {200: 10_000, 20_000: 1_000}
KINDS = ("values", "classes", "products")
UNSEEN, COUNT = 5_000, 5


def made(rows: int, kind: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The table, and the rows that score."""
    rng, columns = np.random.default_rng(0), SIZES[rows]
    own = rng.normal(size=(rows + UNSEEN, columns)).astype(np.float32)
    shared = rng.normal(size=(rows + UNSEEN, columns // 10)).astype(np.float32)
    values = 0.8 * own + 0.6 * np.repeat(shared, 10, axis=1)
    chosen = rng.choice(columns, COUNT, replace=False)
    said = values[:, chosen] @ (rng.choice([-1, 1], COUNT) * rng.uniform(0.5, 1.5, COUNT))
    if kind == "products":
        said += values[:, chosen[0]] * values[:, chosen[1]] + np.sin(3 * values[:, chosen[2]])
    spread = said.std()
    if kind == "classes":
        target = (said + 0.28 * spread * rng.logistic(size=len(said)) > 0).astype(np.int64)
    else:
        target = said + 0.5 * spread * rng.normal(size=len(said))
    frame = pl.DataFrame(values, schema=[f"x{place}" for place in range(columns)])
    frame = frame.with_columns(pl.Series("y", target))
    return frame[:rows], frame[rows:]


def error(said: np.ndarray, truth: np.ndarray, kind: str) -> float:
    """Of probabilities or values."""
    if kind == "classes":
        return float(log_loss(truth, said))
    return float(np.sqrt(np.mean((said - truth) ** 2)) / truth.std())


def linear(kind: str) -> dict[str, Any]:
    """The linear models, with their penalty chosen by folds."""
    if kind == "classes":
        how: dict[str, Any] = {"l1_ratios": (0,), "use_legacy_attributes": False}  # else it warns
        model = LogisticRegressionCV(Cs=5, cv=3, scoring="neg_log_loss", **how)
        return {"logistic": make_pipeline(StandardScaler(), model)}
    ridge = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 5, 13)))
    return {"ridge": ridge, "lasso": make_pipeline(StandardScaler(), LassoCV(cv=3, alphas=30))}


def compared(rows: int, kind: str, budget: float) -> dict[str, float]:
    """The error of each side, and the seconds that honed took."""
    table, unseen = made(rows, kind)
    truth = unseen["y"].to_numpy()
    seen, asked = table.drop("y").to_numpy(), unseen.drop("y").to_numpy()
    errors: dict[str, float] = {}
    for name, model in linear(kind).items():
        model.fit(seen, table["y"].to_numpy())
        said = model.predict_proba(asked) if kind == "classes" else model.predict(asked)
        errors[name] = error(said, truth, kind)
    with tempfile.TemporaryDirectory() as folder:
        data, began = f"{folder}/train.parquet", time.monotonic()
        table.write_parquet(data)
        fit(Options(data, "y", budget=budget), f"{folder}/run")
        seconds = time.monotonic() - began
        model = honed.load(f"{folder}/run")
        parts = [unseen[start : start + 1_000].drop("y") for start in range(0, UNSEEN, 1_000)]
        told = [model.predict_proba(part) if kind == "classes" else model.predict(part) for part in parts]
    return errors | {"honed": error(np.concatenate(told), truth, kind), "seconds": seconds}


def main() -> None:
    """Print a line for each table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    names = [f"{rows}-{kind}" for rows in SIZES for kind in KINDS]
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--tables", nargs="+", choices=names, default=names)
    parser.add_argument("--json", type=Path)
    said, found = parser.parse_args(), {}
    sides = ("honed", "ridge", "lasso", "logistic", "seconds")
    print(f"{'table':<16}" + "".join(f"{side:>10}" for side in sides))
    for name in said.tables:
        rows, kind = name.split("-")
        found[name] = compared(int(rows), kind, said.budget)
        cells = [f"{found[name][side]:.4g}" if side in found[name] else "" for side in sides]
        print(f"{name:<16}" + "".join(f"{cell:>10}" for cell in cells), flush=True)
    if said.json:
        said.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
