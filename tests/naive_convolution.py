"""Convolutions as textbooks write them, one output after another, and cases to compare with."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from honed.nets.patches import Padding

Case = tuple[tuple[int, ...], tuple[int, ...], int, int, Padding, int]

# places, kernel, stride, dilation, padding, groups
CASES: list[Case] = [
    ((7, 6), (3, 3), 1, 1, "same", 1),
    ((7, 6), (3, 3), 1, 1, "valid", 1),
    ((7, 6), (3, 2), 2, 1, "same", 1),
    ((8, 8), (3, 1), 3, 1, "same", 1),
    ((9, 8), (3, 3), 1, 2, "same", 1),
    ((9, 9), (3, 3), 2, 2, "valid", 1),
    ((5, 5), (1, 1), 1, 1, "same", 1),
    ((1, 1), (3, 3), 1, 1, "same", 1),
    ((11,), (5,), 1, 1, "same", 1),
    ((11,), (3,), 2, 3, "same", 1),
    ((11,), (4,), 1, 2, "valid", 1),
    ((6, 5), (3, 3), 1, 1, "same", 2),
    ((6, 5), (2, 2), 2, 1, "same", 4),
]


def drawn(case: Case, rows: int = 3, channels: int = 4, filters: int = 8) -> tuple[Any, Any]:
    places, kernel, *_, groups = case
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, *places, channels)), rng.normal(size=(*kernel, channels // groups, filters))


def by_loops(values: Any, weight: Any, case: Case) -> Any:
    """One output after another: sums over the places and channels that it sees, zeros beyond the input."""
    places, kernel, stride, dilation, padding, groups = case
    own, filters = weight.shape[-2], weight.shape[-1] // groups
    sizes, before = [], []
    for side, size in zip(places, kernel, strict=True):
        reach = (size - 1) * dilation + 1
        sizes.append(-(-side // stride) if padding == "same" else (side - reach) // stride + 1)
        lacking = max(0, (sizes[-1] - 1) * stride + reach - side)
        before.append(lacking // 2 if padding == "same" else 0)
    found = np.zeros((len(values), *sizes, weight.shape[-1]))
    for output in itertools.product(*map(range, sizes)):
        for part in itertools.product(*map(range, kernel)):
            at = [o * stride + p * dilation - b for o, p, b in zip(output, part, before, strict=True)]
            if not all(0 <= place < side for place, side in zip(at, places, strict=True)):
                continue
            for group in range(groups):
                seen = values[(slice(None), *at, slice(group * own, (group + 1) * own))]
                out = slice(group * filters, (group + 1) * filters)
                found[(slice(None), *output, out)] += seen @ weight[(*part, slice(None), out)]
    return found
