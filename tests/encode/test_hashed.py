"""Columns of many levels: codes by hash and frequencies, against counting by hand."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from honed.encode import encoder, hashed
from honed.encode.categorical import RARE, size
from honed.encode.encoder import Encoder
from honed.table.columns import infer
from honed.table.kinds import MOST_LEVELS, Column
from honed.table.read import Table, from_frame
from honed.typed import Misfit

ROWS = 1_500


def many(levels: int = 600) -> Table:
    """A column `of` of many levels, some of one row, one of few levels, and a number."""
    rng = np.random.default_rng(0)
    place = np.minimum((levels * rng.power(0.5, ROWS)).astype(int), levels - 1)
    words = [f"w{each}" if each % 7 else None for each in place]
    few = [f"c{each % 20}" for each in place]
    return from_frame(
        pl.DataFrame({"of": words, "few": few, "x": rng.normal(size=ROWS), "y": rng.normal(size=ROWS)})
    )


TABLE = many()
SCHEMA = infer(TABLE, "y")
TRAIN = np.arange(0, ROWS, 2)
LEARNED = encoder.fit(TABLE, SCHEMA, TRAIN)


def test_codes_and_frequencies_are_those_of_counting_by_hand() -> None:
    levels = next(column.levels for column in SCHEMA.columns if column.name == "of")
    words = TABLE.frame["of"].to_list()
    rows = Counter(words[row] for row in TRAIN)
    buckets = LEARNED.inputs.buckets[0]

    def code(word: str | None) -> int:
        if word is None:
            return 0
        if not rows[word]:
            return RARE
        if word in levels:
            return 2 + levels.index(word)
        return size(levels) + zlib.crc32(word.encode()) % buckets

    encoded = LEARNED.encode(TABLE.frame)
    assert encoded.codes[:, -1].tolist() == [code(word) for word in words]
    rare = [0 if word is None or word in levels else rows[word] for word in words]
    np.testing.assert_allclose(encoded.numeric[:, -1], 0.3 * np.log(1 + np.array(rare)), rtol=1e-6)
    assert len({code(word) for word in words if word not in levels}) > 90, "the table shows too little"
    assert any(rows[word] == 0 for word in words if word), "the table shows too little"
    assert LEARNED.inputs.embedded[-1] == size(levels) + buckets


def test_other_spellings_of_a_rare_level_are_that_level() -> None:
    words = pl.Series([f"{each}.5" if each % 2 else f"Word {each}" for each in range(300)])
    tail = hashed.learn(words, (), 64)
    codes, frequency = tail.encode(
        pl.Series(["WORD 2", "word 2", "1.50", "1.5", "Word 1", None, "other"]), (), ()
    )
    assert codes[0] == codes[1] > RARE < codes[2] == codes[3]
    assert codes[4:].tolist() == [RARE, 0, RARE]
    assert (frequency[:4] > 0).all() and not frequency[4:].any()
    assert hashed.learn(pl.Series(["a", "A", "b"]), (), 8).rows == tuple(
        rows for _, rows in sorted([(zlib.crc32(b"a"), 2), (zlib.crc32(b"b"), 1)])
    )


def test_numbers_are_known_by_value_whatever_their_type() -> None:
    tail = hashed.learn(pl.Series(["7", "8", "9"]), (), 64)
    codes = [tail.encode(pl.Series(cells), (), ())[0].tolist() for cells in (["7", "9"], [7, 9], [7.0, 9.0])]
    assert codes[0] == codes[1] == codes[2]
    assert min(codes[0]) > RARE


def test_only_columns_of_many_levels_share_codes() -> None:
    def shared(distinct: int, kept: int) -> int:
        return hashed.buckets(Column("c", "categorical", "", 0, distinct, tuple(map(str, range(kept)))))

    assert shared(MOST_LEVELS, 100) == shared(300, 300) == 0
    assert (shared(255, 254), shared(255, 250), shared(510, 254), shared(511, 254)) == (2, 16, 512, 1024)
    assert shared(50_000, 254) == hashed.MOST_BUCKETS
    few = encoder.fit(
        TABLE, replace(SCHEMA, columns=tuple(c for c in SCHEMA.columns if c.name != "of")), TRAIN
    )
    assert few.inputs.buckets == () and "buckets" not in few.inputs.to_json()
    assert all("tail" not in column for column in few.to_json()["embedded"])


def test_widths_are_those_of_the_schema_whatever_rows_train() -> None:
    alone = encoder.fit(TABLE, SCHEMA, np.array([3, 5]))
    assert alone.inputs == LEARNED.inputs == type(alone.inputs).from_json(alone.inputs.to_json())
    assert [column.name for column in alone.embedded] == ["few", "of"]  # those that share codes last
    other = encoder.fit(from_frame(TABLE.frame[TRAIN]), SCHEMA, np.arange(len(TRAIN)))
    assert other.to_json() == LEARNED.to_json()  # no other row has any influence


def test_the_document_gives_the_same_encoder() -> None:
    document = LEARNED.to_json()
    again = Encoder.from_json(document)
    assert again == LEARNED or again.to_json() == document
    for one, other in zip(again.encode(TABLE.frame), LEARNED.encode(TABLE.frame), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"buckets": 0}, "no buckets"),
        ({"rows": []}, "for each hash"),
        ({"hashes": [3, 2], "rows": [1, 1]}, "ascend"),
        ({"hashes": [2**32], "rows": [1]}, "ascend"),
        ({"hashes": [1], "rows": [0]}, "without rows"),
    ],
)
def test_a_document_that_no_training_wrote_is_refused(change: dict[str, object], words: str) -> None:
    document = LEARNED.to_json()
    document["embedded"][-1]["tail"] |= change
    with pytest.raises(Misfit, match=words):
        Encoder.from_json(document, "encoder")
    turned = LEARNED.to_json() | {"embedded": LEARNED.to_json()["embedded"][::-1]}
    with pytest.raises(Misfit, match="before others"):
        Encoder.from_json(turned, "encoder")
