"""The text of CSV files to columns of text."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from honed.errors import InputError
from honed.table.delimited import Parsed, parse


def parsed(content: str, plain: bool = False) -> Parsed:
    return parse(content.encode(), "t.csv", plain=plain)


def cells(content: str) -> dict[str, list[str | None]]:
    return parsed(content).frame.to_dict(as_series=False)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found(separator):
    content = "a,b,c\n1,x,3\n4,,6\n".replace(",", separator)
    assert cells(content) == {"a": ["1", "4"], "b": ["x", None], "c": ["3", "6"]}


def test_quotes_hold_separators_newlines_and_doubled_quotes():
    assert cells('a,b\n"x, y","line\nbreak"\n"say ""hi""",2\n') == {
        "a": ["x, y", 'say "hi"'],
        "b": ["line\nbreak", "2"],
    }


def test_quote_inside_a_word_is_a_letter():
    assert cells('a,b\n5" pipe,1\n6" pipe,2\n') == {"a": ['5" pipe', '6" pipe'], "b": ["1", "2"]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_read(end):
    assert cells(end.join(["a,b", "1,2", "3,"]) + end) == {"a": ["1", "3"], "b": ["2", None]}


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r", "\n\n", "\n\r\n\r\n"])
@pytest.mark.parametrize("last", ["3,4", "3,", '"3",4'])
def test_line_ends_behind_the_rows_are_no_rows(end, last):
    assert cells(f"a,b\n1,2\n{last}{end}") == {"a": ["1", "3"], "b": ["2", last[4:] or last[2:] or None]}


def test_a_return_before_a_quote_ends_no_line():
    assert cells('a,b\n\r"1, ""x""",2\n\r"3",4\n') == {"a": ['1, "x"', "3"], "b": ["2", "4"]}


def test_blank_lines_are_skipped():
    assert cells("a,b\n1,2\n\n3,4\r\n\r\n5,6\n\n") == {"a": ["1", "3", "5"], "b": ["2", "4", "6"]}


def test_nameless_columns_are_named_by_position():
    assert cells(",a,\n0,1,\n1,2,x\n") == {"column_1": ["0", "1"], "a": ["1", "2"], "column_3": [None, "x"]}


TRAILING = {
    "every line": ("a,b,,\n1,2,,\n3,4,,\n", "Left out 2 empty columns"),
    "rows": ("a,b\n1,2,\n3,4,\n", "Every row ends in 1 separator more"),
    "header": ("a,b,\n1,2\n3,4\n", "The header ends in 1 separator more"),
    "rows beside a blank line": ("a,b\n1,2,\n\n3,4,\n", "Every row ends in 1 separator more"),
    "header beside quotes": ('a,b,,\n"1",2\n"3",4\n', "The header ends in 2 separators more"),
}


@pytest.mark.parametrize(("content", "note"), TRAILING.values(), ids=TRAILING)
def test_trailing_separators_make_no_column(content, note):
    found = parsed(content)
    assert found.frame.to_dict(as_series=False) == {"a": ["1", "3"], "b": ["2", "4"]}
    assert found.notes[0].startswith(note)
    assert parsed(content, plain=True).frame.equals(found.frame)


@pytest.mark.parametrize(
    "content",
    ["a,b\n1,2,\n3,4,5\n", "a,b\n1,2,\n3,4\n", "a,b,c\n1,2\n3,4\n", "a,b\n1,5,2\n2,5,3\n4,1,1\n"],
)
def test_rows_of_another_width_are_refused_where_it_matters(content):
    with pytest.raises(InputError, match=r"line 2 has . cells where the header has|line 3 has"):
        parsed(content)


def test_an_index_without_a_place_in_the_header_is_one():
    found = parsed('x,y\n"1",5,2\n"2",6,3\n"3",7,1\n')
    assert found.frame.to_dict(as_series=False) == {
        "column_1": ["1", "2", "3"],
        "x": ["5", "6", "7"],
        "y": ["2", "3", "1"],
    }
    assert "index without a name" in found.doubts[0]


def test_an_index_without_a_place_in_the_header_may_have_gaps():
    kept = [n for n in range(1, 40) if n % 4]
    found = parsed("x,y\n" + "".join(f'"{n}",{n % 7},{n % 5}\n' for n in kept))
    assert found.frame["column_1"].to_list() == [str(n) for n in kept]
    assert "index without a name" in found.doubts[0]
    with pytest.raises(InputError, match="line 2 has 3 cells"):
        parsed("x,y\n" + "".join(f"{3 * n + 1},{n % 7},{n % 5}\n" for n in range(40)))


def test_an_index_without_a_name_is_known_where_training_had_one():
    known = ("column_1", "x")
    for rows in ("13,5,2\n", "7,5,2\n3,6,2\nlast,7,1\n"):
        found = parse(f"x,y\n{rows}".encode(), "t.csv", known)
        assert found.frame.columns == ["column_1", "x", "y"] and not found.doubts
        assert found.notes[0].endswith("as in training.")
        with pytest.raises(InputError, match="line 2 has 3 cells"):
            parse(f"x,y\n{rows}".encode(), "t.csv", ("x",))
    with pytest.raises(InputError, match="line 2 has 3 cells"):
        parse(b"x,column_1\n13,5,2\n", "t.csv", known)


def test_an_empty_column_without_a_name_stays_where_training_had_it():
    data = b"x,,\n1,,\n2,,\n"
    assert parse(data, "t.csv").frame.columns == ["x"]
    assert parse(data, "t.csv", ("column_2", "x")).frame.columns == ["x", "column_2"]


def test_line_of_a_ragged_row_counts_line_breaks_in_cells():
    with pytest.raises(InputError, match="line 4 has 3 cells where the header has 2"):
        cells('a,b\n"x\ny",1\n1,2,3\n')


def test_ragged_row_is_found_beside_an_odd_quote():
    with pytest.raises(InputError, match="line 3 has 1 cell where"):
        cells('a,b\n5" pipe,1\n6" pipe\n')


@pytest.mark.parametrize("end", ['"3,4\n', '3,"4', '3,"4\n5,6\n'])
def test_quote_that_is_open_at_the_end_is_refused(end):
    with pytest.raises(InputError, match="begins in line 3 does not end: the file ends before"):
        cells("a,b\n1,2\n" + end)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_cells_keep_their_marks(separator):
    content = "price z\n1,921 -0,5\n396 1.5\n".replace(" ", separator)
    assert cells(content) == {"price": ["1,921", "396"], "z": ["-0,5", "1.5"]}


text = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\r"), max_size=6)


@given(st.lists(st.tuples(text, text), min_size=1, max_size=8), st.sampled_from([",", ";", "\t", "|"]))
@example([("\n", '"'), ("", "a")], ",")
def test_what_a_csv_writer_wrote_is_read_back(rows, separator):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("first", "second"), *((f"a{first}", f"b{second}") for first, second in rows)])
    assert cells(out.getvalue()) == {
        "first": [f"a{row[0]}" for row in rows],
        "second": [f"b{row[1]}" for row in rows],
    }


