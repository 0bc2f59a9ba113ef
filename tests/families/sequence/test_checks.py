"""What sequences to learn from are looked at for."""

from __future__ import annotations

import numpy as np
import pytest
from waves import waves

from honed.errors import InputError
from honed.families.sequence.checks import check
from honed.families.sequence.measured import Measured, of_arrays


def test_channels_that_say_nothing_are_told_and_none_that_does_is_an_error() -> None:
    X = waves(20)[0]
    assert check(of_arrays(X), (), "X") == []
    X[..., 1] = 3
    assert check(of_arrays(X), (), "X") == [
        "'channel 2': the same everywhere, so it says nothing to a network."
    ]
    X[..., 1] = np.nan
    assert "'b': measured nowhere" in check(of_arrays(X), ("a", "b"), "X")[0]
    with pytest.raises(InputError, match="nothing is measured"):
        check(of_arrays(np.full((4, 5, 2), np.nan)), (), "X")
    with pytest.raises(InputError, match="every number is the same"):
        check(of_arrays(np.ones((4, 5, 2))), (), "X")


def test_sequences_of_one_step_are_no_sequences() -> None:
    X = waves(20)[0]
    with pytest.raises(InputError, match=r"X: each of 20 sequences has one step.*aeon.*X.swapaxes\(1, 2\)"):
        check(of_arrays(X[:, :1]), (), "X")
    with pytest.raises(InputError, match=r"one step, so nothing is measured over time. A table of one row"):
        check(of_arrays(X[..., :1], lengths=[1] * 20), (), "X")
    assert check(of_arrays(X, lengths=[1] * 19 + [2]), (), "X") == []


def turned(time: int, channels: int) -> Measured:
    """Smooth series (cases, channels, time), as other libraries have them."""
    walks = np.random.default_rng(0).normal(size=(30, channels, time)).cumsum(axis=2)
    return of_arrays(walks)


def test_what_looks_like_channels_before_time_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"X has 3 steps of 60 channels.*as in aeon \(cases, channels, time\)"
    ):
        check(turned(60, 3), (), "X")
    with pytest.raises(InputError, match=r"give X.swapaxes\(1, 2\)"):
        ragged = np.where(np.arange(3)[:, None] < 2, turned(60, 3).values, np.nan)
        check(of_arrays(ragged), (), "X")


def test_many_channels_are_allowed_with_a_word() -> None:
    """Ten days of sixty figures each are sequences as well."""
    figures = np.random.default_rng(0).normal(size=(30, 10, 60)).cumsum(axis=1)
    for found in (of_arrays(figures), of_arrays(figures[..., ::2]), turned(20, 6)):
        (note,) = check(found, (), "X")
        assert "If channels came first, as in aeon (cases, channels, time), give X.swapaxes" in note
    assert check(of_arrays(figures), [str(number) for number in range(60)], "X") == []  # columns of a table
    assert check(of_arrays(figures.swapaxes(1, 2)), (), "X") == []


def test_one_sequence_far_longer_than_others_is_told() -> None:
    X = np.random.default_rng(0).normal(size=(30, 100, 1))
    (note,) = check(of_arrays(X, lengths=[5] * 29 + [100]), (), "X")
    assert "The longest sequence has 100 steps and half of them 5 at most" in note
    assert check(of_arrays(X, lengths=[6] * 29 + [100]), (), "X") == []
