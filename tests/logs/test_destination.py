"""The contract of destinations."""

from __future__ import annotations

from pathlib import Path

import pytest

from honed.logs.asked import opened, words
from honed.logs.destination import Destination, Ended


@pytest.mark.parametrize("kind", ["mlflow:sqlite:///{}/m.db", "tensorboard:{}/tb"])
def test_every_destination_keeps_the_contract_and_writes_nothing_before_it_is_told_anything(
    kind: str, tmp_path: Path
) -> None:
    (text,) = words(kind.format(tmp_path))
    made = opened([text])[text]
    for name in set(vars(Destination)) - set(vars(object)):
        if not name.startswith("_") and name != "state":
            assert callable(getattr(made, name)), name
    assert made.state == {}
    assert not list(tmp_path.iterdir())


def test_a_run_that_ended_has_no_scores_and_files_unless_it_is_told_some() -> None:
    ended = Ended("failed", 1.0)
    assert (dict(ended.scores), dict(ended.facts), dict(ended.files)) == ({}, {}, {})
