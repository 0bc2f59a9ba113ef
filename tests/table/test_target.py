"""What the target asks for."""

import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from honed.errors import DataWarning, InputError
from honed.table.columns import Schema, infer, target_rows, target_values
from honed.table.missing import usual
from honed.table.read import Table, from_frame, read


def table_of(target) -> Table:
    inputs = pl.Series("c", [row % 5 for row in range(len(target))])
    return Table(pl.DataFrame([inputs, pl.Series("y", target)]), "t.csv", "")


def inferred(target, **words) -> Schema:
    return infer(table_of(target), "y", **words)


@pytest.mark.parametrize(
    ("cells", "task", "classes", "reason"),
    [
        (["no", "yes"] * 30, "binary", ("no", "yes"), "text with 2 distinct values"),
        (["c", "a", "b"] * 20, "multiclass", ("a", "b", "c"), "text with 3 distinct values"),
        (["0", "1"] * 30, "binary", ("0", "1"), "two distinct values"),
        (["10", "9", "2"] * 20, "multiclass", ("2", "9", "10"), "3 distinct whole numbers"),
        ([True, False] * 30, "binary", ("false", "true"), "text with 2 distinct values"),
        ([str(row) for row in range(60)], "regression", (), "60 distinct whole numbers, over 20"),
        ([str(row % 15) for row in range(60)], "regression", (), "fewer than 5 rows for each"),
        (["0.5", "1", "2"] * 20, "regression", (), "fractions"),
        ([1.0, 2.0, 3.0] * 20, "multiclass", ("1", "2", "3"), "3 distinct whole numbers"),
        ([str(row % 10) for row in range(60)] + ["12"], "regression", (), "12 is in one row alone"),
        (
            [str(row % 11) for row in range(60)] + ["10"],
            "multiclass",
            tuple(map(str, range(11))),
            "11 distinct",
        ),
    ],
)
def test_task_follows_the_stated_rule(cells, task, classes, reason):
    target = inferred(cells).target
    assert (target.task, target.classes) == (task, classes)
    assert reason in target.reason


def test_given_task_wins():
    assert inferred(["1", "2", "3"] * 20, task="regression").target.task == "regression"
    assert inferred([str(row % 30) for row in range(60)], task="multiclass").target.task == "multiclass"


def test_spellings_of_one_number_are_one_class():
    table = table_of(["1.0", "1", "1", "0", "0.0", "0"] * 5)
    schema = infer(table, "y")
    assert schema.target.classes == ("0", "1")
    np.testing.assert_array_equal(target_values(table, schema, np.arange(6)), [1, 1, 1, 0, 0, 0])


VERSIONS = ["3.1", "3.10", "3.9"] * 20


def test_fractions_in_two_spellings_are_one_class_and_said():
    for task in (None, "binary"):
        with pytest.warns(
            DataWarning, match=r"'y': '3.1' and '3.10' are read as the same number and .* one class"
        ):
            assert inferred(VERSIONS, task=task).target.classes == ("3.1", "3.9")
    with pytest.raises(InputError, match=r"also written '3.10', which is read as the same number"):
        inferred(["3.1", "3.10"] * 20)


@pytest.mark.parametrize(
    ("cells", "task"),
    [
        (VERSIONS, "multiclass"),
        (["3.1", "3.10"] * 20, "binary"),
        (pl.Series(VERSIONS, dtype=pl.Categorical), None),
    ],
)
@pytest.mark.filterwarnings("error")
def test_fractions_in_two_spellings_stay_apart_where_classes_are_said(cells, task):
    table = table_of(cells)
    schema = infer(table, "y", task=task)
    assert schema.target.classes == tuple(sorted(set(cells)))
    assert schema.target.labels == "text"
    codes = target_values(table, schema, np.arange(len(cells)))
    assert [schema.target.classes[code] for code in codes] == list(cells)
    if task == "multiclass":
        whole = infer(table_of(["1", "1.0", "0", "1"] * 5), "y", task=task)
        assert whole.target.classes == ("0", "1"), "whole numbers are no versions"


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        (["1", "01"], ("01", "1")),
        (["007", "7", "12"], ("007", "12", "7")),
        (["1000000000000000002", "1000000000000000001"], ("1000000000000000001", "1000000000000000002")),
        ([10**18 + 2, 10**18 + 1], ("1000000000000000001", "1000000000000000002")),
    ],
)
def test_classes_that_one_float_would_merge_are_told_apart(cells, classes):
    table = table_of(cells * 10)
    schema = infer(table, "y")
    assert schema.target.classes == classes
    assert "leading zeros or beyond 2^53" in schema.target.reason
    expected = [classes.index(str(cell)) for cell in cells]
    np.testing.assert_array_equal(target_values(table, schema, np.arange(len(cells))), expected)


