"""Compiling for the device that rows lie on, and the owner of what was compiled: `Programs`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import jax
import numpy as np

from honed.device import CPU, Device
from honed.family import UNLEARNED
from honed.run import gpus, memory
from honed.train.knobs import Knobs
from honed.train.optimizer import Memory
from honed.train.packing import Packed
from honed.train.step import Structure, rule

Tree = Any  # arrays in lists, tuples and dictionaries, as `jax.tree` knows them
Kept = TypeVar("Kept")
Place = Any  # a device, as JAX has it

# By platform; others keep XLA's own. One network on one core: several cores are used by several processes. Level 1
# compiles a fifth faster and runs as fast.
COMPILER_OPTIONS = {
    "cpu": {
        "xla_cpu_multi_thread_eigen": False,
        "xla_backend_optimization_level": 1,
        "xla_cpu_enable_fast_math": False,  # XLA's default, which a user's XLA_FLAGS may have changed
    }
}
_MOST_PROGRAMS = 128


@dataclass(frozen=True)
class Program:
    """A compiled program, what it cost to make, the bytes that a call takes, and where it runs.

    Arguments that lay on the device when it was made, such as rows, are not among the bytes.
    """

    call: jax.stages.Compiled
    seconds: float
    bytes: int
    place: Place

    def check(self) -> None:
        """Raise `MemoryError` where a call needs more than is free there, but for a margin."""
        memory.check(self.bytes, room(self.place))


class Programs:
    """What was compiled in this process, and shapes of optimizers' arrays, so that none is traced twice.

    Of each the oldest go where there are too many. No result depends on it. Threads may share one.
    """

    def __init__(self) -> None:
        self._programs: dict[Hashable, Program] = {}
        self._memories: dict[Hashable, Memory] = {}  # shapes of the optimizer's arrays

    def __len__(self) -> int:
        return len(self._programs)

    def known(self, key: Hashable, args: Tree) -> Program | None:
        """The program that `compile` has made of that key where those arguments lie; None where there is none."""
        return self._programs.get(_whole(key, args))

    def compile(
        self, key: Hashable, make: Callable[[], Callable[..., object]], args: tuple[object, ...]
    ) -> Program:
        """The function that `make` gives, compiled for arguments of the shapes of `args`, where these lie.

        `key` names all that the function and those shapes depend on; at the second call with it `seconds` is 0.
        """
        place, key = _place_of(args), _whole(key, args)
        cached = self._programs.get(key)
        if cached is not None:
            return replace(cached, seconds=0.0)
        start = time.perf_counter()
        options = COMPILER_OPTIONS.get(place.platform, {})
        call = jax.jit(make()).lower(*args).compile(compiler_options=options)
        program = Program(call, time.perf_counter() - start, _bytes_of(call, args), place)
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


def _bytes_of(call: jax.stages.Compiled, args: Tree) -> int:
    """Memory that a compiled program says it needs, and that arguments take which are brought to the device for it."""
    found = call.memory_analysis()
    brought = sum(leaf.nbytes for leaf in jax.tree.leaves(args) if isinstance(leaf, np.ndarray | np.generic))
    return brought + (0 if found is None else int(found.temp_size_in_bytes + found.output_size_in_bytes))


def _whole(key: Hashable, args: Tree) -> Hashable:
    """A key with what else decides what is compiled: the device, and in what it multiplies matrices."""
    return key, _place_of(args), jax.config.jax_default_matmul_precision  # pyright: ignore[reportAttributeAccessIssue]


def _place_of(args: Tree) -> Place:
    """The device that arrays lie on; those of NumPy go wherever JAX puts them, or with others."""
    arrays = (leaf for leaf in jax.tree.leaves(args) if isinstance(leaf, jax.Array))
    return next((place_of(array) for array in arrays), jax.devices()[0])


def place_of(array: jax.Array) -> Place:
    """The device that an array lies on."""
    (place,) = array.devices()
    return place


def room(place: Place) -> int:
    """Bytes that are free on a device: of a processor those of the machine, of others what they say."""
    if place.platform == "cpu":
        return memory.available()
    said = gpus.free_on(place)
    return memory.available() if said is None else said


@contextlib.contextmanager
def own_rules(real: np.dtype, device: Device = CPU) -> Iterator[None]:
    """JAX as honed was tested with it, in this thread and for this while, whatever the user has set for other work.

    Under other rules of promotion nothing compiles, and a check for NaN ends trainings that diverge.

    Parameters
    ----------
    real : precision of the training, float32 or float64.
    device : where it is; a GPU would multiply less exactly by itself.
    """
    with contextlib.ExitStack() as stack:
        for own in (
            jax.enable_x64(real == np.float64),
            jax.numpy_dtype_promotion("standard"),
            jax.numpy_rank_promotion("allow"),
            jax.default_matmul_precision(device.products),
            jax.debug_nans(False),
            jax.debug_infs(False),
            jax.disable_jit(False),
            jax.transfer_guard("allow"),
        ):
            stack.enter_context(own)
        yield


def put(tree: Tree, device: Device = CPU) -> Tree:
    """The arrays of a tree on that device, of several GPUs on the first that this process sees."""
    return jax.device_put(tree, jax.devices(device.kind)[0])
