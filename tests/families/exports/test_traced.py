"""Code for any array library becomes a graph that computes the same for any number of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from honed.errors import InputError
from honed.families.exports import traced
from honed.nets.activations import ACTIVATIONS

pytest.importorskip("onnxruntime")

RNG = np.random.default_rng(3)
WEIGHT = RNG.normal(size=(4, 3)).astype(np.float32)
VALUES = RNG.normal(size=(7, 4)).astype(np.float32)

CODE: dict[str, Callable[[Any, Any, Any], Any]] = {
    "sums": lambda x, w, xp: 1 - (2 * x + w[:, 0]) / 3 - x,
    "products": lambda x, w, xp: (x @ w).T.transpose(1, 0),
    "new axes": lambda x, w, xp: (x[:, :, None] * w).reshape(x.shape[0], -1),
    "pieces": lambda x, w, xp: xp.concatenate([x[:, 1:3], x[:, -1][:, None], x[:, np.array([0, 0])]], axis=1),
    "look-ups": lambda x, w, xp: w[(x[:, 0] > 0).astype(np.int64)],
    "choices": lambda x, w, xp: xp.where(x >= w[:, 1], xp.maximum(x, 0.5), xp.minimum(-x, w[:, 2])),
    "statistics": lambda x, w, xp: (
        (x - x.mean(axis=1, keepdims=True)) / xp.sqrt(x.var(axis=1, keepdims=True))
    ),
    "stacks": lambda x, w, xp: xp.stack([x.sum(axis=1), x[:, 2], (2.0 / (x * x + 1))[:, 1]], axis=1),
    "weights alone": lambda x, w, xp: x @ (xp.exp(w * 2) - w.sum(axis=0)),
    **{name: lambda x, w, xp, own=own: own(x, xp) for name, own in ACTIVATIONS.items()},
}


@pytest.mark.parametrize("name", CODE)
def test_a_graph_computes_what_the_code_does(name: str) -> None:
    graph = traced.Graph()
    x = graph.input("x", np.ones((traced.ROWS, 4), np.float32))
    made = CODE[name](x, traced.Value(graph, WEIGHT), traced.Namespace(graph))
    (found,) = traced.run(graph.model({"y": made}, "a test"), {"x": VALUES})
    np.testing.assert_allclose(found, CODE[name](VALUES, WEIGHT, np), rtol=1e-5, atol=1e-6)


def test_texts_places_and_order_are_there_too() -> None:
    graph = traced.Graph()
    xp = traced.Namespace(graph)
    texts = graph.input("texts", np.array([""] * traced.ROWS, object))
    x = graph.input("x", np.zeros((traced.ROWS, 2)))
    outputs = {
        "codes": xp.labelled(texts, {"b": 2, "": 0}, -1),
        "names": xp.named(xp.argmax(x), ["one", "two"]),
        "sorted": xp.sorted(x),
        "nan": xp.isnan(x),
    }
    values = np.array([[2.0, 1.0], [np.nan, 0.0], [0.0, 1.0], [3.0, 3.0]])
    given = {"texts": np.array(["b", "", "c", "b "], object), "x": values}
    codes, names, order, empty = traced.run(graph.model(outputs, ""), given)
    assert codes.tolist() == [2, 0, -1, -1]
    assert names.tolist()[0] == "one" and names.tolist()[2:] == ["two", "one"]
    assert order[[0, 2, 3]].tolist() == [[1, 2], [0, 1], [3, 3]]
    assert empty.tolist() == np.isnan(values).tolist()


def test_equal_weights_are_one_and_unknown_functions_are_named() -> None:
    graph = traced.Graph()
    x = graph.input("x", np.zeros((traced.ROWS, 4), np.float32))
    for _ in range(2):
        assert (x @ traced.Value(graph, WEIGHT)).name
    assert len(graph.weights) == 1
    with pytest.raises(AttributeError, match="'linspace'"):
        traced.Namespace(graph).linspace(x)


def test_a_missing_package_is_an_error_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, *rest: Any) -> Any:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(InputError, match=r"onnx cannot be imported .* pip install 'honed\[onnx\]'"):
        traced.Graph()
