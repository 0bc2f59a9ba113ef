"""JSON lines, one object a row: `frame`, and what is said of JSON of other forms."""

from __future__ import annotations

import io
import json
import re

import numpy as np

from honed.errors import InputError
from honed.lazily import pl
from honed.run.plain import loads
from honed.table.cells import brief
from honed.table.delimited import check_names
from honed.table.native import first_line

_LIKE_JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*["}]|\[\s*[\[{\]])')
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')
_DEEPEST = 64  # Polars ends the process at some 1,000
_TO_LINES = "Write one object a line, as `jq -c '.[]' FILE` does of a list, or save the table as CSV."


def is_json(data: bytes) -> bool:
    """Whether the bytes of a file begin as JSON of objects or lists does, also after a byte order mark."""
    return _LIKE_JSON.match(data) is not None


def frame(data: bytes, source: str) -> pl.DataFrame:
    """A column for each key, null where a row has none; keys of objects within objects are joined by dots.

    Raises
    ------
    InputError
        It is one JSON document, a line is no object (with its number), or two columns would have one name.
    """
    _check(data, source)
    try:
        found = pl.read_ndjson(io.BytesIO(data), infer_schema_length=None)
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{source}: {_wrong_line(data) or first_line(error)}. {_TO_LINES}") from None
    while inside := [column.name for column in found if column.dtype == pl.Struct]:
        name = inside[0]
        inner = found[name].struct.unnest()
        inner.columns = [f"{name}.{key}" for key in inner.columns]
        parts = [
            own for column in found for own in (inner.get_columns() if column.name == name else [column])
        ]
        check_names([column.name for column in parts], source)
        found = found.select(parts)
    return found


def _check(data: bytes, source: str) -> None:
    """Refuse what is no JSON lines: a document over several lines, a first line that is no object, or a deep one."""
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.count(b"[") + line.count(b"{") > _DEEPEST and _depth(line) > _DEEPEST:
            raise InputError(
                f"{source}: line {number} has lists or objects within each other more than {_DEEPEST} deep, and what "
                "reads them would fail. Such cells are none to learn from: take them out."
            )
    first = data.strip().split(b"\n", 1)[0]
    try:
        is_object = isinstance(json.loads(first), dict)
    except ValueError:
        is_object = False
    if is_object:
        check_names([name for name, _ in json.loads(first, object_pairs_hook=list)], source)
        return
    try:
        whole = loads(data)
    except ValueError as error:
        raise InputError(
            f"{source} begins like JSON but is no JSON lines, and no JSON either ({error}). {_TO_LINES}"
        ) from None
    what = f"a list of {len(whole):,}" if isinstance(whole, list) else "an object"
    raise InputError(f"{source} is one JSON document, {what}, and not JSON lines. {_TO_LINES}")


def _depth(line: bytes) -> int:
    """How many lists and objects lie within each other at most."""
    signs = np.frombuffer(_TEXT.sub(b"", line), np.uint8)
    steps = np.isin(signs, [ord("["), ord("{")]).astype(int) - np.isin(signs, [ord("]"), ord("}")])
    return int(steps.cumsum().max(initial=0))


def _wrong_line(data: bytes) -> str:
    """What is wrong with the first line that is no object, with its number; empty where none is."""
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            is_object = isinstance(json.loads(line), dict)
        except ValueError as error:
            return f"line {number} is no JSON ({error})"
        if not is_object:
            return f"line {number} is {brief(line.decode(errors='replace'))}, which is no object of names and values"
    return ""
