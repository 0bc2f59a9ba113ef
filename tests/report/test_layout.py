from honed.report.layout import aligned, beside, section, wrapped


def test_a_section_is_its_title_and_its_lines() -> None:
    assert section("Title", ["one", " ", "two"], 60) == "Title\n  one\n  two"
    assert section("Title", [], 60) == ""


def test_columns_line_up_and_empty_ones_go() -> None:
    assert aligned([("a", "", "x"), ("bbb", "", "y")]) == ["a    x", "bbb  y"]


def test_a_line_that_fits_keeps_its_gaps() -> None:
    assert wrapped("a    b", 10) == "a    b"
    assert wrapped("a    b c", 6) == "a    b\n    c"


def test_text_stands_beside_what_it_is_about_or_below() -> None:
    text = "one two three four five six seven eight"
    assert beside("left", text, 6, 40) == ["left  one two three four five six seven", "      eight"]
    assert beside("left", "one", 40, 50) == ["left", "    one"]
