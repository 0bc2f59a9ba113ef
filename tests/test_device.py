"""What was asked about the device becomes one, or one sentence."""

from __future__ import annotations

import pytest

from honed.device import CPU, Device, check, choose
from honed.errors import InputError


def test_gpus_are_taken_where_they_are_asked_for_or_may_be_and_are_there() -> None:
    two = Device("gpu", "tensorfloat32", ("A100", "A100"))
    assert choose("gpu", "tensorfloat32", ["A100", "A100"], "") == two
    assert choose("auto", "tensorfloat32", ["A100", "A100"], "") == two
    assert choose("cpu", "tensorfloat32", ["A100", "A100"], "") == CPU
    assert choose("auto", "tensorfloat32", [], "no driver") == CPU


def test_a_gpu_that_is_not_there_is_refused_with_the_reason() -> None:
    with pytest.raises(
        InputError, match=r"JAX sees none here: no driver\. Install JAX for this GPU .*give cpu"
    ):
        choose("gpu", "float32", [], "no driver")


def test_a_processor_multiplies_in_float32_alone() -> None:
    assert Device("cpu", "tensorfloat32").products is None
    assert Device("gpu", "tensorfloat32").products == "tensorfloat32"
    assert Device("gpu").products == "float32"


@pytest.mark.parametrize(
    ("device", "precision", "word"), [("tpu", "float32", "tpu"), ("cpu", "half", "half")]
)
def test_other_words_are_refused_with_those_that_there_are(device: str, precision: str, word: str) -> None:
    with pytest.raises(
        InputError, match=f"is '{word}', but it must be one of .*(cpu, gpu|float32, tensorfloat32)"
    ):
        check(device, precision)
