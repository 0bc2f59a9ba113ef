"""Ways to encode rows that suit the data, each tried on the best network of the first generation: `tried`.

Two networks are compared that are the same but for how their rows are encoded. Where one of these ways does better, the
search goes on in it; the others have cost a training each, on each fold, and their arrays lie beside those of the usual
way until the search ends.
"""

from __future__ import annotations

import math
from typing import NamedTuple, cast

from honed.figures import figure
from honed.run.journal import Journal
from honed.search.candidate import Candidate
from honed.search.explored import Explored
from honed.search.plan import Plan
from honed.search.runner import Runner
from honed.search.space import Space
from honed.search.training import Training
from honed.typed import JSON

_DECISION = "ways to encode after the first generation"
# Of its score, by which a network has to be better: less may be chance. Of bike_sharing 0.5 % on the rows that validate
# came to 1.9 % more loss of the whole search on its test rows (`benchmarks/README.md`).
_LEAST_GAIN = 0.01


class Trial(NamedTuple):
    """A way to encode, the network that was tried in it as words, its losses in the usual way and in this one."""

    encoding: str
    network: str
    before: float
    after: float

    @property
    def is_better(self) -> bool:
        """Whether it is, by more than chance makes it."""
        gain = self.before - self.after
        return gain > 0 and gain >= _LEAST_GAIN * abs(self.before)


def tried(
    runner: Runner, the_plan: Plan, space: Space, explored: Explored, size: int, until: float | None
) -> list[Candidate]:
    """The best candidate so far once more in each way that suits; what is proposed from now on is encoded in the best.

    Parameters
    ----------
    size : candidates of the generation that begins with these; half of a usual one is left beside them, so that a
        search of few candidates, or of little time, tries none.
    """
    leaders, journal = explored.best_first()[:1], runner.journal
    if not the_plan.ways or not leaders:
        return []

    def chosen() -> dict[str, JSON]:
        (leader,), room = leaders, size - the_plan.generation // 2
        is_usual = leader.encoding == runner.prepared.encodings[0]  # else its recipe says how, and why
        suiting = runner.prepared.suiting_encodings[: max(0, room)] if is_usual else ()
        return {"parent": leader.number, "encodings": list(suiting)}

    choice = journal.decide(f"{_DECISION}, tried", chosen)
    parent = explored.by_number.get(choice["parent"])
    if parent is None:  # of a plan whose first generation was larger
        return []
    children = [space.encoded(parent, encoding) for encoding in choice["encodings"]]
    trainings = [Training("full", child, str(fold)) for fold in range(explored.folds) for child in children]
    explored.record_trained(children, runner.train(trainings, until))
    done = {child.encoding: child for child in children if child.number in explored.full}

    def decided() -> dict[str, JSON]:
        trials = [
            Trial(name, parent.name, explored.losses[parent.number], explored.losses[child.number])
            for name, child in done.items()
            if parent.number in explored.losses  # else a longer plan has promoted others
        ]
        better = sorted((trial.after, trial.encoding) for trial in trials if trial.is_better)
        taken = better[0][1] if better else None
        return {"trials": [trial._asdict() for trial in trials], "taken": taken}

    taken = done.get(journal.decide(_DECISION, decided)["taken"]) if children else None
    if taken is not None:
        space.encode_as(taken)
        space.learn({taken.number: explored.losses[taken.number]})
    return children


def told(journal: Journal, *, higher_is_better: bool) -> list[str]:
    """What came of each way that was tried, in a sentence."""
    trials, taken = _outcome(journal)
    sign, said = -1 if higher_is_better else 1, []
    for trial in trials:
        took = "so the search went on without it"
        if trial.encoding == taken:
            took = "so the search went on with it"
        elif trial.is_better:
            took = "but another way was better still"
        elif trial.after < trial.before:
            took = f"less than {_LEAST_GAIN:.0%} better, {took}"
        said.append(
            f"The best network so far, {trial.network}, was tried on rows encoded by {trial.encoding!r}: it validated "
            f"{_at(sign * trial.after)} with it and {figure(sign * trial.before)} without, {took}."
        )
    return said


def reason(journal: Journal, encoding: str, usual: str, *, higher_is_better: bool) -> str | None:
    """Why the search went on in this way to encode, in words; None where it tried no other, or went on in another."""
    trials, taken = _outcome(journal)
    if not trials or encoding != (taken or usual):
        return None
    sign, first = -1 if higher_is_better else 1, trials[0]
    before, after = figure(sign * first.before), {each.encoding: _at(sign * each.after) for each in trials}
    if taken is not None:
        return f"{first.network} validated {after[taken]} with it and {before} without"
    others = " and ".join(f"{at} with {name!r}" for name, at in after.items())
    return f"{first.network} validated at {before} with it and {others}, which is not better by {_LEAST_GAIN:.0%}"


def _at(score: float) -> str:
    return "beyond all numbers" if math.isinf(score) else f"at {figure(score)}"


def _outcome(journal: Journal) -> tuple[list[Trial], str | None]:
    """The ways that were tried, and that in which the search went on, where it is one of them."""
    decision = cast("dict[str, JSON]", journal.decision(_DECISION) or {"trials": (), "taken": None})
    return [Trial(**each) for each in decision["trials"]], decision["taken"]
