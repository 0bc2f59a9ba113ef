"""Named arrays as bytes, beside what the library of that format makes of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from honed.run.arrays import pack, unpack
from honed.typed import Misfit

ARRAYS = {
    "flags": np.array([True, False, True]),
    "codes": np.arange(6, dtype=np.int32).reshape(2, 3),
    "none": np.zeros((0, 4), np.float32),
    "one": np.array(0.1),
    "turned": np.arange(6.0).reshape(2, 3).T,
    "half": np.array([0.5, -2], np.float16),
    "größe": np.arange(3, dtype=np.uint8),
}


def test_arrays_come_back_with_types_and_shapes() -> None:
    found, metadata = unpack(pack(ARRAYS))
    assert metadata is None and found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found[name], array)
    assert unpack(pack({}, {"made": "here"})) == ({}, {"made": "here"})


def test_the_layout_is_that_of_safetensors() -> None:
    loaded = load(pack(ARRAYS, {"made": "here"}))
    assert loaded.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(loaded[name], array)


def test_a_file_of_safetensors_is_read_and_written_alike() -> None:
    whole = {name: np.ascontiguousarray(array) for name, array in ARRAYS.items()}
    found, _ = unpack(save(whole))
    for name, array in whole.items():
        np.testing.assert_array_equal(found[name], array.reshape(found[name].shape))
    singles = {f"{n}/weight": np.ones((n, 3), np.float32) for n in range(12)}
    assert pack(singles) == save(singles)


def test_what_are_no_numbers_is_refused() -> None:
    with pytest.raises(TypeError, match="'names' has dtype object"):
        pack({"names": np.array(["a", None], object)})


def written(header: Any, content: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content


def entry(dtype: str = "F32", shape: Any = (1,), offsets: Any = (0, 4)) -> dict[str, Any]:
    return {"a": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a whole file"),
        (b"\0" * 7, "not a whole file"),
        (b"\xff" * 64, "not a whole file"),
        (written(b""), "no JSON text"),
        (written(b"{" * 100_000), "no JSON text"),
        (written([]), "its header is"),
        (written({"a": 1}), "a is 1"),
        (written(entry(dtype="BF16"), b"1234"), "'BF16'"),
        (written(entry(shape=[2]), b"1234"), "as long as its shape"),
        (written(entry(shape=[-1]), b"1234"), "as long as its shape"),
        (written(entry(shape=[-1, -1]), b"1234"), "as long as its shape"),
        (written(entry(shape=[1.5]), b"1234"), "whole number"),
        (written(entry(shape=[2**40], offsets=[0, 2**42]), b"1234"), "as long as its shape"),
        (written(entry(shape=[2**62] * 9), b"1234"), "as long as its shape"),
        (written(entry(shape=[0, 2**62], offsets=[0, 0])), "a shape that no array can have"),
        (written(entry(shape=[2**40, 2**40, 0], offsets=[0, 0])), "a shape that no array can have"),
        (written(entry(shape=[1] * 100), b"1234"), "a shape that no array can have"),
        (written(entry(offsets=[-4, 0]), b"1234"), "as long as its shape"),
        (written(entry(offsets=[]), b"1234"), "as long as its shape"),
        (written(entry(offsets=[0, 4, 8]), b"1234"), "as long as its shape"),
        (written(entry(), b"123"), "as long as its shape"),
        (written(entry(), b"12345"), "its last array is followed by 1 byte that no array has"),
    ],
)
def test_bytes_that_are_no_such_file_are_refused(content: bytes, words: str) -> None:
    with pytest.raises(Misfit, match=words):
        unpack(content)
