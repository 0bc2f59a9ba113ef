"""Lists of items to an input for each frequent item, 1 in the rows that have it, and one for all rare ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.lazily import pl
from honed.table import lists

if TYPE_CHECKING:
    from jaxtyping import Float32


class Listed(NamedTuple):
    """One column of lists: the items with an input of their own, and whether one tells of others.

    It does where the training table has others, of which an unseen one is then one.
    """

    name: str
    levels: tuple[str, ...]
    has_rare: bool = False

    @property
    def width(self) -> int:
        """The number of its inputs."""
        return len(self.levels) + self.has_rare

    def encode(self, cells: pl.Series) -> list[Float32[np.ndarray, " rows"]]:
        """1 in the rows that have the item, else 0, for each item in order; then the same for any other item."""
        rows, places, _ = lists.placed(lists.read(cells, ""), self.levels)
        inputs = np.zeros((self.width, len(cells)), np.float32)
        is_known = places >= 0
        inputs[places[is_known], rows[is_known]] = 1.0
        if self.has_rare:
            inputs[-1, rows[~is_known]] = 1.0
        return list(inputs)
