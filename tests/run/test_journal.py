import contextlib
import errno
import itertools
import os
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from run_helpers import SmallDisk

from honed.errors import RunError
from honed.run import journal
from honed.run.journal import Journal


def written(path: Path) -> bytes:
    """A journal of four events on the disk: start, decision, result, model."""
    with Journal.create(path, {"seed": 1}) as made:
        made.decide("rungs", lambda: [3, 9])
        made.record("a", {"ok": True, "value": {"loss": 0.1}})
        made.event("model", trial="a")
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_an_opened_journal_answers_what_was_decided_and_recorded(path: Path) -> None:
    written(path)
    with Journal.open(path) as opened:
        assert opened.start["seed"] == 1
        assert opened.decide("rungs", lambda: pytest.fail("decided twice")) == [3, 9]
        assert opened.result("a") == {"ok": True, "value": {"loss": 0.1}}
        assert opened.result("b") is None
        assert [event["kind"] for event in opened.events] == ["start", "decision", "result", "model"]


def test_events_go_on_counting_after_opening(path: Path) -> None:
    written(path)
    with Journal.open(path) as opened:
        opened.event("resumed")
    assert [event["n"] for event in journal.read(path)] == [0, 1, 2, 3, 4]


def test_a_decision_is_made_once() -> None:
    made = Journal.create(None, {})
    values = iter([1, 2])
    assert made.decide("x", lambda: next(values)) == 1
    assert made.decide("x", lambda: next(values)) == 1


def test_the_first_run_sees_the_values_that_a_replay_sees(path: Path) -> None:
    made = Journal.create(path, {})
    first = made.decide("x", lambda: {"pair": (1, 2), "third": 1 / 3, "not": float("inf")})
    made.close()
    with Journal.open(path) as opened:
        assert (
            opened.decide("x", lambda: None) == first == {"pair": [1, 2], "third": 1 / 3, "not": float("inf")}
        )


def test_a_failed_decision_leaves_no_event(path: Path) -> None:
    made = Journal.create(path, {})
    with pytest.raises(ZeroDivisionError):
        made.decide("x", lambda: 1 // 0)
    assert len(journal.read(path)) == 1


def test_what_is_done_again_has_its_last_outcome_and_both_are_kept(path: Path) -> None:
    with Journal.create(path, {}) as made:
        made.record("a", {"ok": False, "error": "late"})
        made.record("a", {"ok": True, "value": {}})
        assert made.result("a") == {"ok": True, "value": {}}
    with Journal.open(path) as opened:
        assert opened.result("a") == {"ok": True, "value": {}}
        assert [event["outcome"]["ok"] for event in opened.events[1:]] == [False, True]


def test_an_event_is_on_the_disk_when_its_call_returns(path: Path) -> None:
    made = Journal.create(path, {})
    made.event("model")
    assert [event["kind"] for event in journal.read(path)] == ["start", "model"]


def test_names_of_the_journal_are_refused() -> None:
    made = Journal.create(None, {})
    with pytest.raises(ValueError, match="belong to the journal"):
        made.event("done", n=3)


def test_a_journal_is_never_written_over(path: Path) -> None:
    before = written(path)
    with pytest.raises(RunError, match="exists"):
        Journal.create(path, {})
    assert path.read_bytes() == before


@pytest.mark.parametrize("kept", [1, 9, 10, -1])
def test_an_unfinished_last_line_is_dropped_and_said(path: Path, kept: int) -> None:
    lines = written(path).splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:kept])
    said: list[str] = []
    with Journal.open(path, say=said.append) as opened:
        assert opened.events[-1]["kind"] == "result"
        opened.event("resumed")
    assert len(said) == 1 and "line (4)" in said[0] and "dropped" in said[0]
    assert [event["kind"] for event in journal.read(path)] == ["start", "decision", "result", "resumed"]


def test_a_damaged_last_line_is_dropped_and_said(path: Path) -> None:
    content = written(path)
    path.write_bytes(content.replace(b'"trial":"a"', b'"trial":"b"'))
    said: list[str] = []
    Journal.open(path, say=said.append).close()
    assert len(said) == 1 and "checksum" in said[0]
    assert content.startswith(path.read_bytes())
    assert len(journal.read(path)) == 3


def test_a_whole_journal_is_opened_in_silence(path: Path) -> None:
    before = written(path)
    Journal.open(path, say=pytest.fail).close()
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"\r", b"\n", b"\0", b"\xff"])
def test_a_damaged_middle_line_is_refused_by_its_number(path: Path, damage: bytes) -> None:
    content = written(path)
    middle = content.index(b"rungs")
    path.write_bytes(content[:middle] + damage + content[middle + 1 :])
    with pytest.raises(RunError, match="line 2 of"):
        Journal.open(path)


def test_a_missing_middle_line_is_refused(path: Path) -> None:
    lines = written(path).splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:1] + lines[2:]))
    with pytest.raises(RunError, match="line 2 of 3 has number 2 in place of 1"):
        Journal.open(path)


def test_a_reader_leaves_a_line_alone_that_is_being_written(path: Path) -> None:
    half = written(path)[:-5]
    path.write_bytes(half)
    assert len(journal.read(path)) == 3
    assert path.read_bytes() == half


@pytest.mark.parametrize("content", [b"", b"0000"])
def test_a_journal_without_an_event_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(RunError, match="before it began"):
        Journal.open(path)


