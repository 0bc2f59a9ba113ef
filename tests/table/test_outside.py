"""Lines in a file that are none of its rows."""

import pytest
from messy_tables import csv, usual

from honed.table.delimited import Parsed, parse

ROWS = len(usual()["city"])
SUMS = [sum(map(float, usual()[name])) for name in ("size", "price")]
MEANS = [value / ROWS for value in SUMS]


def parsed(text: str) -> Parsed:
    return parse(text.encode(), "t.csv")


TOTALS = {
    "a word and sums": f"Total,{SUMS[0]:.1f},{SUMS[1]:.2f}\n",
    "a word among others": f"Grand Total:,{SUMS[0]:.1f},\n",
    "a word beside an index": f"{ROWS},Total,{SUMS[1]:.2f}\n",
    "a word of another language": f"Summe,{SUMS[0]:.1f},{SUMS[1]:.2f}\n",
    "means": f"Average,{MEANS[0]:.1f},{MEANS[1]:.1f}\n",
    "sums and means": f"Total,{SUMS[0]:.1f},{SUMS[1]:.2f}\nMean,{MEANS[0]:.1f},{MEANS[1]:.1f}\n",
    "sums alone": f",{SUMS[0]:.1f},{SUMS[1]:.2f}\n",
    "sums beside a word": f"Rome,{SUMS[0]:.0f},{SUMS[1]:.1f}\n",
    "one sum": f",,{SUMS[1]:.2f}\n",
    "a word and sums with marks": f'Total,"{SUMS[0]:,.1f}","{SUMS[1]:,.2f}"\n',
    "a word and sums with units": f'Total,"{SUMS[0]:,.1f} m²","${SUMS[1]:,.2f}"\n',
    "sums with marks": f',"{SUMS[0]:,.1f}","{SUMS[1]:,.2f}"\n',
    "means beside an empty cell": f",{MEANS[0]:.3f},{MEANS[1]:.4f}\n",
}


@pytest.mark.parametrize("below", TOTALS.values(), ids=TOTALS)
def test_totals_are_left_out_and_named(below):
    found = parsed(csv(usual(), below=below))
    count = below.count("\n")
    assert found.frame.to_dict(as_series=False) == usual()
    assert found.left_out == tuple(range(ROWS, ROWS + count))
    looks = (
        "looks like a total of the others and was"
        if count == 1
        else "look like totals of the others and were"
    )
    assert f"{looks} left out" in found.doubts[0]


def test_totals_and_rows_in_the_same_other_writing_are_told_apart():
    prices = [f"{price:_.2f}".replace(".", ",").replace("_", ".") for price in map(float, usual()["price"])]
    rows = csv(usual() | {"size": [f"{size} m²" for size in usual()["size"]], "price": prices}, separator=";")
    total = f"{SUMS[1]:_.2f}".replace(".", ",").replace("_", ".")
    assert parsed(f"{rows}Summe;{SUMS[0]:.1f} m²;{total}\n").left_out == (ROWS,)
    assert parsed(f"{rows}Rome;{SUMS[0]:.1f} m²;{prices[0]}\n").left_out == ()


def test_a_total_below_rows_with_totals_of_parts_is_left_out():
    parts = {
        "city": ["Rome", "Oslo", "Subtotal"] * 4,
        "size": ["1", "2", "3"] * 4,
        "price": ["5", "6", "11"] * 4,
    }
    assert parsed(csv(parts, below="Total,12,44\n")).left_out == (12,)


