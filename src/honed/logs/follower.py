"""Tells destinations what happens in a run while it goes on, each in a thread of its own: `followed`.

A destination that fails is told again later, from where it was left, and the run knows nothing of it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypedDict

from honed.family import Family
from honed.logs.destination import THREAD, Best, Destination, Ended, Run, State, Training
from honed.logs.told import Teller
from honed.optional import optional
from honed.run.folder import RunFolder
from honed.run.journal import Journal

FILE = "logged.json"  # in the folder of a run: by the words for each destination, where it stands

_LOOK = 1.0  # seconds between two looks at the journal
_AGAIN = 20.0  # seconds after a failure until the next attempt
_PATIENCE = 20.0  # seconds that a run waits at its end for a destination that makes no headway
_MOST = 200  # characters of a failure's own words


class _Stand(TypedDict):
    """Where a destination stands: the next event, whether it knows of the run's end, and what it needs itself."""

    next: int
    ended: bool
    state: State


class _Stands:
    """Where all destinations of a run stand, kept in its folder if it has one."""

    def __init__(self, folder: RunFolder | None) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self._known: dict[str, _Stand] = {}
        if folder is not None and (folder.path / FILE).exists():
            self._known = folder.read_json(FILE, dict[str, _Stand])

    def of(self, words: str) -> _Stand:
        return self._known.get(words) or {"next": 0, "ended": False, "state": {}}

    def keep(self, words: str, stand: _Stand) -> None:
        with self._lock:
            self._known[words] = stand
            if self._folder is not None:
                self._folder.write_json(FILE, self._known, sync=False)


@contextlib.contextmanager
def followed(
    places: Mapping[str, Destination],
    run: Run,
    family: Family,
    journal: Journal,
    folder: RunFolder | None,
    end: Callable[[BaseException | None], Ended],
    say: Callable[[str], None],
) -> Iterator[None]:
    """While this lasts, tell destinations, by the words for them, of the journal's events; at last of the `end`.

    `end` is called with what ended the run, None where it came to its end. Nothing is told of a run that has been told
    whole before.
    """
    if not places:
        yield
        return
    stands = _Stands(folder)
    followers = [
        _Follower(words, place, run, Teller(run, family), journal, stands, say)
        for words, place in places.items()
    ]
    try:
        yield
    except BaseException as error:
        _finish(followers, error, end, say)
        raise
    _finish(followers, None, end, say)


def _finish(
    followers: list[_Follower],
    error: BaseException | None,
    end: Callable[[BaseException | None], Ended],
    say: Callable[[str], None],
) -> None:
    behind = [follower for follower in followers if not follower.is_whole()]
    ended = optional("What came of the run in the log", lambda: end(error), None, say) if behind else None
    for follower in followers:
        follower.finish(ended)
    for follower in behind:
        follower.wait()


class _Follower:
    """Tells one destination."""

    def __init__(
        self,
        words: str,
        place: Destination,
        run: Run,
        teller: Teller,
        journal: Journal,
        stands: _Stands,
        say: Callable[[str], None],
    ) -> None:
        self._words, self._place, self._run, self._teller = words, place, run, teller
        self._journal, self._stands, self._say = journal, stands, say
        self._stand = stands.of(words)
        self._told = 0  # events that the teller has seen
        self._waiting: Training | Best | None = None  # told by the event before, and not yet written down
        self._begun = self._has_failed = False
        self._headway = time.monotonic()
        self._ended: Ended | None = None
        self._call = threading.Event()
        self._is_over = self._is_left = False
        place.state = dict(self._stand["state"])
        self._thread = threading.Thread(target=self._follow, name=f"{THREAD} {words}", daemon=True)
        self._thread.start()

    def is_whole(self) -> bool:
        """Whether there is nothing to tell that was not told in this process or an earlier one."""
        return self._stand["ended"] and self._stand["next"] == len(self._journal.events)

    def finish(self, ended: Ended | None) -> None:
        """Tell the rest and the end; nothing where it has been told."""
        self._ended = ended
        self._is_over = True
        self._call.set()

    def wait(self) -> None:
        """Until all is told, or the destination has made no headway for a while."""
        self._headway = time.monotonic()
        while self._thread.is_alive() and time.monotonic() - self._headway < _PATIENCE:
            self._thread.join(0.1)
        if self._thread.is_alive():
            self._is_left = True
            self._warn("it does not answer")
            self._call.set()
        elif self._has_failed and self.is_whole():
            self._say(f"{self._words} answers again, and all of the run is logged there.")

    def _follow(self) -> None:
        while not self._is_left:
            is_last = self._is_over  # before the events are looked at: then there are no more
            try:
                self._catch_up()
                if is_last:
                    if self._ended is not None and not self.is_whole():
                        self._end(self._ended)
                    return
                pause = _LOOK
            except Exception as error:  # whatever it is, the run goes on
                self._warn(" ".join(f"{type(error).__name__}: {error}".split()))
                if is_last:
                    return
                pause = _AGAIN
            self._call.wait(pause)

    def _catch_up(self) -> None:
        events = self._journal.events
        while self._told < len(events) and not self._is_left:
            if self._waiting is None:
                self._waiting = self._teller.of(events[self._told])
            if self._told >= self._stand["next"]:
                self._begin()
                self._write(self._waiting)
                self._reach(self._told + 1, keep=self._waiting is not None)
            self._waiting = None
            self._told += 1

    def _begin(self) -> None:
        if not self._begun:
            self._place.begin(self._run)
            self._begun = True
            self._reach(self._told)

    def _write(self, told: Training | Best | None) -> None:
        if isinstance(told, Training):
            self._place.training(told)
        elif told is not None:
            self._place.best(told)

    def _end(self, ended: Ended) -> None:
        self._begin()
        self._place.end(ended)
        self._reach(self._told, ended=True)

    def _reach(self, following: int, *, ended: bool = False, keep: bool = True) -> None:
        """All events before `following` are told; what tells nothing need not be kept, as telling it again does."""
        self._headway = time.monotonic()
        stand: _Stand = {"next": following, "ended": ended, "state": dict(self._place.state)}
        self._stand = stand
        if keep:
            self._stands.keep(self._words, stand)

    def _warn(self, why: str) -> None:
        if self._has_failed:
            return
        self._has_failed = True
        why = why.removesuffix(".")
        why = why if len(why) <= _MOST else why[:_MOST] + "…"
        self._say(
            f"The run cannot be logged to {self._words} now, and goes on without: {why}. What is missing is sent when "
            "that is possible, at the latest by `honed resume`."
        )
