"""Lists of items in cells: how they are written, and what only looks so."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.table import lists, reading
from honed.table.columns import Schema, infer
from honed.table.document import document
from honed.table.read import Table, from_frame

ROWS = 300
WORDS = [f"tag {place}" for place in range(9)]
DRAW = np.random.default_rng(0)


def drawn(items: list[Any], low: int, high: int) -> list[list[Any]]:
    """Of each row some of the items, none twice."""
    return [DRAW.choice(items, DRAW.integers(low, high + 1), replace=False).tolist() for _ in range(ROWS)]


SETS = drawn(WORDS, 0, 4)
PRESENT = [own or ["tag 0"] for own in SETS]
TARGET = [str(value) for value in DRAW.normal(size=ROWS).round(4)]


def schema_of(cells: Any, **said: Any) -> Schema:
    frame = pl.DataFrame({"c": cells, "x": [str(row % 13 + 0.5) for row in range(ROWS)], "y": TARGET})
    return infer(Table(frame, "t.csv", "", is_typed=False), "y", **said)


@pytest.mark.parametrize(
    ("cells", "format", "expected"),
    [
        ([str(own) for own in SETS], "[]", SETS),
        ([json.dumps(own) for own in SETS], "[]", SETS),
        ([str(np.array(own)) for own in PRESENT], "[]", PRESENT),
        (["{" + ", ".join(map(repr, own)) + "}" for own in PRESENT], "[]", PRESENT),
        (["|".join(own) for own in PRESENT], "|", PRESENT),
        (["; ".join(sorted(own)) for own in PRESENT], ";", [sorted(own) for own in PRESENT]),
        ([", ".join(own) for own in PRESENT], ",", PRESENT),
        (pl.Series(SETS, dtype=pl.List(pl.String)), "", SETS),
    ],
    ids=["python", "json", "numpy", "braces", "bars", "semicolons", "commas", "by type"],
)
def test_lists_are_noticed_and_their_items_are_what_they_hold(cells: Any, format: str, expected: Any) -> None:
    schema = schema_of(cells)
    column = schema.columns[0]
    assert (column.kind, column.reading.form, column.reading.format) == ("list", "list", format)
    assert sorted(column.levels) == WORDS and column.distinct == 9 and column.rare == 0
    assert column.reason.startswith("lists with 9 distinct items in 300 cells, 2.")
    found = schema.read(pl.DataFrame({"c": cells}))
    assert found["c"].to_list() == expected
    assert schema.read(found).equals(found)
    assert Schema.from_json(json.loads(json.dumps(schema.to_json()))) == schema


def test_lists_of_numbers_are_lists_unless_each_has_as_many() -> None:
    numbers = drawn(list(range(30)), 0, 4)
    for cells in ([str(own) for own in numbers], ["|".join(map(str, own)) or None for own in numbers]):
        assert schema_of(cells).columns[0].kind == "list"
    colours = [str(own) for own in DRAW.integers(0, 20, (ROWS, 3)).tolist()]
    assert lists.find(pl.Series(colours)) is None
    assert lists.find(pl.Series(DRAW.integers(0, 20, (ROWS, 3)).tolist())) is None


def pairs(one: list[str], other: list[str], between: str) -> list[str]:
    return [f"{DRAW.choice(one)}{between}{DRAW.choice(other)}" for _ in range(ROWS)]


NAMES = ["Smith", "Jones", "Brown", "Thomas", "Hall", "Lee"]
FIRST = ["John", "Mary", "Ann", "Thomas", "Bob", "Jim", "Al"]
PLACES = [f"{letter}ton {place}, {letter}" for letter in "ABCDEFGH" for place in range(20)]


@pytest.mark.parametrize(
    "cells",
    [
        pairs(list("ABCDEF"), [str(n) for n in range(1, 10)], ","),
        pairs(["100/300", "250/500", "500/1000"], [""], ""),
        pairs(NAMES, FIRST, ", "),
        pairs(["LHR", "JFK", "CDG", "TXL", "FRA"], ["SFO", "LHR", "FRA", "AMS", "JFK"], "|"),
        [str(DRAW.choice(PLACES)) for _ in range(ROWS)],
        [f"{DRAW.integers(0, 30)},{DRAW.integers(0, 9)}" for _ in range(ROWS)],
        [f"{n // 10},{n % 10}" if n % 9 else ("foo", "bar", "baz", "qux")[n % 4] for n in range(ROWS)],
        [f"{DRAW.integers(1, 9)},{DRAW.integers(100, 999)}" for _ in range(ROWS)],
        [f"Jan {DRAW.integers(1, 29)}, 2021" for _ in range(ROWS)],
        [f"{n % 24:02}:00;{n * 7 % 24:02}:00" for n in range(ROWS)],
        [f"[{n % 40}, {n % 40 + 5}]" for n in range(ROWS)],
        [", ".join(f"we saw {n * 7 + part} of them" for part in range(3)) for n in range(ROWS)],
        [f"{n} {('Main', 'Oak')[n % 2]} St, {('Rome', 'Paris')[n % 3 % 2]}, IT" for n in range(ROWS)],
        [json.dumps([{"id": n % 9, "name": f"n{n % 9}"}]) for n in range(ROWS)],
        ["|".join("abc"[: 1 + n % 3]) for n in range(ROWS)],
        ["a|b", "b|c", "c"],
    ],
    ids=[
        *("codes", "limits", "names", "routes", "places", "decimal commas", "decimal commas and words"),
        *("thousands", "dates", "times", "intervals", "sentences", "addresses", "objects", "few", "few rows"),
    ],
)
def test_what_only_looks_like_lists_is_none(cells: list[str]) -> None:
    assert lists.find(pl.Series(cells)) is None
    if len(cells) == ROWS:
        assert schema_of(cells).columns[0].kind != "list"


@pytest.mark.parametrize(
    ("cell", "items"),
    [
        ("['a', 'b']", ["a", "b"]),
        ('["it\'s", "\\u00e9", "a\\"b"]', ["it's", "é", 'a"b']),
        ("['x\\'y', 'a\\tb', ' c ']", ["x'y", "a\tb", "c"]),
        ("[a b, c]", ["a b", "c"]),
        ("[1.0, None, 'None', nan, 3]", ["1.0", "None", "3"]),
        ("[[1, 2], [3]]", ["1", "2", "3"]),
        ("[]", []),
        ("a, b", ["a, b"]),
    ],
)
def test_brackets_hold_items_in_quotes_or_bare(cell: str, items: list[str]) -> None:
    assert lists.items_of(cell) == items


def test_an_empty_cell_is_no_list_of_nothing() -> None:
    for cells in (
        ["[]", "NA", None, "", "['a']"],
        pl.Series([[], None, None, None, ["a"]], dtype=pl.List(pl.String)),
    ):
        assert lists.read(pl.Series(cells), "[]").to_list() == [[], None, None, None, ["a"]]
    assert lists.read(pl.Series(["", "|", "a| |b", None]), "|").to_list() == [None, [], ["a", "b"], None]
    how = reading.find(pl.Series([*map(str, SETS), "NA", "NA"]), items=True)
    assert (how.format, how.missing, how.emptied) == ("[]", ("NA",), 2)


def test_rare_items_have_no_input_of_their_own_and_are_counted() -> None:
    cells = [str([*own, f"once {row}"] if row % 4 == 0 and own else own) for row, own in enumerate(SETS)]
    column = schema_of(cells).columns[0]
    rare = sum(1 for row, own in enumerate(SETS) if row % 4 == 0 and own)
    assert sorted(column.levels) == WORDS and column.distinct == 9 + rare
    assert column.rare == rare / ROWS
    assert f"the 9 frequent ones kept, the others (in {rare} cells) taken together as rare" in column.reason


def test_a_kind_is_said_by_every_means_and_overruled() -> None:
    few, bars = ["|".join("abc"[: 1 + row % 3]) for row in range(ROWS)], ["|".join(own) for own in PRESENT]
    assert schema_of(few, lists=["c"]).columns[0].levels == ("a", "b", "c")
    assert schema_of(few, schema={"columns": [{"name": "c", "kind": "list"}]}).columns[0].kind == "list"
    said = {"columns": [{"name": "c", "kind": "list", "format": ","}]}
    assert (
        schema_of(["a,b;c" if row % 2 else "d" for row in range(ROWS)], schema=said).columns[0].distinct == 3
    )
    assert schema_of(bars, categorical=["c"]).columns[0].kind == "categorical"
    assert schema_of(bars, exclude=["c"]).columns[0].kind == "excluded"
    told = json.loads(json.dumps(document(schema_of(bars))))
    assert told["columns"][0]["form"] == "list" and told["columns"][0]["format"] == "|"
    assert schema_of(bars, schema=told).columns == schema_of(bars).columns
    told["columns"][0]["kind"] = "categorical"
    with pytest.warns(UserWarning, match="its cells are taken as they are written, and form, format"):
        assert schema_of(bars, schema=told).columns[0].kind == "categorical"


@pytest.mark.parametrize(
    ("cells", "said", "message"),
    [
        (
            ["a", "b", "c"] * 100,
            {"lists": ["c"]},
            r"declared a list, but no cell holds several items, as \['a', 'b'\]",
        ),
        ([str(row) for row in range(ROWS)], {"lists": ["c"]}, "declared a list, but no cell holds several"),
        (
            [f"{row}|x{row}" for row in range(ROWS)],
            {"lists": ["c"]},
            "none of its 600 items is frequent enough in 300",
        ),
        (["a|b"] * ROWS, {"lists": ["c"], "numeric": ["c"]}, "declared both numeric and list"),
        (["a|b"] * ROWS, {"lists": ["y"]}, "is the target, and only inputs are declared list"),
        (["a|b"] * ROWS, {"lists": ["d"]}, "has no column 'd'. Known: c, x, y"),
        (
            ["a|b"] * ROWS,
            {"schema": {"columns": [{"name": "c", "kind": "numeric", "format": "|"}]}},
            "says that column 'c' is numeric, but by its form 'list' its cells are read as list",
        ),
    ],
)
def test_what_cannot_be_lists_is_refused(cells: list[str], said: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        schema_of(cells, **said)


def test_a_declared_column_of_empty_cells_says_nothing() -> None:
    assert schema_of(["", None, " "] * 100, lists=["c"]).columns[0].kind == "constant"


def test_a_target_is_never_a_list() -> None:
    frame = pl.DataFrame(
        {"x": [str(row / 7) for row in range(ROWS)], "y": ["|".join(own) for own in PRESENT]}
    )
    frame = frame.filter(pl.len().over("y") > 1)
    assert infer(Table(frame, "t.csv", "", is_typed=False), "y").target.task == "multiclass"


def test_lists_by_type_that_say_nothing_are_left_out() -> None:
    vectors = pl.Series("c", DRAW.normal(size=(ROWS, 4)).tolist())
    own = pl.Series("d", [[f"w{row}", f"v{row}"] for row in range(ROWS)])
    same = pl.Series("e", [["a", "b"]] * ROWS)
    frame = pl.DataFrame(
        [vectors, own, same, pl.Series("x", DRAW.normal(size=ROWS)), pl.Series("y", DRAW.normal(size=ROWS))]
    )
    columns = infer(from_frame(frame), "y", lists=["e"]).columns
    assert [column.kind for column in columns] == ["text", "text", "constant", "numeric"]
    assert columns[0].reason == "left out: cells of type List(Float64), neither numbers nor words"
    assert columns[2].reason == "the same 2 items in all 300 rows"


def test_items_are_placed_row_by_row_in_any_spelling() -> None:
    column = pl.Series([["A", "b"], None, [], ["zz", "1.0"], ["", "b"]], dtype=pl.List(pl.String))
    rows, places, items = lists.placed(column, ("a", "b", "1"))
    assert rows.tolist() == [0, 0, 3, 3, 4]
    assert places.tolist() == [0, 1, -2, 2, 1]
    assert items.to_list() == ["A", "b", "zz", "1.0", "b"]


@pytest.mark.parametrize("sign", lists.SEPARATORS)
@pytest.mark.parametrize("start", ["https://shop.org/a/", "img/", "/m/"])
def test_cells_with_several_urls_or_paths_are_lists_of_them(sign: str, start: str) -> None:
    ending = ".png" if start == "img/" else ""
    whole = [[f"{start}{item.replace(' ', '')}{ending}" for item in own] for own in PRESENT]
    cells = pl.Series([sign.join(own) for own in whole])
    assert lists.find(cells) == lists.find(cells, is_said=True) == sign
    assert lists.read(cells, sign).to_list() == whole


def test_several_urls_of_which_none_recurs_are_lists_only_where_that_is_said() -> None:
    cells = pl.Series([f"https://a{row}.org/x|https://b{row}.org/y" for row in range(ROWS)])
    assert lists.find(cells) is None and lists.find(cells, is_said=True) == "|"
    commas = pl.Series([f"https://a.org/{row % 7}/{row}?at=1,{row}" for row in range(ROWS)])
    assert lists.find(commas) == lists.find(commas, is_said=True) == "/"  # a sign within URLs
