import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_helpers import Start, Witness

from honed.device import Device
from honed.errors import RunError
from honed.run import memory
from honed.run.executor import Job
from honed.run.pool import Pool

TASKS = "run_tasks:Tasks"


NUMBERS = np.arange(5.0)


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool(2, TASKS) as pool:
        pool.put("numbers", NUMBERS)
        yield pool


def add(key: str, name: str = "numbers", **more: Any) -> Job:
    """A job that sums an array."""
    return Job(key, {"task": "sum", "name": name}, **more)


def hang(key: str, witness: Witness, **more: Any) -> Job:
    """A job that tells the witness its process's number, then never ends."""
    return Job(key, {"task": "hang", "pipe": str(witness.path)}, **more)


def warm(pool: Pool) -> None:
    """Has every worker do something, so that a deadline does not count their start."""
    pool.run([add("one", affinity="one"), add("two", affinity="two")])


def test_outcomes_come_with_values_and_arrays_in_the_order_of_the_jobs(pool: Pool) -> None:
    told: list[str] = []
    outcomes = pool.run(
        (add(key, affinity=key) for key in "dcba"), on_result=lambda key, outcome: told.append(key)
    )
    assert list(outcomes) == list("dcba") and sorted(told) == list("abcd")
    for outcome in outcomes.values():
        assert outcome.ok and outcome.value["sum"] == 10.0
        np.testing.assert_array_equal(outcome.arrays["twice"], np.arange(5.0) * 2)


def test_workers_live_from_batch_to_batch_and_see_what_is_put_later(pool: Pool) -> None:
    first = {
        outcome.value["pid"]
        for outcome in pool.run([add("a", affinity="a"), add("b", affinity="b")]).values()
    }
    pool.put("later", np.arange(100_000))
    second = pool.run([add("c", "later"), add("d", affinity="d")])
    assert second["c"].value["sum"] == sum(range(100_000))
    assert {outcome.value["pid"] for outcome in second.values()} <= first
    assert os.getpid() not in first


def test_no_jobs_give_no_outcomes(pool: Pool) -> None:
    assert pool.run([]) == {}


def test_jobs_of_one_affinity_go_to_one_worker(pool: Pool) -> None:
    jobs = [add(f"{n}{side}", affinity=side, seconds=0.001) for n in range(20) for side in "lr"]
    outcomes = pool.run(jobs)
    for side in "lr":
        assert len({outcomes[f"{n}{side}"].value["pid"] for n in range(20)}) == 1


def test_work_of_unknown_length_is_shared_out(pool: Pool, witness: Witness) -> None:
    """One worker holds the program and hangs; the other takes over what waits."""
    warm(pool)
    until = time.monotonic() + 2
    outcomes = pool.run([hang("long", witness, affinity="same"), add("short", affinity="same")], until=until)
    assert outcomes["short"].ok and outcomes["long"].record["error"] == "late"


def test_an_exception_is_an_outcome_with_its_traceback(pool: Pool) -> None:
    outcomes = pool.run([Job("bad", {"task": "fail", "what": "this"}), add("good")])
    assert outcomes["good"].ok and not outcomes["bad"].ok
    assert outcomes["bad"].record["error"] == "exception"
    assert "ArithmeticError: cannot do this" in outcomes["bad"].record["detail"]


def test_what_cannot_travel_is_an_exception_too(pool: Pool) -> None:
    assert "cannot be written as JSON" in pool.run([Job("a", {"task": "strange"})])["a"].record["detail"]


def test_a_killed_worker_is_replaced_and_its_job_tried_again(pool: Pool, tmp_path: Path) -> None:
    job = Job("dies once", {"task": "die", "file": str(tmp_path / "lives"), "times": 1})
    outcomes = pool.run([job, add("other", affinity="x")])
    assert outcomes["dies once"].ok and outcomes["other"].ok
    assert (tmp_path / "lives").read_text() == "xx"


def test_a_job_whose_worker_dies_twice_has_failed(pool: Pool, tmp_path: Path) -> None:
    job = Job("dies", {"task": "die", "file": str(tmp_path / "lives"), "times": 9})
    outcomes = pool.run([job, add("other", affinity="x")])
    assert outcomes["dies"].record["error"] == "killed" and "signal 9" in outcomes["dies"].record["detail"]
    assert outcomes["other"].ok
    assert (tmp_path / "lives").read_text() == "xx"


