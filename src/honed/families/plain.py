"""The least that a family says of itself: `Plain`, from which one with plain networks inherits.

Rows are one array of numbers, float32 (rows, ...), encoded as they are, or standardised where that is asked for. A
network has layers of weights and biases, named ``"0.weight"``, ``"0.bias"`` and so on. What is left to say is how data
are read (`read`, say to `InMemory`), how a network starts (`start`), what it computes (`apply`), and a first one to try
(`presets`).
"""

from __future__ import annotations

import functools
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed import typed
from honed.errors import InputError
from honed.families.usual import UsualFamily, UsualNetworks
from honed.family import (
    Array,
    Asked,
    Dropout,
    Encoder,
    Fitted,
    Further,
    HowRead,
    Inputs,
    Layer,
    Parameters,
    Raw,
    Rivals,
    Role,
    Source,
    Specification,
    Statistics,
)
from honed.nets.thinning import thinned
from honed.table.columns import Schema
from honed.table.order import Times
from honed.table.probable import Probable
from honed.table.target import Target, Task
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float, Float32, Int, Int32, Num, Real

    from honed.report.facts import Network
    from honed.search.options import Options
    from honed.table.split import Splits
    from honed.train.recipe import Preset

AS_IS, STANDARD = "as they are", "standard"  # ways to encode
_ROLES: dict[str, Role] = {"weight": "weight", "bias": "bias"}
_ROWS = 512  # predicted at once, always as many, so that a row's outputs do not depend on those beside it


class Shape(NamedTuple):
    """The shape of one row."""

    shape: tuple[int, ...]

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values."""
        return {"shape": list(self.shape)}


@dataclass(frozen=True)
class AsIs:
    """An encoder that takes rows as they are; see `honed.family.Encoder`."""

    inputs: Shape

    def encode(self, rows: Num[np.ndarray, "rows ..."]) -> Float32[np.ndarray, "rows ..."]:
        """The rows in their precision."""
        rows = np.asarray(rows, np.float32)
        if rows.shape[1:] != self.inputs.shape:
            raise InputError(
                f"The rows have the shape {rows.shape[1:]}, and the network was trained with {self.inputs.shape}. "
                "Give rows of that shape."
            )
        return rows

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values."""
        return self.inputs.to_json()