ROWS_LIKE_OTHERS = {
    "a word that others have": csv(
        usual() | {"city": ["Total", "Shell"] * (ROWS // 2)}, below="Total,900,9000\n"
    ),
    "a word beside usual numbers": csv(usual(), below="Total,80.1,300.20\n"),
    "large numbers": csv(usual(), below="Rome,999.9,99999.00\n"),
    "numbers that rise": "a,b\n" + "".join(f"{2**i},{3**i}\n" for i in range(20)),
    "one column": "a\n" + "".join(f"{i}\n" for i in range(10)) + "45\n",
    "three rows": "a,b\n1,2\n3,4\n4,6\n",
    "a word in a cell of words": csv(usual(), below="Rome,Total,\n"),
    "a word beside usual numbers with marks": csv(usual(), below='Total,80.1,"$300.20"\n'),
    "large numbers with marks": csv(usual(), below='Rome,"1,999.9","99,999.00"\n'),
    "means as rough as the rows beside an empty cell": csv(
        usual(), below=f",{MEANS[0]:.1f},{MEANS[1]:.2f}\n"
    ),
    "dates": csv(usual() | {"city": [f"2021-01-{day:02}" for day in range(1, ROWS + 1)]}),
}


@pytest.mark.parametrize("text", ROWS_LIKE_OTHERS.values(), ids=ROWS_LIKE_OTHERS)
def test_a_row_that_may_be_one_stays(text):
    found = parsed(text)
    assert (found.frame.height, found.left_out) == (text.count("\n") - 1, ())


@pytest.mark.parametrize("below", ["Total,80.1,300.20\n", "Subtotal,80.1,300.20\nTotal,80.1,300.20\n"])
def test_a_word_for_a_total_that_numbers_do_not_bear_out_is_said(below):
    found = parsed(csv(usual(), below=below))
    count = below.count("\n")
    assert "may be a total by" in found.doubts[0] if count == 1 else "may be totals by" in found.doubts[0]
    assert "kept as a row" in found.doubts[0] if count == 1 else "kept as rows" in found.doubts[0]


def test_a_word_for_a_total_that_a_column_often_has_is_not_said():
    assert parsed(ROWS_LIKE_OTHERS["a word that others have"]).doubts == ()


@pytest.mark.parametrize("units", [",m²,€", "-,[m],(EUR)", ",W m-2,%", ",m²,"])
def test_a_line_of_units_below_the_header_is_left_out_and_told(units):
    header, rows = csv(usual()).split("\n", 1)
    found = parsed(f"{header}\n{units}\n{rows}")
    assert found.frame.to_dict(as_series=False) == usual() and found.left_out == (0,)
    assert f"units: {units.split(',')[1]!r} ('size')" in found.notes[-1]


@pytest.mark.parametrize("row", ["Rome,,", ",NA,-", ",80.1,€", "Rome,m²,€", ",,", ",12,30"])
def test_a_first_row_that_names_no_units_stays(row):
    header, rows = csv(usual()).split("\n", 1)
    assert parsed(f"{header}\n{row}\n{rows}").frame.height == ROWS + 1


def test_the_header_within_the_rows_is_none():
    one, two = csv(usual()), csv(usual(seed=1))
    found = parsed(one + two)
    assert found.frame.to_dict(as_series=False) == {
        name: cells + usual(seed=1)[name] for name, cells in usual().items()
    }
    assert found.left_out == (ROWS,)
    assert found.notes == (f"Left out 1 line that repeats the header, first in place of row {ROWS + 1}.",)


REMARKS = {
    "after a blank line": "\nSource: the bank\n",
    "sentences": "Data from the bank.\nLast updated in 2023.\n",
    "a count": "\n(30 rows)\n",
    "comments": "# end\n",
    "with the separator after a blank line": "\nSource: Eurostat, 2021\n",
    "with the separator and quotes": '\n"Source: Eurostat, 2021"\n',
    "marked by a star": "* preliminary\n",
    "marked by a star, with the separator": "* preliminary, revised in May, and again, in June\n",
    "a count without a blank line": "30 records\n",
    "padded": "Source: Eurostat,,\n",
    "padded after padding": ",,\nSource: as the bank tells us,,\n,,\n",
}


@pytest.mark.parametrize("below", REMARKS.values(), ids=REMARKS)
def test_remarks_below_the_rows_are_left_out_and_named(below):
    found = parsed(csv(usual(), below=below))
    assert found.frame.to_dict(as_series=False) == usual()
    assert found.left_out == ()
    assert "below the rows" in found.notes[0]


@pytest.mark.parametrize("below", ["Rom", "12.5", 'Rome,1,"2\nand so on it goes\n', "\n12.5\n"])
def test_a_row_that_was_cut_off_is_refused(below):
    with pytest.raises(ValueError, match=f"line {ROWS + 2} has|line {ROWS + 3} has|does not end"):
        parsed(csv(usual(), below=below))


@pytest.mark.parametrize("below", ["Rome,,\n", ",,\nRome,,\n", ",80.1,\n", "\nNote: cold,80.1,300.20\n"])
def test_a_row_with_empty_cells_is_no_remark(below):
    assert parsed(csv(usual(), below=below)).frame["city"].to_list()[-1] in ("Rome", None, "Note: cold")


@pytest.mark.parametrize("below", ["New York,80.1\n", "\nNew York,80.1\n", "Note: cold,80.1,300.20,1\n"])
def test_a_row_of_another_width_is_refused_unless_it_is_marked_or_a_sentence(below):
    if below.startswith("Note"):
        assert parsed(csv(usual(), below=below)).frame.height == ROWS
        return
    with pytest.raises(ValueError, match=f"line {ROWS + 2} has|line {ROWS + 3} has"):
        parsed(csv(usual(), below=below))


def test_of_two_columns_a_text_beside_an_empty_cell_is_a_row():
    rows = "".join(f"some words of row {row},{row % 2}\n" for row in range(20))
    assert parsed(f"text,label\n{rows}Note: this row has no label yet,\n").frame.height == 21


def test_a_text_over_several_lines_is_no_remark():
    text = 'a,b\n1,"x\nmany words in a line"\n2,"y\nand more of the words"\n'
    assert parsed(text).frame.height == 2


@pytest.mark.parametrize(
    "last", ["(500) Days of Summer,,", "another long description of things,,", "5 cases of it,,"]
)
def test_a_first_cell_alone_is_no_remark_unless_it_is_marked_as_such(last):
    for between in ("", "\n"):
        assert parsed(csv(usual(), below=f"{between}{last}\n")).frame["city"].to_list()[-1] == last.rstrip(
            ","
        )


def test_a_return_within_a_last_cell_ends_no_line():
    text = csv(usual()).rstrip("\n").rpartition("\n")[0]
    found = parsed(f"{text}\nfine\rreally,12.5,0.512\n")
    assert found.frame["price"].to_list()[-1] == "0.512"
