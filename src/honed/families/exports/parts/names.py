"""Names for what is given and taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

Cell = object  # a text as a file has it, a number, a date, or None
Row = Mapping[str, Cell]
Beside = Mapping[str, Sequence[Cell]]  # columns of a table that is read
Table = dict[str, np.ndarray]  # columns that were read, by name
Arrays = dict[str, np.ndarray]  # weights by name
Network = Callable[[Arrays, np.ndarray, np.ndarray], np.ndarray]  # (weights, numeric, codes) to outputs
Answers = dict[str, np.ndarray]  # columns as `honed predict` gives them
