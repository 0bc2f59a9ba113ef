"""Fixtures of the search's tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for search_helpers

from search_helpers import Make

from honed.run.journal import Journal
from honed.run.pool import InProcess
from honed.run.spool import Spool
from honed.search import job
from honed.search.new_run import PERFORM
from honed.search.prepare import Prepared
from honed.search.runner import MemoryStore, Runner


@pytest.fixture
def runners() -> Iterator[Make]:
    """Makes runners in this process; their arrays are dropped at the end."""
    spools: list[Spool] = []

    def make(prepared: Prepared, journal: Journal | None = None, store: MemoryStore | None = None) -> Runner:
        spool = Spool()
        spools.append(spool)
        journal = journal or Journal.create(None, {})
        return Runner(prepared, journal, store or MemoryStore(), InProcess(PERFORM, spool), spool)

    yield make
    for spool in spools:
        job.forget(spool)
        spool.close()
