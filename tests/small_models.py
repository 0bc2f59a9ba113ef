"""Untrained models of small networks, which several tests save, load and ask."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from honed.encode import encoder, target
from honed.model import Member, Model
from honed.model.model import Reading
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.table.columns import infer, target_rows, target_values
from honed.table.read import from_frame

FRAME = pl.DataFrame(
    {
        "size": [0.1 * row * (-1) ** row for row in range(60)],
        "colour": [("red", "green", "blue")[row % 3] for row in range(60)],
        "kind": [("oak", "elm")[row % 2] for row in range(60)],
    }
)


def model(name: str, seeds: tuple[int, ...] = (1, 2), temperature: float = 1.0) -> Model:
    """Untrained networks that vote: the first with weight 0.75, if there are two."""
    table = from_frame(FRAME)
    schema = infer(table, name)
    rows = target_rows(table, schema)
    learned = encoder.fit(table, schema, rows)
    kind = "classes" if schema.target.classes else "linear"
    decoder = target.fit(target_values(table, schema, rows), kind)
    outputs = len(schema.target.classes) or 1
    spec = NetworkSpec(hidden_sizes=(6,), numeric_embedding="periodic")
    shares = (0.75, 0.25) if len(seeds) == 2 else (1.0,)
    members = tuple(
        Member(
            spec,
            0,
            decoder,
            mlp.initialize(spec, learned.inputs, outputs, learned.encode(table.frame), seed),
            share,
        )
        for seed, share in zip(seeds, shares, strict=True)
    )
    return Model(schema, (learned,), members, temperature)


def with_network(
    name: str, spec: NetworkSpec, loss: str = "auto", quantiles: tuple[float, ...] = ()
) -> Model:
    """One untrained network of that shape."""
    plain = model(name, (1,))
    (learned,), (member,) = plain.encoders, plain.members
    outputs = len(quantiles) or len(plain.classes) or 1
    params = mlp.initialize(spec, learned.inputs, outputs, learned.encode(FRAME), 1)
    return Model(plain.schema, (learned,), (Member(spec, 0, member.target, params, 1.0, loss, quantiles),))


def crossing() -> Model:
    """Three outputs in the wrong order for all rows: 1.0, 0.0 and 0.5 on the standardised scale."""
    made = with_network("size", NetworkSpec(depth=0), "quantile", (0.1, 0.5, 0.9))
    (member,) = made.members
    weight = 0.05 * member.params["0.weight"]
    params = {"0.weight": weight, "0.bias": np.array([1.0, 0.0, 0.5], np.float32)}
    return replace(made, members=(replace(member, params=params),))


def of_two(*shares: tuple[float, float]) -> Model:
    """Untrained networks with two heads: "kind", and "size" by three quantiles.

    One, or as many as there are pairs of shares, which are those in the answers to both.
    """
    kind, size = model("kind", (1,)), model("size", (1,))
    (learned,), (member,) = kind.encoders, kind.members
    members = []
    for seed, (one, other) in enumerate(shares or [(1.0, 1.0)], 1):
        params = mlp.initialize(member.network, learned.inputs, 2 + 3, learned.encode(FRAME), seed)
        further = (Reading(size.members[0].target, "quantile", (0.1, 0.5, 0.9), 3, other),)
        members.append(replace(member, params=params, weight=one, further=further))
    return replace(
        kind,
        schema=replace(kind.schema, further=(size.schema.target,)),
        members=tuple(members),
        temperature=1.3,
        further=(1.0,),
    )
