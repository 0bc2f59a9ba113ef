"""Networks as ONNX graphs: code that is written for any array library runs once with `Namespace` and becomes nodes.

A `Value` stands for an array. It holds one of a few rows, on which everything is computed beside, so that shapes and
types are known: the first axis of what is asked about may then be of any length, and other axes whose `Size` alone the
code asks for. Weights are values too; what is computed of weights alone is no node.
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from honed.errors import InputError
from honed.nets.patches import Window, patches

if TYPE_CHECKING:
    from jaxtyping import Shaped

OPSET, ML_OPSET, IR = 18, 2, 9  # read by ONNX Runtime from 1.14 on
ROWS = 3  # of the arrays that are computed beside
Operand = Any  # a value, an array or a number
Axes = int | tuple[int, ...]
_TYPES = {"float32": 1, "uint8": 2, "int64": 7, "bool": 9, "float64": 11}  # as ONNX numbers them
_INT32, _TEXT = 6, 8
_LAYERS = {  # recurrent layers of ONNX, and which of our gates are theirs in their order
    "rnn": ("RNN", (0,), {}),
    "gru": ("GRU", (1, 0, 2), {"linear_before_reset": 1}),
    "lstm": ("LSTM", (0, 3, 1, 2), {}),
}


class Size(int):
    """The length of an axis of a value, which may be another wherever the graph is run."""

    value: Value
    axis: int

    @classmethod
    def of(cls, value: Value, axis: int) -> Size:
        """That of the few rows."""
        size = cls(value.sample.shape[axis])
        size.value, size.axis = value, axis
        return size


class Graph:
    """Nodes, weights and inputs in the order in which they came."""

    def __init__(self) -> None:
        self.onnx = package("onnx")
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.inputs: list[Any] = []
        self._known: dict[tuple[object, ...], str] = {}
        self._count = 0

    def input(
        self, name: str, sample: Shaped[np.ndarray, "rows ..."], free: Sequence[str] = ("rows",)
    ) -> Value:
        """What is asked about, rows first; `free` names the first axes, of any length."""
        shape = [*free, *sample.shape[len(free) :]]
        self.inputs.append(self.onnx.helper.make_tensor_value_info(name, _kind(sample), shape))
        return Value(self, sample, name)

    def constant(self, array: Shaped[np.ndarray, ...]) -> str:
        """The name of an array of weights; equal ones are one."""
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = name = f"w{len(self._known)}"
            self.weights.append(self.onnx.numpy_helper.from_array(np.asarray(array, order="C"), name))
        return self._known[key]

    def node(
        self,
        kind: str,
        inputs: Sequence[Value | Shaped[np.ndarray, ...]],
        sample: Shaped[np.ndarray, ...],
        domain: str = "",
        **attributes: object,
    ) -> Value:
        """What an operator makes of values; `sample` is that for the few rows."""
        names = [
            own.name if isinstance(own, Value) and own.name else self.constant(_array(own)) for own in inputs
        ]
        self._count += 1
        out = f"v{self._count}"
        self.nodes.append(self.onnx.helper.make_node(kind, names, [out], domain=domain, **attributes))
        return Value(self, sample, out)

    def model(self, outputs: dict[str, Value], about: str) -> bytes:
        """The file."""
        helper, infos = self.onnx.helper, []
        for name, value in outputs.items():
            assert value.name is not None, "an output hangs on no input"
            self.nodes.append(helper.make_node("Identity", [value.name], [name]))
            shape = ["rows", *value.sample.shape[1:]]
            infos.append(helper.make_tensor_value_info(name, _kind(value.sample), shape))
        graph = helper.make_graph(self.nodes, "honed", self.inputs, infos, self.weights)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        made = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR, producer_name="honed", doc_string=about
        )
        self.onnx.checker.check_model(made)
        return made.SerializeToString()


def package(name: str) -> types.ModuleType:
    """A package of the extra that writes and runs such graphs.

    Raises
    ------
    InputError
        It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(
            f"An ONNX file is written with the package onnx and checked with onnxruntime, and {name} cannot be "
            f"imported ({error}). Install both: pip install 'honed[onnx]'."
        ) from None


