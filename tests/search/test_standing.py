"""What speaks for a model, and when a longer search leaves the one that is there."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from search_helpers import Make, candidate, prepared, trees

from honed.run.journal import Journal
from honed.search import standing
from honed.search.assemble import assemble
from honed.search.explored import Explored
from honed.search.standing import Standing
from honed.search.training import Training

THERE = Standing({"0": 1.0, "1": 3.0}, 1.0, 12)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"losses": {"0": 1.5, "1": 2.4}}, ""),
        ({"losses": {"0": 1.5, "1": 2.4, "2": 9.0}}, ""),  # others of its rows say nothing of the other model
        ({"losses": {"0": 1.5, "1": 2.4}, "networks": 2}, ""),
        ({"losses": {"0": 0.5, "1": 4.0}}, "it is better on the same validation rows (log_loss 2, not 2.25)"),
        ({"losses": {"0": 0.5}}, "it was confirmed on more validation rows"),
        ({"losses": {"0": 0.5, "1": 1.0}, "refitted": 0.5}, "its networks were trained again on all rows"),
        ({"networks": 4}, "it is the vote of 12 networks, and there was time for 4 now"),
    ],
)
def test_no_model_gives_way_to_a_lesser_one(change: dict[str, object], why: str) -> None:
    said = replace(THERE, **change).lesser_than(THERE, "log_loss")  # type: ignore[arg-type]
    assert said.startswith(why) and bool(said) == bool(why)


def test_a_score_is_told_the_way_round_that_it_has() -> None:
    said = Standing({"0": -0.7}, 0.0, 1).lesser_than(Standing({"0": -0.8}, 0.0, 1), "accuracy", -1)
    assert said == "it is better on the same validation rows (accuracy 0.8, not 0.7)"


def test_the_last_end_that_told_is_the_one_that_counts() -> None:
    journal = Journal.create(None, {})
    assert standing.last(journal) is None
    for told in (replace(THERE, networks=3).to_json(), THERE.to_json(), None):
        journal.event("done", standing=json.loads(json.dumps(told)))
    assert standing.last(journal) == THERE


@pytest.mark.slow
def test_the_loss_of_a_vote_is_that_of_its_mean_on_each_fold(runners: Make) -> None:
    runner, explored = runners(prepared(trees())), Explored(2)
    first = candidate(0)
    found = runner.train([Training("full", first, fold) for fold in ("0", "1")])
    explored.ask([first])
    explored.record_full(list(found.values()))
    more = {0: [Training("confirm", first, fold, seed) for fold, seed in (("0", 1), ("2", 0))]}
    runner.train(more[0])
    chosen = assemble(runner, explored, first, more)
    now = standing.of(
        runner, explored, chosen, more, [(more[0][0], (0.5,)), (Training("again", first, "all"), (0.5,))]
    )
    assert now.losses.keys() == {"0", "1", "2"}
    assert (now.refitted, now.networks) == (0.5, 2)
    said = np.mean([runner.predictions(t) for t in (next(iter(found)), more[0][0])], axis=0)
    rest = runner.fold("0").truth - said
    assert now.losses["0"] == pytest.approx(float(np.sqrt((rest**2).mean())))
