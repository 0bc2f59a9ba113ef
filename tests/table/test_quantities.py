"""Numbers with units and marks, durations and ranges: what is read as which number, and what stays as it is."""

import re
import warnings

import polars as pl
import pytest
from messy_tables import spelled

from honed.errors import DataWarning, InputError
from honed.table import quantities, reading
from honed.table.columns import Schema, infer
from honed.table.quantities import File
from honed.table.read import from_frame
from honed.table.reading import PLAIN, Reading, find, values


def read(*cells: str | None) -> tuple[str, list[object]]:
    """The unit and the numbers of a column of the training table; a warning is an error."""
    column = pl.Series("x", cells)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = find(column)
        return found.unit, values(column, found, False).to_list()


@pytest.mark.parametrize(
    ("cells", "unit", "numbers"),
    [
        (["$1,250.00", "$12.50", "-$3", "$0"], "$", [1250, 12.5, -3, 0]),
        (["(1,250.00)", "300.00", "-5.00"], "", [-1250, 300, -5]),
        (["($1,250.00)", "$300"], "$", [-1250, 300]),
        (["1.250,00 €", "12,50 €", "7 €"], "€", [1250, 12.5, 7]),
        (["USD 5", "USD 7.5"], "USD", [5, 7.5]),
        (["5 EUR", "7,5 EUR"], "EUR", [5, 7.5]),
        (["30%", "12.5 %", "0"], "%", [30, 12.5, 0]),
        (["81.3 kg", "70 kg", "n/a"], "kg", [81.3, 70, None]),
        (["23 kmpl", "19.5 kmpl", None], "kmpl", [23, 19.5, None]),
        (["1200 sq ft", "80 sq ft"], "sq ft", [1200, 80]),
        (["-5 °C", "−12.5 °C"], "°C", [-5, -12.5]),
        (["50 m2", "70 m2"], "m2", [50, 70]),
        (["10+ years", "1 year", "2 years"], "years", [10, 1, 2]),
        (["2h 50m", "19h", "50m"], "minutes", [170, 1140, 50]),
        (["1 hour and 5 minutes", "2 days, 3 hours"], "minutes", [65, 3060]),
        (["1m 30s", "45s"], "seconds", [90, 45]),
        (["0 days 02:50:00", "1 day, 0:00:05.5"], "seconds", [10200, 86405.5]),
        (["10,000+", "1,000,000+", "5+"], "", [10000, 1000000, 5]),
        (["1.2M", "3k", "500"], "", [1.2e6, 3000, 500]),
        (["$1.2M", "$300K", "$2bn"], "$", [1.2e6, 3e5, 2e9]),
        (["8.5 Lakh", "1.25 Cr"], "", [850000, 12500000]),
        (["12,34,567", "1,23,456", "5,000"], "", [1234567, 123456, 5000]),
        (["1'250.00", "12.50"], "", [1250, 12.5]),
        (["1 250", "12", "5 000 000"], "", [1250, 12, 5000000]),
        (["735-739", "740-744", "745–749", "735 to 739"], "", [737, 742, 747, 737]),
        (["18-24", "25-34", "35-44", "65+"], "", [21, 29.5, 39.5, 65]),
        (["$10K-$20K", "$15K-$40K", "$37-66K"], "$", [15000, 27500, 51500]),
        (["3-5 years", "1-2 years", "5-10 years"], "years", [4, 1.5, 7.5]),
        (["3,14", "-2,7", "NA"], "", [3.14, -2.7, None]),
    ],
)
def test_a_column_of_quantities_is_read_as_numbers(cells, unit, numbers):
    assert read(*cells) == (unit, numbers)


