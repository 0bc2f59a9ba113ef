"""How many pairs of columns there are, and of which columns."""

from __future__ import annotations

import pytest

from honed.encode.pairing import COLUMNS, count, likely


@pytest.mark.parametrize(("columns", "pairs"), [(0, 0), (1, 0), (2, 1), (4, 6), (5, 8), (100, 8)])
def test_how_many_there_are_follows_from_the_columns_alone(columns: int, pairs: int) -> None:
    assert count(columns, 8) == pairs


def test_of_many_columns_those_that_say_most_are_left_in_their_order() -> None:
    says = {f"x{place}": place * 7 % 40 for place in range(40)}
    most = sorted(says, key=lambda name: says[name])[-COLUMNS:]
    assert likely(list(says), says.__getitem__) == [name for name in says if name in most]
    few = list(says)[:COLUMNS]
    assert likely(few, {}.__getitem__) == few, "nothing is asked of few"
