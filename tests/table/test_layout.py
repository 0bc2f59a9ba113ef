"""Where a table begins in its file."""

import pytest
from messy_tables import csv, usual

from honed.table.delimited import Parsed, parse
from honed.table.layout import find, sniff, without_spaces

CLEAN = csv(usual())
NAMES = list(usual())


def parsed(text: str, known: tuple[str, ...] = (), plain: bool = False) -> Parsed:
    return parse(text.encode(), "t.csv", known, plain)


def test_separator_inside_quotes_does_not_count():
    assert sniff('a;b\n"1,2,3,4";5\n"6,7,8,9";0\n') == ";"


ABOVE = {
    "a title": ("Sales 2023\n", 1),
    "a title and a blank line": ("Sales 2023\n\n", 2),
    "a title of the table's width": ("Sales 2023,,\n", 1),
    "a title of several cells": ('"Source","Bank",\n\n"Updated","2023-01-01",\n\n', 4),
    "a title of many cells": ("a,b,c,d,e,f\n", 1),
    "a comment": ("# made 2023-01-01\n# units: m, EUR\n", 2),
}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(("above", "lines"), ABOVE.values(), ids=ABOVE)
def test_lines_above_the_header_are_skipped_and_named(above, lines, separator):
    text = csv(usual(), separator, above.replace(",", separator))
    found = parsed(text)
    assert found.frame.to_dict(as_series=False) == usual()
    said = (*found.notes, *found.doubts)
    assert len(said) == 1
    assert f"{lines} line" in said[0]
    assert f"which is line {lines + 1}" in said[0]
    assert found.notes or ("If it belongs to" if lines == 1 else "If they belong to") in said[0]
    assert bool(found.doubts) != above.startswith("#")


def test_the_line_that_names_the_separator_is_none_of_the_table():
    assert parsed("sep=;\n\n" + csv(usual(), ";")).frame.to_dict(as_series=False) == usual()
    assert parsed("sep=;\n" + csv(usual(), ";")).frame.to_dict(as_series=False) == usual()


def test_lines_in_messages_count_those_above():
    with pytest.raises(ValueError, match="line 5 has 2 cells where the header has 3"):
        parsed("Sales\n\n" + "\n".join(CLEAN.splitlines()[:2]) + "\n1,2\n" + csv(usual()))


PLAIN = {
    "clean": CLEAN,
    "years as names": "country,1960,1961,1962\n" + "".join(f"C{i},{i}.5,{i}.1,{i}.3\n" for i in range(20)),
    "counted names": "0,1,2\n" + "".join(f"{i},{i % 3},{i % 5}\n" for i in range(20)),
    "names beyond the numbers": "x,350.5,351.5,353\n" + "".join(f"{i},.1,.2,.{i}\n" for i in range(20)),
    "words alone": "a,b\nx,y\nu,v\n" * 1 + "x,v\n" * 8,
    "an index": ",a,b\n0,x,1\n1,y,2\n2,x,3\n",
    "a name with figures": "id,2nd,price_2020\n" + "".join(f"{i},{i % 4},{i}.5\n" for i in range(20)),
    "a comment sign before the first name": "#id,x,y\n"
    + "".join(f"{i},{i % 3},{i % 5}\n" for i in range(20)),
    "one column": "city\nNew York\nSan Juan\n",
    "a few rows": "1,2\n3,4\n5,6\n",
}


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_the_first_line_is_the_header_where_nothing_speaks_against_it(text):
    found = find(text.encode())
    assert (found.skipped, found.names, found.notes, found.doubts) == (0, None, (), ())


