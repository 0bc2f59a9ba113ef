"""Untrained models of pictures and of sequences, which tests of exports give away and ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from honed.encode import target
from honed.families.found import IMAGE as IMAGE
from honed.families.found import SEQUENCE as SEQUENCE
from honed.family import find_family
from honed.model import Member, Model
from honed.table.columns import Schema
from honed.table.target import Target

CLASSES = ("cat", "dog", "fox")


def model(
    address: str,
    encoders: Sequence[Any],
    specs: Sequence[Any],
    rows: Any,
    classes: tuple[str, ...] = CLASSES,
    temperature: float = 1.3,
) -> Any:  # a `Model`, which is asked about pictures or sequences here
    """Networks with unequal shares, each of them with an encoder of its own where there are several."""
    networks, codes = find_family(address).networks, np.arange(60) % max(len(classes), 1)
    kind, y = ("classes", codes) if classes else ("log", np.exp(np.sin(np.arange(60.0))))
    decoder, shares = target.fit(y, kind), np.arange(1.0, len(specs) + 1)
    members = []
    for number, spec in enumerate(specs):
        encoder = encoders[number % len(encoders)]
        start = networks.start(spec, encoder.inputs, len(classes) or 1, encoder.encode(rows), number)
        rng = np.random.default_rng(number)
        params = {
            name: value
            if networks.role(name) == "fixed"
            else value + 0.1 * rng.random(value.shape, np.float32)
            for name, value in start.items()
        }
        share = float(shares[number] / shares.sum())
        members.append(Member(spec, number % len(encoders), decoder, params, share))
    goal = Target("kind", "multiclass" if classes else "regression", classes, "the test says so")
    return Model(Schema((), goal, 60, 0), tuple(encoders), tuple(members), temperature, address)
