"""What the sources of all families' networks have in common."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from untrained_models import IMAGE, PICTURES, PIXELS, SCALES, model

from honed.errors import InputError
from honed.families.exports import modules
from honed.families.image import pytorch

torch = pytest.importorskip("torch")


def test_a_dense_layer_is_made_and_called() -> None:
    made, step = modules.dense(2, (4, 3), "batch", "nn.ReLU()", 0.25)
    names: dict[str, Any] = {"nn": torch.nn}
    source = modules.class_source("Own", "A test.", made, ["def forward(self, h):", f"    z = {step}"], "z")
    exec(source, names)
    layer = names["Own"]()
    assert layer(torch.ones(5, 4)).shape == (5, 3)
    assert [type(own).__name__ for own in layer.children()] == ["Linear", "BatchNorm1d", "ReLU", "Dropout"]
    assert layer.linear_2.bias is None
    arrays = {"weight": np.ones((4, 3)), "bias": np.ones(3), "gain": np.ones(3), "mean": np.ones(3)}
    arrays |= {"variance": np.ones(3)}
    found = {}
    for part, value in arrays.items():
        found |= modules.named("linear", "2", part, value.T, is_normalized=True)
    assert found.keys() == layer.state_dict().keys()


def test_networks_of_one_kind_share_their_class() -> None:
    made = model(IMAGE, SCALES[:1], [PICTURES["plain"], PICTURES["mirrored"], PICTURES["plain"]], PIXELS)
    source = pytorch.exported(made, "own").files[".py"].decode()
    assert "members=[Network1(), Network2(), Network1()]" in source


def test_what_cannot_be_exported_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    made = model(IMAGE, SCALES[:1], [PICTURES["plain"]], PIXELS)
    for stem in ("it-s", "class"):
        with pytest.raises(InputError, match="is no name that Python can import"):
            pytorch.exported(made, stem)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InputError, match=r"pip install 'honed\[torch\]'"):
        pytorch.exported(made, "own")
