"""What becomes of a command that is stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from honed.stopped import progress


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def stopped(run: Path, number: int, *, new: bool = True, fill: Callable[[], object] = lambda: None) -> int:
    """The status of a command that a signal stops after it has written what `fill` writes."""
    with pytest.raises(typer.Exit) as caught, progress(run, new=new):
        fill()
        os.kill(os.getpid(), number)
        signal.sigtimedwait([], 60)  # until the signal has come
    return caught.value.exit_code


def model_and_journal(run: Path) -> None:
    for name in ("model/model.json", "journal.jsonl"):
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text("{}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_stops_a_command_counts_as_done_once_a_model_is_saved(
    number: int, capfd: pytest.CaptureFixture[str]
) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    assert stopped(Path("none"), number) == 128 + number
    assert capfd.readouterr().err == "Stopped; there is no model yet.\n"
    assert stopped(Path("run"), number, fill=lambda: model_and_journal(Path("run"))) == 0
    assert capfd.readouterr().err == "Stopped; the model is saved. `honed resume run` goes on.\n"
    assert stopped(Path("run"), number, new=False) == 0
    assert "the model is saved" in capfd.readouterr().err
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_a_folder_that_was_there_before_is_not_taken_for_the_commands_own(
    capfd: pytest.CaptureFixture[str],
) -> None:
    model_and_journal(Path("other"))
    assert stopped(Path("other"), signal.SIGTERM) == 143
    assert capfd.readouterr().err == "Stopped; there is no model yet.\n"


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with progress(Path("run"), new=True):
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_signal_does_not_interrupt_the_saving() -> None:
    with pytest.raises(typer.Exit), progress(Path("run"), new=True):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            signal.sigtimedwait([], 60)
        except KeyboardInterrupt:
            os.kill(os.getpid(), signal.SIGTERM)
            raise
