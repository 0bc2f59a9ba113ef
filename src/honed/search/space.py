"""What the search tries: proposals by Optuna, generation by generation, and edits of what was tried.

A trial's values are split in two: structure (each new combination costs a compilation) and numbers (free).
`Space.propose` keeps structure to the programs that exist, and lets a few new ones in with each generation.
`ranges` says what is asked for and `edits` what may be changed in one candidate.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import optuna
from optuna.distributions import FloatDistribution

from honed import seeds
from honed.encode.target import RATE_LOSSES, TargetKind
from honed.family import Specification
from honed.search.candidate import BESIDE, Candidate
from honed.search.edits import Around
from honed.search.options import DEFAULT_GROUPS
from honed.search.ranges import Parts, Ranges
from honed.settings import Value
from honed.train.recipe import Preset
from honed.train.spec import TrainingSpec

_EDGE = 0.03  # part of a range that counts as its edge
_SEEDS = 1000  # between the seeds of two generations
A_STUDY = 100  # trials
_BEST = 25  # of what was learned that are read in any case: as many as TPE calls good at most
_LEARNED = {"log": " (log target)", **{loss: f" ({loss} loss)" for loss in RATE_LOSSES}}
_WIDEN = 4.0  # factor by which a range on a logarithmic scale grows


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Optuna without its news for a while; afterwards it tells as much as the user wants of his own studies."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


class Space:
    """Proposals by Optuna's TPE, generation by generation.

    Parameters
    ----------
    presets : the first candidates; what their specs declare is what is searched.
    targets : ways to learn the target, such as ("linear", "poisson", "log").
    encodings : ways to encode rows that are searched, the first for presets that name none.
    batch : rows in one step by the rule of the number of rows.
    structures : most programs in all.
    most : the largest value of a network's setting that the budget allows, such as {"width": 256}.
    without : settings that mean nothing for these rows, such as an embedding of numbers where there are none.
    groups : which groups of knobs are searched (`honed.search.options.GROUPS`); the others stay as the recipe has them.
    """

    def __init__(
        self,
        presets: tuple[Preset, ...],
        targets: tuple[TargetKind, ...],
        encodings: tuple[str, ...],
        *,
        batch: int,
        structures: int,
        seed: int,
        most: Mapping[str, int],
        without: Collection[str] = (),
        groups: Collection[str] = DEFAULT_GROUPS,
    ) -> None:
        self._seed = seed
        self._learned: list[optuna.trial.FrozenTrial] = []
        self._ranges = Ranges(presets, targets, encodings, batch, most, without, groups)
        self._structures = structures
        self._known: dict[tuple[Value, ...], Parts] = {}
        self._asked: dict[int, Parts] = {}
        self.count = 0
        self.widenings: list[str] = []

    def defaults(self) -> list[Candidate]:
        """The presets as candidates.

        The first one in each way to learn the target and in each encoding that is searched, the others in the last way.
        """
        ranges, found = self._ranges, []
        for place, preset in enumerate(ranges.presets.values()):
            own, last = ranges.encoding_of(preset), ranges.targets[-1]
            found += [self._default(preset, target, own) for target in ranges.targets[:-1] if place == 0]
            found.append(self._default(preset, last, own))
            others = [each for each in ranges.beside.get("encoding", ()) if each != own]
            found += [self._default(preset, last, other) for other in others if place == 0]
        return found

    @_quiet()
    def propose(
        self,
        number: int,
        new_structures: int,
        leader: Candidate,
        generation: int = 0,
        read: int = 0,
        part: int = 0,
    ) -> list[dict[str, Value]]:
        """Values of `number` new candidates, of which at most `new_structures` need a new program: see `candidates`.

        Every second one keeps the structure of the leader and differs from it in numbers alone. What is drawn hangs on
        the seed, the generation, its part and what was learned, and not on what was drawn before.

        Parameters
        ----------
        read : how much of what was learned is read at most, by `_worth_reading`; 0 for all.
        part : of a generation that is asked for in several, from 0, each of as many as one study has.
        """
        if not number:  # no reading for nothing
            return []
        learned, known, found = _worth_reading(self._learned, read), dict(self._known), []
        trials = self._trials(_SEEDS * generation + part, learned)
        for place, trial in enumerate(itertools.islice(trials, number)):
            self._ranges.ask(trial)
            distributions = trial.distributions
            parts = {name: (value, distributions[name]) for name, value in trial.params.items()}
            structure = self._structure(parts)
            if place % 2 == 0:
                parts = self._snap(parts, self._asked[leader.number])
            elif structure not in known and new_structures > 0 and len(known) < self._structures:
                new_structures -= 1
                known[structure] = parts
            elif structure not in known:
                parts = self._snap(parts, _nearest(structure, known))
            found.append(_values(parts))
        return found

    def _trials(self, seed: int, learned: Iterable[optuna.trial.FrozenTrial]) -> Iterator[optuna.trial.Trial]:
        """Trials to be asked for their values, each of which counts for nothing: what is really run is learned later.

        A trial takes longer the more its study holds, so every hundred have a study of their own.
        """
        for number in itertools.count(seed):
            study = optuna.create_study(sampler=_sampler(self._seed + number), direction="minimize")
            study.add_trials(learned)
            for _ in range(A_STUDY):
                yield (trial := study.ask())
                study.tell(trial, state=optuna.trial.TrialState.FAIL)

    def near(
        self, leaders: Sequence[Candidate], number: int, generation: int, part: int = 0
    ) -> list[dict[str, Value]]:
        """Values of `number` new candidates, which cost little to find: see `candidates`.

        Each is one of the leaders in turn, with one to three settings moved by half to two octaves, or to another
        choice, for which no program has to be compiled.
        """
        rng = seeds.generator(self._seed, "near", generation, *([part] if part else []))
        found = []
        for place in range(number):
            leader = leaders[place % len(leaders)]
            count, octaves = int(rng.integers(1, 4)), float(rng.uniform(0.5, 2))
            changes = self.stray(leader, count, octaves, rng, compiles=False)
            found.append(_values(self._around(leader).changed(changes)))
        return found

    def candidates(self, proposals: Iterable[Mapping[str, Value]]) -> list[Candidate]:
        """The candidates of those values, which `propose` gave, here or in an earlier process."""
        found = []
        for values in proposals:
            parts = self._ranges.parts(values)
            self._known.setdefault(self._structure(parts), parts)
            found.append(self._candidate(parts))
        return found

    def learn(self, losses: dict[int, float]) -> None:
        """Tell what candidates (by number) scored; lower is better, infinity for a failure."""
        finite = [loss for loss in losses.values() if math.isfinite(loss)]
        worst = max(finite, default=0.0)
        for number, loss in losses.items():
            parts = self._asked.get(number)
            if parts is None:
                continue
            self._learned.append(
                optuna.trial.create_trial(
                    params=_values(parts),
                    distributions={name: distribution for name, (_, distribution) in parts.items()},
                    value=loss if math.isfinite(loss) else worst + abs(worst) + 1,
                )
            )

    def wider(self, best: Candidate) -> dict[str, list[float]]:
        """Each range on whose edge the best candidate sits, by name, from where to where it should go: see `widen`."""
        parts = {} if best.reason else self._asked.get(best.number, {})
        found = {}
        for name, (value, distribution) in parts.items():
            if not isinstance(distribution, FloatDistribution) or not distribution.log:
                continue
            before = low, high = self._ranges.span(name)
            widest = self._ranges.widest(name) or before
            place = (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
            if place < _EDGE:
                low = max(low / _WIDEN, widest[0])
            elif place > 1 - _EDGE:
                high = min(high * _WIDEN, widest[1])
            if (low, high) != before:
                found[name] = [low, high]
        return found

    def widen(self, ranges: Mapping[str, Sequence[float]]) -> list[str]:
        """Let these ranges, of `wider`, go from there to there; what was widened, in words."""
        said = []
        for name, (low, high) in ranges.items():
            self._ranges.widened[name] = (low, high)
            said.append(f"{name} now from {low:.3g} to {high:.3g}, because the best value was on the edge")
        self.widenings += said
        return said

    def fitting(self, parent: Candidate, advice: Mapping[str, Value]) -> dict[str, Value]:
        """Of the advised settings those that this space searches, brought into its ranges, that change the parent."""
        return self._around(parent).fitting(advice)

    def has(self, parent: Candidate, changes: Mapping[str, Value]) -> bool:
        """Whether this space searches all of those settings in the parent, so that it may be `edited` by them."""
        return self._around(parent).has(changes)

    def is_compiled(self, parent: Candidate, changes: Mapping[str, Value]) -> bool:
        """Whether the parent with those changes runs on a program that is there already."""
        return self._structure(self._around(parent).changed(changes)) in self._known

    def has_room(self) -> bool:
        """Whether another program may be compiled."""
        return len(self._known) < self._structures

    def edited(self, parent: Candidate, changes: Mapping[str, Value]) -> Candidate:
        """A new candidate: the parent but for `changes`, which come from `fitting` or `stray`."""
        parts = self._around(parent).changed(changes)
        self._known.setdefault(self._structure(parts), parts)
        network, training = self._ranges.changed(parent.network, parent.training, changes)
        target, encoding = (changes.get(name, parent.setting(name)) for name in BESIDE)
        return self._new(parts, network, training, target, encoding)

    def encoded(self, parent: Candidate, encoding: str) -> Candidate:
        """A new candidate: the parent but for how its rows are encoded, which need not be one of those searched."""
        return self._new(self._asked[parent.number], parent.network, parent.training, parent.target, encoding)

    def default_in(self, encoding: str) -> Candidate:
        """The first preset, in the last way to learn the target, on rows that are encoded so.

        That need not be one of the ways to encode that are searched.
        """
        preset = next(iter(self._ranges.presets.values()))
        return self._default(preset, self._ranges.targets[-1], encoding)

    def encode_as(self, leader: Candidate) -> None:
        """From now on rows are encoded as for that candidate, where a recipe does not say how.

        Other inputs need other programs, and of those only this candidate's is compiled; as many more may be as before.
        """
        self._ranges.usual_encoding = leader.encoding
        self._structures -= len(self._known) - 1
        parts = self._asked[leader.number]
        self._known = {self._structure(parts): parts}

    def stray(
        self,
        parent: Candidate,
        number: int,
        octaves: float,
        rng: np.random.Generator,
        *,
        compiles: bool,
        sparing: Iterable[str] = (),
    ) -> dict[str, Value]:
        """A random change of `number` settings: each by so many octaves, or to another choice.

        `compiles` says whether it may need a program that is not there yet; the settings of `sparing` stay.
        """

        def allows(changes: Mapping[str, Value]) -> bool:
            return compiles or self.is_compiled(parent, changes)

        return self._around(parent).stray(number, octaves, rng, allows=allows, sparing=sparing)

    def _around(self, parent: Candidate) -> Around:
        return Around(self._ranges, parent, self._asked[parent.number])

    def _default(self, preset: Preset, target: TargetKind, encoding: str) -> Candidate:
        answers = self._ranges.answers(preset, target, encoding)
        fixed = optuna.trial.FixedTrial(answers)
        self._ranges.ask(fixed)
        parts = {name: (answers[name], distribution) for name, distribution in fixed.distributions.items()}
        self._known.setdefault(self._structure(parts), parts)
        candidate = self._candidate(parts)
        # The recipe as published, not as the space would write it: penalties that it lacks stay absent.
        training = replace(preset.training, batch_size=candidate.training.batch_size)
        network = replace(
            preset.network, **{name: getattr(candidate.network, name) for name in self._ranges.most}
        )
        name = preset.name + _LEARNED.get(target, "")
        name += "" if encoding == self._ranges.encoding_of(preset) else f" ({encoding})"
        return replace(
            candidate,
            name=name,
            network=network,
            training=training,
            target=target,
            encoding=encoding,
            # Where one way to encode is searched, parts do not say in which.
            program=(*self._structure(parts), encoding),
            reason=preset.reason,
            rules=preset.rules,
        )

    def _candidate(self, parts: Parts) -> Candidate:
        network, training = self._ranges.specs(_values(parts))
        usual = self._ranges.encoding_of(self._ranges.presets[parts["recipe"][0]])
        target = parts["target"][0] if "target" in parts else self._ranges.targets[0]
        encoding = parts["encoding"][0] if "encoding" in parts else usual
        return self._new(parts, network, training, target, encoding)

    def _new(
        self,
        parts: Parts,
        network: Specification,
        training: TrainingSpec,
        target: TargetKind,
        encoding: str,
    ) -> Candidate:
        """The candidate with the next number."""
        number, self.count = self.count, self.count + 1
        self._asked[number] = parts
        values, program = _values(parts), (*self._structure(parts), encoding)
        name = f"trial {number}"
        return Candidate(number, name, network, training, target, encoding, values, program=program)

    def _structure(self, parts: Parts) -> tuple[Value, ...]:
        return self._ranges.structure(_values(parts))

    def _snap(self, asked: Parts, known: Parts) -> Parts:
        """The known structure with the asked numbers where they apply."""
        return {
            name: known[name] if self._ranges.is_structure(name) or name not in asked else asked[name]
            for name in known
        }


def _sampler(seed: int) -> optuna.samplers.BaseSampler:
    return optuna.samplers.TPESampler(seed=seed % 2**32, multivariate=True, n_startup_trials=12)


def _worth_reading(
    learned: Sequence[optuna.trial.FrozenTrial], most: int
) -> Iterable[optuna.trial.FrozenTrial]:
    """Of what was learned the best `_BEST` and the latest, `most` in all, in the order of learning; 0 for everything.

    TPE learns where candidates are good from no more than its best 25, and the oldest of the others weigh least.
    """
    if not most or len(learned) <= most:
        return learned
    places = range(len(learned))
    best = set(sorted(places, key=lambda place: cast(float, learned[place].value))[:_BEST])
    others = [place for place in places if place not in best]
    return [learned[place] for place in sorted([*best, *others[len(best) - most :]])]


def _values(parts: Parts) -> dict[str, Value]:
    return {name: value for name, (value, _) in parts.items()}


def _nearest(structure: tuple[Value, ...], known: Mapping[tuple[Value, ...], Parts]) -> Parts:
    """The parts of the known structure that differs least."""

    def distance(other: tuple[Value, ...]) -> float:
        return sum(_apart(a, b) for a, b in zip(structure, other, strict=True))

    return known[min(known, key=distance)]


def _apart(a: Value, b: Value) -> float:
    if a == b:
        return 0.0
    numbers = isinstance(a, (int, float)) and isinstance(b, (int, float)) and not isinstance(a, bool)
    return min(1.0, abs(math.log2((a + 1) / (b + 1))) / 2) if numbers else 1.0
