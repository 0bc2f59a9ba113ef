"""Depth against data: what another hidden layer brings with few rows and with many.

python examples/notes/depth.py [folder]
"""

from common import COLOURS, axes, mean, split, spread, table, write

from honed import NetworkClassifier

DEPTHS = (0, 1, 2, 4, 8)
ROWS = (100, 1200)
SEEDS = range(5)

score = {}
for rows in ROWS:
    for depth in DEPTHS:
        network = NetworkClassifier(
            depth=depth,
            width=64,
            learning_rate=0.003,
            batch_size=32,
            epochs=40,
            validation_fraction=0.2,
        )
        for seed in SEEDS:
            X, X_test, y, y_test = split("digits", seed, rows)
            network.set_params(random_state=seed).fit(X, y)
            score[rows, depth, seed] = 100 * network.score(X_test, y_test)

figures: dict[str, dict] = {
    f"rows_{rows}": {
        f"depth_{depth}": {
            "mean": mean(score[rows, depth, seed] for seed in SEEDS),
            "spread": spread(score[rows, depth, seed] for seed in SEEDS),
            "gain": mean(score[rows, depth, seed] - score[rows, 1, seed] for seed in SEEDS),
            "gain_spread": spread(score[rows, depth, seed] - score[rows, 1, seed] for seed in SEEDS),
        }
        for depth in DEPTHS
    }
    for rows in ROWS
}

for rows in ROWS:
    figures[f"rows_{rows}"] |= {
        "gain_of_1": figures[f"rows_{rows}"]["depth_1"]["mean"] - figures[f"rows_{rows}"]["depth_0"]["mean"],
        "loss_of_8": -figures[f"rows_{rows}"]["depth_8"]["gain"],
    }

figure, axis = axes()
for rows, colour in zip(ROWS, COLOURS, strict=False):
    found = [figures[f"rows_{rows}"][f"depth_{depth}"] for depth in DEPTHS]
    axis.errorbar(
        range(len(DEPTHS)),
        [f["mean"] for f in found],
        [f["spread"] for f in found],
        color=colour,
        marker="o",
        capsize=3,
        label=f"{rows:,} training rows",
    )
axis.set_xticks(range(len(DEPTHS)), [str(depth) for depth in DEPTHS])
axis.set(xlabel="hidden layers (64 units each)", ylabel="accuracy on test rows (%)")
axis.legend(loc="lower left")

text = table(
    ["hidden layers", *(f"{rows:,} rows" for rows in ROWS)],
    [
        [
            depth,
            *(
                "{mean:.1f} ± {spread:.1f} %".format(**figures[f"rows_{rows}"][f"depth_{depth}"])
                for rows in ROWS
            ),
        ]
        for depth in DEPTHS
    ],
)
write("depth", figures, text, main=figure)
