"""What is decided about one generation of candidates, each decision journalled: its size, its edits, its proposals.

A replay takes them from the journal, since a longer search, or another Optuna, would decide otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

from honed.run.journal import Journal
from honed.search.candidate import Candidate
from honed.search.explored import Explored
from honed.search.plan import Plan
from honed.search.space import Space
from honed.trials import FULL, trainings


def edits(journal: Journal, the_plan: Plan, explored: Explored, generation: int, size: int) -> int:
    """How many of a generation are edits: none while there is no leader, which a longer search may have earlier."""
    if not the_plan.edits:
        return 0
    count = the_plan.edits_among(size) if explored.best_first() else 0
    return journal.decide(f"number of edits in generation {generation}", lambda: count)


def proposals(
    journal: Journal,
    space: Space,
    the_plan: Plan,
    explored: Explored,
    batch: list[Candidate],
    generation: int,
    count: int,
) -> list[Candidate]:
    """So many new candidates beside `batch`.

    Their values are journalled, and taken from there ever after: another Optuna would propose others under the same
    numbers.
    """
    leader = (explored.best_first() or explored.asked or batch)[0]
    values = journal.decide(
        f"proposals in generation {generation}",
        lambda: space.propose(count, the_plan.new_structures, leader, generation),
    )
    return space.candidates(values)


def widened(journal: Journal, space: Space, generation: int, better: list[Candidate]) -> list[str]:
    """What was widened where a better candidate sits on an edge, in words.

    Journalled, for a longer search may know other leaders, and what comes next lies in these ranges.
    """
    name = f"ranges after generation {generation}"
    return space.widen(journal.decide(name, lambda: space.wider(better[0]) if better else {}))


def size(journal: Journal, name: str, following: Callable[[], int]) -> int:
    """The size of a generation; where an earlier budget said 0, each `resume --budget` asks once more."""
    size = journal.decide(name, following)
    for extension in range(sum(event["kind"] == "extended" for event in journal.events)):
        size = size or journal.decide(f"{name}, extended {extension + 1}", following)
    return size


def worked(journal: Journal, batch: list[Candidate], workers: int) -> float:
    """Seconds that a batch took at least: its work by the journal, shared among the workers.

    A replay is over at once, and the clock alone would say that another batch is too.
    """
    numbers = {candidate.number for candidate in batch}
    values = [
        value
        for key, value in trainings(journal.events)
        if key.stage in ("quick", *FULL) and key.number in numbers
    ]
    return sum(value["compile_seconds"] + value["run_seconds"] for value in values) / workers
