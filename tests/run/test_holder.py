"""Who works on a run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from honed.run.folder import RunFolder
from honed.run.holder import holder

HOLDER = """
import sys
from pathlib import Path
from honed.run.folder import RunFolder
folder = RunFolder.open(Path(sys.argv[1]))
folder.lock()
print("works", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that nobody works on."""
    RunFolder.create(tmp_path / "run", {}).close()
    return tmp_path / "run"


@pytest.fixture
def worker(run: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that works on the run."""
    words = [sys.executable, "-c", HOLDER, str(run)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "works\n"
        yield process
        process.kill()


def test_the_holder_is_the_process_that_works(run: Path, worker: subprocess.Popen[str]) -> None:
    assert holder(run) == worker.pid
    worker.kill()
    worker.wait()
    assert holder(run) is None


def test_nobody_holds_a_run_that_was_closed(run: Path) -> None:
    assert (run / "lock").read_text().strip() == str(os.getpid())
    assert holder(run) is None


def test_a_process_that_merely_has_the_number_is_no_holder(run: Path, worker: subprocess.Popen[str]) -> None:
    """The number of a dead process can be given out again, and a container counts its own."""
    (run / "lock").write_text(f"{os.getppid()}\n")
    assert holder(run) is None


def test_an_open_lock_that_is_not_taken_has_no_holder(run: Path) -> None:
    with open(run / "lock"):
        assert holder(run) is None


@pytest.mark.parametrize("text", ["", "nobody\n", "0\n", "-1\n", "1\n"])
def test_a_damaged_lock_has_no_holder(run: Path, text: str) -> None:
    with RunFolder.open(run) as folder:
        folder.lock()
        assert holder(run) == os.getpid()
        (run / "lock").write_text(text)
        assert holder(run) is None
