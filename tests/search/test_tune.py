"""A search in its folder: what is left when it is stopped."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.device import CPU
from honed.errors import InputError, RunError
from honed.families.table.source import TableSource
from honed.report.text import example
from honed.run.journal import Journal, read
from honed.search import executors, tune
from honed.search.options import Options

pytestmark = pytest.mark.slow


class _Nothing:
    """Stands for pool and runner where nothing is trained."""

    def __init__(self, *_: object) -> None:
        self.workers, self.device = 1, CPU

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""


@pytest.mark.parametrize("moment", ["search", "replace_dir", "_write_results", "event"])
def test_a_stop_once_a_model_is_saved_is_an_end_with_that_model(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*words: Any, **facts: Any) -> Any:
        """What the name stands for, and then Ctrl-C."""
        if moment != "event" or words[1:] == ("done",):
            original(*words, **facts)
            raise KeyboardInterrupt
        return original(*words, **facts)

    def search(runner: object, clock: object, progress: object, save: Any, *_: object, **__: object) -> Any:
        save(SimpleNamespace(save=lambda folder: (folder / "model.json").write_text("{}")))
        done = {**example(), "state": "done"}
        nothing = {"trials": [], "ledger": [], "findings": [], "probes": {}, "scored": None}
        return SimpleNamespace(summary=done, standing=None, why_not="", **nothing)

    monkeypatch.setattr(tune, "search", search)
    monkeypatch.setattr(tune.executors, "executor", _Nothing)
    monkeypatch.setattr(tune, "Runner", _Nothing)
    place = {"replace_dir": tune.RunFolder, "event": Journal}.get(moment, tune)
    original = getattr(place, moment)
    monkeypatch.setattr(place, moment, interrupted)
    data, run, numbers = tmp_path / "t.csv", tmp_path / "run", np.arange(40.0)
    pl.DataFrame({"a": numbers, "y": numbers**2}).write_csv(data)
    facts = tune.fit(Options(str(data), "y", trials=1), run)
    assert facts.get("state") == ("done" if moment == "event" else "stopped")
    assert read(run / "journal.jsonl")[-1]["kind"] == ("done" if moment == "event" else "stopped")


def test_a_run_whose_rounds_were_stopped_goes_on_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def search(runner: Any, clock: object, progress: object, save: Any, *_: object, **__: object) -> Any:
        save(SimpleNamespace(save=lambda folder: (folder / "model.json").write_text("{}")))
        done.append(runner)
        if len(done) == 1:
            runner.journal.event("rounds stopped")
        nothing = {"trials": [], "ledger": [], "findings": [], "probes": {}, "scored": None}
        return SimpleNamespace(summary={**example(), "state": "done"}, standing=None, why_not="", **nothing)

    monkeypatch.setattr(tune, "search", search)
    monkeypatch.setattr(tune.executors, "executor", _Nothing)
    monkeypatch.setattr(tune, "Runner", lambda _, journal, *__: SimpleNamespace(journal=journal))
    data, run, numbers = tmp_path / "t.csv", tmp_path / "run", np.arange(40.0)
    pl.DataFrame({"a": numbers, "y": numbers**2}).write_csv(data)
    tune.fit(Options(str(data), "y", trials=1, nested=None), run)
    assert [event["kind"] for event in read(run / "journal.jsonl")] == ["start", "rounds stopped", "done"]
    tune.resume(run)
    assert len(done) == 2
    tune.resume(run)
    assert len(done) == 2


@pytest.mark.parametrize("is_trained", [True, False])
def test_data_refused_when_read_once_more_cost_nothing_that_was_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_trained: bool
) -> None:
    def search(runner: Any, clock: object, progress: object, save: Any, *_: object, **__: object) -> Any:
        save(SimpleNamespace(save=lambda folder: (folder / "model.json").write_text("{}")))
        runner.journal.record("first/-1/0/0", {"ok": is_trained})
        raise InputError("t.parquet cannot be read.")

    monkeypatch.setattr(tune, "search", search)
    monkeypatch.setattr(tune.executors, "executor", _Nothing)
    monkeypatch.setattr(tune, "Runner", lambda _, journal, *__: SimpleNamespace(journal=journal))
    data, run, numbers = tmp_path / "t.csv", tmp_path / "run", np.arange(40.0)
    pl.DataFrame({"a": numbers, "y": numbers**2}).write_csv(data)
    expected = RunError if is_trained else InputError
    with pytest.raises(expected, match=r"t\.parquet cannot be read\.") as said:
        tune.fit(Options(str(data), "y", trials=1), run)
    assert (run / "model" / "model.json").exists() == is_trained
    assert (f"`honed resume {run}` goes on" in str(said.value)) == is_trained


@pytest.mark.parametrize("data", ["days/1.csv", "days", "days/*.csv", "{days/1.csv,days/2.csv}"])
def test_workers_start_while_much_is_read_and_end_where_it_is_refused(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()

    class Workers(_Nothing):
        def __init__(self, *_: object) -> None:
            said.append("started")

        def __exit__(self, *_: object) -> None:
            said.append("ended")

    def prepare(options: Options) -> None:
        said.append("read")
        raise InputError("no table")

    monkeypatch.setattr(executors, "Pool", Workers)
    monkeypatch.setattr(tune, "prepare", prepare)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "days").mkdir()
    files = [tmp_path / "days" / "1.csv", tmp_path / "days" / "2.csv"]
    for file in files:
        file.write_text("a,y\n1,2\n")
    size = sum(file.stat().st_size for file in files[: 1 if data == "days/1.csv" else 2])
    for most, expected in ((size, ["read"]), (size - 1, ["started", "read", "ended"])):
        monkeypatch.setattr(tune, "_LONG", most)
        with pytest.raises(InputError, match="no table"):
            tune.fit(Options(data, "y", budget=5.0), tmp_path / "run")
        assert said == expected
        said.clear()
    with pytest.raises(InputError, match="number of workers"):  # before any is asked for
        tune.fit(Options(data, "y", budget=5.0, workers=0), tmp_path / "run")


@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_first_model_is_trained_while_all_rows_are_read(
    is_stopped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, run, numbers = tmp_path / "t.csv", tmp_path / "run", np.arange(400.0)
    pl.DataFrame({"a": numbers, "y": numbers**2}).write_csv(data)
    ahead = tune.prepare(Options(str(data), "y", budget=5.0))
    assert isinstance(ahead.source, TableSource)
    table = replace(ahead.source.table, fingerprint="")  # as of rows that are not all
    ahead = replace(ahead, source=replace(ahead.source, table=table))
    is_read, told = threading.Event(), list[str]()

    def train(prepared: object, journal: Journal, _: object, save: Any, *__: object) -> None:
        assert is_read.wait(60)  # it had waited for ever were rows read before or after
        assert json.loads((run / "run.json").read_text())["fingerprint"] == ""
        save(SimpleNamespace(save=lambda folder: (folder / "model.json").write_text("{}")))
        journal.event("model", of="the first network", loss=None, folds=0)
        told.append("trained")

    def prepare(options: Options, *_: object) -> Any:
        is_read.set()
        if is_stopped:
            raise KeyboardInterrupt
        return reading(options)

    def search(*_: object, **__: object) -> Any:
        told.append("searched")
        nothing = {"trials": [], "ledger": [], "findings": [], "probes": {}, "scored": None}
        return SimpleNamespace(summary={**example(), "state": "done"}, standing=None, why_not="", **nothing)

    reading = tune.prepare
    monkeypatch.setattr(tune.early, "save", train)
    for name, instead in {"glance": lambda _: ahead, "prepare": prepare, "search": search}.items():
        monkeypatch.setattr(tune, name, instead)
    monkeypatch.setattr(executors, "Pool", _Nothing)
    monkeypatch.setattr(tune, "Runner", _Nothing)
    facts = tune.fit(Options(str(data), "y", budget=5.0), run)
    assert facts.get("state") == ("stopped" if is_stopped else "done")
    assert (run / "model" / "model.json").exists()
    assert told == (["trained"] if is_stopped else ["trained", "searched"])
    assert bool(json.loads((run / "run.json").read_text())["fingerprint"]) != is_stopped
    monkeypatch.setattr(tune, "prepare", reading)
    tune.resume(run)  # the data are known again, or read for the first time
    assert told[-1] == "searched"
    assert json.loads((run / "run.json").read_text())["fingerprint"]
