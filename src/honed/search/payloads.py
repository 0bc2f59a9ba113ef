"""What a job is told: `TrainingJob` or `BaselineJob`, as JSON takes it, and what its arrays are called: `ArraysOf`."""

from __future__ import annotations

from typing import Literal, NamedTuple, NotRequired, TypedDict

from honed.encode.target import TargetKind
from honed.settings import Value
from honed.typed import JSON

MOST_FOLDS = 6  # whose arrays a worker holds on the device


class ArraysOf(NamedTuple):
    """Names of the arrays of one fold, as they are handed to workers; `round` is that of `Prepared`.

    `sampled` says that they are of a sample of rows alone, by whose positions they go.
    """

    fold: str
    round: int = 0
    sampled: bool = False

    @property
    def outer(self) -> str:
        """Positions of the outer rows, the same in each fold of a round."""
        return self._named("outer")

    @property
    def bounds(self) -> str:
        """Positions between which windows of rows lie, the same in each fold; only of rows that are streamed."""
        return self._named("bounds")

    @property
    def train(self) -> str:
        """Positions of the rows that train."""
        return self._named(f"{self.fold}/train")

    @property
    def valid(self) -> str:
        """Positions of the rows that validate."""
        return self._named(f"{self.fold}/valid")

    def target(self, way: str, head: int) -> str:
        """The targets of a head, of all rows, as networks learn them in that way."""
        return self._named(f"{self.fold}/target/{way}/{head}")

    def rows(self, encoding: str, part: str) -> str:
        """A part of all rows in that encoding."""
        return self._named(f"{self.fold}/rows/{encoding}/{part}")

    def _named(self, name: str) -> str:
        name = f"sample/{name}" if self.sampled else name
        return f"round {self.round}/{name}" if self.round else name


def start_of(name: str, parameter: str) -> str:
    """What an array is called that a training begins with, under the name of its `start`."""
    return f"start/{name}/{parameter}"


class Told(TypedDict):
    """What decides what comes of a training, beside the data.

    `network` and `training` are specs as plain values, `family` the address of their family, and `encoding` names how
    it encodes rows. `heads` are what the network is asked and `target` the way to learn it. `rows` trains on a sample
    of that many, `stop_after` ends the schedule early, `keep` returns parameters, and `pad` rounds the number of rows
    up to one of a short list, so that small fits share programs. Where there are `seconds` the schedule ends with the
    time, or goes by `course`. `start` names parameters to begin with (`start_of`).
    """

    kind: Literal["train"]
    network: dict[str, Value]
    training: dict[str, Value]
    target: TargetKind
    encoding: str
    fold: str
    family: str | None
    heads: list[JSON]
    seed: int
    rows: int | None
    stop_after: float | None
    keep: bool
    pad: bool
    seconds: NotRequired[float]
    course: NotRequired[list[list[float]]]
    start: NotRequired[str]


class TrainingJob(Told):
    """Train one network on one fold.

    `inputs` are those of their `to_json`, and `arrays` the names of the parts that encoded rows are made of; `round` is
    that of the fold, and `sampled` says that the arrays are of a sample. `again` are the record's `parts` of a
    schedule that is repeated or that goes by a course. `device` holds the fields of the `Device` that trains, where it
    is not the processor.
    """

    inputs: dict[str, JSON]
    arrays: list[str]
    round: NotRequired[int]
    sampled: NotRequired[bool]
    again: NotRequired[list[list[float]]]
    device: NotRequired[JSON]


class BaselineJob(TypedDict):
    """Fit the baseline `name` on all rows of a fold, once a head, and predict the outer rows."""

    kind: Literal["baseline"]
    name: str
    fold: str
    round: NotRequired[int]
    sampled: NotRequired[bool]
    target: TargetKind
    encoding: str
    heads: list[JSON]
    family: str | None
    inputs: dict[str, JSON]
    arrays: list[str]
    seed: int
