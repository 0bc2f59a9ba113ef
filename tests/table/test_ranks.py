"""Levels in order: what looks like one, and what is refused."""

import random

import pytest

from honed.errors import InputError
from honed.table.ranks import check, hint, noticed, shown


@pytest.mark.parametrize(
    "order",
    [
        ["S", "M", "L", "XL"],
        ["small", "medium", "large"],
        ["very-low", "low", "Medium", "HIGH"],
        ["strongly disagree", "Disagree", "Neutral", "Agree", "strongly agree"],
        ["never", "sometimes", "always"],
        ["poor", "fair", "good", "very good", "excellent"],
        ["Jan", "Feb", "Mar", "Oct", "Dec"],
        ["May", "June", "July"],
        ["1st", "2nd", "3rd", "10th"],
        ["<=10", "11-20", ">20"],
        ["under 18", "18-24", "25-64", "65+"],
        ["$0-$999", "$1,000-$4,999", "$5,000 or more"],
        ["[0-10)", "[10-20)", "[90-100)"],
        ["(-0.01, 2.5]", "(2.5, 5.0]", "(5.0, inf]"],
        ["<$10k", "$10k-$20k", "$20k-$100k", "$100k+"],
        ["<1 year", "1-3 years", "3+ years"],
        ["1-Poor", "2-Fair", "3-Good"],
        ["0: none", "1: some", "2: all"],
        ["A", "B", "C", "D", "E"],
        ["d", "e", "f"],
    ],
)
def test_a_plain_order_is_noticed_however_the_levels_come(order: list[str]) -> None:
    shuffled = random.Random(1).sample(order, len(order))
    assert noticed(shuffled) == tuple(order)
    assert shown(order) in hint(shuffled)


@pytest.mark.parametrize(
    "levels",
    [
        ["red", "green", "blue"],
        ["low", "high"],  # of two either order says the same
        ["low", "medium", "high", "other"],
        ["low", "medium", "moderate"],  # two words of one place
        ["Mon", "Tue", "Wed", "Thu", "Fri"],
        ["A", "B", "D"],
        ["a", "B", "c"],
        ["S", "C", "Q"],
        ["10-20", "15-30", "31-40"],
        ["V57", "V58", "V59"],
        ["0-9", "10-19", "unknown"],
        ["(0, 10]", "(5, 15]", "(15, 20]"],
        ["(10, 0]", "(20, 10]", "(30, 20]"],
        ["12-inch", "14-inch", "27-inch"],  # numbers that count nothing
        ["1-red", "1-green", "2-blue"],
        ["10k", "20k", "30k"],
        [],
    ],
)
def test_other_levels_are_not(levels: list[str]) -> None:
    assert noticed(levels) == ()
    assert hint(levels) == ""


def test_every_level_needs_a_place_and_an_order_may_have_more() -> None:
    check("size", ["s", "m", "l"], ["l", "s"])
    check("dose", ["1", "2.5", "10"], ["2.50", "1.0"])
    with pytest.raises(
        InputError, match=r"order s < l, and its level 'm' is not in it\. Add it where it belongs"
    ):
        check("size", ["s", "l"], ["l", "m", "s"])


def test_a_long_order_is_shown_by_its_ends() -> None:
    assert shown([str(place) for place in range(30)]).endswith("< 7 < 8 < … < 28 < 29")


def test_spans_in_several_units_have_no_order_that_is_seen() -> None:
    assert noticed(["12-18 months", "1-2 years", "2-3 years"]) == ()
    assert noticed(["<1 year", "1-3 years", "3+ years"]) == ("<1 year", "1-3 years", "3+ years")
