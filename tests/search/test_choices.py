"""The reasons for the settings of the network that was chosen."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from honed.families.table import TABLE
from honed.nets.spec import NetworkSpec
from honed.search.candidate import Candidate
from honed.search.choices import choices, compared
from honed.search.explored import Explored
from honed.search.training import Result, Training
from honed.train.spec import TrainingSpec


@pytest.mark.parametrize(
    ("near", "far", "said"),
    [
        (2, 9, None),
        (9, 4, None),
        (5, 5, "5 trials with about this value did better: median loss 0.1, of 5 others 0.3"),
    ],
)
def test_few_trials_say_nothing_of_a_setting(near: int, far: int, said: str | None) -> None:
    specs = [NetworkSpec(depth=2)] * near + [NetworkSpec(depth=4)] * far
    asked = [
        Candidate(n, f"trial {n}", spec, TrainingSpec(), "linear", "robust", {})
        for n, spec in enumerate(specs)
    ]
    quick = {n: 0.1 if n < near else 0.3 for n in range(near + far)}
    explored = cast(Any, SimpleNamespace(asked=asked, quick=quick))
    assert compared("depth", 2, explored) == said
    if said:
        assert "did no better" in str(compared("depth", 4, explored))


def test_a_value_that_a_rule_has_made_of_a_published_one_names_the_rule() -> None:
    rules = {"dropout": "falls with the rows"}
    network = NetworkSpec(dropout=0.05)
    default = Candidate(
        0, "recipe", network, TrainingSpec(), "linear", "robust", {"recipe": "recipe"}, "published", (), rules
    )
    trial = Candidate(
        1, "trial 1", NetworkSpec(dropout=0.3), TrainingSpec(), "linear", "robust", {"recipe": "recipe"}
    )
    explored = Explored(folds=1)
    explored.ask([default, trial])
    for candidate in (default, trial):
        explored.record_full([Result(Training("full", candidate, "0"), 0.5, {})])
    prepared = cast(Any, SimpleNamespace(family=TABLE, options=SimpleNamespace(budget=None)))
    for best, evidence in ((default, "design rule"), (trial, "trials compared")):
        told = {choice["setting"]: choice for choice in choices(best, default, explored, prepared)}
        assert told["dropout"]["evidence"] == evidence


def test_the_encoding_is_told_by_two_networks_that_differ_in_nothing_else() -> None:
    network, values = NetworkSpec(dropout=0.1), {"recipe": "recipe"}
    leader, other = (
        Candidate(n, f"trial {n}", network, TrainingSpec(), "linear", encoding, values)
        for n, encoding in enumerate(("robust", "pairs"))
    )
    stranger = replace(other, number=2, name="trial 2", network=NetworkSpec(dropout=0.2))
    prepared = cast(Any, SimpleNamespace(family=TABLE, options=SimpleNamespace(budget=None)))

    def told(best: Candidate, *candidates: Candidate) -> str:
        explored = Explored(folds=1)
        explored.ask(candidates)
        for candidate in candidates:
            explored.record_full(
                [Result(Training("full", candidate, "0"), 0.5 - 0.125 * candidate.number, {})]
            )
        (found,) = (
            each for each in choices(best, leader, explored, prepared) if each["setting"] == "encoding"
        )
        assert found["value"] == best.encoding
        return found["reason"]

    pair = "the same otherwise: loss"
    assert (
        told(other, leader, other, stranger)
        == f"trial 1 did better than trial 0 in 'robust', {pair} 0.375 and 0.5"
    )
    assert (
        told(leader, leader, other) == f"trial 0 did no better than trial 1 in 'pairs', {pair} 0.5 and 0.375"
    )
    assert pair not in told(stranger, leader, stranger)
