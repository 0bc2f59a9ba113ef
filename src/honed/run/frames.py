"""Frames: a JSON message with named arrays beside it, in the layout of a safetensors file (`honed.run.arrays`).

The message travels as the text under `__metadata__`, the arrays as raw little-endian bytes, so nothing that
is read can run code. The same bytes go over a worker's pipe (behind their length) and into a trial's file.
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from honed import typed
from honed.run import arrays as packed
from honed.run.plain import dumps, loads
from honed.typed import JSON

_LENGTH = struct.Struct("<Q")


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
    return packed.pack(arrays, {"message": dumps(message)})


def unpack(data: bytes | bytearray | memoryview) -> Frame:
    """The frame of those bytes; its arrays are views of them.

    Raises
    ------
    ValueError
        The bytes are not a whole frame.
    """
    arrays, metadata = packed.unpack(data)
    return Frame(loads(typed.take(_Metadata, metadata, "its header").message), arrays)


class _Metadata(NamedTuple):
    message: str


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
