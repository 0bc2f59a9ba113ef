"""The folds of a run, encoded and handed to the executor when first asked for: `Folds`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from honed.encode import target as targets
from honed.encode.target import TargetEncoder
from honed.family import Encoder, Inputs
from honed.run.executor import Executor
from honed.search.prepare import Prepared, ys_of


@dataclass(frozen=True)
class FoldData:
    """One fold as the search sees it: encoders, positions of the rows that validate, and their truth.

    `targets` has for each way to learn one encoder a head.
    """

    encoder: Encoder
    targets: dict[str, tuple[TargetEncoder, ...]]
    valid: np.ndarray
    truth: np.ndarray


class Folds:
    """The folds "0", "1", … and those in which none validates, such as "all"."""

    def __init__(self, prepared: Prepared, executor: Executor) -> None:
        self._prepared, self._put = prepared, executor.put
        self._margin = float((prepared.options.settings or {}).get("prediction_margin", targets.MARGIN))
        self._made: dict[str, FoldData] = {}
        self._inputs: Inputs = None
        self._arrays: list[str] = []
        executor.put("outer", prepared.splits.outer.astype(np.int32))

    @property
    def inputs(self) -> Inputs:
        """What is static about encoded rows, the same for all folds; to ask makes the first."""
        if not self._made:
            self.of("0")
        return self._inputs

    @property
    def arrays(self) -> list[str]:
        """Names of the arrays that encoded rows are made of."""
        if not self._made:
            self.of("0")
        return self._arrays

    def of(self, name: str) -> FoldData:
        """The fold of that name."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> FoldData:
        p, family, put = self._prepared, self._prepared.family, self._put
        everything = np.arange(len(p.y), dtype=np.int32)
        fold = p.fold(name)
        train, valid = fold.train, fold.valid
        encoder = family.learn(p.source, train, family.encodings[0])
        arrays = family.arrays(encoder.encode(p.source.take(everything)))
        if self._made:  # a network of one fold is rebuilt from what another says is static
            assert (encoder.inputs, list(arrays)) == (self._inputs, self._arrays), name
        self._inputs, self._arrays = encoder.inputs, list(arrays)
        for part, array in arrays.items():
            put(f"{name}/rows/{part}", array)
        put(f"{name}/train", train)
        put(f"{name}/valid", valid)
        ys, by_way = ys_of(p.source), {}
        for way, kinds in p.ways.items():
            by_way[way] = tuple(
                targets.fit(y[train], kind, self._margin) for y, kind in zip(ys, kinds, strict=True)
            )
            for number, (y, target) in enumerate(zip(ys, by_way[way], strict=True)):
                put(f"{name}/{way}/{number}", target.encode(y))
        return FoldData(encoder, by_way, valid, p.truth[valid])
