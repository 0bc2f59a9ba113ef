from __future__ import annotations

from pathlib import Path

import pytest
from waves import table

from honed import cli

LEARNS = ("width=8", "blocks=1", "epochs=15", "batch_size=16", "learning_rate=0.02", "pooling=mean")


@pytest.fixture(scope="session")
def sequence_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the long table ``t.csv`` beside it; nobody may change it."""
    folder = tmp_path_factory.mktemp("sequences")
    table(80).write_csv(folder / "t.csv")
    words = ["train", folder / "t.csv", "--target", "speed", "--sequence", "who", "--step", "second"]
    for setting in LEARNS:
        words += ["--set", setting]
    assert cli.status([str(word) for word in [*words, "--out", folder / "run"]]) == 0
    return folder / "run"
