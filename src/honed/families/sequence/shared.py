"""Sequences that were cut from one recording and overlap: `parts` finds them by the samples that they share.

Two sequences overlap where the end of one is the beginning of the other, or one lies in the other, step by step. They
are told by eight steps that are all different, so that neither rest nor short codes join what does not belong together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.families.sequence.measured import Measured

if TYPE_CHECKING:
    from jaxtyping import Bool, Int, Int32, UInt64

_GRAM = 8  # steps by which overlaps are looked for
_DIFFERENT = 8  # steps of an overlap that must differ from each other; fewer where sequences are short
_LEAST = 3
_MOST_GRAMS = 4_000_000  # that are compared; of more a share that goes by what they hold
_MIX = np.uint64(0x9E3779B97F4A7C15)
_BLOCK = 4_096  # sequences that are hashed in one go


def parts(sequences: Measured) -> Int32[np.ndarray, " rows"]:
    """The number of the recording that each sequence is of, as far as shared samples tell: the least of its rows."""
    steps = _hashes(sequences)
    first, second, shift = _candidates(steps, sequences.lengths)
    joined = _overlap(steps, sequences.lengths, first, second, shift)
    return _connected(len(sequences), first[joined], second[joined])


def _hashes(sequences: Measured) -> UInt64[np.ndarray, "rows time"]:
    """A number for what each step holds."""
    found = np.zeros(sequences.values.shape[:2], np.uint64)
    for first in range(0, len(sequences), _BLOCK):
        bits = np.ascontiguousarray(sequences.values[first : first + _BLOCK]).view(np.uint32)
        mixed = found[first : first + _BLOCK]
        for channel in range(sequences.channels):
            mixed ^= bits[..., channel]
            mixed *= _MIX
            mixed ^= mixed >> np.uint64(29)
    return found


def _candidates(
    steps: UInt64[np.ndarray, "rows time"], lengths: Int32[np.ndarray, " rows"]
) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]:
    """Pairs of sequences that have some steps in common, and by how many the second begins after the first."""
    size = min(_GRAM, max(_LEAST, int(lengths.min()) // 2))
    count = steps.shape[1] - size + 1
    nothing = np.zeros(0, np.int64)
    if count < 1:
        return nothing, nothing, nothing
    grams = np.zeros((len(steps), count), np.uint64)
    is_rest = np.ones(grams.shape, bool)
    for place in range(size):
        part = steps[:, place : place + count]
        grams = (grams ^ part) * _MIX
        is_rest &= part == steps[:, :count]
    grams ^= grams >> np.uint64(31)
    usable = ~is_rest & (np.arange(count) + size <= lengths[:, None])
    thinning = np.uint64(-(-grams.size // _MOST_GRAMS))
    if thinning > 1:
        usable &= grams % thinning == 0
    rows, places = np.nonzero(usable)
    keys = grams[rows, places]
    order = np.lexsort((places, keys))
    rows, places, keys = rows[order], places[order], keys[order]
    same = np.flatnonzero((keys[1:] == keys[:-1]) & (rows[1:] != rows[:-1]))
    # The later place is of the sequence that began earlier.
    pairs = np.stack([rows[same + 1], rows[same], places[same + 1] - places[same]], axis=1)
    pairs = np.unique(pairs, axis=0) if len(pairs) else pairs
    return pairs[:, 0], pairs[:, 1], pairs[:, 2]


def _overlap(
    steps: UInt64[np.ndarray, "rows time"],
    lengths: Int32[np.ndarray, " rows"],
    first: Int[np.ndarray, " pairs"],
    second: Int[np.ndarray, " pairs"],
    shift: Int[np.ndarray, " pairs"],
) -> Bool[np.ndarray, " pairs"]:
    """Whether the two are the same wherever both have a step."""
    found = np.zeros(len(first), bool)
    time = np.arange(steps.shape[1])
    for by in np.unique(shift).tolist():
        at = np.flatnonzero(shift == by)
        for begin in range(0, len(at), _BLOCK):
            pairs = at[begin : begin + _BLOCK]
            one, other = first[pairs], second[pairs]
            both = np.minimum(lengths[one] - by, lengths[other])
            within = time[: steps.shape[1] - by] < both[:, None]
            parts = steps[other][:, : steps.shape[1] - by]
            same = ((steps[one][:, by:] == parts) | ~within).all(axis=1)
            wanted = np.minimum(_DIFFERENT, np.maximum(_LEAST, np.minimum(lengths[one], lengths[other]) // 2))
            found[pairs] = same & (_distinct(parts, within) >= wanted)
    return found


def _distinct(
    parts: UInt64[np.ndarray, "pairs time"], within: Bool[np.ndarray, "pairs time"]
) -> Int[np.ndarray, " pairs"]:
    """How many different steps each has."""
    ordered = np.sort(np.where(within, parts, np.uint64(0)), axis=1)
    return 1 + (np.diff(ordered, axis=1) != 0).sum(axis=1) - ~within.all(axis=1)


def _connected(
    count: int, first: Int[np.ndarray, " pairs"], second: Int[np.ndarray, " pairs"]
) -> Int32[np.ndarray, " rows"]:
    """The least row that each is joined to, by however many others."""
    least = np.arange(count, dtype=np.int32)
    while True:
        lower = np.minimum(least[first], least[second])
        before = least.copy()
        np.minimum.at(least, first, lower)
        np.minimum.at(least, second, lower)
        least = least[least]
        if np.array_equal(before, least):
            return least
