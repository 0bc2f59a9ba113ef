"""A network and its training that are tried because somebody has found them good: `Preset`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from honed.settings import Spec
from honed.train.spec import TrainingSpec


class Rates(NamedTuple):
    """Learning rates on a recipe's own scale: what the search calls them, and from where to where it looks."""

    name: str
    span: tuple[float, float]


@dataclass(frozen=True)
class Preset:
    """A network and its training with the reason to try them.

    `encoding` names the way in which its family encodes rows for it; None is the usual one.
    `rates` says where the search looks for the learning rate, if not where its declaration says.
    `rules` has, of settings that the rows change, the reason for the value.
    """

    name: str
    network: Spec
    training: TrainingSpec
    reason: str
    rates: Rates | None = None
    encoding: str | None = None
    rules: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
