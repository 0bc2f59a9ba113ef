"""Parameters of one role in one vector: a program with few long arrays compiles a fifth faster."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from honed.family import Array, Parameters, Role

Packed = dict[Role, Array]  # one vector a role


@dataclass(frozen=True)
class Packing:
    """Where each array lies. `arrays` holds name, role and shape of each, in the order in which they are packed."""

    arrays: tuple[tuple[str, Role, tuple[int, ...]], ...]

    @classmethod
    def of(cls, params: Parameters, role: Callable[[str], Role]) -> Packing:
        """The packing of these parameters and of all with the same names and shapes; `role` says what each is."""
        return cls(tuple((name, role(name), value.shape) for name, value in params.items()))

    def pack(self, params: Parameters, xp: ModuleType) -> Packed:
        """One vector for each role whose arrays are there."""
        return {
            role: xp.concatenate([params[name].reshape(-1) for name, _ in arrays])
            for role, arrays in self._by_role().items()
            if arrays[0][0] in params
        }

    def unpack(self, vectors: Packed) -> Parameters:
        """The arrays by name, in their first order."""
        found: Parameters = {}
        for role, arrays in self._by_role().items():
            ends = itertools.accumulate(math.prod(shape) for _, shape in arrays)
            for (name, shape), end in zip(arrays, ends, strict=True):
                found[name] = vectors[role][end - math.prod(shape) : end].reshape(shape)
        return {name: found[name] for name, _, _ in self.arrays}

    def _by_role(self) -> dict[Role, list[tuple[str, tuple[int, ...]]]]:
        roles: dict[Role, list[tuple[str, tuple[int, ...]]]] = {}
        for name, role, shape in self.arrays:
            roles.setdefault(role, []).append((name, shape))
        return roles
