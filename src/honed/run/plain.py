"""Plain values: JSON text and back, with NumPy's scalars and arrays taken as numbers and lists."""

import json

import numpy as np

from honed.typed import JSON


def dumps(value: JSON, *, indent: int | None = None) -> str:
    """One JSON text that UTF-8 can hold. Floats come back bit for bit; NaN and infinities as Python writes them."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, default=_number)
    try:
        text.encode()
    except UnicodeEncodeError:  # the name of a file that is not UTF-8
        return json.dumps(value, indent=indent, separators=separators, default=_number)
    return text


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
