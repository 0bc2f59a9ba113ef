"""Test errors on large made tables: `honed fit` beside PyTorch, LightGBM and scikit-learn's boosting in the same time.

usage: large.py [--rows 2000000 ...] [--budget 60] [--kinds mixed ...] [--peers hgb lightgbm torch default]
                [--flights FILE] [--seed 0] [--json FILE]

Tables come from a seed. `mixed`: 15 numbers, 5 categories of 3 to 250 levels, and a target of both with noise of 0.5,
which no model can be below. `smooth`, `steps` and `levels`: waves of numbers, a sum of steps of them, and effects of 5
categories of 1,000 levels each, all with noise of 0.5 too. `flights`: rows drawn from nine tenths of FILE, the training
rows of nyc_flights, with noise of 0.02 spreads on the numbers and of 0.2 on the target; test rows are drawn from the
rest. `default` is honed's first preset alone, trained on all rows for the whole time on one core, as a search's
finalist is. LightGBM and PyTorch have to be installed; the time of a peer counts from the encoded table on, which
favours it. The last column is CPU seconds, as other work on the machine makes the same budget buy less.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

TEST_ROWS, NOISE = 100_000, 0.5
LEVELS = {"mixed": (3, 28, 50, 120, 250), "levels": (1_000,) * 5}
# numbers (rows, 15), codes (rows, categories), target (rows,)
Encoded = tuple[np.ndarray, np.ndarray, np.ndarray]


def table(kind: str, rows: int, seed: int, *, is_test: bool = False, flights: Path | None = None) -> Encoded:
    """A made table; what a kind's target hangs on is the same for all seeds."""
    if kind == "flights":
        if flights is None:
            raise SystemExit(
                "flights are drawn from the training rows of nyc_flights: name them by --flights"
            )
        return drawn(flights, rows, seed, is_test=is_test)
    rng, fixed = np.random.default_rng([seed, rows]), np.random.default_rng(7)
    x = rng.standard_normal((rows, 15)).astype(np.float32)
    codes = np.stack([rng.integers(0, size, rows) for size in LEVELS.get(kind, (3,))], axis=1)
    if kind == "mixed":
        y = 2 * x[:, 0] + np.sin(3 * x[:, 1]) + codes[:, 1] % 7 + x[:, 2] * x[:, 3]
    elif kind == "smooth":
        y = np.sin(2 * x[:, 0]) + np.cos(x[:, 1] * x[:, 2]) + np.tanh(x[:, 3] + x[:, 4]) + x[:, 5] ** 2 / 2
    elif kind == "steps":
        edges = fixed.standard_normal((15, 2))
        y = sum((x[:, [i]] > edges[i]).sum(axis=1) * ((x[:, (i + 1) % 15] > 0) + 0.5) for i in range(8))
    else:
        effects = fixed.standard_normal((5, 1_000))
        y = sum(effects[i][codes[:, i]] for i in range(5)) + x[:, 0]
    return x, codes, (y + NOISE * rng.standard_normal(rows)).astype(np.float32)


def drawn(flights: Path, rows: int, seed: int, *, is_test: bool) -> Encoded:
    """Rows of the flights drawn with replacement, those to test on from a tenth that no others are drawn from."""
    known = pl.read_parquet(flights)
    when = pl.col("time_hour").str.to_datetime(time_zone="UTC")
    known = known.with_columns(day=when.dt.ordinal_day(), weekday=when.dt.weekday(), hour=when.dt.hour())
    known = known.drop("time_hour")
    words = [name for name, kind in known.schema.items() if kind == pl.String]
    known = known.with_columns(pl.col(words).rank("dense").fill_null(0))
    tenth = np.random.default_rng(7).random(len(known)) < 0.1
    rng = np.random.default_rng([seed, rows])
    places = rng.choice(np.flatnonzero(tenth == is_test), rows)
    x = known.drop(words, "arr_delay").cast(pl.Float32).fill_null(float("nan")).to_numpy()
    y = known["arr_delay"].cast(pl.Float32).to_numpy()
    codes = known.select(words).to_numpy().astype(np.int64)
    x, spread = x[places], np.nanstd(x, axis=0)
    x += 0.02 * spread * rng.standard_normal(x.shape, dtype=np.float32)
    noise = 0.2 * y.std() * rng.standard_normal(rows)
    return x, codes[places], (y[places] + noise).astype(np.float32)