def run(
    content: bytes, inputs: dict[str, Shaped[np.ndarray, "rows ..."]]
) -> list[Shaped[np.ndarray, "rows ..."]]:
    """The outputs of a file for these inputs, by ONNX Runtime."""
    runtime = package("onnxruntime")
    session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return [np.asarray(own) for own in session.run(None, inputs)]


class Value:
    """An array, as far as code for arrays can tell. Without a name it is one of weights."""

    __array_ufunc__ = None  # so that an array on the left leaves it to this
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, graph: Graph, sample: Shaped[np.ndarray, ...], name: str | None = None) -> None:
        self.graph, self.sample, self.name = graph, sample, name

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes, of which some may be others wherever the graph is run."""
        shape = self.sample.shape
        return tuple(Size.of(self, axis) for axis in range(len(shape))) if self.name else shape

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The type of its elements."""
        return self.sample.dtype

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return self.sample.ndim

    @property
    def T(self) -> Value:
        """Axes in the other order."""
        return self.transpose(*reversed(range(self.sample.ndim)))

    def __len__(self) -> int:
        return len(self.sample)

    def _binary(self, kind: str, other: Operand, compute: Callable[..., Any], turned: bool = False) -> Value:
        pair = _alike([self, self._same(other)])
        left, right = pair[::-1] if turned else pair
        with np.errstate(all="ignore"):  # the few rows hold anything
            sample = compute(left.sample, right.sample)
        if not (left.name or right.name):
            return Value(self.graph, sample)
        return self.graph.node(kind, [left, right], sample)

    def _same(self, other: Operand) -> Value:
        """The other as a value; a plain number takes this one's type."""
        if isinstance(other, Value):
            return other
        is_plain = isinstance(other, (int, float)) and not isinstance(other, np.generic)
        return Value(self.graph, np.asarray(other, self.dtype if is_plain else None))

    def _unary(self, kind: str, compute: Callable[..., Any], **attributes: Operand) -> Value:
        with np.errstate(all="ignore"):
            sample = compute(self.sample)
        return self.graph.node(kind, [self], sample, **attributes) if self.name else Value(self.graph, sample)

    def __add__(self, other: Operand) -> Value:
        return self._binary("Add", other, np.add)

    def __sub__(self, other: Operand) -> Value:
        return self._binary("Sub", other, np.subtract)

    def __mul__(self, other: Operand) -> Value:
        return self._binary("Mul", other, np.multiply)

    def __truediv__(self, other: Operand) -> Value:
        own = (
            self.astype(np.float64) if self.dtype.kind in "iu" else self
        )  # whole numbers have fractions here
        return own._binary("Div", other, np.divide)

    def __floordiv__(self, other: Operand) -> Value:
        assert self.dtype.kind in "iu", "ONNX rounds whole numbers alone, and those below 0 otherwise"
        return self._binary("Div", other, np.floor_divide)

    def __matmul__(self, other: Operand) -> Value:
        return self._binary("MatMul", other, np.matmul)

    def __radd__(self, other: Operand) -> Value:
        return self._binary("Add", other, np.add, turned=True)

    def __rsub__(self, other: Operand) -> Value:
        return self._binary("Sub", other, np.subtract, turned=True)

    def __rmul__(self, other: Operand) -> Value:
        return self._binary("Mul", other, np.multiply, turned=True)

    def __rtruediv__(self, other: Operand) -> Value:
        return self._binary("Div", other, np.divide, turned=True)

    def __eq__(self, other: object) -> Value:  # type: ignore[override]
        return self._binary("Equal", other, np.equal)

    def __gt__(self, other: Operand) -> Value:
        return self._binary("Greater", other, np.greater)

    def __ge__(self, other: Operand) -> Value:
        return self._binary("GreaterOrEqual", other, np.greater_equal)

    def __lt__(self, other: Operand) -> Value:
        return self._binary("Less", other, np.less)

    def __and__(self, other: Operand) -> Value:
        return self._binary("And", other, np.logical_and)

    def __invert__(self) -> Value:
        return self._unary("Not", np.logical_not)

    def __neg__(self) -> Value:
        return self._unary("Neg", np.negative)

    def __getitem__(self, key: object) -> Value:
        """Slices, new axes, single places, and places that arrays give along one axis."""
        keys = key if isinstance(key, tuple) else (key,)
        if not self.name and not any(isinstance(own, Value) for own in keys):
            return Value(self.graph, self.sample[key])  # type: ignore[index]
        found, axis = self, 0
        for own in keys:
            if own is None:
                shape = np.array([axis])
                found = self.graph.node("Unsqueeze", [found, shape], np.expand_dims(found.sample, axis))
            elif isinstance(own, slice):
                found = found._sliced(own, axis)
            else:
                places = own if isinstance(own, Value) else np.asarray(own)
                at = places.sample if isinstance(places, Value) else places
                sample = np.take(found.sample, at, axis=axis)
                found = self.graph.node("Gather", [found, places], sample, axis=axis)
                axis += at.ndim - 1
            axis += 1
        return found

    def _sliced(self, part: slice, axis: int) -> Value:
        if part == slice(None):
            return self
        size = self.sample.shape[axis]
        first, last, step = part.indices(size)
        assert axis, "rows are never cut"
        last = last if last >= 0 else -size - 1  # before the first, and not the last
        ends = [np.array([end]) for end in (first, last, axis, step)]
        return self.graph.node("Slice", [self, *ends], self.sample[(slice(None),) * axis + (part,)])

    def astype(self, kind: type[np.generic] | np.dtype[np.generic]) -> Value:
        """In another type."""
        sample = self.sample.astype(kind)
        return self._unary("Cast", lambda own: own.astype(kind), to=_kind(sample))

    def reshape(self, *shape: int) -> Value:
        """The same elements; one size may be -1."""
        kept = [isinstance(size, Size) and size.axis == axis for axis, size in enumerate(shape)]
        sizes = np.where(kept, 0, shape)
        sample = self.sample.reshape(*shape)
        return self.graph.node("Reshape", [self, sizes], sample) if self.name else Value(self.graph, sample)

    def transpose(self, *axes: int) -> Value:
        """Axes in that order."""
        return self._unary("Transpose", lambda own: own.transpose(*axes), perm=list(axes))

    def swapaxes(self, one: int, other: int) -> Value:
        """Those two axes in each other's place."""
        order = list(range(self.sample.ndim))
        order[one], order[other] = order[other], order[one]
        return self.transpose(*order)

    def _reduced(self, kind: str, compute: Callable[..., Any], axis: Axes, keepdims: bool) -> Value:
        sample = compute(self.sample, axis=axis, keepdims=keepdims)
        if not self.name:
            return Value(self.graph, sample)
        return self.graph.node(kind, [self, np.atleast_1d(axis)], sample, keepdims=int(keepdims))

    def sum(self, axis: Axes, keepdims: bool = False) -> Value:
        """Along axes; of truths how many are true."""
        own = self.astype(np.int64) if self.dtype.kind == "b" else self
        return own._reduced("ReduceSum", np.sum, axis, keepdims)

    def mean(self, axis: Axes, keepdims: bool = False) -> Value:
        """Along axes."""
        return self._reduced("ReduceMean", np.mean, axis, keepdims)

    def max(self, axis: Axes, keepdims: bool = False) -> Value:
        """Along axes."""
        return self._reduced("ReduceMax", np.max, axis, keepdims)

    def var(self, axis: Axes, keepdims: bool = False) -> Value:
        """Along axes."""
        apart = self - self.mean(axis, keepdims=True)
        return (apart * apart).mean(axis, keepdims)


