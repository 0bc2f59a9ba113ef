from __future__ import annotations

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


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"height": 0}, "inputs.height is 0"),
        ({"mean": [1.0]}, "inputs.mean holds 1 numbers"),
        ({"spread": [1.0, 0.0]}, "inputs.spread has one that is not above 0"),
        ({"mean": [1.0, float("nan")]}, "not finite"),
        ({"width": "wide"}, "inputs.width"),
    ],
)
def test_what_no_network_could_take_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(Misfit, match=words):
        ImageInputs.from_json(INPUTS.to_json() | changed)
