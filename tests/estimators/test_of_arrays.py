"""What estimators of rows that are arrays have in common."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_pictures import drawn
from sklearn.utils import get_tags
from waves import listed

from honed import ImageClassifier, SequenceClassifier
from honed.errors import InputError


@pytest.mark.parametrize(
    ("model", "X", "noun"),
    [(ImageClassifier(), drawn(4)[0], "picture"), (SequenceClassifier(), listed(4)[0], "sequence")],
)
def test_messages_say_what_a_row_is(model: ImageClassifier, X: np.ndarray, noun: str) -> None:
    with pytest.raises(InputError, match=f"X has 4 {noun}s and y has 3; each {noun} needs one target"):
        model.fit(X, [0, 1, 0])
    with pytest.raises(InputError, match=f"X has one {noun}"):
        model.fit(X[:1], [0])
    with pytest.raises(ValueError, match="requires y"):
        model.fit(X)
    tags = get_tags(model)
    assert tags.input_tags.three_d_array and not tags.input_tags.two_d_array and tags.target_tags.required
