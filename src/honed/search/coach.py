"""The coach: findings on leaders and failures become edits, and each edit a controlled experiment.

An edit changes one finding's settings of a candidate, its parent, and is trained on the parent's folds, batches and
seeds for as many epochs; beside it runs a random edit of equal size, the control. What came of them stands in the
ledger. Read `experiment` first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from honed import seeds
from honed.diagnosis import training as rules
from honed.findings import Finding
from honed.search import diagnosis, moves
from honed.search.runner import Result, Runner, Training
from honed.search.space import Candidate, Space, plain

if TYPE_CHECKING:
    from honed.search.tune import Explored

STAGE = "coach"
RANDOM, COMBINED, AGAIN = "random", "combine", "again"
_LEADERS = 2  # candidates of a generation that are edited
_SURE = 1.64  # standard errors by which an edit has to win (one-sided 5 %)
_DRAWS = 200  # resamples of rows, where one fold says nothing about its noise
_OCTAVES = 1.0  # size of a random edit without an edit to equal


@dataclass(frozen=True)
class Edit:
    """What is to be changed in a parent, and which finding advises it."""

    parent: int
    finding: str
    changes: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the journal."""
        return {"parent": self.parent, "finding": self.finding, "changes": dict(self.changes)}


def experiment(
    runner: Runner,
    space: Space,
    explored: Explored,
    name: str,
    count: int,
    compiles: int,
    until: float | None,
    *,
    is_random: bool = False,
) -> list[Candidate]:
    """Propose `count` edits of the leaders, train them, and enter them into `explored` and its ledger.

    Parameters
    ----------
    name : of the generation; the edits are journalled under it, since findings rest on arrays that may be lost.
    compiles : edits that may need a program which is not there yet.
    is_random : random edits in place of those that findings advise.
    """
    if not count or not explored.best_first():
        return []

    def propose() -> list[dict[str, Any]]:
        chosen = [] if is_random else _advised(runner, space, explored, name, count, compiles)
        if len(chosen) < count:
            chosen += _random(runner, space, explored, name, count - len(chosen), compiles)
        return [edit.to_json() for edit in chosen]

    edits = [Edit(**each) for each in runner.journal.decide(f"edits after {name}", propose)]
    parents = {candidate.number: candidate for candidate in explored.candidates}
    children = [space.edited(parents[edit.parent], edit.changes) for edit in edits]
    results = _trained(runner, explored, children, until)
    explored.asked += children
    for child in children:
        own = results.get(child.number, [])
        if len(own) == explored.folds:
            explored.candidates.append(child)
            explored.full[child.number] = own
            explored.losses[child.number] = float(np.mean([result.loss for result in own]))
    space.learn({c.number: explored.losses[c.number] for c in children if c.number in explored.losses})
    _enter(runner, explored, edits, children)
    return children


def _trained(
    runner: Runner, explored: Explored, children: list[Candidate], until: float | None
) -> dict[int, list[Result]]:
    """Each child on the folds and seed of its parent."""
    trainings = [Training(STAGE, c, str(fold)) for fold in range(explored.folds) for c in children]
    results: dict[int, list[Result]] = {}
    for training, result in runner.train(trainings, until).items():
        results.setdefault(training.candidate.number, []).append(result)
    return results


def _advised(
    runner: Runner, space: Space, explored: Explored, name: str, count: int, compiles: int
) -> list[Edit]:
    """Edits of the leaders in turn, the best advice for each first, with a control for every few of them."""
    chosen: list[Edit] = []
    tried = {_identity(candidate) for candidate in explored.asked}
    for place, leader in enumerate(explored.best_first()[:_LEADERS]):
        share = count - len(chosen) if place == _LEADERS - 1 else math.ceil(count * 2 / 3)
        own: list[Edit] = []
        for finding, changes in _advice(runner, space, explored, leader):
            if len(own) == share - 1:
                break
            identity = _identity(leader, changes)
            fresh = not space.is_compiled(leader, changes)
            if identity in tried or (fresh and (compiles <= 0 or not space.has_room())):
                continue
            compiles -= fresh
            tried.add(identity)
            own.append(Edit(leader.number, finding, changes))
        if own and share > 1:
            own.append(_control(runner, space, name, leader, own[0]))
        chosen += own
    return chosen[:count]


