import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from run_helpers import SmallDisk, Start

from honed.errors import RunError
from honed.run.spool import Spool

ARRAYS = {
    "matrix": np.arange(12, dtype=np.float32).reshape(3, 4),
    "turned": np.arange(6.0).reshape(2, 3).T,
    "empty": np.zeros((0, 3), np.int32),
    "one": np.array(7, np.int8),
    "text": np.array(["a", "bcd"]),
}


@pytest.fixture
def spool() -> Iterator[Spool]:
    with Spool() as spool:
        for name, array in ARRAYS.items():
            spool.put(name, array)
        yield spool


def test_arrays_come_back(spool: Spool) -> None:
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(spool.get(name), array)
        assert spool.get(name).dtype == array.dtype


def test_nobody_writes_to_what_all_share(spool: Spool) -> None:
    for name in ARRAYS:
        with pytest.raises(ValueError, match="read-only"):
            spool.get(name)[...] = spool.get(name)


def test_an_attached_spool_learns_of_later_arrays(spool: Spool) -> None:
    other = Spool.attach(spool.fd, spool.manifest())
    before = other.get("matrix")
    spool.put("late", np.arange(100_000))
    other.learn(spool.manifest())
    np.testing.assert_array_equal(other.get("late"), np.arange(100_000))
    np.testing.assert_array_equal(before, ARRAYS["matrix"])
    with pytest.raises(ValueError, match="read-only side"):
        other.put("mine", np.arange(3))


def test_a_name_is_given_once_and_objects_are_refused(spool: Spool) -> None:
    with pytest.raises(ValueError, match="'matrix' already"):
        spool.put("matrix", np.arange(3))
    with pytest.raises(ValueError, match="objects"):
        spool.put("names", np.array(["a", None], object))


def test_an_array_outlives_the_spool() -> None:
    with Spool() as spool:
        spool.put("a", np.arange(5))
        array = spool.get("a")
    np.testing.assert_array_equal(array, np.arange(5))


def test_nothing_remains_on_the_disk_after_a_kill(tmp_path: Path, script: Start) -> None:
    process = script(
        "import os, signal, sys\nfrom pathlib import Path\nimport numpy as np\n"
        "from honed.run.spool import Spool\nspool = Spool(Path(sys.argv[1]))\n"
        "spool.put('a', np.arange(100_000))\nassert spool.get('a')[-1] == 99_999\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n",
        tmp_path,
    )
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_said_and_the_spool_goes_on(small_disk: SmallDisk) -> None:
    with Spool(small_disk.path) as spool:
        with (
            small_disk.full(),
            pytest.raises(RunError, match=rf"80,000 bytes of working data.*{small_disk.says}"),
        ):
            spool.put("a", np.arange(10_000))
        assert "a" not in spool
        spool.put("a", np.arange(10))
        np.testing.assert_array_equal(spool.get("a"), np.arange(10))


def test_rows_are_given_to_a_reserved_array_piece_by_piece(spool: Spool) -> None:
    whole = np.arange(30, dtype=np.float32).reshape(10, 3)
    spool.reserve("rows", whole.shape, whole.dtype)
    spool.put("after", np.arange(3))
    for first in (7, 0, 4):
        spool.fill("rows", first, whole[first : first + 4])
    spool.alias("same", "rows")
    np.testing.assert_array_equal(spool.get("same"), whole)
    np.testing.assert_array_equal(spool.get("after"), np.arange(3))
    with pytest.raises(ValueError, match="do not fit"):
        spool.fill("rows", 8, whole[:3])
    for again in (lambda: spool.reserve("rows", (1,), whole.dtype), lambda: spool.alias("rows", "one")):
        with pytest.raises(ValueError, match="has 'rows' already"):
            again()


def test_an_array_that_never_changes_is_copied_once(spool: Spool) -> None:
    frozen, open_ = np.arange(1000.0), np.arange(1000.0)
    frozen.flags.writeable = False
    spool.put("frozen", frozen)
    before = os.fstat(spool.fd).st_size
    spool.put("frozen too", frozen)
    assert os.fstat(spool.fd).st_size == before
    np.testing.assert_array_equal(spool.get("frozen too"), frozen)
    spool.put("open", open_)
    open_[0] = -1
    spool.put("open too", open_)
    assert spool.get("open")[0] == 0 and spool.get("open too")[0] == -1
    view = frozen[:10]
    spool.put("view", view)
    spool.put("view too", view)
    np.testing.assert_array_equal(spool.get("view too"), frozen[:10])
