"""What users say of columns: by flags, by a document, and what happens where these cannot be."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from honed.errors import DataWarning, InputError
from honed.run.plain import dumps, loads
from honed.table.columns import Schema, infer, target_rows
from honed.table.document import document
from honed.table.read import Table, from_frame
from honed.table.said import read, statements, understand

ROWS = 60
CELLS = {
    "code": [str(row % 4) for row in range(ROWS)],
    "size": ["NA" if row == 5 else str(row * 0.5) for row in range(ROWS)],
    "flag": ["no" if row % 3 else "yes" for row in range(ROWS)],
    "id": [str(1000 + row) for row in range(ROWS)],
    "site": ["abc"[row % 3] for row in range(ROWS)],
    "y": [str(row % 7 + row * 0.25) for row in range(ROWS)],
}


def table(**more: list[str]) -> Table:
    return Table(pl.DataFrame({**CELLS, **more}), "t.csv", "")


def kinds(schema: Schema) -> dict[str, str]:
    return {column.name: column.kind for column in schema.columns}


def of(*columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"columns": list(columns), **more}


def test_the_document_of_a_table_says_what_is_found_anyway() -> None:
    found = infer(table(), "y", exclude=["site"])
    again = infer(table(), "y", schema=loads(dumps(document(found))))
    assert again == found


def test_a_document_says_the_task_of_each_of_several_targets() -> None:
    found = infer(table(), "y", further=("code", "flag"))
    assert [target.task for target in found.targets] == ["regression", "multiclass", "binary"]
    told = loads(dumps(document(found)))
    assert infer(table(), "y", further=("code", "flag"), schema=told) == found
    told["further"][0]["task"] = "regression"
    again = infer(table(), "y", further=("code", "flag"), schema=told)
    assert [target.task for target in again.targets] == ["regression", "regression", "binary"]
    with pytest.raises(InputError, match="was made for the target 'code', and here it is 'y' and 'flag'"):
        infer(table(), "y", further=("flag",), schema=told)
    with pytest.raises(InputError, match=r'"further" of the schema is .*must be a list'):
        statements({"columns": [], "further": "code"})


def test_a_document_overrules_guesses_of_the_columns_it_names_alone() -> None:
    said = of(
        {"name": "code", "kind": "categorical"},
        {"name": "id", "kind": "numeric"},
        {"name": "flag", "kind": "excluded"},
    )
    before, after = kinds(infer(table(), "y")), kinds(infer(table(), "y", schema=said))
    assert before == {
        "code": "numeric",
        "size": "numeric",
        "flag": "boolean",
        "id": "identifier",
        "site": "categorical",
    }
    assert after == before | {"code": "categorical", "id": "numeric", "flag": "excluded"}


@pytest.mark.parametrize("kind", ["identifier", "text", "constant", "excluded"])
def test_a_kind_that_no_network_sees_leaves_a_column_out(kind: str) -> None:
    (column,) = (
        c for c in infer(table(), "y", schema=of({"name": "size", "kind": kind})).columns if c.name == "size"
    )
    assert (column.kind, column.reason) == ("excluded", "left out as asked")


def test_free_text_of_an_earlier_document_is_what_texts_are_now() -> None:
    texts = pl.DataFrame({"c": [f"the {i % 12} of {i % 5} and {i} more" for i in range(60)], "y": range(60)})
    said = {"columns": [{"name": "c", "kind": "text"}]}
    assert infer(from_frame(texts), "y", schema=said).columns[0].kind == "words"


def test_levels_need_no_format_and_what_is_left_of_one_does_not_count() -> None:
    days = [f"{row % 9 + 1}/3/2024" for row in range(ROWS)]
    found = {
        "name": "day",
        "kind": "categorical",
        "form": "time",
        "format": "%d/%m/%Y",
        "missing": ["1/3/2024"],
    }
    with pytest.warns(
        match="'day' is categorical, so its cells.* and form, format of the schema do not count"
    ):
        (day,) = [one for one in infer(table(day=days), "y", schema=of(found)).columns if one.name == "day"]
    assert (day.kind, day.reading.form, day.reading.missing) == ("categorical", "plain", ("1/3/2024",))
    assert "2/3/2024" in day.levels


def test_a_column_of_dates_is_said_and_what_is_none_is_refused() -> None:
    days = [f"{row % 28 + 1}/{row % 12 + 1}/2024" for row in range(ROWS)]
    years = [str(2000 + row % 2) for row in range(ROWS)]
    assert kinds(infer(table(day=days), "y"))["day"] == "date"
    said = of({"name": "day", "format": "%m/%d/%Y"})
    few = [f"{row % 9 + 1}/3/2024" for row in range(ROWS)]
    assert kinds(infer(table(day=few), "y", schema=said))["day"] == "date"
    assert kinds(infer(table(day=few), "y", categorical=["day"]))["day"] == "categorical"
    with pytest.raises(InputError, match="'day', row 13: '13/1/2024' is no date"):
        infer(table(day=days), "y", schema=of({**said["columns"][0], "kind": "date"}))
    assert kinds(infer(table(year=years), "y"))["year"] == "boolean"
    with pytest.raises(InputError, match="'site', row 1: 'a' is no date or time that can be read"):
        infer(table(), "y", date=["site"])
    with pytest.raises(InputError, match=r"declared a date, but 56 of 60 cells are dates.*such as 'soon'"):
        infer(table(day=[*days[:-4], *["soon"] * 4]), "y", date=["day"])
    with pytest.raises(InputError, match="declared both numeric and date"):
        infer(table(day=days), "y", date=["day"], numeric=["day"])
    said = of({"name": "day", "kind": "numeric", "form": "time", "format": "%d/%m/%Y"})
    with pytest.raises(InputError, match=r"'day' is numeric, but by its form 'time'.*Take out form, format"):
        infer(table(day=days), "y", schema=said)
    with pytest.raises(
        InputError, match=r"the format '%D', and no dates are read by it. Give one as strptime has it"
    ):
        infer(table(day=days), "y", schema=of({"name": "day", "format": "%D"}))


def test_words_for_missing_of_a_column_are_those_that_are_said() -> None:
    said = of({"name": "site", "missing": ["a"]}, {"name": "size", "missing": []})
    schema = infer(table(), "y", schema=said)
    site = next(column for column in schema.columns if column.name == "site")
    assert (site.missing, site.levels, site.reading.missing) == (20, ("b", "c"), ("a",))
    with pytest.raises(InputError, match="'size', row 6: 'NA' is not a number"):
        infer(table(), "y", schema=of({"name": "size", "kind": "numeric", "missing": []}))


def test_words_for_missing_of_all_columns_hold_in_the_target_too() -> None:
    more = {"typed": [-999.0 if row % 10 == 0 else row for row in range(ROWS)]}
    frame = pl.DataFrame(
        {**CELLS, "size": ["-999.0" if row == 3 else str(row) for row in range(ROWS)], **more}
    )
    frame = frame.with_columns(y=pl.Series([*CELLS["y"][:-1], "-999"]))
    found = Table(frame, "t.csv", "")
    schema = infer(found, "y", missing=[-999])
    by_name = {column.name: column for column in schema.columns}
    assert (schema.rows, schema.dropped_rows) == (ROWS - 1, 1)
    assert (by_name["size"].missing, by_name["typed"].missing) == (1, 6)
    assert by_name["typed"].kind == "numeric"
    later = schema.read(pl.DataFrame({"code": ["-999", "2"], "typed": [-999, 4]}))
    assert later.to_dict(as_series=False) == {"code": [None, 2], "typed": [None, 4]}
    read = Table(schema.read(frame), "t.csv", "")
    assert len(target_rows(read, schema)) == ROWS - 1


def test_a_word_for_missing_that_no_cell_is_is_named() -> None:
    with pytest.warns(
        DataWarning, match="'Na' was said to mean a missing cell, and no cell of t.csv is that"
    ):
        infer(table(), "y", missing=["Na", "a"])


def test_a_document_may_say_the_task() -> None:
    more = {"y": [str(row % 4) for row in range(ROWS)]}
    assert infer(table(**more), "y").target.task == "multiclass"
    said = of(target={"name": "y", "task": "regression"})
    assert infer(table(**more), "y", schema=said).target.task == "regression"


@pytest.mark.parametrize(
    ("said", "words", "message"),
    [
        ([], {}, 'no list "columns"'),
        ({"columns": {"code": "numeric"}}, {}, 'no list "columns"'),
        (of({"nme": "code"}), {}, r"columns\[0\] of the schema is \{'nme': 'code'\}, which has no \"name\""),
        (of({"name": "cod"}), {}, "names the column 'cod', which t.csv lacks. Did you mean 'code'"),
        (of({"name": "code"}, {"name": "code"}), {}, "names the column 'code' twice"),
        (
            of({"name": "code", "kind": "number"}),
            {},
            "kind 'number', which there is not. Did you mean 'numeric'",
        ),
        (of({"name": "code", "kind": ["numeric"]}), {}, "is of the kind"),
        (of({"name": "code", "knd": "numeric"}), {}, "says 'knd' of the column 'code'.*Did you mean 'kind'"),
        (of({"name": "code", "missing": "NA"}), {}, r"it must be a list of words, such as \['NA'\]"),
        (of({"name": "code", "missing": [None]}), {}, "None is said to mean a missing cell"),
        (of({"name": "code", "missing": [" "]}), {}, "An empty word is said"),
        (of({"name": "code", "unit": 3}), {}, "wrong about the column 'code': unit is 3"),
        (
            of({"name": "code", "kind": "boolean"}),
            {},
            "'code' was declared boolean, and its cells are not so",
        ),
        (of({"name": "y", "kind": "excluded"}), {}, "names the column 'y' as an input, and it is the target"),
        (of(target={"name": "z", "task": "binary"}), {}, "made for the target 'z', and here it is 'y'"),
        (
            of(target={"name": "y", "task": "binary"}),
            {"task": "regression"},
            "task is binary, and regression was",
        ),
        (of(group="site"), {}, "made with the group 'site', and none is given"),
        (of(group="site"), {"group": "code"}, "made with the group 'site', and here it is 'code'"),
        (
            of({"name": "code", "kind": "numeric"}),
            {"categorical": ["code"]},
            "categorical, and the schema says numeric",
        ),
        (
            of({"name": "code", "kind": "numeric"}),
            {"exclude": ["code"]},
            "declared excluded, and the schema says num",
        ),
    ],
)
def test_a_document_that_cannot_be_is_refused(said: Any, words: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        infer(table(), "y", schema=said, **words)


def test_flags_overrule_what_a_document_repeats_of_cells() -> None:
    said = of({"name": "id", "kind": "identifier"}, {"name": "flag", "kind": "boolean"})
    found = kinds(infer(table(), "y", schema=said, numeric=["id"], categorical=["flag"]))
    assert (found["id"], found["flag"]) == ("numeric", "categorical")


def test_statements_leave_out_what_only_tells() -> None:
    with pytest.warns(DataWarning, match="'abc'"):
        found = infer(from_frame(pl.DataFrame(CELLS)), "y", missing=["abc"], exclude=["id", "code", "site"])
    said = statements(document(found))
    assert said == {
        "columns": [
            {"name": "code", "kind": "excluded"},
            {"name": "size", "kind": "numeric", "missing": ["abc", "NA"]},
            {"name": "flag", "kind": "boolean", "missing": ["abc"]},
            {"name": "id", "kind": "excluded"},
            {"name": "site", "kind": "excluded"},
        ],
        "target": {"name": "y", "task": "regression", "missing": ["abc"]},
    }
    assert statements(said) == said


def test_a_file_is_read_or_refused(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(of({"name": "code", "kind": "numeric", "evidence": "it was so"})))
    assert read(good) == {"columns": [{"name": "code", "kind": "numeric"}]}
    bad.write_bytes(b"\xff{")
    with pytest.raises(InputError, match="is no JSON"):
        read(bad)
    with pytest.raises(InputError, match=r"nowhere.json' cannot be read: No such file"):
        read(tmp_path / "nowhere.json")


SIZES = {"fit": [["s", "l", "m"][row % 3] for row in range(ROWS)]}


def test_an_order_is_said_of_levels_and_told_again() -> None:
    said = of({"name": "fit", "order": ["s", "m", "l", "xl"]}, {"name": "code", "order": [3, 2, 1, 0]})
    found = infer(table(**SIZES), "y", schema=said)
    columns = {column.name: column for column in found.columns}
    assert columns["fit"].order == ("s", "m", "l", "xl")
    assert columns["fit"].levels == ("l", "m", "s")
    assert columns["fit"].reason.endswith("; in the order s < m < l < xl")
    assert (columns["code"].kind, columns["code"].order) == ("categorical", ("3", "2", "1", "0"))
    assert Schema.from_json(loads(dumps(found.to_json()))) == found
    assert infer(table(**SIZES), "y", schema=loads(dumps(document(found)))) == found


def test_levels_that_look_ordered_are_told_and_stay_levels() -> None:
    found = {column.name: column for column in infer(table(**SIZES), "y").columns}
    assert "looks ordered: s < m < l; give it as" in found["fit"].reason
    assert found["fit"].order == ()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"order": ["s", "l"]}, "'fit' the order s < l, and its level 'm' is not in it"),
        ({"order": ["s", "m", "l", "s"]}, "'fit' an order with 's' twice"),
        (
            {"order": "s < m < l"},
            "the order 's < m < l', and it must be a list of its levels from least to most",
        ),
        ({"order": ["s", None, "l"]}, "must be a list of its levels"),
        ({"order": ["s"]}, "must be a list of its levels"),
        ({"kind": "numeric", "order": ["s", "m", "l"]}, "'fit' is numeric, and gives an order of its levels"),
        ({"kind": "excluded", "order": ["s", "m", "l"]}, "'fit' is excluded, and gives an order"),
    ],
)
def test_an_order_that_cannot_be_is_refused(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        infer(table(**SIZES), "y", schema=of({"name": "fit", **entry}))


def test_an_order_is_said_of_inputs_alone() -> None:
    with pytest.raises(InputError, match="'order' of the column 'y', which is nothing that can be said"):
        statements({"columns": [], "target": {"name": "y", "order": ["a", "b"]}})


def test_a_format_of_dates_is_enforced():
    said = {"columns": [{"name": "d", "format": "%d/%m/%Y"}]}
    assert understand(["d", "y"], "t.csv", ["y"], schema=said).kinds == {"d": "date"}
    lists = {"columns": [{"name": "d", "format": ";"}]}
    assert understand(["d", "y"], "t.csv", ["y"], schema=lists).kinds == {}
    cells = [f"{day:02}/01/2021" for day in range(1, 29)]
    for more, kind in (([], "date"), (["01/25/2021"], None)):
        frame = pl.DataFrame({"d": [*cells, *more], "y": [n / 2 for n in range(28 + len(more))]})
        if kind:
            assert infer(from_frame(frame), "y", schema=said).columns[0].kind == kind
        else:
            with pytest.raises(InputError, match="01/25/2021"):
                infer(from_frame(frame), "y", schema=said)
