"""Work on several columns, or blocks of rows, at once: NumPy and Polars leave Python free while they compute."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from honed.lazily import pl

_LEAST_ROWS = 100_000  # below, to start threads takes longer than they save

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: Callable[[Item], Result], items: Iterable[Item], rows: int) -> list[Result]:
    """The result of the work on each item, in their order.

    Parameters
    ----------
    work : looks at its item alone, so that no result depends on the number of threads, and warns of nothing.
    rows : of the table; of few, the work is done without threads.

    Raises
    ------
    Exception
        What the work on the first item raises that raises anything.
    """
    threads = pl.thread_pool_size()
    if rows < _LEAST_ROWS or threads == 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def blocks(rows: int, size: int) -> list[slice]:
    """All rows in blocks of that size."""
    return [slice(start, start + size) for start in range(0, rows, size)]
