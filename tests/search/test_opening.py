from pathlib import Path

from honed.search.opening import sentences
from honed.search.options import Options
from honed.search.prepare import prepare


def test_what_was_decided_is_said(tmp_path: Path) -> None:
    rows = [f"{row},{row * 0.37 % 5},{'ab'[row % 2]},same,{row * 0.5}" for row in range(60)]
    table = tmp_path / "train.csv"
    table.write_text("\n".join(["id,size,kind,constant,price", *rows, "60,1,a,same,", "61,1,a,same,"]) + "\n")
    said = "\n".join(sentences(prepare(Options(str(table), "price", trials=1, device="auto"))))
    assert "Task: regression: 'price' holds numbers with fractions, so it is a quantity." in said
    assert "Metric: root_mean_squared_error." in said
    assert "Left out 2 rows whose target is missing." in said
    assert "Rows: 60. Columns: 1 numeric, 1 boolean." in said
    assert "Column 'id' (identifier) left out: " in said
    assert "Column 'constant' (constant) left out: " in said
    assert "Trained on " in said  # whatever JAX sees here
    assert ".." not in said
