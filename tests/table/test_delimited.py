"""CSV bytes to columns of text."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from honed.errors import InputError
from honed.table.delimited import parse, sniff


def cells(content: str | bytes) -> dict[str, list[str | None]]:
    data = content.encode() if isinstance(content, str) else content
    return parse(data, "t.csv").to_dict(as_series=False)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found(separator):
    content = "a,b,c\n1,x,3\n4,,6\n".replace(",", separator)
    assert cells(content) == {"a": ["1", "4"], "b": ["x", None], "c": ["3", "6"]}


def test_separator_inside_quotes_does_not_count():
    assert sniff('a;b\n"1,2,3,4";5\n"6,7,8,9";0\n') == ";"


def test_byte_order_mark_is_no_part_of_the_first_name():
    assert cells(b"\xef\xbb\xbfa,b\n1,2\n") == {"a": ["1"], "b": ["2"]}


def test_byte_order_mark_before_a_quoted_name():
    assert cells(b'\xef\xbb\xbf"a",b\n1,2\n') == {"a": ["1"], "b": ["2"]}


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


def test_blank_lines_are_skipped():
    assert cells("a,b\n1,2\n\n3,4\r\n\r\n5,6\n\n") == {"a": ["1", "3", "5"], "b": ["2", "4", "6"]}


def test_nameless_columns_are_named_by_position():
    assert cells(",a,\n0,1,\n1,2,\n") == {"column_1": ["0", "1"], "a": ["1", "2"], "column_3": [None, None]}


def test_line_of_a_ragged_row_counts_line_breaks_in_cells():
    with pytest.raises(InputError, match="line 4 has 3 cells where the header has 2"):
        cells('a,b\n"x\ny",1\n1,2,3\n')


def test_ragged_row_is_found_beside_an_odd_quote():
    with pytest.raises(InputError, match="line 3 has 1 cell where"):
        cells('a,b\n5" pipe,1\n6" pipe\n')


def test_quote_that_is_never_closed_is_refused():
    with pytest.raises(InputError, match="line 3"):
        cells('a,b\n1,2\n"3,4\n5,6\n')


def test_decimal_commas_become_points_where_the_comma_does_not_separate():
    assert cells("a;b\n1,5;x,y\n-2,25e3;z\n3;w\n") == {"a": ["1.5", "-2.25e3", "3"], "b": ["x,y", "z", "w"]}


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_thousands_are_read_where_the_comma_does_not_separate(separator):
    content = "price z\n1,921 -0.5\n396 1.5\n".replace(" ", separator)
    assert cells(content) == {"price": ["1921", "396"], "z": ["-0.5", "1.5"]}
    assert cells('price,z\n"1,921",0.5\n396,1.5\n')["price"] == ["1,921", "396"]


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
