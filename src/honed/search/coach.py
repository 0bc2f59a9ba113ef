"""The coach: findings on leaders and failures become edits, and each edit a controlled experiment.

An edit changes the settings that a finding advises in one candidate, its parent. It is trained on the parent's folds,
batches and seed for as many epochs, and beside the edits of a parent runs a random one of equal size, their control.
What came of each stands in the ledger. Read `Coach` first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from honed import seeds
from honed.diagnosis import training as rules
from honed.diagnosis.case import Case
from honed.findings import Finding
from honed.optional import optional
from honed.report.facts import AND, Experiment, steps
from honed.search import diagnosis, signs
from honed.search.candidate import BESIDE, Candidate
from honed.search.explored import Explored
from honed.search.options import Proposer
from honed.search.runner import Runner
from honed.search.space import Space
from honed.search.training import Result, Training
from honed.settings import Value
from honed.typed import JSON

RANDOM, COMBINED = "random", "combined"  # in the place of a finding
_MANY = 9  # edits of one generation from which on a third of them are the second best candidate's
_REPAIRS = 1  # failures of a generation that are repaired in the next one
_SURE = 1.96  # standard errors of an interval of 95 %, which a winner has above zero
_DRAWS = 200  # resamples of rows, where one fold says nothing about its noise
_OPPOSITE = 0.5  # of an edit's effect, that the opposite edit may hope for
_ATTEMPTS = 20  # draws for one random edit that nobody has tried
_OCTAVE = 1.0  # how far a random edit moves beside a choice, which has no scale


@dataclass(frozen=True)
class Edit:
    """Settings to be changed in a parent, and the finding that advises it."""

    parent: int
    finding: str
    changes: Mapping[str, Value]

    def to_json(self) -> dict[str, JSON]:
        """Plain values, for the journal."""
        return {"parent": self.parent, "finding": self.finding, "changes": dict(self.changes)}


@dataclass
class _Room:
    """What may still be tried in one generation: nothing twice, and so many programs that are not there yet."""

    space: Space
    tried: set[str]
    programs: int

    def may_compile(self) -> bool:
        """Whether another program may be had."""
        return self.programs > 0 and self.space.has_room()

    def take(self, parent: Candidate, changes: Mapping[str, Value]) -> bool:
        """Whether an edit is new and its program may be had; then it counts as tried."""
        identity, is_fresh = _identity(parent, changes), not self.space.is_compiled(parent, changes)
        if not changes or identity in self.tried or (is_fresh and not self.may_compile()):
            return False
        self.tried.add(identity)
        self.programs -= is_fresh
        return True


class Coach:
    """Edits candidates as findings advise, and keeps the ledger in `explored`.

    Which edits are made is journalled, since the findings behind them rest on arrays that the store may lose.

    Parameters
    ----------
    proposer : "coach"; "random" for as many random edits of the same leaders; "tpe" for none.
    compiles : edits of one generation that may need a program which is not there yet.
    """

    def __init__(
        self, runner: Runner, space: Space, explored: Explored, proposer: Proposer, compiles: int
    ) -> None:
        self._runner, self._space, self._explored = runner, space, explored
        self._proposer, self._compiles = proposer, compiles
        self._repairs: list[tuple[Edit, Candidate]] = []

    def repair(self, generation: int, count: int) -> list[Candidate]:
        """At most `count` failures of earlier first rungs, each as its first finding advises, for this first rung."""
        if self._proposer != "coach" or not count:
            return []
        self._repairs = self._decided(f"repairs in generation {generation}", lambda: self._rescued(count))
        self._explored.forget_failures()
        return [child for _, child in self._repairs]

    def experiment(self, generation: int, count: int, until: float | None) -> list[Candidate]:
        """`count` edits of the leaders, fully trained and told to the study, and the entries of this generation."""
        entries = [self._repaired(*pair) for pair in self._repairs if pair[1].number in self._explored.quick]
        self._repairs = []
        children: list[Candidate] = []
        if count and self._proposer != "tpe":
            edited = self._decided(
                f"edits in generation {generation}", lambda: self._edits(generation, count)
            )
            children = [child for _, child in edited]
            self._train(children, until)
            entries += self._compared(edited)
        self._explored.record_experiments(entries)
        return children

    def _decided(self, name: str, choose: Callable[[], list[Edit]]) -> list[tuple[Edit, Candidate]]:
        """Edits with their candidates, but for those whose parent is not there, or cannot be edited so.

        Under a plan of fewer candidates than that by which they were chosen, none or another has a parent's number.
        """
        chosen = self._runner.journal.decide(name, lambda: [edit.to_json() for edit in choose()])
        edits, known = [Edit(**each) for each in chosen], self._explored.by_number
        return [
            (edit, self._space.edited(known[edit.parent], edit.changes))
            for edit in edits
            if edit.parent in known and self._space.has(known[edit.parent], edit.changes)
        ]

    def _train(self, children: Sequence[Candidate], until: float | None) -> None:
        """Each child on the folds and seed of its parent; those that came to an end enter as fully trained."""
        explored = self._explored
        trainings = [Training("coach", c, str(fold)) for fold in range(explored.folds) for c in children]
        explored.record_trained(children, self._runner.train(trainings, until))
        self._space.learn(
            {c.number: explored.losses[c.number] for c in children if c.number in explored.full}
        )

    def _edits(self, generation: int, count: int) -> list[Edit]:
        """Edits of the leaders: what findings advise and a control for each leader; where that is out, random ones."""
        rng = seeds.generator(self._runner.prepared.options.seed, "edits", generation)
        room = self._room(self._compiles)
        chosen: list[Edit] = []
        leaders = self._explored.best_first()[: 1 + (count >= _MANY)]
        for place, leader in enumerate(leaders):
            is_last = place + 1 == len(leaders)
            share = count - len(chosen) if is_last else math.ceil(2 * count / 3)
            if self._proposer == "coach" and share:
                own = list(self._advised(leader, max(1, share - 1), room))
                if own and share > 1:
                    own += self._random(leader, 1, rng, replace(room, programs=0), like=own[0].changes)
                chosen, share = chosen + own, share - len(own)
            chosen += self._random(leader, share, rng, room)
        return chosen

    def _room(self, programs: int) -> _Room:
        return _Room(self._space, {_identity(candidate) for candidate in self._explored.asked}, programs)

    def _advised(self, leader: Candidate, count: int, room: _Room) -> Iterator[Edit]:
        """At most `count` edits of a leader that nobody has tried."""
        for finding, changes in self._advice(leader):
            if count and room.take(leader, changes):
                count -= 1
                yield Edit(leader.number, finding, changes)

    def _random(
        self,
        parent: Candidate,
        count: int,
        rng: np.random.Generator,
        room: _Room,
        like: Mapping[str, Value] | None = None,
    ) -> list[Edit]:
        """Random edits: of as many settings as `like`, as far, but not of those; else of one by half to two octaves."""
        like, found = like or {}, []
        number, attempts = max(1, len(like)), _ATTEMPTS * count
        for attempt in range(attempts):
            octaves = _octaves(parent, like) if like else float(rng.uniform(0.5, 2))
            changes = self._space.stray(
                parent, number, octaves, rng, compiles=room.may_compile(), sparing=like
            )
            is_whole = (
                len(changes) == number or attempt >= attempts // 2
            )  # after so many a part is better than none
            if len(found) < count and is_whole and room.take(parent, changes):
                found.append(Edit(parent.number, RANDOM, changes))
        return found

    def _advice(self, leader: Candidate) -> Iterator[tuple[str, dict[str, Value]]]:
        """Changes, each with its finding: what is wrong, what has helped its parent, what else to try."""
        found = self._findings(leader)
        for finding in found:
            if finding.severity != "note" and (changes := self._space.fitting(leader, finding.advice)):
                yield finding.id, changes
        for name, advice in _carried(self._explored.ledger, leader):
            if changes := self._space.fitting(leader, advice):
                yield name, changes
        notes = [finding for finding in found if finding.severity == "note"]
        fitting = [(note.id, self._space.fitting(leader, note.advice)) for note in notes]
        ledger = self._explored.ledger
        for name, changes in sorted(fitting, key=lambda pair: -_promise(ledger, leader, pair[1])):
            if changes:
                yield name, changes

    def _findings(self, candidate: Candidate) -> list[Finding]:
        """What the rules see in most of a candidate's full trainings, then what may be tried."""
        trainings = [result.training for result in self._explored.full[candidate.number]]
        cases = [diagnosis.case(self._runner, training) for training in trainings]
        seen: dict[str, list[Finding]] = {}
        for case in cases:
            for finding in _what_is_wrong(case):
                seen.setdefault(finding.id, []).append(finding)
        wrong = [own[0] for own in seen.values() if 2 * len(own) > len(cases)]
        return wrong + optional("What may be tried", lambda: self._notes(candidate, cases), [])

    def _notes(self, candidate: Candidate, cases: Sequence[Case]) -> list[Finding]:
        """What may be tried on a candidate that learns; nothing without a validation curve."""
        seen = signs.signs(cases)
        family = self._runner.prepared.family
        return [] if seen is None else family.moves(candidate.network, candidate.training, seen)

    def _rescued(self, count: int) -> list[Edit]:
        """The first advice for each of the latest failures."""
        room = self._room(0)
        found: list[Edit] = []
        for training in reversed(self._explored.failed):
            if len(found) == min(count, _REPAIRS):
                break
            case, parent = diagnosis.case(self._runner, training), training.candidate
            advised = ((f.id, self._space.fitting(parent, f.advice)) for f in _what_is_wrong(case))
            edit = next((Edit(parent.number, *pair) for pair in advised if room.take(parent, pair[1])), None)
            if edit is not None:
                found.append(edit)
        return found

    def _repaired(self, edit: Edit, child: Candidate) -> Experiment:
        """The entry of a repair, without an interval: it was seen on one fold, and briefly."""
        before, after = (self._explored.quick.get(n, math.inf) for n in (edit.parent, child.number))
        return self._entry(edit, child, before - after if math.isfinite(before - after) else None, None)

    def _compared(self, edited: Sequence[tuple[Edit, Candidate]]) -> list[Experiment]:
        """The entries of those edits that were trained to the end; a leader's first random edit is its control."""
        full = self._explored.full
        pairs = [(e, c) for e, c in edited if c.number in full and e.parent in full]
        effects = [self._effect(full[edit.parent], full[child.number]) for edit, child in pairs]
        found = [self._entry(e, c, *effect) for (e, c), effect in zip(pairs, effects, strict=True)]
        known = [e["error"] for e in [*self._explored.ledger, *found] if e["error"] is not None]
        usual = float(np.median(known)) if known else 0.0
        controls: dict[int, Experiment] = {}
        for entry in found:
            _judge(entry, usual)
            if entry["finding"] == RANDOM:
                controls.setdefault(entry["parent"], entry)
        for entry in found:
            if entry["finding"] != RANDOM and (control := controls.get(entry["parent"])):
                entry["control"] = {"edit": control["edit"], "effect": control["effect"]}
        return found

    def _entry(self, edit: Edit, child: Candidate, effect: float | None, error: float | None) -> Experiment:
        parent = self._explored.by_number[edit.parent]
        return {
            "finding": edit.finding,
            "edit": AND.join(edit.changes),
            "from": _flat([parent.setting(name) for name in edit.changes]),
            "to": _flat(list(edit.changes.values())),
            "parent": edit.parent,
            "child": child.number,
            "effect": effect,
            "error": error,
            "low": None,
            "high": None,
            "won": False,
            "control": None,
        }

    def _effect(self, parent: Sequence[Result], child: Sequence[Result]) -> tuple[float | None, float | None]:
        """By how much the child's loss is below the parent's, and the standard error of that.

        From the differences by fold; where there is one fold, from resampled validation rows.
        """
        losses = np.array([[one.loss for one in results] for results in (parent, child)])
        if not np.isfinite(losses).all():
            return None, None
        before, after = losses
        effect = float(before.mean() - after.mean())
        if len(before) > 1:
            return effect, float((before - after).std(ddof=1) / math.sqrt(len(before)))
        truth = self._runner.fold(parent[0].training.fold).truth
        said = [self._runner.predictions(each[0].training) for each in (parent, child)]
        rng = seeds.generator(self._runner.prepared.options.seed, "effect", child[0].training.key)
        drawn = []
        for _ in range(_DRAWS):
            rows = rng.integers(0, len(truth), len(truth))
            one, two = (self._runner.prepared.metric.loss(truth[rows], each[rows]) for each in said)
            drawn.append(one - two)
        return effect, float(np.nanstd(drawn))


