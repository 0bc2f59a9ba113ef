"""Texts of several words: `tokens` gives the words of one, and `count` how often each of some known words is in each.

Of languages that leave no spaces between words, single characters and pairs of them take their place.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.lazily import pl
from honed.table.cells import texts

if TYPE_CHECKING:
    from jaxtyping import Int64

# Lao, Thai, Burmese, Khmer, and Chinese and Japanese signs.
_CLOSE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"([{_CLOSE}]+)|((?:(?![{_CLOSE}])[^\W_])+(?:'(?:(?![{_CLOSE}])[^\W_])+)*)|[!?$€£%]")
PARTS = 5
_LONGEST = 40  # letters of a word that tell it apart
CLOSE = rf"[{_CLOSE}]"


class Counts(NamedTuple):
    """How often words are in texts: by row, then by place of the word, both ascending.

    `parts` says for each text of which of `PARTS` it is, by a hash of its words: the same words are always of one.
    """

    rows: Int64[np.ndarray, " found"]
    places: Int64[np.ndarray, " found"]
    counts: Int64[np.ndarray, " found"]
    parts: Int64[np.ndarray, " texts"]


def tokens(text: str) -> list[str]:
    """The words of a text in small letters, and signs that say something."""
    found: list[str] = []
    for match in _TOKEN.finditer(text.lower()):
        if (close := match[1]) is not None:
            found += [*close, *map("".join, itertools.pairwise(close))]
        else:
            found.append(match[0][:_LONGEST])
    return found


def frequencies(column: pl.Series) -> dict[str, int]:
    """In how many cells each word is, frequent ones first, ties by the word."""
    found = Counter[str]()
    for cell in texts(column).to_list():
        if cell is not None:
            found.update(set(tokens(cell)))
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def count(column: pl.Series, words: tuple[str, ...]) -> Counts:
    """How often each of the words is in each cell."""
    known = {word: place for place, word in enumerate(words)}
    rows, places, counts = list[int](), list[int](), list[int]()
    parts = np.zeros(len(column), np.int64)
    for row, cell in enumerate(texts(column).to_list()):
        if cell is None:
            continue
        found = tokens(cell)
        parts[row] = zlib.crc32(" ".join(found).encode()) % PARTS
        own = Counter(place for word in found if (place := known.get(word)) is not None)
        for place in sorted(own):
            rows.append(row)
            places.append(place)
            counts.append(own[place])
    own_rows, own_places, own_counts = (np.array(part, np.int64) for part in (rows, places, counts))
    return Counts(own_rows, own_places, own_counts, parts)
