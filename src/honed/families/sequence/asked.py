"""Sequences to predict: `asked` reads those that a path names as a model takes them; `odd` tells of strange ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from honed.families.sequence import archive, long
from honed.families.sequence.encoder import SequenceEncoder
from honed.families.sequence.measured import Measured
from honed.family import AS_USUAL, Asked, Cells, HowRead
from honed.figures import counted
from honed.run import paths
from honed.table.columns import Schema

if TYPE_CHECKING:
    from honed.family import Raw

_SEQUENCE = "sequence"  # the column that stands before the predictions for arrays
_LONG = 2  # times the longest sequence of training, beyond which a network has to guess


def asked(data: str, schema: Schema, encoder: SequenceEncoder, how: HowRead = AS_USUAL) -> Asked:
    """The sequences of an archive, or of a long table with the columns that training had.

    Raises
    ------
    InputError
        There are none, the model was trained with sequences of other channels, or `how` is of a table and they are in
        an archive.
    """
    layout, target = encoder.static.layout, schema.target.name
    if layout is None:
        how.check_unsaid(paths.shown(data))
        found, sequences = archive.read(data, needs_target=False)
        truth: Cells | None = found.y
        beside: Mapping[str, Sequence[object]] = {_SEQUENCE: range(1, len(sequences) + 1)}
        notes: tuple[str, ...] = ()
    else:
        table = long.again(data, layout, target, **how.words())
        sequences, truth, notes = table.sequences, table.target, table.notes
        beside = {layout.sequence: table.names}
    sequences = encoder.measured(sequences)
    return Asked(sequences, np.arange(len(sequences)), len(sequences), beside, truth, notes)


def odd(encoder: SequenceEncoder, rows: Raw) -> list[str]:
    """A sentence for each way in which sequences are unlike all of training."""
    found: Measured = encoder.measured(rows)
    said = []
    gaps = np.isnan(found.values).any(axis=(1, 2))
    if gaps.any() and not encoder.inputs.has_gaps:
        said.append(
            f"In {counted(int(gaps.sum()), 'sequence')} of {len(found):,} some steps are missing, and none was in "
            "training: the mean of the channel stands for them. Fill them, or train with such sequences."
        )
    longer = int((found.lengths > _LONG * encoder.inputs.time).sum())
    if longer:
        said.append(
            f"{counted(longer, 'sequence')} of {len(found):,} {'is' if longer == 1 else 'are'} more than twice as long "
            f"as the longest of training ({encoder.inputs.time:,} steps), so the network has to guess how it goes on."
        )
    return said
