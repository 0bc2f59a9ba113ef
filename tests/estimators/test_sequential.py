"""What the estimators for sequences take and refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from waves import listed, table, waves

from honed import SequenceClassifier
from honed.errors import DataWarning, InputError
from honed.families.sequence.measured import of_arrays

X, Y = listed(40)
SMALL: dict[str, Any] = {"width": 4, "layers": 0, "blocks": 1, "epochs": 2, "random_state": 0}


@pytest.mark.parametrize(
    ("sequences", "said"),
    [
        (table(20), "X is a table .DataFrame.*honed fit TABLE --sequence COLUMN"),
        (np.zeros((40, 5)), r"With one channel: X\[:, :, None\]"),
        (np.random.default_rng(0).normal(size=(40, 3, 99)).cumsum(axis=2), "as in aeon"),
        ([*X[:39], X[0][:0]], "Sequence 40 of X has no step"),
        (np.ones((40, 5, 2)), "every number is the same"),
    ],
)
def test_what_is_no_array_of_sequences_is_refused(sequences: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        SequenceClassifier(**SMALL).fit(sequences, Y)  # pyright: ignore[reportArgumentType]


@pytest.mark.filterwarnings("ignore::honed.errors.FindingWarning")
def test_lists_and_arrays_are_the_same_and_strange_sequences_are_told() -> None:
    whole = waves(40)[0]
    whole[..., 1] = 3
    with pytest.warns(DataWarning, match="'channel 2': the same everywhere"):
        model = SequenceClassifier(**SMALL).fit(whole, np.array(["slow", "quick"])[Y])
    assert (model.n_channels_, model.n_steps_) == (2, 24) and set(model.predict(whole)) <= {"slow", "quick"}
    np.testing.assert_array_equal(model.predict_proba(list(whole)), model.predict_proba(whole))
    whole[3, 4] = np.nan
    with pytest.warns(DataWarning, match="In 1 sequence of 40 some steps are missing"):
        model.predict(whole)
    with pytest.raises(InputError, match="trained with 2"):
        model.predict(whole[..., :1])
    with pytest.raises(NotFittedError):
        SequenceClassifier(**SMALL).predict(whole)


def test_windows_of_one_recording_are_on_one_side_of_the_validation() -> None:
    recording = np.random.default_rng(0).normal(size=(9, 60, 2))
    windows = np.concatenate([recording[:, first : first + 30] for first in (0, 10, 20, 30)])
    found = SequenceClassifier()._groups(of_arrays(windows))
    assert found is not None and found.tolist() == [*range(9)] * 4
    assert SequenceClassifier()._groups(of_arrays(X)) is None