@pytest.mark.parametrize("rows", ["1,2,3\n4\n5,6", "4\n1,2,3\n5,6", "1\n5,6\n1,2,", "1\n5,6\n,,"])
def test_a_row_too_long_does_not_make_up_for_one_too_short(rows):
    with pytest.raises(InputError, match=r"cells? where the header has 2 \(2 such lines in all\)"):
        parsed(f"a,b\n{rows}\n")


CARS = [(f"car {row}", row % 2, f"{row * 0.7:.1f}", row * 3) for row in range(1, 9)]
OF_R = {  # as write.table writes a data frame
    "spaces": '"vs" "mpg" "hp"\n' + "".join(f'"{name}" {vs} {mpg} {hp}\n' for name, vs, mpg, hp in CARS),
    "commas": '"vs","mpg","hp"\n' + "".join(f'"{name}",{vs},{mpg},{hp}\n' for name, vs, mpg, hp in CARS),
    "tabs": '"vs"\t"mpg"\t"hp"\n' + "".join(f'"{name}"\t{vs}\t{mpg}\t{hp}\n' for name, vs, mpg, hp in CARS),
}


@pytest.mark.parametrize("content", OF_R.values(), ids=OF_R)
def test_names_of_rows_that_r_wrote_are_an_index_aloud(content):
    found = parsed(content)
    assert found.frame.columns == ["column_1", "vs", "mpg", "hp"]
    assert found.frame["mpg"].to_list() == [mpg for _, _, mpg, _ in CARS]
    assert "the first cells all differ, as names of rows do" in found.doubts[0]


@pytest.mark.parametrize(
    "content",
    [
        "id,age,y,city\n" + "".join(f"P{row},{row + 20},0.{row},Paris, France\n" for row in range(9)),
        "name,weight,y\n" + "".join(f"P{row},70.25,1,23{row}\n" for row in range(9)),
        "date\tvalue\ty\n" + "".join(f"Jan{row}\t10:03\t.5\t{row}\n" for row in range(9)),
        "host time y\n" + "".join(f"h{row} 2020-01-02 10:0{row} 532\n" for row in range(9)),
    ],
    ids=["words", "decimals", "clocks", "spaces"],
)
def test_a_separator_within_cells_makes_no_names_of_rows(content):
    with pytest.raises(InputError):
        parsed(content)


def test_numbers_of_rows_that_r_wrote_are_an_index():
    content = '"region" "y"\n' + "".join(f'"{row}" "north" {row * 0.5}\n' for row in range(1, 9))
    assert parsed(content).frame.columns == ["column_1", "region", "y"]


NO_NAMES = {
    "decimal commas": "name,y\n" + "".join(f"car {row},{row},{row}\n" for row in range(10, 19)),
    "words that repeat": "vs,hp\n" + "".join(f"car {row % 3},{row},x\n" for row in range(9)),
    "numbers": "vs,hp\n" + "".join(f"{row * 7},{row},x\n" for row in range(9)),
}


@pytest.mark.parametrize("content", NO_NAMES.values(), ids=NO_NAMES)
def test_other_rows_with_a_cell_more_than_the_header_are_refused(content):
    with pytest.raises(InputError, match="line 2 has 3 cells where the header has 2"):
        parsed(content)


def test_words_between_spaces_below_a_shorter_line_are_no_table():
    content = "a title\n" + "".join(f"some words {row}\n" for row in ["here", "there", "now"] * 4)
    assert parsed(content).frame.columns == ["a title"]
