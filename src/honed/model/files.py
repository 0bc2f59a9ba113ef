"""The two files of a saved model: `model.json`, a document, and `weights.safetensors`, arrays by name.

`write` makes them and `read` takes them back, checked as far as that goes without knowing what they describe.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

import numpy as np

from honed import typed
from honed.errors import RunError
from honed.run import disk
from honed.run.arrays import pack, unpack
from honed.run.plain import loads
from honed.typed import JSON

FORMAT = 2
DOCUMENT, WEIGHTS = "model.json", "weights.safetensors"


class ReadingDocument(TypedDict):
    """How the outputs of a further head are read; old ones have no weight, and that of their member counts."""

    target: JSON
    loss: str
    quantiles: list[float]
    weight: NotRequired[float]


class MemberDocument(TypedDict):
    """A member as `model.json` has it; `arrays`, their names in order, is for readers of the file."""

    network: dict[str, JSON]
    encoder: int
    target: JSON
    weight: float
    loss: str
    quantiles: list[float]
    arrays: NotRequired[list[str]]
    further: NotRequired[list[ReadingDocument]]  # of several heads all but the first
    voice: NotRequired[int]


class Checksums(TypedDict):
    """CRC-32 of the other parts of `model.json` and of the weights' file, in hex."""

    document: str
    weights: str


class Document(TypedDict):
    """The content of `model.json`; no `family` means that of tables; old ones have no checksums and no intervals.

    `decision` is there where a threshold was asked for.
    """

    format: int
    schema: JSON
    encoders: list[JSON]
    temperature: float
    members: list[MemberDocument]
    family: NotRequired[str]
    further: NotRequired[list[float]]  # temperatures of all heads but the first
    intervals: NotRequired[JSON]
    decision: NotRequired[JSON]
    checksums: NotRequired[Checksums]


def write(folder: Path, document: Document, arrays: Mapping[str, np.ndarray]) -> None:
    """Write both files into an existing folder; the document gets its checksums."""
    weights, text = pack(arrays), _text(document)
    sums = {"document": _checksum(text), "weights": _checksum(weights)}
    disk.write_file(folder / WEIGHTS, weights)
    disk.write_file(folder / DOCUMENT, _joined(text, _text({"checksums": sums})))


def read(folder: Path) -> tuple[Document, dict[str, np.ndarray]]:
    """The document and the arrays (float32, read-only) of both files.

    Raises
    ------
    RunError
        A file is missing or may not be read, or is of another format.
    Misfit
        A file is not as it was written.
    """
    try:
        text, weights = (disk.read_file(folder / name) for name in (DOCUMENT, WEIGHTS))
    except OSError as error:
        raise RunError(
            f"The model in {folder} cannot be read: {error.strerror} ({error.filename}). A model is the two files "
            f"{DOCUMENT} and {WEIGHTS}; check that both are there and may be read."
        ) from error
    document = typed.take(dict[str, JSON], _json(text), DOCUMENT)
    if document.get("format") != FORMAT:
        raise RunError(
            f"The model in {folder} has format {typed.shown(document.get('format'))}, but this honed reads format "
            f"{FORMAT}. Install the version of honed that wrote it (see run.json)."
        )
    found = typed.take(Document, document)
    _check_sums(found, weights)
    return found, _arrays(weights)


def _json(text: bytes) -> JSON:
    try:
        return loads(text)
    except ValueError as error:
        raise typed.Misfit(f"{DOCUMENT} is no JSON text ({error})") from None


def _check_sums(document: Document, weights: bytes) -> None:
    sums = document.get("checksums")
    if sums is None:
        return
    rest = {name: value for name, value in document.items() if name != "checksums"}
    for name, content in (("document", _text(rest)), ("weights", weights)):
        where = DOCUMENT if name == "document" else WEIGHTS
        typed.require(
            sums[name] == _checksum(content), where, "is not as it was written (its checksum differs)"
        )


def _arrays(weights: bytes) -> dict[str, np.ndarray]:
    """Arrays of a safetensors file by name, all float32."""
    try:
        arrays = unpack(weights).arrays
    except typed.Misfit as error:
        raise typed.Misfit(f"{WEIGHTS} is no file of arrays ({error})") from None
    for name, array in arrays.items():
        is_single = array.dtype == np.float32
        typed.require(is_single, f"{WEIGHTS}: {name}", f"is of {array.dtype}, not float32")
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


def _text(document: JSON) -> bytes:
    return (json.dumps(document, indent=1) + "\n").encode()


def _joined(one: bytes, other: bytes) -> bytes:
    """The text of two documents as one: that of thousands of columns takes a second to write anew."""
    return one.removesuffix(b"\n}\n") + b"," + other.removeprefix(b"{")


def _checksum(content: bytes) -> str:
    return f"{zlib.crc32(content):08x}"
