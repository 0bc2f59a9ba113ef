"""Work that a command does until it is done or stopped: by Ctrl-C, by a scheduler, by a terminal that closes."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from honed.run import terminal

if TYPE_CHECKING:
    from honed.report.progress import Progress


@contextlib.contextmanager
def progress(run: Path, *, new: bool) -> Iterator[Progress]:
    """Progress on standard error; what stops the work ends it with status 0 if a model is saved in `run`.

    `new` says that the command makes the folder: one that is there before it begins is another's.
    """
    from honed.report import progress as told

    speaker = told.progress(sys.stderr)
    is_ours = not (new and os.path.lexists(run))
    try:
        with _stopped_by(signal.SIGTERM, signal.SIGHUP):
            yield speaker
    except KeyboardInterrupt as stop:
        speaker.close()
        has_model = is_ours and (run / "model" / "model.json").exists()
        goes_on = f" `honed resume {run}` goes on." if is_ours and (run / "journal.jsonl").exists() else ""
        left = "the model is saved" if has_model else "there is no model yet"
        terminal.tell(f"Stopped; {left}.{goes_on}", sys.stderr)
        number = stop.args[0] if stop.args else signal.SIGINT
        raise typer.Exit(0 if has_model else 128 + number) from None
    finally:
        speaker.close()


@contextlib.contextmanager
def _stopped_by(*signals: signal.Signals) -> Iterator[None]:
    """Let signals stop the work as Ctrl-C does: schedulers send SIGTERM before they kill, closed terminals SIGHUP.

    One that is ignored (`nohup`) stays so. After the first one further ones are ignored, for the work is being saved.
    """
    before = {number: signal.getsignal(number) for number in signals}
    armed = [number for number in signals if before[number] is signal.SIG_DFL]

    def stop(number: int, _: object) -> None:
        for each in armed:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGHUP and stat.S_ISCHR(os.fstat(2).st_mode):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the terminal is gone, and to write to it an error
        raise KeyboardInterrupt(number)

    for number in armed:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in armed:
            signal.signal(number, before[number])
