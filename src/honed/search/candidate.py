"""One set of choices: `Candidate`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, make_dataclass

from honed.encode.target import TargetKind
from honed.family import Family, Specification
from honed.settings import Value, setting
from honed.train.spec import TrainingSpec

BESIDE = ("target", "encoding")  # choices of a candidate that are no settings of a specification


@dataclass(frozen=True)
class Candidate:
    """Everything that a training run needs but its rows and seed.

    Attributes
    ----------
    target : the way to learn the target. encoding : name of the way in which its family encodes rows.
    values : what the study was asked for and answered.
    reason : why a published recipe is tried; empty for all others. rules : as `Preset.rules`, of a published recipe.
    program : of the values those that decide the compiled program.
    focus : the one of several targets that it is trained for alone; empty for all.
    """

    number: int
    name: str
    network: Specification
    training: TrainingSpec
    target: TargetKind
    encoding: str
    values: dict[str, Value] = field(hash=False)
    reason: str = ""
    program: tuple[Value, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    focus: str = ""

    def setting(self, name: str) -> Value:
        """The value of a setting of its network or its training, or of one of `BESIDE`."""
        if name in BESIDE:
            return getattr(self, name)
        return getattr(self.network if hasattr(self.network, name) else self.training, name)

    def settings(self) -> dict[str, Value]:
        """What a reader of the journal needs to know of it: settings that are not as by default, and `BESIDE`."""
        beside = {name: getattr(self, name) for name in BESIDE}
        told = {"network": plain(self.network), "training": plain(self.training), **beside}
        return told | ({"focus": self.focus} if self.focus else {})


def encoding_spec(family: Family) -> type:
    """A spec whose one setting, `encoding`, names a way of the family to encode rows."""
    usual, *_ = names = family.encodings
    declared = setting(usual, str, choices=names, help="How rows become numbers.")
    return make_dataclass("Encoding", [("encoding", str, declared)], frozen=True, kw_only=True)


def plain(spec: Specification | TrainingSpec) -> dict[str, Value]:
    """The settings of a spec that differ from their defaults."""
    own = ((name, getattr(spec, name), default) for name, default in _defaults(type(spec)))
    return {name: value for name, value, default in own if value != default}


@functools.cache
def _defaults(spec: type) -> tuple[tuple[str, Value], ...]:
    return tuple((each.name, each.default) for each in fields(spec))
