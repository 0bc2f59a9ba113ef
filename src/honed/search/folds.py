"""The folds of a run, encoded and handed to the executor when first asked for: `Folds`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from honed.encode import target as targets
from honed.encode.target import TargetEncoder
from honed.family import Encoder, Inputs
from honed.run.executor import Executor
from honed.search.payloads import ArraysOf
from honed.search.prepare import Prepared, ys_of
from honed.search.streams import InBatches, Streams


@dataclass(frozen=True)
class FoldData:
    """One fold as the search sees it: how targets are encoded, positions of the rows that validate, and their truth.

    `targets` has for each way to learn one encoder a head.
    """

    targets: dict[str, tuple[TargetEncoder, ...]]
    valid: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class Known:
    """How a network that is there already takes rows and targets: `targets` as `FoldData.targets`."""

    encoder: Encoder
    targets: dict[str, tuple[TargetEncoder, ...]]


class Folds:
    """The folds "0", "1", … and those in which none validates, such as "all"; each in every encoding asked for.

    Those that are `known`, by name, are encoded as networks take them that go on, and not as their rows would teach.
    """

    def __init__(
        self, prepared: Prepared, executor: Executor, known: Mapping[str, Known] | None = None
    ) -> None:
        self._prepared, self._put, self._known = prepared, executor.put, known or {}
        self._margin = float((prepared.options.settings or {}).get("prediction_margin", targets.MARGIN))
        self._made: dict[str, FoldData] = {}
        self._encoders: dict[tuple[str, str], Encoder] = {}
        self._static: dict[str, tuple[Inputs, list[str]]] = {}  # by encoding
        self._seconds = 0.0  # that encoding took at most
        executor.put(self._arrays_of("0").outer, prepared.splits.outer.astype(np.int32))
        self._streams = None
        if isinstance(prepared.source, InBatches):
            self._streams = Streams(prepared, prepared.source, executor)

    def inputs(self, encoding: str) -> Inputs:
        """What is static about rows encoded so, the same for all folds; to ask encodes the first."""
        return self._static_of(encoding)[0]

    def arrays(self, encoding: str) -> list[str]:
        """Names of the arrays that rows encoded so are made of."""
        return self._static_of(encoding)[1]

    def of(self, name: str) -> FoldData:
        """The fold of that name."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def seconds(self, name: str, encoding: str, rows: int | None = None) -> float:
        """How long it will take to encode that fold for so many rows, as far as measured; 0 where it is."""
        if self._streams is not None:
            return self._streams.seconds(name, encoding, rows)
        return 0.0 if (name, encoding) in self._encoders else self._seconds

    def encoder(self, name: str, encoding: str) -> Encoder:
        """What the training rows of that fold teach.

        All rows are encoded by it and handed over, but for rows that do not fit into memory (`share`).
        """
        if (name, encoding) not in self._encoders:
            began = time.monotonic()
            self._encoders[name, encoding] = self._encode(name, encoding)
            self._seconds = max(self._seconds, time.monotonic() - began)
        return self._encoders[name, encoding]

    def share(self, name: str, encoding: str, rows: int | None) -> bool:
        """Have encoded and handed over what a training needs that sees so many rows; None is all of the fold.

        Returns whether it is to use the arrays of a sample of rows, see `ArraysOf.sampled`.
        """
        encoder = self.encoder(name, encoding)
        if self._streams is None:
            return False
        fold = self._prepared.fold(name)
        many = self._streams.fold_of_sample(name, fold.train, fold.valid, self.of(name).targets)
        is_sampled = rows is not None and rows <= many
        if is_sampled:
            self._streams.share_sample(name, encoding, encoder)
        else:
            self._streams.share(name, encoding, encoder)
        return is_sampled

    def _static_of(self, encoding: str) -> tuple[Inputs, list[str]]:
        if encoding not in self._static:
            self.encoder("0", encoding)
        return self._static[encoding]

    def _make(self, name: str) -> FoldData:
        p, put, of = self._prepared, self._put, self._arrays_of(name)
        fold = p.fold(name)
        train, valid = fold.train, fold.valid
        put(of.train, train)
        put(of.valid, valid)
        ys = ys_of(p.source)
        if name in self._known:
            by_way = self._known[name].targets
        else:
            by_way = {
                way: tuple(
                    targets.fit(y[train], kind, self._margin) for y, kind in zip(ys, kinds, strict=True)
                )
                for way, kinds in p.ways.items()
            }
        for way, own in by_way.items():
            for number, (y, target) in enumerate(zip(ys, own, strict=True)):
                if self._streams is None:
                    put(of.target(way, number), target.encode(y))
                else:
                    self._streams.put_target(of.target(way, number), target, y)
        return FoldData(by_way, valid, p.truth[valid])

    def _encode(self, name: str, encoding: str) -> Encoder:
        p, family = self._prepared, self._prepared.family
        if self._streams is not None:
            encoder, parts = self._streams.learn(name, encoding)
            assert self._static.setdefault(encoding, (encoder.inputs, parts)) == (encoder.inputs, parts), name
            return encoder
        is_known = name in self._known
        encoder = (
            self._known[name].encoder if is_known else family.learn(p.source, p.fold(name).train, encoding)
        )
        arrays = family.arrays(family.encoded(p.source, encoder, p.fold(name).train))
        static = encoder.inputs, list(arrays)
        # A network of one fold is rebuilt from what another says is static.
        assert self._static.setdefault(encoding, static) == static, name
        for part, array in arrays.items():
            self._put(self._arrays_of(name).rows(encoding, part), array)
        return encoder

    def _arrays_of(self, name: str) -> ArraysOf:
        return ArraysOf(name, self._prepared.round)
