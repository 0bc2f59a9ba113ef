"""Of which family data on the disk are."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_pictures import photos
from waves import archive

from honed.errors import InputError
from honed.families.found import IMAGE, SEQUENCE, of
from honed.family import find_family


def test_folders_and_archives_of_pictures_need_no_target(tmp_path: Path) -> None:
    photos(tmp_path, 4)
    assert of(str(tmp_path), None) == (IMAGE, "class", None)
    assert of(str(tmp_path), None, size="64") == (IMAGE, "class", {"size": "64"})
    assert of("digits.npz", None) == (IMAGE, "y", None)
    assert of("t.csv", "kind", image="path") == (IMAGE, "kind", {"image": "path"})
    assert find_family(IMAGE).encodings


def test_a_named_column_or_arrays_of_fractions_are_sequences(tmp_path: Path) -> None:
    own = {"sequence": "who", "step": "t"}
    assert of("t.csv", "kind", sequence="who", step="t") == (SEQUENCE, "kind", own)
    assert of(str(archive(tmp_path / "a.npz", 4)), None) == (SEQUENCE, "y", None)
    assert find_family(SEQUENCE).encodings
    with pytest.raises(
        InputError, match="--step t says where in its sequence a row is, and --sequence is missing"
    ):
        of("t.csv", "kind", step="t")
    with pytest.raises(InputError, match="Missing option '--target': a table of sequences"):
        of("t.csv", None, sequence="who")
    with pytest.raises(InputError, match=r"--sequence names a column of a table, and a\.npz holds arrays"):
        of("a.npz", None, sequence="who")
    with pytest.raises(InputError, match="--size is about pictures, and --sequence"):
        of("t.csv", "kind", size="8", sequence="who")
    with pytest.raises(InputError, match="--size 8 is that of pictures, and"):
        of(str(tmp_path / "a.npz"), None, size="8")


def test_several_folders_of_pictures_are_no_table(tmp_path: Path) -> None:
    photos(tmp_path, 4)
    folders = [str(tmp_path / "lying"), str(tmp_path / "standing")]
    for data, count in ((f"{tmp_path}/*", 2), ("{" + ",".join(folders) + "}", 2), (f"{tmp_path}/lying/*", 2)):
        for target in (None, "y"):
            with pytest.raises(
                InputError, match=f"names {count} pictures or folders .* one subfolder a class"
            ):
                of(data, target)
    (tmp_path / "t.csv").write_text("x,y\n1,2\n")
    assert of(f"{tmp_path}/*", "y") == (None, "y", None)


def test_all_else_are_tables(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    assert of(str(tmp_path), "y") == (None, "y", None)
    assert of("t.csv", "y") == (None, "y", None)
    with pytest.raises(InputError, match=r"There is no file or folder 't\.csv'"):
        of("t.csv", None)
    with pytest.raises(InputError, match=r"There is no file or folder 't\.csv'"):
        of(f"{{{tmp_path}/a.csv,t.csv,u.csv}}", None)
    with pytest.raises(InputError, match=r"and a\.csv \+ b\.csv holds none"):
        of("{a.csv,b.csv}", "y", size="64")
    for data, image in ((tmp_path, None), (tmp_path / "a.csv", None), ("t.csv", "path")):
        with pytest.raises(InputError, match="Missing option '--target'"):
            of(str(data), None, image)
    with pytest.raises(InputError, match="--size 64 is that of pictures"):
        of("t.csv", "y", size="64")
    with pytest.raises(InputError, match="The size of pictures is 'wide'"):
        of("t.csv", "y", size="wide")
