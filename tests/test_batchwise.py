"""A model's answers to large tables, batch by batch."""

from __future__ import annotations

import errno
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_models import FRAME, model, of_two

from honed import batchwise, evaluation, predictions
from honed.errors import InputError, RunError
from honed.run import terminal
from honed.table import batches, read
from honed.table.batches import Batches

COPIES = 60
WHOLE = pl.concat([FRAME] * COPIES)


def large(path: Path) -> Batches:
    found = batches.of(path, large_cells=1, large_bytes=1, cells=1, block=16_384)
    assert found is not None
    assert len(list(found)) > 1
    return found


def written(frame: pl.DataFrame, path: Path) -> Path:
    frame.write_csv(path) if path.suffix == ".csv" else frame.write_parquet(path)
    return path


@pytest.mark.parametrize("task", ["size", "kind", "both"])
@pytest.mark.parametrize("end", ["csv", "parquet"])
def test_predictions_and_warnings_are_those_of_the_whole_table(tmp_path, task, end):
    fitted, said = of_two() if task == "both" else model(task), []
    path = written(WHOLE.with_columns(pl.lit("never seen").alias(_words(fitted))), tmp_path / f"t.{end}")
    with warnings.catch_warnings(record=True) as one:
        warnings.simplefilter("always")
        expected = predictions.predict(fitted, read.read(path))
    with warnings.catch_warnings(record=True) as two:
        warnings.simplefilter("always")
        rows = batchwise.predict(fitted, large(path), tmp_path / f"out.{end}", say=said.append)
    assert rows == expected.height
    predictions.write(expected, tmp_path / f"whole.{end}")
    reader = pl.read_csv if end == "csv" else pl.read_parquet
    assert reader(tmp_path / f"out.{end}").equals(reader(tmp_path / f"whole.{end}"))
    if end == "csv":
        assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert [str(w.message) for w in one] == [str(w.message) for w in two]
    assert one
    assert sorted(item.name for item in tmp_path.iterdir()) == [f"out.{end}", f"t.{end}", f"whole.{end}"]


@pytest.mark.parametrize("task", ["size", "kind", "both"])
def test_scores_are_those_of_the_whole_table(tmp_path, task):
    fitted = of_two() if task == "both" else model(task)
    path = written(WHOLE, tmp_path / "t.parquet")
    found = batchwise.evaluate(fitted, large(path), None, lambda sentence: None)
    assert found == evaluation.evaluate(fitted, read.read(path))


@pytest.mark.parametrize("places", [[2000], [5, 2000]])
def test_bad_cells_have_the_rows_of_the_file_and_nothing_is_written(tmp_path, places):
    fitted, out = model("kind"), tmp_path / "out.csv"
    out.write_text("before")
    name = next(column.name for column in fitted.schema.columns if column.kind == "numeric")
    is_bad = np.isin(np.arange(WHOLE.height), places)
    cells = pl.when(pl.Series(is_bad)).then(pl.lit("oops")).otherwise(pl.col(name).cast(pl.String))
    path = written(WHOLE.with_columns(cells.alias(name)), tmp_path / "t.csv")
    with pytest.raises(InputError) as whole:
        predictions.predict(fitted, read.read(path))
    with pytest.raises(InputError) as parts:
        batchwise.predict(fitted, large(path), out)
    assert str(parts.value) == str(whole.value)
    assert "2001" in str(parts.value)
    assert out.read_text() == "before"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["out.csv", "t.csv"]
    said: list[str] = []
    assert (
        batchwise.predict(fitted, large(path), out, take_bad_as_missing=True, say=said.append) == WHOLE.height
    )
    assert "row 2001: 'oops'" in said[0]
    batchwise.evaluate(fitted, large(path), None, said.append, take_bad_as_missing=True)
    assert said[1] == said[0]


def test_new_words_for_missing_are_counted_in_all_batches(tmp_path):
    fitted, whole, parts, scored = model("kind"), list[str](), list[str](), list[str]()
    cells = WHOLE["size"].cast(pl.String).scatter([5, 2000], "NA")
    path = written(WHOLE.with_columns(cells), tmp_path / "t.csv")
    predictions.predict(fitted, read.read(path), say=whole.append)
    batchwise.predict(fitted, large(path), tmp_path / "out.csv", say=parts.append)
    batchwise.evaluate(fitted, large(path), None, scored.append)
    assert parts == whole == scored
    assert "row 6: 'NA'" in whole[0] and "row 2001: 'NA'" in whole[0]


def test_what_only_the_whole_file_tells_is_left_to_who_reads_it_whole(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(WHOLE.write_csv() + "1,2,3,4,5,6,7,8,9,10,11\n")
    found = batches.of(path, large_bytes=1, block=16_384)
    assert batchwise.predict(model("kind"), found, tmp_path / "out.csv") is None
    assert batchwise.evaluate(model("kind"), None, None, print) is None
    assert not (tmp_path / "out.csv").exists()


def test_a_reader_that_leaves_is_no_refusal_of_the_disk(tmp_path, monkeypatch):
    def leave(data: bytes) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(terminal, "write", leave)
    with pytest.raises(BrokenPipeError):
        batchwise.predict(model("kind"), large(written(WHOLE, tmp_path / "t.csv")), None)


def test_a_full_temporary_folder_is_no_full_disk_of_the_answers(tmp_path, monkeypatch):
    """In which they lie until all of them can go to standard output."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(RunError, match=r"cannot write working data .*TMPDIR names .*: the disk is full"):
        batchwise.predict(model("kind"), large(written(WHOLE, tmp_path / "t.csv")), None)


@pytest.mark.parametrize("end", ["csv", "parquet"])
def test_an_input_that_cannot_be_read_is_told_as_such(tmp_path, end):
    path = written(WHOLE, tmp_path / f"t.{end}")
    found = large(path)
    path.unlink()
    with pytest.raises(InputError, match=rf"t\.{end} .*cannot be read"):
        batchwise.predict(model("kind"), found, tmp_path / f"out.{end}")


def test_files_are_named_once(tmp_path):
    for number in range(2):
        written(WHOLE, tmp_path / f"{number}.csv")
    said: list[str] = []
    batchwise.predict(model("kind"), large(tmp_path), tmp_path / "out.csv", say=said.append)
    assert [sentence for sentence in said if "2 files as one table" in sentence] == said[:1]


def _words(fitted) -> str:
    return next(column.name for column in fitted.schema.columns if column.kind == "categorical")
