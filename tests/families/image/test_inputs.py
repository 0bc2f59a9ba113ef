from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from honed.families.image.inputs import ImageInputs
from honed.typed import Misfit

INPUTS = ImageInputs(8, 6, 2, (10.0, 20.5), (3.0, 4.0))


def test_inputs_come_back_from_json_and_are_equal_values() -> None:
    assert ImageInputs.from_json(json.loads(json.dumps(INPUTS.to_json()))) == INPUTS
    assert hash(ImageInputs.from_json(INPUTS.to_json())) == hash(INPUTS)
    assert INPUTS.shape == (8, 6, 2)


def test_a_span_of_16_bits_is_kept_and_documents_from_before_have_none() -> None:
    deep = dataclasses.replace(INPUTS, span=(3, 4095))
    assert ImageInputs.from_json(json.loads(json.dumps(deep.to_json()))) == deep
    assert "(clip(pixel, 3, 4095) - 3) * 256 // 4093" in deep.of_16_bits
    before = INPUTS.to_json()
    del before["span"]
    assert ImageInputs.from_json(before) == INPUTS and not INPUTS.of_16_bits


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"height": 0}, "inputs.height is 0"),
        ({"mean": [1.0]}, "inputs.mean holds 1 numbers"),
        ({"spread": [1.0, 0.0]}, "inputs.spread has one that is not above 0"),
        ({"mean": [1.0, float("nan")]}, "not finite"),
        ({"width": "wide"}, "inputs.width"),
        ({"span": [4, 3]}, "inputs.span is"),
        ({"span": [0, 65536]}, "inputs.span is"),
    ],
)
def test_what_no_network_could_take_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(Misfit, match=words):
        ImageInputs.from_json(INPUTS.to_json() | changed)
