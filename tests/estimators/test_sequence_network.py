"""Networks for sequences by hand: they learn, keep scikit-learn's manners, and are the same again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from waves import listed

import honed
from honed import SequenceClassifier, SequenceRegressor

X, Y = listed(120)
NEW, TRUTH = listed(40, seed=1)
SMALL: dict[str, Any] = {"width": 8, "epochs": 12, "batch_size": 16, "learning_rate": 0.02, "random_state": 0}


def test_a_recurrent_network_learns_which_waves_are_quick(tmp_path: Path) -> None:
    model = SequenceClassifier(**SMALL, gradient_clip=1.0, verbose=True).fit(X, Y)
    assert model.score(NEW, TRUTH) > 0.9
    again: Any = clone(model)
    np.testing.assert_array_equal(again.fit(X, Y).predict_proba(NEW), model.predict_proba(NEW))
    model.save(tmp_path / "model")
    np.testing.assert_array_equal(honed.load(tmp_path / "model").predict_proba(NEW), model.predict_proba(NEW))


def test_numbers_are_told_by_convolutions_with_intervals() -> None:
    model = SequenceRegressor(**SMALL, layers=0, blocks=2, pooling="mean").fit(X, 10.0 * Y)
    told, ends = model.predict(NEW), model.predict_interval(NEW, 0.5)
    assert np.abs(told - 10 * TRUTH).mean() < 2.5
    assert (ends[:, 0] <= ends[:, 1]).all()


def test_settings_are_checked_by_name_and_value() -> None:
    with pytest.raises(TypeError, match="Did you mean 'width'"):
        SequenceClassifier(widht=3)  # pyright: ignore[reportCallIssue]
    with pytest.raises(ValueError, match="'cell' is 'gur'"):
        SequenceClassifier(cell="gur").fit(X, Y)
    assert "bidirectional : " in (SequenceClassifier.__doc__ or "")
