"""Folds are encoded by their own training rows and handed over once."""

from __future__ import annotations

import numpy as np
import pytest
from search_helpers import prepared, trees

from honed.run.in_process import InProcess
from honed.search.folds import Folds


def test_a_fold_is_encoded_by_the_rows_that_train_in_it() -> None:
    ready = prepared(trees())
    with InProcess("honed.search.job:Worker") as executor:
        folds = Folds(ready, executor)
        first, everything = folds.of("0"), folds.of("all")
        np.testing.assert_array_equal(first.valid, ready.splits.folds[0].valid)
        np.testing.assert_array_equal(first.truth, ready.y[first.valid])
        assert not len(everything.valid)
        assert first.encoder.to_json() != everything.encoder.to_json()
        assert folds.of("0") is first
        assert folds.inputs == first.encoder.inputs and folds.arrays == ["numeric", "codes"]


def test_rows_of_all_folds_are_encoded_to_the_same_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = prepared(trees())
    with InProcess("honed.search.job:Worker") as executor:
        folds = Folds(ready, executor)
        folds.of("0")
        monkeypatch.setattr(ready.family, "arrays", lambda rows: {"codes": rows.codes})
        with pytest.raises(AssertionError, match="1"):
            folds.of("1")
