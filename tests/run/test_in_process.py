"""The executor in this process: what sets it apart from the others; what all promise is in `test_executor.py`."""

import os

import numpy as np

from honed.run.executor import Job
from honed.run.in_process import InProcess
from honed.run.worker import Data


class Own:
    """Keeps what it was made with, and says when it is closed."""

    def __init__(self, data: Data) -> None:
        self.data, self.is_closed = data, False

    def perform(
        self, payload: dict, until: float | None = None, end: float | None = None
    ) -> tuple[dict, dict[str, np.ndarray]]:
        return {"pid": os.getpid()}, {}

    def close(self) -> None:
        self.is_closed = True


def test_it_works_here_and_closes_its_performer() -> None:
    made: list[Own] = []

    def start(data: Data) -> Own:
        made.append(Own(data))
        return made[-1]

    with InProcess(start) as executor:
        assert executor.run([Job("a", {})])["a"].value == {"pid": os.getpid()}
        assert executor.run([Job("b", {})])["b"].ok
        assert not made[0].is_closed
    assert len(made) == 1
    assert made[0].is_closed
