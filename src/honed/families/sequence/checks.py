"""What sequences to learn from are looked at for before anything trains: `check` refuses some and notes others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError
from honed.families.sequence.measured import Measured
from honed.table.cells import some

if TYPE_CHECKING:
    from jaxtyping import Float64

_SWAPPED = "X.swapaxes(1, 2), or of a list [x.T for x in X]"
_WIDE = 4  # times as many channels as steps, from which on the axes may be turned
_LEAST_WIDE = 8  # channels of these
_NEAR = 0.8  # of the difference between steps, below which channels are nearer to each other than steps are
_LOOKED_AT = 256  # sequences that are compared so
_STRETCHED = 20  # times the usual length, from which on one sequence makes all others long


def check(sequences: Measured, names: Sequence[str], source: str) -> list[str]:
    """Notes on what training can go on with.

    Parameters
    ----------
    names : of the channels, none for arrays. source : what the sequences are called in messages.

    Raises
    ------
    InputError
        Every sequence has one step, channels came before time, or nothing differs.
    """
    longest, channels = int(sequences.lengths.max()), sequences.channels
    if longest == 1:
        raise InputError(
            f"{source}: each of {len(sequences):,} sequences has one step, so nothing is measured over time. "
            + (f"What aeon calls (cases, channels, time) is given as {_SWAPPED}; a" if channels > 1 else "A")
            + " table of one row an example needs no sequences."
        )
    notes = [] if names else _turned(sequences, longest, source)
    usual = int(np.median(sequences.lengths))
    if longest >= _STRETCHED * usual:
        notes.append(
            f"The longest sequence has {longest:,} steps and half of them {usual:,} at most: a batch takes as long as "
            "its longest sequence may be. Cut the long ones, or leave them out, if training takes too long."
        )
    return notes + _dull(sequences, names)


def _turned(sequences: Measured, longest: int, source: str) -> list[str]:
    """A note where there are more channels than steps; `InputError` where they look like steps as well."""
    channels = sequences.channels
    if channels <= longest:
        return []
    held = f"{source} has {longest:,} steps of {channels:,} channels"
    if channels >= max(_LEAST_WIDE, _WIDE * longest + 1) and _are_near(sequences[:_LOOKED_AT]):
        raise InputError(
            f"{held}, and channels differ less from their neighbours than steps do, so they look like time: as if "
            f"channels came first, as in aeon (cases, channels, time). Here time is the first axis of a sequence: give "
            f"{_SWAPPED}."
        )
    return [f"{held}. If channels came first, as in aeon (cases, channels, time), give {_SWAPPED}."]


def _are_near(sequences: Measured) -> bool:
    """Whether neighbouring channels differ less than neighbouring steps."""
    values = np.where(sequences.is_within()[..., None], sequences.values, np.nan).astype(np.float64)
    steps, channels = (np.abs(np.diff(values, axis=axis)) for axis in (1, 2))
    return bool(np.nansum(channels) * _known(steps) < _NEAR * np.nansum(steps) * _known(channels))


def _known(values: Float64[np.ndarray, "rows time channels"]) -> int:
    return int((~np.isnan(values)).sum())


def _dull(sequences: Measured, names: Sequence[str]) -> list[str]:
    """A note where channels hold nothing, or the same everywhere; `InputError` where all do."""
    is_within = sequences.is_within()[..., None]
    known = ~np.isnan(sequences.values) & is_within
    low = np.where(known, sequences.values, np.inf).min(axis=(0, 1))
    high = np.where(known, sequences.values, -np.inf).max(axis=(0, 1))
    dull = np.flatnonzero(low >= high)
    empty = np.flatnonzero(low > high)
    if len(dull) == sequences.channels:
        held = "nothing is measured" if len(empty) else "every number is the same"
        raise InputError(
            f"In all {len(sequences):,} sequences {held}, so there is nothing to tell them apart by. Give others."
        )
    said = []
    for channels, what in ((empty, "measured nowhere"), (np.setdiff1d(dull, empty), "the same everywhere")):
        if len(channels):
            told = some(
                [names[channel] if names else f"channel {channel + 1}" for channel in channels.tolist()]
            )
            said.append(
                f"{told}: {what}, so {'it says' if len(channels) == 1 else 'they say'} nothing to a network."
            )
    return said
