"""Parameters of one role in one vector: a program with few long arrays compiles a fifth faster."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from honed.nets import mlp

Array = Any  # of JAX inside a compiled program, of NumPy before and after it
Packed = dict[str, Array]  # one vector a role


@dataclass(frozen=True)
class Packing:
    """Where each array lies. `arrays` holds name and shape of each, in the order in which they are packed."""

    arrays: tuple[tuple[str, tuple[int, ...]], ...]

    @classmethod
    def of(cls, params: mlp.Parameters) -> Packing:
        """The packing of these parameters and of all with the same names and shapes."""
        return cls(tuple((name, value.shape) for name, value in params.items()))

    def pack(self, params: mlp.Parameters, xp: ModuleType) -> Packed:
        """One vector for each role (`mlp.role`) whose arrays are there."""
        return {
            role: xp.concatenate([params[name].reshape(-1) for name, _ in arrays])
            for role, arrays in self._by_role().items()
            if arrays[0][0] in params
        }

    def unpack(self, vectors: Packed) -> mlp.Parameters:
        """The arrays by name, in their first order."""
        found = {}
        for role, arrays in self._by_role().items():
            ends = itertools.accumulate(math.prod(shape) for _, shape in arrays)
            for (name, shape), end in zip(arrays, ends, strict=True):
                found[name] = vectors[role][end - math.prod(shape) : end].reshape(shape)
        return {name: found[name] for name, _ in self.arrays}

    def _by_role(self) -> dict[str, list[tuple[str, tuple[int, ...]]]]:
        roles: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
        for name, shape in self.arrays:
            roles.setdefault(mlp.role(name), []).append((name, shape))
        return roles
