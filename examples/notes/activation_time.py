"""The time of an epoch by activation. Timings vary from run to run.

python examples/notes/activation_time.py [folder]
"""

import time
from typing import Any

from common import GREEN, axes, split, table, write

from honed import NetworkClassifier

ACTIVATIONS = ("relu", "leaky_relu", "sigmoid", "tanh", "elu", "selu", "silu", "gelu", "mish")
X, _, y, _ = split("digits", 0)


def seconds(activation: str, epochs: int) -> float:
    """Processor time to train two wide layers, so that arithmetic counts and not the overhead of a step."""
    network = NetworkClassifier(
        depth=2,
        width=256,
        activation=activation,
        batch_size=128,
        epochs=epochs,
        early_stopping=False,
        random_state=0,
    )
    began = time.process_time()
    network.fit(X, y)
    return time.process_time() - began


for activation in ACTIVATIONS:
    seconds(activation, 1)  # compiles
short, long = 4, 34  # epochs: the difference leaves out what comes before the first one
rounds = [
    {a: 1000 * (seconds(a, long) - seconds(a, short)) / (long - short) for a in ACTIVATIONS} for _ in range(3)
]
times = {activation: min(found[activation] for found in rounds) for activation in ACTIVATIONS}
order = sorted(ACTIVATIONS, key=lambda activation: times[activation])
figures: dict[str, Any] = {
    activation: {"milliseconds": times[activation], "ratio": times[activation] / times["relu"]}
    for activation in ACTIVATIONS
}

figures |= {
    "quickest": times[order[0]],
    "slowest": times[order[-1]],
    "factor": times[order[-1]] / times[order[0]],
}

figure, axis = axes(height=2.8)
bars = axis.barh(order, [times[activation] for activation in order], color=GREEN)
axis.bar_label(bars, [f"{times[activation]:.1f}" for activation in order], padding=4)
axis.set(xlabel=f"processor time of an epoch (ms): 2 layers of 256 units, {len(y):,} rows, one core")
axis.invert_yaxis()
axis.grid(visible=False, axis="y")

text = table(
    ["activation", "ms an epoch", "÷ ReLU"],
    [
        [activation, f"{times[activation]:.1f}", f"{times[activation] / times['relu']:.2f}"]
        for activation in order
    ],
)
write("activation_time", figures, text, main=figure)
