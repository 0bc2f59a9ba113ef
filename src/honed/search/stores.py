"""Where the arrays of trials are kept: `Store`, in memory or in the run's folder."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from honed.run.folder import RunFolder


class Store(Protocol):
    """Keeps arrays of trials by key; may lose them."""

    def put(self, key: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep."""
        ...

    def get(self, key: str) -> dict[str, np.ndarray] | None:
        """What was kept, or None."""
        ...

    def drop(self, key: str) -> None:
        """Let go of what nobody is expected to ask for."""
        ...


class MemoryStore:
    """Arrays in this process, for estimators."""

    def __init__(self) -> None:
        self._arrays: dict[str, dict[str, np.ndarray]] = {}

    def put(self, key: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep."""
        self._arrays[key] = arrays

    def get(self, key: str) -> dict[str, np.ndarray] | None:
        """What was kept, or None."""
        return self._arrays.get(key)

    def drop(self, key: str) -> None:
        """Let go."""
        self._arrays.pop(key, None)


class FolderStore:
    """Arrays in the run's folder."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def put(self, key: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep."""
        self._folder.put_artifact(key, {}, arrays)

    def get(self, key: str) -> dict[str, np.ndarray] | None:
        """What was kept, or None."""
        frame = self._folder.get_artifact(key)
        return None if frame is None else dict(frame.arrays)

    def drop(self, key: str) -> None:
        """Let go."""
        self._folder.drop_artifact(key)
