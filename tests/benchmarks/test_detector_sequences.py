"""The planted faults of sequences: each is named by findings that there are, and changes what it says it changes."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from honed.nets import sequence
from honed.nets.sequence_spec import SequenceSpec

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("detector_sequences")


def test_each_fault_is_named_by_findings_that_there_are(bench: Any) -> None:
    places = [ROOT / "src/honed/diagnosis/training", ROOT / "src/honed/families/sequence"]
    text = "".join(path.read_text() for place in places for path in place.glob("*.py"))
    known = set(re.findall(r'"([a-z]+(?:-[a-z]+)+|overfitting|underfitting|saturation)"', text))
    for name, fault in bench.FAULTS.items():
        assert fault.names and set(fault.names) <= known, name


def test_a_planted_start_differs_in_its_own_arrays_alone(bench: Any) -> None:
    spec = SequenceSpec(cell="gru", width=4)
    batch = sequence.Batch(np.zeros((3, 5, 2), np.float32), None, np.zeros((3, 0), np.float32))
    start = sequence.initialize(spec, sequence.Shape(2, 0, 5), 3, batch, 0)

    def changed(plant: Any) -> set[str]:
        return {name for name, value in plant(dict(start)).items() if not np.array_equal(value, start[name])}

    assert changed(bench.recurrent(0.25)) == {"0.recurrent"}
    assert changed(bench.forgetting) == {"0.bias"}
    keep = bench.forgetting(start)["0.bias"][4:8]  # of the gate whose 0 keeps nothing of the step before
    assert (1 / (1 + np.exp(-keep)) < 0.01).all()


def test_windows_share_samples_and_copies_are_whole(bench: Any) -> None:
    X, y = np.arange(80.0).reshape(5, 16, 1), np.arange(5)
    rng = np.random.default_rng(0)
    halves, targets = bench.windows(X, y, rng)
    assert np.array_equal(halves[:5, 4:], halves[5:, :8]) and targets.tolist() == [*y, *y]
    more, targets = bench.copied(np.concatenate([X, X + 100]), np.arange(10), rng)
    assert len(more) == 12 and np.array_equal(more[10:], more[targets[10:]])
