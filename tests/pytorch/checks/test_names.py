from __future__ import annotations

from honed.pytorch.checks.names import listed


def test_many_names_are_counted() -> None:
    assert listed(["a"]) == "a"
    assert listed(list("abcde")) == "a, b, c, d and 1 more"
