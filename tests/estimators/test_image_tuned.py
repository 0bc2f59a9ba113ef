"""Tuned networks for pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawn_pictures import drawn
from sklearn.base import clone

from honed import TunedImageClassifier, TunedImageRegressor
from honed.errors import InputError

X, Y = drawn(60)


@pytest.mark.slow
def test_a_search_gives_a_network_that_beats_a_guess() -> None:
    model = TunedImageClassifier(trials=1, n_jobs=1, nested=0, random_state=0).fit(X, Y)
    assert model.score(*drawn(40, seed=1)) > 0.7
    assert "trivial" in model.summary_["scores"] and "stages" in model.best_params_


@pytest.mark.slow
def test_a_search_in_lanes_does_too() -> None:
    model = TunedImageClassifier(trials=2, lanes=2, n_jobs=1, nested=0, random_state=0).fit(X, Y)
    assert model.score(*drawn(40, seed=1)) > 0.7


def test_words_are_checked_before_anything_is_trained() -> None:
    with pytest.raises(InputError, match="Neither budget nor trials"):
        TunedImageClassifier(budget=None).fit(X, Y)
    with pytest.raises(InputError, match="groups has"):
        TunedImageRegressor(trials=1).fit(X, Y.astype(float), groups=np.zeros(60))


def test_its_words_are_kept() -> None:
    model = TunedImageClassifier(trials=3, nested=0)
    again: Any = clone(model)
    assert again.get_params() == model.get_params()
