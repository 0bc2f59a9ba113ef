"""Words that training never held, said once a column."""

import warnings

import numpy as np
import polars as pl
import pytest

from honed import NetworkClassifier
from honed.errors import DataWarning
from honed.model.unfamiliar import sentences
from honed.table.columns import infer
from honed.table.read import Table

ROWS = 60
FRAME = pl.DataFrame(
    {
        "flag": [("yes", "no", "yes")[row % 3] for row in range(ROWS)],
        "shop": [f"S{row % 5}" for row in range(ROWS)],
        "size": [str(row % 7 + 0.5) for row in range(ROWS)],
        "y": [str(row % 11 + 0.5) for row in range(ROWS)],
    }
)
SCHEMA = infer(Table(FRAME, "t.csv", ""), "y")


def test_a_column_of_strange_words_is_named_with_count_and_example():
    frame = pl.DataFrame({"flag": ["ja", None, "no", "nein"], "shop": ["N1"] * 4, "size": ["1"] * 4})
    said = sentences(SCHEMA, frame)
    assert len(said) == 2
    assert said[0].startswith("Column 'flag': 2 of 3 cells, such as 'ja', are unseen in training, which")
    assert said[1].startswith("Column 'shop': 4 of 4 cells, such as 'N1', are unseen")


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        pl.DataFrame({"flag": [True, False], "shop": ["s0", " S1 "], "size": [1.0, 2.0]}),
        pl.DataFrame({"flag": [None], "shop": [None], "size": [None]}),
        FRAME.clear(),
    ],
)
def test_a_table_like_the_training_one_is_met_in_silence(frame):
    assert sentences(SCHEMA, frame) == []


def test_one_strange_cell_is_told():
    said = sentences(SCHEMA, FRAME.with_columns(shop=pl.Series(["S7", *FRAME["shop"].to_list()[1:]])))
    assert len(said) == 1
    assert "1 of 60 cells, such as 'S7', is unseen in training" in said[0]
    assert "Taken as rare" in said[0]


def test_rare_words_of_training_are_expected_again():
    names = [f"shop {row}" if row % 3 else "S" for row in range(300)]
    table = Table(pl.DataFrame({"shop": names, "y": [row / 2 for row in range(300)]}), "t.csv", "")
    schema = infer(table, "y", categorical=["shop"])
    rare = pl.DataFrame({"shop": ["S", "new 1", "new 2", "new 3"]})
    assert sentences(schema, rare) == []
    assert len(sentences(schema, pl.DataFrame({"shop": [f"new {row}" for row in range(10)]}))) == 1


def test_a_word_with_a_place_in_the_order_says_something():
    order = [f"S{place}" for place in range(7)]
    schema = infer(Table(FRAME, "t.csv", ""), "y", schema={"columns": [{"name": "shop", "order": order}]})
    assert sentences(schema, FRAME.with_columns(shop=pl.lit("S6"))) == []
    assert "60 of 60 cells, such as 'S7'" in sentences(schema, FRAME.with_columns(shop=pl.lit("S7")))[0]


def test_more_strange_cells_than_the_rare_ones_explain_are_told():
    names = [f"shop {row}" if row < 6 else f"S{row % 60}" for row in range(300)]  # 6 rare cells at most: 2 %
    table = Table(pl.DataFrame({"shop": names, "y": [row / 2 for row in range(300)]}), "t.csv", "")
    schema = infer(table, "y")
    known = [f"S{row % 60}" for row in range(6, 90)]
    assert sentences(schema, pl.DataFrame({"shop": [*known, "new"]})) == []
    said = sentences(schema, pl.DataFrame({"shop": [*known, *(f"new {row}" for row in range(20))]}))
    assert "20 of 104 cells, such as 'new 0', are unseen or rare in training, which kept 'S" in said[0]


