"""Kinds of columns, with their evidence."""

import re
import warnings
from datetime import date, time, timedelta

import numpy as np
import polars as pl
import pytest

from honed.errors import DataWarning, InputError
from honed.table import kinds
from honed.table.kinds import Column

ROWS = 100
COUNT = np.arange(ROWS)
MIXED = np.random.default_rng(0).permutation(5_000)[:ROWS]


def kind_of(cells, name: str = "c") -> Column:
    return kinds.infer(
        pl.Series(name, cells, dtype=pl.String),
        np.arange(len(cells)) + 1,
        plain_array=False,
        declaration="--categorical c",
    )


@pytest.mark.parametrize(
    ("cells", "kind", "reason"),
    [
        (
            [str(row % 30) for row in range(ROWS)],
            "numeric",
            "every cell is a number, 30 distinct from 0 to 29",
        ),
        ([str(row % 30 or "") for row in range(ROWS)], "numeric", "every cell that is not empty is a number"),
        (["0", "1"] * 50, "boolean", "two distinct values: '0' and '1'"),
        (["yes", "no"] * 50, "boolean", "two distinct values"),
        (["yes", None] * 50, "boolean", "'yes' or empty"),
        (["a", "b", "NA", "None"] * 25, "categorical", "text with 4 distinct values"),
        (
            [str(row + 7) for row in range(ROWS)],
            "identifier",
            "count through the whole numbers from 7 to 106",
        ),
        ([f"K-{row}" for row in range(ROWS)], "identifier", "nearly every row has a text of its own"),
        ([f"we saw {row} nice birds in the old garden" for row in range(ROWS)], "text", "free text"),
        (
            ["soon", *[f"2020-01-{row % 28 + 1:02d}" for row in range(ROWS - 1)]],
            "text",
            "99 of 100 cells are dates.*'soon'",
        ),
        (["NA", *[f"{row}.25" for row in range(ROWS - 1)]], "text", "99 of 100 cells are numbers.*'NA'"),
        (["x"] * ROWS, "constant", "'x' in all 100 rows"),
        (["3"] * ROWS, "constant", "'3' in all 100 rows"),
        ([None] * ROWS, "constant", "all 100 cells are empty"),
    ],
)
def test_kind_follows_the_cells_and_says_why(cells, kind, reason):
    column = kind_of(cells)
    assert column.kind == kind
    assert re.search(reason, column.reason)
    assert column.used == (kind in ("numeric", "date", "boolean", "categorical"))


@pytest.mark.parametrize(
    ("cells", "kind", "reason"),
    [
        (
            [date(2020, 1, 1) + timedelta(row) for row in range(ROWS)],
            "date",
            "100 distinct dates from 2020-01-01 to",
        ),
        (
            [date(2020, 1, 1) + timedelta(row % 3) for row in range(ROWS)],
            "date",
            "given as time since the first",
        ),
        (
            [time(row % 24) for row in range(ROWS)],
            "date",
            "times of day from 00:00 to 23:00, given as hour",
        ),
        ([date(2020, 1, 1), date(2021, 1, 1)] * 50, "boolean", "two distinct values"),
        ([date(2020, 1, 1), None] * 50, "boolean", "or empty"),
        ([date(2020, 1, 1)] * ROWS, "constant", "in all 100 rows"),
    ],
)
def test_typed_dates_and_times_of_day_are_dates(cells, kind, reason):
    column = kinds.infer(pl.Series("c", cells), np.arange(ROWS) + 1, plain_array=False)
    assert column.kind == kind
    assert re.search(reason, column.reason)
    assert (kind == "date") == bool(column.parts)


def test_numbers_that_could_be_seconds_since_1970_are_noticed():
    numbers = [str(1_577_836_800 + 977 * row % 100_003) for row in range(ROWS)]
    assert "seconds since 1970, 2020-01-01 to 2020-01-02" in kind_of(numbers).reason


