"""Fixtures of the run's tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for run_tasks: this process's path is its workers' path

from run_helpers import PATIENCE, SmallDisk, Start, Witness, fill, limit


@pytest.fixture(autouse=True)
def no_test_hangs() -> Iterator[None]:
    """Turns waiting for ever, which is how most faults here would show, into a failure."""

    def give_up(number: int, frame: object) -> None:
        raise TimeoutError(f"nothing happened for {2 * PATIENCE} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(2 * PATIENCE)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(params=["file system", "limit"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    """A real file system of 64 kB where one may be mounted; a limit on the size of files everywhere."""
    if request.param == "limit":
        yield SmallDisk(tmp_path, limit)
        return
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "honed-test", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("mounting a file system is not allowed here")
    try:
        yield SmallDisk(tmp_path, fill)
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    """A named pipe in the test's folder."""
    witness = Witness(tmp_path / "pipe")
    yield witness
    witness.close()


@pytest.fixture
def script() -> Iterator[Start]:
    """Starts Python in a process group of its own, fed with a script on standard input."""
    processes: list[subprocess.Popen[str]] = []

    def start(text: str, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            start_new_session=True,
        )
        processes.append(process)
        assert process.stdin is not None
        process.stdin.write(text)
        process.stdin.close()
        process.stdin = None
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()
