"""What a run is asked: all groups of knobs that are searched by default exist."""

from __future__ import annotations

from honed.search.options import DEFAULT_GROUPS, GROUPS, Options


def test_default_groups_are_known_and_are_searched() -> None:
    assert set(DEFAULT_GROUPS) <= set(GROUPS)
    assert Options("t.csv", "y").searched == DEFAULT_GROUPS
