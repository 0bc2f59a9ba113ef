"""JSON text and back: to the bit, and in UTF-8."""

from __future__ import annotations

import math

import numpy as np
import pytest

from honed.run.plain import dumps, loads


def test_numbers_of_numpy_become_plain_and_floats_come_back_to_the_bit() -> None:
    value = {"a": np.float64(0.1) + 0.2, "b": np.int32(7), "c": np.array([[1.5, 2.0]]), "d": np.bool_(True)}
    assert loads(dumps(value)) == {"a": 0.1 + 0.2, "b": 7, "c": [[1.5, 2.0]], "d": True}
    assert math.isnan(loads(dumps(math.nan)))


def test_text_is_kept_as_it_is_where_utf8_can_hold_it() -> None:
    assert dumps({"name": "größe"}) == '{"name":"größe"}'
    odd = "caf\udce9.csv"  # a file's name that is not UTF-8
    assert dumps(odd).isascii()
    assert loads(dumps(odd)) == odd


def test_an_indent_puts_one_entry_on_a_line() -> None:
    assert dumps({"a": 1, "b": [2]}, indent=2) == '{\n  "a": 1,\n  "b": [\n    2\n  ]\n}'


def test_what_json_cannot_say_is_an_error() -> None:
    with pytest.raises(TypeError, match="set cannot be written as JSON"):
        dumps({"a": {1}})


@pytest.mark.parametrize("text", ["", "{", "[1,]", "[" * 100_000, b"\xff\xfe"])
def test_what_is_no_json_is_one_kind_of_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        loads(text)
