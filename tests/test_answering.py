"""A model asked about files; of what other families read, see `families/test_toy.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from small_models import FRAME, model

from honed import answering, evaluation, predictions
from honed.errors import InputError
from honed.run import paths
from honed.table.columns import infer
from honed.table.read import from_frame


def test_a_table_is_answered_into_a_file_or_on_standard_output(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    fitted, data = model("kind"), tmp_path / "t.csv"
    FRAME.write_csv(data)
    wanted = predictions.predict(fitted, from_frame(FRAME))
    assert answering.predict(tmp_path, fitted, str(data), tmp_path / "p.parquet") == FRAME.height
    assert pl.read_parquet(tmp_path / "p.parquet").equals(wanted)
    assert answering.predict(tmp_path, fitted, str(data), None) == FRAME.height
    assert capsysbinary.readouterr().out == predictions.csv(wanted)


def test_a_table_is_scored(tmp_path: Path) -> None:
    fitted, data = model("kind"), tmp_path / "t.csv"
    FRAME.write_csv(data)
    found = answering.evaluate(tmp_path, fitted, str(data), None, say=lambda sentence: None)
    assert found.each[0].rows == FRAME.height and "log_loss" in found.each[0].scores


def test_several_files_that_lack_the_target_are_told_as_one(tmp_path: Path) -> None:
    fitted, names = model("kind"), [str(tmp_path / name) for name in ("may.csv", "june.csv")]
    for name in names:
        FRAME.drop("kind").write_csv(name)
    with pytest.raises(InputError, match=r"^\S+may\.csv \+ \S+june\.csv has no column 'kind', the target"):
        answering.evaluate(tmp_path, fitted, paths.joined(names), None, say=lambda sentence: None)


def test_cells_that_cannot_be_read_are_refused_with_what_the_command_can_do(tmp_path: Path) -> None:
    """Of a model alone, which has no such option, nothing is offered."""
    fitted, data, said = model("kind"), tmp_path / "t.csv", list[str]()
    rows = FRAME.with_columns(FRAME["size"].cast(pl.String).scatter([0, 3], "odd"))
    rows.write_csv(data)
    with pytest.raises(
        InputError, match=r"not known\. `honed predict --bad-cells missing` takes them as empty"
    ):
        answering.predict(tmp_path, fitted, str(data), tmp_path / "p.csv")
    with pytest.raises(
        InputError, match=r"not known\. `honed evaluate --bad-cells missing` takes them as empty"
    ):
        answering.evaluate(tmp_path, fitted, str(data), None, say=said.append)
    with pytest.raises(InputError, match=r"not known\.$"):
        fitted.predict(rows)
    empty = FRAME.with_columns(FRAME["size"].scatter([0, 3], None))
    for each in (fitted, model("size")):  # of which it is an input, and the target
        found = answering.evaluate(tmp_path, each, str(data), None, take_bad_as_missing=True, say=said.append)
        assert found == evaluation.evaluate(each, from_frame(empty))
    told = (
        "Took 2 cells as empty that cannot be read: column 'size', row 1: 'odd'; column 'size', row 4: 'odd'."
    )
    assert said == [told, told]


def test_dates_that_cannot_be_read_are_taken_as_empty_where_that_is_asked() -> None:
    days = [datetime(2024, 1, 1) + timedelta(days=3 * row) for row in range(60)]
    frame = pl.DataFrame({"day": [f"{day:%Y-%m-%d}" for day in days], "y": [row / 7 for row in range(60)]})
    schema = infer(from_frame(frame), "y")
    assert schema.columns[0].kind == "date"
    odd = frame.with_columns(frame["day"].scatter([4], "soon"))
    found, bad = predictions.emptied(replace(model("size"), schema=schema), schema.read(odd))
    assert bad == (1, ["column 'day', row 5: 'soon'"])
    assert found["day"].null_count() == 1
