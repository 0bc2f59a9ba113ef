"""Early stopping: when to stop, judged on rows that took no part.

python examples/notes/stopping.py [folder]
"""

from typing import Any

import numpy as np
from common import BLUE, GREEN, GREY, ORANGE, RED, axes, mean, split, spread, table, write
from sklearn.metrics import log_loss

from honed import NetworkClassifier

SEEDS = range(5)
EPOCHS = 100
RULES: dict[str, dict[str, Any]] = {
    "accuracy begins to increase": {},  # the notes' words: the epoch is found in the whole curve
    "loss begins to increase": {"patience": 1},
    "loss, patience 10": {"patience": 10},
    "loss, patience 2x": {"patience": "2x"},
    "accuracy, patience 10": {"patience": 10, "monitor": "accuracy"},
    "never, best epoch kept": {},
    "never, last epoch kept": {"early_stopping": False},
}


def fitted(X: np.ndarray, y: np.ndarray, seed: int, **settings: Any) -> NetworkClassifier:
    """A network that overfits when it is left alone."""
    options: dict[str, Any] = {
        "depth": 2,
        "width": 64,
        "learning_rate": 0.001,
        "batch_size": 32,
        "epochs": EPOCHS,
        "validation_fraction": 0.2,
        "random_state": seed,
    }
    return NetworkClassifier(**options | settings).fit(X, y)


curves: dict[str, list] = {"train_loss": [], "valid_loss": [], "accuracy": []}
found: dict[str, list] = {rule: [] for rule in RULES}  # epochs run, loss and accuracy on test rows
for seed in SEEDS:
    X, X_test, y, y_test = split("breast cancer", seed)
    whole = fitted(X, y, seed, monitor="accuracy").history_
    for key, by_seed in curves.items():
        by_seed.append(whole[key])
    rises = 2 + int(np.argmax(np.diff(whole["accuracy"]) > 0))  # the epoch in which it first has increased
    for rule, settings in RULES.items():
        if rule == "accuracy begins to increase":
            settings = {"epochs": rises}
        network = fitted(X, y, seed, **settings)
        loss = log_loss(y_test, network.predict_proba(X_test))
        found[rule].append((network.n_iter_, loss, 100 * network.score(X_test, y_test)))

figures: dict[str, Any] = {
    rule: {
        "epochs": mean(epochs for epochs, _, _ in by_seed),
        "loss": mean(loss for _, loss, _ in by_seed),
        "loss_spread": spread(loss for _, loss, _ in by_seed),
        "accuracy": mean(accuracy for _, _, accuracy in by_seed),
        "accuracy_spread": spread(accuracy for _, _, accuracy in by_seed),
    }
    for rule, by_seed in found.items()
}
train, valid, accuracy = (np.mean(by_seed, axis=0) for by_seed in curves.values())
lowest = 1 + int(valid.argmin())
figures["curve"] = {
    "lowest_epoch": lowest,
    "lowest": valid.min(),
    "last": valid[-1],
    "train_last": train[-1],
    "accuracy_at_lowest": 100 * accuracy[lowest - 1],
    "accuracy_last": 100 * accuracy[-1],
    "accuracy_first": 100 * accuracy[0],
}
figures["accuracy_cost"] = (
    figures["loss begins to increase"]["accuracy"] - figures["accuracy begins to increase"]["accuracy"]
)
figures["valid_rows"] = round(0.2 * len(split("breast cancer", 0)[0]))

figure, (left, right) = axes(2, height=3.4)
epochs = range(1, EPOCHS + 1)
left.plot(epochs, train, color=BLUE, label="training loss")
left.plot(epochs, valid, color=ORANGE, label="validation loss")
left.set(xlabel="epoch", ylabel="loss (nats)", ylim=(0, 0.5), title="The loss turns")
left.legend(loc="upper right", fontsize=8)
right.plot(epochs, 100 * accuracy, color=GREEN)
right.set(xlabel="epoch", ylabel="validation accuracy (%)", title="The accuracy hardly does")
for axis in (left, right):
    axis.axvline(figures["accuracy begins to increase"]["epochs"], color=RED, linestyle=":")
    axis.axvline(lowest, color=GREY, linestyle="--")
handles = [
    left.axvline(np.nan, color=RED, linestyle=":", label="accuracy begins to increase"),
    left.axvline(np.nan, color=GREY, linestyle="--", label="validation loss is lowest"),
]
figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=8)

text = table(
    ["stop when", "epochs run", "test loss", "test accuracy"],
    [
        [
            rule,
            f"{figures[rule]['epochs']:.1f}",
            f"{figures[rule]['loss']:.3f} ± {figures[rule]['loss_spread']:.3f}",
            f"{figures[rule]['accuracy']:.1f} ± {figures[rule]['accuracy_spread']:.1f} %",
        ]
        for rule in RULES
    ],
)
write("stopping", figures, text, main=figure)
