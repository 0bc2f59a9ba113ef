"""The two files of a saved model, whatever they describe."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from honed import typed
from honed.errors import RunError
from honed.model import files

DOCUMENT: files.Document = {
    "format": files.FORMAT,
    "schema": {"columns": ["größe"]},
    "encoders": [{}],
    "temperature": 1.25,
    "members": [],
}
ARRAYS = {"0/b": np.arange(6, dtype=np.float32).reshape(2, 3), "0/a": np.zeros((0, 4), np.float32)}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    files.write(tmp_path, DOCUMENT, ARRAYS | {"0/c": ARRAYS["0/b"].T})
    document, arrays = files.read(tmp_path)
    assert {name: value for name, value in document.items() if name != "checksums"} == DOCUMENT
    assert set(arrays) == {"0/a", "0/b", "0/c"}
    np.testing.assert_array_equal(arrays["0/b"], ARRAYS["0/b"])
    np.testing.assert_array_equal(arrays["0/c"], ARRAYS["0/b"].T)
    assert arrays["0/a"].shape == (0, 4)
    assert not any(array.flags.writeable for array in arrays.values())


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files.write(tmp_path / name, DOCUMENT, ARRAYS)
    for name in (files.DOCUMENT, files.WEIGHTS):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    files.write(tmp_path, DOCUMENT, ARRAYS)
    (tmp_path / files.WEIGHTS).unlink()
    with pytest.raises(RunError, match=r"No such file.*weights\.safetensors\)\. A model is the two files"):
        files.read(tmp_path)


def test_arrays_of_another_type_are_refused(tmp_path: Path) -> None:
    files.write(tmp_path, DOCUMENT, {"0/a": np.zeros(3, np.float64)})
    with pytest.raises(typed.Misfit, match="0/a is of float64, not float32"):
        files.read(tmp_path)


@pytest.mark.parametrize("name", [files.DOCUMENT, files.WEIGHTS])
def test_a_change_of_either_file_is_noticed(name: str, tmp_path: Path) -> None:
    files.write(tmp_path, DOCUMENT, ARRAYS)
    if name == files.DOCUMENT:
        changed = json.loads((tmp_path / name).read_text()) | {"temperature": 1.5}
        (tmp_path / name).write_text(json.dumps(changed))
    else:
        content = bytearray((tmp_path / name).read_bytes())
        content[-1] ^= 1
        (tmp_path / name).write_bytes(content)
    with pytest.raises(typed.Misfit, match=f"{name} is not as it was written"):
        files.read(tmp_path)
