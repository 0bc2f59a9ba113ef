"""Jobs of a benchmark, each in a process of its own, spread over the cores; what is done is kept and not done again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any


def run_all(
    command: Sequence[str], jobs: Sequence[Sequence[str]], workers: int, kept: Path | None
) -> dict[str, Any]:
    """What `command --one JOB...` printed as JSON, by the job's words joined with "/"; what `kept` holds is not run.

    `command` is the script, the suite and settings; `kept` of other settings ends the program, while whether it is of
    the same suite and code nobody checks. A job that fails is told on stderr and left out, see `check_all`. Programs
    that jobs have in common are compiled once.
    """
    settings = list(command[2:])
    found: dict[str, Any] = _read(kept, settings) if kept and kept.exists() else {}
    cache = tempfile.TemporaryDirectory()
    environment = {
        "JAX_COMPILATION_CACHE_DIR": cache.name,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "0",
    } | os.environ
    lock = Lock()

    def one(job: Sequence[str]) -> None:
        key = "/".join(job)
        if key in found:
            return
        done = subprocess.run(
            [sys.executable, *command, "--one", *job], capture_output=True, text=True, env=environment
        )
        if done.returncode:
            print(key, done.stderr[-500:], file=sys.stderr, flush=True)
            return
        with lock:
            found[key] = json.loads(done.stdout)
            if kept:
                whole = kept.with_name(f"{kept.name}.part")
                whole.write_text(json.dumps({"settings": settings, "found": found}, indent=1))
                whole.replace(kept)

    with cache, ThreadPoolExecutor(workers) as threads:
        list(threads.map(one, jobs))
    return {key: found[key] for job in jobs if (key := "/".join(job)) in found}


def check_all(found: dict[str, Any], jobs: Sequence[Sequence[str]]) -> None:
    """End the program with status 1 where a job is missing."""
    missing = [key for job in jobs if (key := "/".join(job)) not in found]
    if missing:
        sys.exit(f"{len(missing)} of {len(jobs)} jobs failed: {', '.join(missing)}")


def _read(kept: Path, settings: list[str]) -> dict[str, Any]:
    """What a file holds, if its settings are these."""
    held = json.loads(kept.read_text())
    if held.get("settings") != settings:
        sys.exit(
            f"{kept} holds results of other settings ({' '.join(held.get('settings', []))}), which cannot be "
            "mixed with these; name another file."
        )
    return held["found"]
