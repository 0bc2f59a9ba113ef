"""Texts of several words: which words they have, and which columns are some."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.table import wordy
from honed.table.columns import Schema, infer
from honed.table.document import document
from honed.table.read import Table

ROWS = 200
DRAW = np.random.default_rng(0)
WORDS = [f"{sound}{place}" for place in range(30) for sound in ("ba", "ko")]
NOTES = [" ".join(DRAW.choice(WORDS, DRAW.integers(4, 12))) for _ in range(ROWS)]
SIGNS = ["".join(DRAW.choice(list("我爱北京天安门上太阳升"), DRAW.integers(8, 20))) for _ in range(ROWS)]
TARGET = [str(value) for value in DRAW.normal(size=ROWS).round(4)]


def schema_of(cells: Any, **said: Any) -> Schema:
    table = Table(pl.DataFrame({"c": cells, "y": TARGET}), "t.csv", "", is_typed=False)
    return infer(table, "y", **said)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't say ÉTÉ_x 3.5!", ["don't", "say", "été", "x", "3", "5", "!"]),
        ("我爱北京 and x", ["我", "爱", "北", "京", "我爱", "爱北", "北京", "and", "x"]),
        ("w" * 50, ["w" * 40]),
        (" -- ", []),
    ],
)
def test_words_are_those_between_spaces_or_signs_and_their_pairs(text: str, tokens: list[str]) -> None:
    assert wordy.tokens(text) == tokens


def test_known_words_are_counted_by_row_and_place() -> None:
    texts = pl.Series(["b a b", None, "zz", "A"])
    found = wordy.count(texts, ("a", "b"))
    assert found.rows.tolist() == [0, 0, 3]
    assert found.places.tolist() == [0, 1, 0]
    assert found.counts.tolist() == [1, 2, 1]
    assert found.parts.tolist() == wordy.count(pl.Series(["B  a b", "", "Zz", "a"]), ()).parts.tolist()
    assert wordy.frequencies(texts) == {"a": 2, "b": 1, "zz": 1}


@pytest.mark.parametrize("cells", [NOTES, SIGNS], ids=["spaces", "no spaces"])
def test_texts_are_noticed_and_a_table_of_one_such_column_is_read(cells: list[str]) -> None:
    schema = schema_of(cells)
    column = schema.columns[0]
    assert column.kind == "words" and column.rare == 0
    rows = wordy.frequencies(pl.Series(cells))
    assert column.levels == tuple(word for word, own in rows.items() if 2 <= own < ROWS)
    assert column.reason.startswith(f"texts, {len(rows):,} distinct words in 200 cells, ")
    told = json.loads(json.dumps(document(schema)))
    assert told["columns"][0]["levels"] == list(column.levels[:20])
    assert schema_of(cells, schema=told).columns == schema.columns
    assert Schema.from_json(json.loads(json.dumps(schema.to_json()))) == schema


@pytest.mark.parametrize(
    "cells",
    [
        [f"{row}_1" for row in range(ROWS)],
        [f"{row:08x}-{row * 7:04x}-4c1d-9a0b-{row * 31:012x}" for row in range(ROWS)],
        [f"+49 30 {row * 7919 % 10**6:06}" for row in range(ROWS)],
        [f"Smith {row}, John" for row in range(ROWS)],
        [f"we saw {row} nice birds in the old garden" for row in range(ROWS)],
        [f"the same few words of sentence {row % 9}" for row in range(ROWS)],
    ],
    ids=["codes", "uuids", "telephones", "names", "a counter in a sentence", "levels"],
)
def test_what_names_rows_or_repeats_is_no_text(cells: list[str]) -> None:
    x = [str(row % 13 + 0.5) for row in range(ROWS)]
    table = Table(pl.DataFrame({"c": cells, "x": x, "y": TARGET}), "t.csv", "", is_typed=False)
    assert infer(table, "y").columns[0].kind in ("identifier", "text", "categorical")


def test_texts_are_said_and_overruled() -> None:
    short = [" ".join(DRAW.choice(WORDS, 2)) for _ in range(ROWS)]
    assert schema_of(short, texts=["c"]).columns[0].kind == "words"
    assert schema_of(short, schema={"columns": [{"name": "c", "kind": "words"}]}).columns[0].kind == "words"
    levels = [f"the same few words of sentence {row % 9}" for row in range(ROWS)]
    assert schema_of(levels, categorical=["c"]).columns[0].kind == "categorical"
    assert schema_of(levels, texts=["c"]).columns[0].levels[:3] == ("0", "1", "2")


@pytest.mark.parametrize(
    ("cells", "said", "message"),
    [
        (
            [f"k{row}" for row in range(ROWS)],
            {"texts": ["c"]},
            "declared texts, but fewer than 8 words are in several",
        ),
        (NOTES, {"texts": ["y"]}, "is the target, and only inputs are declared words"),
        (NOTES, {"texts": ["c"], "lists": ["c"]}, "declared both list and words"),
    ],
)
def test_what_cannot_be_texts_is_refused(cells: list[str], said: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        schema_of(cells, **said)


def test_a_declared_column_of_empty_cells_says_nothing() -> None:
    table = Table(pl.DataFrame({"c": [None, ""] * 20, "x": TARGET[:40], "y": TARGET[:40]}), "t.csv", "")
    assert infer(table, "y", texts=["c"]).columns[0].kind == "constant"
