"""What a pass through a model computed, call by call, by functions and modules alike: `Trace`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


PRODUCTS = _names(
    "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d lstm gru rnn_tanh rnn_relu "
    "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell matmul mm bmm addmm baddbmm bilinear einsum embedding "
    "embedding_bag multi_head_attention_forward"
)
RECURRENT = {"lstm": "tanh", "gru": "tanh", "rnn_tanh": "tanh", "rnn_relu": "relu"}
ACTIVATIONS = _names(
    "relu tanh sigmoid gelu silu elu leaky_relu selu celu softplus mish relu6 hardtanh hardsigmoid hardswish softsign "
    "prelu rrelu logsigmoid softmax log_softmax softmin glu threshold hardshrink softshrink tanhshrink"
)
SINGLE = ACTIVATIONS - {"softmax", "log_softmax", "softmin", "glu"}  # of each value by itself
_ALIASES = {
    "clamp_min": "relu",
    "swish": "silu",
    "_softmax": "softmax",
    "special_expit": "sigmoid",
    "expit": "sigmoid",
    "log_sigmoid": "logsigmoid",
    "conv_tbc": "conv1d",
    "__matmul__": "matmul",
    "__rmatmul__": "matmul",
    "special_softmax": "softmax",
    "special_log_softmax": "log_softmax",
}
_CARRIERS = _names(
    "view reshape flatten squeeze unsqueeze permute transpose swapaxes movedim t contiguous clone float double half "
    "to type cpu cuda dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout __getitem__ select "
    "narrow index_select expand repeat unflatten pad cat concat stack chunk split identity view_as reshape_as unbind "
    "type_as bfloat16 detach requires_grad_ pack_padded_sequence _pack_padded_sequence pad_packed_sequence "
    "_pad_packed_sequence"
)
_POOLS = _names(
    "avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d max_pool1d "
    "max_pool2d max_pool3d adaptive_max_pool1d adaptive_max_pool2d boolean_dispatch mean sum amax max "
    "max_pool2d_with_indices max_pool1d_with_indices upsample interpolate"
)
_AFFINE = _names("add sub mul div true_divide __add__ __radd__ __mul__ __rmul__ __truediv__ __sub__")
_NORMS = _names("batch_norm layer_norm group_norm instance_norm rms_norm local_response_norm normalize")
_LINEAR = PRODUCTS | _CARRIERS | _AFFINE | {"batch_norm", "mean", "sum", "neg", "__neg__", "dropout", "rsub"}
_LINEAR -= {"lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"}
_LINEAR -= {"multi_head_attention_forward", "embedding", "embedding_bag", "einsum"}
_LINEAR |= {name for name in _POOLS if "avg" in name}
_ASKS = _names(
    "size dim __get__ numel __len__ stride is_floating_point is_complex item tolist __repr__ __format__ __bool__ "
    "data_ptr get_device storage_offset type dtype __set__ __int__ __float__ __index__ is_contiguous"
)


@dataclass
class Call:
    """One call of a function of PyTorch.

    Attributes
    ----------
    name : of the function, without the underscore of those that work in place.
    path : of the module that called it. sources : numbers of the calls that gave its arrays, -1 for other arrays.
    shapes : of its arrays. weights : names of the parameters among them. arguments : everything that is no array.
    axis : of a softmax or the like. shape : of its output.
    """

    name: str
    path: str
    sources: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]
    weights: tuple[str, ...]
    arguments: dict[str, Any]
    axis: int | None
    shape: tuple[int, ...]


class Trace(TorchFunctionMode):
    """A mode in which calls are noted; `with Trace(model) as trace, trace.paths(): model(rows)`.

    It ends with the first call of `backward`. Of calls named in `keep` function and arguments are kept, in `kept`.
    `look(call, inputs, kind)` is called with what a layer takes in where an activation gave it, and with what a
    recurrent layer gave.
    """

    def __init__(
        self,
        model: nn.Module,
        look: Callable[[Call, Tensor, str], object] | None = None,
        keep: Collection[str] = (),
    ) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self._model, self._look, self._keep = model, look, keep
        self.kept: list[tuple[str, Any, Any, Any]] = []
        self.has_ended = False
        self._names = {id(value): name for name, value in model.named_parameters()}
        self._made: dict[int, tuple[object, int]] = {}  # by id, with what keeps that id its own
        self._path: list[str] = []

    def begin(self, inputs: object) -> None:
        """Count these arrays as the model's inputs."""
        for one in tensors(inputs):
            self._made[id(one)] = (one, -2)

    def paths(self) -> Paths:
        """While it is entered, calls know their module."""
        return Paths(self._model, self._path)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in _ASKS or self.has_ended:
            return func(*args, **kwargs)
        name = name if name.startswith("__") else name.rstrip("_")
        name = _ALIASES.get(name, name)
        if name == "backward":
            self.has_ended = True
            return func(*args, **kwargs)
        if name in self._keep:
            self.kept.append((name, func, args, kwargs))
        taken = [*tensors(args), *tensors(kwargs)]
        sources = tuple(self._made.get(id(one), (None, -1))[1] for one in taken)
        shapes = tuple(tuple(one.shape) for one in taken)
        weights = tuple(self._names[id(one)] for one in taken if id(one) in self._names)
        kind = ""
        if self._look and name in PRODUCTS and taken:
            kind = self.activation(sources[0])[0]
            if kind in SINGLE:
                self._look(
                    _call(name, self._path, sources, shapes, weights, args, kwargs, ()), taken[0], kind
                )
        given = func(*args, **kwargs)
        made = tensors(given)
        shape = tuple(made[0].shape) if made else ()
        call = _call(name, self._path, sources, shapes, weights, args, kwargs, shape)
        self.calls.append(call)
        for one in made:
            self._made[id(one)] = (one, len(self.calls) - 1)
        if self._look and name in RECURRENT and made:
            self._look(call, made[0], RECURRENT[name])
        return given

    def number(self, value: object) -> int:
        """Of the call that gave the first array of `value`; -2 for an input, -1 for none."""
        found = tensors(value)
        return self._made.get(id(found[0]), (None, -1))[1] if found else -1

    def activation(self, number: int) -> tuple[str, int]:
        """What gave an array, behind views, dropout, pools and scales: an activation, a layer, "inputs" or "".

        The number is that of its call.
        """
        for at in self._back(number):
            if at == -2:
                return "inputs", at
            call = self.calls[at]
            if call.name in ACTIVATIONS or call.name in PRODUCTS:
                return call.name, at
            if call.name in _NORMS:
                return call.name, at
        return "", -1

    def behind(self, number: int) -> Call | None:
        """The call that computed an array, behind views of it; None for an input and what no call gave."""
        found = (self.calls[at] for at in self._back(number, pools=False) if at >= 0)
        return next((call for call in found if call.name not in _CARRIERS), None)

    @property
    def nonlinear(self) -> list[str]:
        """Names of the calls that are no linear map."""
        return [call.name for call in self.calls if _bends(call)]

    def release(self) -> None:
        """Let go of all arrays; what was noted of the calls stays."""
        self._made.clear()
        self.kept.clear()

    def _back(self, number: int, pools: bool = True) -> Iterator[int]:
        """Calls on the way back from one, as long as each only carries on what it got."""
        while number >= 0:
            yield number
            call = self.calls[number]
            known = [source for source in call.sources if source != -1]
            carries = call.name in _CARRIERS or (pools and call.name in _POOLS)
            carries = carries or (pools and call.name in _AFFINE and len(known) == 1 and not call.weights)
            if not carries or not known:
                return
            number = known[0]
        if number == -2:
            yield number


