"""The networks for sequences, `honed.nets.sequence`, as training and prediction ask for them: `NETWORKS`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from honed.families.sequence.inputs import SequenceInputs, Sequences
from honed.families.usual import UsualNetworks
from honed.family import Array, Dropout, Layer, Parameters, Role, Statistics
from honed.nets import sequence
from honed.nets.sequence import Batch, Shape
from honed.nets.sequence_spec import SequenceSpec

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class SequenceNetworks(UsualNetworks):
    """`honed.family.Networks` for `Sequences`.

    Where steps may be missing, a network sees of each channel also whether it was measured.
    """

    def start(
        self, spec: SequenceSpec, inputs: SequenceInputs, outputs: int, sample: Sequences, seed: int
    ) -> Parameters:
        """See `sequence.initialize`."""
        return sequence.initialize(spec, _shape(inputs), outputs, _batch(inputs, sample, np), seed)

    def apply(
        self,
        params: Parameters,
        spec: SequenceSpec,
        inputs: SequenceInputs,
        rows: Sequences,
        xp: ModuleType = np,
        dropout: Dropout | None = None,
        statistics: Statistics | None = None,
    ) -> Float[Array, "rows outputs"]:
        """See `sequence.apply`."""
        return sequence.apply(params, spec, _batch(inputs, rows, xp), xp, dropout, statistics)

    def predict(
        self,
        params: Parameters,
        spec: SequenceSpec,
        inputs: SequenceInputs,
        rows: Sequences,
        thinning: int | None = None,
    ) -> Float[np.ndarray, "rows outputs"]:
        """See `sequence.predict`: neither the sequences beside nor what is behind an end changes an output."""
        ends = rows.lengths
        is_ragged = bool((ends < rows.values.shape[1]).any())
        inputs = dataclasses.replace(inputs, is_ragged=is_ragged)
        return sequence.predict(params, spec, _batch(inputs, rows, np), thinning)

    def shapes(self, spec: SequenceSpec, inputs: SequenceInputs, outputs: int) -> dict[str, tuple[int, ...]]:
        """See `sequence.shapes`."""
        return sequence.shapes(spec, _shape(inputs), outputs)

    def cost(self, spec: SequenceSpec, inputs: SequenceInputs, outputs: int) -> float:
        """Products forward, and twice back."""
        return 6.0 * sequence.products(spec, _shape(inputs), outputs)

    def values(self, spec: SequenceSpec, inputs: SequenceInputs, outputs: int) -> int:
        """See `sequence.values`."""
        return sequence.values(spec, _shape(inputs), outputs)

    def role(self, name: str) -> Role:
        """See `sequence.role`."""
        return sequence.role(name)

    def layers(self, spec: SequenceSpec) -> tuple[Layer, ...]:
        """See `sequence.layers`."""
        return sequence.layers(spec)

    def dropouts(self, spec: SequenceSpec) -> dict[int, float]:
        """See `sequence.dropouts`."""
        return sequence.dropouts(spec)

    def structure(self, spec: SequenceSpec) -> SequenceSpec:
        """The network with every number that is traced, or that only a start needs, at its default."""
        return dataclasses.replace(
            spec, dropout=0.0, input_dropout=0.0, memory=None, recurrent_start="orthogonal"
        )


def _shape(inputs: SequenceInputs) -> Shape:
    return Shape(inputs.channels * (2 if inputs.has_gaps else 1), inputs.beside, inputs.time)


def _batch(inputs: SequenceInputs, rows: Sequences, xp: ModuleType) -> Batch:
    """What the network takes: channels, whether each was measured, and lengths where they differ."""
    values = rows.values
    if rows.present is not None:
        values = xp.concatenate([values, rows.present.astype(values.dtype)], axis=-1)
    return Batch(values, rows.lengths if inputs.is_ragged else None, rows.beside)


NETWORKS = SequenceNetworks()
