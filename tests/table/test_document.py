from dataclasses import replace

import polars as pl
from messy_tables import Columns

from honed.run.plain import dumps, loads
from honed.table.columns import infer
from honed.table.document import Document, document
from honed.table.read import from_frame


def told(columns: Columns, **more: object) -> Document:
    return document(infer(from_frame(pl.DataFrame(columns)), "y", **more))  # type: ignore[arg-type]


def test_a_column_is_told_with_kind_evidence_examples_and_empty_cells() -> None:
    column = [*map(str, range(28)), "n.a.", "n.a."]
    found = told(
        {"x": [str(int(cell) * 1.5) if cell != "n.a." else cell for cell in column], "y": [1.5, 2] * 15}
    )
    x: dict[str, object] = dict(found["columns"][0])
    assert str(x["evidence"]).startswith(
        "every cell that is not empty is a number, 28 distinct from 0 to 40.5"
    )
    assert {name: x[name] for name in ("name", "kind", "missing", "empty", "taken_as_empty", "distinct")} == {
        "name": "x",
        "kind": "numeric",
        "missing": ["n.a."],
        "empty": 2,
        "taken_as_empty": 2,
        "distinct": 28,
    }
    assert x["examples"] == ["0.0", "1.5", "3.0"]
    assert "unit" not in x and "levels" not in x


def test_classes_groups_and_what_was_excluded_are_told() -> None:
    found = told(
        {"x": [*range(10)] * 3, "g": ["a", "b", "c"] * 10, "n": ["i"] * 30, "y": ["p", "q"] * 15},
        group="g",
        exclude=["n"],
    )
    assert found["target"].get("classes") == ["p", "q"]
    assert (found["group"], found["rows"], found["dropped_rows"]) == ("g", 30, 0)
    *_, last = found["columns"]
    assert (last["name"], last.get("kind"), last["evidence"]) == ("n", "excluded", "left out as asked")


def test_json_gives_it_back() -> None:
    found = told({"x": ["0.5", "1.5", "NA"] * 10, "y": ["p", "q"] * 15})
    assert loads(dumps(found)) == found


def test_further_targets_are_told_beside_the_main_one() -> None:
    schema = infer(from_frame(pl.DataFrame({"x": [*range(10)] * 3, "y": ["p", "q"] * 15})), "y")
    other = replace(schema.target, name="z", reason="as asked")
    assert "further" not in document(schema)
    (found,) = document(replace(schema, further=(other,))).get("further", [])
    assert found == {"name": "z", "task": "binary", "evidence": "as asked", "classes": ["p", "q"]}
