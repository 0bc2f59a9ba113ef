"""Whether sixteen hidden layers learn, by activation, start, residual path and normalization.

python examples/notes/deep.py [folder]
"""

from typing import Any

from common import COLOURS, GREY, axes, mean, split, spread, table, write

from honed import NetworkClassifier

CASES: dict[str, dict[str, Any]] = {
    "sigmoid": {"activation": "sigmoid"},
    "tanh": {"activation": "tanh"},
    "ReLU": {"activation": "relu"},
    "sigmoid, data-driven start": {"activation": "sigmoid", "init": "data"},
    "sigmoid, residual": {"activation": "sigmoid", "residual": True},
    "sigmoid, layer normalization": {"activation": "sigmoid", "normalization": "layer"},
    "sigmoid, batch normalization": {"activation": "sigmoid", "normalization": "batch"},
}
SEEDS = range(3)

accuracy: dict[str, list[float]] = {}
curves = {}
for name, settings in CASES.items():
    network = NetworkClassifier(
        depth=16,
        width=64,
        learning_rate=0.001,
        batch_size=64,
        epochs=20,
        validation_fraction=0.2,
        **settings,
    )
    for seed in SEEDS:
        X, X_test, y, y_test = split("digits", seed)
        network.set_params(random_state=seed).fit(X, y)
        accuracy.setdefault(name, []).append(100 * network.score(X_test, y_test))
    curves[name] = network.history_["train_loss"]

figures = {name: {"accuracy": mean(found), "spread": spread(found)} for name, found in accuracy.items()}

figure, (left, right) = axes(2, height=3.4)
names = list(CASES)[::-1]
left.barh(
    names,
    [figures[name]["accuracy"] for name in names],
    xerr=[figures[name]["spread"] for name in names],
    color=[COLOURS[list(CASES).index(name)] for name in names],
    ecolor=GREY,
)
left.axvline(10, color=GREY, linestyle=":")
left.set(xlabel="accuracy on test rows (%), guessing is 10", xlim=(0, 100))
left.grid(visible=False, axis="y")
for name, colour in zip(CASES, COLOURS, strict=False):
    right.plot(range(1, 21), curves[name], color=colour)
right.set(xlabel="epoch", ylabel="training loss (nats)", yscale="log")

text = table(
    ["16 hidden layers", "accuracy after 20 epochs"],
    [[name, f"{f['accuracy']:.1f} ± {f['spread']:.1f} %"] for name, f in figures.items()],
)
write("deep", figures, text, main=figure)
