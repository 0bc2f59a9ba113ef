"""Packed files to what they hold."""

import bz2
import gzip
import io
import lzma
import zipfile

import pyarrow as pa
import pytest

from honed.errors import InputError
from honed.table import packed
from honed.table.packed import unpacked

CONTENT = b"a,b\n1,2\n" * 100


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


WAYS = {
    "gzip": gzip.compress(CONTENT),
    "bzip2": bz2.compress(CONTENT),
    "xz": lzma.compress(CONTENT),
    "zip": zipped(**{"folder/": b"", "folder/t.csv": CONTENT, "__MACOSX/._t.csv": b"x", ".DS_Store": b"y"}),
}


@pytest.mark.parametrize(("how", "data"), WAYS.items(), ids=WAYS)
def test_packed_files_are_unpacked_and_the_way_is_named(how, data):
    assert unpacked(data, "t") == (CONTENT, how)


@pytest.mark.parametrize(("how", "data"), WAYS.items(), ids=WAYS)
def test_damaged_files_are_refused_wherever_they_are_cut(how, data):
    for length in range(6, len(data) - 1, 7):
        with pytest.raises(InputError, match=f"begins like a {how} file but cannot be unpacked"):
            unpacked(data[:length], "t")


def test_zstd_is_unpacked_where_a_library_can(monkeypatch):
    data = pa.compress(CONTENT, "zstd", asbytes=True)
    assert unpacked(data, "t") == (CONTENT, "zstd")
    monkeypatch.setattr(packed.importlib, "import_module", _nothing)
    with pytest.raises(InputError, match=r"t is a zstd file.*pip install zstandard"):
        unpacked(data, "t")


def _nothing(name: str) -> None:
    raise ModuleNotFoundError(name)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped(**{"a.csv": CONTENT, "b.csv": CONTENT}), "zip archive of 2 files: 'a.csv', 'b.csv'"),
        (zipped(**{"folder/": b""}), "zip archive of 0 files"),
        (b"Rar!....", "is a rar archive"),
    ],
)
def test_other_archives_are_named(data, message):
    with pytest.raises(InputError, match=message):
        unpacked(data, "t")


def test_what_is_not_packed_stays():
    assert unpacked(CONTENT, "t") == (CONTENT, "")