@pytest.mark.parametrize(
    "cells",
    [
        ["00501", "12345"],
        ["12345-6789", "98765-4321", "12345-0001"],
        ["V57", "V58"],
        ["250.83", "401", "E909"],
        ["250/500", "100/300"],
        ["1.2.3", "1.10.4"],
        ["10.0.0.1", "10.0.0.2"],
        ["555-1234", "555-4321", "556-2345"],
        ["555 123 456", "555 123 457"],
        ["A,5", "B,6"],
        ["1,2,3", "2,5"],
        ["10x12", "9x11"],
        ["12A", "7B", "3C"],
        ["320i", "328i", "320d"],
        ["4th", "5th", "6th"],
        ["8am", "9am", "10am"],
        ["12:30", "13:45"],
        ["2018-2019", "2019-2020", "2020-2021"],
        ["2018-19", "2019-20", "2020-21"],
        ["12-05", "11-04", "10-03"],
        ["3-1", "1-2", "0-0"],
        ["2020-01-02", "2020-01-03"],
        ["01.02.2020", "03.04.2021"],
        ["1 May", "2 May"],
        ["[70-80)", "[80-90)"],
        ["<30", ">30"],
        ["5 kg", "7 lb"],
        ["5%", "0.05", "7%", "0.07"],
        ["81 kg", "70 kg", "heavy"],
        ["64GB", "1TB"],
        ["Q1", "Q2"],
        ["(1)", "(2)"],
        ["007 m", "012 m"],
    ],
)
def test_codes_names_and_times_keep_their_cells(cells):
    column = pl.Series("x", cells)
    assert find(column, dates=False) == PLAIN
    assert values(column, PLAIN, False).to_list() == cells


def test_the_reading_is_told_with_an_example_and_kept_in_the_schema():
    frame = pl.DataFrame(spelled(lambda value: f"${value:,.2f}"))
    schema = infer(from_frame(frame), "y")
    amount = schema.columns[0]
    assert (amount.kind, amount.reading.form, amount.reading.unit) == ("numeric", "quantity", "$")
    assert "numbers in $, such as '$1,277.55' as 1277.55" in amount.reason
    assert Schema.from_json(schema.to_json()) == schema


def test_a_target_of_quantities_is_a_regression():
    frame = pl.DataFrame(spelled(lambda value: f"{value / 20:.1f}%"))
    target = infer(from_frame(frame), "amount").target
    assert (target.task, target.reading.unit) == ("regression", "%")


@pytest.mark.parametrize("task", [None, "multiclass"])
def test_a_target_of_few_steps_keeps_its_classes(task):
    frame = pl.DataFrame({"x": [*range(60)], "y": ["10%", "20%", "30%"] * 20})
    target = infer(from_frame(frame), "y", task=task).target
    assert target.classes == ("10%", "20%", "30%")
    assert infer(from_frame(frame), "y", task="regression").target.reading.unit == "%"


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("slip", [[], ["TBA"]])
def test_ranges_between_classes_of_a_target_are_classes(first, slip):
    between = ["1-2", "2-3", "3-4"] * 6
    cells = [*(str(first + row % 5) for row in range(102)), *between, *slip * 2]
    frame = pl.DataFrame({"x": [*range(len(cells))], "y": cells})
    target = infer(from_frame(frame), "y").target
    assert (target.task, "2-3" in target.classes) == ("multiclass", True)
    assert infer(from_frame(frame[:120]), "y", task="regression").target.reading.shape == "bound"


def test_a_target_of_quantities_with_a_few_ranges_is_refused_with_what_to_say():
    cells = [*map(str, range(600, 4600, 20)), *(f"{low}-{low + 40}" for low in range(1000, 1010))]
    frame = from_frame(pl.DataFrame({"x": [*range(len(cells))], "y": cells}))
    with pytest.raises(
        InputError, match=r"say --task regression .*: it has numbers, with ranges \(10 cells\)"
    ):
        infer(frame, "y")
    assert infer(frame, "y", task="regression").target.task == "regression"


def test_brackets_with_a_slip_in_a_target_are_classes():
    frame = pl.DataFrame(
        {"x": [*range(122)], "y": [*["18-25", "26-35", "36-45", "46-60"] * 30, "n/k", "n/k"]}
    )
    assert infer(from_frame(frame), "y").target.task == "multiclass"


