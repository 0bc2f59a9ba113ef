"""Logs a run as event files of TensorBoard: a folder a run, and in it one a candidate; `destination` makes it.

TensorBoard's own writer is used, and no TensorFlow. A file is written by one process alone: the last record of one that
was killed may be cut, and what stood behind it would be lost.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event  # pyright: ignore[reportAttributeAccessIssue]
from tensorboard.compat.proto.summary_pb2 import Summary  # pyright: ignore[reportAttributeAccessIssue]
from tensorboard.plugins.hparams import summary_v2 as hparams
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from honed.logs.destination import Best, Ended, Run, State, Training
from honed.settings import Value

_VERSION = "brain.Event:2"  # of the format, which the first record of a file says


def destination(where: str) -> TensorBoard:
    """The folder that TensorBoard reads, which may be yet to be made."""
    return TensorBoard(Path(where))


class TensorBoard:
    """Event files in a folder of their own within that one, whose name is `state`'s "folder"."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._file = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.honed"
        self.state: State = {}

    def begin(self, run: Run) -> None:
        """Make the run's folder, under another name where one is there already, or go on in that of `state`."""
        if "folder" in self.state:
            return
        name, number = run.name, 2
        while _holds_anything(self._root / name):
            name, number = f"{run.name}-{number}", number + 1
        (self._root / name).mkdir(parents=True, exist_ok=True)
        self._write(self._root / name, [_event(_table("settings", run.settings), 0, run.began)])
        self.state = {"folder": name}

    def training(self, training: Training) -> None:
        """A candidate's curves, scores and settings, the last as a session of the page HPARAMS."""
        folder = self._folder
        if training.number is not None:
            folder /= f"{training.number:04d} {training.name}".replace("/", "-")
        is_first = training.number is None or not _holds_anything(folder)
        folder.mkdir(exist_ok=True)
        events = []
        if is_first and training.settings:
            asked = {name: _plain(value) for name, value in training.settings.items()}
            session = hparams.hparams_pb(asked, str(folder.relative_to(self._root)), int(training.began))
            events += [
                _event(session, 0, training.began),
                _event(_table("settings", asked), 0, training.began),
            ]
        for name, curve in training.curves.items():
            told = [(step, value) for step, value in enumerate(curve, 1) if value is not None]
            events += [_event(scalar_pb(name, value), step, training.ended) for step, value in told]
        events += _scalars(training.scores, training.step, training.ended)
        if training.failed:
            events.append(_event(text_pb("failed", training.failed), training.step, training.ended))
        self._write(folder, events)

    def best(self, best: Best) -> None:
        """A point of the run's own curve."""
        self._write(self._folder, _scalars({"best_so_far": best.score}, best.step, best.at))

    def end(self, ended: Ended) -> None:
        """Scores, facts as text, and files beside the events."""
        told = _table("result", {"ended": ended.how, **ended.facts})
        self._write(self._folder, [*_scalars(ended.scores, 0, ended.at), _event(told, 0, ended.at)])
        for name, content in ended.files.items():
            (self._folder / name).write_bytes(content)

    @property
    def _folder(self) -> Path:
        return self._root / self.state["folder"]

    def _write(self, folder: Path, events: Iterable[Event]) -> None:
        """Write all of them, or none: what stood behind half a record would be lost."""
        path = folder / self._file
        before = path.stat().st_size if path.exists() else 0
        first = [] if before else [Event(wall_time=time.time(), file_version=_VERSION)]
        try:
            with open(path, "ab") as file:
                writer = RecordWriter(file)
                for event in [*first, *events]:
                    writer.write(event.SerializeToString())
        except BaseException:
            with contextlib.suppress(OSError):
                os.truncate(path, before) if before else path.unlink()
            raise


def _holds_anything(folder: Path) -> bool:
    """Whether something is there that is more than an empty folder, as one is left that could not be written to."""
    return folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))


def _event(told: Summary, step: int, at: float) -> Event:
    return Event(wall_time=at, step=step, summary=told)


def _scalars(scores: Mapping[str, float], step: int, at: float) -> list[Event]:
    told = [scalar_pb(name, value) for name, value in scores.items() if math.isfinite(value)]
    return [_event(each, step, at) for each in told]


def _plain(value: Value) -> bool | float | str:
    """A setting as the page HPARAMS takes it."""
    return value if isinstance(value, bool | int | float) else str(value)


def _table(name: str, told: Mapping[str, Value]) -> Summary:
    """A table in Markdown."""
    lines = [f"| {key} | {_cell(value)} |" for key, value in told.items()]
    return text_pb(name, "\n".join(["| | |", "|---|---|", *lines]))


def _cell(value: Value) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
