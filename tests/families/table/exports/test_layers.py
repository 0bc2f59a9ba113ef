"""A network as source computes what the network computes, to the last bit."""

from __future__ import annotations

from typing import Any, cast

import exported_models
import numpy as np
import pytest

from honed.encode.encoder import Encoder
from honed.families.exports.linked import linked
from honed.families.table.exports import layers
from honed.nets import mlp
from honed.nets.activations import ACTIVATIONS
from honed.nets.spec import NetworkSpec

SPECS = (
    *exported_models.SPECS,
    *(
        NetworkSpec(hidden_sizes=(4,), activation=name, output_activation=name, numeric_embedding="periodic")
        for name in ACTIVATIONS
    ),
    NetworkSpec(hidden_sizes=(5, 4), normalization="batch", residual=True, parametric_activation=True),
)
COLUMNS = ("size", "colour", "town", "name", "flag", "day")


@pytest.mark.parametrize("spec", SPECS, ids=range(len(SPECS)))
def test_the_source_of_a_network_computes_what_it_computes(spec: NetworkSpec) -> None:
    made = exported_models.model(columns=COLUMNS, specs=(spec,))
    (encoder,), (member,) = made.encoders, made.members
    rows = encoder.encode(made.schema.read(exported_models.frame(rows=40, seed=3)))
    source = layers.function("own", spec, cast(Encoder, encoder), member.params, "Title.")
    needed = linked(source)
    names: dict[str, Any] = {}
    text = ["from __future__ import annotations", needed.imports, needed.names, source, needed.source]
    exec("\n".join(text), names)
    expected = mlp.predict(member.params, spec, encoder.inputs, rows)
    np.testing.assert_array_equal(names["own"](member.params, *rows), expected)


def test_sizes_are_told_in_words() -> None:
    params = {"0.weight": np.zeros((3, 5)), "1.weight": np.zeros((5, 1))}
    assert layers.words(NetworkSpec(hidden_sizes=(5,)), params) == "3 inputs, 5 hidden units, 1 output"
    assert (
        layers.words(NetworkSpec(depth=0), {"0.weight": np.zeros((3, 2))})
        == "3 inputs, no hidden units, 2 outputs"
    )
