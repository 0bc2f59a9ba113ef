from told_runs import Make

from honed.report.columns import lines, read, title
from honed.table.document import Told

COLUMNS: list[Told] = [
    {"name": "weight", "kind": "numeric", "unit": "kg", "evidence": "all numbers", "examples": ["8 kg", "9"]},
    {"name": "note", "kind": "excluded", "evidence": "left out as asked"},
]


def test_columns_are_told_with_kind_unit_evidence_and_cells() -> None:
    assert lines(COLUMNS, 100) == [
        "weight  numeric (kg)  all numbers; such as '8 kg', '9'",
        "note    excluded      left out as asked",
    ]
    assert title(COLUMNS) == "Columns: 1 numeric, 1 left out"


def test_no_columns_are_no_lines() -> None:
    assert (lines([], 80), title([])) == ([], "Columns: none")


def test_the_columns_of_a_run_are_in_its_schema(make: Make) -> None:
    run = make()
    assert [column["kind"] for column in read(run.path)] == ["numeric", "numeric", "categorical"]
    (run.path / "schema.json").unlink()
    assert read(run.path) == []
