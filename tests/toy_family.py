"""A family of networks in forty lines: one array in, one layer. Its address is ``toy_family:TOY``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from honed.families.plain import InMemory, Plain, Shape
from honed.family import Asked, HowRead, Parameters
from honed.settings import setting
from honed.table.columns import Schema
from honed.train.recipe import Preset
from honed.train.spec import TrainingSpec


@dataclass(frozen=True, kw_only=True)
class OneLayer:
    spread: float = setting(
        0.1, float, valid="[0, 10]", search=(0.01, 1.0), log=True, help="Of first weights."
    )


class Toy(Plain):
    specification = OneLayer
    compared = ("spread",)
    searched_encodings = Plain.encodings

    def read(self, options: Any, places: Mapping[str, str]) -> InMemory:
        rows = np.load(places.get("data", options.data))
        return InMemory(options.data, rows[:, :-1].astype(np.float32), rows[:, -1])

    def asked(self, data: str, schema: Schema, encoder: Any, how: HowRead) -> Asked:
        rows = np.load(data)
        places = np.flatnonzero(np.isfinite(rows[:, :3]).all(axis=1))
        truth = rows[:, 3] if rows.shape[1] > 3 else None
        beside = {"row": range(len(rows))}
        warnings = () if len(places) == len(rows) else ("Some rows are empty.",)
        return Asked(rows[places, :3], places, len(rows), beside, truth, ("Read by the toy.",), warnings)

    def presets(self, task: str, rows: int, inputs: Shape, epochs: int) -> tuple[Preset, ...]:
        training = TrainingSpec(learning_rate=0.01, epochs=epochs, schedule="cosine")
        return (Preset("plain", OneLayer(), training, "there is no other"),)

    def structure(self, spec: OneLayer) -> OneLayer:
        return OneLayer()

    def start(self, spec: OneLayer, inputs: Shape, outputs: int, sample: Any, seed: int) -> Parameters:
        weight = spec.spread * np.random.default_rng(seed).normal(size=(*inputs.shape, outputs))
        return {"0.weight": weight.astype(np.float32), "0.bias": np.zeros(outputs, np.float32)}

    def apply(self, params: Parameters, spec: OneLayer, inputs: Shape, rows: Any, *_: Any, **__: Any) -> Any:
        return rows @ params["0.weight"] + params["0.bias"]


TOY = Toy()
