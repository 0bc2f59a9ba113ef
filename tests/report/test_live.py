from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from honed.errors import RunError
from honed.report import live
from honed.run.folder import RunFolder
from honed.run.journal import Journal

HOLDER = """
import signal, sys
from pathlib import Path
from honed.run.folder import RunFolder

signal.signal(signal.SIGINT, signal.SIG_IGN if sys.argv[2] == "deaf" else signal.default_int_handler)
folder = RunFolder.open(Path(sys.argv[1]))
folder.lock()
try:
    print("works", flush=True)
    signal.pause()
except KeyboardInterrupt:
    sys.exit(7)
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that nobody works on."""
    path = tmp_path / "run"
    RunFolder.create(path, {}).close()
    Journal.create(path / "journal.jsonl", {}).close()
    return path


@pytest.fixture
def worker(run: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """Another process that works on the run."""
    words = [sys.executable, "-c", HOLDER, str(run), getattr(request, "param", "hears")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "works\n"
        yield process
        process.kill()


def note(run: Path, kind: str) -> None:
    with Journal.open(run / "journal.jsonl") as journal:
        journal.event(kind)


@pytest.mark.parametrize(
    ("kind", "state"), [("done", "finished"), ("stopped", "stopped"), ("model", "interrupted")]
)
def test_the_last_event_says_how_a_run_ended(run: Path, kind: str, state: str) -> None:
    with RunFolder.open(run) as folder:
        folder.lock()
        note(run, kind)
        assert live.look(run).state == "live"
    assert live.look(run).state == state


def test_a_sight_is_the_same_until_something_changes(run: Path) -> None:
    first = live.look(run)
    assert live.look(run, first) is first
    note(run, "model")
    second = live.look(run, first)
    assert second.files != first.files
    with RunFolder.open(run) as folder:
        folder.lock()
        third = live.look(run, second)
    assert (third.files, third.process) == (second.files, os.getpid())


def test_a_model_is_seen(run: Path) -> None:
    assert not live.look(run).has_model
    (run / "model").mkdir()
    (run / "model" / "model.json").write_text("{}")
    assert live.look(run).has_model


def test_a_cluster_at_work_is_seen_but_changes_no_page(run: Path) -> None:
    with RunFolder.open(run) as folder:
        folder.lock()
        before = live.look(run)
        folder.write_json(live.CLUSTER, {"stands": "2 nodes"})
        now = live.look(run, before)
        assert (before.cluster, now.cluster, now.version) == ("", "2 nodes", before.version)
    assert live.look(run).cluster == ""  # a run that was killed leaves the file


def test_of_a_folder_that_is_gone_nothing_is_seen(run: Path) -> None:
    shutil.rmtree(run)
    sight = live.look(run)
    assert (set(sight.files), sight.process, sight.state, sight.has_model) == (
        {None},
        None,
        "interrupted",
        False,
    )


def test_stop_is_ctrl_c_for_the_process_that_works(run: Path, worker: subprocess.Popen[str]) -> None:
    assert live.stop(run) == worker.pid
    assert worker.wait() == 7


@pytest.mark.parametrize("worker", ["deaf"], indirect=True)
def test_a_process_that_ignores_ctrl_c_is_named(run: Path, worker: subprocess.Popen[str]) -> None:
    with pytest.raises(RunError, match=f"ignores Ctrl-C.*kill {worker.pid}"):
        live.stop(run)
    assert worker.poll() is None


def test_with_nobody_at_work_there_is_nothing_to_stop(run: Path) -> None:
    with pytest.raises(RunError, match="Nobody works on"):
        live.stop(run)


def test_a_run_that_ends_while_it_is_being_stopped_has_nobody(
    run: Path, worker: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "holder", lambda run: worker.pid)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with pytest.raises(RunError, match="Nobody works on"):
        live.stop(run)
