from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from honed.report import charts
from honed.report.axes import Series
from honed.report.parts import Axis, Bin, Line, NamedScore


def elements(svg: str, kind: str, name: str = "") -> list[ElementTree.Element]:
    """Elements of a kind whose class holds `name`."""
    return [
        each
        for each in ElementTree.fromstring(svg).iter(kind)
        if name in each.get("class", "").split() or not name
    ]


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in elements(svg, "text")]


NASTY = "<script>alert('&\"')</script>"

ROWS: list[NamedScore] = [
    {"name": "network", "title": NASTY, "value": 2.0, "low": 1.5, "high": 2.5, "used": True},
    {"name": "linear", "title": "linear", "value": 4.0, "low": None, "high": None, "used": False},
]
BINS: list[Bin] = [{"said": 0.2, "happened": 0.25, "low": 0.1, "high": 0.4, "rows": 40}]
AXES: list[Axis] = [
    {"name": "rate", "low": 0.01, "high": 1.0, "log": True},
    {"name": NASTY, "levels": ["a", NASTY]},
]
PICTURES = {
    "scores": charts.scores(ROWS, NASTY),
    "intervals": charts.intervals([{"name": NASTY, "value": 1.0, "low": 0.5, "high": 1.5}], NASTY),
    "lines": charts.lines(
        [Series(NASTY, [0, 1], [1, 2])], NASTY, x=NASTY, y=NASTY, marks=[(1, NASTY)], dots=True
    ),
    "points": charts.points([1, 2], [3, 4], NASTY, x=NASTY, y=NASTY, diagonal=True, level=3.5),
    "reliability": charts.reliability(BINS, NASTY, x=NASTY, y="share"),
    "history": charts.history([(1, 0.5, NASTY)], [(2, 0.4, NASTY)], [0.4], NASTY, y=NASTY),
    "parallel": charts.parallel(AXES, [{"name": NASTY, "places": [0.0, 1.0], "strength": 1.0}], NASTY),
    "layers": charts.layers([(NASTY, 4), ("layer 1", 16), ("outputs", 1)], NASTY),
    "heat": charts.heat([[3, 1], [0, 2]], [NASTY, "b"], [NASTY, "b"], NASTY),
    "histogram": charts.histogram([0, 1, 2], [5, 10], NASTY, x=NASTY, level=1),
    "bars": charts.bars([NASTY, "b"], [1, 2], [0, 1], [2, 3], NASTY, y=NASTY),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_labelled_escaped_and_whole(name: str) -> None:
    svg = PICTURES[name]
    root = ElementTree.fromstring(svg)
    assert (root.get("role"), root.get("aria-label")) == ("img", NASTY)
    assert "<script" not in svg
    assert "nan" not in svg.lower().replace(NASTY.lower(), "")
    width, height = map(float, root.get("viewBox", "").split()[2:])
    for mark in root.iter("rect"):
        x, y = float(mark.get("x", "nan")), float(mark.get("y", "nan"))
        assert 0 <= x <= x + float(mark.get("width", "nan")) <= width + 1
        assert 0 <= y <= y + float(mark.get("height", "nan")) <= height + 1


def test_bars_of_scores_are_as_long_as_their_values() -> None:
    used, other = elements(PICTURES["scores"], "rect")
    assert float(other.get("width", "0")) == pytest.approx(2 * float(used.get("width", "0")), abs=0.2)
    assert "c1" in used.get("class", "") and "rest" in other.get("class", "")
    assert len(elements(PICTURES["scores"], "path", "whisker")) == 1


def test_negative_scores_go_to_the_left_of_zero() -> None:
    rows: list[NamedScore] = [{**ROWS[1], "value": -1.0}, {**ROWS[1], "value": 3.0}]
    low, high = elements(charts.scores(rows, ""), "rect")
    assert float(low.get("x", "0")) + float(low.get("width", "0")) == pytest.approx(
        float(high.get("x", "0")), abs=0.2
    )


def test_a_line_breaks_where_a_value_is_missing() -> None:
    svg = charts.lines([Series("a", [1, 2, 3, 4, 5], [1, 2, math.nan, 3, 4])], "", x="", y="")
    (line,) = elements(svg, "path", "line")
    assert line.get("d", "").count("M") == 2
    assert line.get("d", "").count("L") == 2


def test_columns_of_a_histogram_are_as_high_as_their_counts() -> None:
    low, high = elements(PICTURES["histogram"], "rect")
    assert float(high.get("height", "0")) == pytest.approx(2 * float(low.get("height", "0")), abs=0.2)


def test_a_confusion_matrix_tells_each_count_in_words() -> None:
    titles = [
        each.text for each in elements(charts.heat([[3, 1], [0, 2]], ["a", "b"], ["a", "b"], ""), "title")
    ]
    assert titles == [
        "true a, said a: 3 of 4 (75%)",
        "true a, said b: 1 of 4 (25%)",
        "true b, said a: 0 of 2 (0%)",
        "true b, said b: 2 of 2 (100%)",
    ]


def test_failures_do_not_press_a_history_into_one_line() -> None:
    full = [(place, 0.5 + place / 100, "") for place in range(20)] + [(20, 1e6, "diverged")]
    svg = charts.history([], full, [0.5] * 21, "", y="loss")
    heights = {each.get("cy") for each in elements(svg, "circle")}
    assert len(heights) > 15


def test_the_best_trial_is_drawn_last_and_apart() -> None:
    places: list[Line] = [{"name": str(k), "places": [k / 2, k / 2], "strength": k / 2} for k in (2, 0, 1)]
    drawn = elements(charts.parallel(AXES, places, ""), "path", "line")
    assert ["c2" in each.get("class", "") for each in drawn] == [False, False, True]


def test_a_deep_network_names_only_layers_that_have_room() -> None:
    sizes = [("inputs", 60), *((f"layer {n}", 128) for n in range(1, 41)), ("outputs", 10)]
    svg = charts.layers(sizes, "")
    assert len(elements(svg, "rect")) == 42
    assert len(texts(svg)) <= 20
    assert {"inputs", "outputs"} <= set(texts(svg))


def test_a_legend_names_colours_and_escapes() -> None:
    assert "<script" not in charts.legend([("c1", NASTY)])
    assert 'class="c1"' in charts.legend([("c1", "a")])