def test_identifier_is_known_by_its_name_when_numbers_are_distinct():
    numbers = [str(row * 977 % 100_003) for row in range(ROWS)]
    assert kind_of(numbers, "patient_id").kind == "identifier"
    assert kind_of(numbers, "amount_paid").kind == "numeric"


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("__index_level_0__", MIXED, "identifier"),
        ("Unnamed: 0", MIXED, "identifier"),
        ("Unnamed: 0.1", MIXED, "identifier"),
        ("Unnamed: 0", COUNT % 40, "identifier"),  # tables put together
        ("Unnamed: 0", COUNT[:12], "identifier"),
        (
            "Unnamed: 0",
            np.random.default_rng(0).integers(0, ROWS, ROWS),
            "identifier",
        ),  # drawn with replacement
        ("column_1", MIXED, "identifier"),
        ("index", MIXED, "identifier"),
        ("index", COUNT % 40, "identifier"),
        ("rownames", COUNT + 1, "identifier"),
        ("row_nr", COUNT, "identifier"),
        ("row_nr", MIXED, "identifier"),
        ("__index_level_0__", MIXED % 7, "identifier"),
        ("__index_level_1__", MIXED / 3, "identifier"),
        ("__index_level_1__", np.array(["a", "b"])[MIXED % 2], "identifier"),
        ("Unnamed: 0", MIXED / 3, "numeric"),
        ("Unnamed: 0", -MIXED, "numeric"),
        ("Unnamed: 4", MIXED, "numeric"),
        ("index", MIXED % 60, "numeric"),
        ("index", COUNT[:12], "numeric"),
        ("index", MIXED / 100, "numeric"),
        ("price_level", MIXED, "numeric"),
    ],
)
def test_an_index_is_known_by_its_name_and_its_numbers(name, values, kind):
    column = kind_of([str(value) for value in values], name)
    assert column.kind == kind
    assert "left out: " in column.reason or kind == "numeric"


def test_dates_in_an_index_of_pandas_are_dates():
    days = pl.Series("__index_level_0__", [date(2020, 1, 1) + timedelta(row) for row in range(ROWS)])
    for column in (days, days.cast(pl.Datetime("ns"))):
        assert kinds.infer(column, np.arange(ROWS) + 1, plain_array=False).kind == "date"


def test_few_rows_are_no_evidence_of_an_identifier():
    assert kind_of([str(row) for row in range(12)]).kind == "numeric"


def test_codes_are_levels_and_not_numbers():
    column = kind_of([f"{row * 7 % 40:03d}" for row in range(ROWS)])
    assert (column.kind, len(column.levels)) == ("categorical", 40)
    assert "whole numbers with leading zeros or beyond 2^53" in column.reason
    column = kind_of([str(10**18 + row % 2) for row in range(ROWS)])
    assert (column.kind, column.levels) == ("boolean", ("1000000000000000000", "1000000000000000001"))
    column = kind_of([str(10**18 + row) for row in range(ROWS)])
    assert column.kind == "identifier"
    assert "100 distinct whole numbers in 100 cells, with leading zeros or beyond 2^53" in column.reason


def test_booleans_in_several_spellings_are_one_column_of_two():
    column = kind_of([("Y", "n", "N", "Yes", "y", "n", None)[row % 7] for row in range(ROWS)])
    assert (column.kind, column.levels) == ("boolean", ("n", "Y"))
    assert column.reason == "yes or no in 5 spellings, such as 'n', 'Y'"


def test_fractions_in_two_spellings_are_one_level_and_said():
    cells = ["3.1", "3.10", "3.9"] * 20
    with pytest.warns(
        DataWarning, match=r"'c': '3.1' and '3.10' are read as the same .* \(--categorical c\)"
    ):
        assert kind_of(cells).levels == ("3.1", "3.9")


def test_spaces_around_a_word_make_no_level():
    assert kind_of([("a", "b ", " b", "c")[row % 4] for row in range(ROWS)]).levels == ("b", "a", "c")


def test_only_frequent_levels_are_kept_most_frequent_first():
    cells = ["b"] * 40 + ["a"] * 40 + ["c"] * 18 + ["once", "twice"]
    column = kind_of(cells)
    assert column.levels == ("a", "b", "c")
    assert column.distinct == 5
    assert "the 3 frequent ones kept, the others (in 2 cells)" in column.reason


@pytest.mark.parametrize("cell", ["{}M", "${}", "{} kg", "{}.5%"])
def test_quantities_beside_a_word_are_told(cell: str):
    cells = [cell.format(row % 30) if row % 8 else "Varies" for row in range(ROWS)]
    column = kind_of(cells)
    assert column.kind == "categorical"
    assert "87 of 100 cells are numbers, but others are not, such as 'Varies'" in column.reason


def test_a_few_words_among_quantities_are_levels_aloud():
    cells = [f"{row % 30} kg" if row % 20 else "unclear" for row in range(ROWS)]
    with pytest.warns(
        DataWarning, match="95 of 100 cells are numbers.* 'unclear', so all are taken as levels"
    ):
        assert "unclear" in kind_of(cells).levels


@pytest.mark.parametrize(
    "cells",
    [
        [f"{row % 30}{'ABC'[row % 3]}" for row in range(ROWS)],
        [f"{row % 30} {('Main St', 'Oak Ave')[row % 2]}" for row in range(ROWS)],
        [f"{row % 9}.{row % 5}.{row % 7}" for row in range(ROWS)],
        [f"00{row % 30} kg" if row % 20 else "none given" for row in range(ROWS)],
    ],
    ids=["flats", "addresses", "versions", "codes"],
)
def test_what_only_begins_with_numbers_is_told_of_none(cells: list[str]):
    assert "are numbers" not in kind_of(cells).reason


