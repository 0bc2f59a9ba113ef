"""A run survives what kills it: every story uses the real command line, real processes and real signals."""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from drawn_pictures import drawn
from followed_runs import end, events, killed_after, model_bytes, start
from waves import archive

from honed.run import journal as journals

pytestmark = pytest.mark.slow

EVENTS: dict[str, Callable[[dict], bool]] = {
    "start": lambda e: e["kind"] == "start",
    "plan": lambda e: e["kind"] == "decision" and e["name"] == "plan",
    "first rung": lambda e: e.get("key", "").startswith("quick/"),
    "full training": lambda e: e.get("key", "").startswith("full/"),
    "model": lambda e: e["kind"] == "model",
    "end of exploring": lambda e: e["kind"] == "decision" and e["name"].startswith("generation"),
    "confirmation": lambda e: e.get("key", "").startswith("confirm/"),
    "baseline": lambda e: e.get("key", "").startswith("baseline/"),
    "training again": lambda e: e.get("key", "").startswith("again/"),
}


TRIALS = 8  # enough that two candidates are fully trained, and one has to be confirmed against the other


ANOTHER_OPTUNA = """
import sys
import optuna
print("another Optuna is at work", file=sys.stderr)
begin = optuna.samplers.TPESampler.__init__
def other(self, *words, seed=None, **more):
    begin(self, *words, seed=None if seed is None else seed + 12345, **more)
optuna.samplers.TPESampler.__init__ = other
"""


STREAMING = """
from honed.families.table import streamed
small = streamed.Sizes(large_cells=1, large_bytes=1, sample=1000, bucket=400, batch_cells=1, block=20_000)
streamed.Sizes = lambda **_: small
from honed.cli import main
main()
"""


SECOND = {"second generation": lambda e: e.get("name") == "proposals in generation 1"}


def honed(*words: object) -> list[str]:
    return [sys.executable, "-m", "honed", *map(str, words)]


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(honed(*words), capture_output=True, text=True)


def fit(data: Path, out: Path, *more: object) -> list[str]:
    words = ("--trials", TRIALS, "--workers", 2, "--nested", 0, "--out", out)
    return honed("fit", data, "--target", "y", *words, *more)


def yet_to_come(out: Path) -> Callable[[dict], bool]:
    """Tells the events that the journal of that run does not hold now."""
    path = out / "journal.jsonl"
    count = len(journals.read(path)) if path.exists() else 0
    return lambda event: event["n"] >= count


def killed(command: list[str], out: Path, moment: str) -> None:
    """Start a run and kill it, workers and all, right after a new event of that kind."""
    new, wanted = yet_to_come(out), (EVENTS | SECOND)[moment]
    killed_after(start(command), out, lambda event: new(event) and wanted(event))


def interrupted(command: list[str], out: Path, moment: Callable[[dict], bool]) -> None:
    """Start a run and press Ctrl-C right after a new event of that kind; it saves what it has."""
    new, process = yet_to_come(out), start(command)
    for event in events(process, out):
        if new(event) and moment(event):
            os.killpg(process.pid, signal.SIGINT)
            break
    _, said = process.communicate()
    assert process.returncode == 0, said


def trees(folder: Path, rows: int = 120) -> Path:
    rng = np.random.default_rng(0)
    size, kind = rng.normal(size=rows), rng.choice(["oak", "elm"], rows)
    y = size * 2 + (kind == "oak") + rng.normal(size=rows) * 0.3
    pl.DataFrame({"size": size, "kind": kind, "y": y}).write_csv(folder / "trees.csv")
    return folder / "trees.csv"


def pictures(folder: Path) -> Path:
    X, y = drawn(60)
    np.savez(folder / "pictures.npz", X=X, y=y)
    return folder / "pictures.npz"


def sequences(folder: Path) -> Path:
    return archive(folder / "sequences.npz")