@dataclass(frozen=True)
class Standard:
    """An encoder that brings numbers to mean 0 and deviation 1, by the place where they stand on the last axis.

    Attributes
    ----------
    mean, deviation : one number for each such place, of the training rows; a deviation of 0 counts as 1.
    """

    inputs: Shape
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @classmethod
    def of(cls, rows: Num[np.ndarray, "rows ..."]) -> Standard:
        """What rows teach."""
        rows = np.asarray(rows, np.float64)
        flat = rows.reshape(-1, rows.shape[-1] if rows.ndim > 1 else 1)
        deviation = flat.std(axis=0)
        deviation[deviation == 0] = 1
        return cls(Shape(rows.shape[1:]), tuple(flat.mean(axis=0).tolist()), tuple(deviation.tolist()))

    def encode(self, rows: Num[np.ndarray, "rows ..."]) -> Float32[np.ndarray, "rows ..."]:
        """The rows in their precision."""
        mean, deviation = (np.asarray(part, np.float32) for part in (self.mean, self.deviation))
        return (AsIs(self.inputs).encode(rows) - mean) / deviation

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values."""
        return {"inputs": self.inputs.to_json(), "mean": list(self.mean), "deviation": list(self.deviation)}


@dataclass(frozen=True)
class Also:
    """A target beside the main one; see `InMemory` and `honed.heads.Head`."""

    target: str
    y: Real[np.ndarray, " rows"]
    classes: tuple[str, ...] = ()
    loss: str = "auto"
    weight: float = 1.0


@dataclass(frozen=True)
class InMemory:
    """Rows in one array with their targets; see `honed.family.Source`.

    Parameters
    ----------
    y : class codes int32, or values float64.
    classes : texts of the classes, none for values. target : what is predicted.
    also : the targets beside it, where the network has several heads.
    """

    name: str
    rows: Num[np.ndarray, "rows ..."]
    y: Real[np.ndarray, " rows"]
    classes: tuple[str, ...] = ()
    target: str = "y"
    groups: Int[np.ndarray, " rows"] | None = None
    given: Int[np.ndarray, " given"] | None = None
    notes: tuple[str, ...] = ()
    also: tuple[Also, ...] = ()
    times: Times | None = None
    probable: Probable | None = None
    own: Splits | None = None
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(repr((self.target, self.classes)).encode())
        for also in self.also:
            digest.update(repr((also.target, also.classes, also.loss, also.weight)).encode())
        for part in (self.rows, self.y, self.groups, self.given, *(also.y for also in self.also)):
            array = np.zeros(0) if part is None else np.ascontiguousarray(part)
            digest.update(repr((array.dtype.str, array.shape)).encode())
            digest.update(array.data if array.size else b"")
        if self.times is not None:
            digest.update(np.ascontiguousarray(self.times.values).data)
        object.__setattr__(self, "fingerprint", digest.hexdigest())

    @property
    def schema(self) -> Schema:
        """The targets; no columns."""
        further = tuple(_target(also.target, also.classes) for also in self.also)
        return Schema((), _target(self.target, self.classes), len(self.y), 0, further=further)

    @property
    def further(self) -> tuple[Further, ...]:
        """The other targets."""
        return tuple(Further(also.y, also.loss, also.weight) for also in self.also)

    @property
    def places(self) -> Int32[np.ndarray, " rows"]:
        """Each row is where it is."""
        return np.arange(len(self.y), dtype=np.int32)

    def take(self, positions: Int[np.ndarray, " taken"]) -> Num[np.ndarray, "taken ..."]:
        """Those rows."""
        return self.rows[positions]


def _target(name: str, classes: tuple[str, ...]) -> Target:
    kinds: dict[int, Task] = {0: "regression", 2: "binary"}
    return Target(name, kinds.get(len(classes), "multiclass"), classes, "the family says so")


class Plain(UsualFamily, UsualNetworks, ABC):
    """A family and its networks in one: `honed.family.Family` and `honed.family.Networks`.

    Those who inherit are values: without state, and one object for each kind.
    """

    specification: type
    encodings: tuple[str, ...] = (AS_IS, STANDARD)
    searched_encodings: tuple[str, ...] = (AS_IS,)
    compared: tuple[str, ...] = ()

    @property
    def networks(self) -> Plain:
        """Itself."""
        return self

    @property
    def plainest(self) -> str:
        """The one preset that there has to be."""
        return "plain"

    @abstractmethod
    def read(self, options: Options, places: Mapping[str, str]) -> Source:
        """See `honed.family.Family.read`."""

    @abstractmethod
    def presets(self, task: str, rows: int, inputs: Inputs, epochs: int) -> tuple[Preset, ...]:
        """See `honed.family.Family.presets`; one of them is called "plain"."""

    @abstractmethod
    def start(
        self,
        spec: Specification,
        inputs: Shape,
        outputs: int,
        sample: Float32[np.ndarray, "rows ..."],
        seed: int,
    ) -> Parameters:
        """See `honed.family.Networks.start`."""

    @abstractmethod
    def apply(
        self,
        params: Parameters,
        spec: Specification,
        inputs: Shape,
        rows: Float[Array, "rows ..."],
        xp: ModuleType = np,
        dropout: Dropout | None = None,
        statistics: Statistics | None = None,
    ) -> Float[Array, "rows outputs"]:
        """See `honed.family.Networks.apply`."""

    def predict(
        self,
        params: Parameters,
        spec: Specification,
        inputs: Shape,
        rows: Float32[np.ndarray, "rows ..."],
        thinning: int | None = None,
    ) -> Float32[np.ndarray, "rows outputs"]:
        """By `apply` with NumPy, in blocks of one size."""
        found = []
        dropout = None if thinning is None else thinned(self.dropouts(spec), thinning)
        for first in range(0, max(len(rows), 1), _ROWS):
            part = rows[first : first + _ROWS]
            block = np.zeros((_ROWS, *rows.shape[1:]), np.float32)
            block[: len(part)] = part
            outputs = self.apply(params, spec, inputs, block, dropout=dropout)
            found.append(np.asarray(outputs, np.float32)[: len(part)])
        return np.concatenate(found)

    def shapes(self, spec: Specification, inputs: Shape, outputs: int) -> dict[str, tuple[int, ...]]:
        """Those of starting parameters."""
        return dict(_shapes(self, spec, inputs, outputs))

    def cost(self, spec: Specification, inputs: Shape, outputs: int) -> float:
        """Six for each weight: forward, and twice back."""
        return 6.0 * sum(np.prod(shape) for shape in self.shapes(spec, inputs, outputs).values())

    def values(self, spec: Specification, inputs: Shape, outputs: int) -> int:
        """Those of the row, and one for each unit of a layer."""
        sizes = (shape[-1] for shape in self.shapes(spec, inputs, outputs).values() if len(shape) > 1)
        return int(np.prod(inputs.shape)) + sum(sizes)

    def role(self, name: str) -> Role:
        """By the end of its name: weight or bias."""
        return _ROLES[name.rsplit(".", 1)[-1]]

    def layers(self, spec: Specification) -> tuple[Layer, ...]:
        """One layer, the output; who has more says so here."""
        return (Layer("0.weight"),)

    def dropouts(self, spec: Specification) -> dict[int, float]:
        """None."""
        return {}

    def structure(self, spec: Specification) -> Specification:
        """All of it: each value is a program of its own. Who has numbers that `start` alone reads says so here."""
        return spec

    def learn(self, source: Source, rows: Int[np.ndarray, " rows"], encoding: str) -> AsIs | Standard:
        """The shape, and for "standard" where the numbers lie."""
        if encoding == STANDARD:
            return Standard.of(source.take(rows))
        return AsIs(Shape(tuple(np.shape(source.take(rows[:1]))[1:])))

    def encoder(self, value: JSON, place: str, schema: Schema) -> AsIs | Standard:
        """See `honed.family.Family.encoder`."""
        if not isinstance(value, dict) or "mean" not in value:
            return AsIs(_shape(value, place))
        found = typed.take(Standard, value, place)
        _check_sizes(found.inputs, f"{place}.inputs")
        last = found.inputs.shape[-1:] or (1,)
        for name in ("mean", "deviation"):
            part = getattr(found, name)
            typed.finite(part, f"{place}.{name}")
            typed.require((len(part),) == last, f"{place}.{name}", f"holds {len(part)} numbers")
        typed.require(min(found.deviation) > 0, f"{place}.deviation", "has one that is not above 0")
        return found

    def inputs(self, value: JSON) -> Shape:
        """See `honed.family.Family.inputs`."""
        return _shape(value, "inputs")

    def arrays(self, rows: Float32[np.ndarray, "rows ..."]) -> dict[str, Float32[np.ndarray, "rows ..."]]:
        """One array."""
        return {"rows": rows}

    def rows(self, arrays: Mapping[str, Float32[np.ndarray, "rows ..."]]) -> Float32[np.ndarray, "rows ..."]:
        """The one array."""
        return arrays["rows"]

    def raw(self, schema: Schema, encoder: Encoder, rows: Raw) -> Float32[np.ndarray, "rows ..."]:
        """Anything that NumPy makes an array of numbers of."""
        try:
            return np.asarray(rows, np.float32)
        except (TypeError, ValueError) as error:
            raise InputError(f"The rows are no array of numbers ({error}). Give one.") from None

    def asked(self, data: str, schema: Schema, encoder: Encoder, how: HowRead) -> Asked | None:
        """Nothing is known of files; who has such says so here."""
        raise InputError(
            "This model is of rows that honed cannot read from files. In Python, honed.load gives it, and its predict "
            "takes rows."
        )

    def rivals(self, rows: Float32[np.ndarray, "rows ..."], inputs: Shape) -> Rivals:
        """All numbers of a row side by side."""
        return Rivals(rows.reshape(len(rows), -1), np.zeros((len(rows), 0), np.int32))

    def opening(self, schema: Schema) -> list[str]:
        """How many rows there are."""
        return [f"Rows: {schema.rows:,}."]

    def told(self, spec: Specification) -> list[str]:
        """Those that trials are compared by."""
        return list(self.compared)

    def facts(self, spec: Specification, inputs: Shape, outputs: int) -> Network:
        """Numbers in and out."""
        return {"inputs": int(np.prod(inputs.shape)), "hidden": [], "outputs": outputs}

    def words(self, spec: Specification, outputs: int) -> str:
        """The name of the specification's class."""
        return type(spec).__name__

    def made_rows(self, model: Fitted) -> Float32[np.ndarray, "rows ..."]:
        """Numbers around 0."""
        shape = model.encoders[0].inputs.shape
        return np.linspace(-1, 1, 3 * int(np.prod(shape)), dtype=np.float32).reshape(3, *shape)


@functools.lru_cache(maxsize=256)
def _shapes(
    networks: Plain, spec: Specification, inputs: Shape, outputs: int
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Kept, since a search asks for the cost of a network again and again, and each time would draw its weights."""
    started = networks.start(spec, inputs, outputs, np.zeros((2, *inputs.shape), np.float32), 0)
    return tuple((name, value.shape) for name, value in started.items())


def _shape(value: JSON, place: str) -> Shape:
    shape = typed.take(Shape, value, place)
    _check_sizes(shape, place)
    return shape


def _check_sizes(shape: Shape, place: str) -> None:
    typed.require(all(size >= 1 for size in shape.shape), f"{place}.shape", "has a size below 1")