def frame(data: Encoded) -> pl.DataFrame:
    """The table as honed reads it."""
    x, codes, y = data
    numbers = {f"x{i}": pl.Series(x[:, i]).fill_nan(None) for i in range(x.shape[1])}
    levels = pl.Series([f"level {level}" for level in range(int(codes.max()) + 1)])
    return pl.DataFrame(numbers | {f"c{i}": levels[codes[:, i]] for i in range(codes.shape[1])} | {"y": y})


def honed(train: Encoded, test: Encoded, budget: float) -> np.ndarray:
    """`honed fit` and `honed predict`, each as a user types it."""
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        frame(train).write_parquet(where / "train.parquet")
        frame(test).drop("y").write_parquet(where / "test.parquet")
        fit = ["fit", str(where / "train.parquet"), "--target", "y", "--budget", f"{budget}s"]
        for command in (
            [*fit, "--out", str(where / "run")],
            ["predict", str(where / "run"), str(where / "test.parquet"), "--out", str(where / "said.csv")],
        ):
            subprocess.run([sys.executable, "-m", "honed", *command], check=True, capture_output=True)
        return pl.read_csv(where / "said.csv")["prediction"].to_numpy()


def hgb(train: Encoded, test: Encoded, budget: float) -> np.ndarray:
    """scikit-learn's boosting with more trees until the time is over."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    (X, y), (asked, _), end = _matrix(train), _matrix(test), time.monotonic() + budget
    more: dict[str, Any] = {"max_leaf_nodes": 255, "warm_start": True, "early_stopping": False}
    model = HistGradientBoostingRegressor(max_iter=10, **more)
    model.fit(X, y)
    while time.monotonic() < end:
        model.set_params(max_iter=model.max_iter + 10).fit(X, y)
    return model.predict(asked)


def lightgbm(train: Encoded, test: Encoded, budget: float) -> np.ndarray:
    """LightGBM with 255 leaves until the time is over."""
    import lightgbm as lgb  # pyright: ignore[reportMissingImports]

    (X, y), (asked, _), end = _matrix(train), _matrix(test), time.monotonic() + budget
    booster = lgb.Booster({"num_leaves": 255, "verbose": -1}, lgb.Dataset(X, y))
    while time.monotonic() < end:
        booster.update()
    return booster.predict(asked)


def torch(train: Encoded, test: Encoded, budget: float) -> np.ndarray:
    """3 × 128 units behind embeddings, Adam on a one-cycle rate that ends with the time."""
    import torch as t  # pyright: ignore[reportMissingImports]

    (x, codes, y), (asked, asked_codes, _) = ([t.as_tensor(part) for part in data] for data in (train, test))
    middle, width = x.nanmean(dim=0), (x - x.nanmean(dim=0)).square().nanmean(dim=0).sqrt()
    x, asked = (((numbers - middle) / width).nan_to_num() for numbers in (x, asked))
    mean, spread = y.mean(), y.std()
    sizes = [int(size) + 1 for size in t.maximum(codes.max(dim=0).values, asked_codes.max(dim=0).values)]
    tables = t.nn.ModuleList([t.nn.Embedding(size, 8) for size in sizes])
    layers = [t.nn.Linear(x.shape[1] + 8 * len(sizes), 128), t.nn.SiLU()]
    layers += [t.nn.Linear(128, 128), t.nn.SiLU(), t.nn.Linear(128, 128), t.nn.SiLU(), t.nn.Linear(128, 1)]
    net = t.nn.Sequential(*layers)
    adam = t.optim.Adam([*net.parameters(), *tables.parameters()], lr=0.004)

    def out(x: Any, codes: Any) -> Any:
        return net(t.cat([x, *(table(codes[:, i]) for i, table in enumerate(tables))], dim=1))[:, 0]

    began, phase = time.monotonic(), 0.0
    while phase < 1:
        for part in t.randperm(len(x)).split(512):
            phase = min(1.0, (time.monotonic() - began) / budget)
            rise = phase / 0.25 if phase < 0.25 else 0.5 * (1 + np.cos(np.pi * (phase - 0.25) / 0.75))
            adam.param_groups[0]["lr"] = 0.004 * max(rise, 0.04) if phase < 0.25 else 0.004 * rise
            loss = ((out(x[part], codes[part]) - (y[part] - mean) / spread) ** 2).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
            if phase >= 1:
                break
    with t.no_grad():
        said = out(asked, asked_codes) * spread + mean
    return said.numpy()


def default(train: Encoded, test: Encoded, budget: float) -> np.ndarray:
    """honed's first preset, with as many passes as the time allows; these are found by two short trainings."""
    from honed import NetworkRegressor
    from honed.families.table.presets import presets

    x, _, y = train
    table, asked = (frame(data).drop("y") for data in (train, test))

    def fitted(epochs: int) -> tuple[NetworkRegressor, float]:
        preset = presets("regression", len(y), x.shape[1], epochs)[0]
        beside = {
            "batch_size": 256,
            "early_stopping": False,
            "patience": None,
            "probes": "off",
            "random_state": 0,
        }
        settings = asdict(preset.network) | asdict(preset.training) | beside
        began = time.monotonic()
        with warnings.catch_warnings(action="ignore"):  # a short training underfits
            return NetworkRegressor(**settings).fit(table, y), time.monotonic() - began

    once, twice = fitted(1)[1], fitted(2)[1]
    once = min(once, fitted(1)[1])  # compiled by now
    epochs = max(1, round(1 + (budget - once) / max(twice - once, 0.01)))
    network = fitted(epochs)[0]
    with warnings.catch_warnings(action="ignore"):  # test rows of a small table hold levels that are new
        return network.predict(asked)


