"""Dropout from 0 to 0.6: the gap between training and unseen rows, and whether it acts like many networks.

python examples/notes/dropout.py [folder]
"""

from typing import Any

import numpy as np
from common import BLUE, GREY, ORANGE, axes, mean, split, spread, table, write

from honed import NetworkClassifier, NetworkRegressor

RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
SEEDS = range(5)
TABLES = {"diabetes": None, "digits": 400}  # and how many rows to train on
UNITS = {"diabetes": "typical error (points of progression)", "digits": "log-loss (nats)"}
SETTINGS: dict[str, Any] = {
    "depth": 2,
    "width": 128,
    "learning_rate": 0.003,
    "batch_size": 32,
    "epochs": 60,
    "early_stopping": False,
}


def loss(answers: np.ndarray, y: np.ndarray) -> float:
    """Root mean squared error of values (rows,), or log-loss of probabilities (rows, classes)."""
    if answers.ndim == 1:
        return float(np.sqrt(np.mean((answers - y) ** 2)))
    return float(-np.log(np.maximum(answers[np.arange(len(y)), y], 1e-12)).mean())


def answers(name: str, X: np.ndarray, y: np.ndarray, *rows: np.ndarray, **settings: Any) -> list[np.ndarray]:
    """Train one network and answer each table of `rows`."""
    if name == "diabetes":
        network = NetworkRegressor(**SETTINGS | settings).fit(X, y)
        return [network.predict(part) for part in rows]
    network = NetworkClassifier(**SETTINGS | settings).fit(X, y)
    return [network.predict_proba(part) for part in rows]


figures = {}
for name, count in TABLES.items():
    train: dict[str, list[float]] = {}
    unseen: dict[str, list[float]] = {}
    for seed in SEEDS:
        X, X_test, y, y_test = split(name, seed, count)
        for rate in RATES:
            seen, new = answers(name, X, y, X, X_test, dropout=rate, random_state=seed)
            train.setdefault(f"{rate:.1f}", []).append(loss(seen, y))
            unseen.setdefault(f"{rate:.1f}", []).append(loss(new, y_test))
        members = [answers(name, X, y, X, X_test, random_state=100 * seed + i) for i in range(5)]
        seen, new = np.mean([m[0] for m in members], axis=0), np.mean([m[1] for m in members], axis=0)
        train.setdefault("five networks", []).append(loss(seen, y))
        unseen.setdefault("five networks", []).append(loss(new, y_test))
    figures[name] = {
        key.replace(".", "").replace(" ", "_"): {
            "train": mean(train[key]),
            "unseen": mean(unseen[key]),
            "spread": spread(unseen[key]),
            "gap": mean(unseen[key]) - mean(train[key]),
        }
        for key in train
    }
    best = min(RATES, key=lambda rate: mean(unseen[f"{rate:.1f}"]))
    plain, many = mean(unseen["0.0"]), mean(unseen["five networks"])
    figures[name] |= {
        "gained_at_03": plain - mean(unseen["0.3"]),
        "gained_at_best": plain - mean(unseen[f"{best:.1f}"]),
        "five_won": plain - many,
    }
    figures[name]["best"] = figures[name][f"{best:.1f}".replace(".", "")] | {
        "rate": best,
    }

figure, parts = axes(2, height=3.4)
for axis, name in zip(parts, TABLES, strict=True):
    rows = [figures[name][f"{rate:.1f}".replace(".", "")] for rate in RATES]
    axis.plot(RATES, [f["train"] for f in rows], color=BLUE, marker="o", label="training rows")
    axis.errorbar(
        RATES,
        [f["unseen"] for f in rows],
        [f["spread"] for f in rows],
        color=ORANGE,
        marker="o",
        capsize=3,
        label="unseen rows",
    )
    level = figures[name]["five_networks"]["unseen"]
    axis.axhline(
        level, color=GREY, linestyle="--", linewidth=1.2, label="unseen rows, five networks, no dropout"
    )
    axis.set(xlabel="dropout", ylabel=UNITS[name], title=name)
    axis.set_ylim(bottom=0)
figure.legend(*parts[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8)

text = table(
    ["table", "dropout", "training error", "unseen error", "gap"],
    [
        [
            name,
            label,
            "{train:.{d}f}".format(d=digits, **f),
            "{unseen:.{d}f} ± {spread:.{d}f}".format(d=digits, **f),
            "{gap:.{d}f}".format(d=digits, **f),
        ]
        for name, digits in (("diabetes", 1), ("digits", 3))
        for label in (*(f"{rate:.1f}" for rate in RATES), "five networks")
        for f in [figures[name][label.replace(".", "").replace(" ", "_")]]
    ],
)
write("dropout", figures, text, main=figure)
