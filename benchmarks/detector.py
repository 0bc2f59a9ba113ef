"""The diagnosis as a detector: seeded trainings and tables, half of them healthy, half with one planted fault.

usage: detector.py [SUITE] [--half {tune,held-out,both}] [--seeds 10] [--first 0] [--faults ...] [--workers 2]
                   [--add FILE]

Tables are those that scikit-learn brings along and, where SUITE (a folder with suite.json) is given, the first rows
of some of its tables. Thresholds were chosen on the half "tune"; the other half is for the final figures alone.
A planted fault counts as named when one of the findings that describe it is there; a healthy training counts as
wrongly accused when it has a finding of severity "error". Healthy is what was planned as such and learned: one whose
loss left the numbers, or that explains less than a twentieth of the validation rows' loss under a constant answer,
failed and is counted apart. What the table alone tells is looked for without a training, beside healthy tables.
`--add docs/diagnosis/detector.json` publishes a set as the final one of its faults, behind earlier sets.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import detection
import numpy as np
import polars as pl
from detection import ACTIVATIONS, ADAM, OPTIMIZERS, SLOW, judged, negative_biases, weights

OPEN = ("german_credit", "wine_quality", "ames_housing", "online_shoppers", "dry_bean")
OPEN_ROWS = 1500
HEALTHY_TABLE = "healthy table"


@dataclass(frozen=True)
class Fault(detection.Planted):
    """A fault of tables, with beside what every fault has:

    `table` changes the data (X, y, rng) before they are split, `only_classes` and `only_values` where the other kind of
    target would not do, and `last` where the largest values of the first column validate.
    """

    table: (
        Callable[[pl.DataFrame, np.ndarray, np.random.Generator], tuple[pl.DataFrame, np.ndarray]] | None
    ) = None
    only_classes: bool = False
    only_values: bool = False
    last: bool = False


def _permuted(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    return X, rng.permutation(y)


def _leaked(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    codes = np.unique(y, return_inverse=True)[1].astype(float)
    return X.with_columns(pl.Series("status", codes + 0.01 * rng.normal(size=len(y)))), y


def _copied(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    again = rng.permutation(len(y))[: len(y) // 2]
    return pl.concat([X, X[again.tolist()]]), np.concatenate([y, y[again]])


def _mislabelled(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    labels, codes = np.unique(y, return_inverse=True)
    wrong = rng.random(len(y)) < 0.1
    moved = (codes + rng.integers(1, max(len(labels), 2), len(y))) % len(labels)
    return X, labels[np.where(wrong, moved, codes)]


def _unscaled(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    numbers = [n for n, kind in X.schema.items() if kind.is_numeric()]
    return X.with_columns([pl.col(n) * 10.0 ** rng.integers(3, 5) for n in numbers]), y


def _totalled(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    numbers = [n for n, kind in X.schema.items() if kind.is_numeric()]
    total = X.sample(1, seed=int(rng.integers(2**31))).with_columns(
        [pl.lit(X[n].sum(), X[n].dtype).alias(n) for n in numbers]
    )
    return pl.concat([X, total]), np.append(y, y.sum())


def _in_time(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    """Rows whose targets are alike follow each other, as days of one weather do; a column counts the days."""
    codes = np.unique(y, return_inverse=True)[1].astype(float)
    weather, noise = np.zeros(len(y)), rng.normal(size=len(y))
    for day in range(1, len(y)):
        weather[day] = 0.9 * weather[day - 1] + noise[day]
    order = np.empty(len(y), int)
    order[np.argsort(weather)] = np.argsort(codes + 0.5 * codes.std() * rng.normal(size=len(y)))
    return X[order.tolist()].with_columns(pl.Series("day", 3 * np.arange(len(y)))), y[order]


def _repeated(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    """Eight measurements of each of a few patients, whom only the rows' names tell."""
    numbers = [n for n, kind in X.schema.items() if kind.is_numeric()]
    of = np.repeat(np.arange(len(y) // 8), 8)
    rows = rng.permutation(len(y))[of]
    noise = {n: 0.1 * np.nanstd(X[n].cast(pl.Float64).to_numpy()) for n in numbers}
    X = X[rows.tolist()].with_columns([pl.col(n) + noise[n] * rng.normal(size=len(of)) for n in numbers])
    names = [f"p{patient}_{row}" for row, patient in enumerate(of)]
    order = rng.permutation(len(of))
    return X.with_columns(pl.Series("sample", names))[order.tolist()], y[rows[order]]


def _coded(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    """-999 for one number in ten of a column."""
    measured = [n for n, kind in X.schema.items() if kind.is_numeric() and X[n].n_unique() >= 12]
    name = str(rng.choice(measured))
    return X.with_columns(pl.Series(name, np.where(rng.random(len(y)) < 0.1, -999.0, X[name].to_numpy()))), y


def _worded(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    """One cell in ten of a column of words is empty, and another says "unknown"."""
    words = rng.choice(["brick", "wood", "stone", "unknown", ""], len(y), p=[0.4, 0.2, 0.2, 0.1, 0.1])
    return X.with_columns(pl.Series("walls", [word or None for word in words.tolist()])), y


def _counted(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    return X.with_columns(pl.Series("count", np.cumsum(rng.integers(1, 4, len(y))))), y


def _flagged(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    """A column that all rows have alike but for one in 400."""
    is_odd = np.isin(np.arange(len(y)), rng.permutation(len(y))[: len(y) // 400])
    return X.with_columns(pl.Series("flag", np.where(is_odd, "b", "a"))), y


def _rare(X: pl.DataFrame, y: np.ndarray, rng: np.random.Generator) -> tuple[pl.DataFrame, np.ndarray]:
    """Six rows of one class are left."""
    of_class = rng.permutation(np.flatnonzero(y == rng.choice(np.unique(y))))
    kept = np.setdiff1d(np.arange(len(y)), of_class[6:])
    return X[kept.tolist()], y[kept]


FAULTS: dict[str, Fault] = {
    "sigmoid, 12 layers": Fault(
        ("vanishing-gradient",), {"depth": 12, "activation": "sigmoid", "taper": 1.0}, plain=True
    ),
    "rate times 100": Fault(("rate-too-high", "not-finite"), {"rate": 100.0}, plain=True),
    "rate over 1000": Fault(("rate-too-low",), {"rate": 1e-3}),
    "weights start at zero": Fault(("start-scale", "frozen-layer"), start=weights(np.zeros_like)),
    "weights start 30 times too large": Fault(
        ("start-scale", "untrained-loss", "exploding-gradient"), start=weights(lambda v: 30 * v), plain=True
    ),
    "biases far below zero": Fault(
        ("dead-units",), {"activation": "relu"}, start=negative_biases, plain=True
    ),
    "permuted labels": Fault(("no-signal",), table=_permuted),
    "validation rows seen in training": Fault(("duplicate-rows",), table=_copied),
    "one label in ten wrong": Fault(("suspected-wrong-labels",), table=_mislabelled, only_classes=True),
    "leaked target": Fault(("leaked-target",), table=_leaked),
    "a row of totals": Fault(("far-value",), table=_totalled, only_values=True),
    "rows in the order of a day": Fault(("time-order",), table=_in_time, trained=False),
    "patients measured eight times": Fault(("probable-groups",), table=_repeated, trained=False),
    "-999 for not known": Fault(("missing-code",), table=_coded, trained=False),
    "empty cells and a word for them": Fault(("missing-word",), table=_worded, trained=False),
    "a counter of rows": Fault(("identifier-column",), table=_counted, trained=False),
    "a column with hardly another cell": Fault(("constant-column",), table=_flagged, trained=False),
    "six rows of a class": Fault(("class-imbalance",), table=_rare, only_classes=True, trained=False),
    "validation rows beyond the others": Fault(("train-validation-shift",), last=True, trained=False),
    "200 rows, nothing against overfitting": Fault(
        ("overfitting", "no-signal"),
        {"width": 256, "epochs": 150, "patience": None, "regularised": False},
        rows=200,
    ),
    "batch of 1": Fault(("batch-too-noisy", "rate-too-high"), {"batch_size": 1, "epochs": 8}, rows=600),
    "frozen layer": Fault(("frozen-layer",), {"depth": 3, **ADAM}, freeze=0),
    "unscaled inputs": Fault(
        ("start-scale", "untrained-loss", "saturation"),
        {"numeric_scaling": "none"},
        table=_unscaled,
        plain=True,
    ),
    "penalty far too strong": Fault(("underfitting",), {"l2": 0.3}, plain=True),
    "stopped after 4 epochs": Fault(
        ("stopped-early", "rate-too-low"), {"epochs": 4, "batch_size": 256, "schedule": "constant", **SLOW}
    ),
}


def main() -> None:
    """Run the trainings and print the table."""
    detection.main(__file__, __doc__, FAULTS, HEALTHY_TABLE, lambda suite: partial(run, load(suite)))


def load(suite: Path | None) -> dict[str, tuple[pl.DataFrame, np.ndarray, bool]]:
    """Tables by name: inputs, target, whether it is classes."""
    from sklearn import datasets

    found = {}
    for name in ("digits", "wine", "breast_cancer", "diabetes"):
        data = getattr(datasets, f"load_{name}")()
        frame = pl.DataFrame(data.data, schema=[f"x{i}" for i in range(data.data.shape[1])])
        found[name] = (frame, data.target, name != "diabetes")
    X, y = datasets.make_friedman1(1200, noise=1.0, random_state=0)
    found["friedman"] = (pl.DataFrame(X, schema=[f"x{i}" for i in range(X.shape[1])]), y, False)
    X, y = datasets.make_moons(800, noise=0.25, random_state=0)
    found["moons"] = (pl.DataFrame(X, schema=["x0", "x1"]), y, True)
    for table in json.loads((suite / "suite.json").read_text()) if suite else []:
        if table["name"] in OPEN and suite is not None:
            path = suite / table["files"][0]
            frame = (
                pl.read_parquet(path)
                if path.suffix == ".parquet"
                else pl.read_csv(path, infer_schema_length=None)
            )
            frame = frame.sample(min(OPEN_ROWS, frame.height), seed=0)
            target = frame[table["target"]].to_numpy()
            found[table["name"]] = (frame.drop(table["target"]), target, table["task"] != "regression")
    return found


def run(tables: dict[str, Any], name: str, seed: int) -> detection.Row:
    """One training and what was found."""
    from honed import NetworkClassifier, NetworkRegressor
    from honed.nets import mlp

    rng = np.random.default_rng([seed, *name.encode()])
    fault = FAULTS.get(name, Fault(()))
    unfit = {True: fault.only_values, False: fault.only_classes}
    table = str(rng.choice(sorted(n for n, (_, _, classes) in tables.items() if not unfit[classes])))
    X, y, is_classes = tables[table]
    settings = healthy(rng) | fault.settings
    if fault.rows:
        chosen = rng.permutation(X.height)[: fault.rows]
        X, y = X[chosen.tolist()], y[chosen]
    if fault.table:
        X, y = fault.table(X, y, rng)
    if name == HEALTHY_TABLE:
        kept_rows = np.sort(rng.permutation(len(y))[: 4 * len(y) // 5])
        X, y = X[kept_rows.tolist()], y[kept_rows]
    if name == HEALTHY_TABLE or not fault.trained:
        return judged(name, seed, table, fault.names, of_table(X, y, is_classes, seed, fault.last))
    settings["learning_rate"] *= settings.pop("rate", 1.0)
    if not settings.pop("regularised", True):
        settings |= {"dropout": 0.0, **ADAM}
    if fault.plain:
        settings |= {"normalization": None, "residual": False}
    kind = NetworkClassifier if is_classes else NetworkRegressor
    model = kind(**settings, probes="usual", validation_fraction=0.25, random_state=seed)
    halves = detection.fit(model, X, y, mlp, fault)
    found = [*model.findings_, *on_data(model, X, y, *halves)]
    failed = not detection.learned(model, X, y, *halves)
    return judged(name, seed, table, fault.names, found, failed=failed)


def of_table(X: pl.DataFrame, y: np.ndarray, is_classes: bool, seed: int, last: bool) -> list[Any]:
    """Findings on the table alone; `last` as in `Fault`."""
    from honed.diagnosis import data
    from honed.diagnosis.data.case import DataCase
    from honed.estimators import rows
    from honed.table import columns, read

    table = read.from_frame(X.with_columns(pl.Series("target", y)))
    task = "regression" if not is_classes else "binary" if len(np.unique(y)) == 2 else "multiclass"
    schema = columns.infer(table, "target", task=task)
    places = columns.target_rows(table, schema)
    values = columns.target_values(table, schema, places)
    train, valid = rows.split(values, True, 0.25, seed)
    if last:
        order = np.argsort(X.to_series(0).to_numpy()[places], kind="stable")
        train, valid = np.sort(order[: len(train)]), np.sort(order[len(train) :])
    case = DataCase(table.frame[places], schema, values, train, valid, valid[:0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return data.findings(case)


def healthy(rng: np.random.Generator) -> dict[str, Any]:
    """Settings as a careful user would choose them."""
    depth = int(rng.integers(1, 5))
    activation = str(rng.choice(ACTIVATIONS))
    settings: dict[str, Any] = dict(OPTIMIZERS[rng.integers(len(OPTIMIZERS))])
    return settings | {
        "depth": min(depth, 2) if activation == "sigmoid" else depth,
        "width": int(rng.choice([32, 64, 128])),
        "taper": float(rng.choice([1.0, 0.5])),
        "activation": activation,
        "dropout": float(rng.choice([0.0, 0.1, 0.3])),
        "weight_decay": [None, 1e-2][rng.integers(2)],
        "normalization": [None, None, "layer", "batch"][rng.integers(4)],
        "residual": bool(rng.integers(4) == 0),
        "schedule": str(rng.choice(["constant", "cosine", "one_cycle", "plateau"])),
        "batch_size": [None, 32, 128][rng.integers(3)],
        "epochs": int(rng.choice([60, 100])),
        "patience": [None, 20][rng.integers(2)],
    }


def on_data(model: Any, X: pl.DataFrame, y: np.ndarray, train: np.ndarray, valid: np.ndarray) -> list[Any]:
    """Findings on the table, with what the network says of its validation rows."""
    from honed.diagnosis import data
    from honed.diagnosis.data.case import DataCase

    is_classes = hasattr(model, "classes_")
    frame = X.with_columns(pl.Series(model.model_.schema.target.name, y))
    rows = X[valid.tolist()]
    said = model.predict_proba(rows) if is_classes else model.predict(rows)
    values = np.unique(y, return_inverse=True)[1].astype(np.int32) if is_classes else y.astype(float)
    case = DataCase(frame, model.model_.schema, values, train, valid, valid[:0], said, valid)
    return data.findings(case)


if __name__ == "__main__":
    main()
