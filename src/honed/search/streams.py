"""Rows that do not fit into memory, handed to the executor batch by batch: `Streams`.

All folds share one encoder, that of the first, and its arrays; where rows have an edge in time, those up to a later
edge have their own. Trainings on few rows, and baselines, use those of a sample, which are there at once; all rows are
encoded when a training first asks for them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from honed.encode.target import TargetEncoder
from honed.family import Encoder, Raw
from honed.run.executor import Executor
from honed.search.payloads import ArraysOf
from honed.search.prepare import Prepared, ys_of
from honed.trials import ALL, INNER

if TYPE_CHECKING:
    from jaxtyping import Int

_PIECE = 1 << 20  # rows of a target that are encoded in one go


@runtime_checkable
class InBatches(Protocol):
    """What a `Source` has too whose rows do not fit into memory."""

    @property
    def bounds(self) -> Int[np.ndarray, " bounds"] | None:
        """Positions from 0 to the number of rows, between which lie windows of rows, each a random share of all."""
        ...

    @property
    def has_edge(self) -> bool:
        """Whether what an encoder says of a row depends on how late the rows are that it was learned from."""
        ...

    @property
    def reading_seconds(self) -> float:
        """How long a pass over the rows takes that only reads them, about."""
        ...

    @property
    def at(self) -> Int[np.ndarray, " sample"]:
        """Positions of a sample that `take` has at once: all rows that do not train, and many that do."""
        ...

    def in_batches(self) -> Iterator[tuple[Int[np.ndarray, " batch"], Raw]]:
        """All rows, batch by batch, with their positions; these are -1 for what is no row of the source."""
        ...


class Streams:
    """What `honed.search.folds` knows of such rows."""

    def __init__(self, prepared: Prepared, source: InBatches, executor: Executor) -> None:
        self._prepared, self._source, self._executor = prepared, source, executor
        self._learned: dict[tuple[str, str], tuple[Encoder, list[str]]] = {}  # by fold and encoding
        self._of_sample: dict[str, int] = {}  # training rows of each fold in the sample
        # folds that have arrays, of the sample or of all, by the fold of their encoder and the encoding
        self._shared: dict[tuple[bool, str, str], list[str]] = {}
        self._seconds = 0.0  # that the sample took
        self._order = np.argsort(source.at)
        if source.bounds is not None:
            executor.put(ArraysOf("0").bounds, source.bounds)
        outer = self._local(prepared.splits.outer)
        executor.put(ArraysOf("0", sampled=True).outer, outer)

    def seconds(self, name: str, encoding: str, rows: int | None) -> float:
        """How long reading and encoding all rows will take, as far as measured; 0 where they are or need not be.

        Encoding is told by the time that the sample took.
        """
        is_of_sample = rows is not None and rows <= min(self._of_sample.values(), default=0)
        if is_of_sample or (False, self._first(name), encoding) in self._shared:
            return 0.0
        of_all = self._seconds * len(self._prepared.y) / len(self._source.at)
        return self._source.reading_seconds + of_all

    def learn(self, name: str, encoding: str) -> tuple[Encoder, list[str]]:
        """The encoder of a fold, and the names of the arrays of its rows."""
        key = self._first(name), encoding
        if key not in self._learned:
            p = self._prepared
            encoder = p.family.learn(p.source, p.fold(key[0]).train, encoding)
            some = p.family.arrays(p.family.encoded_in_parts(encoder, p.source.take(self._source.at[:1])))
            self._learned[key] = encoder, list(some)
        return self._learned[key]

    def put_target(self, name: str, target: TargetEncoder, y: np.ndarray) -> None:
        """Hand over the targets of all rows."""
        self._executor.reserve(name, y.shape, target.encode(y[:1]).dtype)
        for first in range(0, len(y), _PIECE):
            self._executor.fill(name, first, target.encode(y[first : first + _PIECE]))

    def fold_of_sample(
        self,
        name: str,
        train: np.ndarray,
        valid: np.ndarray,
        targets: Mapping[str, tuple[TargetEncoder, ...]],
    ) -> int:
        """Hand over the rows and targets of a fold as far as the sample has them; how many of them train."""
        if name not in self._of_sample:
            of, at = ArraysOf(name, sampled=True), self._source.at
            found = np.minimum(np.searchsorted(train, at), len(train) - 1)
            own = np.flatnonzero(train[found] == at).astype(np.int32)
            self._executor.put(of.train, own)
            self._executor.put(of.valid, self._local(valid))
            for way, encoders in targets.items():
                for number, (y, target) in enumerate(
                    zip(ys_of(self._prepared.source), encoders, strict=True)
                ):
                    self._executor.put(of.target(way, number), target.encode(y[at]))
            self._of_sample[name] = len(own)
        return self._of_sample[name]

    def share_sample(self, name: str, encoding: str, encoder: Encoder) -> None:
        """Encode the sample and hand it over; of a fold with the encoder of another they only have one more name."""
        if self._is_new(name, encoding, is_sampled=True):
            p, began = self._prepared, time.monotonic()
            arrays = p.family.arrays(p.family.encoded_in_parts(encoder, p.source.take(self._source.at)))
            for part, array in arrays.items():
                self._executor.put(ArraysOf(name, sampled=True).rows(encoding, part), array)
            self._seconds = time.monotonic() - began
            self._enter(name, encoding, is_sampled=True)

    def share(self, name: str, encoding: str, encoder: Encoder) -> None:
        """The same with all rows."""
        if not self._is_new(name, encoding, is_sampled=False):
            return
        family, rows, are_reserved = self._prepared.family, len(self._prepared.y), False
        for positions, raw in self._source.in_batches():
            kept = np.flatnonzero(positions >= 0)
            order = kept[np.argsort(positions[kept], kind="stable")]
            own = positions[order]
            starts = np.flatnonzero(np.diff(own, prepend=-2) != 1)  # of runs that lie in one piece
            ends = [*starts[1:], len(own)]
            for part, array in family.arrays(family.encoded_in_parts(encoder, raw)).items():
                to = ArraysOf(name).rows(encoding, part)
                if not are_reserved:
                    self._executor.reserve(to, (rows, *array.shape[1:]), array.dtype)
                array = array[order]
                for start, end in zip(starts, ends, strict=True):
                    self._executor.fill(to, int(own[start]), array[start:end])
            are_reserved = True
        self._enter(name, encoding, is_sampled=False)

    def _first(self, name: str) -> str:
        """The fold whose encoder that fold has.

        Rows that are shared out at random have the first one's too: they are for a comparison, which need not see how
        things stood at the end.
        """
        return name if self._source.has_edge and name in (INNER, ALL) else "0"

    def _is_new(self, name: str, encoding: str, *, is_sampled: bool) -> bool:
        """Whether no fold has such arrays; where another one has, this one has the same from now on."""
        names = self._shared.get((is_sampled, self._first(name), encoding))
        if not names:
            return True
        if name not in names:
            for part in self.learn(name, encoding)[1]:
                both = (ArraysOf(each, sampled=is_sampled).rows(encoding, part) for each in (name, names[0]))
                self._executor.alias(*both)
            self._enter(name, encoding, is_sampled=is_sampled)
        return False

    def _enter(self, name: str, encoding: str, *, is_sampled: bool) -> None:
        """Keep that the fold has such arrays."""
        self._shared.setdefault((is_sampled, self._first(name), encoding), []).append(name)

    def _local(self, positions: np.ndarray) -> np.ndarray:
        """Where in the sample these rows are, int32."""
        at = self._source.at
        return self._order[np.searchsorted(at[self._order], positions)].astype(np.int32)
