"""Which GPUs JAX sees on this machine: `here` asks it in this process, `seen` in one of its own."""

from __future__ import annotations

import functools
import importlib.util
import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple, Protocol

from honed import device
from honed.device import Device, Precision
from honed.run import cache

# What brings a GPU to JAX: packages of its own and one of AMD's, which all put a module into `jax_plugins`.
PACKAGES = ("jax-cuda13-plugin", "jax-cuda12-plugin", "jax-rocm7-plugin")
_PATIENCE = 120.0  # seconds until a driver that does not answer counts as none
_MOST = 200  # letters of what JAX says


class Place(Protocol):
    """What JAX has for a device."""

    def memory_stats(self) -> dict[str, int] | None:
        """Bytes by name, where it counts them."""
        ...


class Gpus(NamedTuple):
    """What JAX calls each GPU that it sees, and the bytes that it leaves free there; where it sees none, why.

    Bytes are 0 where a GPU does not say them.
    """

    names: tuple[str, ...]
    why_none: str = ""
    free: tuple[int, ...] = ()

    def chosen(self, asked: str, precision: Precision) -> Device:
        """See `honed.device.choose`."""
        return device.choose(asked, precision, self.names, self.why_none)


_NO_PACKAGE = Gpus((), f"no package for one is installed ({', '.join(PACKAGES)})")


def packages() -> list[str]:
    """The packages for GPUs that are installed, each with its version; JAX is not loaded."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found


def here() -> Gpus:
    """Those that JAX, which is loaded where a package for GPUs is there, sees in this process."""
    if not _has_package():
        return _NO_PACKAGE
    import jax

    try:
        found = jax.devices("gpu")
    except RuntimeError as error:
        return Gpus((), _first_line(str(error)))
    return Gpus(tuple(gpu.device_kind for gpu in found), "", tuple(free_on(gpu) or 0 for gpu in found))


def free_on(gpu: Place) -> int | None:
    """Bytes that JAX may still take on a GPU; None where it does not say."""
    said = gpu.memory_stats() or {}
    limit = said.get("bytes_limit")
    return None if limit is None else max(0, limit - said.get("bytes_in_use", 0))


@functools.cache
def seen() -> Gpus:
    """Those that JAX sees in a process of its own, so that this one does without it; asked once."""
    if not _has_package():
        return _NO_PACKAGE
    path = [entry for entry in sys.path if isinstance(entry, str)]
    program = f"import json, sys; sys.path[:] = {path!r}; from honed.run import gpus; print(json.dumps(gpus.here()))"
    command, environment = [sys.executable, "-c", program], cache.environment_of_gpu()
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        return Gpus((), f"it has not answered for {_PATIENCE:.0f} s")
    told, logged = done.stdout.splitlines(), done.stderr.strip().splitlines()
    if done.returncode or not told:
        return Gpus((), f"it ended with status {done.returncode}" + _in_brackets(logged))
    names, why_none, free = json.loads(told[-1])
    return Gpus(tuple(names), why_none and why_none + _in_brackets(logged), tuple(free))


def chosen_here(asked: str, precision: Precision) -> Device:
    """The device in this process for a word of `honed.device.ASKED`; InputError as `honed.device.choose` has it."""
    device.check(asked, precision)
    return device.CPU if asked == "cpu" else here().chosen(asked, precision)


def _has_package() -> bool:
    return importlib.util.find_spec("jax_plugins") is not None


def _in_brackets(logged: list[str]) -> str:
    """The last that was logged, behind what it explains."""
    return f" ({_first_line(logged[-1])})" if logged else ""


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0][:_MOST].rstrip(" .")
