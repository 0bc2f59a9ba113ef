from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def run(sequence_run: Path) -> Path:
    """A run on the long table ``t.csv`` beside it; nobody may change it."""
    return sequence_run
