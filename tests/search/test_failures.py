"""What is said of a training that failed."""

from __future__ import annotations

from typing import Any

import pytest

from honed.search.failures import why, worth_another_try


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("MemoryError: 5.0 MB are needed and 1.0 MB are free", "5.0 MB are needed and 1.0 MB are free"),
        ("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 9 GiB", "Unable to allocate 9 GiB"),
        ("jaxlib.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory", "RESOURCE_EXHAUSTED: Out of memory"),
    ],
)
def test_memory_is_named_where_it_is_the_reason(what: str, said: str) -> None:
    detail = f'Traceback (most recent call last):\n  File "a.py", line 1\n{what}\n'
    assert why({"ok": False, "error": "exception", "detail": detail}) == f"memory ran out ({said})."


def ended(key: str, error: str | None, detail: str = "") -> dict[str, Any]:
    outcome = {"ok": True, "value": {}} if error is None else {"ok": False, "error": error, "detail": detail}
    return {"kind": "result", "key": key, "outcome": outcome}


FAILED = [
    ended("done", None),
    ended("late", "late"),
    ended("killed", "killed"),
    ended("starved", "exception", "Traceback\nMemoryError: 5 MB are needed"),
    ended("wrong", "exception", "Traceback\nValueError: MemoryError is no reason"),
]


@pytest.mark.parametrize(
    ("more", "again"),
    [
        ([], set()),
        (["resumed"], {"killed", "starved"}),
        (["extended"], {"late", "killed", "starved"}),
        (["extended", "resumed"], {"late", "killed", "starved"}),
    ],
)
def test_another_try_is_worth_what_failed_for_want_of_what_there_is_now(
    more: list[str], again: set[str]
) -> None:
    assert worth_another_try([*FAILED, *({"kind": kind} for kind in more)]) == again


def test_a_second_failure_stands_until_the_run_is_taken_up_once_more() -> None:
    events = [
        *FAILED,
        {"kind": "extended"},
        ended("late", "late"),
        ended("killed", None),
        ended("starved", "killed"),
    ]
    assert worth_another_try(events) == set()
    assert worth_another_try([*events, {"kind": "resumed"}]) == {"starved"}
    assert worth_another_try([*events, {"kind": "extended"}]) == {"late", "starved"}
