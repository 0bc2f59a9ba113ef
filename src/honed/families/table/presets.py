"""Published and rule-made defaults as data: the first networks that every search tries.

Each preset names its source. What the data decide (rows, classes, numeric columns) is filled in by `presets`.
"""

from __future__ import annotations

from dataclasses import replace

from honed.nets.spec import NetworkSpec
from honed.train.recipe import Preset, Rates
from honed.train.spec import TrainingSpec

PLAINEST = "narrowing"  # the quickest to compile and to train
_FEW_ROWS = 4_000  # up to which a wide layer costs little
_WIDEST, _WIDEST_FEW_ROWS = 256, 512  # first hidden layers

# Dropout keeps a network from learning its rows by heart, which the more there are the less it can: its rates were
# tuned on tables of up to so many rows, and fall in proportion beyond. Of 2,000,000 rows RealMLP comes to an error of
# 0.513 with its dropout and 0.507 without after 400,000 row visits; see also Komatsuzaki 2019, arXiv 1906.06669.
_DROPOUT_ROWS, _LEAST_DROPOUT = 100_000, 0.2

MANY = 300  # numeric columns, from which on few of them may be enough
_MOST_EMBEDDED = 2_000  # numeric columns; more would make each step of a network dear

# Products divided by the square root of their inputs want longer steps.
_NTK_RATES = Rates("ntk_rate", (0.01, 0.5))
_LINEAR_RATES, _LINEAR_EPOCHS = Rates("linear_rate", (0.003, 0.1)), 100


def presets(
    task: str, rows: int, continuous: int, epochs: int, screened: str | None = None
) -> tuple[Preset, ...]:
    """The defaults in the order in which they are tried; the first is the one a winner has to beat.

    Of very many numbers that is a linear model on the few that say most; the published recipe is there on these as well
    as on all.

    Parameters
    ----------
    rows : training rows; decides widths.
    continuous : numeric columns; without any there is nothing to embed.
    epochs : passes over the rows that the plan allows.
    screened : the encoding of the few that say most.
    """
    drops = min(1.0, _DROPOUT_ROWS / rows)
    drops = drops if drops > _LEAST_DROPOUT else 0.0
    rules = {}
    if drops < 1:
        end = f"is left out from {_DROPOUT_ROWS / _LEAST_DROPOUT:,.0f} rows on"
        fallen = f"falls in proportion above {_DROPOUT_ROWS:,} rows" if drops else end
        rules["dropout"] = f"a published rate {fallen}: of {rows:,} a network learns few by heart"
    regression = task == "regression"
    embedding = "periodic" if 0 < continuous <= _MOST_EMBEDDED else None
    width = 128 if rows < 1_500 else 256
    patience = max(10, epochs // 3)
    realmlp = Preset(
        "RealMLP-TD",
        NetworkSpec(
            depth=3,
            width=width,
            taper=1.0,
            activation="mish" if regression else "selu",
            parametric_activation=True,
            parametrization="ntk",
            init="data",
            feature_scale=True,
            numeric_embedding=embedding,
            dropout=0.15 * drops,
        ),
        TrainingSpec(
            learning_rate=0.2 if regression else 0.04,
            beta2=0.95,
            schedule="coslog4",
            weight_decay=0.02,
            dropout_schedule="flat_cosine",
            weight_decay_schedule="flat_cosine",
            bias_rate=0.1,
            scale_rate=6.0,
            embedding_rate=0.1,
            slope_rate=0.1,
            epochs=epochs,
            patience=patience,
        ),
        "tuned on 118 tables by its authors (RealMLP-TD, arXiv 2407.04491); without label smoothing, "
        "which harms log-loss",
        _NTK_RATES,
    )
    narrowing = Preset(
        PLAINEST,
        NetworkSpec(depth=3, width=width, taper=0.5, activation="relu", dropout=0.2 * drops),
        TrainingSpec(
            learning_rate=1e-3, schedule="cosine", weight_decay=0.01, epochs=epochs, patience=patience
        ),
        "the lecture's rules: narrowing layers, ReLU, dropout 0.2, Adam, a falling rate",
    )
    plain = Preset(
        "periodic MLP",
        NetworkSpec(
            depth=3, width=width, activation="silu", numeric_embedding=embedding, dropout=0.1 * drops
        ),
        TrainingSpec(
            learning_rate=2e-3, schedule="one_cycle", weight_decay=0.02, epochs=epochs, patience=patience
        ),
        "a plain MLP behind learned cosines of each number (arXiv 2203.05556), one-cycle rate",
    )
    realmlp, narrowing, plain = (replace(preset, rules=rules) for preset in (realmlp, narrowing, plain))
    if continuous < MANY or screened is None:
        return realmlp, narrowing, plain
    sparse = Preset(
        "sparse linear",
        NetworkSpec(hidden_sizes=()),
        TrainingSpec(
            learning_rate=0.02, schedule="cosine", l1=0.03, epochs=max(epochs, _LINEAR_EPOCHS), patience=None
        ),
        "a linear model with an L1 penalty (lasso, Tibshirani 1996) on the few of very many columns that say most",
        _LINEAR_RATES,
        screened,
    )
    on_few = replace(
        realmlp,
        name="RealMLP-TD on few columns",
        network=replace(realmlp.network, numeric_embedding="periodic"),
        reason=f"{realmlp.reason}; on the few of very many columns that say most",
        encoding=screened,
    )
    return sparse, on_few, narrowing, realmlp, plain


def widest(rows: int, *, is_brief: bool) -> int:
    """Most units of the first hidden layer for so many training rows; fewer where each network has but seconds."""
    return _WIDEST_FEW_ROWS if rows <= _FEW_ROWS and not is_brief else _WIDEST
