"""Networks for pictures by hand: they learn, keep scikit-learn's manners, and are the same again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_pictures import drawn
from sklearn.base import clone

import honed
from honed import ImageClassifier, ImageRegressor

X, Y = drawn(120)
NEW, TRUTH = drawn(40, seed=1)
SMALL = {
    "channels": [4],
    "blocks": 1,
    "epochs": 12,
    "batch_size": 16,
    "learning_rate": 0.02,
    "random_state": 0,
}


def test_a_network_learns_which_way_bars_run(tmp_path: Path) -> None:
    model = ImageClassifier(**SMALL, verbose=True).fit(X, Y)
    assert model.score(NEW, TRUTH) > 0.9
    assert model.n_iter_ == len(model.history_["train_loss"]) <= 12
    again: Any = clone(model)
    again.fit(X[..., None], Y)  # of one channel
    np.testing.assert_array_equal(again.predict_proba(NEW), model.predict_proba(NEW))
    model.save(tmp_path / "model")
    np.testing.assert_array_equal(honed.load(tmp_path / "model").predict_proba(NEW), model.predict_proba(NEW))


def test_numbers_have_intervals() -> None:
    model = ImageRegressor(**SMALL).fit(X, 10.0 * Y)
    told, ends = model.predict(NEW), model.predict_interval(NEW, 0.5)
    assert np.abs(told - 10 * TRUTH).mean() < 2.5
    assert (ends[:, 0] <= ends[:, 1]).all()


def test_settings_are_checked_by_name_and_value() -> None:
    with pytest.raises(TypeError, match="Did you mean 'channels'"):
        ImageClassifier(chanels=3)  # pyright: ignore[reportCallIssue]
    with pytest.raises(ValueError, match="'channels' is 0"):
        ImageClassifier(channels=0).fit(X, Y)
    assert "channels : " in (ImageClassifier.__doc__ or "")
