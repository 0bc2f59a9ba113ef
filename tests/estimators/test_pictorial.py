"""What the estimators for pictures take and refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawn_pictures import drawn
from sklearn.exceptions import NotFittedError

from honed import ImageClassifier
from honed.errors import DataWarning, InputError

X, Y = drawn(60)
SMALL = {"channels": [4], "blocks": 1, "epochs": 3, "random_state": 0}


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        (X.reshape(60, -1), r"shape \(60, 120\), as of a table.*X.reshape"),
        (pd.DataFrame(X.reshape(60, -1)), "X is a table"),
        (X[:59], "X has 59 pictures and y has 60"),
        ([X[0], X[1][:5]], "no array of pictures of one size"),
        (np.full(X.shape, np.nan), "no finite number"),
        (X[:, :1, :1], "of 1 × 1 pixels"),
    ],
)
def test_what_is_no_array_of_pictures_is_refused(pictures: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        ImageClassifier(**SMALL).fit(pictures, Y)  # pyright: ignore[reportArgumentType]


def test_labels_of_any_type_come_back_and_a_blank_picture_is_told() -> None:
    labels = np.array(["lies", "stands"])[Y]
    model = ImageClassifier(**SMALL).fit(X, labels)
    assert model.image_shape_ == (12, 10, 1) and set(model.predict(X[:9])) <= {"lies", "stands"}
    with pytest.warns(DataWarning, match="1 of 2 pictures to predict, the first of them number 2"):
        model.predict(np.stack([X[0], np.full_like(X[0], 7)]))
    with pytest.raises(InputError, match="trained with"):
        model.predict(X[:, :5])


def test_a_missing_target_and_an_unfitted_network_are_errors() -> None:
    with pytest.raises(ValueError, match="requires y"):
        ImageClassifier(**SMALL).fit(X)
    with pytest.raises(NotFittedError):
        ImageClassifier(**SMALL).predict(X)
