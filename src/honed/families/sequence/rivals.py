"""Sequences for the models that a network is compared with: numbers that sum each channel up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.families.sequence.inputs import SequenceInputs, Sequences
from honed.family import Rivals

if TYPE_CHECKING:
    from jaxtyping import Bool, Float32

_BLOCK = 1_024  # sequences in one go
_MOST_NUMBERS = 1_024  # of a sequence; of more channels only the first summaries are taken
_QUARTERS = (0.25, 0.5, 0.75)


def rivals(rows: Sequences, inputs: SequenceInputs) -> Rivals:
    """Of each channel mean, spread, range, quartiles, ends, trend and change; the length; and what is beside.

    Each of them has mean 0 and spread 1 over these rows: a linear model learns little from numbers of unlike size.
    """
    found = [np.zeros((0, 0), np.float32)]
    for first in range(0, max(len(rows.lengths), 1), _BLOCK):
        own = slice(first, first + _BLOCK)
        present = None if rows.present is None else rows.present[own]
        found.append(
            _summaries(Sequences(rows.values[own], rows.lengths[own], rows.beside[own], present), inputs.time)
        )
    numbers = np.concatenate(found[1:])
    spread = numbers.std(axis=0)  # of summaries of scaled channels, which differ tenfold
    numbers = (numbers - numbers.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return Rivals(numbers, np.zeros((len(numbers), 0), np.int32))


def _summaries(rows: Sequences, usual: int) -> Float32[np.ndarray, "rows numbers"]:
    values, time = rows.values, rows.values.shape[1]
    within = (np.arange(time) < rows.lengths[:, None])[..., None]
    known = within & (np.ones(values.shape, bool) if rows.present is None else rows.present)
    count = np.maximum(known.sum(axis=1), 1).astype(np.float32)
    mean = np.where(known, values, 0).sum(axis=1) / count
    apart = np.where(known, values - mean[:, None], 0)
    spread = np.sqrt((apart**2).sum(axis=1) / count)
    ordered = np.sort(np.where(known, values, np.inf), axis=1)
    any_known = known.any(axis=1)

    def at(share: float) -> Float32[np.ndarray, "rows channels"]:
        place = np.floor(share * (count - 1)).astype(np.int64)
        return np.where(any_known, np.take_along_axis(ordered, place[:, None], axis=1)[:, 0], 0)

    middle = np.arange(time, dtype=np.float32) - (rows.lengths[:, None] - 1) / 2
    square = np.maximum(np.where(known, middle[..., None] ** 2, 0).sum(axis=1), 1)
    trend = (apart * middle[..., None]).sum(axis=1) / square * rows.lengths[:, None]
    both = known[:, 1:] & known[:, :-1]
    change = np.abs(np.where(both, np.diff(values, axis=1), 0)).sum(axis=1) / np.maximum(both.sum(axis=1), 1)
    crossings = (both & (np.diff(np.sign(apart), axis=1) != 0)).sum(axis=1) / count
    parts = [mean, spread, at(0), at(1), change, *(at(share) for share in _QUARTERS)]
    parts += [_end(values, known, first=True), _end(values, known, first=False), trend, crossings]
    parts = parts[: max(1, _MOST_NUMBERS // values.shape[2])]
    length = np.log(rows.lengths / np.float32(usual))[:, None]
    return np.concatenate([*parts, length, rows.beside], axis=1).astype(np.float32)


def _end(
    values: Float32[np.ndarray, "rows time channels"],
    known: Bool[np.ndarray, "rows time channels"],
    *,
    first: bool,
) -> Float32[np.ndarray, "rows channels"]:
    """The first or the last number that was measured, 0 where none was."""
    place = known.argmax(axis=1) if first else known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    found = np.take_along_axis(values, place[:, None], axis=1)[:, 0]
    return np.where(known.any(axis=1), found, 0)
