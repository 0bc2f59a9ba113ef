"""Pairs of columns that may make one input more each: how many do, and among which columns they are looked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

COLUMNS = 12  # of which pairs are looked at


def count(columns: int, most: int) -> int:
    """How many there are for so many columns, which follows from the schema alone, so that all folds have as many."""
    return min(most, columns * (columns - 1) // 2)


def likely(names: Sequence[str], explained: Callable[[str], float]) -> list[str]:
    """The columns of which pairs are looked at, in their order: of many those that say most by themselves."""
    if len(names) <= COLUMNS:
        return list(names)
    alone = [explained(name) for name in names]
    places = np.sort(np.argsort(alone, kind="stable")[::-1][:COLUMNS])
    return [names[int(place)] for place in places]
