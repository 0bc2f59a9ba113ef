"""What a worker on a node does, but for Ray's part, which is in `test_cluster.py`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_tasks import Tasks

from honed.run.frames import pack, unpack
from honed.run.on_node import UNREADABLE, InFile, NodeWorker, _Arrays


@pytest.fixture
def worker() -> NodeWorker:
    """One whose making left this process's environment as it is."""
    worker = NodeWorker.__new__(NodeWorker)
    worker._arrays = _Arrays()
    worker._performer = Tasks(worker._arrays)
    return worker


def told(**payload: Any) -> dict[str, Any]:
    return {"payload": payload, "seconds": None, "needed": False, "until": None, "end": None}


def test_rows_that_do_not_fit_into_memory_are_read_from_a_file(worker: NodeWorker, tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_bytes(np.arange(6.0).tobytes())
    news = {"rows": InFile(str(path), "<f8", (2, 3)), "none": InFile(str(path), "<f8", (0, 3))}
    jobs = pack({"jobs": [told(task="sum", name="rows"), told(task="sum", name="none")], "lanes": 1}, {})
    sums = [unpack(frame).message["value"]["sum"] for frame in worker.perform(jobs, dict(news))]
    assert sums == [15.0, 0.0]
    assert (
        isinstance(worker._arrays.get("rows"), np.memmap) and not worker._arrays.get("rows").flags.writeable
    )


@pytest.mark.parametrize(
    ("size", "why"),
    [(None, "No such file or directory"), (8, "8 of 48 bytes"), (-1, "Is a directory")],
)
def test_a_file_that_cannot_be_read_whole_is_named(
    worker: NodeWorker, tmp_path: Path, size: int | None, why: str
) -> None:
    path = tmp_path / "rows"
    if size == -1:
        path.mkdir()
    elif size is not None:
        path.write_bytes(bytes(size))
    jobs = pack({"jobs": [told(task="sum", name="rows")] * 2, "lanes": 1}, {})
    frames = list(worker.perform(jobs, {"rows": InFile(str(path), "<f8", (2, 3))}))
    assert [unpack(frame).message["error"] for frame in frames] == [UNREADABLE] * 2
    assert unpack(frames[0]).message["detail"] == f"{path} ({why})"


def test_moments_come_as_seconds_and_are_told_by_the_clock_here(worker: NodeWorker) -> None:
    jobs = pack(
        {
            "jobs": [
                told(task="left") | {"end": 1000.0},
                told(task="go on") | {"until": 0.01},
                told(task="left") | {"until": 0.01, "end": 1.0},
                told(task="left") | {"until": 1000.0, "seconds": 2000.0, "end": 1.0},
            ],
            "lanes": 1,
        },
        {},
    )
    began = time.monotonic()
    first, *others = (unpack(frame).message for frame in worker.perform(jobs, {}))
    assert 0 < 1000 - first["value"]["left"] <= time.monotonic() - began
    assert [other["error"] for other in others] == ["late"] * 3


def test_an_array_that_was_not_put_in_is_a_key_error(worker: NodeWorker) -> None:
    (frame,) = worker.perform(pack({"jobs": [told(task="sum", name="nothing")], "lanes": 1}, {}), {})
    assert "KeyError: 'nothing'" in unpack(frame).message["detail"]
