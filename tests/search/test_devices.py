"""Where a run trains is looked for once, said, and decides how many trainings go on at a time."""

from __future__ import annotations

import os

import pytest

from honed.device import CPU, Device
from honed.errors import InputError
from honed.run import gpus
from honed.run.gpus import Gpus
from honed.search.devices import found, free, told, workers
from honed.search.options import Options


def asked(device: str, **more: object) -> Options:
    return Options("t.csv", "y", trials=2, device=device, **more)  # pyright: ignore[reportArgumentType]


def test_each_gpu_has_a_worker_and_the_run_says_which_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "seen", lambda: Gpus(("A100", "A100")))
    for word in ("auto", "gpu"):
        assert found(asked(word)) == Device("gpu", names=("A100", "A100"))
        assert (workers(asked(word)), workers(asked(word, workers=5))) == (2, 5)
        assert told(asked(word)) == ["Trained on 2 GPUs (A100), products of matrices in float32."]
    assert found(asked("cpu")) == CPU and told(asked("cpu")) == []


def test_without_a_gpu_the_processor_trains_where_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "seen", lambda: Gpus((), "no driver"))
    assert found(asked("auto")) == CPU
    assert workers(asked("auto")) == workers(asked("cpu")) == len(os.sched_getaffinity(0))
    assert told(asked("auto")) == ["Trained on the processor, as JAX sees no GPU: no driver."]
    with pytest.raises(InputError, match="no driver"):
        found(asked("gpu"))


def test_a_cluster_has_processors_alone() -> None:
    with pytest.raises(InputError, match="a cluster trains on processors alone"):
        found(asked("gpu", cluster="auto"))


def test_processes_share_the_memory_of_the_gpu_that_has_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "seen", lambda: Gpus(("A100", "A100"), "", (900, 600)))
    counts = {count: free(asked("gpu", workers=count)) for count in (None, 1, 3, 4)}
    assert counts == {None: 600, 1: 600, 3: 300, 4: 300}
    assert free(asked("cpu")) == 0
    monkeypatch.setattr(gpus, "seen", lambda: Gpus(("A100",)))
    assert free(asked("gpu")) == 0, "not known"