def _control(runner: Runner, space: Space, name: str, parent: Candidate, edit: Edit) -> Edit:
    """A random edit of as many settings, moved as far."""
    rng = seeds.generator(runner.prepared.options.seed, "control", name, parent.number)
    changes = space.stray(parent, len(edit.changes), _size(parent, edit.changes), rng, compiles=False)
    return Edit(parent.number, RANDOM, changes)


def _random(
    runner: Runner, space: Space, explored: Explored, name: str, count: int, compiles: int
) -> list[Edit]:
    """Random edits of one setting, of the same leaders."""
    rng = seeds.generator(runner.prepared.options.seed, "random edits", name)
    leaders = explored.best_first()[:_LEADERS]
    first = math.ceil(count * 2 / 3)
    tried = {_identity(candidate) for candidate in explored.asked}
    chosen: list[Edit] = []
    for _ in range(20 * count):
        if len(chosen) == count:
            break
        leader = leaders[0 if len(chosen) < first else -1]
        changes = space.stray(leader, 1, float(rng.uniform(0.5, 2)), rng, compiles > 0 and space.has_room())
        identity = _identity(leader, changes)
        if not changes or identity in tried:
            continue
        compiles -= not space.is_compiled(leader, changes)
        tried.add(identity)
        chosen.append(Edit(leader.number, RANDOM, changes))
    return chosen


