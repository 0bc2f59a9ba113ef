"""Texts in an exported script have the words, scores and directions that honed gives them."""

from __future__ import annotations

import numpy as np
import polars as pl

from honed.encode import wordy
from honed.encode.goals import of as goals_of
from honed.families.exports.parts.wordy import PARTS, Texts, tokens
from honed.table import wordy as counted

TEXTS = [
    "Don't say ÉTÉ_x 3.5! İ", "我爱北京 and ภาษาไทย", "a'b''c 'd'", " -- ", "$5 €? £%", "w" * 99, None,
    "say it, say it again",
    "ǅ ß ﬁ", "a_b a-b", "é e\u0301",
]  # fmt: skip


def test_words_are_those_that_honed_finds() -> None:
    assert PARTS == counted.PARTS
    for text in TEXTS:
        assert tokens(text or "") == counted.tokens(text or "")


def test_scores_and_directions_are_those_of_honed() -> None:
    cells = pl.Series(TEXTS)
    words = tuple(counted.frequencies(cells))
    rng = np.random.default_rng(0)
    learned = wordy.learn("c", cells, words, goals_of(rng.integers(0, 3, len(TEXTS)), 3))
    own = Texts(words, np.array(learned.rarity), learned.scores, learned.matrix.astype(np.float32))
    np.testing.assert_array_equal(own.encode(np.array(TEXTS, object)), learned.encode(cells))
