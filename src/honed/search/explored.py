"""What a search has found so far: `Explored`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from honed.report.facts import Experiment
from honed.search.candidate import Candidate
from honed.search.training import Result, Training

KEPT = 100  # candidates whose networks are kept: more than may vote, or are edited


class Explored:
    """Every candidate and what came of it; nothing but these methods changes it.

    Parameters
    ----------
    folds : how many folds a full training is repeated on, where that is known.
    """

    def __init__(self, folds: int = 0) -> None:
        self._folds = folds
        self._asked: list[Candidate] = []
        self._by_number: dict[int, Candidate] = {}
        self._candidates: list[Candidate] = []
        self._losses: dict[int, float] = {}
        self._quick: dict[int, float] = {}
        self._full: dict[int, Sequence[Result]] = {}
        self._failed: list[Training] = []
        self._ledger: list[Experiment] = []
        self._fell_back = False
        self._held: list[Candidate] = []
        self._ranked = 0  # candidates that `outranked` has seen

    @property
    def folds(self) -> int:
        """How many folds a full training is repeated on; 0 until `settle_folds`."""
        return self._folds

    @property
    def fell_back(self) -> bool:
        """Whether one training stands for all, since there was no time to compare any."""
        return self._fell_back

    @property
    def asked(self) -> Sequence[Candidate]:
        """Every candidate, in the order in which they were asked for."""
        return self._asked

    @property
    def by_number(self) -> Mapping[int, Candidate]:
        """The same by their numbers."""
        return self._by_number

    @property
    def candidates(self) -> Sequence[Candidate]:
        """Those fully trained on each fold."""
        return self._candidates

    @property
    def losses(self) -> Mapping[int, float]:
        """By candidate number, the mean loss of its full trainings."""
        return self._losses

    @property
    def quick(self) -> Mapping[int, float]:
        """By candidate number, the loss of its first rung."""
        return self._quick

    @property
    def full(self) -> Mapping[int, Sequence[Result]]:
        """By candidate number, its full trainings, on folds 0 to `folds` - 1."""
        return self._full

    @property
    def failed(self) -> Sequence[Training]:
        """Trainings on the first rung that learned nothing, since `forget_failures`."""
        return self._failed

    @property
    def ledger(self) -> Sequence[Experiment]:
        """The coach's experiments."""
        return self._ledger

    def best_first(self) -> list[Candidate]:
        """Candidates with a finite loss on every fold, the best first."""
        scored = [c for c in self._candidates if math.isfinite(self._losses[c.number])]
        return sorted(scored, key=lambda c: (self._losses[c.number], c.number))

    def outranked(self, most: int) -> list[Candidate]:
        """Candidates that so many others are now better than; each is told once."""
        self._held += self._candidates[self._ranked :]
        self._ranked = len(self._candidates)
        self._held.sort(key=lambda c: (self._losses[c.number], c.number))
        self._held, gone = self._held[:most], self._held[most:]
        return gone

    def ask(self, candidates: Iterable[Candidate]) -> None:
        """These will be trained."""
        for candidate in candidates:
            self._asked.append(candidate)
            self._by_number[candidate.number] = candidate

    def record_quick(self, result: Result, *, is_failure: bool = False) -> None:
        """A first rung has ended; a failure is kept for somebody to look at."""
        self._quick[result.training.candidate.number] = result.loss
        if is_failure:
            self._failed.append(result.training)

    def forget_failures(self) -> None:
        """Somebody has looked at them."""
        self._failed.clear()

    def settle_folds(self, folds: int) -> None:
        """From now on a full training is repeated on so many folds."""
        self._folds = folds

    def record_full(self, results: Sequence[Result]) -> None:
        """One candidate has been fully trained, with a result for each fold in their order."""
        assert [r.training.fold for r in results] == [str(fold) for fold in range(self._folds)]
        candidate = results[0].training.candidate
        self._candidates.append(candidate)
        self._full[candidate.number] = results
        self._losses[candidate.number] = float(np.mean([result.loss for result in results]))

    def record_trained(self, children: Sequence[Candidate], found: Mapping[Training, Result]) -> None:
        """Candidates that were asked for, of which those that came to an end on each fold enter as fully trained."""
        self.ask(children)
        for child in children:
            own = [result for training, result in found.items() if training.candidate.number == child.number]
            if own and len(own) == self.folds:
                self.record_full(own)

    def fall_back(self, result: Result) -> None:
        """Nothing was fully trained to a finite loss, so this one training stands for all."""
        self._fell_back = True
        self._candidates.clear()
        self.settle_folds(1)
        self.record_full([result])

    def record_experiments(self, entries: Iterable[Experiment]) -> None:
        """The coach has compared edits with their parents."""
        self._ledger += entries
