"""Plain values: JSON text and back, with NumPy's scalars and arrays taken as numbers and lists."""

import json
from typing import Any

import numpy as np

JSON = Any  # dict, list, str, int, float, bool or None, nested


def dumps(value: JSON, *, indent: int | None = None) -> str:
    """One JSON text. Floats come back bit for bit; NaN and infinities are written as Python writes them."""
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, default=_number)


def loads(text: str | bytes) -> JSON:
    """The value of a JSON text; ValueError for anything else."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("lists or mappings are nested too deeply") from None


def _number(value: object) -> JSON:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
