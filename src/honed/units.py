"""When a hidden unit is silent, and when saturated; with any library of arrays.

Reference: TheDeepChecker, arXiv 2204.00694.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SILENT = 1e-5  # largest size of a unit's value that is none
RARE = 0.01  # of the rows, for which a dead unit may give a value: what lies far out wakes one that gets no gradient
FLAT = 0.05  # of the steepest slope, below which a sigmoid or tanh is saturated
# The slope over the steepest one, by the value that the activation gave.
STEEPNESS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda a: 4 * a * (1 - a),
    "tanh": lambda a: 1 - a * a,
}
