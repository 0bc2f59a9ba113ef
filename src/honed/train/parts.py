"""How a training goes over its rows: in epochs, of many rows in parts of one, and so that it ends with its time.

To the compiled program a part is an epoch: after it the network is validated, and the best copy kept. So a training of
many rows can be judged, and ended, long before it has passed all of them. Where an epoch is one part nothing differs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed import seeds

if TYPE_CHECKING:
    from jaxtyping import Float, Int

MOST_ROWS = 2**18  # in one part: some seconds of work, beside which validating costs a few percent
_LEAST_STEPS = 32  # of a part of an epoch
_ROWS_IN_CALL = 32_768  # training rows in one call: enough that calling costs nothing, few enough to look in
_EPOCHS_IN_CALL = 32
_FORWARD = 1 / 3  # of the work of a training row, that a validation row is
_PARTS = 12  # of a training that ends with its time, or more
_LEAST_ROWS = 2**12  # of a part but the last
_VALIDATING = 3  # rows of a part at least, times those that validate
_LAST = 0.01  # of all rows for which there is time: the last part has so many, or as many as validate
_FIRST_ROWS, _FIRST_PHASE = 2**14, 0.004  # of a part whose pace nobody knows


class Part(NamedTuple):
    """Part of a training.

    start, rows : its first place in the stream of rows (one permutation of all after another), and how many it has.
    phases : share of the schedule that is behind at its beginning and at its end; None where steps are counted.
    """

    start: int
    rows: int
    phases: tuple[float, float] | None = None


def largest(rows: int, a_step: int) -> int:
    """Most rows of a part: all, unless they are many and a step takes few of them."""
    return rows if a_step > MOST_ROWS // _LEAST_STEPS else min(rows, MOST_ROWS)


def in_call(rows: int) -> int:
    """Parts of so many rows that one call has at most."""
    return max(1, min(_EPOCHS_IN_CALL, _ROWS_IN_CALL // rows))


def count(rows: int, most: int) -> int:
    """Parts of an epoch of so many rows, each of `most` at most."""
    return math.ceil(rows / most)


def of_epochs(number: int, rows: int, parts: int) -> Part:
    """Part `number` of a training whose every epoch has so many parts, as equal as can be."""
    start, stop = (place * rows // parts for place in (number, number + 1))
    return Part(start, stop - start)


class Stream:
    """Rows in the order in which they are seen: one permutation of all of them after another.

    Parameters
    ----------
    train : numbers of the rows, ascending where there are bounds.
    bounds : numbers of rows between which windows lie, each of which is gone through before the next: in a random
        order, and shuffled. None, or a single window, is any permutation of all.
    """

    def __init__(
        self,
        seed: int,
        train: Int[np.ndarray, " train"],
        bounds: Int[np.ndarray, " bounds"] | None = None,
    ) -> None:
        self._seed, self._train = seed, train
        edges = np.unique(np.searchsorted(train, [] if bounds is None else bounds))
        self._edges = edges if len(edges) > 2 else np.array([0, len(train)])
        # The last window, as parts of it follow.
        self._kept: tuple[int, int, Int[np.ndarray, " window"]] | None = None
        self._order: tuple[int, Int[np.ndarray, " windows"]] | None = None

    def rows(self, part: Part) -> Int[np.ndarray, " rows"]:
        """The row numbers of a part."""
        count, found, start = len(self._train), [], part.start
        while start < part.start + part.rows:
            epoch, first = divmod(start, count)
            last = min(count, first + part.start + part.rows - start)
            before = 0
            for window in self._windows(epoch):
                size = int(self._edges[window + 1] - self._edges[window])
                own = max(first - before, 0), min(last - before, size)
                if own[0] < own[1]:
                    found.append(self._window(epoch, window)[slice(*own)])
                before += size
            start += last - first
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _windows(self, epoch: int) -> list[int]:
        """The windows in the order of that epoch, mostly one."""
        number = len(self._edges) - 1
        if number == 1:
            return [0]
        if self._order is None or self._order[0] != epoch:
            self._order = epoch, seeds.generator(self._seed, "windows", epoch).permutation(number)
        return self._order[1].tolist()

    def _window(self, epoch: int, window: int) -> Int[np.ndarray, " window"]:
        """The rows of a window in the order of that epoch."""
        if self._kept is None or self._kept[:2] != (epoch, window):
            rows = self._train[self._edges[window] : self._edges[window + 1]]
            names = ("order", epoch) if len(self._edges) == 2 else ("order", epoch, window)
            self._kept = epoch, window, seeds.generator(self._seed, *names).permutation(rows)
        return self._kept[2]


class InTime:
    """Parts whose schedule is at its end when the time is, whatever the pace turns out to be.

    The share of the schedule that is left is spread over the parts for which the pace so far leaves time. Towards the
    end each part takes half of what is left, down to a small last one: what another pace in it costs is little then.

    Parameters
    ----------
    most : rows of a part. valid : rows that validate after each.
    """

    def __init__(self, most: int, valid: int) -> None:
        self._most, self._check = most, valid * _FORWARD
        self._least = min(most, max(_LEAST_ROWS, _VALIDATING * valid))
        self._valid = valid
        self._phase = 0.0
        self._speed = 0.0  # rows in a second

    def next(self, left: float) -> tuple[int, float] | None:
        """Rows of the next part and the phase at its end, with so many seconds left; None where it is over."""
        if self._phase >= 1 or left <= 0:
            return None
        if not self._speed:
            rows, self._phase = min(_FIRST_ROWS, self._most), _FIRST_PHASE
            return rows, self._phase
        fit = left * self._speed
        total = fit / (1 - self._phase)
        size = min(max(total / _PARTS, self._least), self._most)
        last = min(max(_LAST * total, self._valid), self._most)
        parts = max(1, round(fit / (size + self._check)))
        if fit > 1.5 * (last + self._check):  # a small last part: what another pace costs in it is little
            parts = max(parts, 2)
        rows = min(self._most, math.floor(fit / parts - self._check))
        if rows < 1:
            return None
        self._phase = 1.0 if parts == 1 else self._phase + (1 - self._phase) / parts
        return rows, self._phase

    def took(self, rows: int, seconds: float) -> None:
        """A part is done."""
        speed = (rows + self._check) / max(seconds, 1e-9)
        self._speed = speed if not self._speed or rows <= _FIRST_ROWS else (self._speed + speed) / 2


class Again:
    """The parts of a training that has been, to the last bit."""

    def __init__(self, parts: Iterable[Sequence[float]]) -> None:
        self._parts = [(int(rows), float(phase)) for rows, phase in parts]
        self._done = 0

    def next(self, left: float) -> tuple[int, float] | None:
        """The next part as it was; the clock does not matter."""
        if self._done == len(self._parts):
            return None
        self._done += 1
        return self._parts[self._done - 1]

    def took(self, rows: int, seconds: float) -> None:
        """A part is done."""


Course = InTime | Again  # decides part after part how a training goes on whose epochs do not say it


def passes(parts: Sequence[Part], rows: int) -> Float[np.ndarray, " parts"]:
    """Passes over so many rows after each part."""
    return np.array([(part.start + part.rows) / rows for part in parts])
