"""Examples in docstrings of modules that need PyTorch are left out without it, but for `--all-extras`."""

import importlib.util
import re
from pathlib import Path

import pytest

_IS_MISSING = importlib.util.find_spec("torch") is None
_NEEDS_IT = re.compile(r"^(import|from) torch\b", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if not _IS_MISSING or collection_path.suffix != ".py" or config.getoption("--all-extras", False):
        return None
    return True if _NEEDS_IT.search(collection_path.read_text()) else None
