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


def test_a_column_of_strange_words_is_named_with_share_and_example():
    frame = pl.DataFrame({"flag": ["ja", None, "no", "nein"], "shop": ["N1"] * 4, "size": ["1"] * 4})
    said = sentences(SCHEMA, frame)
    assert len(said) == 2
    assert said[0].startswith("Column 'flag': 66 % of the cells, such as 'ja', are unseen in training")
    assert said[1].startswith("Column 'shop': 100 % of the cells, such as 'N1'")


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        pl.DataFrame({"flag": [True, False], "shop": ["s0", " S1 "], "size": [1.0, 2.0]}),
        pl.DataFrame({"flag": ["ja", "no"], "shop": ["S0", "S7"], "size": ["1", "2"]}),  # half is not most
        pl.DataFrame({"flag": [None], "shop": [None], "size": [None]}),
        FRAME.clear(),
    ],
)
def test_a_table_like_the_training_one_is_met_in_silence(frame):
    assert sentences(SCHEMA, frame) == []


def test_rare_words_of_training_are_expected_again():
    names = [f"shop {row}" if row % 3 else "S" for row in range(300)]
    table = Table(pl.DataFrame({"shop": names, "y": [row / 2 for row in range(300)]}), "t.csv", "")
    schema = infer(table, "y", categorical=["shop"])
    rare = pl.DataFrame({"shop": ["S", "new 1", "new 2", "new 3"]})
    assert sentences(schema, rare) == []
    assert len(sentences(schema, pl.DataFrame({"shop": [f"new {row}" for row in range(10)]}))) == 1


def test_a_word_among_two_numbers_is_left_to_the_error():
    schema = infer(Table(FRAME.with_columns(flag=pl.Series(["0", "1"] * 30)), "t.csv", ""), "y")
    strange = pl.DataFrame({"flag": ["oui", "non"], "shop": ["S0", "S1"]})
    assert sentences(schema, strange) == []
    assert len(sentences(schema, strange.with_columns(flag=pl.Series(["5", "6"])))) == 1


def test_a_long_table_is_looked_at_in_parts():
    long = FRAME.with_columns(shop=pl.lit("N")).select(pl.all().repeat_by(500).explode())
    assert len(sentences(SCHEMA, long)) == 1


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
    with pytest.warns(DataWarning, match="Column 'flag': 100 % of the cells, such as 'ja'"):
        model.predict(X.with_columns(flag=pl.lit("ja")))