HEADLESS = {
    "numbers and words": "0.1,5,Rome\n0.3,7,Oslo\n0.2,6,Rome\n" * 3,
    "numbers that repeat": "1,10,1,11\n2,11,2,13\n3,12,3,11\n4,10,4,1\n2,12,2,10\n1,1,1,10\n5,2,1,3\n",
    "words": "p,x,s\ne,x,y\ne,b,w\np,x,w\ne,x,s\np,b,y\ne,b,s\n",
    "dates and amounts, and the header among them": "2020-01-01,$5.50,7\n2020-01-03,$7.00,8\n"
    + "".join(f"2020-02-0{i},$6.{i}0,{i}\n" for i in range(1, 10)) * 3
    + "day,amount,count\n",
    "spaces": "5.1 3.5 setosa\n4.9 3.0 setosa\n6.1 2.9 other\n5.5 3.1 other\n5.2 3.2 other\n5.6 3.3 setosa\n",
}


@pytest.mark.parametrize("text", HEADLESS.values(), ids=HEADLESS)
def test_a_first_line_like_the_rows_is_one(text):
    found = parsed(text)
    width, rows = found.frame.width, text.count("\n")
    assert found.frame.columns == [f"column_{number + 1}" for number in range(width)]
    assert found.frame.height == rows
    assert f"columns are called column_1 to column_{width}" in found.doubts[0]


def test_a_first_line_like_the_rows_can_be_said_to_be_the_header():
    assert parsed(HEADLESS["words"], plain=True).frame.columns == ["p", "x", "s"]


def test_known_names_tell_where_the_header_is():
    text = "One,2,3\nx,1,1\nsize,price,city\n1,2,3\n"
    found = parsed(text, known=("city", "size"))
    assert found.frame.to_dict(as_series=False) == {"size": ["1"], "price": ["2"], "city": ["3"]}
    assert not found.doubts


def test_known_names_tell_what_separates_them():
    text = "size;note\n" + "1;a, b, c, d\n2;c, d, e, f\n" * 5
    assert parsed(text).frame.columns == ["size", "note"]
    one = "size|note, city\n1|a, b\n"
    assert parsed(one).frame.columns == ["size|note", "city"]
    assert parsed(one, known=("size", "note, city")).frame.columns == ["size", "note, city"]
    spaced = "Made 2023, by us\nsize city\n1 x\n"
    assert parsed(spaced, known=("size", "city")).frame.to_dict(as_series=False) == {
        "size": ["1"],
        "city": ["x"],
    }


def test_names_made_for_a_table_without_header_are_those_of_a_later_one():
    known = ("column_1", "column_3")
    one = parsed("5,x\n", known)
    assert one.frame.to_dict(as_series=False) == {"column_1": ["5"], "column_3": ["x"]}
    assert (one.notes[0][:17], one.doubts) == ("It has no header:", ())
    assert parsed("5,x,7\n", known).frame.columns == ["column_1", "column_2", "column_3"]
    assert parsed("column_3,column_1\n5,7\n", known).frame.columns == ["column_3", "column_1"]


@pytest.mark.parametrize("width", [0, 9])
def test_spaces_separate_cells_where_nothing_else_does(width):
    rows = zip(*usual().values(), strict=True)
    lines = [" ".join(f"{cell:>{width}}" for cell in row) for row in rows]
    found = parsed("\n".join([" ".join(NAMES), *lines]) + "\n")
    assert found.frame.to_dict(as_series=False) == usual()
    assert found.notes == ("Spaces separate cells.",)


def test_the_first_letters_of_a_long_file_tell_and_have_up_to_four_bytes():
    text = "name;letter\n" + "".join(f"𝔸{row};x,y\n" for row in range(40_000))
    found = parsed(text)
    assert found.frame.shape == (40_000, 2)
    assert found.frame.row(-1) == ("𝔸39999", "x,y")


def test_quotes_hold_spaces():
    assert without_spaces('a  "b c" d\n 1 2   3 ') == 'a\t"b c"\td\n1\t2\t3'


@pytest.mark.parametrize("text", ["a b\nx y\nu v\n", "a b\n1 2\n1 2 3\n", "full name\nAnn Poe\nBo Zed\n"])
def test_spaces_within_cells_stay(text):
    assert parsed(text).frame.width == 1
