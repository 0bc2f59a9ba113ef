"""The bytes of a packed file, unpacked: gzip, bzip2, xz, zstd, and a zip archive that holds one file."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable

from honed.errors import InputError
from honed.figures import counted
from honed.table.cells import some

_UNPACK: dict[bytes, tuple[str, Callable[[bytes], bytes]]] = {
    b"\x1f\x8b": ("gzip", gzip.decompress),
    b"BZh": ("bzip2", bz2.decompress),
    b"\xfd7zXZ\0": ("xz", lzma.decompress),
    b"\x28\xb5\x2f\xfd": ("zstd", lambda data: _zstd()(data)),
    b"PK\x03\x04": ("zip", lambda data: _only_member(data)),
}
_OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a rar archive",
    b"PK\x05\x06": "an empty zip archive",
}
_BESIDE = ("__MACOSX/", ".DS_Store")  # what archives of a Mac hold beside the files
# What unpackers raise; RuntimeError is also a way of packing that they do not know, and a password.
_DAMAGE = (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


def unpacked(data: bytes, source: str) -> tuple[bytes, str]:
    """The content and how it was packed ("gzip", ...); data that are not packed as they are, and an empty text.

    Raises
    ------
    InputError
        A damaged or encrypted archive, one of several files, or zstd without a library for it.
    """
    other = next((what for magic, what in _OTHERS.items() if data.startswith(magic)), None)
    if other:
        raise InputError(
            f"{source} is {other}, not CSV or Parquet. "
            "Unpack it, or save the table as CSV, and give that file."
        )
    name, unpack = next(
        (way for magic, way in _UNPACK.items() if data.startswith(magic)), ("", lambda data: data)
    )
    try:
        return unpack(data), name
    except InputError as error:
        raise InputError(f"{source} {error}") from None
    except _DAMAGE as error:
        raise _damaged(source, name, error) from None


def _damaged(source: str, name: str, error: Exception) -> InputError:
    said = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    return InputError(
        f"{source} begins like a {name} file but cannot be unpacked: {said}. "
        "It is probably cut off, damaged or encrypted. Write or copy it again, or give the table unpacked."
    )


def _only_member(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [item.filename for item in archive.infolist() if not item.is_dir()]
        names = [name for name in names if not name.startswith(_BESIDE[0]) and not name.endswith(_BESIDE[1])]
        if len(names) != 1:
            held = f": {some(names, 4)}" if names else ""
            raise InputError(
                f"is a zip archive of {counted(len(names), 'file')}{held}, and a table is one file. "
                "Unpack it, and give the file with the table."
            )
        return archive.read(names[0])


def _zstd() -> Callable[[bytes], bytes]:
    """What unpacks zstd: the standard library's since Python 3.14, or one of two libraries."""
    for module in ("compression.zstd", "backports.zstd"):
        try:
            return importlib.import_module(module).decompress
        except ModuleNotFoundError:
            pass
    for module, unpack in (("zstandard", _by_zstandard), ("pyarrow", _by_pyarrow)):
        try:
            importlib.import_module(module)
        except ModuleNotFoundError:
            continue
        return unpack
    raise InputError(
        "is a zstd file, which this Python cannot unpack by itself. "
        "Install the package zstandard (pip install zstandard), or unpack the file (zstd -d) and give that."
    )


def _by_zstandard(data: bytes) -> bytes:
    zstandard = importlib.import_module("zstandard")
    try:
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True) as stream:
            return stream.read()
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None


def _by_pyarrow(data: bytes) -> bytes:
    arrow = importlib.import_module("pyarrow")
    return arrow.CompressedInputStream(arrow.BufferReader(data), "zstd").read()
