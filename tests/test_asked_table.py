"""A table for a model."""

from pathlib import Path

from small_models import FRAME, model

from honed import asked_table


def test_a_small_table_is_read_whole_and_what_was_understood_is_said(tmp_path: Path) -> None:
    fitted, said = model("kind"), list[str]()
    (tmp_path / "t.csv").write_text(FRAME.write_csv(separator=";"))
    path = str(tmp_path)
    assert asked_table.in_batches(tmp_path, fitted, path, False) is None
    table = asked_table.whole(tmp_path, fitted, path, False, said.append)
    assert table.frame.height == FRAME.height
    assert "t.csv" in said[0]