PEERS: dict[str, Callable[[Encoded, Encoded, float], np.ndarray]] = {
    "honed": honed, "hgb": hgb, "lightgbm": lightgbm, "torch": torch, "default": default,
}  # fmt: skip


def main() -> None:
    """Run each on each table and print the errors."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000_000])
    parser.add_argument("--budget", type=float, default=60)
    parser.add_argument("--kinds", nargs="+", default=["mixed", "smooth", "steps", "levels"])
    parser.add_argument("--peers", nargs="*", default=["hgb", "lightgbm", "torch"])
    parser.add_argument("--flights", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    a = parser.parse_args()
    runs = []
    print(f"{'table':10}{'rows':>12}  {'model':10}{'rmse':>9}{'seconds':>9}{'cpu':>8}")
    for rows, kind in itertools.product(a.rows, a.kinds):
        train = table(kind, rows, a.seed, flights=a.flights)
        test = table(kind, TEST_ROWS, a.seed + 1, is_test=True, flights=a.flights)
        for name in ["honed", *a.peers]:
            began, used = time.monotonic(), _cpu()
            try:
                said = PEERS[name](train, test, a.budget)
            except ImportError as missing:
                print(f"{kind:10}{rows:>12,}  {name:10}left out: {missing}", flush=True)
                continue
            rmse = float(np.sqrt(np.mean((said - test[2]) ** 2)))
            run = {"table": kind, "rows": rows, "model": name, "rmse": rmse}
            runs.append(run | {"seconds": time.monotonic() - began, "cpu": _cpu() - used})
            print(
                f"{kind:10}{rows:>12,}  {name:10}{rmse:>9.4f}{runs[-1]['seconds']:>9.1f}{runs[-1]['cpu']:>8.1f}",
                flush=True,
            )
            if a.json:
                a.json.write_text(json.dumps(runs, indent=1))


def _matrix(data: Encoded) -> tuple[np.ndarray, np.ndarray]:
    x, codes, y = data
    return np.concatenate([x, codes.astype(np.float32)], axis=1), y


def _cpu() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


if __name__ == "__main__":
    main()
