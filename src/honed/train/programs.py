"""Compiling for the CPU, and the owner of what was compiled: `Programs`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import jax
import numpy as np

from honed.family import UNLEARNED
from honed.train.knobs import Knobs
from honed.train.optimizer import Memory
from honed.train.packing import Packed
from honed.train.step import Structure, rule

Tree = Any  # arrays in lists, tuples and dictionaries, as `jax.tree` knows them
Kept = TypeVar("Kept")

# One network on one core: several cores are used by several processes. Level 1 compiles a fifth faster
# and runs as fast.
COMPILER_OPTIONS = {
    "xla_cpu_multi_thread_eigen": False,
    "xla_backend_optimization_level": 1,
    "xla_cpu_enable_fast_math": False,  # XLA's default, which a user's XLA_FLAGS may have changed
}
_MOST_PROGRAMS = 128


@dataclass(frozen=True)
class Program:
    """A compiled program, what it cost to make, and the bytes that a call takes beside its arguments."""

    call: jax.stages.Compiled
    seconds: float
    bytes: int


class Programs:
    """What was compiled in this process, and shapes of optimizers' arrays, so that none is traced twice.

    Of each the oldest go where there are too many. No result depends on it. Threads may share one.
    """

    def __init__(self) -> None:
        self._programs: dict[Hashable, Program] = {}
        self._memories: dict[Hashable, Memory] = {}  # shapes of the optimizer's arrays

    def __len__(self) -> int:
        return len(self._programs)

    def known(self, key: Hashable) -> Program | None:
        """The program of that key, where there is one."""
        return self._programs.get(key)

    def compile(
        self, key: Hashable, make: Callable[[], Callable[..., object]], args: tuple[object, ...]
    ) -> Program:
        """The function that `make` gives, compiled for arguments of the shapes of `args`.

        `key` names all that the function and those shapes depend on; at the second call with it `seconds` is 0.
        """
        cached = self._programs.get(key)
        if cached is not None:
            return Program(cached.call, 0.0, cached.bytes)
        start = time.perf_counter()
        call = jax.jit(make()).lower(*args).compile(compiler_options=COMPILER_OPTIONS)
        program = Program(call, time.perf_counter() - start, _bytes_of(call))
        _keep(self._programs, key, program)
        return program

    def memory(self, structure: Structure, params: Packed) -> Memory:
        """The optimizer's memory before the first step, all 0."""
        key = (structure, str(next(iter(params.values())).dtype))
        shapes = self._memories.get(key)
        if shapes is None:  # tracing takes as long as ten epochs of a small network
            learned = {role: value for role, value in params.items() if role not in UNLEARNED}
            shapes_only = Knobs._make([0.5] * len(Knobs._fields))
            shapes = jax.eval_shape(rule(structure, shapes_only).init, learned)
            _keep(self._memories, key, shapes)
        return jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)

    def close(self) -> None:
        """Let go of all of it."""
        self._programs.clear()
        self._memories.clear()


SHARED = Programs()  # of all trainings of a process; some tests bring their own


def _keep(kept: dict[Hashable, Kept], key: Hashable, value: Kept) -> None:
    """Take it in, in place of the oldest where there are too many; another thread may do the same meanwhile."""
    for oldest in list(kept)[: max(0, len(kept) - _MOST_PROGRAMS + 1)]:
        kept.pop(oldest, None)
    kept[key] = value


def _bytes_of(call: jax.stages.Compiled) -> int:
    """Memory that a compiled program says it needs beside its arguments."""
    found = call.memory_analysis()
    return 0 if found is None else int(found.temp_size_in_bytes + found.output_size_in_bytes)


@contextlib.contextmanager
def own_rules(real: np.dtype) -> Iterator[None]:
    """JAX as honed was tested with it, in this thread and for this while, whatever the user has set for other work.

    Under other rules of promotion nothing compiles, and a check for NaN ends trainings that diverge.

    Parameters
    ----------
    real : precision of the training, float32 or float64.
    """
    with contextlib.ExitStack() as stack:
        for own in (
            jax.enable_x64(real == np.float64),
            jax.numpy_dtype_promotion("standard"),
            jax.numpy_rank_promotion("allow"),
            jax.default_matmul_precision(None),
            jax.debug_nans(False),
            jax.debug_infs(False),
            jax.disable_jit(False),
            jax.transfer_guard("allow"),
        ):
            stack.enter_context(own)
        yield


def put(tree: Tree) -> Tree:
    """The arrays of a tree on the processor's own device."""
    return jax.device_put(tree, jax.devices("cpu")[0])
