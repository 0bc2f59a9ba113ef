"""What a destination is told, `Run`, `Training`, `Best` and `Ended`, and what it must do: `Destination`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from honed.settings import Value
from honed.typed import JSON

THREAD = "honed log"  # how the names of the threads begin that tell destinations
State = dict[str, JSON]  # by which a destination finds what it has written, in this process or a later one


@dataclass(frozen=True)
class Run:
    """What is known of a run when it begins.

    Attributes
    ----------
    settings : what was asked for, and versions. began : seconds since 1970.
    metric : its name. sign : -1 where a greater score is better, as the journal holds losses; else 1.
    """

    name: str
    settings: Mapping[str, Value]
    began: float
    metric: str
    sign: int


@dataclass(frozen=True)
class Training:
    """One training that has ended.

    Attributes
    ----------
    number : of its candidate; None where it is the run's only network. name : of the candidate.
    settings : those that a search moves, or that are not as by default; empty where it failed.
    curves : by name a value for each epoch, or part of one, from 1 on; None where it is no finite number.
    scores : by name, in the metric's units. step : how many trainings of the candidate have ended with this one.
    began, ended : seconds since 1970.
    failed : why there is no network; empty where there is one.
    """

    number: int | None
    name: str
    settings: Mapping[str, Value]
    curves: Mapping[str, list[float | None]]
    scores: Mapping[str, float]
    step: int
    began: float
    ended: float
    failed: str = ""


@dataclass(frozen=True)
class Best:
    """The score on validation rows of what was saved as the best so far, the `step`th of the run."""

    score: float
    step: int
    at: float


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes
    ----------
    how : "failed" where there is no model, "stopped" by its user, or interrupted.
    scores : on rows that no choice has seen, by name. facts : in words, by name, such as the chosen settings.
    files : by name.
    """

    how: Literal["done", "stopped", "failed"]
    at: float
    scores: Mapping[str, float] = field(default_factory=dict[str, float])
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


class Destination(Protocol):
    """Where a run is logged.

    Any method may raise whatever it likes: the run goes on, and it is called again with the same later, so that what
    is told twice must do no harm. All but the making of it is called from one thread, which is not the run's.
    """

    state: State
    """What it needs to go on in the same place, JSON-able; set before `begin` where the run was logged before."""

    def begin(self, run: Run) -> None:
        """Make a place for the run, or find that of `state`."""

    def training(self, training: Training) -> None:
        """Write down a training."""

    def best(self, best: Best) -> None:
        """Write down a best score so far."""

    def end(self, ended: Ended) -> None:
        """Write down how the run ended; a run that is resumed begins again after that."""
