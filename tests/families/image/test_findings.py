"""What pictures tell before any training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_pictures import drawn, photos
from PIL import Image

from honed.families.image.findings import blank_pictures, findings, leaks, same_pictures
from honed.families.image.source import ImageSource, from_files
from honed.search.options import Options
from honed.table.split import Splits, split


def made(path: Path, count: int = 120) -> tuple[ImageSource, Splits]:
    pictures, y = drawn(count)
    np.savez(path / "a.npz", X=pictures, y=y, classes=["lying", "standing"])
    source = from_files(Options(str(path / "a.npz"), "y"), {})
    return source, split(source.y, "binary")


def changed(source: ImageSource, pixels: np.ndarray) -> ImageSource:
    return replace(source, pixels=pixels)


def test_pictures_without_a_fault_have_no_finding(tmp_path: Path) -> None:
    assert findings(*made(tmp_path)) == []


def test_the_same_picture_on_both_sides_of_a_split_is_named(tmp_path: Path) -> None:
    source, splits = made(tmp_path)
    pixels = source.pixels.copy()
    fold, outer = splits.folds[0], splits.outer
    pixels[fold.valid[:2]] = pixels[fold.train[:2]]
    pixels[outer] = pixels[splits.known(120)[: len(outer)]]
    valid, score = same_pictures(changed(source, pixels), splits)
    assert valid.evidence["twins"] == 2 and valid.severity == "warning"
    assert score.severity == "error" and score.evidence["share"] == 1
    other = sum(int(source.y[a] != source.y[b]) for a, b in zip(outer, splits.known(120), strict=False))
    assert score.evidence["other_class"] == other
    assert f"{other} of them have another class there" in score.what


def test_blank_pictures_are_named_and_are_no_copies(tmp_path: Path) -> None:
    source, splits = made(tmp_path)
    pixels = source.pixels.copy()
    pixels[::5] = 17
    broken = changed(source, pixels)
    (found,) = blank_pictures(broken)
    assert found.evidence["pictures"] == 24 and found.severity == "warning"
    assert same_pictures(broken, splits) == []


def test_a_border_that_tells_the_class_is_a_leak(tmp_path: Path) -> None:
    source, splits = made(tmp_path)
    pixels = source.pixels.copy()
    edge = np.ones(pixels.shape[1:3], bool)
    edge[1:-1, 1:-1] = False
    for row, code in enumerate(source.y):
        pixels[row][edge] = 255 * code
    (found,) = leaks(changed(source, pixels), splits)
    assert "colour of its border alone tells the class of 100% of the pictures" in found.what
    pixels[:, edge] = 0  # the same for all
    assert leaks(changed(source, pixels), splits) == []


@pytest.mark.parametrize("by", ["size", "format"])
def test_files_that_differ_by_class_are_a_leak(by: str, tmp_path: Path) -> None:
    photos(tmp_path, 80)
    for path in (tmp_path / "standing").glob("*.png"):
        image = Image.open(path)
        if by == "size":
            image.resize((20, 24)).save(path)
        else:
            path.unlink()
            image.save(path.with_suffix(".bmp"))
    source = from_files(Options(str(tmp_path), "class"), {})
    (found,) = leaks(source, split(source.y, "binary"))
    assert f"The {by} of its file" in found.what and found.evidence["right"] == 1


def test_few_pictures_and_quantities_have_no_leaks(tmp_path: Path) -> None:
    source, splits = made(tmp_path, 30)
    assert leaks(source, splits) == []
