"""A run seen from outside, while it may be going on: its state, the process that works on it, and how to stop that."""

from __future__ import annotations

import json
import os
import signal
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from honed.errors import RunError
from honed.run import journal
from honed.run.holder import holder

State = Literal["live", "finished", "stopped", "failed", "interrupted"]

# The page is drawn from these; a run that goes on writes to its journal first.
FILES = ("journal.jsonl", "summary.json", "findings.json", "trials.json", "ledger.json", "record.safetensors")

CLUSTER = "cluster.json"  # how the Ray cluster stands that works on the run, each second while it does

_ENDS: dict[str, State] = {"done": "finished", "stopped": "stopped", "failed": "failed"}


@dataclass(frozen=True)
class Sight:
    """A run at one moment.

    Attributes
    ----------
    files : size in bytes and time of change in nanoseconds of each of `FILES`, None for one that is not there.
    process : number of the process that works on the run, None when nobody does.
    state : "live" while a process works on it; then "finished" after its last step, "stopped" after Ctrl-C,
        "failed" when it ended without a model, "interrupted" when it was killed.
    has_model : whether a model is saved.
    cluster : how the cluster stands that works on it, in words; empty without one.
    """

    files: tuple[tuple[int, int] | None, ...]
    process: int | None
    state: State
    has_model: bool
    cluster: str = ""

    @property
    def version(self) -> str:
        """A name for the state of the files: pages drawn from the same version are the same."""
        return f"{zlib.crc32(repr(self.files).encode()):08x}"


def look(run: Path, before: Sight | None = None) -> Sight:
    """The run now; `before` itself, the last sight, if nothing has changed since.

    Takes no lock that a run could stumble over, and never fails: of a folder that is gone nothing is seen.
    """
    files = tuple(_stamp(run / name) for name in FILES)
    process = holder(run)
    cluster = "" if process is None else _cluster(run)
    if before is not None and (files, process, cluster) == (before.files, before.process, before.cluster):
        return before
    state: State = _end(run) if process is None else "live"
    return Sight(files, process, state, (run / "model" / "model.json").exists(), cluster)


def stop(run: Path) -> int:
    """Ends the run as Ctrl-C does, with the best model so far saved; the number of the process that was told.

    Returns at once: the process still has to save. Tell it once, for a second signal would interrupt the saving.

    Raises
    ------
    RunError
        Nobody works on the run, or the process may not or cannot be told.
    """
    process = holder(run)
    nobody = RunError(f"Nobody works on {run} now, so there is nothing to stop.")
    if process is None:
        raise nobody
    if _ignores_interrupts(process):
        raise RunError(
            f"Process {process} was started so that it ignores Ctrl-C, as scripts start what runs in the background. "
            f"End it with `kill {process}`; the last model saved stays, and `honed resume {run}` goes on."
        )
    try:
        os.kill(process, signal.SIGINT)
    except ProcessLookupError:
        raise nobody from None
    except PermissionError:
        raise RunError(
            f"Process {process} belongs to somebody else, who alone can stop it with Ctrl-C."
        ) from None
    return process


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _cluster(run: Path) -> str:
    try:
        return str(json.loads((run / CLUSTER).read_text())["stands"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _end(run: Path) -> State:
    """How a run that nobody works on has ended."""
    try:
        last = journal.read(run / "journal.jsonl")[-1]
    except RunError:
        return "interrupted"
    return _ENDS.get(last["kind"], "interrupted")


def _ignores_interrupts(process: int) -> bool:
    """Whether SIGINT would be thrown away; False where there is no /proc to ask."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return False
    ignored = next((int(line.split()[1], 16) for line in lines if line.startswith("SigIgn:")), 0)
    return bool(ignored >> (signal.SIGINT - 1) & 1)
