"""The journal of a run: what was decided and what came out, one checksummed line an event.

A line is the CRC-32 of its JSON text as eight hexadecimal digits, a blank, the text, a line feed. Events are
numbered from 0 without gaps under `n`; `kind` says what an event is, `at` when it was written (seconds since 1970,
for people: clocks are set and machines sleep) and `worked` how many seconds of work lie between it and the event
before, or the opening of the journal. A line is on the disk before anything is told: a killed run forgets at most
what nobody knows.

Resuming is running the same program again with an opened journal: `decide` and `result` answer from it.
"""

import contextlib
import io
import logging
import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NotRequired, TypedDict, cast

from honed import typed
from honed.errors import RunError
from honed.run import disk
from honed.run.plain import dumps, loads
from honed.typed import JSON

_log = logging.getLogger("honed.run")


class Journal:
    """The memory of one run; make it with `create` or `open`.

    Attributes
    ----------
    events : list of dict
        Every event in order, those read from the file first.
    earlier : int
        How many were read from the file.
    """

    def __init__(self, path: Path | None, descriptor: int | None, events: list[dict]) -> None:
        self.path = path
        self.events: list[dict] = []
        self.earlier = len(events)
        self._descriptor = descriptor
        self._begun: tuple[int, int] | None = None  # events and bytes before the last one that was begun
        self._last = time.monotonic()
        self._decisions: dict[str, JSON] = {}
        self._results: dict[str, dict] = {}
        for event in events:
            self._remember(event)

    @classmethod
    def create(cls, path: Path | None, start: dict) -> "Journal":
        """A new journal whose first event, `start`, is written at once.

        Parameters
        ----------
        path : Path or None
            The file, which must not exist; None keeps the journal in memory only.
        start : dict
            Facts of the first event, JSON-able; the names `n`, `kind`, `at` and `worked` are taken.

        Raises
        ------
        RunError
            The file exists or the disk refuses.
        """
        descriptor = None
        if path is not None:
            with disk.refusals(path):
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666)
        journal = cls(path, descriptor, [])
        try:
            journal.event("start", **start)
            if path is not None:
                disk.sync_entry(path.parent)
        except BaseException:
            journal.close()
            raise
        return journal

    @classmethod
    def open(cls, path: Path, *, say: Callable[[str], None] = _log.warning) -> "Journal":
        """The journal of an earlier run, to go on with; the caller holds the folder's lock.

        A damaged or unfinished last line is what a power cut leaves: it is cut off, and `say` is told.

        Raises
        ------
        RunError
            There is no journal, nothing is left of it, or a line before the last is damaged (it is named).
        """
        events, whole, damage = _parse(path, _content(path))
        with disk.refusals(path):
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
            if damage is not None:
                os.ftruncate(descriptor, whole)
                os.fsync(descriptor)
                say(
                    f"{path}: the last line ({len(events) + 1}) {damage}; dropped, and its work is done again"
                )
        return cls(path, descriptor, events)

    @property
    def start(self) -> dict:
        """The first event."""
        return self.events[0]

    def decide(self, name: str, choose: Callable[[], JSON]) -> JSON:
        """The decision of that name: `choose()` the first time, from the journal ever after.

        The value has been through JSON (a tuple is a list), so a first run and its replay see the same.
        """
        if name not in self._decisions:
            self._append({"kind": "decision", "name": name, "value": choose()})
        return self._decisions[name]

    def decision(self, name: str) -> JSON:
        """The decision of that name, or None while there is none."""
        return self._decisions.get(name)

    def result(self, key: str) -> dict | None:
        """The outcome last recorded for a job, or None while there is none."""
        return self._results.get(key)

    def record(self, key: str, outcome: dict) -> None:
        """Keeps a job's outcome, in the place of an earlier one where it was done again."""
        self._append({"kind": "result", "key": key, "outcome": outcome})

    def event(self, kind: str, **facts: JSON) -> None:
        """Notes anything else: `model`, `resumed`, `stopped`, `done`, `failed` (over, and without a model)."""
        taken = {"n", "kind", "at", "worked"} & facts.keys()
        if taken or kind in {"decision", "result"}:
            raise ValueError(f"event {kind!r} with {sorted(taken)}: these names belong to the journal")
        self._append({"kind": kind, **facts})

    def close(self) -> None:
        """Lets go of the file; what is known stays readable."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _append(self, facts: dict) -> None:
        if self._begun is not None:
            with disk.refusals(str(self.path)):
                self._cut(*self._begun)
        now = time.monotonic()
        times = {"at": round(time.time(), 3), "worked": round(now - self._last, 3)}
        text = dumps({"n": len(self.events), **times, **facts})
        event, before, last = loads(text), len(self.events), self._last
        if self.path is not None:
            self._begun = before, self._length()
        try:
            if self.path is not None:
                self._write(_line(text))
            self._last = now
            self._remember(event)  # last: what it remembers beside the events is not taken back
        except BaseException:
            # Half a line would spoil all that follows, and so would one that is not remembered: Ctrl-C comes anywhere,
            # here too. What is not cut off now, as the disk refuses or as it comes again, is before the next event.
            del self.events[before:]
            self._last = last
            with contextlib.suppress(OSError):  # the first error says more
                if self._begun is not None:
                    self._cut(*self._begun)
            raise

    def _cut(self, events: int, length: int) -> None:
        """Back to so many bytes, where no more than so many events are remembered."""
        if self._descriptor is None or len(self.events) > events:
            return
        if os.fstat(self._descriptor).st_size > length:
            os.ftruncate(self._descriptor, length)
            os.fsync(self._descriptor)

    def _length(self) -> int:
        """Bytes of the file, which has to be where it was: no event may go where nobody finds it."""
        if self._descriptor is None:
            raise RunError(f"{self.path} is closed; open the run again to go on with it")
        path, held = cast(Path, self.path), os.fstat(self._descriptor)
        if not disk.is_as(held, path):
            raise disk.moved(path)
        return held.st_size

    def _write(self, line: bytes) -> None:
        descriptor, rest = cast(int, self._descriptor), memoryview(line)
        with disk.refusals(cast(Path, self.path)):
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)

    def _remember(self, event: dict) -> None:
        self.events.append(event)
        if event["kind"] == "decision":
            self._decisions[event["name"]] = event["value"]
        elif event["kind"] == "result":
            self._results[event["key"]] = event["outcome"]


class _Event(TypedDict):
    """What every event has."""

    n: int
    kind: str
    at: float
    worked: NotRequired[float]


class _Decision(_Event):
    name: str
    value: JSON


class _Failure(TypedDict):
    ok: Literal[False]


class _Success(TypedDict):
    ok: Literal[True]
    value: dict[str, JSON]


class _Result(_Event):
    key: str
    outcome: _Failure | _Success


class _Budget(_Event):
    budget: NotRequired[float | None]


_EVENTS: dict[str, type] = {"decision": _Decision, "result": _Result, "start": _Budget, "extended": _Budget}


def read(path: Path) -> list[dict]:
    """The events of a journal that another process may be writing; changes nothing.

    Raises
    ------
    RunError
        As `Journal.open`; an unfinished last line is no error, its event has not happened yet.
    """
    return _parse(path, _content(path))[0]


def legible(path: Path) -> tuple[list[dict], str]:
    """The events before the first line that is damaged, and what is wrong, "" for nothing; changes nothing.

    For a reader that makes do with what there is. An unfinished last line is no damage, as for `read`.
    """
    try:
        content = disk.read_file(path)
    except OSError as error:
        return [], f"it cannot be read ({error.strerror})"
    lines = _lines(content)
    events, wrong = _before_damage(lines)
    is_damaged = wrong is not None and (
        len(events) + 1 < len(lines) or (not events and content.endswith(b"\n"))
    )
    return events, f"line {len(events) + 1} {wrong}" if is_damaged else ""


def failure(events: list[dict]) -> str | None:
    """Why a run with these events is over without a model, in a sentence; None where it is not."""
    if not events or events[-1]["kind"] != "failed":
        return None
    return str(events[-1].get("why") or "Its network learned nothing.")


def failure_at(path: Path) -> str | None:
    """The same of a journal's file; None where there is no journal to tell."""
    try:
        return failure(read(path))
    except RunError:
        return None