def test_no_journal_is_said(path: Path) -> None:
    with pytest.raises(RunError, match="folder of a run"):
        Journal.open(path)


def test_a_closed_journal_takes_nothing(path: Path) -> None:
    made = Journal.create(path, {})
    made.close()
    with pytest.raises(RunError, match="closed"):
        made.event("done")


def test_a_full_disk_is_said_and_the_journal_stays_whole(small_disk: SmallDisk) -> None:
    path = small_disk.path / "journal.jsonl"
    before = written(path)
    with Journal.open(path) as opened:
        with small_disk.full(), pytest.raises(RunError, match=rf"{small_disk.says}.*then try again"):
            opened.record("b", {"ok": True, "value": {"text": "x" * 10_000}})
        assert opened.result("b") is None
        assert path.read_bytes() == before
        opened.record("b", {"ok": True, "value": {}})
    assert journal.read(path)[-1]["outcome"] == {"ok": True, "value": {}}


def test_a_disk_that_takes_nothing_back_either_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with Journal.create(path, {}) as made:
        monkeypatch.setattr(os, "write", broken)
        monkeypatch.setattr(os, "ftruncate", broken)
        with pytest.raises(RunError, match=r"cannot write \S+: Input/output error"):
            made.event("model")
        monkeypatch.undo()


def test_a_journal_whose_folder_was_renamed_takes_no_more_events(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with Journal.create(tmp_path / "run" / "journal.jsonl", {}) as made:
        (tmp_path / "run").rename(tmp_path / "elsewhere")
        with pytest.raises(
            RunError, match=r"journal\.jsonl is not there any more: it or its folder was renamed"
        ):
            made.event("model")
    assert len(journal.read(tmp_path / "elsewhere" / "journal.jsonl")) == 1


def test_what_stands_before_damage_can_be_read(path: Path) -> None:
    lines = written(path).splitlines(keepends=True)
    assert journal.legible(path) == (journal.read(path), "")
    path.write_bytes(b"".join([*lines[:2], b"garbage\n", *lines[3:]]))
    events, wrong = journal.legible(path)
    assert [event["kind"] for event in events] == ["start", "decision"]
    assert wrong == "line 3 does not match its checksum"
    path.write_bytes(b"".join(lines) + lines[0][:9])
    assert journal.legible(path)[1] == ""  # as a writer leaves it between two moments
    path.write_bytes(b"garbage\n")
    assert journal.legible(path) == ([], "line 1 does not match its checksum")
    path.unlink()
    assert journal.legible(path) == ([], "it cannot be read (No such file or directory)")


class Interrupted:
    """Ctrl-C before the line of `journal.py` that is the `moment`-th from now on; `came` tells of it."""

    def __init__(self, moment: int) -> None:
        self.left, self.came = moment, False

    def __enter__(self) -> "Interrupted":
        self._before = sys.gettrace()
        sys.settrace(self._traced)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _traced(self, frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename != journal.__file__:
            return None
        if event == "line" and not self.came:
            self.left -= 1
            if self.left < 0:
                self.came = True
                raise KeyboardInterrupt
        return self._traced


def test_ctrl_c_at_any_moment_leaves_a_journal_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on the disk is what is remembered, wherever within a call Ctrl-C comes, and no time of work is lost."""
    for moment in itertools.count():
        path, seconds = tmp_path / f"{moment}.jsonl", itertools.count()
        monkeypatch.setattr(time, "monotonic", seconds.__next__)
        with Journal.create(path, {}) as made:
            made.record("a", {"ok": True, "value": {"loss": 0.1}})
            with Interrupted(moment) as ctrl_c, contextlib.suppress(KeyboardInterrupt):
                made.record("a", {"ok": True, "value": {"loss": 0.2}})
            made.event("stopped")
            assert journal.read(path) == made.events
            assert made.result("a") == made.events[-2]["outcome"]
            assert sum(event["worked"] for event in made.events) + 1 == next(seconds)
        if not ctrl_c.came:
            break
    assert moment > 10


def test_ctrl_c_twice_leaves_a_journal_that_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one while the line is cut off that the first has left."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with Journal.create(path, {}) as made:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(os, "fsync", stopped)
            patch.setattr(os, "ftruncate", stopped)
            made.record("a", {"ok": True, "value": {"loss": 0.2}})
        made.event("stopped")
        assert journal.read(path) == made.events


@pytest.mark.parametrize("written", [0, 10])
def test_a_disk_that_refuses_even_to_cut_off_half_a_line_is_said_and_the_line_goes_later(
    path: Path, written: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def full(descriptor: int, data: memoryview) -> int:
        if os.fstat(descriptor).st_size == before and written:
            return write(descriptor, data[:written])
        raise OSError(errno.ENOSPC, "full")

    def refused(*_: object) -> None:
        raise OSError(errno.EIO, "no more")

    with Journal.create(path, {}) as made:
        before = path.stat().st_size
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            patch.setattr(os, "ftruncate", refused)
            with pytest.raises(RunError, match="the disk is full"):
                made.event("model")
            assert path.stat().st_size == before + written
            if written:
                with pytest.raises(RunError, match=r"cannot write .*journal\.jsonl: no more"):
                    made.event("model")
        made.event("done")
        assert journal.read(path) == made.events
