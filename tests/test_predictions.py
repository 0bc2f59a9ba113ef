"""A model's answers as a table, and where they may be written."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_models import FRAME, crossing, model, of_two

from honed import evaluation, predictions
from honed.errors import InputError
from honed.family import Asked
from honed.table.read import from_frame


def test_classes_have_a_column_of_probabilities_each() -> None:
    frame = predictions.predict(model("kind"), from_frame(FRAME))
    assert frame.columns == ["prediction", "p_elm", "p_oak"]
    told = frame.select("p_elm", "p_oak").to_numpy()
    np.testing.assert_allclose(told.sum(axis=1), 1)
    assert frame["prediction"].to_list() == [("elm", "oak")[place] for place in told.argmax(axis=1)]


def test_of_several_targets_each_has_its_own_columns() -> None:
    made = of_two()
    frame = predictions.predict(made, from_frame(FRAME))
    assert frame.columns == ["prediction_kind", "p_kind_elm", "p_kind_oak", "prediction_size"]
    each, shares = made.predict_each(FRAME), made.predict_proba_each(FRAME)
    assert frame["prediction_kind"].to_list() == each["kind"].tolist()
    np.testing.assert_array_equal(frame["prediction_size"].to_numpy(), each["size"])
    np.testing.assert_array_equal(frame.select("p_kind_elm", "p_kind_oak").to_numpy(), shares["kind"])


def test_quantiles_have_a_column_each_beside_the_value() -> None:
    frame = predictions.predict(crossing(), from_frame(FRAME))
    assert frame.columns == ["prediction", "q_0.1", "q_0.5", "q_0.9"]
    assert (frame["q_0.1"] <= frame["q_0.9"]).all()


@pytest.mark.parametrize("target", ["kind", "size"])
def test_lines_that_were_left_out_keep_the_places_of_the_others(target: str) -> None:
    table, said = replace(from_frame(FRAME), left_out=(1, FRAME.height + 1)), []
    whole = predictions.predict(model(target), from_frame(FRAME))
    spread = predictions.predict(model(target), table, say=said.append)
    assert spread.height == FRAME.height + 2
    rest = np.setdiff1d(np.arange(spread.height), table.left_out)
    assert spread[rest.tolist()].equals(whole)
    again = pl.read_csv(io.BytesIO(predictions.csv(spread)))
    assert again.height == spread.height
    assert again[:, -1].is_nan().to_list() == spread[:, -1].is_nan().to_list()
    assert np.flatnonzero(spread[:, -1].is_nan().to_numpy()).tolist() == list(table.left_out)
    assert said[0].startswith(f"No prediction for row 2, {FRAME.height + 2} of {FRAME.height + 2}")


def test_bad_cells_are_refused_or_taken_as_missing() -> None:
    cells = FRAME["size"].to_list()[1:]
    rows = FRAME.with_columns(pl.Series("size", ["odd", *map(str, cells)]))
    empty = FRAME.with_columns(pl.Series("size", [None, *cells]))
    with pytest.raises(InputError, match="row 1: 'odd'"):
        predictions.predict(model("kind"), from_frame(rows))
    said: list[str] = []
    found = predictions.predict(model("kind"), from_frame(rows), take_bad_as_missing=True, say=said.append)
    assert found.equals(predictions.predict(model("kind"), from_frame(empty)))
    assert "column 'size', row 1: 'odd'" in said[0]


def test_new_words_for_missing_are_counted_aloud() -> None:
    cells = list(map(str, FRAME["size"].to_list()))
    rows, said = FRAME.with_columns(pl.Series("size", ["NA", cells[1], "n/a", *cells[3:]])), list[str]()
    found = predictions.predict(model("kind"), from_frame(rows), say=said.append)
    empty = FRAME.with_columns(pl.Series("size", [None, cells[1], None, *cells[3:]]))
    assert found.equals(predictions.predict(model("kind"), from_frame(empty), say=said.append))
    (sentence,) = said
    assert sentence.startswith(
        "Took 2 cells as empty that hold a word for missing: column 'size', row 1: 'NA';"
    )
    again = list[str]()
    evaluation.evaluate(model("kind"), from_frame(rows), say=again.append)
    assert again == said


def test_an_interval_has_its_ends_beside_the_value() -> None:
    made = model("size").with_intervals(FRAME, FRAME["size"].to_numpy())
    frame = predictions.predict(made, from_frame(FRAME), 0.9)
    assert frame.columns == ["prediction", "low", "high"]
    np.testing.assert_array_equal(frame.select("low", "high").to_numpy(), made.predict_interval(FRAME, 0.9))
    both = predictions.predict(
        crossing().with_intervals(FRAME, FRAME["size"].to_numpy()), from_frame(FRAME), 0.5
    )
    assert both.columns == ["prediction", "low", "high", "q_0.1", "q_0.5", "q_0.9"]


@pytest.mark.parametrize("name", ["found.csv", "found.parquet", "found.PQ"])
def test_the_name_says_the_format(name: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"prediction": ["elm", "ök, or not"], "p_elm": [0.1 + 0.2, 1e-300]})
    predictions.write(frame, tmp_path / name)
    read = pl.read_csv if name.endswith(".csv") else pl.read_parquet
    assert read(tmp_path / name).equals(frame)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_csv_is_the_table_in_utf8() -> None:
    frame = pl.DataFrame({"prediction": [0.5, -1.25]})
    assert pl.read_csv(io.BytesIO(predictions.csv(frame))).equals(frame)


def test_columns_are_written_as_tables_are(tmp_path: Path) -> None:
    columns = {
        "path": ["a, b.png", 'say "x"', "ö\n"],
        "prediction": ["elm", None, "ök"],
        "p": [1e-300, None, 1 / 3],
    }
    for name, read in (("found.csv", pl.read_csv), ("found.parquet", pl.read_parquet)):
        predictions.write(columns, tmp_path / name)
        assert read(tmp_path / name).equals(pl.DataFrame(columns))
    assert (
        predictions.csv({"path": ["a\udcff.png"], "prediction": [1.0]}) == b"path,prediction\na\xff.png,1.0\n"
    )


def test_rows_keep_their_places_and_what_tells_them_apart() -> None:
    made = model("kind")
    asked = Asked(FRAME.head(2), np.array([0, 2]), 3, {"prediction": ["x", "y", "z"], "row": range(3)})
    found = predictions.of_asked(made, asked)
    told = predictions.predict(made, from_frame(FRAME.head(2)))
    assert list(found) == ["prediction of the row", "row", *told.columns]
    assert found["prediction of the row"] == ["x", "y", "z"] and found["row"] == [0, 1, 2]
    for name in told.columns:
        assert found[name] == [told[name][0], None, told[name][1]]


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("found.xlsx", "'.xlsx', which names no format"),
        ("found", "ends in 'nothing'"),
        ("folder.csv", "is a folder"),
        ("none/found.csv", "There is no folder"),
        ("rows.csv", "is the table to predict"),
    ],
)
def test_a_destination_that_cannot_be_is_refused_beforehand(out: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "rows.csv").write_text("x\n1\n")
    with pytest.raises(InputError, match=words):
        predictions.check_destination(tmp_path / out, str(tmp_path / "rows.csv"))
    predictions.check_destination(tmp_path / "new.csv", str(tmp_path / "rows.csv"))


def test_a_file_of_the_folder_that_is_predicted_is_not_overwritten(tmp_path):
    for name in ("1.csv", "2.csv"):
        (tmp_path / name).write_text("a\n1\n")
    with pytest.raises(InputError, match="a file of the table to predict"):
        predictions.check_destination(tmp_path / "2.csv", str(tmp_path))
    predictions.check_destination(tmp_path / "3.csv", str(tmp_path))


def test_a_file_beside_a_folder_of_pictures_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/1.png").touch()
    (tmp_path / "found.csv").touch()
    predictions.check_destination(tmp_path / "found.csv", str(tmp_path / "photos"))