def test_booleans_in_several_spellings_are_two_classes():
    table = table_of(["Yes", "no", "YES", "Yes", "0", "no", "1"] * 6)
    schema = infer(table, "y")
    assert (schema.target.task, schema.target.classes) == ("binary", ("Yes", "no"))
    np.testing.assert_array_equal(target_values(table, schema, np.arange(7)), [0, 1, 0, 0, 1, 1, 0])


def test_classes_keep_the_spaces_that_the_table_has():
    table = table_of([" <=50K", " >50K", ">50K"] * 10 + [" >50K"] * 3)
    schema = infer(table, "y")
    assert schema.target.classes == (" <=50K", " >50K")
    np.testing.assert_array_equal(target_values(table, schema, np.arange(3)), [0, 1, 1])


@pytest.mark.parametrize(
    "cells", [["yes", "no"], ["1", "0"], [True, False], ["T", "f"], [1, 0], [" YES", "no "]]
)
def test_a_target_of_booleans_is_evaluated_in_another_spelling(cells):
    schema = infer(table_of(["True", "False"] * 20), "y")
    assert schema.target.classes == ("False", "True")
    np.testing.assert_array_equal(target_values(table_of(cells), schema, np.arange(2)), [1, 0])


def test_codes_are_numbers_where_the_task_says_so():
    table = table_of(["007", "8", "09"] * 10)
    schema = infer(table, "y", task="regression")
    np.testing.assert_array_equal(target_values(table, schema, np.arange(3)), [7, 8, 9])


@pytest.mark.parametrize("cells", [["1", "1.0"], ["0", "-0"], [1.0, 1.0]])
@pytest.mark.parametrize("task", [None, "binary", "multiclass", "regression"])
def test_one_class_in_several_spellings_is_refused(cells, task):
    with pytest.raises(InputError, match="in all 60 rows"):
        inferred(cells * 30, task=task)


def test_the_word_nan_is_a_missing_number():
    table = table_of(["1", "nan", "0", "1", "0"] * 5)
    schema = infer(table, "y")
    assert (schema.target.classes, schema.dropped_rows) == (("0", "1"), 5)
    rows = target_rows(table, schema)
    np.testing.assert_array_equal(target_values(table, schema, rows[:4]), [1, 0, 1, 0])


def test_regression_values_are_the_numbers():
    table = table_of(["1.5", None, "-2e3"] * 10)
    schema = infer(table, "y", task="regression")
    values = target_values(table, schema, target_rows(table, schema))
    np.testing.assert_array_equal(values[:2], [1.5, -2000.0])


@pytest.mark.parametrize(
    ("cells", "task", "message"),
    [
        (["3"] * 30, None, "the target 'y' is '3' in all 30 rows"),
        ([None] * 30, None, "missing in all 30 rows"),
        ([None, "1", *[None] * 28], None, "present in only one of 30 rows"),
        (["a"] * 15 + ["b"] * 14 + ["c"], None, "Class 'c' of the target 'y' has one row, row 30"),
        (["a"] * 15 + ["b"] * 13 + ["d", "c"], None, "one row, row 30, as does 1 other class: it"),
        (["3", "4"] * 15 + ["5"], None, "Class '5' of the target 'y' has one row, row 31"),
        ([f"{row % 1_001}x" for row in range(2_002)], None, "has 1,001 classes, and at most 1,000"),
        ([str(row % 1_001) for row in range(2_002)], "multiclass", "1,001 classes.*say --task regression"),
        (["1", "2", "many"] * 10, "regression", "is text: row 3 holds 'many'"),
        (["1", "inf", "3"] * 10, None, "Column 'y', row 2: 'inf' is infinite"),
        (["a", "b", "c"] * 10, "binary", "has 3 classes .* given as binary"),
        (["1", "2", "3"] * 10, "regresion", "no task 'regresion'. Did you mean 'regression'"),
        (["ab", "cd", *[f"{row}.5" for row in range(29)]], None, "no numbers, such as 'ab' in row 1"),
        (
            [str(10**18 + row) for row in range(60)],
            None,
            "has one row.*If it is a quantity, say --task regression .a Regressor in Python.",
        ),
        (
            ["01", "1"] * 30,
            "regression",
            r"'01' in all 60 rows \(also written '1', which is read as the same number\)",
        ),
    ],
)
def test_target_that_cannot_be_learned_is_refused(cells, task, message):
    with pytest.raises(InputError, match=message):
        inferred(cells, task=task)


