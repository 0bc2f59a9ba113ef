"""Named arrays as the bytes of a safetensors file, and back, by NumPy alone: `pack` and `unpack`.

Eight bytes say how long a JSON text is, which says of each array its type, its shape and where behind the text its
bytes lie, little-endian (https://huggingface.co/docs/safetensors). Nothing that is read can run code.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from honed import typed
from honed.figures import counted
from honed.run.plain import dumps, loads
from honed.typed import JSON

_LENGTH = struct.Struct("<Q")
_METADATA = "__metadata__"
_CODES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "bool": "BOOL",
    "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
    "uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8",
}  # fmt: skip
_DTYPES = {code: np.dtype(name).newbyteorder("<") for name, code in _CODES.items()}


class Packed(NamedTuple):
    """Arrays by name, and the texts beside them."""

    arrays: dict[str, np.ndarray]
    metadata: JSON


def pack(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str] | None = None) -> bytes:
    """The bytes of such a file.

    Raises
    ------
    TypeError
        An array is neither of numbers nor of booleans.
    """
    header: dict[str, JSON] = {} if metadata is None else {_METADATA: dict(metadata)}
    parts: list[bytes] = []
    offset = 0
    flat = {name: np.asarray(array) for name, array in arrays.items()}
    for name in sorted(flat, key=lambda name: (-flat[name].itemsize, name)):  # wide first keeps all aligned
        array = flat[name]
        code = _CODES.get(array.dtype.name)
        if code is None:
            raise TypeError(f"array {name!r} has dtype {array.dtype}: only numbers and booleans can travel")
        part = np.ascontiguousarray(array, _DTYPES[code]).tobytes()
        header[name] = {"dtype": code, "shape": array.shape, "data_offsets": [offset, offset + len(part)]}
        parts.append(part)
        offset += len(part)
    text = dumps(header).encode()
    text += b" " * (-len(text) % _LENGTH.size)
    return b"".join([_LENGTH.pack(len(text)), text, *parts])


def unpack(data: bytes | bytearray | memoryview) -> Packed:
    """The arrays of those bytes, as views of them.

    Raises
    ------
    honed.typed.Misfit
        The bytes are not such a file, whole and with nothing behind it.
    """
    view = memoryview(data)
    start = _LENGTH.size
    if len(view) >= start:
        start += _LENGTH.unpack_from(view)[0]
    typed.require(_LENGTH.size <= len(view) >= start, f"{len(view)} bytes", "are not a whole file of arrays")
    try:
        header = loads(bytes(view[_LENGTH.size : start]))
    except ValueError as error:
        raise typed.Misfit(f"its header is no JSON text ({error})") from None
    header = typed.take(dict[str, Any], header, "its header")
    metadata, rest, end = header.pop(_METADATA, None), view[start:], 0
    arrays = {}
    for name, entry in header.items():
        found = typed.take(_Entry, entry, name)
        typed.require(
            found.dtype in _DTYPES, name, f"is of the type {typed.shown(found.dtype)}, which none has"
        )
        dtype, first = _DTYPES[found.dtype], min(found.data_offsets, default=0)
        size = math.prod(found.shape) * dtype.itemsize
        is_fit = found.data_offsets == (first, first + size) and 0 <= first <= first + size <= len(rest)
        typed.require(is_fit and min(found.shape, default=0) >= 0, name, "is not as long as its shape says")
        try:
            arrays[name] = np.frombuffer(rest[first : first + size], dtype).reshape(found.shape)
        except ValueError:  # of no entry but more along an axis than NumPy counts, or of many axes
            raise typed.Misfit(f"{name} is of a shape that no array can have") from None
        end = max(end, first + size)
    typed.require(
        end == len(rest),
        "its last array",
        f"is followed by {counted(len(rest) - end, 'byte')} that no array has",
    )
    return Packed(arrays, metadata)


class _Entry(NamedTuple):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, ...]
