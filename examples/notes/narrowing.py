"""Narrowing against rectangular networks of equally many weights.

python examples/notes/narrowing.py [folder]
"""

import math
from itertools import pairwise

import numpy as np
from common import BLUE, GREY, ORANGE, axes, load, mean, split, table, write

from honed import NetworkClassifier, NetworkRegressor

SHAPES = {"rectangular": 1.0, "narrowing": 0.5, "widening": 2.0}  # each layer's width over the one before
WEIGHTS = 12_000
DEPTH = 3
SEEDS = range(8)


def sizes(ratio: float, inputs: int, outputs: int) -> tuple[int, ...]:
    """The widths whose weights and biases number closest to WEIGHTS."""
    shapes = [tuple(max(1, round(first * ratio**i)) for i in range(DEPTH)) for first in range(8, 256)]
    return min(shapes, key=lambda shape: abs(weights(shape, inputs, outputs) - WEIGHTS))


def weights(shape: tuple[int, ...], inputs: int, outputs: int) -> int:
    """Weights and biases of a network."""
    ends = [inputs, *shape, outputs]
    return sum((before + 1) * after for before, after in pairwise(ends))


figures = {}
for name in ("digits", "breast cancer", "diabetes"):
    X, y = load(name)
    outputs = 1 if name == "diabetes" else len(np.unique(y))
    kind = NetworkRegressor if name == "diabetes" else NetworkClassifier
    score = {}
    for shape, ratio in SHAPES.items():
        widths = sizes(ratio, X.shape[1], outputs)
        network = kind(
            hidden_sizes=widths,
            learning_rate=0.003,
            batch_size=32,
            epochs=30,
            validation_fraction=0.2,
        )
        for seed in SEEDS:
            X_train, X_test, y_train, y_test = split(name, seed)
            network.set_params(random_state=seed).fit(X_train, y_train)
            score[shape, seed] = 100 * network.score(X_test, y_test)
        gains = [score[shape, seed] - score["rectangular", seed] for seed in SEEDS]
        figures.setdefault(name.replace(" ", "_"), {})[shape] = {
            "widths": " → ".join(map(str, widths)),
            "weights": weights(widths, X.shape[1], outputs),
            "mean": mean(score[shape, seed] for seed in SEEDS),
            "gain": mean(gains),
            "error": float(np.std(gains, ddof=1)) / math.sqrt(len(gains)),
        }

figure, axis = axes(height=2.4)
for offset, shape, colour in ((0.12, "narrowing", BLUE), (-0.12, "widening", ORANGE)):
    found = [figures[name][shape] for name in figures]
    axis.errorbar(
        [f["gain"] for f in found],
        np.arange(len(found)) + offset,
        xerr=[2 * f["error"] for f in found],
        fmt="o",
        color=colour,
        capsize=3,
        label=shape,
    )
axis.axvline(0, color=GREY, linewidth=1)
axis.set_yticks(range(len(figures)), [name.replace("_", " ") for name in figures])
axis.set(
    xlabel="points gained over the rectangular network (accuracy in %, R² × 100), ± 2 standard errors",
    ylim=(-0.6, len(figures) - 0.4),
)
axis.legend(loc="best")

text = table(
    ["table", "shape", "widths", "weights", "score", "over rectangular"],
    [
        [
            name.replace("_", " "),
            shape,
            f["widths"],
            f"{f['weights']:,}",
            f"{f['mean']:.1f}",
            "–" if shape == "rectangular" else f"{f['gain']:+.2f} ± {f['error']:.2f}",
        ]
        for name in figures
        for shape, f in figures[name].items()
    ],
)
write("narrowing", figures, text, main=figure)
