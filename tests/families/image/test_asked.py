"""Pictures to predict, from whatever a path names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from drawn_pictures import drawn, of_12_bits, photos

from honed.errors import DataWarning, InputError
from honed.families.image.asked import asked, blank
from honed.families.image.encoder import ImageEncoder
from honed.families.image.inputs import ImageInputs
from honed.families.image.source import from_files
from honed.family import HowRead
from honed.search.options import Options
from honed.table.columns import Schema
from honed.table.target import Target

ENCODER = ImageEncoder(ImageInputs(12, 10, 1, (40.0,), (50.0,)))
SCHEMA = Schema((), Target("class", "binary", ("lying", "standing"), ""), 40, 0)
PICTURES, Y = drawn(6)


def test_a_folder_of_classes_tells_the_truth_and_a_flat_one_does_not(tmp_path: Path) -> None:
    photos(tmp_path, 6)
    found = asked(str(tmp_path), SCHEMA, ENCODER)
    assert found.truth is not None and list(found.truth) == ["lying"] * 3 + ["standing"] * 3
    assert found.beside["path"][0] == "lying/000.png" and found.count == 6
    np.testing.assert_array_equal(found.rows[1, ..., 0], PICTURES[2])
    flat = asked(str(tmp_path / "lying"), SCHEMA, ENCODER)
    assert flat.truth is None and list(flat.beside["path"]) == ["000.png", "002.png", "004.png"]
    assert asked(str(tmp_path / "lying/002.png"), SCHEMA, ENCODER).count == 1


def test_files_are_brought_to_the_size_and_the_colours_of_training(tmp_path: Path) -> None:
    photos(tmp_path, 4, height=24, width=20)
    assert asked(str(tmp_path), SCHEMA, ENCODER).rows.shape == (4, 12, 10, 1)
    colours = ImageEncoder(ImageInputs(6, 5, 3, (0.0,) * 3, (1.0,) * 3))
    assert asked(str(tmp_path), SCHEMA, colours).rows.shape == (4, 6, 5, 3)


def test_broken_files_keep_their_place(tmp_path: Path) -> None:
    photos(tmp_path, 6)
    (tmp_path / "lying/002.png").write_bytes(b"broken")
    found = asked(str(tmp_path), SCHEMA, ENCODER)
    assert found.places.tolist() == [0, 2, 3, 4, 5] and len(found.rows) == 5 and found.count == 6
    assert "1 picture cannot be read and is left without an answer: lying/002.png" in found.warnings[0]


def test_a_table_is_read_by_the_column_of_training(tmp_path: Path) -> None:
    photos(tmp_path, 4)
    words = ["standing/001.png", None, "lying/000.png"]
    pl.DataFrame({"file": words, "class": ["standing", "lying", None]}).write_csv(tmp_path / "t.csv")
    found = asked(str(tmp_path / "t.csv"), SCHEMA, replace(ENCODER, column="file"))
    assert found.places.tolist() == [0, 2] and list(found.beside["file"]) == [
        "standing/001.png",
        "",
        "lying/000.png",
    ]
    assert found.truth is not None and list(found.truth) == ["standing", "lying", None]
    with pytest.raises(InputError, match="has no column 'picture'"):
        asked(str(tmp_path / "t.csv"), SCHEMA, replace(ENCODER, column="picture"))


def test_a_folder_of_tables_is_read_where_training_had_one(tmp_path: Path) -> None:
    photos(tmp_path / "pictures", 6)
    for name, word in (("a", "standing/001.png"), ("b", "lying/000.png")):
        cells = {"file": [f"pictures/{word}"], "class": word.split("/")[0]}
        pl.DataFrame(cells).write_csv(tmp_path / f"{name}.csv")
    learned = replace(ENCODER, column="file")
    found = asked(str(tmp_path), SCHEMA, learned)
    assert list(found.beside["file"]) == ["pictures/standing/001.png", "pictures/lying/000.png"]
    assert found.truth is not None and list(found.truth) == ["standing", "lying"]
    np.testing.assert_array_equal(found.rows[1, ..., 0], PICTURES[0])
    assert asked(str(tmp_path / "pictures/lying"), SCHEMA, learned).count == 3, "there is none in it"


def test_a_table_has_its_paths_in_path_where_training_had_no_table(tmp_path: Path) -> None:
    photos(tmp_path, 6)
    words = {"path": ["standing/001.png", "lying/000.png"], "class": ["standing", "lying"]}
    pl.DataFrame(words).write_csv(tmp_path / "t.csv")
    found = asked(str(tmp_path / "t.csv"), SCHEMA, ENCODER)
    assert list(found.beside["path"]) == words["path"] and found.places.tolist() == [0, 1]
    np.testing.assert_array_equal(found.rows[1, ..., 0], PICTURES[0])
    assert found.truth is not None and list(found.truth) == words["class"]
    pl.DataFrame({"file": words["path"]}).write_csv(tmp_path / "t.csv")
    with pytest.raises(InputError, match="has no column 'path'"):
        asked(str(tmp_path / "t.csv"), SCHEMA, ENCODER)


def test_pictures_of_16_bits_are_what_they_were_in_training(tmp_path: Path) -> None:
    of_12_bits(photos(tmp_path, 6))
    source = from_files(Options(str(tmp_path), "class"), {}).settled(np.arange(6))
    assert source.inputs is not None and source.inputs.span == source.span
    found = asked(str(tmp_path), SCHEMA, ImageEncoder(source.inputs))
    np.testing.assert_array_equal(found.rows, source.pixels)
    assert len(np.unique(found.rows)) > 40 and not found.notes
    alone = asked(str(tmp_path / "lying/002.png"), SCHEMA, ImageEncoder(source.inputs))
    np.testing.assert_array_equal(alone.rows[0], source.pixels[1])
    narrow = ImageEncoder(replace(source.inputs, span=(40, 1500)))
    (said,) = asked(str(tmp_path), SCHEMA, narrow).notes
    assert said.startswith("6 pictures of 16 bits: pixels lie beyond 40 to 1,500")


def test_pictures_of_16_bits_are_cut_for_a_model_that_keeps_no_range_of_such(tmp_path: Path) -> None:
    of_12_bits(photos(tmp_path, 6))
    found = asked(str(tmp_path), SCHEMA, ENCODER)
    np.testing.assert_array_equal(found.rows[1, ..., 0], PICTURES[2] * 16.0 // 256)
    (said,) = found.notes
    assert said.startswith("6 pictures of 16 bits") and "65,535 as white" in said


def test_a_total_below_the_paths_gets_an_empty_answer_and_is_a_row_as_it_is(tmp_path: Path) -> None:
    photos(tmp_path, 6)
    words = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png"))
    lines = [f"{word},{row}.5" for row, word in enumerate(words)]
    (tmp_path / "t.csv").write_text("\n".join(["file,size", *lines, "Total,18.0"]) + "\n")
    learned = replace(ENCODER, column="file")
    schema = Schema((), Target("size", "regression", (), ""), 6, 0)
    with pytest.warns(DataWarning, match="say --as-is"):
        found = asked(str(tmp_path / "t.csv"), schema, learned)
    assert found.count == 7 and found.places.tolist() == [0, 1, 2, 3, 4, 5] and not found.warnings
    assert list(found.beside["file"]) == [*words, ""]
    assert found.truth is not None and list(found.truth)[-2:] == ["5.5", None]
    assert found.notes == ("No prediction for row 7 of 7, which holds no case: its answer is empty.",)
    for how in (HowRead(as_is=True), HowRead(usual_as_is=True)):
        found = asked(str(tmp_path / "t.csv"), schema, learned, how)
        assert found.count == 7 and "cannot be read and is left without an answer: Total" in found.warnings[0]


def test_words_on_tables_are_refused_where_there_is_none(tmp_path: Path) -> None:
    photos(tmp_path, 6)
    np.savez(tmp_path / "a.npz", X=PICTURES)
    for path in (tmp_path, tmp_path / "a.npz", tmp_path / "lying/000.png"):
        for how, said in ((HowRead(as_is=True), "--as-is"), (HowRead(sheet="b"), "--sheet b")):
            with pytest.raises(InputError, match=f"^{said} says how a table is read, and .* is none"):
                asked(str(path), SCHEMA, ENCODER, how)
        assert asked(str(path), SCHEMA, ENCODER, HowRead(usual_as_is=True, usual_sheet="b")).count in (1, 6)


def test_an_archive_needs_no_targets_and_may_have_another_size(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=PICTURES)
    found = asked(str(tmp_path / "a.npz"), SCHEMA, ENCODER)
    assert found.truth is None and list(found.beside["picture"]) == [1, 2, 3, 4, 5, 6]
    np.savez(tmp_path / "a.npz", X=np.zeros((2, 24, 20), np.uint8), y=[0, 1], classes=["lying", "standing"])
    found = asked(str(tmp_path / "a.npz"), SCHEMA, ENCODER)
    assert found.rows.shape == (2, 12, 10, 1) and "brought to 12 × 10" in found.notes[0]
    assert found.truth is not None and list(found.truth) == ["lying", "standing"]


def test_files_are_no_answer_to_a_network_of_other_arrays(tmp_path: Path) -> None:
    photos(tmp_path, 4)
    floats = ImageEncoder(ImageInputs(12, 10, 1, (0.1,), (0.2,), True))
    with pytest.raises(InputError, match="arrays of numbers with fractions"):
        asked(str(tmp_path), SCHEMA, floats)


def test_pictures_of_one_colour_are_told() -> None:
    assert blank(PICTURES[..., None]) == []
    pictures = PICTURES[..., None].copy()
    pictures[3] = 9
    (said,) = blank(pictures)
    assert said.startswith("1 of 6 pictures to predict, the first of them number 4")


def test_a_table_beside_pictures_does_not_hide_them(tmp_path: Path) -> None:
    """As `predict --out` may have left one there."""
    photos(tmp_path / "sorted", 6)
    flat = tmp_path / "flat"
    flat.mkdir()
    for number, path in enumerate(sorted((tmp_path / "sorted").rglob("*.png"))):
        path.rename(flat / f"{number}.png")
    (flat / "predictions.csv").write_text("path,prediction\n0.png,lying\n")
    assert asked(str(flat), SCHEMA, replace(ENCODER, column="path")).count == 6
