"""Names of groups within cells."""

import polars as pl
import pytest

from honed.errors import InputError
from honed.table.stems import before, is_pattern, of

CELLS = pl.Series("visit", ["2024-s7-b", "2025-s7-a", "2024-s12-a", None, "2025-s12-c"])


@pytest.mark.parametrize(
    ("stem", "names"),
    [
        ("-", ["2024-s7", "2025-s7", "2024-s12", None, "2025-s12"]),
        (r"-(s\d+)-", ["s7", "s7", "s12", None, "s12"]),
        ("(?:2024|2025)-(.*)-", ["s7", "s7", "s12", None, "s12"]),
    ],
)
def test_a_sign_ends_the_name_and_a_pattern_finds_it(stem, names):
    found, note = of(CELLS, stem, "t.csv")
    assert found.to_list() == names
    assert f"such as {names[0]!r} of '2024-s7-b': {len(set(names)) - 1} groups of 4 different cells." in note


def test_a_stem_ends_at_the_last_sign():
    cells = pl.Series(["a_b_1", "a.b_2", "ab"])
    assert before(cells, "_").to_list() == ["a_b", "a.b", "ab"]
    assert before(cells, ".").to_list() == ["a_b_1", "a", "ab"]


def test_a_cell_without_it_is_a_name_as_a_whole_and_counted():
    found, note = of(pl.Series("v", ["a7x", "lone", "a7y", "a8y"]), r"a(\d)", "t.csv")
    assert found.to_list() == ["7", "lone", "7", "8"]
    assert "In 1 cell of them, such as 'lone', 'a(\\d)' is not found" in note


def test_a_parenthesis_that_is_not_closed_is_a_sign():
    assert [is_pattern(stem) for stem in ("(", ")(", "_", "(a)")] == [False, False, False, True]
    assert of(pl.Series("v", ["p1(2", "p1(3"]), "(", "t.csv")[0].to_list() == ["p1", "p1"]


@pytest.mark.parametrize(
    ("stem", "said"),
    [
        ("", "--group-stem is empty"),
        ("#", "no cell of the group column 'visit' holds '#'"),
        ("(x+)y", r"no cell of the group column 'visit' holds '\(x\+\)y', which is to find them"),
        ("([)", "is no regular expression"),
        ("(a)(b)", "has 2 parts in parentheses"),
        ("(?:a)", "has 0 parts in parentheses"),
    ],
)
def test_what_finds_no_name_is_refused(stem, said):
    with pytest.raises(InputError, match=said):
        of(CELLS, stem, "t.csv")
