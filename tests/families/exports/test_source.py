"""What exports that are sources have in common."""

from __future__ import annotations

import sys
import types
from dataclasses import replace

import numpy as np
import pytest
import small_models

from honed.errors import InputError
from honed.families.exports import source
from honed.model import outputs


def test_a_module_in_memory_imports_those_beside_it_and_leaves_no_trace() -> None:
    beside = types.ModuleType("beside_it")
    beside.__dict__["number"] = 3
    found = source.loaded("from beside_it import number\ndouble = 2 * number\n", "own_module", beside)
    assert found.__dict__["double"] == 6
    assert not {"own_module", "beside_it"} & set(sys.modules)


def test_texts_are_sources_whatever_they_hold() -> None:
    text = 'it\'s """quoted""" \\n'
    made = source.loaded(source.docstring(text) + f"name = {source.quoted(text)}\n", "own_module")
    assert made.__doc__ == text.replace('"""', "'''")
    assert made.__dict__["name"] == text


@pytest.mark.parametrize("stem", ["csv", "numpy", "torch"])
def test_a_name_that_stands_in_the_way_is_refused(stem: str) -> None:
    with pytest.raises(InputError, match="would stand in the way"):
        source.check_name(stem)


@pytest.mark.parametrize("name", ["kind", "size"])
@pytest.mark.parametrize("loss", ["auto", "squared"])
def test_outputs_mean_what_the_model_makes_of_them(name: str, loss: str) -> None:
    member = replace(small_models.model(name).members[0], loss=loss)
    given = np.random.default_rng(1).normal(size=(5, 2 if name == "kind" else 1)).astype(np.float32)
    (found,) = source.outputs_of(member)
    np.testing.assert_allclose(found.of(given), outputs.decode(member.target, given, loss), rtol=1e-12)