def _what_is_wrong(case: Case) -> list[Finding]:
    return [*rules.findings(case), *optional("The rule 'rescues'", lambda: signs.rescues(case), [])]


def _judge(entry: Experiment, usual: float) -> None:
    """The interval (95 %) and whether it is above zero; `usual` is the median error, which no error may fall below.

    Three folds can agree by luck, and an error from three numbers is a poor one.
    """
    effect, error = entry["effect"], entry["error"]
    if effect is not None and error is not None:
        margin = _SURE * max(error, usual)
        entry["low"], entry["high"] = effect - margin, effect + margin
        entry["won"] = effect > margin


def _carried(ledger: Sequence[Experiment], leader: Candidate) -> Iterator[tuple[str, dict[str, Value]]]:
    """What helped the leader's parent: the step that made the leader once more, its siblings' together, and each."""
    own = next((entry for entry in ledger if entry["child"] == leader.number), None)
    if own is None or not (own["effect"] or 0.0) > 0:
        return
    yield own["finding"], _extrapolated(own)
    helped = [e for e in ledger if e["parent"] == own["parent"] and e is not own and (e["effect"] or 0.0) > 0]
    others = [e for e in helped if not set(steps(e)) & set(steps(own))]
    others.sort(key=lambda e: -(e["effect"] or 0.0))
    each = [{name: new for name, (_, new) in steps(entry).items()} for entry in others]
    if len(others) > 1:
        yield COMBINED, {name: new for changes in reversed(each) for name, new in changes.items()}
    yield from ((entry["finding"], changes) for entry, changes in zip(others, each, strict=True))