def test_of_jobs_done_together_each_is_tried_again_alone(pool: Pool, tmp_path: Path) -> None:
    """Nobody knows which of them has killed the worker."""
    deadly = Job("deadly", {"task": "die", "file": str(tmp_path / "deaths"), "times": 2}, "own", 0.1, lanes=2)
    outcomes = pool.run([add("a", affinity="own", seconds=0.1, lanes=2), deadly])
    assert outcomes["deadly"].record["error"] == "killed"
    assert outcomes["a"].ok and outcomes["a"].value["together"] == 1


def test_a_worker_killed_between_jobs_costs_no_job_its_retry(tmp_path: Path) -> None:
    with Pool(1, TASKS) as pool:
        pool.put("numbers", NUMBERS)
        number = pool.run([add("a")])["a"].value["pid"]
        os.kill(number, signal.SIGKILL)
        os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)
        job = Job("dies once", {"task": "die", "file": str(tmp_path / "lives"), "times": 1})
        assert pool.run([job])["dies once"].ok


def test_a_job_still_running_at_the_deadline_is_killed_and_late(pool: Pool, witness: Witness) -> None:
    warm(pool)
    outcomes = pool.run([hang("slow", witness), add("quick", affinity="x")], until=time.monotonic() + 2)
    assert outcomes["quick"].ok
    assert outcomes["slow"].record["error"] == "late" and "still running" in outcomes["slow"].record["detail"]
    assert witness.hear().strip().isdigit() and witness.hear() == ""
    assert pool.run([add("next")])["next"].ok


def test_jobs_after_the_deadline_are_late(pool: Pool) -> None:
    outcomes = pool.run([add("a"), add("b")], until=time.monotonic() - 1)
    assert [outcome.record["error"] for outcome in outcomes.values()] == ["late", "late"]


def test_a_job_that_does_not_fit_is_late_and_the_others_run(pool: Pool) -> None:
    outcomes = pool.run([add("long", seconds=1000.0), add("short")], until=time.monotonic() + 100)
    assert (
        outcomes["long"].record["error"] == "late" and "too little time" in outcomes["long"].record["detail"]
    )
    assert outcomes["short"].ok


def test_an_error_of_the_listener_stops_the_batch_and_leaves_a_usable_pool(
    pool: Pool, witness: Witness
) -> None:
    def stop(key: str, outcome: object) -> None:
        raise RunError("the disk is full")

    with pytest.raises(RunError, match="disk is full"):
        pool.run([hang("slow", witness), add("quick", affinity="x")], on_result=stop)
    assert pool.run([add("next")])["next"].ok


def test_prints_and_reads_of_a_job_stay_out_of_the_protocol(
    pool: Pool, capfd: pytest.CaptureFixture[str]
) -> None:
    assert pool.run([Job("a", {"task": "talk"})])["a"].value == {"read": ""}
    assert capfd.readouterr().out == ""


def test_a_payload_larger_than_a_pipe_arrives(pool: Pool) -> None:
    job = Job("a", {"task": "sum", "name": "numbers", "ballast": "x" * 1_000_000})
    assert pool.run([job])["a"].ok


def test_a_function_that_cannot_be_imported_fails_each_job_with_the_reason() -> None:
    with Pool(1, "no_such_module:Tasks") as pool:
        outcomes = pool.run([add("a"), add("b")])
    assert all(
        "No module named 'no_such_module'" in outcome.record["detail"] for outcome in outcomes.values()
    )


def test_workers_that_die_at_birth_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stillborn.py").write_text("import os\nos._exit(3)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with (
        Pool(2, "stillborn:Tasks") as pool,
        pytest.raises(RunError, match=r"do not start.*status 3"),
    ):
        pool.run([add("a")])


def test_keys_of_a_batch_differ_and_there_are_workers(pool: Pool) -> None:
    with pytest.raises(ValueError, match="same key"):
        pool.run([add("a"), add("a")])
    with pytest.raises(ValueError, match="at least one"):
        Pool(0, TASKS)


