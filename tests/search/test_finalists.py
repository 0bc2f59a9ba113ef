"""What a search chose, trained anew in rounds."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from search_helpers import Make, candidate, prepared, trees

from honed.errors import RunError
from honed.report.progress import Silent
from honed.run.journal import Journal
from honed.search import nested
from honed.search.assemble import Chosen
from honed.search.clock import Clock
from honed.search.finalists import Finalists
from honed.search.prepare import Prepared
from honed.search.search import search
from honed.search.stores import MemoryStore
from honed.search.training import Training
from honed.trials import INNER

pytestmark = pytest.mark.slow

ALWAYS = Clock(0.0, None)


@pytest.fixture(scope="module")
def ready() -> Prepared:
    return prepared(trees(60), trials=1, nested=None)


def finalists(weights: dict[int, float], stop_after: int = 3) -> Finalists:
    candidates = {number: candidate(number) for number in weights}
    shares = {number: (weight,) for number, weight in weights.items()}
    chosen = Chosen(shares, candidates, {}, candidates[0], (1.0,), "")

    def trained(seed: int) -> tuple[Training, ...]:
        return tuple(Training("again", c, INNER, seed, stop_after=stop_after) for c in candidates.values())

    return Finalists(chosen, candidate(0), trained(0), trained(1), None)


def test_each_row_is_predicted_by_networks_that_learned_from_all_others_of_their_round(
    runners: Make, ready: Prepared
) -> None:
    one, chosen = ready.rounds[0], finalists({0: 0.75, 1: 0.25})
    source: Any = one.source
    said, scored = chosen.said(runners(ready).of_round(one))
    assert [member.weight for member in scored.model.members] == [0.375, 0.375, 0.125, 0.125]
    y = ready.y.copy()
    y[one.splits.outer] = y[one.splits.outer][::-1] + 1
    blind, _ = chosen.said(runners(ready).of_round(replace(one, source=replace(source, y=y))))
    np.testing.assert_array_equal(said["ensemble"], blind["ensemble"])
    y = ready.y.copy()
    y[np.setdiff1d(np.arange(60), one.splits.outer)[0]] += 1
    other, _ = chosen.said(runners(ready).of_round(replace(one, source=replace(source, y=y))))
    assert (said["ensemble"] != other["ensemble"]).all()


def test_what_there_is_no_time_to_train_gives_no_score(runners: Make, ready: Prepared) -> None:
    with pytest.raises(RunError, match="no time to train what was chosen"):
        finalists({0: 1.0}).said(runners(ready).of_round(ready.rounds[0]), time.monotonic() - 1)


def test_another_choice_has_another_name() -> None:
    named = [
        finalists({0: 1.0}),
        finalists({0: 1.0}, 4),
        finalists({0: 0.5, 1: 0.5}),
        finalists({0: 0.6, 1: 0.4}),
    ]
    assert len({each.name for each in named}) == 4
    assert finalists({0: 1.0}).name == named[0].name


def test_rounds_of_what_was_chosen_score_every_row_and_are_made_again_for_another_choice(
    runners: Make, ready: Prepared
) -> None:
    journal, store = Journal.create(None, {}), MemoryStore()
    found = search(runners(ready, journal, store), ALWAYS, Silent())
    told: Any = found.summary
    assert (told["nested"]["rounds"], told["nested"]["rows"]) == (5, 60)
    assert "each of the 60 rows was predicted by networks that did not see it" in told["notes"][-1]
    assert f"all rows but {len(ready.splits.outer)} in sight" in told["notes"][-1]
    assert told["intervals"]["rows"] == 60

    done = len(journal.events)
    search(runners(ready, journal, store), ALWAYS, Silent())  # a replay
    assert [event["kind"] for event in journal.events[done:]] == []
    nested.further(runners(ready, journal, store), finalists({0: 1.0}), ALWAYS, Silent())
    assert [event["kind"] for event in journal.events[done:]] == ["round"] * 4
