"""Runs of honed that are interrupted: `killed_after` follows a process by its journal, `taken_up` needs none."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from honed.report.facts import Facts
from honed.search import tune

LOOK = 0.005  # seconds from one look at a journal to the next


def start(command: list[str], environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """The process of a command, in a group of its own."""
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=environment,
    )


def end(process: subprocess.Popen[str], number: int) -> None:
    """Send a signal to the whole process group and wait for its end."""
    os.killpg(process.pid, number)
    process.communicate()


def events(process: subprocess.Popen[str], out: Path) -> Iterator[dict]:
    """The events of a journal as they are written, until the process ends."""
    seen = 0
    path = out / "journal.jsonl"
    while True:
        with contextlib.suppress(
            subprocess.TimeoutExpired
        ):  # to look all the time would take a core from the run
            process.wait(LOOK)
        ended = process.returncode is not None
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        for line in lines[seen:]:
            yield json.loads(line.partition(b" ")[2])
        if ended and len(lines) == seen:
            return
        seen = len(lines)


def killed_after(process: subprocess.Popen[str], out: Path, moment: Callable[[dict], bool]) -> None:
    """Kill a run, workers and all, right after an event of that kind."""
    for event in events(process, out):
        if moment(event):
            end(process, signal.SIGKILL)
            break
    assert process.returncode == -signal.SIGKILL, "the moment never came"


def taken_up(run: Path, share: float = 0.5) -> Facts:
    """What a finished run tells once it is resumed from that share of its journal, as after kill -9.

    Its model has to be the same again, byte by byte.
    """
    before, journal = model_bytes(run), (run / "journal.jsonl").read_text().splitlines()
    (run / "journal.jsonl").write_text("\n".join(journal[: int(share * len(journal))]) + "\n")
    facts = tune.resume(run)
    assert model_bytes(run) == before
    return facts


def model_bytes(run: Path) -> dict[str, bytes]:
    """What each file of a run's model holds."""
    return {path.name: path.read_bytes() for path in sorted((run / "model").iterdir())}
