"""Words for missing beside empty cells."""

import pytest

from honed.diagnosis.data.words import missing_words


def cells(*words):
    return {"garage": [words[row % len(words)] for row in range(120)], "y": [row * 0.5 for row in range(120)]}


def test_a_word_for_missing_beside_empty_cells_is_named(case_of):
    (finding,) = missing_words(case_of(cells("brick", "wood", "NA", None)))
    assert (finding.id, finding.severity) == ("missing-word", "note")
    assert "'garage' has 30 empty cells, and others hold 'NA'" in finding.what
    assert finding.evidence["words"] == {"garage": ["NA"]}
    assert "--missing NA" in finding.action


@pytest.mark.parametrize("words", [("brick", "wood", "NA"), ("brick", "wood", None), ("1", "2", "NA", None)])
def test_either_alone_is_not(case_of, words):
    assert missing_words(case_of(cells(*words))) == []


def test_an_item_of_lists_is_no_empty_cell(case_of):
    tags = [
        "none|a",
        "b|none",
        "a|b|c",
        "c",
        None,
        "b",
        "d|a",
        "d|b|none",
        "e",
        "e|a",
        "c|d",
        "a|e|b",
        "b|c",
        "d",
    ]
    case = case_of(cells(*tags))
    assert case.used[0].kind == "list" and "none" in case.used[0].levels
    assert missing_words(case) == []