def _extrapolated(entry: Experiment) -> dict[str, Value]:
    """The same step once more, for settings on a scale."""
    return {
        name: new * new / old for name, (old, new) in steps(entry).items() if _is_size(old) and _is_size(new)
    }


def _promise(ledger: Sequence[Experiment], parent: Candidate, changes: Mapping[str, Value]) -> float:
    """What edits of the same settings bought so far, in standard errors: the mean of those within ±2, 0 for none.

    One that went the other way counts for half of its opposite: what lost by halving may win by doubling.
    """
    wanted = {name: _direction(parent.setting(name), new) for name, new in changes.items()}
    seen = []
    for entry in ledger:
        went = {name: _direction(*step) for name, step in steps(entry).items()}
        if entry["effect"] is None or entry["high"] is None or set(went) != set(wanted):
            continue
        error = max((entry["high"] - entry["effect"]) / _SURE, 1e-12)
        gain = float(np.clip(entry["effect"] / error, -2, 2))
        if went == wanted:
            seen.append(gain)
        elif all({went[name], wanted[name]} == {-1, 1} for name in went):
            seen.append(-_OPPOSITE * gain)
    return float(np.mean(seen)) if seen else 0.0


def _flat(values: list[Value]) -> Value:
    """The value where there is one, or else the list."""
    return values[0] if len(values) == 1 else values


def _direction(old: Value, new: Value) -> Value:
    """Up (1) or down (-1) for numbers; the new value itself for a choice."""
    is_number = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (old, new))
    return (1 if new > old else -1) if is_number else new


def _octaves(parent: Candidate, changes: Mapping[str, Value]) -> float:
    """How far the farthest of the changes moves; one octave for what has no scale."""
    pairs = [(parent.setting(name), new) for name, new in changes.items()]
    return max((abs(math.log2(b / a)) for a, b in pairs if _is_size(a) and _is_size(b)), default=_OCTAVE)


def _is_size(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _identity(candidate: Candidate, changes: Mapping[str, Value] | None = None) -> str:
    """Every setting of a candidate with changes in words, so that nothing is tried twice."""
    names = asdict(candidate.network) | asdict(candidate.training)
    names |= {name: candidate.setting(name) for name in BESIDE}
    return repr(sorted((names | dict(changes or {})).items()))
