"""A run on pictures that several tests look at, trained once."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_pictures import photos

from honed import cli

SET = ("channels=[4]", "blocks=1", "epochs=12", "batch_size=16", "learning_rate=0.02")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a network by hand; the pictures lie beside it in `photos`."""
    folder = tmp_path_factory.mktemp("pictures")
    photos(folder / "photos", 120)
    words = ["train", str(folder / "photos"), "--out", str(folder / "run")]
    assert cli.status([*words, *(word for each in SET for word in ("--set", each))]) == 0
    return folder / "run"
