"""Errors: what they are caught as, and how long they may be."""

from __future__ import annotations

from typing import Any

import pytest

from honed.errors import (
    MOST,
    DataWarning,
    FindingWarning,
    HonedError,
    InputError,
    RunError,
    bounded,
    warn,
)


def test_errors_are_caught_as_what_the_tree_says() -> None:
    assert issubclass(InputError, HonedError) and issubclass(InputError, ValueError)
    assert issubclass(RunError, HonedError) and not issubclass(RunError, ValueError)
    assert issubclass(DataWarning, UserWarning) and issubclass(FindingWarning, UserWarning)


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_a_warning_names_the_line_that_the_work_began_with(depth: int) -> None:
    """However deep inside it lies; a module whose name only begins like honed's is outside."""
    inside: dict[str, Any] = {"__name__": "honed.deep.down", "warn": warn}
    exec("def dig(depth):\n    dig(depth - 1) if depth else warn('Look out.')", inside)
    beside: dict[str, Any] = {"__name__": "honedly", "dig": inside["dig"]}
    exec(compile("def ask(depth):\n    dig(depth)", "beside.py", "exec"), beside)
    with pytest.warns(DataWarning, match=r"^Look out\.$") as caught:
        inside["dig"](depth)
        beside["ask"](depth)
    assert [each.filename for each in caught] == [__file__, "beside.py"]


def test_a_short_message_stays_as_it_is() -> None:
    message = f"Column {'a' * 300!r} is missing."
    assert str(InputError(message)) == message


def test_a_long_quote_loses_its_middle() -> None:
    message = bounded(f"Column '{'a' * 60}{'b' * 5000}{'c' * 15}' is missing.")
    assert message == f"Column '{'a' * 60}…{'c' * 15}' is missing."


def test_a_long_word_loses_its_middle() -> None:
    assert bounded(f"/{'d' * 5000}.csv is missing.") == f"/{'d' * 59}…{'d' * 11}.csv is missing."


@pytest.mark.parametrize("words", [10, 1_000, 100_000])
def test_no_message_is_longer_than_a_page(words: int) -> None:
    message = str(RunError("some words " * words + "the end."))
    assert len(message) <= MOST
    assert message.endswith("the end.")
