from __future__ import annotations

import math

from honed.report.elements import facts_list, figure_of, grid, nan, number, rows_of, section


def test_words_are_escaped_and_html_is_kept() -> None:
    assert section("a", "<T>", "<s>", "<b>x</b>").count("&lt;") == 2
    assert "<b>x</b>" in section("a", "T", "", "<b>x</b>")
    assert "&lt;T&gt;" in figure_of("<T>", "", "<svg/>") and "<svg/>" in figure_of("T", "", "<svg/>")
    assert "&lt;v&gt;" in facts_list([("name", "<v>")])


def test_a_heading_with_a_hash_stands_over_numbers() -> None:
    table = rows_of(["name", "#rows"], [["a", number("3")]])
    assert '<th>name</th><th class="number">rows</th>' in table
    assert '<td>a</td><td class="number">3</td>' in table


def test_nothing_makes_no_grid_and_no_number() -> None:
    assert grid([]) == ""
    assert math.isnan(nan(None)) and nan(1.5) == 1.5
