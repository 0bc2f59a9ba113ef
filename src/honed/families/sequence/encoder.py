"""Sequences as networks take them: `SequenceEncoder`, with the scale of each channel from training rows alone."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from honed import typed
from honed.errors import InputError
from honed.families.sequence import long
from honed.families.sequence.inputs import SequenceInputs, Sequences
from honed.families.sequence.layout import Layout
from honed.families.sequence.measured import Measured
from honed.family import Array
from honed.figures import counted
from honed.lazily import pl
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Num

_BLOCK = 4_096  # sequences that are looked at in one go


@dataclass(frozen=True)
class Static:
    """What all sequences of a source have in common, the same whichever of them train.

    Attributes
    ----------
    inputs : the shape of encoded sequences. gaps_beside : numbers beside a sequence that are missing in some.
    layout : the columns of a long table, None for arrays.
    """

    inputs: SequenceInputs
    gaps_beside: tuple[int, ...] = ()
    layout: Layout | None = None

    def said_of_names(self) -> str:
        """Sentences that name the numbers in their order, where they were columns of a table."""
        if self.layout is None:
            return ""
        beside = [name for part in self.layout.beside for name in part.names]
        parts = {"channels": self.layout.names, "numbers beside": beside}
        return "".join(f" The {what}: {', '.join(names)}." for what, names in parts.items() if names)

    @classmethod
    def of(cls, sequences: Measured, layout: Layout | None = None) -> Static:
        """What sequences to learn from tell."""
        gaps = np.flatnonzero(np.isnan(sequences.beside).any(axis=0))
        inputs = SequenceInputs(
            sequences.time,
            sequences.channels,
            sequences.beside.shape[1] + len(gaps),
            bool((sequences.lengths < sequences.time).any()),
            bool(np.isnan(sequences.values).any()),
        )
        return cls(inputs, tuple(gaps.tolist()), layout)


@dataclass(frozen=True)
class SequenceEncoder:
    """Each channel at mean 0 and spread 1 over the steps of the training sequences; see `honed.family.Encoder`.

    Attributes
    ----------
    mean, spread : of each channel; then of each number beside a sequence. A spread of 0 counts as 1.
    """

    static: Static
    mean: tuple[float, ...]
    spread: tuple[float, ...]

    @property
    def inputs(self) -> SequenceInputs:
        """The shape of encoded sequences."""
        return self.static.inputs

    @classmethod
    def of(cls, sequences: Measured, static: Static) -> SequenceEncoder:
        """What training sequences teach."""
        mean, spread = _scales(sequences)
        beside = sequences.beside.astype(np.float64)
        known = ~np.isnan(beside)
        count = np.maximum(known.sum(axis=0), 1)
        middle = np.where(known, beside, 0).sum(axis=0) / count
        wide = np.sqrt(np.where(known, (beside - middle) ** 2, 0).sum(axis=0) / count)
        mean, spread = np.concatenate([mean, middle]), np.concatenate([spread, wide])
        return cls(static, tuple(mean.tolist()), tuple(np.where(spread > 0, spread, 1.0).tolist()))

    def encode(self, rows: Measured | pl.DataFrame, /) -> Sequences:
        """Scaled sequences; `InputError` for other channels than training had."""
        found = self.measured(rows)
        return self.scaled(found.values, found.lengths, found.beside)

    def scaled(self, values: Array, lengths: Array, beside: Array, xp: ModuleType = np) -> Sequences:
        """The arrays of `Measured` as a network takes them, by any array library."""
        channels = self.inputs.channels
        mean, spread = np.asarray(self.mean, np.float32), np.asarray(self.spread, np.float32)
        within = (xp.arange(values.shape[1]) < lengths[:, None])[:, :, None]
        present = ~xp.isnan(values) & within
        values = xp.where(present, (values - mean[:channels]) / spread[:channels], np.float32(0))
        if beside.shape[1]:
            known = ~xp.isnan(beside)
            parts = [xp.where(known, (beside - mean[channels:]) / spread[channels:], np.float32(0))]
            if gaps := list(self.static.gaps_beside):
                parts.append((~known)[:, np.array(gaps)].astype(np.float32))
            beside = xp.concatenate(parts, axis=1)
        return Sequences(values, lengths, beside, present if self.inputs.has_gaps else None)

    def measured(self, rows: Measured | pl.DataFrame) -> Measured:
        """Sequences of the channels that training had."""
        layout = self.static.layout
        if not isinstance(rows, Measured):
            if layout is None:
                raise InputError(
                    "X is a table, and the model was trained with arrays of sequences. Give an array (rows, time, "
                    "channels) or a list of arrays (time, channels)."
                )
            return long.of_frame(rows, layout, "X").sequences
        wanted = self.inputs.channels, len(self.mean) - self.inputs.channels
        if (rows.channels, rows.beside.shape[1]) != wanted:
            held = f"{counted(rows.channels, 'channel')} and {rows.beside.shape[1]:,} numbers beside"
            advice = "Give such sequences."
            if layout is not None:
                advice = f"Give a table with the columns {', '.join(layout.columns)}."
            raise InputError(
                f"The sequences have {held}, and the network was trained with {wanted[0]:,} and {wanted[1]:,}. {advice}"
            )
        return rows

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values."""
        layout = self.static.layout
        return {
            "inputs": self.inputs.to_json(),
            "gaps_beside": list(self.static.gaps_beside),
            "layout": None if layout is None else layout.to_json(),
            "mean": list(self.mean),
            "spread": list(self.spread),
        }

    @classmethod
    def from_json(cls, value: JSON, place: str) -> SequenceEncoder:
        """The encoder that `to_json` wrote; `Misfit` for anything else."""
        found = typed.take(_Document, value, place)
        inputs = SequenceInputs.from_json(found.inputs, f"{place}.inputs")
        layout = None if found.layout is None else Layout.from_json(found.layout, f"{place}.layout")
        wide = inputs.beside - len(found.gaps_beside)
        fits = all(0 <= number < wide for number in found.gaps_beside)
        typed.require(fits, f"{place}.gaps_beside", "names a number that is not there")
        for name in ("mean", "spread"):
            numbers = getattr(found, name)
            typed.finite(numbers, f"{place}.{name}")
            typed.require(
                len(numbers) == inputs.channels + wide, f"{place}.{name}", f"holds {len(numbers)} numbers"
            )
        typed.require(min(found.spread) > 0, f"{place}.spread", "has one that is not above 0")
        if layout is not None:
            widths = [sum(len(part.names) for part in parts) for parts in (layout.channels, layout.beside)]
            typed.require(
                widths == [inputs.channels, wide], f"{place}.layout", "has other columns than numbers"
            )
        static = Static(inputs, found.gaps_beside, layout)
        return cls(static, found.mean, found.spread)


