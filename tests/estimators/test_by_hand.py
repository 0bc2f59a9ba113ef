"""A network by hand is trained the same way whatever its rows are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawn_pictures import drawn
from waves import listed

from honed import ImageClassifier, SequenceClassifier
from honed.errors import InputError
from honed.estimators.by_hand import ByHandOnArrays

SEQUENCES: Any = listed(40)[0]


@pytest.mark.filterwarnings("ignore::honed.errors.FindingWarning")
@pytest.mark.parametrize(
    ("model", "X"),
    [
        (ImageClassifier(channels=2, stages=1, blocks=1, epochs=1, random_state=0), drawn(40)[0]),
        (SequenceClassifier(width=2, layers=0, blocks=1, epochs=1, random_state=0), SEQUENCES),
    ],
)
def test_rows_of_weight_0_are_left_out_of_arrays_and_lists(model: Any, X: Any) -> None:
    y, weights = np.arange(40) % 2, np.where(np.arange(40) % 5 == 0, 0.0, 2.0)
    one = model.fit(X, y, sample_weight=weights).predict_proba(X)
    kept = [x for x, weight in zip(X, weights, strict=True) if weight]
    two = model.fit(kept, y[weights > 0]).predict_proba(X)
    np.testing.assert_array_equal(one, two)
    with pytest.raises(InputError, match="JAX sees none here"):  # in this process
        type(model)(**model.get_params() | {"device": "gpu"}).fit(X, y)
    assert model.n_iter_ == 1 and len(model.history_["rate"]) == 1 and isinstance(model, ByHandOnArrays)
