"""Encoded rows of an exported script are those of honed, to the last bit."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import exported_models
import numpy as np
import polars as pl
import pytest

from honed.encode.encoder import Encoder
from honed.encode.hashed import hashes_of
from honed.families.exports.parts.answering import Encoding
from honed.families.exports.parts.encoding import hash_of
from honed.families.table.exports import described


@pytest.mark.parametrize("scaling", ["robust", "standard", "none"])
def test_rows_of_texts_and_rows_that_were_read_are_encoded_as_honed_does(scaling: str) -> None:
    made = exported_models.model(specs=exported_models.SPECS[:2], scaling=scaling)
    encoders = cast("tuple[Encoder, ...]", made.encoders)
    new = exported_models.frame(rows=150, seed=9)
    read = made.schema.read(new)
    columns = described.columns(made.schema, encoders)
    for place, known in enumerate(encoders):
        arrays: dict[str, np.ndarray] = {}
        own = described.encoder(known, place, arrays)
        hashes = {
            name: tuple(
                arrays[f"rare.{place}.{len(known.onehot) + at}.{what}"] for what in ("hashes", "rows")
            )
            for at, name in enumerate(own.embedded)
            if name in own.rare
        }
        assert hashes, "a column of many words is among them"
        (note,) = own.texts.values()
        rarity, weights = (arrays[f"texts.{place}.0.{what}"] for what in ("rarity", "weights"))
        own = replace(own, hashes=hashes, texts={"note": replace(note, rarity=rarity, weights=weights)})
        expected = known.encode(read)
        for rows in (new.to_dicts(), read.to_dicts()):
            table = Encoding(columns=dict(columns), levels={}, encoders=()).read(rows)
            for found, wanted in zip(own.encode(table, described.levels(encoders)), expected, strict=True):
                assert found.dtype == wanted.dtype
                np.testing.assert_array_equal(found, wanted)


def test_words_have_the_hashes_that_honed_gives_them() -> None:
    words = [
        "a",
        "Äpfel",
        "1",
        "1.0",
        "0.00001",
        "1e20",
        "1e-7",
        "007",
        "123456789012345678",
        "0.1",
        "1e15",
        "1e16",
    ]
    assert [hash_of(word) for word in words] == hashes_of(pl.Series(words)).tolist()
