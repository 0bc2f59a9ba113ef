from __future__ import annotations

import pytest

from honed.optional import optional


def fail() -> int:
    raise ValueError("two\nlines " + 500 * "x")


def test_what_works_is_given_without_a_word() -> None:
    told: list[str] = []
    assert optional("The rule", lambda: 3, 0, told.append) == 3
    assert told == []


def test_what_fails_is_told_in_one_short_line_and_left_out() -> None:
    told: list[str] = []
    assert optional("The rule", fail, 0, told.append) == 0
    (sentence,) = told
    assert sentence.startswith("The rule is left out, as it failed: ValueError: two lines xxx")
    assert "\n" not in sentence and len(sentence) < 300


def test_it_is_a_warning_where_nobody_else_is_told() -> None:
    with pytest.warns(UserWarning, match="The rule is left out"):
        assert optional("The rule", fail, 0) == 0


def test_ctrl_c_is_no_failure() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        optional("The rule", stop, None)
