"""What folders, archives and tables of paths say of each picture, and its pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from drawn_pictures import drawn, of_12_bits, photos
from PIL import Image

from honed.errors import InputError
from honed.families.image.gathered import Gathered, Own, gather, table_of, together, with_pixels
from honed.families.image.size import Size
from honed.run import paths
from honed.search.options import Options


def read(path: Path, target: str = "class", size: Size | None = None, **own: str) -> Gathered:
    options = Options(str(path), target)
    return with_pixels(gather(str(path), Own.of(own), options), size)


def test_a_folder_gives_grey_pixels_in_the_order_of_paths(tmp_path: Path) -> None:
    found = read(photos(tmp_path, 8))
    assert found.pixels is not None and found.pixels.shape == (8, 12, 10, 1)
    np.testing.assert_array_equal(found.pixels[1, ..., 0], drawn(8)[0][2])
    assert found.target.to_list() == ["lying"] * 4 + ["standing"] * 4
    assert found.shapes[0] == "PNG 12 × 10" and not found.notes


def test_grey_pictures_that_were_saved_in_colours_are_grey_and_one_in_colours_makes_all_so(
    tmp_path: Path,
) -> None:
    photos(tmp_path, 8)
    for path in tmp_path.rglob("*.png"):
        Image.open(path).convert("RGB").save(path)
    grey = read(tmp_path).pixels
    assert grey is not None and grey.shape[-1] == 1
    Image.new("RGB", (10, 12), (255, 0, 0)).save(tmp_path / "lying/red.png")
    colours = read(tmp_path).pixels
    assert colours is not None and colours.shape[-1] == 3


def test_broken_pictures_are_left_out_and_keep_the_places_of_the_others(tmp_path: Path) -> None:
    photos(tmp_path, 8)
    (tmp_path / "lying/002.png").write_bytes(b"broken")
    found = read(tmp_path)
    assert found.places.tolist() == [0, 2, 3, 4, 5, 6, 7]
    assert "1 picture cannot be read and is left out: lying/002.png" in found.notes[0]
    for path in tmp_path.rglob("*.png"):
        path.write_bytes(b"broken")
    with pytest.raises(InputError, match=r"None of 8 pictures can be read; of the first, lying/000\.png"):
        read(tmp_path)


def test_pictures_of_16_bits_keep_their_steps_and_the_range_is_said(tmp_path: Path) -> None:
    of_12_bits(photos(tmp_path, 8))
    found = read(tmp_path)
    assert found.pixels is not None
    assert found.span == (0, 3200)
    np.testing.assert_array_equal(found.pixels[1, ..., 0], drawn(8)[0][2] * 16.0 * 256 // 3201)
    (said,) = found.notes
    assert said.startswith("8 pictures of 16 bits: the pixels lie from 0 to 3,200, which became 0 to 255")


def test_other_sizes_are_brought_to_one_and_it_is_said(tmp_path: Path) -> None:
    photos(tmp_path, 8)
    Image.new("L", (50, 40)).save(tmp_path / "lying/large.png")
    found = read(tmp_path)
    assert found.pixels is not None and found.pixels.shape[1:3] == (12, 10)
    assert "2 sizes" in found.notes[0]
    small = read(tmp_path, size=Size(6, 5)).pixels
    assert small is not None and small.shape == (9, 6, 5, 1)


def test_a_table_names_pictures_relative_to_itself(tmp_path: Path) -> None:
    photos(tmp_path, 4)
    words = ["lying/000.png", "standing/001.png", None, "lying/gone.png"]
    pl.DataFrame({"file": words, "size": [1.5, 2, 3, 4], "other": 0}).write_csv(tmp_path / "t.csv")
    found = read(tmp_path / "t.csv", "size", image="file")
    assert found.target.to_list() == ["1.5", "2.0"] and found.places.tolist() == [0, 1]
    assert "1 other column is no input" in found.notes[0]
    assert "an empty cell" in found.notes[1] and "lying/gone.png" in found.notes[1]
    with pytest.raises(InputError, match="has no column 'fille'"):
        read(tmp_path / "t.csv", "size", image="fille")
    with pytest.raises(InputError, match="both the target and that of paths"):
        read(tmp_path / "t.csv", "file", image="file")


def test_arrays_keep_their_pixels_and_codes_have_names(tmp_path: Path) -> None:
    pictures, y = drawn(6)
    np.savez(tmp_path / "a.npz", X=pictures, y=y, classes=["lying", "standing"])
    found = read(tmp_path / "a.npz", "y")
    assert found.target.to_list() == ["lying", "standing"] * 3 and found.are_classes
    with pytest.raises(InputError, match=r"--image file names a column of a table, and .* is an archive"):
        read(tmp_path / "a.npz", "y", image="file")


def test_the_target_of_an_archive_is_its_array_of_targets(tmp_path: Path) -> None:
    pictures, y = drawn(6)
    np.savez(tmp_path / "a.npz", X=pictures, y=y, z=y)
    with pytest.raises(
        InputError, match=r"whose target is the array `y`, and 'z' was asked for\. Leave --target"
    ):
        read(tmp_path / "a.npz", "z")


def test_large_arrays_are_made_smaller(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.zeros((4, 200, 100), np.uint8), y=[0.5, 1, 2, 3])
    found = read(tmp_path / "a.npz", "y")
    assert found.pixels is not None and found.pixels.shape == (4, 128, 64, 1)


def test_two_parts_are_one_after_another(tmp_path: Path) -> None:
    parts = [
        gather(str(photos(tmp_path / name, 4, seed=seed)), Own(), Options("x", "class"))
        for seed, name in enumerate("ab")
    ]
    found = with_pixels(together(parts), None)
    assert found.part.tolist() == [0] * 4 + [1] * 4 and found.places.tolist() == list(range(8))
    assert found.pixels is not None and len(found.pixels) == 8


def test_groups_of_one_part_alone_are_refused(tmp_path: Path) -> None:
    pictures, y = drawn(4)
    np.savez(tmp_path / "a.npz", X=pictures, y=y, classes=["lying", "standing"], groups=[0, 0, 1, 1])
    np.savez(tmp_path / "b.npz", X=pictures, y=y, classes=["lying", "standing"])
    parts = [gather(str(tmp_path / name), Own(), Options("x", "y")) for name in ("a.npz", "b.npz")]
    for both in (parts, parts[::-1]):
        with pytest.raises(InputError, match="`groups`"):
            together(both)
    with pytest.raises(
        InputError, match=r"`groups` in it keeps pictures together without that: leave --group"
    ):
        gather(str(tmp_path / "a.npz"), Own(), Options("x", "y", group="groups"))


def test_arrays_in_different_units_are_not_joined(tmp_path: Path) -> None:
    pictures, y = drawn(4)
    np.savez(tmp_path / "a.npz", X=pictures[..., None], y=y)
    np.savez(tmp_path / "b.npz", X=pictures[..., None] / 255, y=y)
    parts = [gather(str(tmp_path / name), Own(), Options("x", "y")) for name in ("a.npz", "b.npz")]
    for both in (parts, parts[::-1]):
        with pytest.raises(InputError, match=r"one are whole numbers from 0 to 255 and .* Save both alike"):
            together(both)
    assert together([parts[1], parts[1]]).pixels is not None


def test_pillow_is_named_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos(tmp_path, 4)
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(InputError, match=r"pip install 'honed\[images\]'"):
        read(tmp_path)


def test_files_of_one_table_lie_in_the_folder_that_paths_count_from(tmp_path: Path) -> None:
    tables = [tmp_path / "a" / "1.csv", tmp_path / "a" / "2.csv", tmp_path / "b" / "3.csv"]
    for table in tables:
        table.parent.mkdir(exist_ok=True)
        table.write_text("path,y\nx.png,1\ny.png,2\n")
    names = [str(table) for table in tables]
    table, folder = table_of(paths.joined(names[:2]), "path")
    assert table.frame.height == 4 and folder == tmp_path / "a"
    said = r"^The files \S+( \+ \S+){2} lie in 2 folders, and paths in column 'path' count from that"
    with pytest.raises(InputError, match=said):
        table_of(paths.joined(names), "path")