@dataclasses.dataclass(frozen=True)
class _Document:
    inputs: JSON
    gaps_beside: tuple[int, ...]
    layout: JSON
    mean: tuple[float, ...]
    spread: tuple[float, ...]


def _scales(
    sequences: Measured,
) -> tuple[Float64[np.ndarray, " channels"], Float64[np.ndarray, " channels"]]:
    """Mean and spread of each channel over what was measured."""
    count, total = np.zeros(sequences.channels), np.zeros(sequences.channels)
    blocks = [slice(first, first + _BLOCK) for first in range(0, len(sequences), _BLOCK)]
    for block in blocks:
        values, known = _known(sequences[block])
        count += known.sum(axis=(0, 1))
        total += np.where(known, values, 0).sum(axis=(0, 1), dtype=np.float64)
    mean = total / np.maximum(count, 1)
    square = np.zeros(sequences.channels)
    for block in blocks:
        values, known = _known(sequences[block])
        square += np.where(known, (values - mean) ** 2, 0).sum(axis=(0, 1))
    return mean, np.sqrt(square / np.maximum(count, 1))


def _known(
    part: Measured,
) -> tuple[Num[np.ndarray, "rows time channels"], Bool[np.ndarray, "rows time channels"]]:
    return part.values, ~np.isnan(part.values) & part.is_within()[..., None]
