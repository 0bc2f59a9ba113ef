"""Folds are encoded by their own training rows and handed over once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from search_helpers import prepared, trees

from honed.run.in_process import InProcess
from honed.search.folds import Folds, Known
from honed.search.payloads import ArraysOf


def test_a_fold_is_encoded_by_the_rows_that_train_in_it() -> None:
    ready = prepared(trees())
    with InProcess("honed.search.job:Worker") as executor:
        folds = Folds(ready, executor)
        first, everything = folds.of("0"), folds.of("all")
        encoder = folds.encoder("0", "robust")
        np.testing.assert_array_equal(first.valid, ready.splits.folds[0].valid)
        np.testing.assert_array_equal(first.truth, ready.y[first.valid])
        assert not len(everything.valid)
        assert encoder.to_json() != folds.encoder("all", "robust").to_json()
        assert folds.of("0") is first and folds.encoder("0", "robust") is encoder
        assert folds.inputs("robust") == encoder.inputs and folds.arrays("robust") == ["numeric", "codes"]


def test_a_fold_is_encoded_in_each_way_that_somebody_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = prepared(trees())
    made, learn = [], ready.family.learn
    monkeypatch.setattr(ready.family, "learn", lambda *given: made.append(given[2]) or learn(*given))
    with InProcess("honed.search.job:Worker") as executor:
        folds = Folds(ready, executor)
        folds.of("0")
        assert not made
        assert folds.inputs("standard") == folds.inputs("none")
        train = ready.splits.folds[0].train
        for encoding in ("standard", "none"):
            encoder = folds.encoder("0", encoding)
            assert encoder.to_json() == learn(ready.source, train, encoding).to_json()
            rows = encoder.encode(ready.source.take(np.arange(len(ready.y))))
            handed = executor._spool.get(ArraysOf("0").rows(encoding, "numeric"))
            np.testing.assert_array_equal(handed, rows.numeric)
        assert made == ["standard", "none"]


def test_a_fold_that_is_known_is_encoded_as_its_network_takes_it() -> None:
    ready = prepared(trees())
    with InProcess("honed.search.job:Worker") as executor:
        first = Folds(ready, executor)
        encoder, own = first.encoder("0", "robust"), first.of("0").targets
        known = Known(encoder, {"linear": (replace(own["linear"][0], high=1e6),)})
        folds = Folds(replace(ready, round=1), executor, {"all_0": known})
        assert folds.encoder("all_0", "robust") is encoder
        assert folds.of("all_0").targets == known.targets
        assert folds.inputs("robust") == encoder.inputs
        handed = executor._spool.get(ArraysOf("all_0", 1).train)
        np.testing.assert_array_equal(handed, np.arange(len(ready.y)))


def test_rows_of_all_folds_are_encoded_to_the_same_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = prepared(trees())
    with InProcess("honed.search.job:Worker") as executor:
        folds = Folds(ready, executor)
        folds.encoder("0", "robust")
        monkeypatch.setattr(ready.family, "arrays", lambda rows: {"codes": rows.codes})
        with pytest.raises(AssertionError, match="1"):
            folds.encoder("1", "robust")
