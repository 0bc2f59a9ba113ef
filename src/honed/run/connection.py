"""Reaching a Ray cluster, or making one of this machine alone: `connect`."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from honed.errors import InputError, RunError

_ANSWER = 5.0  # seconds in which something at an address has to answer
_ADDRESS = re.compile(r"\[?([^\[\]/]+?)\]?:(\d{1,5})")
_QUIET = {  # of a cluster made here
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is told to Ray's makers
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else it warns of what it will do one day
    "RAY_DISABLE_IMPORT_WARNING": "1",
}


class Connection(NamedTuple):
    """Ray's module, connected; the import path of its workers where they are on this machine, else nothing."""

    ray: Any
    path: list[str]
    close: Callable[[], None]


def check_address(address: str) -> None:
    """Refuse what is no address.

    Raises
    ------
    InputError
        It is none, or Ray is not installed.
    """
    if address.startswith("ray://"):
        raise InputError(
            f"The address {address!r} is that of a Ray client, which reads no memory of its own node. Start honed on "
            "a machine of the cluster, with --cluster auto."
        )
    if address not in ("auto", "local") and not _ADDRESS.fullmatch(address):
        raise InputError(
            f"The cluster is {address!r}, but it must be auto (the cluster of this machine), local (one of this "
            "machine alone) or HOST:PORT, as `ray start --head` prints it."
        )
    if importlib.util.find_spec("ray") is None:
        raise InputError(
            "A cluster needs Ray, which is not installed; install it with: pip install 'honed[ray]'"
        )


def connect(address: str, processors: int | None = None) -> Connection:
    """A connection; `close` ends it, and the cluster if it was made here.

    A connection that this process has already is used, and stays, also where the address is "local".

    Parameters
    ----------
    address : "local", "auto" or HOST:PORT.
    processors : of a local cluster; by default those that this process may use.

    Raises
    ------
    InputError
        That is no address, or Ray is not installed.
    RunError
        No cluster answers there, or it refuses, or this process is connected to another one.
    """
    check_address(address)
    with _environment(_QUIET):
        ray = importlib.import_module("ray")
    is_local = address == "local"
    if ray.is_initialized():
        there = ray.get_runtime_context().gcs_address
        if address not in ("auto", "local", there):
            raise RunError(
                f"This process is connected to the Ray cluster at {there}, and cannot work on {address} as well. Call "
                'ray.shutdown() first, or give cluster="auto" to work where it is connected.'
            )
        return Connection(ray, list(sys.path) if _is_here(ray) else [], lambda: None)
    if not is_local:
        _knock(address, ray)
    more = {"num_cpus": processors or _cores(), "include_dashboard": False} if is_local else {}
    path = [entry for entry in sys.path if isinstance(entry, str)]
    before = signal.getsignal(signal.SIGTERM)
    inherited = {**_QUIET, "PYTHONPATH": os.pathsep.join(path)} if is_local else {}
    # What stops a run reaches the whole process group: a node that ended at once would take this process with it.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGHUP})
    try:
        with _environment(inherited):
            ray.init(address=address, log_to_driver=False, logging_level="error", **more)
    except Exception as error:
        with contextlib.suppress(Exception):
            ray.shutdown()
        raise RunError(f"No work can be done on the Ray cluster {address!r}: {_said(error)}") from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)  # Ray's own would end the process without saving
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    _silence()
    return Connection(ray, path if is_local else [], ray.shutdown)


def _knock(address: str, ray: Any) -> None:
    """See that something answers, for Ray itself would try for a minute."""
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS") or _last_started(ray) or ""
        if not address:
            raise RunError(
                "No Ray cluster runs on this machine. Start one with `ray start --head`, or join one with `ray start "
                "--address HOST:PORT`; --cluster local needs none."
            )
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return
    try:
        socket.create_connection((found[1], int(found[2])), _ANSWER).close()
    except (OSError, OverflowError) as error:
        raise RunError(
            f"Nothing answers at {address} ({error}), so there is no Ray cluster to work on. Start it with `ray start "
            "--head`, and give --cluster auto or the address that it prints."
        ) from error


def _last_started(ray: Any) -> str | None:
    """The address that Ray noted on this machine."""
    try:
        return importlib.import_module("ray._private.utils").read_ray_address()
    except Exception:  # a name of Ray's own, which another version may not have
        return "auto"


def _is_here(ray: Any) -> bool:
    """Whether all nodes are this machine."""
    here = ray.util.get_node_ip_address()
    return all(node["NodeManagerAddress"] == here for node in ray.nodes() if node["Alive"])


def _silence() -> None:
    """Ray prints pages about each dead worker on standard error; honed says what matters of it.

    There is no setting for that, and where Ray has no such function any more it prints.
    """
    module = importlib.import_module("ray._private.worker")
    if hasattr(module, "print_to_stdstream"):
        module.print_to_stdstream = lambda *_, **__: None  # pyright: ignore[reportAttributeAccessIssue]


@contextlib.contextmanager
def _environment(more: dict[str, str]) -> Iterator[None]:
    """Variables for what is started meanwhile."""
    before = {name: os.environ.get(name) for name in more}
    os.environ.update(more)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _said(error: Exception) -> str:
    said = " ".join(str(error).split())
    return said if len(said) <= 400 else f"{said[:400]}…"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