def test_codes_of_digits_and_letters_are_categories():
    column = kind_of([str(row % 20) if row % 5 else f"V{row % 30}" for row in range(300)])
    assert column.kind == "categorical"
    assert "empty such cells" not in column.reason


def test_many_words_among_quantities_are_told_unless_they_are_codes():
    numbers = [f"{row % 40}.5" for row in range(ROWS)]
    words = ["on request", "sold", "ask", "unclear", "later", "none left", "soon"]
    with pytest.warns(
        DataWarning, match="93 of 100 cells are numbers.* 'on request', so all are taken as levels"
    ):
        assert kind_of([*words, *numbers[7:]]).kind == "categorical"
    with pytest.warns(
        DataWarning, match="'c': 94 of 100 cells are numbers.* 'on request', so the column is left out"
    ):
        column = kind_of([*words[:6], *(f"{row}.5" for row in range(94))])
    assert (column.kind, "94 of 100 cells are numbers" in column.reason) == ("text", True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        codes = kind_of([*(f"V{row}" for row in range(7)), *numbers[7:]])
        assert "are numbers" not in codes.reason
        kind_of([*words[:3] * 4, *numbers[12:]])  # more than a tenth


def test_how_to_say_that_a_word_among_numbers_means_missing_is_told_where_the_column_is_left_out():
    cells = [*["to do"] * 15, *(f"{row}.5" for row in range(85))]
    with pytest.warns(
        DataWarning, match="'to do', so the column is left out. If such words mean that nothing is"
    ):
        column = kind_of(cells)
    assert column.kind == "text"
    assert "it: --missing 'to do' (missing=['to do'] in Python)" in column.reason
    with pytest.warns(DataWarning):
        assert "--missing" not in kind_of([*["1O5"] * 15, *cells[15:]]).reason
    with pytest.raises(InputError, match=r"'to do' is not a number.* is said by --missing"):
        kinds.declared(pl.Series("c", cells), COUNT + 1, "numeric")


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("zip_code", [10001, 94110, 60601, 10002], "categorical"),
        ("ZipCode", [10001, 94110, 60601, 10002], "categorical"),
        ("store PLZ", [1010, 8001, 3005], "categorical"),
        ("phone_number", [*range(2_000_000_000, 2_000_000_100)], "identifier"),
        ("phone", [5_551_234, 5_554_321, 5_559_876], "categorical"),
        ("phones", [5_551_234, 5_554_321, 5_559_876], "numeric"),
        ("phone_calls", [1000, 2000, 3000], "numeric"),
        ("phone", [3, 5, 8], "numeric"),  # calls, say
        ("postal", [1, 2, 3], "numeric"),
        ("zip", [10001.5, 94110.25, 60601.5], "numeric"),
        ("zipper", [10001, 94110, 60601, 10002], "numeric"),
        ("amount", [10001, 94110, 60601, 10002], "numeric"),
        (
            "shipping_zip2",
            [10001, 94110, 2139, 601, *[60601] * 30],
            "categorical",
        ),  # zeros in front were lost
        ("zip", [10001, 941_100_001, 60601, 10002], "categorical"),
        ("cep", [1_310_100, 20_040_002, 30_130_010], "categorical"),
        ("homePhone", [*[2_125_551_234, 4_155_550_101, 3_125_550_102] * 3, 5_550_103], "categorical"),
        ("mobile", [*range(100_000, 900_000, 7_919)], "numeric"),  # visits
        ("spend_mobile", [2_125_551, 4_155_550, 3_125_550], "numeric"),
        ("revenueMobile", [2_125_551, 4_155_550, 3_125_550], "numeric"),
        ("sales_phone", [2_125_551, 4_155_550, 3_125_550], "numeric"),
        ("phone", [2_125_551_234, 15_550_101, 312_555_010_200], "numeric"),
        ("population_by_zip", [10001, 94110, 60601, 10002], "numeric"),
        ("income_zip", [*range(20_000, 90_000, 700)], "numeric"),
        ("postal", [*range(100, 9_000, 100)], "numeric"),  # a volume
        ("postal", [1010, 8001, 30050, 300, 200], "numeric"),
        ("cep", [*range(100, 1_000, 9)], "numeric"),  # a protein
    ],
)
def test_postal_codes_and_telephone_numbers_are_no_quantities(name, cells, kind):
    for column in (
        kind_of([str(cells[row % len(cells)]) for row in range(ROWS)], name),
        kinds.infer(pl.Series(name, [cells[row % len(cells)] for row in range(ROWS)]), COUNT + 1, False),
    ):
        assert column.kind == kind
        assert ("declare it numeric" in column.reason) == (kind != "numeric")


def test_levels_are_at_most_254():
    assert len(kind_of([f"k{row % 400}" for row in range(4_000)]).levels) == 254