def test_of_many_levels_only_words_that_training_never_held_say_nothing():
    words = [f"w{row // 2}" for row in range(800)]
    schema = infer(
        Table(pl.DataFrame({"of": words, "y": [str(row / 7) for row in range(800)]}), "t.csv", ""), "y"
    )
    (said,) = sentences(schema, pl.DataFrame({"of": ["new"] * 40}))
    assert "it says what was learned of cells that training hid" in said


def test_a_word_among_two_numbers_is_left_to_the_error():
    schema = infer(Table(FRAME.with_columns(flag=pl.Series(["0", "1"] * 30)), "t.csv", ""), "y")
    strange = pl.DataFrame({"flag": ["oui", "non"], "shop": ["S0", "S1"]})
    assert sentences(schema, strange) == []
    assert len(sentences(schema, strange.with_columns(flag=pl.Series(["5", "6"])))) == 1


def test_one_cell_of_a_long_table_is_found():
    long = pl.concat([FRAME] * 500 + [FRAME[:1].with_columns(shop=pl.lit("N"))])
    assert "1 of 30,001 cells" in sentences(SCHEMA, long)[0]


def test_an_estimator_warns_and_reads_other_spellings():
    rng = np.random.default_rng(0)
    flag = rng.random(80) < 0.5
    X = pl.DataFrame({"flag": flag, "z": rng.normal(size=80)})
    model = NetworkClassifier(depth=1, width=8, epochs=30, random_state=0).fit(X, flag)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = model.predict_proba(X)
        for true, false in (("Yes ", "no"), ("1", "0"), ("T", "F"), ("on", "OFF")):
            told = X.with_columns(flag=pl.Series([true if on else false for on in flag]))
            np.testing.assert_array_equal(model.predict_proba(told), expected)
    with pytest.warns(DataWarning, match="Column 'flag': 80 of 80 cells, such as 'ja'"):
        model.predict(X.with_columns(flag=pl.lit("ja")))


def test_items_that_training_never_held_are_told_once_a_column() -> None:
    rng = np.random.default_rng(0)
    tags = ["|".join(rng.choice(list("abcdef"), rng.integers(1, 4), replace=False)) for _ in range(200)]
    rare = [f"{cell}|only {row}" if row % 5 == 0 else cell for row, cell in enumerate(tags)]
    frame = pl.DataFrame({"tags": tags, "rare": rare, "y": rng.normal(size=200)})
    schema = infer(Table(frame, "t.csv", ""), "y")
    assert [column.kind for column in schema.columns] == ["list", "list"]
    assert sentences(schema, schema.read(frame)) == []
    asked = pl.DataFrame({"tags": ["a|b", "z|a|q", None, "|"], "rare": ["z", "z|a", "q", None]})
    one, two = sentences(schema, schema.read(asked))
    assert one.startswith(
        "Column 'tags': 1 of 3 cells holds an item, such as 'z', that is unseen in training, which knew"
    )
    assert "Such items say nothing." in one
    assert two.startswith(
        "Column 'rare': 3 of 3 cells hold an item, such as 'z', that is unseen or rare in training"
    )
    assert "Such items count as rare." in two
    few_rare = pl.DataFrame({"tags": ["a"] * 20, "rare": ["a|new"] * 4 + ["b"] * 16})
    assert sentences(schema, schema.read(few_rare)) == []


def test_texts_without_a_known_word_are_told_once_a_column() -> None:
    rng = np.random.default_rng(0)
    notes = [" ".join(rng.choice([f"w{place}" for place in range(30)], 6)) for _ in range(200)]
    frame = pl.DataFrame({"note": notes, "y": rng.normal(size=200)})
    schema = infer(Table(frame, "t.csv", ""), "y")
    assert schema.columns[0].kind == "words" and sentences(schema, frame) == []
    (said,) = sentences(schema, pl.DataFrame({"note": ["w1 new", "Guten Tag", None]}))
    assert said.startswith(
        "Column 'note': 1 of 2 cells, such as 'Guten Tag', holds no word that is known from training, as are '"
    )
