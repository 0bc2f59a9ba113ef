from honed.findings import Finding
from honed.report.outline import Outline, page
from honed.table.document import Told

COLUMNS: list[Told] = [
    {
        "name": "weight",
        "kind": "numeric",
        "unit": "kg",
        "evidence": "every cell is a number",
        "examples": ["8 kg"],
    },
    {"name": "id", "kind": "identifier", "evidence": "left out: none twice", "examples": []},
    {"name": "note", "kind": "excluded", "evidence": "left out as asked"},
]
OUTLINE: Outline = {
    "data": "cars.csv",
    "about": "",
    "rows": 40,
    "dropped_rows": 1,
    "target": {"name": "price", "task": "regression", "evidence": "a quantity"},
    "group": None,
    "time": None,
    "columns": COLUMNS,
    "metric": "rmse",
    "split": "6 of 40 rows are kept.",
    "notes": [],
    "plan": ["One network is trained: 7 epochs."],
    "findings": [
        Finding(
            "far-value", "note", "'weight' is 9,000 in row 3.", {}, "It may be a slip.", "Look."
        ).to_json()
    ],
}


def test_the_page_tells_all_of_it() -> None:
    assert page(OUTLINE).splitlines() == [
        "'price' from cars.csv · dry run: nothing is trained or written",
        "",
        "Target",
        "  regression: a quantity",
        "  metric: rmse",
        "  40 rows; 1 row without a target is left out",
        "",
        "Columns: 1 numeric, 2 left out",
        "  weight  numeric (kg)  every cell is a number; such as '8 kg'",
        "  id      identifier    left out: none twice",
        "  note    excluded      left out as asked",
        "",
        "Split",
        "  6 of 40 rows are kept.",
        "",
        "Plan",
        "  One network is trained: 7 epochs.",
        "",
        "Noticed",
        "  note: 'weight' is 9,000 in row 3. Look.",
    ]


def test_lines_fit_the_width() -> None:
    long: Told = {"name": "n" * 30, "kind": "text", "evidence": "word " * 60}
    assert max(map(len, page({**OUTLINE, "columns": [*COLUMNS, long]}, 60).splitlines())) <= 60
