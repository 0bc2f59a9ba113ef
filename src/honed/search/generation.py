"""What is decided about one generation of candidates, each decision journalled: its size, its edits, its proposals.

A replay takes them from the journal, since a longer search, or another Optuna, would decide otherwise.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterator

from honed.run.journal import Journal
from honed.search.candidate import Candidate
from honed.search.explored import Explored
from honed.search.plan import Plan
from honed.search.space import A_STUDY, Space
from honed.settings import Value
from honed.trials import FULL, trainings

_LEADERS = 25  # near which candidates are that the study is not asked for
_SIZE = "generation after {}"  # the name of the decision how many candidates follow


def edits(journal: Journal, the_plan: Plan, explored: Explored, generation: int, size: int) -> int:
    """How many of a generation are edits: none while there is no leader, which a longer search may have earlier."""
    if not the_plan.edits:
        return 0
    count = the_plan.edits_among(size) if explored.best_first() else 0
    return journal.decide(f"number of edits in generation {generation}", lambda: count)


def coming(
    journal: Journal,
    space: Space,
    the_plan: Plan,
    explored: Explored,
    batch: list[Candidate],
    generation: int,
    count: int,
    until: float | None = None,
) -> Iterator[Candidate]:
    """So many new candidates beside `batch`, which are proposed as they are drawn, by what is explored now.

    Their values are journalled in parts, and taken from there ever after: another Optuna would propose others under the
    same numbers. Once networks have been fully trained the study is asked for no more of a generation than the plan
    says, and the others are near the best of these. After the moment `until`, when none of it could be trained, no
    further part is proposed, which is journalled too.
    """
    best = explored.best_first()
    leader = (best or explored.asked or batch)[0]
    asked = min(count, the_plan.asked) if best and the_plan.asked else count
    programs = {each.program for each in [*explored.asked, *batch]}

    def propose(done: list[Candidate], part: int) -> list[dict[str, Value]]:
        if part and until is not None and time.monotonic() >= until:
            return []
        size = min(A_STUDY, count - len(done))
        of_study = min(max(0, asked - len(done)), size)
        room, further = the_plan.new_structures, dict[str, int]()
        if part:
            room -= len({each.program for each in done} - programs)
            further = {"part": part}
        return [
            *space.propose(of_study, room, leader, generation, the_plan.read, **further),
            *space.near(best[:_LEADERS], size - of_study, generation, **further),
        ]

    def parts() -> Iterator[list[Candidate]]:
        done = list[Candidate]()
        for part in itertools.count():
            name = f"proposals in generation {generation}" + (f", part {part + 1}" if part else "")
            found = space.candidates(journal.decide(name, functools.partial(propose, done, part)))
            done += found
            yield found
            # A part of another size came when the time was up, or was a whole generation of before there were parts.
            if len(done) >= count or len(found) != A_STUDY:
                return

    return itertools.chain.from_iterable(parts())


def widened(journal: Journal, space: Space, generation: int, better: list[Candidate]) -> list[str]:
    """What was widened where a better candidate sits on an edge, in words.

    Journalled, for a longer search may know other leaders, and what comes next lies in these ranges. Where an earlier
    budget ended with this generation nothing has come next, so that more time decides with all that was late.
    """
    ends, extensions = 0, _extensions(journal)
    while ends < extensions and journal.decision(_name(_SIZE.format(generation), ends)) == 0:
        ends += 1
    name = _name(f"ranges after generation {generation}", ends)
    return space.widen(journal.decide(name, lambda: space.wider(better[0]) if better else {}))


def size(journal: Journal, generation: int, following: Callable[[], int]) -> int:
    """The size of what follows a generation; where an earlier budget said 0, each `resume --budget` asks once more."""
    size = journal.decide(_SIZE.format(generation), following)
    for extension in range(_extensions(journal)):
        size = size or journal.decide(_name(_SIZE.format(generation), extension + 1), following)
    return size


def _extensions(journal: Journal) -> int:
    """How often the run was given a longer budget."""
    return sum(event["kind"] == "extended" for event in journal.events)


def _name(name: str, extension: int) -> str:
    """The name of a decision that is asked for once more under that longer budget, from 1; 0 for the first."""
    return f"{name}, extended {extension}" if extension else name


def worked(journal: Journal, batch: list[Candidate], workers: int, since: int = 0) -> float:
    """Seconds that a batch took at least: its work by the journal, shared among the workers.

    A replay is over at once, and the clock alone would say that another batch is too. Nothing of the batch is among
    the first `since` events.
    """
    numbers = {candidate.number for candidate in batch}
    values = {  # the last of each, as a longer plan trains again
        str(key): value
        for key, value in trainings(journal.events[since:])
        if key.stage in ("quick", *FULL) and key.number in numbers
    }
    return sum(value["compile_seconds"] + value["run_seconds"] for value in values.values()) / workers
