"""What a search writes of its findings, and in which order it looks."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file
from search_helpers import candidate, prepared, trees
from toy_family import TOY

from honed.diagnosis.case import Case
from honed.families.table import TABLE
from honed.findings import Finding
from honed.run.folder import RunFolder
from honed.search import diagnosis
from honed.search.training import Training

LEAK = Finding("leaked-target", "error", "What.", {}, "Why.", "Do.", {})


def test_the_record_of_an_earlier_network_does_not_stay(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path / "run", {}) as folder:
        diagnosis.write(folder, [LEAK], {"loss": np.ones(2)})
        np.testing.assert_array_equal(load_file(folder.path / diagnosis.RECORD)["loss"], np.ones(2))
        diagnosis.write(folder, [LEAK], {})
        assert not (folder.path / diagnosis.RECORD).exists()
        said = folder.read_json("findings.json", dict[str, Any])
        assert said["findings"][0]["id"] == "leaked-target"


def test_the_first_look_that_succeeded_is_the_one_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Journal:
        @staticmethod
        def result(key: str) -> dict[str, Any] | None:
            return {"late": {"ok": False}, "there": {"ok": True}, "also": {"ok": True}}.get(key)

    class Named:
        def __init__(self, key: str) -> None:
            self.key, self.candidate = key, candidate()

    class Runner:
        journal = Journal()
        prepared = SimpleNamespace(family=TOY)

    monkeypatch.setattr(diagnosis, "of_training", lambda runner, look: [])
    monkeypatch.setattr(diagnosis, "probes", lambda runner, look: look.key)
    runner: Any = Runner()
    looks: Any = [Named("late"), Named("never"), Named("there"), Named("also")]
    assert diagnosis.of_search(runner, looks, [LEAK]) == ([LEAK], "there")
    assert diagnosis.of_search(runner, looks[:2], [LEAK]) == ([LEAK], {})


def test_of_a_training_on_a_sample_only_what_its_probes_show_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, sampled = (Training("look", candidate(), "0", rows=rows, probes="usual") for rows in (None, 2_500))

    def case(runner: Any, training: Training) -> Case:
        none = np.zeros(0)
        return Case(2_500 if training.rows else 10**6, 0, none, none, none, 1.0, probes={"dead": none})

    def rules(one: Case) -> list[Finding]:
        seen = [f"curves-{one.rows}", *(f"probes-{one.rows}" for _ in one.probes)]
        return [Finding(name, "note", f"{name}.", {}, "", "") for name in seen]

    monkeypatch.setattr(diagnosis, "case", case)
    monkeypatch.setattr(diagnosis, "of_training", lambda runner, training: rules(case(runner, training)))
    monkeypatch.setattr(diagnosis.training_rules, "findings", rules)
    monkeypatch.setattr(diagnosis, "probes", lambda runner, training: training)
    journal = SimpleNamespace(result=lambda key: {"ok": True})
    runner: Any = SimpleNamespace(journal=journal, prepared=SimpleNamespace(family=TOY))
    found, measured = diagnosis.of_search(runner, [whole], [LEAK], sampled)
    assert [finding.id for finding in found] == [
        "leaked-target", "curves-1000000", "probes-1000000", "probes-2500",
    ]  # fmt: skip
    assert found[-1].what == "probes-2500. That was seen in a short training of it on 2,500 rows."
    assert measured == sampled


def test_nobody_looks_at_many_columns_after_the_end_of_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TABLE, "look_seconds", lambda schema: 2.0)
    said: list[str] = []
    copied = prepared(trees().with_columns(copy=pl.col("y") ** 3))
    assert diagnosis.of_data(copied, "robust", until=0.0, say=said.append) == []
    assert said == ["There was no time left to look for faults in the data themselves."]
    monkeypatch.undo()
    assert diagnosis.of_data(copied, "robust", until=0.0)
    found = diagnosis.of_data(copied, "robust", until=math.inf, say=said.append)
    assert found and found == diagnosis.of_data(copied, "robust")
    assert len(said) == 1
