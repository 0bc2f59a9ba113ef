"""Both stores give back what they were given, and None for what they have not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from honed.run.folder import RunFolder
from honed.search.stores import FolderStore, MemoryStore, Store


@pytest.mark.parametrize("in_folder", [False, True])
def test_arrays_come_back(tmp_path: Path, in_folder: bool) -> None:
    with RunFolder.create(tmp_path / "run", {}) as folder:
        store: Store = FolderStore(folder) if in_folder else MemoryStore()
        store.put("full/0/0/0", {"params/a": np.arange(3.0), "valid": np.zeros((2, 1), np.float32)})
        found = store.get("full/0/0/0")
        assert found is not None and set(found) == {"params/a", "valid"}
        np.testing.assert_array_equal(found["params/a"], np.arange(3.0))
        assert store.get("full/1/0/0") is None
        for _ in range(2):
            store.drop("full/0/0/0")
            assert store.get("full/0/0/0") is None
        assert not list((tmp_path / "run/trials").iterdir())
