"""The three learning-rate curves: too low, right, too high; and the rate lowered where the loss swings.

python examples/notes/rates.py [folder]
"""

import math
from typing import Any

import numpy as np
from common import BLUE, GREEN, PURPLE, RED, axes, mean, split, spread, table, write

from honed import NetworkClassifier, NetworkRegressor

RATES = {"too low": 0.003, "right": 0.1, "too high": 2.0}
SCHEDULES: dict[str, dict[str, Any]] = {
    "constant": {},
    "plateau": {"schedule": "plateau", "plateau_patience": 5, "plateau_factor": 0.5},
    "cosine": {"schedule": "cosine"},
}
SWINGING, CALM = 0.2, 0.01  # rates for diabetes: one at which the loss swings, one at which it creeps
PLAIN: dict[str, Any] = {"optimizer": "sgd", "validation_fraction": 0.2}  # plain SGD shows the rate as it is
SEEDS = range(5)
MANY = range(10)


def curve(network: NetworkClassifier | NetworkRegressor, key: str) -> np.ndarray:
    """By epoch; NaN after a run that diverged."""
    values = np.full(network.epochs, np.nan)
    values[: network.n_iter_] = network.history_[key]
    return values


def on_digits(rate: float, seed: int) -> tuple[np.ndarray, float]:
    """The training loss by epoch, and the accuracy on test rows."""
    X, X_test, y, y_test = split("digits", seed)
    network = NetworkClassifier(
        depth=2,
        width=64,
        learning_rate=rate,
        batch_size=32,
        epochs=60,
        random_state=seed,
        **PLAIN,
    ).fit(X, y)
    return curve(network, "train_loss"), 100 * network.score(X_test, y_test)


def on_diabetes(rate: float, schedule: dict[str, Any], seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Validation loss and rate by epoch, and R² × 100 on test rows."""
    X, X_test, y, y_test = split("diabetes", seed)
    network = NetworkRegressor(
        depth=1,
        width=32,
        dropout=0.3,
        learning_rate=rate,
        batch_size=16,
        epochs=100,
        random_state=seed,
        **PLAIN,
        **schedule,
    ).fit(X, y)
    return curve(network, "valid_loss"), curve(network, "rate"), 100 * network.score(X_test, y_test)


three = {name: [on_digits(rate, seed) for seed in SEEDS] for name, rate in RATES.items()}
lowered = {
    (rate, name): [on_diabetes(rate, schedule, seed) for seed in MANY]
    for rate in (SWINGING, CALM)
    for name, schedule in SCHEDULES.items()
}
figures = {
    "digits": {
        name.replace(" ", "_"): {
            "rate": rate,
            "first": mean(losses[0] for losses, _ in three[name]),
            "last": mean(losses[-1] for losses, _ in three[name]),
            "accuracy": mean(accuracy for _, accuracy in three[name]),
            "spread": spread(accuracy for _, accuracy in three[name]),
        }
        for name, rate in RATES.items()
    },
    "diabetes": {},
}
for (rate, name), runs in lowered.items():
    losses = np.array([loss for loss, _, _ in runs])
    gains = [run[2] - constant[2] for run, constant in zip(runs, lowered[rate, "constant"], strict=True)]
    figures["diabetes"][f"{'swinging' if rate == SWINGING else 'calm'}_{name}"] = {
        "rate": rate,
        "lowest": mean(losses.min(axis=1)),
        "last": mean(losses[:, -1]),
        "swing": mean(np.abs(np.diff(losses[:, 50:], axis=1)).ravel()),
        "score": mean(score for _, _, score in runs),
        "gain": mean(gains),
        "error": spread(gains) / math.sqrt(len(gains)),
    }

figure, (left, middle, right) = axes(3, height=3.2)
for (name, rate), colour in zip(RATES.items(), (BLUE, GREEN, RED), strict=True):
    losses = np.mean([losses for losses, _ in three[name]], axis=0)
    left.plot(range(1, 61), losses, color=colour, label=f"{name}: {rate:g}")
left.set(xlabel="epoch", ylabel="training loss (nats)", yscale="log", title="Three rates, digits")
left.legend(fontsize=8)
for name, colour in zip(SCHEDULES, (RED, BLUE, PURPLE), strict=True):
    losses, rates, _ = lowered[SWINGING, name][0]
    middle.plot(range(1, 101), losses, color=colour, linewidth=1.2)
    right.plot(range(1, 101), np.maximum(rates, 1e-5), color=colour, label=name)
middle.set(xlabel="epoch", ylabel="validation loss (variances)", title=f"From {SWINGING:g} on, diabetes")
right.set(xlabel="epoch", ylabel="learning rate", yscale="log", title="The rate lowered")
right.legend(fontsize=8, loc="lower left")

text = table(
    ["digits, SGD", "rate", "training loss after 1 epoch", "after 60", "accuracy"],
    [
        [
            name.replace("_", " "),
            f"{f['rate']:g}",
            f"{f['first']:.2f}",
            f"{f['last']:.4f}",
            f"{f['accuracy']:.1f} ± {f['spread']:.1f} %",
        ]
        for name, f in figures["digits"].items()
    ],
)
text += "\n" + table(
    ["diabetes, SGD", "rate", "swing an epoch", "lowest loss", "last loss", "R² × 100", "over constant"],
    [
        [
            name.partition("_")[2],
            f"{f['rate']:g}",
            f"{f['swing']:.4f}",
            f"{f['lowest']:.3f}",
            f"{f['last']:.3f}",
            f"{f['score']:.1f}",
            "–" if name.endswith("constant") else f"{f['gain']:+.1f} ± {f['error']:.1f}",
        ]
        for name, f in figures["diabetes"].items()
    ],
)
write("rates", figures, text, main=figure)
