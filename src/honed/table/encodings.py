"""The bytes of a text file as UTF-8, whatever they were: UTF-8, UTF-16, UTF-32, Windows-1252 or Latin-1.

Marks at the beginning and the zeros of UTF-16 are certain. Bytes that are no UTF-8 and mark nothing are Western
European letters at best, which is a guess and is said; bytes that are UTF-8 in one place and not in another are damage.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

import numpy as np

from honed.errors import InputError
from honed.table.cells import brief

_MARKS = (  # the longer first: that of UTF-16 begins that of UTF-32
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
MARKED = "UTF-8 with a byte order mark"
_SAMPLE = 65_536  # bytes that tell UTF-16 without a mark, and binary data
_MOST_ZEROS = 0.02  # share of zeros where the letters of UTF-16 are
_LEAST_ZEROS = 0.5  # share of zeros where the upper halves of its letters are
_MOST_STRANGE = 1 / 3  # share of letters beyond ASCII in Western European text
_CONTROL = np.setdiff1d(np.arange(32, dtype=np.uint8), np.frombuffer(b"\t\n\r\f", dtype=np.uint8))
_MOST_CONTROL = 0.05


class Text(NamedTuple):
    """What a file says.

    Attributes
    ----------
    data : UTF-8 without a mark at the beginning.
    encoding : the file's, as people call it.
    doubt : why another encoding could be meant; empty where the file tells which it is.
    """

    data: bytes
    encoding: str = "UTF-8"
    doubt: str = ""

    @property
    def is_utf8(self) -> bool:
        """Whether the file is UTF-8 itself, be it with a mark, so that its blocks need no reading anew."""
        return self.encoding in ("UTF-8", MARKED)


def decoded(data: bytes, source: str) -> Text:
    """The text of a file that is not empty.

    Raises
    ------
    InputError
        Binary data, a text cut off within a letter, or bytes that fit no encoding known here.
    """
    for mark, codec, encoding in _MARKS:
        if data.startswith(mark):
            return _of_unicode(data.removeprefix(mark), codec, encoding, source)
    codec = _unmarked(data)
    if codec:
        return _of_unicode(data, codec, "UTF-16", source)
    _check_is_text(data, source)
    encoding = MARKED if data.startswith(codecs.BOM_UTF8) else "UTF-8"
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        if not data.isascii():  # which is far quicker than to decode
            data.decode()
    except UnicodeDecodeError as error:
        return _western(data, error.start, source)
    return Text(data, encoding)


def _of_unicode(data: bytes, codec: str, encoding: str, source: str) -> Text:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(codec, "replace").count("\n") + 1
        raise InputError(
            f"{source} is {encoding} by its first bytes, but line {line} holds bytes that are no letter in it. "
            "It is probably cut off or damaged. Write or copy it again, or save it as UTF-8."
        ) from None
    if "\0" in text:
        raise InputError(
            f"{source} is {encoding} by its first bytes, but letter {text.index(chr(0)) + 1:,} is a zero, which no "
            "text has. Save the table as CSV in UTF-8, or as Parquet, and give that file."
        )
    return Text(text.encode(), encoding)


def _unmarked(data: bytes) -> str:
    """The codec of UTF-16 without a mark, told by zeros in every second place; empty for all else."""
    if b"\0" not in data[:_SAMPLE] or len(data) % 2 or len(data) < 8:
        return ""
    sample = np.frombuffer(data[: _SAMPLE - _SAMPLE % 2], dtype=np.uint8).reshape(-1, 2)
    first, second = (sample == 0).mean(axis=0)
    is_text = not np.isin(sample[sample != 0], _CONTROL).any()
    if is_text and first <= _MOST_ZEROS and second >= _LEAST_ZEROS:
        return "utf-16-le"
    return "utf-16-be" if is_text and second <= _MOST_ZEROS and first >= _LEAST_ZEROS else ""


def _check_is_text(data: bytes, source: str) -> None:
    sample = np.frombuffer(data[:_SAMPLE], dtype=np.uint8)
    control = np.isin(sample, _CONTROL)
    if b"\0" in data or control.mean() > _MOST_CONTROL:
        place = data.find(b"\0") if b"\0" in data else int(np.argmax(control))
        raise InputError(
            f"{source} is a binary file (its byte {place + 1:,} is 0x{data[place]:02x}, which no text has), "
            "not CSV or Parquet. Save the table as CSV in UTF-8, or as Parquet, and give that file."
        )


def _western(data: bytes, place: int, source: str) -> Text:
    """Windows-1252 where it says more than Latin-1, else Latin-1, which is the same in the letters."""
    codes = np.frombuffer(data, dtype=np.uint8)
    has_more = bool(((codes >= 0x80) & (codes < 0xA0)).any())
    try:
        text = data.decode("cp1252" if has_more else "latin-1")
    except UnicodeDecodeError:  # five bytes mean nothing
        text = ""
    strange, plain = int((codes >= 0x80).sum()), len(re.findall(rb"[A-Za-z]", data))
    lossy = data.decode("utf-8", "replace").replace("\ufffd", "")
    if not text or not lossy.isascii() or strange > _MOST_STRANGE * (strange + plain):
        raise _unknown(data, place, source)
    name = "Windows-1252" if has_more else "Latin-1"
    said = (
        f"It is not UTF-8 and was read as {name}, so that the byte 0x{data[place]:02x} in line "
        f"{_line(data, place)} gives {brief(_around(text, place))!r}. If letters look wrong, save the file as UTF-8."
    )
    return Text(text.encode(), name, said)


def _unknown(data: bytes, place: int, source: str) -> InputError:
    return InputError(
        f"{source} is not UTF-8: line {_line(data, place)} holds the byte 0x{data[place]:02x}, "
        f"near {_around(data.decode('latin-1'), place)!r}, and the file as a whole is no Western European text either. "
        "Letters would be read wrong, and with them the categories. "
        f"Save the file as UTF-8, for example: iconv -f ENCODING -t UTF-8 {source} > utf8.csv"
    )


def _line(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1


def _around(text: str, place: int) -> str:
    """The letters around one place, within its line."""
    start = max(place - 15, text.rfind("\n", 0, place) + 1)
    return text[start : place + 15].split("\n")[0].strip()
