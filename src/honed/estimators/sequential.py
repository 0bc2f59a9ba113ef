"""Arrays and lists of sequences in, predictions out: `Sequential`, what the estimators for them have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError, warn
from honed.estimators.of_arrays import OfArrays
from honed.families.sequence import shared
from honed.families.sequence.checks import check
from honed.families.sequence.encoder import SequenceEncoder, Static
from honed.families.sequence.measured import Measured, of_arrays
from honed.families.sequence.source import whole
from honed.table.native import TableLike

if TYPE_CHECKING:
    from jaxtyping import Int


class Sequential(OfArrays):
    """Sequences in an array (rows, time, channels) or a list of arrays (time, channels); `model_` is set by `fit`."""

    _noun = "sequence"
    n_channels_: int
    n_steps_: int

    def _rows(self, X: TableLike) -> Measured:
        if hasattr(X, "columns") or hasattr(X, "column_names"):
            raise InputError(
                f"X is a table ({type(X).__name__}), and sequences are arrays (rows, time, channels), or lists of "
                "arrays (time, channels). Give such; a long table, one row a step, is for the command line: honed fit "
                "TABLE --sequence COLUMN."
            )
        return of_arrays(X)

    def _keep(self, rows: Measured) -> None:
        for note in check(rows, (), "X"):
            warn(note)
        self.n_channels_, self.n_steps_ = rows.channels, rows.time

    def _groups(self, rows: Measured) -> Int[np.ndarray, " rows"] | None:
        return whole(shared.parts(rows))

    def _encoder(self, rows: Measured, train: Int[np.ndarray, " train"]) -> SequenceEncoder:
        return SequenceEncoder.of(rows[train], Static.of(rows))
