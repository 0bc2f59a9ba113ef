"""Work on another thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from honed.findings import Finding
from honed.search.beside import Beside

LEAK = Finding("leaked-target", "error", "What.", {}, "Why.", "Do.", {})


def test_work_beside_the_search_is_done_and_told_once() -> None:
    done, told = [], []

    def work() -> list[Finding]:
        done.append(1)
        return [LEAK]

    with ThreadPoolExecutor(1) as thread:
        beside = Beside(thread, work, told.append)
        assert not beside.has_begun
        beside.go_on()
        assert beside.has_begun
        assert beside.result() == beside.result() == [LEAK]
        beside.go_on()
    assert (done, told) == ([1], [[LEAK]])
