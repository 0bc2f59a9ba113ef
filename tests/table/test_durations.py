"""Durations in several units."""

import polars as pl

from honed.table.durations import find, seconds, seconds_of


def test_durations_are_told_in_the_smallest_unit_that_occurs():
    found = find(pl.Series(["2h 50m", "1 hour", "5 min"]))
    assert found is not None and found[0] == "minutes" and found[1].to_list() == [170, 60, 5]
    found = find(pl.Series(["PT2H50M", "P1DT1S", "PT1.5S"]))
    assert found is not None and found[0] == "seconds" and found[1].to_list() == [10_200, 86_401, 1.5]
    found = find(pl.Series(["1 days 00:00:01", "-1 days, 01:00:00"]))
    assert found is not None and found[0] == "seconds" and found[1].to_list() == [86_401, -82_800]


def test_one_unit_alone_and_other_words_are_none():
    assert find(pl.Series(["2h", "3h"])) is None
    assert find(pl.Series(["2h 50m", "soon"])) is None
    assert seconds(pl.Series(["P", "PT", "P2M", "PT5", "P1"])).to_list() == [None] * 5
    assert seconds(pl.Series(["1m 1s", "x"])).to_list() == [61, None]
    assert seconds_of("hours") == 3600
