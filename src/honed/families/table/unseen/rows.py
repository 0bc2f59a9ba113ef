"""Rows that neither training nor any choice has seen, of a table: `SeenRows`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honed.families.unseen.seen import Seen

if TYPE_CHECKING:
    from jaxtyping import Float, Int

    from honed.lazily import pl
    from honed.model.model import Model
    from honed.table.read import Table

_MOST_ROWS, _LEAST_ROWS = 1_000, 60
_BLOCK = 2_048  # rows in one product


@dataclass(frozen=True)
class SeenRows(Seen):
    """The outer rows of a table."""

    frame: pl.DataFrame

    def affordable(self, variants: int, answers: int) -> int:
        """Rows that can be asked about in so many variants."""
        rows = answers // (variants * len(self.model.members))
        return min(len(self.truth), max(_LEAST_ROWS, min(_MOST_ROWS, rows)))


def look(
    model: Model,
    table: Table,
    rows: Int[np.ndarray, " rows"],
    places: Int[np.ndarray, " rows"] | None = None,
) -> SeenRows:
    """Those rows of a table that was read, with what the model says of them.

    Parameters
    ----------
    places : where they are in what the user gave, if the table is not all of it.
    """
    from honed.table.columns import target_values

    frame = table.frame[rows.tolist()]
    told = model.probabilities(frame) if model.classes else model.values(frame)
    at = rows if places is None else places
    return SeenRows(at + 1, target_values(table, model.schema, rows), told, model, frame)


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
