"""Words that mean an empty cell."""

import polars as pl
import pytest

from honed.table.missing import is_missing_word, usual, without_missing


@pytest.mark.parametrize("word", ["NA", "n/a", "N.A.", "?", "-", "Null", "None", "NaN", "-nan", "#N/A"])
def test_usual_words_are_known_in_any_case(word):
    cells = pl.Series("x", [word, "0", None])
    assert is_missing_word(cells).to_list() == [True, False, False]
    assert without_missing(cells).to_list() == [None, "0", None]


@pytest.mark.parametrize("word", ["", "no", "0", "none of these", "Nan Madol"])
def test_others_are_not(word):
    assert not is_missing_word(pl.Series([word])).any()


def test_of_several_words_the_usual_ones_are_told():
    assert usual(["TBA", "na", "-999", "?"]) == ["na", "?"]
