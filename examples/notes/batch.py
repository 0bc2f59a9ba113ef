"""Batch size against accuracy, gradient noise, memory and speed, also with wrong labels planted.

python examples/notes/batch.py [folder]
"""

import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from common import BLUE, GREEN, GREY, ORANGE, PURPLE, axes, mean, split, spread, table, write

from honed import NetworkClassifier
from honed.encode.encoder import Encoded, Inputs
from honed.nets import mlp
from honed.nets.spec import NetworkSpec

BATCHES = (8, 32, 128, 512, "full")
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03)
SEEDS = range(3)
EPOCHS = 20
WRONG = 0.2  # share of the training labels that are replaced by another digit


def labels(y: np.ndarray, seed: int, wrong: float) -> np.ndarray:
    """Labels of which a share is wrong."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(len(y)) < wrong, (y + rng.integers(1, 10, len(y))) % 10, y)


def network(batch: int | str, rate: float, seed: int = 0, epochs: int = EPOCHS) -> NetworkClassifier:
    """Two hidden layers, with no rows held out."""
    return NetworkClassifier(
        depth=2,
        width=64,
        batch_size=batch,
        learning_rate=rate,
        epochs=epochs,
        early_stopping=False,
        random_state=seed,
    )


def accuracy(batch: int | str, rate: float, seed: int, wrong: float) -> float:
    """On clean test rows, after the last epoch."""
    X, X_test, y, y_test = split("digits", seed)
    fitted = network(batch, rate, seed).fit(X, labels(y, seed, wrong))
    return 100 * fitted.score(X_test, y_test)


def milliseconds(batch: int | str) -> float:
    """Of one epoch: a long run less a short one, so that what comes before the first epoch does not count."""
    X, _, y, _ = split("digits", 0)

    def seconds(epochs: int) -> float:
        began = time.process_time()
        network(batch, 0.003, epochs=epochs).fit(X, y)
        return time.process_time() - began

    return 1000 * (min(seconds(120) for _ in range(2)) - min(seconds(20) for _ in range(2))) / 100


X, _, y, _ = split("digits", 0)
ROWS = len(y)
spec = NetworkSpec(depth=2, width=64)
inputs = Inputs(continuous=64, flags=0, onehot=(), embedded=())
everything = Encoded(((X - 8) / 8).astype(np.float32), np.zeros((ROWS, 0), np.int32))
weights = mlp.initialize(spec, inputs, 10, everything, 0)


def loss(params: mlp.Parameters, numeric: Any, y: jax.Array) -> jax.Array:
    """Mean cross-entropy of a batch."""
    logits = mlp.apply(params, spec, inputs, Encoded(numeric, np.zeros((len(y), 0), np.int32)), jnp)
    return -jax.nn.log_softmax(logits)[jnp.arange(len(y)), y].mean()


gradient = jax.jit(jax.grad(loss))


def flat(params: mlp.Parameters) -> np.ndarray:
    """All arrays as one vector."""
    return np.concatenate([np.ravel(value) for value in params.values()])


def noise(size: int) -> float:
    """How far a batch's gradient is from that of all rows, as a share of its length."""
    whole = flat(gradient(weights, everything.numeric, y))
    rng = np.random.default_rng(size)
    chosen = [rng.choice(ROWS, size, replace=False) for _ in range(50)]
    off = [
        float(np.linalg.norm(flat(gradient(weights, everything.numeric[c], y[c])) - whole)) for c in chosen
    ]
    return mean(off) / float(np.linalg.norm(whole))


def memory(size: int) -> float:
    """KiB that one step's intermediate values need, as the compiler plans them."""
    plan: Any = gradient.lower(weights, everything.numeric[:size], y[:size]).compile().memory_analysis()
    return plan.temp_size_in_bytes / 1024


figures: dict[str, Any] = {}
for batch in BATCHES:
    size = ROWS if batch == "full" else int(batch)
    facts: dict[str, Any] = {
        "rows": size,
        "steps": -(-ROWS // size),
        "noise": noise(size),
        "memory": memory(size),
    }
    for kind, wrong in (("clean", 0.0), ("wrong", WRONG)):
        first = {rate: accuracy(batch, rate, 100, wrong) for rate in RATES}
        rate = max(RATES, key=lambda rate: first[rate])
        found = [accuracy(batch, rate, seed, wrong) for seed in SEEDS]
        if wrong:
            facts["same_rate"] = mean(accuracy(batch, facts["clean_rate"], seed, wrong) for seed in SEEDS)
        facts |= {f"{kind}_rate": rate, kind: mean(found), f"{kind}_spread": spread(found)}
    figures[f"batch_{batch}"] = facts | {"milliseconds": milliseconds(batch)}

rows = list(figures.values())
figures["steps_of_8"] = EPOCHS * figures["batch_8"]["steps"]
at = range(len(rows))
names = [f"{f['rows']:,}" for f in rows]
figure, (left, right) = axes(2)
for kind, colour, label in (("clean", BLUE, "true labels"), ("wrong", ORANGE, "one label in five wrong")):
    left.errorbar(
        at,
        [f[kind] for f in rows],
        [f[f"{kind}_spread"] for f in rows],
        color=colour,
        marker="o",
        capsize=3,
        label=label,
    )
left.set_xticks(at, names)
left.set(
    xlabel="rows in a batch",
    ylabel="accuracy on test rows (%)",
    title=f"After {EPOCHS} epochs, at its best rate",
)
left.set_ylim(89, 99)
left.legend(loc="lower left")
right.plot(at, [f["noise"] for f in rows], color=GREEN, marker="o")
right.set_xticks(at, names)
right.set(xlabel="rows in a batch", ylim=(0, 1), title="Noise and memory of a step")
right.set_ylabel("noise ÷ length of the gradient", color=GREEN)
second = right.twinx()
second.plot(at, [f["memory"] for f in rows], color=PURPLE, marker="s")
second.set_ylabel("memory (KiB)", color=PURPLE)
second.spines["right"].set_visible(True)
second.grid(visible=False)

clock, axis = axes(height=2.8)
axis.plot(at, [f["milliseconds"] for f in rows], color=GREY, marker="o")
axis.set_xticks(at, names)
axis.set(xlabel="rows in a batch", ylabel="processor time (ms an epoch)", ylim=(0, None))

text = table(
    [
        "batch",
        "steps",
        "noise",
        "memory KiB",
        "ms",
        "true labels",
        "rate",
        "1 in 5 wrong",
        "rate",
        "same rate",
    ],
    [
        [
            f"{f['rows']:,}",
            f["steps"],
            f"{f['noise']:.2f}",
            f"{f['memory']:.0f}",
            f"{f['milliseconds']:.1f}",
            f"{f['clean']:.1f} ± {f['clean_spread']:.1f} %",
            f"{f['clean_rate']:g}",
            f"{f['wrong']:.1f} ± {f['wrong_spread']:.1f} %",
            f"{f['wrong_rate']:g}",
            f"{f['same_rate']:.1f} %",
        ]
        for f in rows
    ],
)
write("batch", figures, text, main=figure, time=clock)
