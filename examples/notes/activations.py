"""Whether tanh is always better than ReLU, and the sigmoid worse.

python examples/notes/activations.py [folder]
"""

import math
from typing import Any

import numpy as np
from common import BLUE, GREY, ORANGE, axes, mean, split, spread, table, write

from honed import NetworkClassifier, NetworkRegressor

ACTIVATIONS = ("sigmoid", "tanh", "relu")
TABLES = ("digits", "breast cancer", "diabetes")
RATES = (0.001, 0.01)
SEEDS = range(6)


def network(name: str, activation: str, rate: float, seed: int) -> NetworkClassifier | NetworkRegressor:
    """Two hidden layers, the best epoch kept."""
    kind = NetworkRegressor if name == "diabetes" else NetworkClassifier
    return kind(
        depth=2,
        width=64,
        activation=activation,
        learning_rate=rate,
        batch_size=64,
        epochs=30,
        validation_fraction=0.2,
        random_state=seed,
    )


def score(name: str, activation: str, seed: int) -> float:
    """Accuracy in % or R² × 100 on test rows, at the rate that is best on the validation rows."""
    X, X_test, y, y_test = split(name, seed)
    fitted = [network(name, activation, rate, seed).fit(X, y) for rate in RATES]
    return 100 * min(fitted, key=lambda one: one.score_).score(X_test, y_test)


scores = {
    (name, activation): [score(name, activation, seed) for seed in SEEDS]
    for name in TABLES
    for activation in ACTIVATIONS
}
figures: dict[str, Any] = {}
for name in TABLES:
    for activation in ACTIVATIONS:
        gains = np.subtract(scores[name, activation], scores[name, "relu"])
        figures.setdefault(name.replace(" ", "_"), {})[activation] = {
            "mean": mean(scores[name, activation]),
            "spread": spread(scores[name, activation]),
            "gain": mean(gains),
            "error": spread(gains) / math.sqrt(len(gains)),
            "wins": int((gains > 0).sum()),
        }

figures["relu_lead"] = -figures["digits"]["tanh"]["gain"]

figure, axis = axes(height=2.4)
for offset, activation, colour in ((0.12, "tanh", BLUE), (-0.12, "sigmoid", ORANGE)):
    found = [figures[name.replace(" ", "_")][activation] for name in TABLES]
    axis.errorbar(
        [f["gain"] for f in found],
        np.arange(len(TABLES)) + offset,
        xerr=[2 * f["error"] for f in found],
        fmt="o",
        color=colour,
        capsize=3,
        label=activation,
    )
axis.axvline(0, color=GREY, linewidth=1)
axis.set_yticks(range(len(TABLES)), TABLES)
axis.set(
    xlabel="points gained over ReLU (accuracy in %, R² × 100), ± 2 standard errors",
    ylim=(-0.6, len(TABLES) - 0.4),
)
axis.legend(loc="best")

text = table(
    ["table", "activation", "score", "over ReLU", "better in"],
    [
        [
            name,
            activation,
            f"{f['mean']:.1f} ± {f['spread']:.1f}",
            "–" if activation == "relu" else f"{f['gain']:+.2f} ± {f['error']:.2f}",
            "–" if activation == "relu" else f"{f['wins']} of {len(SEEDS)}",
        ]
        for name in TABLES
        for activation, f in figures[name.replace(" ", "_")].items()
    ],
)
write("activations", figures, text, main=figure)