class Namespace(types.ModuleType):
    """The functions of an array library that code for any of them may call, of which some are values."""

    def __init__(self, graph: Graph) -> None:
        super().__init__("traced")
        self.graph, self.inf = graph, np.inf

    def __getattr__(self, name: str) -> Callable[..., Value]:
        kinds = {"exp": "Exp", "tanh": "Tanh", "sqrt": "Sqrt", "cos": "Cos", "sin": "Sin", "log": "Log"}
        kinds |= {"floor": "Floor", "round": "Round", "isnan": "IsNaN", "abs": "Abs"}
        if name not in kinds:
            raise AttributeError(f"no function {name!r} is known in ONNX")
        return lambda value, out=None: self._value(value)._unary(kinds[name], getattr(np, name))

    def _value(self, value: Operand) -> Value:
        return value if isinstance(value, Value) else Value(self.graph, np.asarray(value))

    def asarray(self, values: Operand) -> Value:
        """A value of it."""
        return self._value(values)

    def arange(self, count: int) -> Value:
        """Whole numbers from 0 on, as many as an axis is long."""
        assert isinstance(count, Size), "the numbers of a fixed length are weights"
        size = self.graph.node(
            "Shape", [count.value], np.array([count]), start=count.axis, end=count.axis + 1
        )
        scalar = self.graph.node("Squeeze", [size], np.array(int(count)))
        return self.graph.node("Range", [np.array(0), scalar, np.array(1)], np.arange(count))

    def take_along_axis(self, values: Value, places: Value, axis: int) -> Value:
        """Of each entry the one at its place along an axis; on the others `places` may have length 1."""
        pairs = zip(places.sample.shape, values.sample.shape, strict=True)
        wide = [1 if place == axis or own == all_ else all_ for place, (own, all_) in enumerate(pairs)]
        found = np.broadcast_to(places.sample, np.broadcast_shapes(places.sample.shape, wide))
        wider = self.graph.node("Expand", [places, np.array(wide)], found)
        return self.graph.node(
            "GatherElements", [values, wider], np.take_along_axis(values.sample, found, axis), axis=axis
        )

    def convolve(self, values: Value, weight: Value, window: Window) -> Value:
        """See `honed.nets.convolution.convolve`."""
        kernel = weight.sample
        places = kernel.ndim - 2
        seen = patches(values.sample, window) @ kernel.reshape(-1, kernel.shape[-1])
        pads = [sides[end] for end in (0, 1) for sides in window.padding]
        turned = values.transpose(0, places + 1, *range(1, places + 1))  # channels come first in ONNX
        found = self.graph.node(
            "Conv",
            [turned, np.moveaxis(kernel, (-1, -2), (0, 1))],
            np.moveaxis(seen, -1, 1),
            strides=list(window.stride),
            dilations=list(window.dilation),
            pads=pads,
        )
        return found.transpose(0, *range(2, places + 2), 1)

    def largest(self, values: Value) -> Value:
        """See `honed.nets.convolution.pool`."""
        places = values.sample.ndim - 2
        sides = [min(2, size) for size in values.sample.shape[1:-1]]
        turned = values.transpose(0, places + 1, *range(1, places + 1))
        sample = np.zeros(
            [
                *turned.sample.shape[:2],
                *(max(1, size // 2) for size in turned.sample.shape[2:]),
            ],
            values.dtype,
        )
        found = self.graph.node("MaxPool", [turned], sample, kernel_shape=sides, strides=sides)
        return found.transpose(0, *range(2, places + 2), 1)

    def recurrent_layer(
        self,
        cell: str,
        values: Value,
        weight: Value,
        bias: Value,
        ways: Sequence[Value],
        inner: Value | None,
        lengths: Value,
    ) -> Value:
        """A whole layer over (time, rows, units), forward, or in both directions side by side.

        Parameters
        ----------
        weight, bias : of the inputs, by direction and gate side by side. ways : from step to step by direction, as in
            `honed.nets.recurrent.run`. inner : of a GRU's candidate, by direction.
        """
        kind, order, more = _LAYERS[cell]
        gates, units, _ = ways[0].sample.shape
        both = len(ways)
        of_inputs = weight.sample.reshape(-1, both, gates, units).transpose(1, 2, 3, 0)[:, order]
        of_steps = np.stack([way.sample for way in ways]).swapaxes(2, 3)[:, order]
        biases = np.zeros((both, 2, gates, units), np.float32)
        biases[:, 0] = bias.sample.reshape(both, gates, units)
        if inner is not None:
            biases[:, 1, -1] = inner.sample.reshape(both, units)
        time, rows, _ = values.sample.shape
        ends = self.graph.node("Cast", [lengths], lengths.sample, to=_INT32)
        found = self.graph.node(
            kind,
            [
                values,
                of_inputs.reshape(both, gates * units, -1),
                of_steps.reshape(both, gates * units, units),
                biases[:, :, order].reshape(both, -1),
                ends,
            ],
            np.zeros((time, both, rows, units), np.float32),
            hidden_size=units,
            direction="forward" if both == 1 else "bidirectional",
            **more,
        )
        beside = found.transpose(0, 2, 1, 3)
        return beside.reshape(*beside.shape[:2], both * units)

    def expm1(self, value: Value) -> Value:
        """e^x - 1."""
        return self.exp(value) - 1

    def maximum(self, one: Value, other: Operand) -> Value:
        """The larger of each pair."""
        return one._binary("Max", other, np.maximum)

    def minimum(self, one: Value, other: Operand) -> Value:
        """The smaller of each pair."""
        return one._binary("Min", other, np.minimum)

    def where(self, condition: Value, one: Operand, other: Operand) -> Value:
        """One or the other."""
        typed = one if isinstance(one, Value) else other
        one, other = (typed._same(part) for part in (one, other))
        return self.graph.node(
            "Where", [condition, one, other], np.where(condition.sample, one.sample, other.sample)
        )

    def concatenate(self, parts: Sequence[Operand], axis: int = 0) -> Value:
        """Side by side."""
        values = _alike([self._value(part) for part in parts])
        sample = np.concatenate([value.sample for value in values], axis=axis)
        return self.graph.node("Concat", values, sample, axis=axis) if len(values) > 1 else values[0]

    def stack(self, parts: Sequence[Operand], axis: int = 0) -> Value:
        """Side by side along a new axis."""
        at = np.array([axis])
        wide = [
            self.graph.node("Unsqueeze", [value, at], np.expand_dims(value.sample, axis))
            for value in map(self._value, parts)
        ]
        return self.concatenate(wide, axis)

    def labelled(self, texts: Value, places: dict[str, int], other: int) -> Value:
        """The whole number that stands for each text, `other` for one that none stands for."""
        keys, values = list(places), list(places.values())
        sample = np.array([places.get(text, other) for text in texts.sample.tolist()], np.int64)
        attributes = {"keys_strings": keys, "values_int64s": values, "default_int64": other}
        return self.graph.node("LabelEncoder", [texts], sample, "ai.onnx.ml", **attributes)

    def named(self, codes: Value, names: Sequence[str]) -> Value:
        """The text for each whole number."""
        sample = np.array([names[code] for code in codes.sample.tolist()], object)
        attributes = {
            "keys_int64s": list(range(len(names))),
            "values_strings": list(names),
            "default_string": "",
        }
        return self.graph.node("LabelEncoder", [codes], sample, "ai.onnx.ml", **attributes)

    def argmax(self, values: Value) -> Value:
        """The place of the largest along the last axis, the first of several."""
        return self.graph.node("ArgMax", [values], values.sample.argmax(axis=-1), axis=-1, keepdims=0)

    def sorted(self, values: Value) -> Value:
        """Rising along the last axis."""
        count = values.sample.shape[-1]
        name = self.graph.node(
            "TopK", [values, np.array([count])], np.sort(values.sample), axis=-1, largest=0
        )
        self.graph.nodes[-1].output.append(f"{name.name}_places")
        return name


def _alike(values: list[Value]) -> list[Value]:
    """In one type, as NumPy has it for what is computed of them."""
    if len({_kind(value.sample) for value in values}) == 1:
        return values
    kind = np.result_type(*(value.dtype for value in values))
    return [value if value.dtype == kind else value.astype(kind) for value in values]


def _array(value: Value | Shaped[np.ndarray, ...]) -> Shaped[np.ndarray, ...]:
    array = value.sample if isinstance(value, Value) else value
    return array.astype(np.int64) if array.dtype.kind in "iu" else array


def _kind(array: Shaped[np.ndarray, ...]) -> int:
    usual = _TYPES["int64"] if array.dtype.kind in "iu" else _TEXT
    return _TYPES.get(array.dtype.name, usual)
