"""What a worker answers; that it outlives signals and not its parent is in `test_pool.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from run_tasks import Tasks

from honed.run.frames import Frame, unpack
from honed.run.spool import Spool
from honed.run.worker import Performer, Task, attempts, failure, resolve


def attempt(performer: Performer | str, payload: dict) -> Frame:
    """What comes of one job alone."""
    (frame,) = attempts(performer, [Task(payload)])
    message, arrays = unpack(frame)
    assert message.pop("place") == 0
    return Frame(message, arrays)


@pytest.fixture
def tasks() -> Tasks:
    spool = Spool()
    spool.put("numbers", np.arange(5.0))
    return Tasks(spool)


def test_an_outcome_is_the_value_with_its_arrays(tasks: Tasks) -> None:
    message, arrays = attempt(tasks, {"task": "sum", "name": "numbers"})
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
    message, arrays = attempt(tasks, payload)
    assert message == failure("exception", message["detail"])
    assert message["detail"].startswith("Traceback") and word in message["detail"]
    assert not arrays


def test_what_kept_a_worker_from_starting_is_the_outcome_of_each_job() -> None:
    message, _ = attempt("ImportError: no such module", {"task": "sum"})
    assert message == {"ok": False, "error": "exception", "detail": "ImportError: no such module"}


def test_an_error_of_all_is_the_outcome_of_those_that_have_none_yet(tasks: Tasks) -> None:
    class Broken(Tasks):
        """Gives one outcome, and no other."""

        def perform_several(self, tasks: Sequence[Task], lanes: int) -> Iterator[Any]:
            yield 1, ({"sum": 3}, {})
            raise ArithmeticError("no other")

    messages = [unpack(frame).message for frame in attempts(Broken(Spool()), [Task({})] * 3, lanes=2)]
    assert [message["place"] for message in messages] == [1, 0, 2]
    assert messages[0]["value"] == {"sum": 3}
    assert all("ArithmeticError: no other" in message["detail"] for message in messages[1:])


def test_a_performer_is_found_by_its_address() -> None:
    assert resolve("run_tasks:Tasks") is Tasks
    with pytest.raises(ModuleNotFoundError):
        resolve("run_task:Tasks")
    with pytest.raises(AttributeError):
        resolve("run_tasks:Nothing")