# Of each family its data, and what is asked of a run; tables go the longest way.
FAMILIES: dict[str, tuple[Callable[[Path], Path], tuple[object, ...]]] = {
    "tables": (trees, ()),
    "pictures": (pictures, ("--trials", 2)),
    "sequences": (sequences, ("--trials", 2)),
    "tables in lanes": (trees, ("--lanes", 4)),
}
ONE_BY_ONE = ("tables", "pictures", "sequences")


class Whole(NamedTuple):
    """A run that nothing interrupted, by two workers; `more` is asked beside `data`."""

    data: Path
    more: tuple[object, ...]
    out: Path


@pytest.fixture(scope="module")
def whole_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Whole]:
    """The run of a family, made once."""

    @functools.cache
    def made(family: str) -> Whole:
        make, more = FAMILIES[family]
        data, out = make(tmp_path_factory.mktemp(family)), tmp_path_factory.mktemp("whole") / "run"
        done = subprocess.run(fit(data, out, *more), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return Whole(data, more, out)

    return made


@pytest.fixture(scope="module")
def whole(whole_of: Callable[[str], Whole]) -> Path:
    return whole_of("tables").out


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trees(tmp_path_factory.mktemp("table"))


@pytest.mark.parametrize(
    ("family", "moments"),
    [
        # Every third of the moments in one run, so that what is taken up early still has a long way to go.
        *(("tables", tuple(EVENTS)[first::3]) for first in range(3)),
        *((family, ("full training",)) for family in ("pictures", "sequences")),
        ("tables in lanes", ("first rung", "full training", "training again")),
    ],
)
def test_a_killed_run_resumes_to_the_bytes_of_one_by_twice_as_many_workers(
    family: str, moments: tuple[str, ...], whole_of: Callable[[str], Whole], tmp_path: Path
) -> None:
    out, whole = tmp_path / "run", whole_of(family)
    killed(fit(whole.data, out, *whole.more, "--workers", 1), out, moments[0])
    for moment in moments[1:]:
        killed(honed("resume", out), out, moment)
    done = run("resume", out)
    assert done.returncode == 0, done.stderr
    assert model_bytes(out) == model_bytes(whole.out)
    found = [outcome.get("value", {}).get("lanes", 1) for outcome in outcomes(out)]
    assert (max(found) > 1) == ("in lanes" in family)


def outcomes(out: Path) -> list[dict]:
    return [event["outcome"] for event in journals.read(out / "journal.jsonl") if event["kind"] == "result"]


def test_a_run_in_lanes_scores_as_one_without_does(whole_of: Callable[[str], Whole]) -> None:
    told = [
        json.loads((whole_of(name).out / "summary.json").read_text())
        for name in ("tables", "tables in lanes")
    ]
    one, other = (facts["scores"][facts["uses"]]["value"] for facts in told)
    assert other == pytest.approx(one, rel=0.1)


@pytest.mark.parametrize("family", ONE_BY_ONE)
def test_beside_a_network_stand_its_rivals_whatever_the_family(
    family: str, whole_of: Callable[[str], Whole]
) -> None:
    scores = json.loads((whole_of(family).out / "summary.json").read_text())["scores"]
    assert {"linear", "boosting", "trivial"} <= set(scores)


@pytest.mark.parametrize("moment", ["first rung", "confirmation"])
def test_a_resume_under_another_optuna_takes_its_trials_from_the_journal(
    moment: str, table: Path, whole: Path, tmp_path: Path
) -> None:
    """An Optuna whose sampler draws other values, as another version may, under the version that run.json tells."""
    out, other = tmp_path / "run", tmp_path / "other"
    killed(fit(table, out), out, moment)
    facts = json.loads((out / "run.json").read_text())
    facts["versions"]["optuna"] = "4.0.0"
    (out / "run.json").write_text(json.dumps(facts))
    other.mkdir()
    (other / "sitecustomize.py").write_text(ANOTHER_OPTUNA)
    path = os.pathsep.join([str(other), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        honed("resume", out), capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.returncode == 0, done.stderr
    assert "another Optuna is at work" in done.stderr
    assert "started with Optuna 4.0.0" in done.stderr
    assert model_bytes(out) == model_bytes(whole)


def test_a_resume_under_another_numpy_is_refused(whole: Path, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    killed(fit(table, out), out, "plan")
    facts = json.loads((out / "run.json").read_text())
    facts["versions"]["numpy"] = "1.26.0"
    (out / "run.json").write_text(json.dumps(facts))
    before = (out / "journal.jsonl").read_bytes()
    done = run("resume", out)
    assert done.returncode == 2
    assert "numpy==1.26.0" in done.stderr
    assert (out / "journal.jsonl").read_bytes() == before


def test_a_run_killed_in_its_second_generation_resumes_to_the_same_bytes(table: Path, tmp_path: Path) -> None:
    """What is proposed there rests on what the first one showed."""
    one, other = tmp_path / "one", tmp_path / "other"
    more = ("--trials", 28, "--seed", 3)
    assert subprocess.run(fit(table, one, *more), capture_output=True).returncode == 0
    killed(fit(table, other, *more), other, "second generation")
    count = len(journals.read(other / "journal.jsonl"))
    process = start(honed("resume", other))
    for event in events(process, other):  # and once more in the middle of what was taken up again
        if event["n"] > count + 2:
            end(process, signal.SIGKILL)
            break
    assert run("resume", other).returncode == 0
    assert model_bytes(other) == model_bytes(one)


@pytest.fixture(scope="module")
def streamed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table whose rows are streamed where STREAMING has lowered what counts as large."""
    rng = np.random.default_rng(0)
    size, kind = rng.normal(size=2000), rng.choice(["oak", "elm"], 2000)
    y = size * 2 + (kind == "oak") + rng.normal(size=2000) * 0.3
    path = tmp_path_factory.mktemp("streamed") / "trees.parquet"
    pl.DataFrame({"size": size, "kind": kind, "y": y}).sort("y").write_parquet(path)
    return path


def test_a_run_on_rows_beyond_memory_resumes_to_the_same_bytes(streamed: Path, tmp_path: Path) -> None:
    honed = [sys.executable, "-c", STREAMING]
    one, other = tmp_path / "one", tmp_path / "other"
    fit = [
        *honed,
        "fit",
        str(streamed),
        "--target",
        "y",
        "--trials",
        "1",
        "--single",
        "--workers",
        "1",
        "--out",
    ]
    done = subprocess.run([*fit, str(one)], capture_output=True, text=True)
    assert done.returncode == 0 and "not held in memory" in done.stderr, done.stderr
    killed([*fit, str(other)], other, "full training")
    done = subprocess.run([*honed, "resume", str(other)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert model_bytes(other) == model_bytes(one)


def test_a_run_stopped_while_all_rows_are_read_keeps_the_model_of_some(
    streamed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    fit = [sys.executable, "-c", STREAMING, "fit", str(streamed), "--target", "y", "--budget", "60", "--out"]
    seen = list[dict]()  # as Ctrl-C may cut off the last line of the journal

    def has_model(event: dict) -> bool:
        seen.append(event)
        return event["kind"] == "model"

    interrupted([*fit, str(out)], out, has_model)
    assert seen[-1]["of"].endswith("read ahead")
    said = run("predict", out, streamed)
    assert said.returncode == 0 and len(said.stdout.splitlines()) == 2001
    assert json.loads((out / "run.json").read_text())["options"]["nested"] is None  # nobody asked for any
    (out / "schema.json").unlink(missing_ok=True)  # there if the signal came late
    again = [sys.executable, "-c", STREAMING, "resume", str(out), "--budget", "5"]
    done = subprocess.run(again, capture_output=True, text=True)
    assert done.returncode == 0 and "Task: regression" in done.stderr, done.stderr
    columns = json.loads((out / "schema.json").read_text())["columns"]
    assert [column["name"] for column in columns] == ["size", "kind"]


def test_lost_arrays_of_trials_are_computed_again(table: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    killed(fit(table, out), out, "training again")
    for path in (out / "trials").iterdir():
        path.unlink()
    assert run("resume", out).returncode == 0
    assert model_bytes(out) == model_bytes(whole)


def test_worker_killed_in_mid_trial_changes_nothing(table: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = start(fit(table, out))
    for event in events(process, out):
        if EVENTS["first rung"](event):
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            os.kill(int(children[0]), signal.SIGKILL)
            break
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert model_bytes(out) == model_bytes(whole)


def test_finished_run_says_so(whole: Path) -> None:
    before = model_bytes(whole)
    done = run("resume", whole)
    assert done.returncode == 0
    assert "finished" in done.stderr
    assert model_bytes(whole) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 600 kB, for which one has to be root."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "honed-test", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a file system is not allowed here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_said_and_with_room_again_the_run_goes_on(
    table: Path, whole: Path, small_disk: Path
) -> None:
    out = small_disk / "run"
    stopped = subprocess.run(fit(table, out), capture_output=True, text=True)
    assert stopped.returncode == 1
    assert "Traceback" not in stopped.stderr
    assert "full" in stopped.stderr or "No space" in stopped.stderr
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    done = run("resume", out)
    assert done.returncode == 0, done.stderr
    assert model_bytes(out) == model_bytes(whole)


def test_a_resumed_run_never_puts_a_worse_model_in_place(table: Path, tmp_path: Path) -> None:
    """Stopped again at once, it still holds the model that it held before."""
    out = tmp_path / "run"
    process = start(honed("fit", table, "--target", "y", "--budget", 60, "--out", out))
    for event in events(process, out):
        if event["kind"] == "model" and event["of"] != "the first network":
            end(process, signal.SIGKILL)
            break
    before = model_bytes(out)
    count = len(journals.read(out / "journal.jsonl"))
    process = start(honed("resume", out))
    for event in events(process, out):
        if event["n"] > count:
            end(process, signal.SIGKILL)
            break
    saved = [e for e in journals.read(out / "journal.jsonl")[count:] if e["kind"] == "model"]
    assert saved or model_bytes(out) == before
    assert all(e["of"] != "the first network" for e in saved)


@pytest.mark.parametrize("first", [("--budget", 8), ("--trials", 2)], ids=["budget", "trials"])
def test_a_finished_run_goes_on_exploring_with_a_budget(
    first: tuple[str, int], table: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = honed("fit", table, "--target", "y", "--nested", 0, *first, "--workers", 1, "--out", out)
    assert subprocess.run(command, capture_output=True, text=True).returncode == 0
    before = model_bytes(out)
    interrupted(honed("resume", out, "--budget", "10m"), out, EVENTS["first rung"])
    assert journals.read(out / "journal.jsonl")[-1]["kind"] == "stopped"
    assert model_bytes(out) == before


def test_changed_data_are_refused(table: Path, tmp_path: Path) -> None:
    copy, out = tmp_path / "trees.csv", tmp_path / "run"
    copy.write_bytes(table.read_bytes())
    killed(fit(copy, out), out, "plan")
    copy.write_text(copy.read_text() + "1.5,oak,3.5\n")
    before = (out / "journal.jsonl").read_bytes()
    done = run("resume", out)
    assert done.returncode == 2
    assert "have changed" in done.stderr
    assert (out / "journal.jsonl").read_bytes() == before


def test_two_processes_in_one_folder_are_refused(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = start(fit(table, out))
    for event in events(process, out):
        if EVENTS["start"](event):
            break
    done = run("resume", out)
    end(process, signal.SIGKILL)
    assert done.returncode == 1
    assert str(process.pid) in done.stderr


def test_damaged_journal(table: Path, whole: Path, tmp_path: Path) -> None:
    """A damaged last line is dropped and said; a damaged line before it is refused."""
    out = tmp_path / "run"
    killed(fit(table, out), out, "confirmation")
    path = out / "journal.jsonl"
    good = path.read_bytes()
    lines = good.splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], lines[3].replace(b":", b";", 1), *lines[4:]]))
    refused = run("resume", out)
    assert refused.returncode == 1
    assert "4" in refused.stderr
    path.write_bytes(good[:-7])
    done = run("resume", out)
    assert done.returncode == 0
    assert "dropped" in done.stderr
    assert model_bytes(out) == model_bytes(whole)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_run_keeps_the_best_model_so_far(number: int, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = start(honed("fit", table, "--target", "y", "--budget", 60, "--out", out))
    for event in events(process, out):
        if EVENTS["model"](event):
            os.killpg(process.pid, number)
            break
    _, said = process.communicate()
    assert process.returncode == 0, said
    done = run("predict", out, table, "--out", tmp_path / "p.csv")
    assert done.returncode == 0, done.stderr
    assert pl.read_csv(tmp_path / "p.csv").height == 120


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_stopped_before_there_is_a_model_says_by_what(number: int, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = start(fit(table, out))
    for event in events(process, out):
        if EVENTS["start"](event):
            os.killpg(process.pid, number)
            break
    process.communicate()
    assert process.returncode == 128 + number


def test_predicts_while_the_run_goes_on(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = start(honed("fit", table, "--target", "y", "--budget", 60, "--out", out))
    for event in events(process, out):
        if EVENTS["model"](event):
            break
    done = run("predict", out, table, "--out", tmp_path / "p.csv")
    assert process.poll() is None
    end(process, signal.SIGKILL)
    assert done.returncode == 0, done.stderr


def test_diverging_network_by_hand_says_what_to_do(table: Path, tmp_path: Path) -> None:
    words = ["--set", "optimizer=sgd", "--set", "learning_rate=100", "--set", "epochs=20"]
    done = run("train", table, "--target", "y", "--out", tmp_path / "run", *words)
    assert done.returncode == 1
    assert "Lower the learning rate" in done.stderr
    assert not (tmp_path / "run" / "model").exists()


def test_journal_holds_no_rows_of_the_table(table: Path, whole: Path) -> None:
    """Neither the folder nor its journal keeps training data: no target value is found in any file."""
    values = [str(v).encode() for v in pl.read_csv(table)["y"].head(20)]
    for path in whole.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(value in content for value in values), path
    assert journals.read(whole / "journal.jsonl")[-1]["kind"] == "done"


def test_what_was_late_is_done_under_a_longer_budget(tmp_path: Path) -> None:
    """Too short for the full training of a default on any machine, and then long enough."""
    table, out = trees(tmp_path, 3000), tmp_path / "run"
    assert run("fit", table, "--target", "y", "--budget", 1, "--out", out).returncode == 0
    late = [
        e["key"] for e in journals.read(out / "journal.jsonl") if e.get("outcome", {}).get("error") == "late"
    ]
    assert "full/0/0/0" in late
    longer = run("resume", out, "--budget", 50)
    assert longer.returncode == 0, longer.stderr
    with journals.Journal.open(out / "journal.jsonl") as journal:
        for key in ("quick/0/0/0", "full/0/0/0"):
            assert (journal.result(key) or {})["ok"]
        plans = [
            e["value"] for e in journal.events if e["kind"] == "decision" and e["name"].startswith("plan")
        ]
    assert len(plans) == 2
    assert plans[0]["epochs"] <= plans[1]["epochs"]
    assert "first network" not in json.loads((out / "summary.json").read_text())["verdict"]


def test_a_longer_search_without_time_for_anything_leaves_the_model(
    table: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    done = run("resume", out, "--budget", 1)
    assert done.returncode == 0, done.stderr
    assert model_bytes(out) == model_bytes(whole)
    standings = [e["standing"] for e in journals.read(out / "journal.jsonl") if e["kind"] == "done"]
    assert len(standings) == 2
    assert standings[0] == standings[1]
