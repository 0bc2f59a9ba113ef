"""Pictures in another unit than the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_pictures import drawn

from honed import ImageClassifier
from honed.families.image.findings import findings
from honed.families.image.scales import in_another_unit, wrongly_scaled
from honed.families.image.source import ImageSource, from_files
from honed.search.options import Options
from honed.table.split import Splits, split


def made(path: Path, unit: float = 1.0) -> tuple[ImageSource, Splits]:
    pictures, y = drawn(120)
    X = pictures if unit == 1 else (pictures * unit).astype(np.float32)
    np.savez(path / "a.npz", X=X, y=y, classes=["lying", "standing"])
    source = from_files(Options(str(path / "a.npz"), "y"), {})
    splits = split(source.y, "binary")
    return source.settled(splits.known(120)), splits


def test_pictures_of_one_unit_are_not_named_whatever_the_unit(tmp_path: Path) -> None:
    for unit in (1.0, 1 / 255, 257.0):
        assert wrongly_scaled(*made(tmp_path, unit)) == []


@pytest.mark.parametrize("factor", [1 / 255, 257.0])
def test_some_pictures_in_another_unit_are_named(factor: float, tmp_path: Path) -> None:
    source, splits = made(tmp_path, 1.001)  # of floats
    pixels = source.pixels.copy()
    pixels[::4] *= factor
    assert "wrongly-scaled-pictures" in [one.id for one in findings(replace(source, pixels=pixels), splits)]
    (found,) = wrongly_scaled(replace(source, pixels=pixels), splits)
    assert found.severity == "warning" and found.evidence["pictures"] == 30
    assert found.evidence["first"] == source.places[::4][:20].tolist()
    assert found.what.startswith("30 of 120 pictures (25.0%) are in another unit")


def test_bytes_that_were_cut_to_ones_are_named_and_blank_ones_are_not(tmp_path: Path) -> None:
    source, splits = made(tmp_path)
    pixels = source.pixels.copy()
    pixels[3] = pixels[3] > 100
    pixels[4] = 7
    (found,) = wrongly_scaled(replace(source, pixels=pixels), splits)
    assert found.evidence["first"] == [source.places[3]] and found.severity == "note"


def test_one_picture_that_takes_the_contrast_of_all_is_more_than_a_note(tmp_path: Path) -> None:
    source, splits = made(tmp_path, 1.001)
    pixels = source.pixels.copy()
    pixels[splits.known(120)[0]] *= 1e6
    broken = replace(source, pixels=pixels, inputs=None).settled(splits.known(120))
    (found,) = wrongly_scaled(broken, splits)
    assert found.severity == "warning" and found.evidence["pictures"] == 1


def test_pictures_to_predict_in_another_unit_are_told_of() -> None:
    pictures, y = drawn(60)
    network = ImageClassifier(channels=(2,), blocks=1, epochs=1, random_state=0).fit(pictures, y)
    inputs = network.model_.encoders[0].inputs
    assert in_another_unit(pictures[..., None], inputs) == []
    (said,) = in_another_unit((pictures / 255)[..., None], inputs)
    assert "another unit" in said
    assert in_another_unit(np.zeros((2, *inputs.shape)), inputs) == []  # blank