class Paths:
    """While it is entered, a list holds the path of the module that is at work, last."""

    def __init__(self, model: nn.Module, path: list[str]) -> None:
        self._model, self._path, self._hooks = model, path, []

    def __enter__(self) -> None:
        for name, module in self._model.named_modules():
            if not name:
                continue
            self._hooks += [
                module.register_forward_pre_hook(lambda *_, name=name: self._path.append(name)),
                module.register_forward_hook(self._leave, always_call=True),
            ]

    def _leave(self, *_: object) -> None:
        self._path.pop()

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()
        self._path.clear()


def tensors(value: object) -> list[Tensor]:
    """The arrays in lists, tuples and dictionaries, in order."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, nn.utils.rnn.PackedSequence):
        return [value.data]
    if isinstance(value, dict):
        return [one for each in value.values() for one in tensors(each)]
    if isinstance(value, list | tuple):
        return [one for each in value for one in tensors(each)]
    if hasattr(value, "__dataclass_fields__"):
        return [one for each in vars(value).values() for one in tensors(each)]
    return []


def _call(
    name: str, path: list[str], sources: Any, shapes: Any, weights: Any, args: Any, kwargs: Any, shape: Any
) -> Call:
    rest = {str(at): one for at, one in enumerate(args) if not isinstance(one, Tensor | list | tuple)}
    rest |= {key: one for key, one in kwargs.items() if not isinstance(one, Tensor)}
    axis = rest.get("dim", rest.get("1")) if "softm" in name else None
    if "softm" in name and axis is None and len(shape):
        axis = 0 if len(shape) in (1, 3) else 1  # what PyTorch takes where none is named
    return Call(name, path[-1] if path else "", sources, shapes, weights, rest, axis, shape)


def _bends(call: Call) -> bool:
    """Whether a call computes something that is not linear in what other calls, or the inputs, gave."""
    known = [source for source in call.sources if source != -1]
    if not known or call.shape == ():
        return False
    is_product = (
        call.name in ("mul", "__mul__", "div", "__truediv__", "matmul", "bmm", "mm") and len(known) > 1
    )
    return call.name not in _LINEAR or is_product