def test_the_environment_is_the_workers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["JAX_PLATFORMS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "JAX_COMPILATION_CACHE_DIR"]
    for name in names[:3]:
        monkeypatch.setenv(name, "7")
    monkeypatch.delenv(names[3], raising=False)
    before = dict(os.environ)
    with Pool(1, TASKS) as pool:
        value = pool.run([Job("a", {"task": "environment", "names": names})])["a"].value
    assert (
        value["JAX_PLATFORMS"] == "cpu" and value["OMP_NUM_THREADS"] == value["OPENBLAS_NUM_THREADS"] == "1"
    )
    assert value["JAX_COMPILATION_CACHE_DIR"]
    assert os.environ == before


def test_workers_share_out_the_gpus(tmp_path: Path) -> None:
    """Also one that takes the place of a worker which died."""
    device, names = Device("gpu", names=("A100", "A100")), ["JAX_CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS"]
    jobs = [Job(key, {"task": "environment", "names": names}, affinity=key) for key in "abc"]
    with Pool(3, TASKS, device) as pool:

        def on() -> list[str]:
            values = [outcome.value for outcome in pool.run(jobs).values()]
            assert {value["JAX_PLATFORMS"] for value in values} == {None}
            return sorted(value["JAX_CUDA_VISIBLE_DEVICES"] for value in values)

        assert pool.device == device and on() == ["0", "0", "1"]
        pool.run([Job("die", {"task": "die", "file": str(tmp_path / "died"), "times": 1}, affinity="c")])
        assert on() == ["0", "0", "1"]


def test_workers_share_what_was_free_when_the_pool_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free", lambda: 7_001)
    jobs = [Job(key, {"task": "environment", "names": [memory.SHARE]}) for key in ("a", "b")]
    with Pool(2, TASKS) as pool:
        pool.put("numbers", NUMBERS)
        monkeypatch.setattr(memory, "free", lambda: 1)
        assert [outcome.value for outcome in pool.run(jobs).values()] == 2 * [{memory.SHARE: "3500"}]


def test_closing_ends_the_workers() -> None:
    pool = Pool(1, TASKS)
    pool.put("numbers", NUMBERS)
    number = pool.run([add("a")])["a"].value["pid"]
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


SCRIPT = """
import sys
import numpy as np
from honed.run.executor import Job
from honed.run.pool import Pool

add = Job("add", {"task": "sum", "name": "numbers"})
"""

HANG = """
hang = Job("hang", {"task": "hang", "pipe": sys.argv[1]})
"""


def test_a_script_from_standard_input_without_main_guard_works(
    script: Start,
) -> None:
    out, err = script(
        SCRIPT
        + "with Pool(2, 'run_tasks:Tasks') as pool:\n    pool.put('numbers', np.arange(5.0))\n"
        + "    print(pool.run([add])['add'].ok)\n"
    ).communicate()
    assert out == "True\n", err


def test_it_works_under_joblib(script: Start, tmp_path: Path) -> None:
    pytest.importorskip("joblib")
    (tmp_path / "fits.py").write_text(
        f"def fit(n):\n{''.join('    ' + line + chr(10) for line in SCRIPT.splitlines())}"
        "    with Pool(1, 'run_tasks:Tasks') as pool:\n"
        "        pool.put('numbers', np.arange(5.0))\n"
        "        return pool.run([add])['add'].value['sum'] + n\n"
    )
    text = (
        "import sys\nsys.path.insert(0, sys.argv[1])\n"
        "from joblib import Parallel, delayed\nfrom fits import fit\n"
        "print(Parallel(n_jobs=2)(delayed(fit)(n) for n in range(3)))\n"
    )
    out, err = script(text, tmp_path).communicate()
    assert out == "[10.0, 11.0, 12.0]\n", err


def test_ctrl_c_stops_a_batch_at_once_and_the_pool_goes_on(script: Start, witness) -> None:
    process = script(
        SCRIPT + HANG + "with Pool(2, 'run_tasks:Tasks') as pool:\n"
        "    pool.put('numbers', np.arange(5.0))\n"
        "    try:\n        pool.run([hang])\n    except KeyboardInterrupt:\n"
        "        print('interrupted', pool.run([add])['add'].ok)\n",
        witness.path,
    )
    assert witness.hear().strip().isdigit()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers get it too
    out, err = process.communicate()
    assert (out, err) == ("interrupted True\n", "")
    assert witness.hear() == ""


def test_an_idle_worker_survives_ctrl_c() -> None:
    with Pool(1, TASKS) as pool:
        pool.put("numbers", NUMBERS)
        number = pool.run([add("a")])["a"].value["pid"]
        os.kill(number, signal.SIGINT)
        assert pool.run([add("b")])["b"].value["pid"] == number


def test_workers_end_with_a_killed_parent_even_in_mid_job(script: Start, witness) -> None:
    process = script(SCRIPT + HANG + "pool = Pool(1, 'run_tasks:Tasks')\npool.run([hang])\n", witness.path)
    number = int(witness.hear())
    os.kill(process.pid, signal.SIGKILL)
    try:
        assert witness.hear() == ""
    except AssertionError:
        os.kill(number, signal.SIGKILL)
        raise


def test_the_run_folder_imports_numpy_and_the_standard_library_only() -> None:
    text = (
        "import sys\nbefore = set(sys.modules)\n"
        "import honed.run.pool, honed.run.folder, honed.run.journal, honed.run.worker\n"
        "names = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(names - sys.stdlib_module_names))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env=environment)
    assert run.stdout == "['honed', 'numpy']\n", run.stderr