def _advice(
    runner: Runner, space: Space, explored: Explored, leader: Candidate
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Changes for a leader with the finding behind each: what is wrong, what has won before, what else to try."""
    found = findings(runner, explored, leader)
    for finding in found:
        if finding.severity != "note" and (changes := space.fitting(leader, finding.advice)):
            yield finding.id, changes
    yield from _carried(space, explored, leader)
    bought = _bought(explored)
    notes = [finding for finding in found if finding.severity == "note"]
    for finding in sorted(notes, key=lambda f: -bought.get(f.id, 0.0)):
        if changes := space.fitting(leader, finding.advice):
            yield finding.id, changes


def findings(runner: Runner, explored: Explored, candidate: Candidate) -> list[Finding]:
    """What the rules see in most of a candidate's trainings, then what may be tried."""
    cases = [diagnosis.case(runner, result.training) for result in explored.full[candidate.number]]
    seen: dict[str, list[Finding]] = {}
    for case in cases:
        for finding in rules.findings(case):
            seen.setdefault(finding.id, []).append(finding)
    return [own[0] for own in seen.values() if 2 * len(own) > len(cases)] + moves.moves(candidate, cases)


def _carried(space: Space, explored: Explored, leader: Candidate) -> Iterator[tuple[str, dict[str, Any]]]:
    """What helped the leader's parent beside the edit that made the leader: that step again, and its siblings' steps."""
    own = next((entry for entry in explored.ledger if entry["child"] == leader.number), None)
    if own is None or not _helped(own):
        return
    if again := space.fitting(leader, _extrapolated(own)):
        yield own["finding"], again
    siblings = [
        entry
        for entry in explored.ledger
        if entry["parent"] == own["parent"] and entry is not own and _helped(entry)
    ]
    for entry in sorted(siblings, key=lambda e: -e["effect"]):
        if not set(entry["to"]) & set(own["to"]) and (changes := space.fitting(leader, entry["to"])):
            yield entry["finding"], changes


def _extrapolated(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The same step once more, for settings on a scale."""
    found: dict[str, Any] = {}
    for name, new in entry["to"].items():
        old = entry["from"][name]
        numbers = all(isinstance(x, (int, float)) and not isinstance(x, bool) and x > 0 for x in (old, new))
        if numbers:
            found[name] = new * new / old
    return found


def _helped(entry: Mapping[str, Any]) -> bool:
    return entry["effect"] is not None and entry["effect"] > 0


def _bought(explored: Explored) -> dict[str, float]:
    """By finding, the mean of its effects so far in standard errors, within ±2."""
    seen: dict[str, list[float]] = {}
    for entry in explored.ledger:
        if entry["effect"] is not None:
            error = max((entry["high"] - entry["low"]) / (2 * _SURE), 1e-12)
            seen.setdefault(entry["finding"], []).append(float(np.clip(entry["effect"] / error, -2, 2)))
    return {name: float(np.mean(values)) for name, values in seen.items()}


def _size(parent: Candidate, changes: Mapping[str, Any]) -> float:
    """Octaves that the farthest of the changes moves; one for what has no scale."""
    found = [_OCTAVES]
    for name, new in changes.items():
        old = _value(parent, name)
        if all(isinstance(x, (int, float)) and not isinstance(x, bool) and x > 0 for x in (old, new)):
            found.append(abs(math.log2(new / old)))
    return max(found[1:], default=_OCTAVES)


def _value(candidate: Candidate, name: str) -> Any:
    if name == "target":
        return candidate.target
    return getattr(candidate.network if hasattr(candidate.network, name) else candidate.training, name)


def _identity(candidate: Candidate, changes: Mapping[str, Any] | None = None) -> str:
    """The settings of a candidate with changes, so that nothing is tried twice."""
    settings = {**plain(candidate.network), **plain(candidate.training), "target": candidate.target}
    return repr(sorted((settings | dict(changes or {})).items()))


def _enter(runner: Runner, explored: Explored, edits: list[Edit], children: list[Candidate]) -> None:
    """Write the ledger's entries; each edit's control is the random one of the same parent."""
    by_number = {candidate.number: candidate for candidate in explored.asked}
    entries = []
    for edit, child in zip(edits, children, strict=True):
        if child.number not in explored.full:
            continue
        effect, error = _effect(runner, explored.full[edit.parent], explored.full[child.number])
        entries.append((edit, child, effect, error))
    errors = [e["error"] for e in explored.ledger if e["error"]] + [error for *_, error in entries if error]
    usual = float(np.median(errors)) if errors else 0.0
    controls: dict[int, dict[str, Any]] = {}
    found = []
    for edit, child, effect, error in entries:
        margin = _SURE * max(error, usual)
        parent = by_number[edit.parent]
        entry = {
            "finding": edit.finding,
            "edit": " and ".join(edit.changes),
            "from": {name: _value(parent, name) for name in edit.changes},
            "to": dict(edit.changes),
            "parent": edit.parent,
            "child": child.number,
            "effect": effect,
            "low": None if effect is None else effect - margin,
            "high": None if effect is None else effect + margin,
            "error": error,
            "won": effect is not None and effect > margin,
            "control": None,
        }
        if edit.finding == RANDOM:
            controls.setdefault(edit.parent, {"edit": entry["edit"], "effect": effect})
        found.append(entry)
    for entry in found:
        if entry["finding"] != RANDOM:
            entry["control"] = controls.get(entry["parent"])
    explored.ledger += found


def _effect(
    runner: Runner, parent: list[Result], child: list[Result]
) -> tuple[float | None, float]:
    """By how much the child's loss is below the parent's, and the standard error of that difference.

    From the differences by fold; where there is one fold, from resampled validation rows.
    """
    pairs = [(a.loss, b.loss) for a, b in zip(parent, child, strict=True)]
    if not all(math.isfinite(x) for pair in pairs for x in pair):
        return None, 0.0
    differences = np.array([a - b for a, b in pairs])
    effect = float(np.mean([a for a, _ in pairs]) - np.mean([b for _, b in pairs]))
    if len(differences) > 1:
        return effect, float(differences.std(ddof=1) / math.sqrt(len(differences)))
    truth = runner.fold(parent[0].training.fold).truth
    said = [runner.predictions(one.training) for one in (parent[0], child[0])]
    loss: Callable[[np.ndarray, np.ndarray], float] = runner.prepared.metric.loss
    rng = seeds.generator(runner.prepared.options.seed, "effect", child[0].training.key)
    drawn = []
    for _ in range(_DRAWS):
        rows = rng.integers(0, len(truth), len(truth))
        drawn.append(loss(truth[rows], said[0][rows]) - loss(truth[rows], said[1][rows]))
    return effect, float(np.nanstd(drawn))
