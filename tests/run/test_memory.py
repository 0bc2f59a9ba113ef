"""Running out of memory is an ordinary outcome: a real limit on a real process, and training goes on."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from honed.run import memory

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
    with pytest.raises(MemoryError, match="MB are needed"):
        memory.check(memory.available() * 2)


def test_what_is_free_is_no_more_than_the_machine_has() -> None:
    with open("/proc/meminfo") as file:
        total = 1024 * int(file.readline().split()[1])
    assert 0 < memory.available() <= total


MEGA = 2**20


def system(root: Path, groups: str, files: dict[str, object], host: int = 1000) -> Path:
    """A machine's files under a folder of their own; `host` MB are free, `groups` is /proc/self/cgroup."""
    known = {"proc/meminfo": f"MemTotal: 9 kB\nMemAvailable: {host * 1024} kB\n", "proc/self/cgroup": groups}
    for name, content in {**known, **files}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{content}\n")
    return root


def group(folder: str, limit: int | str, used: int, cached: int, version: str = "v2") -> dict[str, object]:
    """The files of one group, in MB."""
    limit = limit if isinstance(limit, str) else limit * MEGA
    if version == "v2":
        names, stat = ("memory.max", "memory.current"), "inactive_file {}\nactive_file {}\nslab_reclaimable 0"
    else:
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
        stat = "inactive_file 7\ntotal_inactive_file {}\ntotal_active_file {}"
    stat = stat.format(cached * MEGA // 2, cached * MEGA - cached * MEGA // 2)
    return dict(
        zip([f"{folder}/{n}" for n in (*names, "memory.stat")], [limit, used * MEGA, stat], strict=True)
    )


V1 = "sys/fs/cgroup/memory"
V2 = "sys/fs/cgroup"


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/", {}, 1000),
        ("0::/", group(V2, "max", 900, 0), 1000),
        ("0::/", group(V2, 512, 500, 400), 412),  # a container that sees its group as the root
        ("0::/pod/own", group(f"{V2}/pod/own", 512, 500, 0), 12),
        ("0::/pod/own", group(f"{V2}/pod/own", "max", 9, 0) | group(f"{V2}/pod", 100, 60, 10), 50),
        ("0::/not/there", group(V2, 300, 100, 50), 250),
        ("4:memory:/docker/x\n0::/", group(V1, 512, 500, 400, "v1"), 412),
        ("4:cpu,memory:/a", group(f"{V1}/a", 200, 150, 0, "v1") | group(V1, 2**43, 9, 0, "v1"), 50),
        ("4:memory:/a", group(V1, 2**43, 900, 0, "v1"), 1000),
        ("1:cpu:/a", group(f"{V1}/a", 200, 150, 0, "v1"), 1000),
        ("0::/", group(V2, 100, 300, 0), 0),
    ],
)
def test_what_is_free_is_the_least_of_all_groups_and_kept_files_count(
    tmp_path: Path, groups: str, files: dict[str, object], expected: int
) -> None:
    assert memory.free(system(tmp_path, groups, files)) == expected * MEGA


def test_a_machine_that_tells_nothing_sets_no_bound(tmp_path: Path) -> None:
    assert memory.free(tmp_path) == 2**60


@pytest.mark.parametrize("cached", [0, 390])
def test_what_the_cache_holds_decides_nothing(tmp_path: Path, cached: int) -> None:
    files = group(V2, 512, 100 + cached, cached)
    assert memory.free(system(tmp_path, "0::/", files)) == 412 * MEGA


def test_a_worker_takes_no_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(memory.SHARE, "1000")
    assert memory.available() == 1000
    memory.check(900)
    with pytest.raises(MemoryError):
        memory.check(901)


def test_who_takes_room_leaves_less_to_others_and_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 1000)
    room = memory.Room(beside=300)  # 600 bytes are left, as a tenth stays free
    with room.take(400):
        assert room.fits(200) and not room.fits(201)
        with room.take(100):
            assert not room.fits(200)
        assert room.fits(200)
    assert room.fits(600) and room.fits(10_000)  # alone
    with pytest.raises(KeyError), room.take(10_000):
        assert not room.fits(1)
        raise KeyError
    assert room.fits(10_000)


def test_threads_wait_for_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 1000)
    room, others = memory.Room(), threading.Barrier(2)
    holding: list[int] = []

    def hold(number: int) -> int:
        if number < 2:
            others.wait()  # both ask at once
        with room.take(500):
            holding.append(number)
            most = len(holding)
            holding.remove(number)
        return most

    with ThreadPoolExecutor(2) as threads:
        assert set(threads.map(hold, range(500))) == {1}
