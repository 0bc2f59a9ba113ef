"""Which pictures a path names, and what is said where it names none."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_pictures import CLASSES, photos

from honed.errors import InputError
from honed.families.image import listed


def test_a_subfolder_is_a_class_and_files_come_in_order(tmp_path: Path) -> None:
    found = listed.listed(photos(tmp_path, 6))
    assert found.names[:3] == ("lying/000.png", "lying/002.png", "lying/004.png")
    assert found.labels == ("lying",) * 3 + ("standing",) * 3
    assert all(path.exists() for path in found.paths())
    assert not found.notes


def test_what_is_no_picture_of_a_class_is_left_out_and_told(tmp_path: Path) -> None:
    photos(tmp_path, 6)
    (tmp_path / "lying/000.png").rename(tmp_path / "loose.PNG")
    (tmp_path / "lying/notes.txt").write_text("of the photographer")
    (tmp_path / "lying/.DS_Store").write_text("")
    (tmp_path / "empty").mkdir()
    found = listed.listed(tmp_path)
    assert len(found.names) == 5
    said = " ".join(found.notes)
    assert "1 subfolder without pictures (" in said and "1 picture that lies in no subfolder" in said
    assert "1 file whose name does not end as that of a picture" in said


def test_pictures_too_deep_to_have_a_class_are_counted(tmp_path: Path) -> None:
    photos(tmp_path, 6)
    (tmp_path / "lying/more").mkdir()
    (tmp_path / "lying/000.png").rename(tmp_path / "lying/more/000.png")
    for found in (listed.listed(tmp_path), listed.asked(tmp_path)):
        assert len(found.names) == 5
        assert found.notes == (f"{tmp_path}: left out 1 picture in folders below its subfolders.",)


def test_tables_and_pictures_are_told_apart(tmp_path: Path) -> None:
    photos(tmp_path / "photos", 6)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/a.csv").write_text("x,y\n1,2\n")
    assert listed.holds_pictures(tmp_path / "photos")
    assert listed.holds_pictures(tmp_path / "photos/lying")
    assert listed.holds_pictures(tmp_path)  # whose subfolders hold subfolders of pictures
    assert not listed.holds_pictures(tmp_path / "tables")
    assert not listed.holds_pictures(tmp_path / "tables/a.csv")
    assert listed.holds_pictures("digits.npz") and listed.holds_pictures("x.JPEG")
    (tmp_path / "tables/chart.png").write_bytes(b"")  # beside tables, it was always left alone
    assert not listed.holds_pictures(tmp_path / "tables")


def test_tables_beside_classes_of_pictures_could_mean_either(tmp_path: Path) -> None:
    (photos(tmp_path, 6) / "labels.csv").write_text("path,class\n")
    with pytest.raises(
        InputError, match=r"both 2 subfolders of pictures.* and 1 table, such as 'labels.csv'"
    ):
        listed.holds_pictures(tmp_path)


def test_a_folder_without_classes_says_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no folder"):
        listed.listed(tmp_path / "nothing")
    with pytest.raises(InputError, match="holds no picture: no file in a folder in it"):
        listed.listed(tmp_path)
    photos(tmp_path / "train", 6)
    with pytest.raises(InputError, match=f"such as {tmp_path / 'train'}"):
        listed.listed(tmp_path)
    with pytest.raises(InputError, match="holds pictures, but no subfolders with any"):
        listed.listed(tmp_path / "train/lying")
    for learns, why in ((True, "learning takes many"), (False, "its class is not known")):
        with pytest.raises(InputError, match=f"is one picture, and {why}"):
            listed.listed(tmp_path / "train/lying/000.png", learns=learns)
    (tmp_path / "t.csv").write_text("path,class\n")
    with pytest.raises(
        InputError, match=r"t\.csv is no folder of pictures\. .* or only tables, with --image COLUMN"
    ):
        listed.listed(tmp_path / "t.csv", learns=False)


def test_a_class_needs_another_one_and_two_pictures(tmp_path: Path) -> None:
    photos(tmp_path, 4)
    (tmp_path / "standing/001.png").unlink()
    with pytest.raises(
        InputError, match="the class 'standing' has one picture: it cannot be both learned and checked"
    ):
        listed.listed(tmp_path)
    (tmp_path / "standing/001.heic").write_bytes(b"as telephones write")
    with pytest.raises(
        InputError, match=r"take it away\. .* left out 1 file whose name does not end as that of"
    ):
        listed.listed(tmp_path)
    (tmp_path / "standing/001.heic").unlink()
    assert len(listed.listed(tmp_path, learns=False).names) == 3  # one is enough to validate on
    (tmp_path / "standing/003.png").unlink()
    with pytest.raises(InputError, match="of one class alone, 'lying'"):
        listed.listed(tmp_path)
    assert listed.listed(tmp_path, learns=False).labels == ("lying", "lying")


def test_a_file_a_flat_folder_or_classes_are_asked_about(tmp_path: Path) -> None:
    photos(tmp_path, 4)
    assert listed.asked(tmp_path / "lying/000.png").names == ("000.png",)
    assert listed.asked(tmp_path / "lying").names == ("000.png", "002.png")
    assert listed.asked(tmp_path).labels == ("lying", "lying", "standing", "standing")
    with pytest.raises(InputError, match="no picture by the end of its name"):
        listed.asked(__file__)
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="holds no picture"):
        listed.asked(tmp_path / "none")
    assert set(CLASSES) == set(listed.asked(tmp_path).labels)
