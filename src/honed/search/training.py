"""One training to be done, `Training`, and what came of it, `Result`."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from honed.search.candidate import Candidate
from honed.trials import Key, Stage
from honed.typed import JSON


@dataclass(frozen=True)
class Training:
    """One training to be done: a candidate on a fold with a seed.

    `stage` names why; `epochs` and `rows` set the rung; `stop_after` cuts the schedule; `keep` keeps the network;
    `probes` is what is measured inside it, which costs a program of its own. Where there are `seconds` for it, its
    schedule ends with the time that `Runner.train` is told, and not with its epochs; or else it goes by a `course`,
    rows and phase of each part as `honed.train.record.Record.parts` has them. It begins with the parameters that were
    handed over under the name `start`, where there is one.
    """

    stage: Stage
    candidate: Candidate
    fold: str
    seed: int = 0
    epochs: int | None = None
    rows: int | None = None
    stop_after: float | None = None
    keep: bool = True
    probes: str = "off"
    seconds: float | None = None
    course: tuple[tuple[int, float], ...] = ()
    start: str = ""

    @property
    def key(self) -> str:
        """Its name in the journal."""
        return str(Key(self.stage, self.candidate.number, self.fold, self.seed))

    @property
    def program(self) -> tuple[Hashable, ...]:
        """What trainings on one program have in common."""
        return (*self.candidate.program, self.probes)


@dataclass(frozen=True)
class Result:
    """What a training gave; `loss` is the metric turned so that lower is better, infinity for a failure."""

    training: Training
    loss: float
    value: dict[str, JSON]
