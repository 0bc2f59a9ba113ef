"""Words that mean an empty cell."""

import polars as pl
import pytest

from honed.table.missing import is_missing_word, usual, without_missing

WORDS = ["NA", "n/a", "N.A.", "N.A", "?", "-", "—", "–", "..", "Null", "None", "NaN", "-nan", "#N/A"]
WORDS += ["#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "(blank)", "No data"]


@pytest.mark.parametrize("word", WORDS)
def test_usual_words_are_known_in_any_case(word):
    cells = pl.Series("x", [word, "0", None])
    assert is_missing_word(cells).to_list() == [True, False, False]
    assert without_missing(cells).to_list() == [None, "0", None]


@pytest.mark.parametrize("word", ["", "no", "0", "none of these", "Nan Madol", "ND", "*", "blank", "data"])
def test_others_are_not(word):
    assert not is_missing_word(pl.Series([word])).any()


def test_of_several_words_the_usual_ones_are_told():
    assert usual(["TBA", "na", "-999", "?"]) == ["na", "?"]
