"""Which columns of a Parquet file were Arrow dictionaries, by the schema that Arrow's writers leave in the file.

Polars reads a dictionary of numbers as plain numbers. The note is an Arrow message: a tree of tables in the form of
FlatBuffers, where a table begins with the distance back to the list of its fields' places (0: the field is not there).
"""

from __future__ import annotations

import base64
import struct

_HEADER = 2  # of a Message: here its Schema
_FIELDS = 1  # of a Schema
_NAME, _DICTIONARY = 0, 4  # of a Field


def dictionaries(note: str) -> list[str]:
    """Names of the columns that the text under the file's key ``ARROW:schema`` calls dictionaries; none if damaged."""
    try:
        data = base64.b64decode(note)
        data = data[8:] if data.startswith(b"\xff\xff\xff\xff") else data[4:]  # before it the length, or both
        start = _field(data, _follow(data, _field(data, _follow(data, 0), _HEADER)), _FIELDS)
        vector = _follow(data, start)
        places = range(vector + 4, vector + 4 + 4 * _number(data, vector), 4)
        fields = [_follow(data, place) for place in places]
        return [
            _text(data, _field(data, field, _NAME)) for field in fields if _field(data, field, _DICTIONARY)
        ]
    except (struct.error, ValueError):  # UnicodeDecodeError and binascii.Error are such
        return []


def _number(data: bytes, place: int) -> int:
    return struct.unpack_from("<I", data, place)[0]


def _follow(data: bytes, place: int) -> int:
    """Where the distance at `place` leads."""
    return place + _number(data, place)


def _field(data: bytes, table: int, field: int) -> int:
    """Where a field of the table is; 0 if it is not there."""
    fields = table - struct.unpack_from("<i", data, table)[0]
    size = struct.unpack_from("<H", data, fields)[0]
    slot = 4 + 2 * field
    offset = struct.unpack_from("<H", data, fields + slot)[0] if slot < size else 0
    return table + offset if offset else 0


def _text(data: bytes, place: int) -> str:
    start = _follow(data, place)
    return data[start + 4 : start + 4 + _number(data, start)].decode()