def test_bounds_in_a_target_of_quantities_are_a_regression():
    frame = pl.DataFrame({"x": [*range(122)], "y": [*(f"{row}.5" for row in range(5, 120)), *["<5"] * 7]})
    target = infer(from_frame(frame), "y").target
    assert (target.task, target.reading.shape) == ("regression", "bound")


def test_a_column_declared_categorical_keeps_its_cells():
    frame = pl.DataFrame({"x": ["10%", "20%", "30%"] * 20, "y": [*map(float, range(60))]})
    (column,) = infer(from_frame(frame), "y", categorical=["x"]).columns
    assert (column.kind, column.levels) == ("categorical", ("10%", "20%", "30%"))


KG = Reading("quantity", unit="kg")
COMMA = Reading("quantity", decimal="comma")
GROUPED = Reading("quantity", decimal="comma", grouped=True)


def later(how: Reading, *cells: str) -> list[object]:
    """Cells of a later table; a warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return values(pl.Series("x", cells), how, True, File()).to_list()


@pytest.mark.parametrize(
    ("how", "cells", "numbers"),
    [
        (KG, ["80 kg", "80.5", "NA"], [80, 80.5, None]),
        (KG, ["1,250.5 kg"], [1250.5]),
        (COMMA, ["3,14", "1,921"], [3.14, 1.921]),
        (COMMA, ["3.14", "1.921"], [3.14, 1.921]),  # can only have a decimal point
        (COMMA, ["3,14", "2.5"], [3.14, 2.5]),
        (GROUPED, ["1.921,5", "1.921"], [1921.5, 1921]),
        (PLAIN, ["3,14", "2.5"], [3.14, 2.5]),
        (PLAIN, ["1.921", "1,921.5"], [1.921, 1921.5]),
        (
            Reading("quantity", unit="minutes", shape="duration"),
            ["1h", "90", "2h 1m"],
            [60, 90, 121],
        ),
        (Reading("quantity", shape="range"), ["10-20", "15", "60+"], [15, 15, 60]),
    ],
)
def test_a_later_table_is_read_the_same_way(how, cells, numbers):
    assert later(how, *cells) == numbers


@pytest.mark.parametrize(
    ("how", "cells", "said", "numbers"),
    [
        (COMMA, ["1.921"], "'1.921', which is read as 1.921, as decimals had a comma in training", [1.921]),
        (GROUPED, ["1.921"], "'1.921', which is read as 1921, as decimals had a comma in training", [1921]),
        (PLAIN, ["1,921"], "'1,921', which is read as 1921, as decimals had a point in training", [1921]),
        (
            COMMA,
            ["1.921", "0,5", "0.5"],
            "which is read as 1921, as in training, although some cells",
            [1921, 0.5, 0.5],
        ),
        (
            Reading("quantity", unit="%"),
            ["0.3", "0.25"],
            "'x' was given in % for training, and holds 0.3",
            [0.3, 0.25],
        ),
    ],
)
def test_what_may_be_meant_otherwise_in_a_later_table_is_said(how, cells, said, numbers):
    with pytest.warns(DataWarning, match=re.escape(said)):
        assert values(pl.Series("x", cells), how, True).to_list() == numbers


def test_other_columns_of_a_later_table_tell_what_its_marks_mean():
    readings = {"x": (GROUPED, True), "z": (COMMA, True)}
    with pytest.warns(
        DataWarning, match=r"t.csv: column 'x' holds '1.921', which is read as 1.921, as other"
    ):
        told = reading.read(pl.DataFrame({"x": ["1.921"], "z": ["0.5"]}), readings, "t.csv")
    assert told.rows() == [(1.921, 0.5)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = reading.read(pl.DataFrame({"x": ["1.921"], "z": ["0,5"]}), readings)
    assert told.rows() == [(1921, 0.5)]


@pytest.mark.parametrize("how", [KG, GROUPED])
def test_a_cell_that_cannot_be_read_stays_and_the_others_mean_the_same_when_read_again(how):
    cells = pl.Series("x", ["1,921", "80 lb", "2.5", None])
    once = values(cells, how, True)
    assert once[1] == "80 lb"
    again = values(once.set(pl.Series([False, True, False, False]), None), how, True)
    assert [float(value) for value in (again[0], again[2])] == [float(value) for value in (once[0], once[2])]


def test_numbers_that_are_typed_already_pass():
    column = pl.Series("x", [1.5, None])
    assert values(column, KG, True) is column


def test_plain_numbers_beside_decimal_commas_follow_them_and_say_so():
    frame = pl.DataFrame(
        {"x": ["1.921", "396"] * 20, "z": ["0,5", "1,5"] * 20, "y": [*map(float, range(40))]}
    )
    with pytest.warns(
        DataWarning, match="'1.921', which is read as 1921, as other columns have decimal commas"
    ):
        schema = infer(from_frame(frame), "y")
    assert schema.columns[0].reading.decimal == "comma"
    assert schema.read(frame)["x"].cast(pl.Float64).unique().sort().to_list() == [396, 1921]


@pytest.mark.parametrize(
    ("bound", "value"),
    [
        ("<500", 500),
        ("> 1,000", 1000),
        ("~300", 300),
        ("≤0.5", 0.5),
        (">=70", 70),
        ("ca. 12", 12),
        ("about 9", 9),
    ],
)
def test_bounds_beside_numbers_are_read_as_the_number_that_they_name(bound, value):
    column = pl.Series("x", [*[str(row) for row in range(10, 40)], bound])
    found = find(column)
    assert (found.form, found.shape) == ("quantity", "bound")
    assert "bounds (1 cell)" in found.note and f"{bound!r} as {value:.10g}" in found.note
    assert values(column, found, True)[-1] == value
    assert values(pl.Series("x", [bound, "3", "<2"]), found, True).to_list() == [value, 3, 2]


@pytest.mark.parametrize(
    ("ranges", "middles", "note"),
    [
        (["12 - 15", "20 to 21", "30–36"], [13.5, 20.5, 33], "ranges (3 cells) taken at their middle"),
        (
            ["12-15", "<30"],
            [13.5, 30],
            "bounds (1 cell) read as the number that they name and ranges (1 cell)",
        ),
    ],
)
def test_a_few_ranges_beside_numbers_are_read_as_their_middle(ranges, middles, note):
    column = pl.Series("x", [*map(str, range(10, 40)), *ranges])
    found = find(column)
    assert (found.form, found.shape) == ("quantity", "bound")
    assert note in found.note and "such as '12" in found.note and "as 13.5" in found.note
    assert values(column, found, True).to_list() == [*range(10, 40), *middles]
    assert values(pl.Series("x", ["500-700", "3"]), found, True).to_list() == [600, 3]


@pytest.mark.parametrize("cell", ["40-35", "35-35", "007-009", "03-15", "-5-3", "1-1234567890123456"])
def test_a_later_pair_that_training_would_not_take_for_a_range_stays(cell):
    found = find(pl.Series("x", [*map(str, range(20, 90)), "<5"]))
    assert values(pl.Series("x", ["30", cell, "35-40"]), found, True).to_list() == ["30", cell, "37.5e0"]


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("page", 7),
        ("room_id", 2),
        ("roomID", 2),
        ("sku", 1),
        ("house_no", 2),
        ("address2", 2),
        ("Page Number", 7),
        ("x", 300),
    ],
)
def test_pairs_of_numbers_of_things_are_no_ranges(name, width):
    cells = [*map(str, range(1, 900, 5)), *(f"{row}-{row + width}" for row in range(20, 520, 17))]
    assert find(pl.Series(name, cells)) == PLAIN


def test_pairs_that_are_wide_against_the_numbers_beside_are_no_ranges():
    cells = [*map(str, range(1, 900, 5)), "315-710", "363-742", "128-576", "54-400", "230-231"]
    assert find(pl.Series("x", cells)) == PLAIN


@pytest.mark.parametrize("name", ["total_sqft", "number_of_rooms", "room_area", "price per room", "pages"])
def test_a_few_areas_given_as_ranges_are_read_among_numbers(name):
    ranges = ["1068 - 1527", "850 - 1060", "1133 - 1384", "2000-2250", *["1200-1470"] * 6]
    column = pl.Series(name, [*map(str, range(600, 4600, 20)), *ranges, "700 - 3900"])
    assert values(column, find(column), True).to_list()[200:204] == [1297.5, 955, 1258.5, 2125]


def test_few_ranges_have_units_and_marks_as_the_numbers_beside_them():
    for cells, middle in (
        ([*(f"{row},5" for row in range(30)), "5,5-7,5"], 6.5),
        ([*(f"{row} kg" for row in range(30)), "5-7 kg"], 6),
    ):
        column = pl.Series("x", cells)
        found = find(column)
        assert (found.form, found.shape) == ("quantity", "bound")
        assert values(column, found, True)[-1] == middle


def test_ranges_beside_numbers_stay_where_some_cells_are_slips():
    column = pl.Series("x", [*map(str, range(200)), *(f"{row}-{row + 2}" for row in range(7)), "TBA"])
    found = find(column)
    assert (found.shape, found.missing) == ("bound", ("TBA",))
    assert values(column, found, True).to_list()[200:] == [*range(1, 8), None]


def test_a_range_behind_the_first_thousand_numbers_is_read():
    column = pl.Series("x", [*map(str, range(1200)), "10-30"])
    assert values(column, find(column), True)[-1] == 20


@pytest.mark.parametrize(
    "odd",
    [
        ["3-1", "2-0", "5-2", "4-1"],
        ["01-12", "03-15", "05-16", "02-13"],
        ["500-700", "500-701", "500-702", "500-703"],
        ["2020-01-02", "2020-01-03", "2020-01-04", "2020-01-05"],
        ["5-7 kg", "5-8 kg", "5-9 kg", "5-6 kg"],
        [f"{row}-{row + 2}" for row in range(15)],
        ["Q5-7", "Q5-8", "Q5-9", "Q5-10"],
    ],
)
def test_other_pairs_beside_numbers_are_no_ranges(odd):
    cells = [*map(str, range(30)), *odd]
    assert find(pl.Series("x", cells)) == PLAIN


@pytest.mark.parametrize(
    "cells",
    [
        ["<=50K", ">50K"] * 50,
        ["<30", "30-40", "40-50", ">50"] * 25,
        ["<1", "1", "2", "3"] * 25,
        [">7", ">8"] * 50,
    ],
)
def test_classes_that_name_bounds_stay_words(cells):
    assert find(pl.Series("x", cells)) == PLAIN


def test_decades_are_years_and_no_seconds():
    column = pl.Series("built", ["1980s", "1990s", "2000s", "1990s"])
    found = find(column)
    assert (found.form, found.unit) == ("quantity", "decades")
    assert found.note == "decades, such as '1980s' as 1980"
    assert values(column, found, True).to_list() == [1980, 1990, 2000, 1990]
    assert values(pl.Series(["2010s", "1985"]), found, True).to_list() == [2010, 1985]


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        (["1500s", "1600s", "905s"], "s"),
        (["1980 s", "1990 s"], "s"),
        (["30s", "60s", "90s"], "s"),
        (["12 years", "3 years"], "years"),
    ],
)
def test_other_units_of_time_stay(cells, unit):
    assert find(pl.Series("x", cells)).unit == unit


def test_others_than_most_are_told_where_most_are_quantities() -> None:
    amounts = [f"${amount}" for amount in range(30)]
    found = quantities.others(pl.Series([*amounts, "ask"]))
    assert found is not None and found.to_list() == ["ask"]
    assert quantities.others(pl.Series([f"A{number}" for number in range(30)])) is None
    assert quantities.others(pl.Series([f"0{number} kg" for number in range(30)])) is None
