"""The race of the optimizers, each at its own best learning rate.

python examples/notes/optimizers.py [folder]
"""

from typing import Any

import numpy as np
from common import COLOURS, axes, mean, split, spread, table, write

from honed import NetworkClassifier

# The settings, and the lowest of the four rates tried, each about three times the one before.
RUNNERS: dict[str, tuple[dict[str, Any], float]] = {
    "SGD": ({"optimizer": "sgd"}, 0.1),
    "SGD, momentum 0.9": ({"optimizer": "sgd", "momentum": 0.9}, 0.01),
    "SGD, Nesterov 0.9": ({"optimizer": "sgd", "momentum": 0.9, "nesterov": True}, 0.01),
    "RMSProp": ({"optimizer": "rmsprop"}, 0.001),
    "Adam": ({"optimizer": "adam"}, 0.001),
    "NAdam": ({"optimizer": "nadam"}, 0.001),
    "AdamW": ({"optimizer": "adamw"}, 0.001),
    "Lion": ({"optimizer": "lion", "beta2": 0.99}, 0.0003),
}
STEPS = (1, 10 / 3, 10, 100 / 3)
SEEDS = range(3)
EPOCHS = 20
TARGET = 0.15  # validation loss in nats


def run(settings: dict[str, Any], rate: float, seed: int) -> tuple[np.ndarray, float]:
    """The validation loss by epoch, and the accuracy on test rows of the best epoch."""
    X, X_test, y, y_test = split("digits", seed)
    network = NetworkClassifier(
        **settings,
        depth=2,
        width=64,
        batch_size=64,
        epochs=EPOCHS,
        learning_rate=rate,
        validation_fraction=0.2,
        random_state=seed,
    ).fit(X, y)
    curve = np.full(EPOCHS, np.inf)  # a run that diverges stops, and stays there
    curve[: network.n_iter_] = np.nan_to_num(network.history_["valid_loss"], nan=np.inf)
    return curve, 100 * network.score(X_test, y_test)


figures, curves = {}, {}
for name, (settings, lowest) in RUNNERS.items():
    rates = [float(f"{lowest * step:.1g}") for step in STEPS]
    runs = {rate: [run(settings, rate, seed) for seed in SEEDS] for rate in rates}
    by_rate = {rate: mean(curve.min() for curve, _ in runs[rate]) for rate in rates}
    best = min(rates, key=lambda rate: by_rate[rate])
    curves[name] = np.mean([curve for curve, _ in runs[best]], axis=0)
    figures[name] = {
        "rate": best,
        "loss": by_rate[best],
        "loss_spread": spread(curve.min() for curve, _ in runs[best]),
        "epochs": mean(
            1 + int(np.argmax(curve < TARGET)) if curve.min() < TARGET else EPOCHS for curve, _ in runs[best]
        ),
        "reached": sum(bool(curve.min() < TARGET) for curve, _ in runs[best]),
        "accuracy": mean(accuracy for _, accuracy in runs[best]),
        "accuracy_spread": spread(accuracy for _, accuracy in runs[best]),
        "by_rate": {f"{rate:g}": by_rate[rate] for rate in rates},
    }

field = [f for name, f in figures.items() if name != "Lion"]
figures["race"] = {
    "accuracy_low": min(f["accuracy"] for f in field),
    "accuracy_high": max(f["accuracy"] for f in field),
    "accuracy_range": max(f["accuracy"] for f in field) - min(f["accuracy"] for f in field),
    "rate_low": min(f["rate"] for f in field),
    "rate_high": max(f["rate"] for f in field),
}

figure, (left, right) = axes(2, height=3.6)
for (name, curve), colour in zip(curves.items(), COLOURS, strict=False):
    left.plot(range(1, EPOCHS + 1), curve, color=colour, label=f"{name}, rate {figures[name]['rate']:g}")
    by_rate = figures[name]["by_rate"]
    right.plot([float(rate) for rate in by_rate], by_rate.values(), color=colour, marker="o")
left.set(xlabel="epoch", ylabel="validation loss (nats)", yscale="log", title="Each at its own best rate")
right.set(
    xlabel="learning rate",
    ylabel="lowest validation loss (nats)",
    xscale="log",
    yscale="log",
    title="All the rates tried",
)
for axis, levels in ((left, (0.1, 0.15, 0.2, 0.3, 0.5)), (right, (0.1, 0.2, 0.5, 1, 2))):
    axis.set_yticks(levels, [f"{level:g}" for level in levels])
    axis.minorticks_off()
figure.legend(loc="outside lower center", ncols=3, fontsize=8)

text = table(
    ["optimizer", "best rate", f"epochs to {TARGET}", "lowest loss", "accuracy"],
    [
        [
            name,
            f"{f['rate']:g}",
            f"{f['epochs']:.1f}" if f["reached"] == len(SEEDS) else f"{f['reached']} of {len(SEEDS)} do",
            f"{f['loss']:.3f} ± {f['loss_spread']:.3f}",
            f"{f['accuracy']:.1f} ± {f['accuracy_spread']:.1f} %",
        ]
        for name in RUNNERS
        for f in [figures[name]]
    ],
)
write("optimizers", figures, text, main=figure)
