"""The folds of a run, encoded and handed to the executor when first asked for: `Folds`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from honed.encode import target as targets
from honed.encode.target import TargetEncoder
from honed.family import Encoder, Inputs
from honed.run.executor import Executor
from honed.search.prepare import Prepared
from honed.trials import ALL


@dataclass(frozen=True)
class FoldData:
    """One fold as the search sees it: encoders, positions of the rows that validate, and their truth."""

    encoder: Encoder
    targets: dict[str, TargetEncoder]
    valid: np.ndarray
    truth: np.ndarray


class Folds:
    """The folds "0", "1", … and "all", in which every row trains."""

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
        nothing = np.zeros(0, np.int32)
        if name == ALL:
            train, valid = everything, nothing
        else:
            fold = p.splits.folds[int(name)]
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
        by_kind = {kind: targets.fit(p.y[train], kind, self._margin) for kind in p.targets}
        for kind, target in by_kind.items():
            put(f"{name}/{kind}", target.encode(p.y))
        return FoldData(encoder, by_kind, valid, p.y[valid])
