"""Frames: a JSON message with named arrays beside it, in the layout of a safetensors file.

The message travels as the text under `__metadata__`, the arrays as raw little-endian bytes, so nothing that
is read can run code. The same bytes go over a worker's pipe (behind their length) and into a trial's file.
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from honed.run.plain import dumps, loads
from honed.typed import JSON

_LENGTH = struct.Struct("<Q")
_CODES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "bool": "BOOL",
    "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
    "uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8",
}  # fmt: skip
_DTYPES = {code: np.dtype(name).newbyteorder("<") for name, code in _CODES.items()}


class Frame(NamedTuple):
    """A message and the arrays that came with it."""

    message: JSON
    arrays: dict[str, np.ndarray]


def pack(message: JSON, arrays: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of a frame.

    Raises
    ------
    TypeError
        The message is not JSON-able, or an array is neither of numbers nor of booleans.
    """
    header: dict[str, JSON] = {"__metadata__": {"message": dumps(message)}}
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
    text += b" " * (-len(text) % 8)
    return b"".join([_LENGTH.pack(len(text)), text, *parts])


def unpack(data: bytes | bytearray | memoryview) -> Frame:
    """The frame of those bytes; its arrays are views of them.

    Raises
    ------
    ValueError
        The bytes are not a whole frame.
    """
    view = memoryview(data)
    if len(view) < _LENGTH.size or len(view) < _LENGTH.size + _LENGTH.unpack_from(view)[0]:
        raise ValueError(f"{len(view)} bytes are not a whole frame")
    start = _LENGTH.size + _LENGTH.unpack_from(view)[0]
    header = loads(bytes(view[_LENGTH.size : start]))
    message = loads(header.pop("__metadata__")["message"])
    return Frame(message, {name: _array(view[start:], **entry) for name, entry in header.items()})


def _array(data: memoryview, dtype: str, shape: list[int], data_offsets: list[int]) -> np.ndarray:
    part = data[data_offsets[0] : data_offsets[1]]
    return np.frombuffer(part, _DTYPES[dtype]).reshape(shape)


def prefixed(data: bytes) -> bytes:
    """A frame's bytes behind their length: what goes over a pipe."""
    return _LENGTH.pack(len(data)) + data


class Inbox:
    """Collects what a pipe gives, in pieces of any size, into frames."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def take(self, piece: bytes) -> list[Frame]:
        """The frames that this piece completes."""
        self._bytes += piece
        frames = []
        while len(self._bytes) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._bytes)[0]
            if len(self._bytes) < end:
                break
            whole, self._bytes = self._bytes[_LENGTH.size : end], self._bytes[end:]
            frames.append(unpack(whole))
        return frames
