"""Columns that were read to what a network takes: scaled numbers, flags and codes; see `honed.encode`."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field

import numpy as np

from honed.families.exports.parts.cells import (
    Levels,
    is_nan_word,
    number_of,
    quantity,
    refused,
    words_in,
)
from honed.families.exports.parts.moments import Date, Difference
from honed.families.exports.parts.names import Table
from honed.families.exports.parts.wordy import Texts

FREQUENCY = 0.3  # of the logarithm of 1 + rows of a rare word


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """What training rows taught about each column. A network gets numbers, then flags, then codes, in this order.

    Attributes
    ----------
    numbers : columns of numbers, each with center and factor: x becomes (x - center) * factor.
    ordered : columns of words in an order, whose place is one more number: the words, center and factor.
    dates : columns of moments.
    pairs : two columns of moments, whose difference in days is one more number.
    limit : numbers stay softly within -limit and limit; None for no limit.
    held : columns of numbers that end at these bounds.
    booleans : columns of two words: the lower is -1, the higher 1, an empty cell 0.
    missing : columns with a flag for an empty cell.
    lists : columns of lists, with a flag for each item that is told apart; where True, one more for all others.
    texts : columns of texts, with the scores and directions of their words.
    combined : two columns of numbers and how they become one more, with center and factor.
    means : of columns of words, what the target is in the rows of each code, (means, codes), which are more numbers;
        with center and factor of each mean.
    crosses : two columns of words that become one more between those: the code for two codes, (codes, codes).
    bins : edges of columns of numbers of which the bin is one more column, after those.
    onehot, embedded : columns of words, few and many. Code 0 is an empty cell, 1 a rare word, and the words follow.
    unseen : words that no training row of this encoder held, which are rare.
    rare : of columns with many words how many codes the rare ones share; their hashes and rows are `hashes`.
    """

    numbers: dict[str, tuple[float, float]] = field(default_factory=dict)
    ordered: dict[str, tuple[tuple[str, ...], float, float]] = field(default_factory=dict)
    dates: dict[str, Date] = field(default_factory=dict)
    pairs: dict[tuple[str, str], Difference] = field(default_factory=dict)
    limit: float | None = None
    held: dict[str, tuple[float, float]] = field(default_factory=dict)
    booleans: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    lists: dict[str, bool] = field(default_factory=dict)
    texts: dict[str, Texts] = field(default_factory=dict)
    combined: dict[tuple[str, str, str], tuple[float, float]] = field(default_factory=dict)
    means: dict[str, tuple[np.ndarray, tuple[tuple[float, float], ...]]] = field(default_factory=dict)
    crosses: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    bins: dict[str, tuple[float, ...]] = field(default_factory=dict)
    onehot: tuple[str, ...] = ()
    embedded: tuple[str, ...] = ()
    unseen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rare: dict[str, int] = field(default_factory=dict)
    hashes: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def encode(self, table: Table, levels: dict[str, tuple[str, ...]]) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and flags float32 (rows, numeric), and codes int32 (rows, codes); `levels` are words by column."""
        rows = len(next(iter(table.values())))
        numbers = [self._number(table, name, *scale) for name, scale in self.numbers.items()]
        for name, (order, *scale) in self.ordered.items():
            places = Levels(order).places(table[name])
            numbers.append(self._scaled(np.where(places < 0, np.nan, places), *scale))
        for name, date in self.dates.items():
            parts = zip(date.plain(table[name]), date.parts.values(), strict=True)
            numbers += [self._scaled(values, *scale) for values, scale in parts]
        for (one, other), pair in self.pairs.items():
            days = pair.between(table[one], table[other])
            numbers.append(self._scaled(days, pair.center, pair.factor))
        for (one, other, how), scale in self.combined.items():
            numbers.append(self._scaled(combined(table[one], table[other], how), *scale))
        coded = {
            name: self._codes(name, levels[name], table[name]) for name in (*self.onehot, *self.embedded)
        }
        for name, (means, scales) in self.means.items():
            numbers += [
                self._scaled(own[coded[name][0]], *scale) for own, scale in zip(means, scales, strict=True)
            ]
        flags = [signs(table[name], levels[name], name) for name in self.booleans]
        flags += [is_empty(table[name]) for name in self.missing]
        for name, date in self.dates.items():
            flags += date.turned(table[name])
        for name, has_rare in self.lists.items():
            flags += items(table[name], levels[name], has_rare)
        for name, texts in self.texts.items():
            flags += texts.encode(table[name])
        flags += [frequency for _, frequency in coded.values() if frequency is not None]
        codes = [coded[name][0] for name in self.onehot]
        codes += [code[coded[one][0], coded[other][0]] for (one, other), code in self.crosses.items()]
        for name, edges in self.bins.items():
            found = np.searchsorted(np.array(edges), table[name]) + 2
            codes.append(np.where(np.isnan(table[name]), 0, found))
        codes += [coded[name][0] for name in self.embedded]
        numeric = np.array([*numbers, *flags], np.float32).reshape(-1, rows).T
        return np.ascontiguousarray(numeric), np.array(codes, np.int32).reshape(-1, rows).T

    def _number(self, table: Table, name: str, center: float, factor: float) -> np.ndarray:
        values = table[name]
        if name in self.held:
            values = np.clip(values, *self.held[name])
        return self._scaled(values, center, factor)

    def _scaled(self, values: np.ndarray, center: float, factor: float) -> np.ndarray:
        """Numbers on the scale of training, a missing one 0; a factor of 0 says that the column tells nothing."""
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = (values - center) * factor if factor else np.zeros(len(values))
        if self.limit is not None:
            part = np.clip(scaled / self.limit, -1e300, 1e300)
            scaled = self.limit * part / np.hypot(1.0, part)
        most = float(np.finfo(np.float32).max)
        return np.where(np.isnan(values), 0.0, np.clip(scaled, -most, most)).astype(np.float32)

    def _codes(
        self, name: str, levels: tuple[str, ...], column: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Codes of words and, where rare ones share codes, the logarithm of 1 + the rows of each rare word."""
        places = Levels(levels).places(column)
        codes = np.where(places == -1, 0, np.where(places == -2, 1, places + 2))
        for word in self.unseen.get(name, ()):
            codes[codes == 2 + levels.index(word)] = 1
        if name not in self.rare:
            return codes, None
        hashes, rows = self.hashes[name]
        counts = np.zeros(len(codes))
        words = words_in(column)
        for row in np.flatnonzero(codes == 1) if len(hashes) else ():
            own = hash_of(words[row] or "")
            place = int(np.searchsorted(hashes, own))
            if place < len(hashes) and hashes[place] == own:
                codes[row], counts[row] = 2 + len(levels) + own % self.rare[name], rows[place]
        return codes, (FREQUENCY * np.log1p(counts.astype(np.int64))).astype(np.float32)


def combined(one: np.ndarray, other: np.ndarray, how: str) -> np.ndarray:
    """The difference, sum, product or ratio of two columns; NaN where it is not finite."""
    with np.errstate(all="ignore"):
        if how == "difference":
            found = one - other
        elif how == "sum":
            found = one + other
        elif how == "product":
            found = one * other
        else:
            found = one / other
    return np.where(np.isfinite(found), found, np.nan)


def signs(column: np.ndarray, levels: tuple[str, ...], name: str) -> np.ndarray:
    """-1 for the lower of two words, 1 for the higher, and for a lone one, 0 for an empty or another cell."""
    places = Levels(levels).places(column)
    if all(quantity(word) is not None for word in levels):
        words = words_in(column)
        for row in np.flatnonzero(places == -2).tolist():
            word = words[row] or ""
            if number_of(word) is None and not is_nan_word(word):
                raise refused(name, row, word, "is not a number, and the column holds two numbers")
    values = np.zeros(len(places), np.float32)
    values[places == len(levels) - 1] = 1.0
    if len(levels) == 2:
        values[places == 0] = -1.0
    return values


def items(column: np.ndarray, levels: tuple[str, ...], has_rare: bool) -> list[np.ndarray]:
    """1 in the rows that have the item, else 0, for each item in order; then the same for any other item."""
    known = Levels(levels)
    flags = np.zeros((len(levels) + 1, len(column)), np.float32)
    for row, own in enumerate(column.tolist()):
        for item in own or ():
            place = known.place(item)
            flags[place if place >= 0 else -1, row] = 1.0
    return [*flags] if has_rare else [*flags[:-1]]


def is_empty(column: np.ndarray) -> np.ndarray:
    """Whether each cell of a column that was read is empty."""
    if column.dtype.kind == "M":
        return np.isnat(column)
    if column.dtype.kind == "f":
        return np.isnan(column)
    cells = column.tolist()
    return np.array([cell is None or (isinstance(cell, str) and is_nan_word(cell)) for cell in cells], bool)


def hash_of(word: str) -> int:
    """CRC-32 of a word, the same for its other spellings."""
    number = quantity(word)
    if number is None:
        text = word.lower()
    elif 1e-5 <= abs(number) < 1e-4:
        text = np.format_float_positional(number)
    else:
        text = re.sub(r"e-0(\d)$", r"e-\1", repr(number))
    return zlib.crc32(text.encode())
