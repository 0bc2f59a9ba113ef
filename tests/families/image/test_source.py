"""Pictures with their targets, as the search gets them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from drawn_pictures import drawn, photos

from honed.errors import DataWarning, InputError
from honed.families.image.source import ImageSource, from_files, inputs_of
from honed.search.options import Options


def source(path: Path, target: str = "class", **words: object) -> ImageSource:
    return from_files(Options(str(path), target, **words), {})  # pyright: ignore[reportArgumentType]


def test_folders_are_classes_whatever_their_names(tmp_path: Path) -> None:
    photos(tmp_path, 8)
    for code, name in enumerate(("lying", "standing")):
        (tmp_path / name).rename(tmp_path / str(code))
    found = source(tmp_path)
    assert found.schema.target.classes == ("0", "1") and found.schema.target.task == "binary"
    assert found.y.dtype == np.int32 and found.y.tolist() == [0] * 4 + [1] * 4
    assert not found.schema.columns and found.schema.rows == 8
    with pytest.raises(InputError, match="The task was given as regression"):
        source(tmp_path, task="regression")


def test_numbers_of_a_table_are_a_quantity_and_rows_without_them_are_left_out(tmp_path: Path) -> None:
    photos(tmp_path, 8)
    words = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png"))
    sizes = [None, *np.linspace(0.5, 3, 7).tolist()]
    pl.DataFrame({"file": words, "size": sizes, "site": list("aabbccdd")}).write_csv(tmp_path / "t.csv")
    found = source(tmp_path / "t.csv", "size", own={"image": "file"}, group="site")
    assert found.schema.target.task == "regression" and found.schema.dropped_rows == 1
    assert found.y.tolist() == pytest.approx(sizes[1:])
    assert found.places.tolist() == list(range(1, 8)) and found.names == tuple(words[1:])
    assert found.groups is not None and len(set(found.groups)) == 4 and found.schema.group == "site"


def test_the_fingerprint_is_that_of_files_and_classes(tmp_path: Path) -> None:
    before = source(photos(tmp_path, 8)).fingerprint
    assert source(tmp_path).fingerprint == before
    (tmp_path / "lying/000.png").rename(tmp_path / "standing/000.png")
    assert source(tmp_path).fingerprint != before


def test_a_folder_to_validate_on_comes_last_without_classes_that_are_new(tmp_path: Path) -> None:
    photos(tmp_path / "a", 8)
    photos(tmp_path / "b", 6, seed=1)
    (tmp_path / "b/standing").rename(tmp_path / "b/leaning")
    photos(tmp_path / "b", 6, seed=2)
    found = source(tmp_path / "a", valid=str(tmp_path / "b"))
    assert found.given is not None and found.given.tolist() == list(range(8, 14))
    photos(tmp_path / "c", 2, seed=3)
    few = source(tmp_path / "a", valid=str(tmp_path / "c"))  # one of a class is enough
    assert few.given is not None and few.given.tolist() == [8, 9] and few.y[8:].tolist() == [0, 1]
    assert "Left out 3 pictures" in found.notes[-1] and "'leaning'" in found.notes[-1]


def test_files_and_arrays_are_not_joined(tmp_path: Path) -> None:
    pictures, y = drawn(8)
    np.savez(tmp_path / "a.npz", X=pictures, y=y, classes=["lying", "standing"])
    files = photos(tmp_path / "b", 8)
    for data, valid in ((tmp_path / "a.npz", files), (files, tmp_path / "a.npz")):
        with pytest.raises(InputError, match="one are files and the others an archive"):
            source(data, "class" if data == files else "y", valid=str(valid))


def test_pictures_to_validate_on_that_train_are_left_out(tmp_path: Path) -> None:
    photos(tmp_path / "a", 20)
    for name, count in (("some", 12), ("all", 20)):
        photos(tmp_path / name, count, seed=1 if name == "some" else 0)
    for number in (0, 1):
        picture = next((tmp_path / "a").rglob(f"00{number}.png"))
        (tmp_path / "some" / picture.parent.name / f"copy{number}.png").write_bytes(picture.read_bytes())
    other = (tmp_path / "a/lying/002.png").read_bytes()
    (tmp_path / "some/standing/other.png").write_bytes(other)  # of another class there
    found = source(tmp_path / "a", valid=str(tmp_path / "some"))
    assert found.given is not None and found.given.tolist() == list(range(20, 33))
    assert not [name for name in found.names if "copy" in name] and "standing/other.png" in found.names
    assert found.notes[-1].startswith(f"Left out 2 pictures of {tmp_path / 'some'} that are pictures of")
    with pytest.raises(InputError, match=r"^All 20 pictures of .* are pictures of .* too, target included"):
        source(tmp_path / "a", valid=str(tmp_path / "all"))


@pytest.mark.parametrize("sizes", [[0.5 + n for n in range(30)], range(30)])
def test_quantities_to_validate_on_may_be_others_than_those_of_training(
    sizes: Sequence[float], tmp_path: Path
) -> None:
    for name, own in {"a": sizes, "b": [size + 0.25 for size in sizes]}.items():
        photos(tmp_path / name, 30)
        words = sorted(str(path.relative_to(tmp_path / name)) for path in (tmp_path / name).rglob("*.png"))
        pl.DataFrame({"file": words, "size": own}).write_csv(tmp_path / name / "t.csv")
    found = source(tmp_path / "a/t.csv", "size", own={"image": "file"}, valid=str(tmp_path / "b/t.csv"))
    assert found.given is not None and len(found.given) == 30 and len(found.notes) == 1


def test_a_total_below_the_paths_is_left_out_and_read_as_it_is(tmp_path: Path) -> None:
    photos(tmp_path, 8)
    words = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png"))
    lines = [f"{word};{row}.5" for row, word in enumerate(words)]
    table = "\n".join(["file;size", *lines, "Total;32.0"]) + "\n"
    (tmp_path / "t.csv").write_text(table, encoding="utf-16")
    asked = {"target": "size", "own": {"image": "file"}}
    with pytest.warns(DataWarning, match="say --as-is"):
        found = source(tmp_path / "t.csv", **asked)
    assert len(found.y) == 8 and any("Read as UTF-16" in note for note in found.notes)
    found = source(tmp_path / "t.csv", as_is=True, **asked)
    assert len(found.y) == 8 and "1 picture cannot be read and is left out: Total" in found.notes[-1]


def test_a_sheet_names_pictures_and_that_of_its_name_those_to_validate_on(tmp_path: Path) -> None:
    pytest.importorskip("fastexcel")
    xlsxwriter = pytest.importorskip("xlsxwriter")
    for book, seed in (("a", 0), ("b", 1)):
        photos(tmp_path / book, 8, seed=seed)
        words = sorted(str(path.relative_to(tmp_path / book)) for path in (tmp_path / book).rglob("*.png"))
        with xlsxwriter.Workbook(tmp_path / book / "t.xlsx") as made:
            made.add_worksheet("notes").write(0, 0, "made by hand")
            sheet = made.add_worksheet("rows")
            for place, row in enumerate([("file", "kind"), *((word, word[0]) for word in words)]):
                sheet.write_row(place, 0, row)
    own = {"image": "file"}
    paths = [tmp_path / book / "t.xlsx" for book in "ab"]
    assert len(source(paths[0], "kind", own=own, sheet="rows", valid=str(paths[1])).y) == 16
    with pytest.raises(InputError, match="no sheet"):
        source(paths[0], "kind", own=own, sheet="others")


def test_words_on_columns_are_refused(tmp_path: Path) -> None:
    photos(tmp_path, 8)
    own: dict[str, Any] = {"exclude": ("a",), "time": "a", "as_is": True, "schema": {"a": {}}, "fold": "a"}
    for name, value in own.items():
        with pytest.raises(InputError, match=f"--{name.replace('_', '-')} says how a table is read"):
            source(tmp_path, **{name: value})
    for value in (True, False):
        with pytest.raises(InputError, match="--trend is about rows along time"):
            source(tmp_path, trend=value)
    with pytest.raises(InputError, match="--group a names a column"):
        source(tmp_path, group="a")
    with pytest.raises(InputError, match="Leave --target out"):
        source(tmp_path, "kind")


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos(tmp_path, 8)
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 60)
    with pytest.raises(
        InputError, match=r"The picture lying/000\.png is not decoded, as it may take all memory"
    ):
        source(tmp_path)


def test_classes_are_counted_after_broken_pictures_are_left_out(tmp_path: Path) -> None:
    photos(tmp_path, 6)
    for number in (1, 3):
        (tmp_path / f"standing/00{number}.png").write_bytes(b"broken")
    said = r"the class 'standing' has one picture.* 2 pictures cannot be read and are left out: standing/001\.png"
    with pytest.raises(InputError, match=said):
        source(tmp_path)
    words = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png"))
    pl.DataFrame({"file": words, "kind": [word[0] for word in words]}).write_csv(tmp_path / "t.csv")
    with pytest.raises(InputError, match=r"has one row.* 2 pictures cannot be read"):
        source(tmp_path / "t.csv", "kind", own={"image": "file"})


def test_pixels_are_scaled_alike_by_any_rows_of_the_same_pictures() -> None:
    pixels = drawn(60)[0][..., None]
    whole, half = inputs_of(pixels, np.arange(60)), inputs_of(pixels, np.arange(0, 60, 3))
    assert whole == half and whole.shape == (12, 10, 1) and not whole.is_float
    assert abs(whole.mean[0] - pixels.mean()) < whole.spread[0] / 5
    assert abs(whole.spread[0] / pixels.std() - 1) < 0.1
    shares = inputs_of((pixels / 255).astype(np.float32), np.arange(60))
    assert shares.is_float and shares.spread[0] < 1
    assert inputs_of(np.zeros((4, 5, 5, 1), np.uint8), np.arange(4)).spread == (1.0,)


def test_size_channels_and_classes_are_told(tmp_path: Path) -> None:
    said = ("Each picture has 12 × 10 pixels of 1 channel: bytes.", "Classes: 'lying' 4, 'standing' 4.")
    assert source(photos(tmp_path, 8)).notes == said
    shares = np.linspace(-1, 0.5, 6 * 8 * 5 * 3).reshape(6, 8, 5, 3)
    np.savez(tmp_path / "a.npz", X=shares, y=np.linspace(0.5, 3, 6))
    (alone,) = source(tmp_path / "a.npz", "y").notes
    assert alone == "Each picture has 8 × 5 pixels of 3 channels: numbers from -1 to 0.5."


def test_all_pictures_in_order_are_not_copied(tmp_path: Path) -> None:
    found = source(photos(tmp_path, 8))
    assert found.take(np.arange(8)) is found.pixels
    assert len(found.take(np.array([3, 1]))) == 2
    with pytest.raises(ValueError, match="read-only"):
        found.pixels[0] = 0
