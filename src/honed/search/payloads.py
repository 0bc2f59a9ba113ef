"""What a job of the search is told: `TrainingJob` or `BaselineJob`, as JSON takes it."""

from __future__ import annotations

from typing import Literal, TypedDict

from honed.encode.target import TargetKind
from honed.settings import Value
from honed.typed import JSON


class TrainingJob(TypedDict):
    """Train one network on one fold.

    `network` and `training` are specs as plain values, `family` the address of their family, `inputs` those of
    their `to_json` and `arrays` the names of the arrays that make encoded rows. `heads` are what the network is asked
    and `target` the way to learn it: the targets of head n are the array ``"<fold>/<target>/<n>"``. `rows` trains on a
    sample of that many, `stop_after` ends the schedule early, `keep` returns parameters, and `pad` rounds the number
    of rows up to one of a short list, so that small fits share programs.
    """

    kind: Literal["train"]
    network: dict[str, Value]
    training: dict[str, Value]
    target: TargetKind
    fold: str
    family: str | None
    inputs: dict[str, JSON]
    arrays: list[str]
    heads: list[JSON]
    seed: int
    rows: int | None
    stop_after: int | None
    keep: bool
    pad: bool


class BaselineJob(TypedDict):
    """Fit the baseline `name` on all rows of a fold, once a head, and predict the outer rows."""

    kind: Literal["baseline"]
    name: str
    fold: str
    target: TargetKind
    heads: list[JSON]
    family: str | None
    inputs: dict[str, JSON]
    arrays: list[str]
    seed: int
