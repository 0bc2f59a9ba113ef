"""Fixtures of the search's tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sklearn.ensemble  # noqa: F401  (else found half imported by one of two threads: rivals and the look at the data)

sys.path.insert(0, str(Path(__file__).parent))  # for search_helpers

from search_helpers import Make

from honed.run.in_process import InProcess
from honed.run.journal import Journal
from honed.search.new_run import PERFORM
from honed.search.prepare import Prepared
from honed.search.runner import Runner
from honed.search.stores import MemoryStore


@pytest.fixture
def runners() -> Iterator[Make]:
    """Makes runners in this process; their arrays are dropped at the end."""
    executors: list[InProcess] = []

    def make(prepared: Prepared, journal: Journal | None = None, store: MemoryStore | None = None) -> Runner:
        executors.append(InProcess(PERFORM))
        journal = journal or Journal.create(None, {})
        return Runner(prepared, journal, store or MemoryStore(), executors[-1])

    yield make
    for executor in executors:
        executor.close()
