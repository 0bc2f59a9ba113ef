"""Pictures in arrays, and in archives of such."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_pictures import drawn

from honed.errors import InputError
from honed.families.image.archive import pictures_of, read

PICTURES, Y = drawn(6)


def test_an_archive_gives_pictures_targets_names_and_groups(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=PICTURES, y=Y, classes=["lying", "standing"], groups=np.arange(6) // 2)
    found = read(tmp_path / "a.npz")
    np.testing.assert_array_equal(found.rows[..., 0], PICTURES)
    assert found.y is not None and found.y.tolist() == ["lying", "standing"] * 3
    assert found.classes == ("lying", "standing")
    assert found.groups is not None and found.groups.tolist() == [0, 0, 1, 1, 2, 2]


def test_bytes_truths_and_small_numbers_are_bytes_and_all_else_is_float() -> None:
    assert pictures_of(PICTURES.astype(np.int64)).dtype == np.uint8
    truths = pictures_of(PICTURES > 100)
    assert truths.dtype == np.uint8 and set(np.unique(truths)) == {0, 255}
    assert pictures_of(PICTURES / 255).dtype == np.float32
    assert pictures_of(PICTURES.astype(np.int32) * 100).dtype == np.float32


@pytest.mark.parametrize(
    ("X", "said"),
    [
        (PICTURES.reshape(6, -1), r"shape \(6, 120\)"),
        (PICTURES[:0], "no pixel in it"),
        (np.zeros((6, 3, 12, 10)), r"channels came first.*np.moveaxis\(X, 1, -1\)"),
        (np.full((2, 4, 4), np.nan), "no finite number, in picture 1"),
        (np.full((2, 4, 4), "a"), "pixels are numbers"),
    ],
)
def test_other_arrays_are_refused(X: np.ndarray, said: str) -> None:
    with pytest.raises(InputError, match=said):
        pictures_of(X)


def test_other_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with pytest.raises(InputError, match="There is no file"):
        read(path)
    path.write_bytes(b"no archive")
    with pytest.raises(InputError, match="is no archive of plain arrays"):
        read(path)
    np.savez(path)
    with pytest.raises(InputError, match="holds no array 'X', nor any other"):
        read(path)
    np.savez(path, X=PICTURES)
    with pytest.raises(InputError, match="holds no array 'y', but 'X'"):
        read(path)
    assert read(path, needs_target=False).y is None
    np.savez(path, X=PICTURES, y=Y[:3])
    with pytest.raises(InputError, match=r"y has the shape \(3,\), but there are 6 pictures"):
        read(path)
    for codes in (Y + 1, Y - 1, Y.astype(float), Y.astype(str)):
        np.savez(path, X=PICTURES, y=codes, classes=["lying", "standing"])
        with pytest.raises(InputError, match="but `classes` names 2"):
            read(path, needs_target=False)
    np.savez(path, X=PICTURES, y=Y)
    assert (read(path).y == Y).all() and not read(path).classes
    np.savez(path, X=PICTURES, y=np.array([None] * 6, dtype=object))
    with pytest.raises(InputError, match="labels as numbers or texts, not as objects"):
        read(path)
