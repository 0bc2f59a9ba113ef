"""The gradient by layer for sigmoid, tanh and ReLU at depth 2 to 32, and what changes it.

python examples/notes/gradients.py [folder]
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from common import COLOURS, GREY, axes, load, table, write

from honed.encode.encoder import Encoded, Inputs
from honed.nets import mlp
from honed.nets.spec import NetworkSpec

DEPTHS = (2, 4, 8, 16, 32)
SEEDS = range(3)
CASES: dict[str, dict[str, Any]] = {
    "sigmoid": {"activation": "sigmoid"},
    "tanh": {"activation": "tanh"},
    "ReLU": {"activation": "relu"},
    "ReLU, Glorot's start": {"activation": "relu", "init": "glorot"},
    "sigmoid, data-driven start": {"activation": "sigmoid", "init": "data"},
    "sigmoid, residual": {"activation": "sigmoid", "residual": True},
    "sigmoid, layer normalization": {"activation": "sigmoid", "normalization": "layer"},
    "sigmoid, batch normalization": {"activation": "sigmoid", "normalization": "batch"},
}

X, y = load("digits")
X, y = ((X[:256] - X.mean()) / X.std()).astype(np.float32), y[:256]
ROWS = Encoded(X, np.zeros((len(y), 0), np.int32))
INPUTS = Inputs(continuous=64, flags=0, onehot=(), embedded=())


def by_layer(settings: dict[str, Any], depth: int) -> np.ndarray:
    """The length of the gradient of each layer's weights at the start (layers,), the output layer last.

    The geometric mean over seeds.
    """
    spec = NetworkSpec(depth=depth, width=64, **settings)

    def loss(params: mlp.Parameters) -> jax.Array:
        logits = mlp.apply(params, spec, INPUTS, ROWS, jnp)
        return -jax.nn.log_softmax(logits)[jnp.arange(len(y)), y].mean()

    starts = [mlp.initialize(spec, INPUTS, 10, ROWS, seed) for seed in SEEDS]
    quickly: Any = {"xla_backend_optimization_level": 0}  # compiling takes longer than the three gradients
    gradient = jax.jit(jax.grad(loss)).lower(starts[0]).compile(compiler_options=quickly)
    lengths = [
        [float(np.linalg.norm(slopes[f"{layer}.weight"])) for layer in range(depth + 1)]
        for slopes in map(gradient, starts)
    ]
    return np.exp(np.mean(np.log(np.maximum(lengths, 1e-38)), axis=0))


lengths = {name: {depth: by_layer(settings, depth) for depth in DEPTHS} for name, settings in CASES.items()}
figures = {
    "first_over_last": {
        name: {f"depth_{depth}": float(found[depth][0] / found[depth][-2]) for depth in DEPTHS}
        for name, found in lengths.items()
    },
    "length_at_32": {name: found[32][0] for name, found in lengths.items()},
    "by_layer_at_32": {name: found[32].tolist() for name, found in lengths.items()},
}

figure, (left, right) = axes(2, height=3.8)
for (name, found), colour in zip(lengths.items(), COLOURS, strict=False):
    left.plot(range(1, 34), found[32], color=colour, label=name)
    right.plot(DEPTHS, list(figures["first_over_last"][name].values()), color=colour, marker="o")
left.set(
    xlabel="layer (33 is the output)", ylabel="length of the gradient", yscale="log", title="At depth 32"
)
right.axhline(1, color=GREY, linewidth=1)
right.set(
    xlabel="hidden layers",
    ylabel="first layer ÷ last hidden layer",
    xscale="log",
    yscale="log",
    title="What reaches the first layer",
)
right.set_xticks(DEPTHS, [str(depth) for depth in DEPTHS])
right.minorticks_off()
figure.legend(loc="outside lower center", ncols=3, fontsize=8)

text = table(
    ["first ÷ last hidden layer", *(f"depth {depth}" for depth in DEPTHS), "length at 32"],
    [
        [
            name,
            *(f"{ratio:.2g}" for ratio in ratios.values()),
            f"{lengths[name][32][0]:.1g}",
        ]
        for name, ratios in figures["first_over_last"].items()
    ],
)
write("gradients", figures, text, main=figure)
