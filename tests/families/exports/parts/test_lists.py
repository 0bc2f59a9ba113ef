"""Lists in an exported script hold the items that honed reads."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from honed.families.exports.parts.encoding import items
from honed.families.exports.parts.lists import Lists
from honed.table import lists, reading
from honed.table.reading import Reading

CELLS = [
    "['a', 'b']", '["it\'s", "\\u00e9", "a\\"b"]', "['x\\'y', 'a\\tb', ' c ']", "[a b, c]", "[1.0, None, 'None', nan]",
    "[[1, 2], [3]]", "[]", "{'a'}", "a|b", "a; b;", "a, b", "|", "NA", "null", " ", None, "a",
    "['a' 'b']", "[ 'a'\n 'b' ]", "Ana.Li@Mail.org", "mailto:a@sub.uni-köln.de", "a@b", "@ana", "a@b.c1", " a@b.de ",
    "https://www.Shop.org/hats/b7.HTML?page=2&q#top", "www.shop.org", "/home/ana/x.tar.gz", "C:\\My Data\\a b.txt",
    "a/b//c", "/", "//", "a/.bashrc", "ftp://h", "x/y.", "img/p1.png",
]  # fmt: skip


@pytest.mark.parametrize("format", lists.FORMATS)
@pytest.mark.parametrize("missing", [(), ("a", "7")])
def test_cells_hold_the_items_that_honed_reads(format: str, missing: tuple[str, ...]) -> None:
    how = Reading("list", missing=missing, format=format)
    expected = reading.values(pl.Series(CELLS), how, is_number=False).to_list()
    assert Lists(format, missing).read(CELLS, "c").tolist() == expected


def test_lists_of_any_type_hold_texts() -> None:
    cells = [["a", 1.0, None, 2.5], (), {3}, np.array(["b"]), None]
    assert Lists().read(cells, "c").tolist() == [["a", "1", "2.5"], [], ["3"], ["b"], None]


def test_items_are_flags_and_others_one_together() -> None:
    column = Lists("|").read(["A|b", None, "|", "zz|b"], "c")
    expected = [[1, 0, 0, 0], [1, 0, 0, 1], [0, 0, 0, 1]]
    np.testing.assert_array_equal(items(column, ("a", "b"), has_rare=True), expected)
    np.testing.assert_array_equal(items(column, ("a", "b"), has_rare=False), expected[:2])
