"""Numbers in words."""

from __future__ import annotations

import re

import numpy as np
import pytest

from honed.figures import counted, figure, size


@pytest.mark.parametrize("pad", [False, True])
def test_a_number_has_its_digits_whatever_its_size(pad: bool) -> None:
    rng = np.random.default_rng(0)
    for value in [
        *np.exp(rng.uniform(-40, 40, 500)),
        *-np.exp(rng.uniform(-40, 40, 500)),
        999.96,
        999.94,
        1000.0,
    ]:
        text = figure(value, pad=pad)
        assert float(text.replace(",", "")) == pytest.approx(value, rel=5.1e-4)
        digits = re.sub(r"[-.,]|e.*", "", text).lstrip("0")
        assert not pad or abs(value) >= 1e4 or len(digits) == 4


def test_nothing_has_no_sign() -> None:
    assert (figure(-0.0), figure(-0.0, pad=True), figure(999.7, digits=3)) == ("0", "0.000", "1,000")


def test_one_is_no_plural() -> None:
    assert [counted(count, "row") for count in (0, 1, 2, 1000)] == ["0 rows", "1 row", "2 rows", "1,000 rows"]


def test_a_size_never_rounds_to_nothing_or_to_a_thousand() -> None:
    assert [size(count) for count in (0, 1, 999, 1000, 34_253, 999_499, 999_500, 2_345_678)] == [
        *("0 bytes", "1 byte", "999 bytes", "1 kB", "34 kB", "999 kB", "1.0 MB", "2.3 MB")
    ]
