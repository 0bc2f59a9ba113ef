"""Numbers to bins between edges at which the target changes: `learn` finds them, and `Binned` is one column of them.

A network bends only slowly around a jump, of which a bin on each side, with an embedding of its own, says at once.
Edges are those of a regression tree on the one column (Gorishniy et al. 2022, arXiv 2203.05556).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed import typed
from honed.encode import threads
from honed.encode.categorical import FIRST_LEVEL, MISSING

if TYPE_CHECKING:
    from jaxtyping import Float64, Int32

ENCODING = "bins"  # the name of this way to encode
COLUMNS = 24  # that have bins; of more those that say most by them
MOST = 32  # bins of a column
_SEEN = 50_000  # rows that are looked at, at most
_SEEN_OF_MANY = 5_000  # the same to choose among many columns, of which hundreds would take a minute by more
_LEAST = 20  # rows of a bin, or a thousandth of those looked at, whichever is more


class Binned(NamedTuple):
    """A column's bins: the first ends with the first of the ``edges``, which ascend, the last begins with the last."""

    name: str
    edges: tuple[float, ...]

    @property
    def size(self) -> int:
        """The number of its codes, the same for all columns."""
        return FIRST_LEVEL + MOST

    def encode(self, values: Float64[np.ndarray, " rows"]) -> Int32[np.ndarray, " rows"]:
        """The code of each number's bin, an edge being in the lower one; 0 where it is missing."""
        found = np.searchsorted(np.array(self.edges), values).astype(np.int32) + np.int32(FIRST_LEVEL)
        return np.where(np.isnan(values), np.int32(MISSING), found)

    def check(self, place: str) -> None:
        """Raise `Misfit` where no training can have left it so."""
        typed.finite(self.edges, place)
        fits = len(self.edges) < MOST and (np.diff(self.edges) > 0).all()
        typed.require(fits, place, "has `edges` that do not ascend, or too many")


def learn(
    numbers: Mapping[str, Float64[np.ndarray, " rows"]], goals: Float64[np.ndarray, "rows goals"]
) -> tuple[Binned, ...]:
    """The bins of the columns that say most by them, `COLUMNS` at most, in the order of `numbers`.

    Parameters
    ----------
    numbers : of training rows by column, NaN where missing. goals : what is to be explained; mean 0 and spread 1.
    """
    names = list(numbers)
    if len(names) > COLUMNS:
        losses = [-gain for _, gain in _trees(numbers, names, goals, _SEEN_OF_MANY)]
        names = [names[place] for place in np.sort(np.argsort(losses, kind="stable")[:COLUMNS]).tolist()]
    found = _trees(numbers, names, goals, _SEEN)
    return tuple(Binned(name, tuple(edges.tolist())) for name, (edges, _) in zip(names, found, strict=True))


def _trees(
    numbers: Mapping[str, Float64[np.ndarray, " rows"]],
    names: Sequence[str],
    goals: Float64[np.ndarray, "rows goals"],
    seen: int,
) -> list[tuple[Float64[np.ndarray, " edges"], float]]:
    """Of each of those columns what `_tree` says by so many rows."""
    some = np.linspace(0, len(goals) - 1, min(len(goals), seen)).astype(np.int64)
    wanted = goals[some]
    return threads.each(lambda name: _tree(numbers[name][some], wanted), names, len(some) * len(names))


def _tree(
    values: Float64[np.ndarray, " rows"], goals: Float64[np.ndarray, "rows goals"]
) -> tuple[Float64[np.ndarray, " edges"], float]:
    """The edges of a column's bins, and the sum of squares that they explain; none, and 0, where it is one bin."""
    from sklearn.tree import DecisionTreeRegressor

    least = max(_LEAST, len(values) // 1_000)
    present = ~np.isnan(values)
    known, places = np.unique(values[present], return_inverse=True)
    if len(known) < 2 or len(places) < 2 * least:
        return np.empty(0), 0.0
    # By place: a tree compares float32, in which large numbers that lie close are one.
    tree = DecisionTreeRegressor(max_leaf_nodes=MOST, min_samples_leaf=least, random_state=0)
    tree.fit(places[:, None].astype(np.float32), goals[present])
    nodes = tree.tree_
    below = np.sort(nodes.threshold[nodes.children_left >= 0]).astype(np.int64)
    weighted = nodes.n_node_samples * nodes.impurity
    gain = float(weighted[0] - weighted[nodes.children_left < 0].sum())
    low, high = known[below], known[below + 1]
    # Of neighbours among floats the middle is one of the two, of which the upper one parts nothing.
    middle = low / 2 + high / 2
    return np.where(middle < high, middle, low), gain * goals.shape[1]
