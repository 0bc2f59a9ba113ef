"""Sequences as networks take them: `Sequences`, and what is static about them, `SequenceInputs`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from honed import typed
from honed.family import Array
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int


class Sequences(NamedTuple):
    """Scaled sequences of one length, padded behind; of NumPy, or of JAX inside a compiled program.

    Attributes
    ----------
    values : float32; 0 where nothing was measured, and from the end of a sequence on.
    lengths : int32, the steps of each, at least 1. beside : float32, what does not change with time; may have width 0.
    present : whether each number within a sequence was measured, false behind its end; None where all were.
    """

    values: Float[Array, "rows time channels"]
    lengths: Int[Array, " rows"]
    beside: Float[Array, "rows beside"]
    present: Bool[Array, "rows time channels"] | None = None


@dataclass(frozen=True)
class SequenceInputs:
    """The shape of encoded sequences.

    Attributes
    ----------
    time : steps of the longest sequence to learn from; one to predict may have more or fewer.
    beside : numbers beside a sequence that do not change with time.
    is_ragged : whether any sequence is shorter than the arrays that hold it. Where none is, a network may leave out
        what keeps padding from its outputs.
    has_gaps : whether `Sequences.present` is there.
    """

    time: int
    channels: int
    beside: int = 0
    is_ragged: bool = False
    has_gaps: bool = False

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: JSON, place: str = "inputs") -> SequenceInputs:
        """The inputs that `to_json` wrote; `Misfit` for anything else."""
        found = typed.take(cls, value, place)
        for name, least in (("time", 1), ("channels", 1), ("beside", 0)):
            size = getattr(found, name)
            typed.require(size >= least, f"{place}.{name}", f"is {size}, but it must be {least} at least")
        return found
