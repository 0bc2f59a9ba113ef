"""A Ray cluster of several nodes on this machine, for tests: `nodes`, and `own_folder` for one that honed makes."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

_STORE = 80_000_000  # bytes of each node; Ray wants no less
_HEALTH = {  # a node that is killed is noticed in a second, and not in a quarter of a minute
    "health_check_initial_delay_ms": 500,
    "health_check_period_ms": 300,
    "health_check_timeout_ms": 2000,
    "health_check_failure_threshold": 2,
}
_HEAD = {
    "num_cpus": 0,
    "object_store_memory": _STORE,
    "include_dashboard": False,
    "include_log_monitor": False,
    "no_monitor": True,  # which would start machines
    "_system_config": _HEALTH,
}


@contextlib.contextmanager
def own_folder() -> Iterator[str]:
    """Clusters that are made meanwhile have their files in this folder, and not where those of the user have theirs.

    Its path is short, as that of a socket has to be.
    """
    folder = tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp", ignore_cleanup_errors=True)
    with folder as path, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TMPDIR", path)
        yield path


@contextlib.contextmanager
def nodes(*processors: int) -> Iterator[Any]:
    """Ray's own `Cluster` with a head that has no processor, and nodes of so many."""
    utils: Any = pytest.importorskip("ray.cluster_utils")
    with own_folder(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # of the workers
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        before = signal.getsignal(signal.SIGTERM)
        cluster = utils.Cluster(initialize_head=True, head_node_args=_HEAD)
        try:
            for count in processors:
                cluster.add_node(num_cpus=count, object_store_memory=_STORE)
            yield cluster
        finally:
            cluster.shutdown()
            signal.signal(signal.SIGTERM, before)  # else that of a node ends the process in later tests


def kill(node: Any) -> None:
    """Kills a node as a power cut does: nobody says good-bye."""
    for processes in node.all_processes.values():
        for each in processes:
            each.process.kill()
