"""RMSProp in recurrent networks: the optimizers on a task that needs memory, and the gradient by time step.

python examples/notes/recurrent.py [folder]
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from common import BLUE, COLOURS, GREEN, GREY, ORANGE, axes, mean, spread, table, write

from honed import SequenceClassifier
from honed.errors import RunError
from honed.nets import sequence
from honed.nets.sequence import Batch, Shape
from honed.nets.sequence_spec import SequenceSpec

# The settings, and the lowest of the rates tried, each about three times the one before.
RUNNERS: dict[str, tuple[dict[str, Any], float]] = {
    "SGD": ({"optimizer": "sgd"}, 0.03),
    "SGD, momentum 0.9": ({"optimizer": "sgd", "momentum": 0.9}, 0.003),
    "RMSProp": ({"optimizer": "rmsprop"}, 0.001),
    "Adam": ({"optimizer": "adam"}, 0.001),
}
STEPS = (1, 10 / 3, 10, 100 / 3, 100)
LENGTHS = (10, 30, 100)
RACED: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "rnn": ({"cell": "rnn"}, LENGTHS),
    "gru": ({"cell": "gru"}, LENGTHS),
    "gru, memory 100": ({"cell": "gru", "memory": 100}, (100,)),
}
SEEDS = range(2)
ROWS, TEST_ROWS, EPOCHS, WIDTH, SYMBOLS = 1_600, 1_000, 10, 16, 4
CELLS: dict[str, dict[str, Any]] = {
    "rnn": {"cell": "rnn"},
    "rnn, Glorot's start": {"cell": "rnn", "recurrent_start": "glorot"},
    "gru": {"cell": "gru"},
    "gru, memory 100": {"cell": "gru", "memory": 100},
    "lstm": {"cell": "lstm"},
    "lstm, memory 100": {"cell": "lstm", "memory": 100},
}


def sequences(rows: int, length: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """One symbol of four a step, the first one marked; the class is that first symbol."""
    symbols = np.random.default_rng([seed, length]).integers(0, SYMBOLS, (rows, length))
    X = np.zeros((rows, length, SYMBOLS + 1), np.float32)
    X[..., :SYMBOLS] = np.eye(SYMBOLS, dtype=np.float32)[symbols]
    X[:, 0, SYMBOLS] = 1
    return X, symbols[:, 0]


def run(settings: dict[str, Any], rate: float, length: int, seed: int) -> tuple[float, float]:
    """The lowest validation loss, and the accuracy in percent on test sequences of that epoch."""
    X, y = sequences(ROWS, length, seed)
    X_test, y_test = sequences(TEST_ROWS, length, 100 + seed)
    network = SequenceClassifier(
        **settings,
        width=WIDTH,
        batch_size=32,
        epochs=EPOCHS,
        learning_rate=rate,
        validation_fraction=0.25,
        random_state=seed,
    )
    try:
        network.fit(X, y)
    except RunError:  # it diverged before there was a network
        return np.inf, 100 / SYMBOLS
    return float(np.nanmin(network.history_["valid_loss"])), 100 * network.score(X_test, y_test)


def by_step(settings: dict[str, Any], length: int = 100) -> np.ndarray:
    """The size of the loss's gradient by each step's inputs at the start (steps,), over that of the last step.

    The geometric mean over seeds.
    """
    spec = SequenceSpec(width=WIDTH, **settings)
    X, y = sequences(256, length, 0)
    batch = Batch(X, None, np.zeros((len(X), 0), np.float32))

    def loss(values: jax.Array, params: sequence.Parameters) -> jax.Array:
        logits = sequence.apply(params, spec, batch._replace(values=values), jnp)
        return -jax.nn.log_softmax(logits)[jnp.arange(len(y)), y].mean()

    slope = jax.jit(jax.grad(loss))
    starts = [
        sequence.initialize(spec, Shape(SYMBOLS + 1, 0, length), SYMBOLS, batch, seed) for seed in range(3)
    ]
    sizes = [np.sqrt((np.asarray(slope(X, start), float) ** 2).sum(axis=(0, 2))) for start in starts]
    return np.exp(np.mean([np.log(np.maximum(size, 1e-38)) - np.log(size[-1]) for size in sizes], axis=0))


race: dict[str, Any] = {}
for cell, (of_cell, lengths) in RACED.items():
    for name, (of_runner, lowest) in RUNNERS.items():
        rates, settings = [float(f"{lowest * step:.1g}") for step in STEPS], of_cell | of_runner
        for length in lengths:
            runs = {rate: [run(settings, rate, length, seed) for seed in SEEDS] for rate in rates}
            by_rate = {rate: mean(loss for loss, _ in runs[rate]) for rate in rates}
            best = min(rates, key=lambda rate: by_rate[rate])
            race.setdefault(cell, {}).setdefault(name, {})[f"steps_{length}"] = {
                "rate": best,
                "loss": by_rate[best],
                "accuracy": mean(accuracy for _, accuracy in runs[best]),
                "accuracy_spread": spread(accuracy for _, accuracy in runs[best]),
                "by_rate": {f"{rate:g}": by_rate[rate] for rate in rates},
            }

gradients = {name: by_step(settings) for name, settings in CELLS.items()}
figures = {
    "race": race,
    "first_over_last": {name: float(sizes[0]) for name, sizes in gradients.items()},
    "factor_by_step": {name: float(sizes[0] ** (1 / (len(sizes) - 1))) for name, sizes in gradients.items()},
}

figure, (left, middle, right) = axes(3, height=3.4)
for axis, cell in ((left, "rnn"), (middle, "gru")):
    for (name, found), colour in zip(race[cell].items(), COLOURS, strict=False):
        accuracies = [each["accuracy"] for each in found.values()]
        axis.plot(LENGTHS, accuracies, color=colour, marker="o", label=name if axis is left else None)
    axis.axhline(100 / SYMBOLS, color=GREY, linewidth=1)
    axis.set(xlabel="steps", xscale="log", ylim=(0, 105), title=f"{cell}, each at its own best rate")
    axis.set_xticks(LENGTHS, [str(length) for length in LENGTHS])
    axis.minorticks_off()
left.set(ylabel="accuracy (%)")
left.legend(fontsize=7, loc="lower left")
for (name, sizes), colour in zip(gradients.items(), (BLUE, BLUE, ORANGE, ORANGE, GREEN, GREEN), strict=True):
    style = "-" if name in ("rnn", "gru", "lstm") else "--"
    right.plot(np.arange(len(sizes))[::-1], sizes, color=colour, linestyle=style, label=name)
right.set(
    xlabel="steps before the last",
    ylabel="gradient ÷ the last step's",
    yscale="log",
    title="Gradient by step at the start",
)
right.legend(fontsize=7, loc="lower left")

text = table(
    [
        "cell and optimizer",
        *(f"{part}, {length} steps" for length in LENGTHS for part in ("rate", "accuracy")),
    ],
    [
        [
            f"{cell}, {name}",
            *(
                said
                for each in (found.get(f"steps_{length}") for length in LENGTHS)
                for said in (
                    (f"{each['rate']:g}", f"{each['accuracy']:.0f} ± {each['accuracy_spread']:.0f} %")
                    if each
                    else ("", "")
                )
            ),
        ]
        for cell, runners in race.items()
        for name, found in runners.items()
    ],
)
text += "\n" + table(
    ["gradient of the first step ÷ the last's", "100 steps", "a step"],
    [
        [name, f"{figures['first_over_last'][name]:.1g}", f"{figures['factor_by_step'][name]:.3f}"]
        for name in CELLS
    ],
)
write("recurrent", figures, text, main=figure)
