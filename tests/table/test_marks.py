"""Numbers with commas and points as files write them, to numbers with a decimal point alone."""

import re
import warnings

import polars as pl
import pytest

from honed.errors import DataWarning
from honed.table import quantities, reading
from honed.table.marks import fits
from honed.table.quantities import File


def read(frame: pl.DataFrame) -> dict[str, list[object]]:
    """The columns of a training table as read: numbers where all cells are, else texts."""
    file = File(frame, "t.csv")
    found = {name: (reading.find(frame[name], file=file), False) for name in frame.columns}
    return {column.name: plain(column.to_list()) for column in reading.read(frame, found)}


def quietly(**columns: list[str | None]) -> dict[str, list[object]]:
    """As `read`; a warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read(pl.DataFrame(columns))


def plain(cells: list) -> list[object]:
    """Texts of numbers as numbers, unless one is none; blank ones and NaN as None."""
    try:
        values = [None if cell is None or not str(cell).strip() else float(cell) for cell in cells]
    except ValueError:
        return cells
    return [None if value != value else value for value in values]


@pytest.mark.parametrize(
    ("cells", "meant"),
    [
        (["3,14", "-2,5e3", None, " 4"], ["3.14", "-2.5e3", None, " 4"]),
        (["1,921", "0,396"], ["1.921", "0.396"]),  # thousands do not begin with 0
        (["1,921", "12345,678"], ["1.921", "12345.678"]),
        (["1,921", "396,5"], ["1.921", "396.5"]),
        (["1,921,004", "396"], ["1921004", "396"]),
        (["1,921.50", "396"], ["1921.50", "396"]),
        (["1.921,50", "396,00"], ["1921.50", "396.00"]),
        (["1.921.004", "396"], ["1921004", "396"]),
        (["1.921", "3.104"], ["1.921", "3.104"]),  # a point that nothing speaks against
        (["1.921"] * 50 + ["0.396", "396"], ["1.921"] * 50 + ["0.396", "396"]),
        (["1,921"] * 50 + ["1,921,004", "396"], ["1921"] * 50 + ["1921004", "396"]),
        (["1,921", "1,92", "396"] * 5, ["1.921", "1.92", "396"] * 5),
        (["0.5", "1.25"], ["0.5", "1.25"]),
        (["01.02.2020", "03.04.2021"], ["01.02.2020", "03.04.2021"]),
        (["10.0.0.1", "10.0.0.2"], ["10.0.0.1", "10.0.0.2"]),
        (["1,5", "many"], ["1,5", "many"]),
        (["1,5", "unknown"], ["1.5", None]),
        (["a,b", None], ["a,b", None]),
        (["007", "12"], ["007", "12"]),
    ],
)
def test_marks_are_read_where_every_cell_is_such_a_number(cells, meant):
    assert quietly(c=cells) == {"c": plain(meant)}


def test_three_digits_after_every_comma_are_thousands_and_said():
    frame = pl.DataFrame({"c": ["1,921", "396", "-2,004"]})
    with pytest.warns(
        DataWarning, match="t.csv: column 'c' holds '1,921', which is read as 1921, as three digits"
    ):
        assert read(frame)["c"] == plain(["1921", "396", "-2004"])


def test_three_digits_after_every_point_beside_numbers_without_are_said():
    frame = pl.DataFrame({"c": ["1.921", "396", "2.004"]})
    with pytest.warns(
        DataWarning, match="holds '1.921', which is read as 1.921, although three digits follow"
    ):
        assert read(frame)["c"] == plain(["1.921", "396", "2.004"])
    assert quietly(c=["1.921", "396"], z=["-0.895", "1.092"])["c"] == plain(["1.921", "396"])


@pytest.mark.parametrize(("mark", "name"), [(",", "comma"), (".", "point")])
def test_a_few_cells_that_make_thousands_decimals_are_said(mark, name):
    cells: list[str | None] = [*[f"1{mark}921", "396"] * 20, f"1{mark}92"]
    message = f"'1{mark}921', which is read as 1.921, as 1 of 21 cells with a {name}, such as '1{mark}92', cannot be"
    with pytest.warns(DataWarning, match=re.escape(message)):
        read_back = read(pl.DataFrame({"c": cells}))
    assert read_back["c"] == [1.921, 396.0] * 20 + [1.92]
    other: list[str | None] = [f"0{mark}5"] * len(cells)
    assert quietly(c=cells, z=other)["c"] == read_back["c"]


def test_decimal_points_elsewhere_make_thousands_sure():
    assert quietly(c=["1,921", "396"], z=["-0.895", "1.092"])["c"] == plain(["1921", "396"])


@pytest.mark.parametrize(("cells", "meant"), [(["1,921", "396"], "1.921"), (["1.921", "396"], "1921")])
def test_decimal_commas_elsewhere_are_followed_and_said(cells, meant):
    frame = pl.DataFrame({"c": cells, "z": ["-0,895", "1,092"]})
    with pytest.warns(DataWarning, match=f"which is read as {meant}, as other columns have decimal commas"):
        assert read(frame)["c"] == plain([meant, "396"])


def test_a_file_of_both_ways_says_nothing_of_a_third_column():
    frame = pl.DataFrame({"c": ["1,921", "396"], "comma": ["3,14", "2"], "point": ["3.14", "2"]})
    with pytest.warns(DataWarning, match="read as 1921"):
        assert read(frame)["comma"] == [3.14, 2.0]


@pytest.mark.parametrize("cell", ["", " ", "\t", "NaN", "nan", " -nan", None])
def test_a_missing_cell_is_no_word_beside_numbers_with_marks(cell):
    assert quietly(c=["3,5", cell, "12"] * 3)["c"] == plain(["3.5", cell, "12"] * 3)
    assert quietly(c=["1.921,5", cell] * 3)["c"] == plain(["1921.5", cell] * 3)


def test_missing_cells_alone_do_not_make_points_doubtful():
    assert quietly(c=["1.921", "", "NaN", "3.104"])["c"] == plain(["1.921", "", "NaN", "3.104"])


def test_marks_of_both_kinds_are_said_and_the_one_of_thousands_is_shown():
    frame = pl.DataFrame({"c": ["1.921", "1,921"] * 5})
    said = "holds '1,921', which is read as 1921, as marks are mixed and cells such as '1.921' have a point;"
    with pytest.warns(DataWarning, match=re.escape(said)):
        assert read(frame)["c"] == plain(["1.921", "1921"]) * 5
    assert quietly(c=["1.921", "1,921"], z=["0.5", "2.25"])["c"] == plain(["1.921", "1921"])


@pytest.mark.parametrize(("thousands", "slip"), [("1,921", "2.5"), ("1.921", "2,5")])
def test_a_slip_with_the_other_mark_is_said_as_such(thousands, slip):
    frame = pl.DataFrame({"c": [thousands] * 30 + ["396"] * 29 + [slip]})
    said = f"holds '{thousands}', which is read as 1921, as marks are mixed and 1 of 31 cells with a mark, such as"
    why = f"'{slip}', can only have a decimal {'point' if '.' in slip else 'comma'};"
    with pytest.warns(DataWarning, match=re.escape(f"{said} {why}")):
        assert read(frame)["c"] == plain(["1921"] * 30 + ["396"] * 29 + ["2.5"])


def test_a_comma_before_an_exponent_separates_decimals():
    """As nobody writes marks of thousands there, whatever the other columns have."""
    core = pl.Series("x", ["8,444e-01", "1,250e+02", "-3,5E2"])
    assert fits(core, "comma").all() and not fits(core, "point").any()
    points = pl.Series("z", ["0.5", "1.5", "2.25"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        file = File([core, points])
        found = quantities.find(core, file)
    assert found is not None and found.numbers.to_list() == [0.8444, 125, -350]
    assert not fits(pl.Series(["8.444e-01"]), "comma").any() and fits(pl.Series(["8.444e-01"]), "point").all()
