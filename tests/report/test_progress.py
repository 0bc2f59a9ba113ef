import io
import re

import notebooks
import pytest

from honed.report.progress import Careful, Ended, LiveLine, PlainLines, Silent, of_caller, progress
from honed.run.cluster import Standing


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def visible(stream: io.StringIO) -> str:
    """What is printed, without the control sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


def test_a_pipe_gets_one_plain_line_for_each_thing() -> None:
    stream = io.StringIO()
    speaker = progress(stream)
    assert isinstance(speaker, PlainLines)
    speaker.say("376 rows")
    speaker.generation(Ended(1, 0.5123, "log_loss", 1, 1, 61.0))
    speaker.generation(Ended(2, 0.4, "log_loss", 24, 1234, 40.0, guessed=True))
    speaker.generation(Ended(3, 12345.6, "rmse", 2, 5, -0.7))
    speaker.close()
    assert stream.getvalue().splitlines() == [
        "376 rows",
        "generation 1 · best log_loss 0.5123 · 1 candidate, 1 network · 1 min 1 s left",
        "generation 2 · best log_loss 0.4 · 24 candidates, 1,234 networks · about 40 s left",
        "generation 3 · best rmse 12,346 · 2 candidates, 5 networks · 0 s left",
    ]


def test_how_the_cluster_stands_is_part_of_the_line() -> None:
    stream = io.StringIO()
    speaker = Careful(PlainLines(stream))
    speaker.standing(Standing(3, 12, 11, 40))
    speaker.generation(Ended(2, 0.4, "rmse", 4, 9, 30.0))
    assert stream.getvalue().strip() == (
        "generation 2 · best rmse 0.4 · 4 candidates, 9 networks · 3 nodes, 12 workers of which 11 work, "
        "40 tasks waiting · 30 s left"
    )


def test_a_terminal_gets_a_live_line_that_ends_without_the_time() -> None:
    stream = Terminal()
    speaker = progress(stream)
    assert isinstance(speaker, LiveLine)
    speaker.say("[red] 376 rows")
    speaker.generation(Ended(1, 0.5123, "rmse", 3, 7, 61.0))
    speaker.say("a model is saved")
    speaker.generation(Ended(2, 0.4, "rmse", 4, 9, 30.0))
    speaker.close()
    printed = visible(stream)
    assert "[red] 376 rows\n" in printed
    assert "a model is saved" in printed
    assert "7 networks · 1 min" in printed
    assert printed.rstrip().endswith("generation 2 · best rmse 0.4 · 4 candidates, 9 networks")


def test_a_terminal_may_be_closed_without_a_generation() -> None:
    stream = Terminal()
    speaker = LiveLine(stream)
    speaker.say("only words")
    speaker.close()
    speaker.close()
    assert visible(stream) == "only words\n"


CELL = """
from honed.report.progress import Careful, Ended, of_caller
speaker = Careful(of_caller())
speaker.say("376 rows")
speaker.generation(Ended(1, 0.5123, "rmse", 3, 7, 61.0))
speaker.generation(Ended(2, 0.4, "rmse", 4, 9, 30.0, guessed=True))
speaker.close()
speaker.close()
"""


def test_a_notebook_gets_one_line_that_moves_and_ends_without_the_time() -> None:
    said = notebooks.run(CELL)
    assert {one["kind"] for one in said} <= {"status", "execute_input", "display_data", "update_display_data"}
    (shown,) = notebooks.lines(said).values()
    assert shown[0].startswith("generation 1 · best rmse 0.5123 · 3 candidates, 7 networks · 1 min")
    assert any(line.startswith("generation 2") and line.endswith("about 30 s left") for line in shown)
    assert shown[-1] == "generation 2 · best rmse 0.4 · 4 candidates, 9 networks"


def test_elsewhere_a_call_from_python_says_nothing() -> None:
    assert type(of_caller()) is Silent


def test_a_line_that_cannot_be_said_ends_nothing() -> None:
    class Broken(PlainLines):
        def say(self, text: str) -> None:
            raise BrokenPipeError("nobody reads")

    stream = io.StringIO()
    speaker = Careful(Broken(stream))
    with pytest.warns(UserWarning, match="A line of progress is left out"):
        speaker.say("376 rows")
    with pytest.warns(UserWarning, match="nobody reads"):
        speaker.generation(Ended(1, 0.5, "log_loss", 1, 1, 3.0))
    speaker.close()
    assert stream.getvalue() == ""
