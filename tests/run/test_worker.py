"""What a worker answers; that it outlives signals and not its parent is in `test_pool.py`."""

from __future__ import annotations

import numpy as np
import pytest
from run_tasks import Tasks

from honed.run.frames import unpack
from honed.run.spool import Spool
from honed.run.worker import attempt, failure, resolve


@pytest.fixture
def tasks() -> Tasks:
    spool = Spool()
    spool.put("numbers", np.arange(5.0))
    return Tasks(spool)


def test_an_outcome_is_the_value_with_its_arrays(tasks: Tasks) -> None:
    message, arrays = unpack(attempt(tasks, {"task": "sum", "name": "numbers"}))
    assert message["ok"] is True and message["value"]["sum"] == 10.0
    np.testing.assert_array_equal(arrays["twice"], np.arange(5.0) * 2)


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        ({"task": "fail", "what": "it"}, "ArithmeticError: cannot do it"),
        ({"task": "sum", "name": "missing"}, "KeyError: 'missing'"),
        ({"task": "strange"}, "TypeError"),
    ],
)
def test_an_exception_is_an_outcome_with_its_traceback(tasks: Tasks, payload: dict, word: str) -> None:
    message, arrays = unpack(attempt(tasks, payload))
    assert message == failure("exception", message["detail"])
    assert message["detail"].startswith("Traceback") and word in message["detail"]
    assert not arrays


def test_what_kept_a_worker_from_starting_is_the_outcome_of_each_job() -> None:
    message, _ = unpack(attempt("ImportError: no such module", {"task": "sum"}))
    assert message == {"ok": False, "error": "exception", "detail": "ImportError: no such module"}


def test_a_performer_is_found_by_its_address() -> None:
    assert resolve("run_tasks:Tasks") is Tasks
    with pytest.raises(ModuleNotFoundError):
        resolve("run_task:Tasks")
    with pytest.raises(AttributeError):
        resolve("run_tasks:Task")
