"""One set of choices: `Candidate`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from honed.encode.target import TargetKind
from honed.family import Specification
from honed.settings import Value
from honed.train.spec import TrainingSpec


@dataclass(frozen=True)
class Candidate:
    """Everything that a training run needs but its rows and seed.

    Attributes
    ----------
    values : what the study was asked for and answered.
    reason : why a published recipe is tried; empty for all others.
    program : of the values those that decide the compiled program.
    """

    number: int
    name: str
    network: Specification
    training: TrainingSpec
    target: TargetKind
    values: dict[str, Value] = field(hash=False)
    reason: str = ""
    program: tuple[Value, ...] = ()


def plain(spec: Specification | TrainingSpec) -> dict[str, Value]:
    """The settings of a spec that differ from their defaults."""
    default = asdict(type(spec)())
    return {name: value for name, value in asdict(spec).items() if value != default[name]}
