"""What outputs mean in an exported script, and what it says of rows that lack something."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from honed.encode.target import TargetEncoder
from honed.families.exports.parts.answering import Classes, Encoding, Values, own_arrays
from honed.families.exports.parts.cells import Number
from honed.model import outputs

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("loss", ["auto", "squared"])
def test_outputs_of_classes_are_read_as_honed_reads_them(loss: str) -> None:
    found = RNG.normal(size=(6, 3)).astype(np.float32)
    expected = outputs.decode(TargetEncoder("classes"), found, loss)
    np.testing.assert_array_equal(Classes(loss == "squared").of(found), expected)


@pytest.mark.parametrize("kind", ["linear", "log"])
@pytest.mark.parametrize(
    ("quantiles", "middle"), [((), ((0, 1.0),)), ((0.1, 0.4, 0.9), ((1, 0.8), (2, 0.2)))]
)
def test_outputs_of_values_are_read_as_honed_reads_them(
    kind: Any, quantiles: tuple[float, ...], middle: Any
) -> None:
    found = RNG.normal(size=(6, len(quantiles) or 1)).astype(np.float32)
    target = TargetEncoder(kind, 1.5, 2.0, 0.1, 30.0, 0.25)
    expected = outputs.decode(target, found, "quantile" if quantiles else "auto", quantiles)
    own = Values(1.5, 2.0, 0.1, 30.0, 0.25 if kind == "log" else None, middle)
    np.testing.assert_allclose(own.of(found), expected, rtol=1e-15)


def test_a_column_that_no_row_has_is_named() -> None:
    model = Encoding(columns={"a": Number(), "b": Number()}, levels={}, encoders=())
    with pytest.raises(ValueError, match="There is no column 'b'"):
        model.read([{"a": 1}])
    found = model.read([{"a": 1, "b": 2}, {"b": 3, "c": "odd"}])
    np.testing.assert_array_equal(found["a"], [1, np.nan])


def test_a_network_gets_its_own_arrays() -> None:
    one = np.zeros(1)
    assert own_arrays({"1/a": one, "11/a": np.ones(1), "1/b.c": one}, 1) == {"a": one, "b.c": one}
