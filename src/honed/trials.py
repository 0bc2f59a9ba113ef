"""What the journal and the store call a training and its arrays; read by the search, which writes them, and the report.

A training has the name ``"stage/number/fold/seed"``: why it was done, its candidate, its fold and its seed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Self, cast, get_args

import numpy as np

from honed.typed import JSON, Misfit

Stage = Literal["first", "pace", "quick", "full", "coach", "focus", "confirm", "again", "look", "by hand"]
"""Why a training was done, in the order of a run.

"first" is the first network and "pace" measures programs, both on a sample; "quick" is the first rung; "full" trains a
candidate, "coach" an edit of one and "focus" one for a single of several targets, with all epochs on the folds of the
plan; "confirm" goes on with the leaders, on
further folds or seeds; "again" trains the chosen on rows of which none chooses, in the end on all, "look" the best one
with probes. "by hand" is the one training of `honed train`.
"""

FULL: tuple[Stage, ...] = ("full", "coach", "focus")  # those that rank candidates
ALL = "all"  # the fold of which every row trains
INNER = "inner"  # ... of which all rows train that what is scored may learn from
OTHERWISE = "otherwise"  # ... of which rows train that were shared out in another way, for the score beside
FIRST_NETWORK = -1  # the number of the candidate that is a default cut short

_BASELINE = "baseline/"
_NAME = re.compile(rf"({'|'.join(get_args(Stage))})/(-?\d+)/(\w+)/(\d+)")


class Key(NamedTuple):
    """The name of a training; `fold` is "0", "1", … or `ALL`; of networks that go on also "all_0" and the like.

    Examples
    --------
    >>> str(Key("full", 12, "0", 0))
    'full/12/0/0'
    >>> Key.parse("again/-1/all/1")
    Key(stage='again', number=-1, fold='all', seed=1)
    """

    stage: Stage
    number: int
    fold: str
    seed: int

    def __str__(self) -> str:
        return "/".join(map(str, self))

    @classmethod
    def parse(cls, text: str) -> Key:
        """The key that is written so; `Misfit` where `text` is the name of no training, as of a baseline."""
        found = _NAME.fullmatch(text)
        if found is None:
            raise Misfit(f"{text} is the name of no training")
        stage, number, fold, seed = found.groups()
        return cls(cast(Stage, stage), int(number), fold, int(seed))


def baseline_key(name: str) -> str:
    """What the journal calls the job of a baseline."""
    return f"{_BASELINE}{name}"


def trainings(events: Iterable[Mapping[str, JSON]]) -> Iterator[tuple[Key, dict[str, JSON]]]:
    """The trainings that succeeded, with what the journal holds of each, in the order in which they ended.

    Raises
    ------
    Misfit
        A result is of no training and of no baseline.
    """
    for event in events:
        if event["kind"] == "result" and event["outcome"]["ok"] and not event["key"].startswith(_BASELINE):
            yield Key.parse(event["key"]), event["outcome"]["value"]


def tried(events: Iterable[Mapping[str, JSON]]) -> int:
    """How many candidates were tried: see `Tally.tried`."""
    done = Tally()
    done.read(list(events))
    return done.tried


class Tally:
    """What the events of a journal come to, which are read as they come.

    Attributes
    ----------
    trained : trainings that succeeded.
    """

    def __init__(self) -> None:
        self.trained = 0
        self._numbers, self._read = set[int](), 0

    @property
    def tried(self) -> int:
        """Candidates trained at least once because the search asked for them, whatever came of it.

        Those that were late do not count.
        """
        return len(self._numbers)

    def read(self, events: Sequence[Mapping[str, JSON]]) -> None:
        """All events so far, of which only those are read that are new."""
        for event in events[self._read :]:
            if event["kind"] != "result" or event["key"].startswith(_BASELINE):
                continue
            key, is_ok = Key.parse(event["key"]), event["outcome"]["ok"]
            self.trained += is_ok
            if key.stage in ("quick", *FULL) and (is_ok or event["outcome"]["error"] != "late"):
                self._numbers.add(key.number)
        self._read = len(events)


@dataclass(frozen=True)
class Arrays:
    """What a training leaves behind beside its record.

    Attributes
    ----------
    valid : outputs on the fold's validation rows, float32 (rows, outputs); None where there are none.
    parameters : those of the kept epoch, by name.
    probes : what was measured inside the network, by name.
    """

    valid: np.ndarray | None = None
    parameters: Mapping[str, np.ndarray] = field(default_factory=dict)
    probes: Mapping[str, np.ndarray] = field(default_factory=dict)

    def named(self) -> dict[str, np.ndarray]:
        """All in one dictionary, as worker and store pass them on."""
        valid = {} if self.valid is None else {"valid": self.valid}
        parameters = {f"params/{name}": array for name, array in self.parameters.items()}
        return valid | parameters | {f"probe/{name}": array for name, array in self.probes.items()}

    @classmethod
    def of(cls, named: Mapping[str, np.ndarray]) -> Self:
        """The arrays that `named` gave."""

        def under(prefix: str) -> dict[str, np.ndarray]:
            return {name.removeprefix(prefix): a for name, a in named.items() if name.startswith(prefix)}

        return cls(named.get("valid"), under("params/"), under("probe/"))
