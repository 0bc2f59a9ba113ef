"""Arrays and lists of sequences, and what is refused of them."""

from __future__ import annotations

import numpy as np
import pytest
from waves import listed, waves

from honed.errors import InputError
from honed.families.sequence.measured import joined, of_arrays


def test_lists_and_padded_arrays_are_the_same() -> None:
    X, lengths, _ = waves(20)
    one, two = of_arrays(X, lengths=lengths), of_arrays(listed(20)[0])
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.lengths, two.lengths)
    assert one.lengths.dtype == np.int32 and one.values.dtype == np.float32
    assert (one.values[~one.is_within()] == 0).all() and X[1, -1, 0] != 0
    assert len(one[3:5]) == 2 and one[np.array([7])].lengths.tolist() == [lengths[7]]


def test_one_channel_may_be_a_list_of_numbers() -> None:
    found = of_arrays([[1, 2, 3], [4.5, 5]])
    assert found.values[..., 0].tolist() == [[1, 2, 3], [4.5, 5, 0]] and found.lengths.tolist() == [3, 2]


def test_those_of_another_length_are_padded_where_they_are_joined() -> None:
    found = joined([of_arrays([[1.0, 2]]), of_arrays([[3.0, 4, 5]])])
    assert found.values[..., 0].tolist() == [[1, 2, 0], [3, 4, 5]] and found.lengths.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("X", "lengths", "said"),
    [
        (np.zeros((3, 4)), None, r"shape \(3, 4\).*X\[:, :, None\]"),
        (np.zeros((3, 0, 2)), None, "nothing is measured"),
        ([np.zeros((2, 50)), np.zeros((2, 60))], None, "channels came first: give"),
        ([np.zeros((4, 2)), np.zeros((0, 2))], None, r"Sequence 2 of X has no step"),
        ([np.zeros((4, 2)), np.zeros((3, 3))], None, r"Sequence 2 of X has the shape \(3, 3\).*\(time, 2\)"),
        (np.full((2, 4, 1), "a"), None, "type <U1, but a network takes numbers"),
        (np.full((2, 4, 1), np.inf), None, "in sequence 1, step 1, channel 1"),
        (np.full((2, 4, 1), 1e300), None, "too large for 32 bits"),
        (np.zeros((2, 4, 1)), [4, 0], "length of sequence 2 of X is 0, but it must be from 1 to 4"),
        (np.zeros((2, 4, 1)), [4, 5], "length of sequence 2 of X is 5"),
        (np.zeros((2, 4, 1)), [4], "each of 2 sequences needs one whole number"),
    ],
)
def test_what_is_no_array_of_sequences_is_refused(X: object, lengths: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        of_arrays(X, lengths=lengths)


def test_what_stands_behind_an_end_may_be_anything_and_as_much_as_wanted() -> None:
    X = np.full((2, 4, 1), np.inf)
    X[:, :2] = 1
    assert of_arrays(X, lengths=[2, 1]).values[..., 0].tolist() == [[1, 1], [1, 0]]
