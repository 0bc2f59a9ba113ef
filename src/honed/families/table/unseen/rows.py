"""Rows that neither training nor any choice has seen, with what the model says of them: `Seen`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from jaxtyping import Float, Int, Real

    from honed.model.model import Model
    from honed.table.read import Table

_MOST_ROWS, _LEAST_ROWS = 1_000, 60
_BLOCK = 2_048  # rows in one product
_MOST_POINTS = 400  # of one curve or cloud in the page
_MOST_CLASSES, _LEAST_POSITIVES = 6, 10  # classes with curves of their own; fewer rows give no curve


@dataclass(frozen=True)
class Seen:
    """The outer rows with what the model says of them: probabilities (rows, classes) or values (rows,)."""

    frame: pl.DataFrame
    places: Int[np.ndarray, " rows"]  # of the file, from 1
    truth: Real[np.ndarray, " rows"]
    told: Float[np.ndarray, "rows ..."]
    model: Model

    @property
    def classes(self) -> tuple[str, ...]:
        """Class texts; none for values."""
        return self.model.classes

    def affordable(self, variants: int, answers: int) -> int:
        """Rows that can be asked about in so many variants."""
        rows = answers // (variants * len(self.model.members))
        return min(len(self.truth), max(_LEAST_ROWS, min(_MOST_ROWS, rows)))


def look(model: Model, table: Table, rows: Int[np.ndarray, " rows"]) -> Seen:
    from honed.table.columns import target_values

    frame = table.frame[rows.tolist()]
    told = model.probabilities(frame) if model.classes else model.values(frame)
    return Seen(frame, rows + 1, target_values(table, model.schema, rows), told, model)


def tell(model: Model, frame: pl.DataFrame) -> Float[np.ndarray, "rows ..."]:
    """What the model says, without its promise that a row's last bit is the same in any company: far quicker."""
    from honed.encode.encoder import Encoded
    from honed.model.outputs import decode, sharpen
    from honed.nets import mlp

    encoded = {number: model.encoders[number].encode(frame) for number in {m.encoder for m in model.members}}
    total: Any = 0.0
    for member in model.members:
        inputs, rows = model.encoders[member.encoder].inputs, encoded[member.encoder]
        outputs = np.concatenate(
            [
                mlp.apply(
                    member.params,
                    member.network,
                    inputs,
                    Encoded(*(part[first : first + _BLOCK] for part in rows)),
                )
                for first in range(0, frame.height, _BLOCK)
            ]
        )
        total = total + member.weight * decode(member.target, outputs, member.loss, member.quantiles)
    return sharpen(total, model.temperature) if model.classes else total


def frequent(truth: Int[np.ndarray, " rows"]) -> list[int]:
    """The most frequent classes, those with too few rows left out."""
    counts = np.bincount(truth)
    order = np.argsort(-counts, kind="stable")[:_MOST_CLASSES]
    return [int(code) for code in order if counts[code] >= _LEAST_POSITIVES or code == order[0]]


def thinned(count: int) -> Int[np.ndarray, " points"]:
    """Positions of at most `_MOST_POINTS` of so many points, first and last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_POINTS)).round().astype(int))


def few(values: Real[np.ndarray, " points"]) -> list[float]:
    """Numbers with six digits: more would only make the page longer."""
    return [float(f"{value:.6g}") for value in values]
