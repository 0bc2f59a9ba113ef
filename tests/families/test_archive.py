from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from honed.errors import InputError
from honed.families.archive import is_archive, read, shape_of
from honed.run import memory


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


def written(path: Path, *, header: str, content: bytes, compression: int = zipfile.ZIP_STORED) -> Path:
    """An archive with an array `X` of that header, and a whole `y`."""
    head = header.encode()
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr("X.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + content)
        whole = io.BytesIO()
        np.save(whole, np.array([0, 1]))
        file.writestr("y.npy", whole.getvalue())
    return path


def described(shape: str, kind: str = "|u1") -> str:
    return f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}\n"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            described("(10000000, 2840, 2840)"),
            r"X is an array of 80,656\.0 GB by its header .* but 4 bytes of it",
        ),
        (described("(5, 1)"), "an array of 5 bytes by its header"),
        (described("(2, 2)", "<f8"), "an array of 32 bytes by its header"),
        (described(f"({2**70}, {2**70})"), "by its header"),
        (
            described(f"({10**12},)", "|S0"),
            r"X is an array of 1,000\.0 GB by its header .* but 4 bytes of it",
        ),
        (described("(-1, 8)"), r"says the shape \(-1, 8\)"),
        (described("(2, 2)", "|O"), "objects of Python"),
        (described("(2.0, 2)"), "no archive of plain arrays"),
        (described("(2, 2)", "nonsense"), "no archive of plain arrays"),
        ("(" * 9_000, "no archive of plain arrays"),
        ("{" + "1" * 9_000, "no archive of plain arrays"),
        ("(" * 30_000, "no archive of plain arrays"),
        ("", "no archive of plain arrays"),
    ],
)
def test_a_header_that_says_more_than_is_there_is_refused_before_memory_is_taken(
    header: str, said: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.npz", header=header, content=b"1234")
    with pytest.raises(InputError, match=f"^{re.escape(str(path))}.*{said}"):
        read(path, as_they_are, "thing", "(rows, 2)")


def test_an_array_that_memory_cannot_hold_is_refused_by_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "a.npz", X=np.zeros((3_000, 2)), y=np.zeros(3_000, np.int8))
    monkeypatch.setattr(memory, "available", lambda: 50_000)
    with pytest.raises(InputError, match="holds arrays of 51 kB, and 50 kB of memory are free"):
        read(tmp_path / "a.npz", as_they_are, "thing", "(rows, 2)")


def test_a_single_array_is_refused_whatever_its_header_says(tmp_path: Path) -> None:
    head = described(f"({2**46},)").encode()
    (tmp_path / "a.npz").write_bytes(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + b"1")
    with pytest.raises(InputError, match="no archive of plain arrays"):
        read(tmp_path / "a.npz", as_they_are, "thing", "(rows, 2)")


def test_a_member_that_is_no_array_is_refused(tmp_path: Path) -> None:
    for name in ("X", "X.npy"):
        with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
            file.writestr(name, b"some other bytes")
            file.writestr("y", b"more")
        with pytest.raises(InputError, match="no archive of plain arrays"):
            read(tmp_path / "a.npz", as_they_are, "thing", "(rows, 2)")


@pytest.mark.parametrize(
    "how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_a_damaged_archive_of_any_packing_is_refused(how: int, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, 4_000, np.uint8).tobytes()
    path = written(tmp_path / "a.npz", header=described("(2000, 2)"), content=noise, compression=how)
    assert read(path, lambda X, _: X[:2], "thing", "(rows, 2)").rows.shape == (2, 2)
    whole = path.read_bytes()
    for content in (whole[:2_000], whole[:1_000] + b"\xff" * 1_000 + whole[2_000:]):
        path.write_bytes(content)
        with pytest.raises(InputError, match="no archive of plain arrays"):
            read(path, as_they_are, "thing", "(rows, 2)")
