from __future__ import annotations

import io
import os
import threading

import pytest

from honed.errors import InputError, bounded
from honed.run import terminal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode 数\n\ttwo lines", "plain, ünïcode 数\n\ttwo lines"),
        ("\x1b[31mred\x1b]0;title\x07", r"\x1b[31mred\x1b]0;title\x07"),
        ("over\rwritten \x9b1m \x7f", r"over\x0dwritten \x9b1m \x7f"),
        ("turned \u202egnp.exe", r"turned \u202egnp.exe"),
        (os.fsdecode(b"caf\xe9.csv"), r"caf\xe9.csv"),
    ],
)
def test_control_characters_are_shown_and_not_obeyed(text: str, shown: str) -> None:
    assert terminal.visible(text) == shown
    stream = io.StringIO()
    terminal.tell(text, stream)
    assert stream.getvalue() == shown + "\n"


def test_a_message_and_the_end_of_its_line_are_one_piece() -> None:
    """Else two threads that tell at the same time share a line."""
    pieces = list[str]()

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            pieces.append(text)
            return len(text)

    terminal.tell("one", Stream())
    terminal.tell("two\nlines", Stream())
    assert pieces == ["one\n", "two\nlines\n"]


def test_a_message_without_a_reader_is_no_error() -> None:
    source, sink = os.pipe()
    os.close(source)
    with open(sink, "w") as stream:
        terminal.tell("one", stream)
        terminal.tell("two", stream)
    terminal.tell("three", stream)
    terminal.tell("four", None)


def test_all_of_a_result_is_written_to_a_pipe_that_takes_little(monkeypatch: pytest.MonkeyPatch) -> None:
    source, sink = os.pipe()
    os.set_blocking(sink, False)
    taken: list[bytes] = []

    def read() -> None:
        while piece := os.read(source, 7_000):
            taken.append(piece)

    reader = threading.Thread(target=read)
    reader.start()
    with open(sink, "w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        data = os.urandom(1_000_000)
        terminal.write(data)
    reader.join()
    assert b"".join(taken) == data


@pytest.mark.parametrize("cell", ["a" * 100_000, "it's " * 20_000, "'\"" * 50_000, "\n" * 100_000])
def test_a_message_is_never_longer_than_a_thousand_characters(cell: str) -> None:
    message = f"Column {cell!r}, row 7: {cell!r} is not a number. Correct the cell."
    assert len(str(InputError(message))) <= 1000
    assert str(InputError(message)).startswith("Column ")
    assert str(InputError(message)).endswith("is not a number. Correct the cell.")


def test_a_message_of_usual_length_stays_as_it_is() -> None:
    message = f"The file {'a' * 300!r} is missing."
    assert bounded(message) == message
