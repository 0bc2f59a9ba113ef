"""Numbers that are taken, and those that are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from honed.diagnosis.asked import check_positive
from honed.errors import InputError


@pytest.mark.parametrize("value", [1, np.int64(3), 10**9])
def test_whole_numbers_above_zero_are_taken(value: Any) -> None:
    check_positive("epochs", value)
    check_positive("learning_rate", value, is_whole=False)


def test_a_fraction_is_a_number_but_no_whole_one() -> None:
    check_positive("learning_rate", np.float32(0.5), is_whole=False)
    with pytest.raises(InputError, match=r"epochs is 0.5, but it must be a whole number above 0"):
        check_positive("epochs", 0.5)


@pytest.mark.parametrize("value", [0, -1, float("nan"), True, "1", None])
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match=r"learning_rate is .*, but it must be a number above 0"):
        check_positive("learning_rate", value, is_whole=False)


def test_none_is_taken_where_it_is_a_choice() -> None:
    check_positive("epochs", None, is_optional=True)
