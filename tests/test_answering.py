"""A model asked about files; of what other families read, see `families/test_toy.py`."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from small_models import FRAME, model

from honed import answering, predictions
from honed.errors import InputError
from honed.run import paths
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
