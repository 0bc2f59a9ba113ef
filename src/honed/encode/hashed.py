"""Categorical columns of many levels: the rare ones get a code by the hash of their text, and tell their frequency.

What a network makes of both is in `honed.nets.levels`. The code for rare cells is left to levels that no training row
holds.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honed import typed
from honed.encode import categorical
from honed.lazily import pl
from honed.table.cells import match, same_words, texts
from honed.table.kinds import MOST_LEVELS, Column
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float32, Int32, UInt32

MOST_BUCKETS = 4096  # codes that rare levels of one column share
FREQUENCY = 0.3  # of the logarithm of 1 + rows: 0.2 for one row, 3 for 20,000
_HASHES = 2**32


@dataclass(frozen=True)
class Tail:
    """The levels of a column without a code of their own, and how many codes these share.

    Attributes
    ----------
    hashes, rows : of each of them that training rows held, by ascending hash: its hash, and how many rows had it.
    """

    buckets: int
    hashes: tuple[int, ...]
    rows: tuple[int, ...]

    def encode(
        self, cells: pl.Series, levels: tuple[str, ...], seen: tuple[bool, ...]
    ) -> tuple[Int32[np.ndarray, " rows"], Float32[np.ndarray, " rows"]]:
        """Code of each cell, those of rare levels after those of `levels`, and the logarithm of 1 + its level's rows.

        The frequency of a level with a code of its own is 0, for the code says it all, as that of a missing cell and of
        a level that no training row held, whose code is that for rare cells. `seen` says for `levels` which are held.
        """
        codes = categorical.unseen_to_rare(categorical.codes(cells, levels), seen)
        rows = np.zeros(len(codes), np.int64)
        is_rest = codes == categorical.RARE
        if is_rest.any() and self.hashes:
            rest = texts(cells.filter(is_rest))
            distinct = rest.unique()
            hashes, known = hashes_of(distinct), np.array(self.hashes, np.uint32)
            place = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
            is_known = known[place] == hashes
            code = categorical.size(levels) + (hashes % self.buckets).astype(np.int32)
            at = match(rest, distinct.to_list())
            codes[is_rest] = np.where(is_known, code, categorical.RARE)[at]
            rows[is_rest] = np.where(is_known, np.array(self.rows)[place], 0)[at]
        return codes, (FREQUENCY * np.log1p(rows)).astype(np.float32)

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values."""
        return {"buckets": self.buckets, "hashes": list(self.hashes), "rows": list(self.rows)}

    def check(self, place: str) -> None:
        """Raise `Misfit` where no training can have left it so."""
        typed.require(self.buckets > 0, place, "has no buckets")
        typed.require(len(self.rows) == len(self.hashes), place, "has not one `rows` for each hash")
        typed.require(min(self.rows, default=1) > 0, place, "has a level without rows")
        hashes = np.array(self.hashes, np.int64)
        fits = (np.diff(hashes) > 0).all() and ((hashes >= 0) & (hashes < _HASHES)).all()
        typed.require(fits, place, "has `hashes` that do not ascend within 32 bits")


def buckets(column: Column) -> int:
    """Codes for the rare levels of a column: twice as many as these, rounded up to a power of two; 0 for few levels.

    They follow from the schema alone, so that all folds have as many.
    """
    rare = column.distinct - len(column.levels)
    if column.kind != "categorical" or column.distinct <= MOST_LEVELS or rare <= 0:
        return 0
    return min(MOST_BUCKETS, 2 ** (2 * rare - 1).bit_length())


def learn(cells: pl.Series, levels: tuple[str, ...], buckets: int) -> Tail:
    """Count the levels of training rows."""
    is_rest = categorical.codes(cells, levels) == categorical.RARE
    counts = texts(cells.filter(is_rest)).alias("cell").value_counts(name="rows")
    rows: dict[int, int] = {}
    for each, count in zip(hashes_of(counts["cell"]).tolist(), counts["rows"].to_list(), strict=True):
        rows[each] = rows.get(each, 0) + count  # other spellings of a word are one level
    hashes = tuple(sorted(rows))
    return Tail(buckets, hashes, tuple(rows[each] for each in hashes))


def hashes_of(words: pl.Series) -> UInt32[np.ndarray, " words"]:
    """CRC-32 of each word, the same for other spellings of it, on every machine and in every version."""
    found = [zlib.crc32(word.encode()) for word in same_words(words).to_list()]
    return np.array(found, np.uint32)
