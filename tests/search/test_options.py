"""What a run is asked: all groups of knobs that are searched by default exist, and `resume` reads what was written."""

from __future__ import annotations

from dataclasses import asdict

from honed import typed
from honed.run.plain import dumps, loads
from honed.search.options import DEFAULT_GROUPS, GROUPS, Options


def test_default_groups_are_known_and_are_searched() -> None:
    assert set(DEFAULT_GROUPS) <= set(GROUPS)
    assert Options("t.csv", "y").searched == DEFAULT_GROUPS


def test_what_was_said_of_columns_is_read_back() -> None:
    said = {"columns": [{"name": "x", "kind": "numeric", "missing": ["NA"]}], "group": "site"}
    options = Options("t.csv", "y", trials=2, missing=("-999", "gone"), schema=said)
    assert typed.take(Options, loads(dumps(asdict(options)))) == options
