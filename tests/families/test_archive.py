from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from honed.errors import InputError
from honed.families.archive import is_archive, read, shape_of


def as_they_are(X: np.ndarray, what: str) -> np.ndarray:
    if X.ndim != 2:
        raise InputError(f"{what} has {X.ndim} axes")
    return X


def test_arrays_come_by_name_and_codes_as_what_they_mean(tmp_path: Path) -> None:
    path = tmp_path / "a.NPZ"
    with path.open("wb") as file:
        np.savez(file, X=np.zeros((3, 2)), y=[1, 0, 1], classes=["a", "b"], lengths=[1, 2, 3], more=[0])
    found = read(path, as_they_are, "thing", "(rows, 2)", others=("lengths",))
    assert is_archive(path) and found.y is not None and found.y.tolist() == ["b", "a", "b"]
    assert found.groups is None and set(found.arrays) == {"lengths"}
    assert shape_of(path) == ((3, 2), "f", ["X", "y", "classes", "lengths", "more"])


def test_bytes_are_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    names, groups = np.array(["läuft", "sitzt"]), np.array(["Ada", "Ada", "Zoé"])
    codes, encoded = [1, 0, 1], np.strings.encode(names, "utf-8")
    np.savez(path, X=np.zeros((3, 2)), y=codes, classes=encoded, groups=np.strings.encode(groups, "utf-8"))
    found = read(path, as_they_are, "thing", "(rows, 2)")
    assert found.y is not None and found.y.tolist() == names[codes].tolist()
    assert (
        found.classes == tuple(names)
        and found.groups is not None
        and found.groups.tolist() == groups.tolist()
    )
    np.savez(path, X=np.zeros((3, 2)), y=encoded[codes])
    found = read(path, as_they_are, "thing", "(rows, 2)")
    assert found.y is not None and found.y.tolist() == names[codes].tolist()
    np.savez(path, X=np.zeros((3, 2)), y=np.strings.encode(names, "latin-1")[codes])
    with pytest.raises(InputError, match=r"a.npz: y holds texts as bytes that are not UTF-8"):
        read(path, as_they_are, "thing", "(rows, 2)")


def test_the_shape_is_known_of_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"no archive")
    np.savez(tmp_path / "b.npz", y=[1])
    np.savez_compressed(tmp_path / "d.npz", X=np.arange(1_000))
    damaged = bytearray((tmp_path / "d.npz").read_bytes())
    damaged[60:68] = b"\xff" * 8
    (tmp_path / "d.npz").write_bytes(damaged)
    assert [shape_of(tmp_path / f"{name}.npz") for name in "abcd"] == [None] * 4


def test_messages_say_what_a_row_is(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, X=np.zeros((3, 2)), y=[1, 0, 1], lengths=[1])
    with pytest.raises(InputError, match=r"lengths has the shape \(1,\), but there are 3 things"):
        read(path, as_they_are, "thing", "(rows, 2)", others=("lengths",))
    np.savez(path, X=np.zeros(3), y=[1, 0, 1])
    with pytest.raises(InputError, match=r"a.npz: X has 1 axes"):
        read(path, as_they_are, "thing", "(rows, 2)")
    np.savez(path, y=[1, 0, 1])
    with pytest.raises(InputError, match=r"An archive of things holds X \(rows, 2\)"):
        read(path, as_they_are, "thing", "(rows, 2)")


@pytest.mark.parametrize(
    ("classes", "said"),
    [("a", r"classes has the shape \(\)"), ([["a", "b"]], r"shape \(1, 2\)"), (["a", "b", "a"], "'a' twice")],
)
def test_each_code_has_one_name(tmp_path: Path, classes: object, said: str) -> None:
    np.savez(tmp_path / "a.npz", X=np.zeros((3, 2)), y=[1, 0, 1], classes=np.array(classes))
    with pytest.raises(InputError, match=said):
        read(tmp_path / "a.npz", as_they_are, "thing", "(rows, 2)")


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    with (tmp_path / "array.npz").open("wb") as file:
        np.save(file, np.zeros((3, 2)))
    (tmp_path / "folder.npz").mkdir()
    np.savez(tmp_path / "none.npz", X=np.zeros((0, 2)), y=np.zeros(0, int), classes=["a", "b"])
    said = {"array": "no archive of plain arrays", "folder": "is a folder", "none": "holds no rows"}
    for name, message in said.items():
        with pytest.raises(InputError, match=message):
            read(tmp_path / f"{name}.npz", as_they_are, "thing", "(rows, 2)")
