"""L1's zeros and L2's shrinkage against λ, on tables of which half the columns are known to be useless.

python examples/notes/penalties.py [folder]
"""

import numpy as np
from common import BLUE, GREEN, GREY, ORANGE, axes, mean, split, spread, table, write

from honed import NetworkClassifier, NetworkRegressor

TABLES = ("diabetes", "breast cancer")
STRENGTHS = (0.0, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1)
SEEDS = range(5)


def rows(name: str, seed: int) -> list[np.ndarray]:
    """A table beside itself with every column shuffled: real values that say nothing of the target."""
    X, X_test, y, y_test = split(name, seed)
    rng = np.random.default_rng(seed)
    return [
        np.hstack([X, rng.permuted(X, axis=0)]),
        np.hstack([X_test, rng.permuted(X_test, axis=0)]),
        y,
        y_test,
    ]


def facts(name: str, penalty: str, strength: float, seed: int) -> dict[str, float]:
    """Of one network: its zeros, the size of its weights and its error on test rows."""
    X, X_test, y, y_test = rows(name, seed)
    kind = NetworkRegressor if name == "diabetes" else NetworkClassifier
    network = kind(
        depth=1,
        width=32,
        learning_rate=0.003,
        batch_size=32,
        epochs=100,
        early_stopping=False,
        random_state=seed,
    ).set_params(**{penalty: strength})
    network.fit(X, y)
    dropped = [int(column.removeprefix("x")) for column in network.zero_columns_]
    weights = np.concatenate(
        [np.ravel(v) for key, v in network.model_.members[0].params.items() if key.endswith("weight")]
    )
    half = X.shape[1] // 2
    useless = sum(column >= half for column in dropped)
    return {
        "zeros": 100 * network.zero_share_,
        "size": float(np.sqrt(np.mean(weights**2))),
        "useless_dropped": 100 * useless / half,
        "real_dropped": 100 * (len(dropped) - useless) / half,
        "score": 100 * network.score(X_test, y_test),
    }


figures = {}
for name in TABLES:
    for penalty in ("l1", "l2"):
        for strength in STRENGTHS:
            found = [facts(name, penalty, strength, seed) for seed in SEEDS]
            figures.setdefault(name, {}).setdefault(penalty, {})[f"{strength:g}"] = {
                key: mean(one[key] for one in found) for key in found[0]
            } | {"spread": spread(one["score"] for one in found)}
        figures[name][f"{penalty}_best"] = max(
            (row | {"strength": float(key)} for key, row in figures[name][penalty].items()),
            key=lambda one: one["score"],
        )

figure, (left, middle, right) = axes(3, height=3.2)
at = range(len(STRENGTHS))
for penalty, colour in (("l1", BLUE), ("l2", ORANGE)):
    for name, style in zip(TABLES, ("-", "--"), strict=True):
        shown = list(figures[name][penalty].values())
        label = f"{penalty.upper()}, {name}"
        left.plot(at, [f["zeros"] for f in shown], style, color=colour, marker="o", label=label)
        middle.plot(at, [f["size"] for f in shown], style, color=colour, marker="o")
shown = list(figures["breast cancer"]["l1"].values())
right.plot(at, [f["useless_dropped"] for f in shown], color=GREEN, marker="o", label="useless columns")
right.plot(at, [f["real_dropped"] for f in shown], color=GREY, marker="o", label="real columns")
left.set(ylabel="weights that are exactly 0 (%)", title="Zeros")
middle.set(ylabel="root mean square of the weights", ylim=(0, None), title="Shrinkage")
right.set(ylabel="columns dropped (%)", title="L1's choice, breast cancer")
right.legend(fontsize=8)
for axis in (left, middle, right):
    axis.set_xticks(at, ["0", ".0001", ".001", ".003", ".01", ".03", ".1"], fontsize=7.5, rotation=45)
    axis.set_xlabel("λ")
figure.legend(
    *left.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=8, handlelength=3.5
)

text = table(
    ["table", "penalty", "λ", "zeros", "size", "useless dropped", "real dropped", "score"],
    [
        [
            name,
            penalty.upper(),
            strength,
            f"{f['zeros']:.0f} %",
            f"{f['size']:.3f}",
            f"{f['useless_dropped']:.0f} %",
            f"{f['real_dropped']:.0f} %",
            f"{f['score']:.1f} ± {f['spread']:.1f}",
        ]
        for name in TABLES
        for penalty in ("l1", "l2")
        for strength, f in figures[name][penalty].items()
    ],
)
write("penalties", figures, text, main=figure)
