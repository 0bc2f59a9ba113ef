"""Running out of memory is an ordinary outcome: a real limit on a real process, and training goes on."""

from __future__ import annotations

import subprocess
import sys

import pytest

from honed.train import memory

STORY = """
import resource, warnings
import numpy as np
from honed import NetworkRegressor

X = np.random.default_rng(0).normal(size=(30_000, 8))
y = X[:, 0] + X[:, 1] ** 2
knobs = dict(width=512, depth=2, epochs=2, random_state=0)
NetworkRegressor(batch_size=64, **knobs).fit(X[:500], y[:500])  # everything is imported and at work
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 300 * 2**20, used + 300 * 2**20))
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    network = NetworkRegressor(batch_size="full", **knobs).fit(X, y)
print(network.batch_size_, len(network.history_["train_loss"]), round(network.score_, 3))
print(*[str(each.message) for each in said], sep="\\n")
"""


def test_a_batch_that_does_not_fit_is_halved_and_said() -> None:
    done = subprocess.run([sys.executable, "-c", STORY], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    figures, *said = done.stdout.splitlines()
    batch, epochs, score = figures.split()
    assert 1 <= int(batch) < 27_000
    assert int(epochs) == 2
    assert float(score) < 10
    assert any("Memory ran out with" in line and "from epoch 1 on" in line for line in said)


def test_more_than_is_free_is_refused_before_it_is_used() -> None:
    memory.check(1)
    with pytest.raises(MemoryError, match="bytes are needed"):
        memory.check(memory.available() * 2)


def test_what_is_free_is_no_more_than_the_machine_has() -> None:
    with open("/proc/meminfo") as file:
        total = 1024 * int(file.readline().split()[1])
    assert 0 < memory.available() <= total