def test_a_target_of_lists_is_refused_by_its_type():
    with pytest.raises(
        InputError, match=r"the target 'y' are of type List\(Int64\), neither numbers nor words"
    ):
        inferred(pl.Series([[1, 2], [3]] * 20))


def test_a_target_whose_square_is_no_number_is_refused_with_its_row():
    with pytest.raises(InputError, match=r"Column 'y', row 2: the target -?1e\+?300 is beyond 1e\+145"):
        inferred([0.5, 1e300, *np.linspace(1, 2, 50)])
    assert inferred([0.5, 3.4e38, *np.linspace(1, 2, 50)]).target.task == "regression"


@pytest.mark.parametrize(
    ("cells", "labels", "classes"),
    [
        (["0", "1"], "int", [0, 1]),
        (["-3", "12"], "int", [-3, 12]),
        (["01", "2"], "text", ["01", "2"]),
        (["0.5", "2.0"], "float", [0.5, 2.0]),
        (["True", "False"], "bool", [False, True]),
        (["FALSE", "TRUE"], "bool", [False, True]),
        (["no", "1"], "text", ["1", "no"]),
    ],
)
def test_labels_of_a_csv_file_are_what_other_readers_make_of_them(tmp_path, cells, labels, classes):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{row % 7},{cells[row % 2]}\n" for row in range(60)))
    target = infer(read(path), "y").target
    assert target.labels == labels
    assert target.typed_classes().tolist() == classes
    assert target.typed_classes().tolist() == sorted(
        pd.read_csv(path, dtype=None if labels != "text" else str)["y"].unique()
    )


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        (
            ["yes", "no", "?"],
            "has the class '?', which may mean that nothing is known. If so, leave such rows out (",
        ),
        (["high", "low", "NA"], "has the class 'NA', which"),
        (["a", "b", "#N/A", "?"], "has the classes '#N/A', '?', which"),
    ],
)
def test_classes_that_are_words_for_missing_are_a_warning(classes, said):
    frame = pl.DataFrame({"x": [*range(20 * len(classes))], "y": classes * 20})
    with pytest.warns(DataWarning, match=re.escape(said)):
        assert len(infer(from_frame(frame), "y").target.classes) == len(classes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        infer(from_frame(frame), "y", missing=usual(classes))


@pytest.mark.parametrize(
    "classes", [["none", "mild", "severe"], ["+", "-", "+"], ["No", "Yes", "maybe"], ["0", "1", "2"]]
)
def test_other_classes_are_not(classes):
    frame = pl.DataFrame({"x": [*range(60)], "y": classes * 20})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        infer(from_frame(frame), "y")


@pytest.mark.parametrize("task", [None, "regression"])
@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            [f"2021-01-{day:02}" for day in range(1, 29)],
            "holds dates, such as '2021-01-01'.*days since one of them",
        ),
        (
            [f"{hour:02}:45" for hour in range(24)],
            "holds times of day, such as '00:45'.*minutes since midnight",
        ),
        ([f"{low}-{low + 700}" for low in range(20)], "holds ranges, such as '0-700'.*the middle of each"),
    ],
)
def test_dates_clocks_and_ranges_are_refused_as_what_they_are(cells, said, task):
    with pytest.raises(InputError, match=said):
        inferred(cells, task=task)


@pytest.mark.parametrize(
    ("frequent", "rare"), [(["18-25", "26-35", "36-45"], "65-74"), (["2020-01", "2020-02"], "2020-03")]
)
def test_one_rare_class_of_ranges_or_dates_is_named_with_its_row(frequent, rare):
    cells = [frequent[row % len(frequent)] for row in range(119)]
    with pytest.raises(InputError, match=f"Class '{rare}' of the target 'y' has one row, row 120.*merge it"):
        inferred([*cells, rare])


def test_a_few_dates_and_other_words_are_classes():
    assert inferred(["2021-01-01", "2021-02-01", "2021-03-01"] * 5).target.task == "multiclass"
    with pytest.raises(InputError, match="Class 'c' of the target 'y' has one row"):
        inferred([*["a", "b"] * 5, "c"])
