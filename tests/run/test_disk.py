"""Whole files or none, and what is said when the disk refuses."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from honed.errors import RunError
from honed.run import disk


@pytest.mark.parametrize("sync", [True, False])
def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(sync: bool, tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"one", b"another"):
        disk.write_file(path, content, sync=sync)
        assert disk.read_file(path) == content
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_that_cannot_be_written_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    disk.write_file(path, b"earlier")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match=r"the disk is full\. What was saved before is intact"):
        disk.write_file(path, b"later")
    assert path.read_bytes() == b"earlier"
    assert os.listdir(tmp_path) == ["file"]


def test_another_refusal_says_what_the_system_said() -> None:
    with pytest.raises(RunError, match="cannot write x: Permission denied"), disk.refusals("x"):
        raise PermissionError(errno.EACCES, "Permission denied")
    with pytest.raises(KeyError), disk.refusals("x"):
        raise KeyError("x")  # which no disk has raised


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, ""), "the disk is full"),
        (OSError(errno.EDQUOT, ""), "your quota on the disk is used up"),
        (OSError(errno.EFBIG, ""), "it would be larger than the limit on file sizes allows"),
        (OSError(errno.EACCES, ""), None),
        (Exception("I/O error: No space left on device (os error 28)"), "the disk is full"),
        (
            Exception("I/O error: File too large (os error 27)"),
            "it would be larger than the limit on file sizes allows",
        ),
        (Exception("I/O error"), None),
    ],
)
def test_what_there_is_too_little_of_is_known_by_whoever_says_it(error: Exception, said: str | None) -> None:
    assert (disk.shortage(error) or [None])[0] == said


def test_a_limit_on_file_sizes_is_no_full_disk(tmp_path: Path) -> None:
    with (
        pytest.raises(
            RunError, match=r"larger than the limit on file sizes .*raise the limit \(`ulimit -f`\)"
        ),
        disk.refusals("x"),
    ):
        raise OSError(errno.EFBIG, "File too large")


def test_of_the_temporary_folder_it_is_said_how_to_have_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(size: int | None = None, folder: Path | None = None) -> str:
        with pytest.raises(RunError) as refusal, disk.working_data(size, folder):
            raise OSError(errno.ENOSPC, "No space left on device")
        return str(refusal.value)

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place = f"working data in {tmp_path}"
    assert said().startswith(f"cannot write {place} (the variable TMPDIR names another folder): the disk is")
    assert said(5000).startswith(f"cannot write 5,000 bytes of {place} (the variable TMPDIR")
    assert said(5000, tmp_path).startswith(f"cannot write 5,000 bytes of {place}: the disk is full")


def test_that_no_temporary_folder_can_be_written_to_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the disk was full before anything was written."""

    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("tempfile.gettempdir", none)
    with (
        pytest.raises(RunError, match=r"cannot write working data: No usable .*\['/tmp'\]\. .* TMPDIR"),
        disk.working_data(),
    ):
        pass


def test_what_is_no_ordinary_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="it is a pipe or a device"):
        disk.read_file(tmp_path / "pipe")
    with pytest.raises(OSError, match="it is a folder"):
        disk.read_file(tmp_path)
    with pytest.raises(FileNotFoundError):
        disk.read_file(tmp_path / "none")


def test_a_pipe_is_read_to_its_end_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert disk.read_pipe(path) == b""
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # lets the writer begin before `read_pipe` does
    with open(path, "wb") as writer:
        writer.write(b"some rows")
        writer.flush()
        rest = threading.Thread(target=writer.close)
        rest.start()
        assert disk.read_pipe(path) == b"some rows"
        rest.join()
    os.close(reader)
