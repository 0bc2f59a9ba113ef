"""What is said of a training that failed."""

from __future__ import annotations

import pytest

from honed.search.failures import why


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
