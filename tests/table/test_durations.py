"""Durations in several units."""

import polars as pl
import pytest

from honed.table.durations import are_some, find, seconds, seconds_of


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


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("wait", ["79:48:00", "5:00:01", "-30:00:00.5"], [287_280, 18_001, -108_000.5]),
        ("ride", ["1:57.137", "2:01.5"], [117.137, 121.5]),
        ("ride", ["1 day, 4:03:09", "14:01:34"], [100_989, 50_494]),
        ("elapsed_time", ["49:48", "1:05:00"], [2_988, 3_900]),
        ("duration", ["49:48", "12:00"], [2_988, 720]),
        ("duration", ["3:12", "4:05"], [192, 245]),
        ("time", ["49:48", "12:00", "31:10"], [2_988, 720, 1_870]),
        ("finishTime", ["49:48", "12:00"], [2_988, 720]),
        ("arrival_time", ["49:48", *["12:00"] * 9], [2_988, *[720] * 9]),
        ("x", [*["4:03:09"] * 40, "1 day, 4:03:09"], [*[14_589] * 40, 100_989]),  # as Python writes them
        ("x", ["45 min", "1:30:00"], [2_700, 5_400]),
        ("x", ["2m 3s", "1:57.137"], [123, 117.137]),
        ("shift", ["24:00:00", "12:00:00"], [86_400, 43_200]),
        ("delay", ["-05:00:10", "08:00:00"], [-18_010, 28_800]),
    ],
)
def test_clocks_that_are_no_times_of_day_are_durations(name, cells, expected):
    column = pl.Series(name, cells)
    found = find(column)
    assert found is not None and found[0] == "seconds" and found[1].to_list() == expected
    assert are_some(column).all()


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("opens", ["08:30", "21:15"]),
        ("opens", ["08:30:00", "21:15:00"]),
        ("score", ["28:25", "31:30"]),
        ("time", ["12:30", "4:05"]),
        ("start", [*["08:30:00"] * 40, "25:10:00"]),  # a slip among times of day
        ("wait", ["79:60:00", "79:00:00"]),
        ("duration", ["49:48", "soon"]),
        ("net", ["10:20:30:40", "10:20:30:41"]),
        ("arrival_time", [*["08:30"] * 119, "32:15"]),
        ("arrival_time", [*["08:30"] * 119, "24:00"]),
        ("start_time", ["08:30", "24:00"]),
        ("start", [*["08:30"] * 119, "30 min"]),
        ("start", [*["08:30"] * 119, "2 hours"]),
        ("start", [*["08:30:00"] * 119, "30 min"]),
        ("t", [*["45 min", "20 min"] * 20, "1:30", "1:15"]),  # minutes or hours
        ("duration", ["1 day, 4:03:09", "1:30"]),
        ("timezone", ["-05:00", "-08:00", "-06:00"]),
        ("time_zone", ["-03:30", "-08:00", "-00:00"]),
        ("sentiment", ["28:31", "1:20"]),
        ("halftime_score", ["28:31", "1:20"]),
        ("half_time_result", ["28:31", "1:20"]),
        ("HalfTimeResult", ["28:31", "1:20"]),
        ("fulltime", ["28:31", "1:20"]),
        ("times_ratio", ["28:31", "1:20"]),
        ("verse_lifetime", ["28:31", "1:20"]),
        ("overlap_time_score", ["28:31", "1:20"]),
        ("overlap", ["28:31", "1:20"]),
    ],
)
def test_times_of_day_and_scores_are_no_durations(name, cells):
    assert find(pl.Series(name, cells)) is None


def test_what_the_user_says_decides_on_clocks():
    day, score = pl.Series("opens", ["08:30:00", "21:15:00"]), pl.Series("x", ["28:25", "1:30"])
    assert find(day, is_no_clock=True) is not None and find(score, is_no_clock=True) is None
    assert find(score, is_said=True) is not None
    slip = pl.Series("start", [*["08:30"] * 119, "32:15"])
    assert find(slip, is_said=True) is not None and find(slip, is_no_clock=True) is None
    for cells in (["08:30", "1:30"], ["08:30", "24:00"], ["45 min", "1:30"]):  # hours or minutes
        assert find(pl.Series("x", cells), is_said=True, is_no_clock=True) is None


def test_units_are_durations_beside_clocks_that_are_none():
    cells = pl.Series("t", ["45 min", "2 hours", "1:30"])
    assert are_some(cells).to_list() == [True, True, False]
