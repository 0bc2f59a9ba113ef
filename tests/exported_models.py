"""Untrained models of a made table with all kinds of columns, which tests of exports give away and ask."""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from honed.encode import encoder, target
from honed.model import Member, Model
from honed.model.decision import Decision
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.table.columns import Schema, infer, target_rows, target_values
from honed.table.read import Table

ROWS = 500
GOALS = ("value", "many", "two", "three")
PLAIN = (
    "size",
    "count",
    "colour",
    "town",
    "smoker",
    "flag",
    "day",
    "clock",
    "until",
)  # columns that every format reads
SPECS = (
    NetworkSpec(
        hidden_sizes=(6, 5), numeric_embedding="periodic", activation=("mish", "gelu"), residual=True
    ),
    NetworkSpec(
        hidden_sizes=(7, 7), activation="selu", normalization="batch", residual=True, parametrization="ntk"
    ),
    NetworkSpec(
        hidden_sizes=(5,),
        activation="silu",
        normalization="layer",
        parametric_activation=True,
        feature_scale=True,
    ),
    NetworkSpec(depth=0),
)
DECISION = Decision(0, 0.6, "f1", 100)
GIVEN: dict[str, dict[str, Any]] = {  # what `model` takes for models of each kind
    "a quantity": {"specs": SPECS},
    "a logarithm": {"goal": "many", "specs": SPECS[:2], "scaling": "standard"},
    "a rate": {"goal": "many", "specs": SPECS[:2], "loss": "poisson"},
    "numbers as they are": {  # cosines of thousands are beyond float32
        "goal": "many",
        "specs": tuple(replace(spec, numeric_embedding=None) for spec in SPECS[:2]),
        "scaling": "none",
    },
    "two classes": {"goal": "two", "specs": SPECS, "temperature": 1.4},
    "two classes by a threshold": {"goal": "two", "specs": SPECS[:1], "decision": DECISION},
    "three classes": {"goal": "three", "specs": SPECS[1:3], "temperature": 0.7},
    "means of the target": {"specs": SPECS[:2], "by_target": True},
    "means of classes": {"goal": "three", "by_target": True},
    "pairs of numbers": {"specs": SPECS[:2], "in_pairs": True},
    "crosses": {"specs": SPECS[:2], "crossing": True},
    "bins": {"specs": SPECS[:2], "binning": True},
    "shares": {"goal": "two", "loss": "squared"},
    "quantiles": {"loss": "quantile", "quantiles": (0.1, 0.4, 0.9)},
}


def cells(rows: int = ROWS, seed: int = 1) -> dict[str, list[str | None]]:
    """Columns of texts as a file has them, about one cell in eight empty."""
    rng = np.random.default_rng(seed)
    days = np.datetime64("1968-03-01") + rng.integers(0, 3_000, rows)
    hours, minutes = rng.integers(0, 24, rows), rng.integers(0, 60, rows)
    stamps = [f"{day} {hour:02}:{minute:02}" for day, hour, minute in zip(days, hours, minutes, strict=True)]
    towns = [f"town {place}" for place in range(40)]
    names = np.where(rng.random(rows) < 0.3, rng.integers(0, 6, rows), rng.integers(6, 900, rows))
    made: dict[str, Any] = {
        "size": [f"{value:.3f}" for value in rng.normal(50, 20, rows)],
        "count": [("?" if place % 9 == 0 else str(place)) for place in rng.integers(1, 400, rows)],
        "price": [f"$1,{place:03}.50" for place in rng.integers(0, 1_000, rows)],
        "weight": [f"{value:.1f} kg".replace(".", ",") for value in rng.normal(80, 9, rows)],
        "span": [f"{low}-{low + 9}" for low in rng.integers(0, 30, rows) * 10],
        "took": [f"{hour}h {minute}m" for hour, minute in zip(hours, minutes, strict=True)],
        "colour": [("red", "Green", "blue")[place] for place in rng.integers(0, 3, rows)],
        "grade": [("low", "mid", "high", "top")[place] for place in rng.integers(0, 4, rows)],
        "town": [towns[place] for place in rng.integers(0, 40, rows)],
        "name": [f"name {place}" for place in names],
        "smoker": [("yes", "no")[place] for place in rng.integers(0, 2, rows)],
        "flag": [("0", "1")[place] for place in rng.integers(0, 2, rows)],
        "day": [f"{str(day)[8:10]}.{str(day)[5:7]}.{str(day)[:4]}" for day in days],
        "stamp": [f"{stamp}+02:00" for stamp in stamps],
        "clock": [f"{hour:02}:{minute:02}" for hour, minute in zip(hours, minutes, strict=True)],
        "until": [f"{(hour + 3) % 24:02}:{minute:02}" for hour, minute in zip(hours, minutes, strict=True)],
    }
    for own in made.values():
        for row in np.flatnonzero(rng.random(rows) < 0.12).tolist():
            own[row] = None
    made |= lists(rows, seed) | {"note": texts(rows, seed)}
    signal = rng.normal(size=rows)
    made["value"] = [f"{value:.4f}" for value in 100 + 30 * signal]
    made["many"] = [f"{value:.4f}" for value in np.exp(signal)]
    made["two"] = [("no", "yes")[int(value > 0)] for value in signal]
    made["three"] = [("a", "b", "c")[place] for place in np.digitize(signal, (-0.5, 0.5))]
    return made


