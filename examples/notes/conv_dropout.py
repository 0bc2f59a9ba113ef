"""Dropout from 0 to 0.6 in convolutional layers and in the dense layer behind them, each alone.

python examples/notes/conv_dropout.py [folder]
"""

from typing import Any

import numpy as np
from common import BLUE, ORANGE, axes, mean, split, spread, table, write

from honed import ImageClassifier

RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
SEEDS = range(5)
ROWS = 300  # to train on; with all of them no dropout is needed
WHERE = {"convolutions": "conv_dropout", "dense layer": "dropout"}
SETTINGS: dict[str, Any] = {
    "channels": (16, 32),
    "blocks": 1,
    "normalization": None,
    "head": "dense",
    "hidden_sizes": (64,),
    "dropout": 0.0,
    "conv_dropout": 0.0,
    "learning_rate": 0.003,
    "batch_size": 32,
    "epochs": 40,
    "early_stopping": False,
}


def loss(said: np.ndarray, y: np.ndarray) -> float:
    """Log-loss of probabilities (rows, classes)."""
    return float(-np.log(np.maximum(said[np.arange(len(y)), y], 1e-12)).mean())


measured: dict[str, dict[str, list[float]]] = {}
for seed in SEEDS:
    X, X_test, y, y_test = split("digits", seed, ROWS)
    pictures, unseen = (part.reshape(-1, 8, 8) for part in (X, X_test))
    for where, setting in WHERE.items():
        for rate in RATES:
            settings: dict[str, Any] = {**SETTINGS, setting: rate}
            network = ImageClassifier(**settings, random_state=seed).fit(pictures, y)
            own = measured.setdefault(f"{where} {rate:.1f}", {"train": [], "loss": [], "wrong": []})
            own["train"].append(loss(network.predict_proba(pictures), y))
            said = network.predict_proba(unseen)
            own["loss"].append(loss(said, y_test))
            own["wrong"].append(100 * float((network.classes_[said.argmax(axis=1)] != y_test).mean()))

figures: dict[str, Any] = {}
for where in WHERE:
    own = {}
    for rate in RATES:
        found = measured[f"{where} {rate:.1f}"]
        own[f"{rate:.1f}".replace(".", "")] = {
            "rate": rate,
            "train": mean(found["train"]),
            "loss": mean(found["loss"]),
            "spread": spread(found["loss"]),
            "wrong": mean(found["wrong"]),
            "wrong_spread": spread(found["wrong"]),
        }
    best = min(own.values(), key=lambda figure: figure["loss"])
    figures[where] = own | {"best": best, "won": own["00"]["loss"] - best["loss"]}

figure, parts = axes(2, height=3.2)
for axis, (key, wide, label) in zip(
    parts,
    [
        ("loss", "spread", "log-loss of unseen digits (nats)"),
        ("wrong", "wrong_spread", "unseen digits wrong (%)"),
    ],
    strict=True,
):
    for where, colour in zip(WHERE, (ORANGE, BLUE), strict=True):
        rows = [figures[where][f"{rate:.1f}".replace(".", "")] for rate in RATES]
        axis.errorbar(
            RATES,
            [row[key] for row in rows],
            [row[wide] for row in rows],
            color=colour,
            marker="o",
            capsize=3,
            label=f"in the {where} alone",
        )
    axis.set(xlabel="dropout", ylabel=label)
    axis.set_ylim(bottom=0)
figure.legend(*parts[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=8)

text = table(
    ["dropout in the", "rate", "training loss", "unseen loss", "unseen wrong"],
    [
        [
            where,
            f"{rate:.1f}",
            "{train:.3f}".format(**row),
            "{loss:.3f} ± {spread:.3f}".format(**row),
            "{wrong:.1f} ± {wrong_spread:.1f} %".format(**row),
        ]
        for where in WHERE
        for rate in RATES
        for row in [figures[where][f"{rate:.1f}".replace(".", "")]]
    ],
)
write("conv_dropout", figures, text, main=figure)
