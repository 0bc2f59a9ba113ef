"""Runs of honed as processes of their own, followed by their journal while they work: `events`, `killed_after`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path


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
        ended = process.poll() is not None
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
