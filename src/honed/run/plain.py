"""Plain values: JSON text and back, with NumPy's scalars and arrays taken as numbers and lists."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

JSON = Any  # dict, list, str, int, float, bool or None, nested


def dumps(value: JSON, *, indent: int | None = None) -> str:
    """One JSON text. Floats come back bit for bit; NaN and infinities are written as Python writes them."""
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, default=_number)


def loads(text: str | bytes) -> JSON:
    """The value of a JSON text."""
    return json.loads(text)


def finite(value: JSON) -> JSON:
    """The value with None for each number that is not finite, which JSON cannot say."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _number(value: object) -> JSON:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