def _content(path: Path) -> bytes:
    try:
        return disk.read_file(path)
    except OSError as error:
        raise disk.unreadable(path, error, "Is this the folder of a run?") from error


def _parse(path: Path, content: bytes) -> tuple[list[dict], int, str | None]:
    """Events, the bytes that they take, and what is wrong with the last line if something is."""
    lines = _lines(content)
    events, wrong = _before_damage(lines)
    if wrong is not None and len(events) + 1 < len(lines):
        raise RunError(
            f"{path}: line {len(events) + 1} of {len(lines)} {wrong}. Only a last line can be dropped "
            "safely, so this run cannot be resumed; its model still predicts. "
            "Start a new run with `honed fit`."
        )
    if not events:
        raise RunError(
            f"{path} holds no event: the run ended before it began. Start it again with `honed fit`."
        )
    return events, sum(map(len, lines[: len(events)])), wrong


def _lines(content: bytes) -> list[bytes]:
    """By line feed alone: a stray carriage return is damage, not an end."""
    return io.BytesIO(content).readlines()


def _before_damage(lines: list[bytes]) -> tuple[list[dict], str | None]:
    """The events of the lines before the first one that is damaged, and what is wrong with that."""
    events: list[dict] = []
    for number, line in enumerate(lines):
        event = _event(line, number)
        if isinstance(event, str):
            return events, event
        events.append(event)
    return events, None


def _event(line: bytes, number: int) -> dict | str:
    """The event of a line, or what is wrong with it."""
    if not line.endswith(b"\n"):
        return "is unfinished"
    checksum, _, text = line[:-1].partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return "does not match its checksum"
    try:
        event = loads(text)
        typed.take(_EVENTS.get(typed.take(_Event, event)["kind"], _Event), event)
    except ValueError as error:
        return f"is no event ({error})"
    return event if event["n"] == number else f"has number {event['n']} in place of {number}"


def _line(text: str) -> bytes:
    data = text.encode()
    return b"%08x %s\n" % (zlib.crc32(data), data)