def lists(rows: int, seed: int) -> dict[str, list[str | None]]:
    """Columns of lists in brackets and with bars, of 70 items, of which some are rare and some cells empty."""
    rng = np.random.default_rng([seed, 1])
    chances = 1.0 / np.arange(1, 71)
    made: list[list[str]] = [
        [
            f"o'{place}"
            for place in rng.choice(70, rng.integers(0, 4), replace=False, p=chances / chances.sum())
        ]
        for _ in range(2 * rows)
    ]
    tags = [str(own) if row % 9 else None for row, own in enumerate(made[:rows])]
    return {"tags": tags, "marks": ["|".join(own) or None for own in made[rows:]]}


def texts(rows: int, seed: int) -> list[str | None]:
    """Texts of a few words, in two ways of writing, some cells empty."""
    rng = np.random.default_rng([seed, 2])
    words = [f"{sound}{place}" for place in range(20) for sound in ("Ba", "ko")] + ["我爱", "北京"]
    made = [" ".join(rng.choice(words, rng.integers(3, 8))) for _ in range(rows)]
    return [None if row % 11 == 0 else text for row, text in enumerate(made)]


def frame(names: Sequence[str] | None = None, rows: int = ROWS, seed: int = 1) -> pl.DataFrame:
    """Those columns of texts, all of them by default."""
    made = pl.DataFrame(cells(rows, seed))
    return made if names is None else made.select(names)


def csv(made: pl.DataFrame) -> str:
    """A table as a file has it."""
    out = io.StringIO()
    made.write_csv(out)
    return out.getvalue()


@functools.cache
def learned_table(goal: str, columns: tuple[str, ...] | None) -> tuple[Table, Schema]:
    """The made table and what is inferred of it."""
    inputs = columns or [name for name in cells(1) if name not in GOALS]
    table = Table(frame([*inputs, goal]), "made.csv", "", is_typed=False)
    order = {"columns": [{"name": "grade", "order": ["low", "mid", "high", "top"]}]}
    schema = infer(table, goal, schema=order if "grade" in inputs else None)
    return schema.read_training(table), schema


def model(
    goal: str = "value",
    columns: Sequence[str] | None = None,
    specs: Sequence[NetworkSpec] = SPECS[:1],
    *,
    temperature: float = 1.0,
    loss: str = "auto",
    quantiles: tuple[float, ...] = (),
    scaling: str = "robust",
    decision: Decision | None = None,
    **learned_with: Any,
) -> Model:
    """Untrained networks that vote with equal shares; each has an encoder of its own, from other rows.

    `learned_with` are switches of `encoder.fit`.
    """
    table, schema = learned_table(goal, None if columns is None else tuple(columns))
    rows = target_rows(table, schema)
    kind = "classes" if schema.target.classes else ("log" if goal == "many" else "linear")
    kind = kind if target.kind_of(loss) == "linear" else target.kind_of(loss)
    y = target_values(table, schema, rows)
    decoder = target.fit(y, kind)
    outputs = len(quantiles) or len(schema.target.classes) or 1
    encoders, members = [], []
    for number, spec in enumerate(specs):
        some, own = rows[number::2], y[number::2]
        learned = encoder.fit(table, schema, some, scaling=scaling, y=own, **learned_with)
        start = mlp.initialize(spec, learned.inputs, outputs, learned.encode(table.frame), number)
        rng = np.random.default_rng(number)
        params = {name: value + 0.1 * rng.random(value.shape, np.float32) for name, value in start.items()}
        encoders.append(learned)
        members.append(Member(spec, number, decoder, params, 1 / len(specs), loss, quantiles))
    made = Model(schema, tuple(encoders), tuple(members))
    return replace(made, temperature=temperature, decision=decision)
