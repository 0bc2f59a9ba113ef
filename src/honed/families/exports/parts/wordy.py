"""Texts of several words to scores and directions; see `honed.encode.wordy`."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

PARTS = 5
LONGEST = 40  # letters of a word that tell it apart
# Languages without spaces between words: Lao, Thai, Burmese, Khmer, and Chinese and Japanese signs.
CLOSE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
TOKEN = re.compile(rf"([{CLOSE}]+)|((?:(?![{CLOSE}])[^\W_])+(?:'(?:(?![{CLOSE}])[^\W_])+)*)|[!?$€£%]")


@dataclass(frozen=True)
class Texts:
    """A column of texts: for each known word what it weighs, and its parts in scores and directions.

    The scores of a text are means over `PARTS` sets of weights.
    """

    words: tuple[str, ...]
    rarity: np.ndarray
    scores: int
    weights: np.ndarray

    def encode(self, column: np.ndarray) -> list[np.ndarray]:
        """The scores of each text, then its place in each direction; 0 for an empty cell."""
        known, split = dict(zip(self.words, range(len(self.words)), strict=True)), PARTS * self.scores
        found = np.zeros((len(column), self.scores + self.weights.shape[1] - split))
        for row, text in enumerate(column.tolist()):
            own = tokens(text or "")
            counts = Counter(known[word] for word in own if word in known)
            if not counts:
                continue
            places = np.array(sorted(counts))
            weights = (1.0 + np.log([counts[place] for place in places.tolist()])) * self.rarity[
                places
            ].astype(np.float64)
            weights = weights / np.sqrt((weights**2).sum())
            told = (weights[:, None] * self.weights[places].astype(np.float64)).sum(axis=0)
            found[row] = [*told[:split].reshape(PARTS, self.scores).mean(axis=0), *told[split:]]
        return list(found.T.astype(np.float32))


def tokens(text: str) -> list[str]:
    """The words of a text in small letters, and signs that say something."""
    found: list[str] = []
    for match in TOKEN.finditer(text.lower()):
        if (close := match[1]) is not None:
            found += [*close, *map("".join, itertools.pairwise(close))]
        else:
            found.append(match[0][:LONGEST])
    return found
