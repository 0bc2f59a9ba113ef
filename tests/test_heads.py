"""Answers of several heads side by side, and apart again."""

from __future__ import annotations

import numpy as np

from honed.heads import Head, apart, beside, columns, truths

KIND, SIZE, PRICE = Head("kind", 3), Head("size"), Head("price", loss="huber", weight=0.5)


def test_answers_come_apart_as_they_were_put_beside_each_other() -> None:
    shares, size = np.arange(12.0).reshape(4, 3), np.arange(4.0)
    told = beside([shares, size, -size])
    assert told.shape == (4, 5)
    for found, answer in zip(apart(told, [KIND, SIZE, PRICE]), [shares, size, -size], strict=True):
        np.testing.assert_array_equal(found, answer)


def test_the_truth_of_classes_is_whole_again() -> None:
    codes, size = np.array([2, 0, 1], np.int32), np.array([0.5, 1.5, 2.5])
    first, second = truths(beside([codes, size]), [KIND, SIZE])
    np.testing.assert_array_equal(first, codes)
    np.testing.assert_array_equal(second, size)
    assert first.dtype == np.int32


def test_what_there_is_of_each_head_is_there_for_each_column() -> None:
    assert columns(np.array([[1, 2, 3], [4, 5, 6]]), [KIND, SIZE, PRICE]).tolist() == [
        [1, 1, 1, 2, 3],
        [4, 4, 4, 5, 6],
    ]


def test_one_head_stays_as_it_is() -> None:
    values = np.arange(3.0)
    assert beside([values]) is apart(values, [SIZE])[0] is truths(values, [SIZE])[0] is values
