"""Bytes to text, whatever their encoding."""

import pytest
from messy_tables import csv, usual

from honed.errors import InputError
from honed.table.encodings import decoded

TEXT = csv(usual())
CERTAIN = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte order mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
}


@pytest.mark.parametrize(("codec", "name"), CERTAIN.items(), ids=CERTAIN)
def test_what_the_file_says_is_certain(codec, name):
    assert decoded(TEXT.encode(codec), "t") == (TEXT.encode(), name, "")


def test_a_mark_before_utf_16_of_either_order_is_no_letter():
    for codec in ("utf-16-le", "utf-16-be"):
        assert decoded(("\ufeff" + TEXT).encode(codec), "t").data == TEXT.encode()


@pytest.mark.parametrize(
    ("codec", "name", "word"), [("latin-1", "Latin-1", "Orléans"), ("cp1252", "Windows-1252", "5 € “a”")]
)
def test_western_letters_are_a_guess_that_is_said(codec, name, word):
    text = f"a,b\n{word},1\nplain,2\n"
    found = decoded(text.encode(codec), "t")
    assert (found.data, found.encoding) == (text.encode(), name)
    assert f"read as {name}" in found.doubt
    assert f"in line 2 gives '{word},1'" in found.doubt


@pytest.mark.parametrize(
    "data",
    [
        "Öl,1\n".encode() + "Öl,2\n".encode("latin-1"),
        "город,Москва\n".encode("cp1251"),
        "город,Москва\n".encode("koi8-r"),
        "都市,東京\n".encode("shift-jis"),
        b"a,b\n\x81\x8d,1\n",
    ],
    ids=["mixed", "Cyrillic", "Cyrillic of Unix", "Japanese", "no letters"],
)
def test_letters_that_would_be_read_wrong_are_refused(data):
    with pytest.raises(InputError, match=r"not UTF-8: line . holds the byte 0x"):
        decoded(data, "t")


@pytest.mark.parametrize("data", [b"a,b\n1,\0\n", b"\0" * 100, "a,b\n1,2\n".encode("utf-16-le") + b"\0"])
def test_zeros_in_other_places_are_binary_data(data):
    with pytest.raises(InputError, match="binary file"):
        decoded(data, "t")
