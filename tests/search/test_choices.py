"""The reasons for the settings of the network that was chosen."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from honed.families.table import TABLE
from honed.nets.spec import NetworkSpec
from honed.run.journal import Journal
from honed.search import ways
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
    journal = Journal.create(None, {})
    for best, evidence in ((default, "design rule"), (trial, "trials compared")):
        told = {choice["setting"]: choice for choice in choices(best, default, explored, prepared, journal)}
        assert told["dropout"]["evidence"] == evidence


NETWORK, VALUES = NetworkSpec(dropout=0.1), {"recipe": "recipe"}
LEADER, OTHER, THIRD = (
    Candidate(n, f"trial {n}", NETWORK, TrainingSpec(), "linear", encoding, VALUES)
    for n, encoding in enumerate(("robust", "pairs", "target"))
)
LATER = [  # of other networks
    replace(each, number=n, name=f"trial {n}", network=NetworkSpec(dropout=0.2))
    for n, each in enumerate((LEADER, OTHER), 3)
]


def of_encoding(
    best: Candidate,
    losses: dict[Candidate, float],
    tried: dict[str, float] | None = None,
    taken: str | None = None,
    *,
    higher_is_better: bool = False,
) -> str:
    """Why the best network has its encoding, after those losses and what came of ways that were tried unasked."""
    prepared: Any = SimpleNamespace(
        family=TABLE,
        options=SimpleNamespace(budget=None),
        encodings=("robust",),
        metric=SimpleNamespace(higher_is_better=higher_is_better),
    )
    explored, journal = Explored(folds=1), Journal.create(None, {})
    explored.ask(losses)
    for candidate, loss in losses.items():
        explored.record_full([Result(Training("full", candidate, "0"), loss, {})])
    if tried is not None:
        trials = [
            ways.Trial(name, LEADER.name, losses[LEADER], after)._asdict() for name, after in tried.items()
        ]
        journal.decide(ways._DECISION, lambda: {"trials": trials, "taken": taken})
    found = choices(best, LEADER, explored, prepared, journal)
    (choice,) = (each for each in found if each["setting"] == "encoding")
    assert choice["value"] == best.encoding
    return choice["reason"]


def test_the_encoding_is_told_by_what_the_search_tried_unasked() -> None:
    losses = {LEADER: 0.5, OTHER: 0.375, THIRD: 0.4, LATER[0]: 0.45, LATER[1]: 0.3}
    tried = {"pairs": 0.375, "target": 0.4}
    for best in (OTHER, LATER[1]):
        assert (
            of_encoding(best, losses, tried, "pairs") == "trial 0 validated at 0.375 with it and 0.5 without"
        )
    losses = {LEADER: -0.5, OTHER: -0.375, THIRD: -0.502, LATER[0]: -0.6}
    tried = {"pairs": -0.375, "target": -0.502}
    for best in (LEADER, LATER[0]):
        assert of_encoding(best, losses, tried, higher_is_better=True) == (
            "trial 0 validated at 0.5 with it and at 0.375 with 'pairs' and at 0.502 with 'target', "
            "which is not better by 1%"
        )


def test_no_reason_for_an_encoding_speaks_against_it() -> None:
    losses, tried = {LEADER: 0.5, OTHER: 0.375, LATER[0]: 0.3}, {"pairs": 0.375}
    for best in (LEADER, LATER[0]):  # better on further folds, though the search went on in pairs
        assert "0.375" not in of_encoding(best, losses, tried, "pairs")
    assert "0.375" not in of_encoding(LEADER, {LEADER: 0.5, OTHER: 0.375})  # both of which were asked for


def test_the_encoding_is_told_by_a_network_that_differs_in_nothing_else() -> None:
    twins = "trial 1 validated at 0.498 with it, and trial 0, the same otherwise, at 0.5 with 'robust'"
    losses = {LATER[0]: 0.6, LATER[1]: 0.55, LEADER: 0.5, THIRD: 0.7, OTHER: 0.498}
    assert of_encoding(OTHER, losses) == twins
    assert of_encoding(OTHER, losses, {"pairs": 0.498, "target": 0.7}) == twins  # not enough to go on with
    assert "the same otherwise" not in of_encoding(LATER[1], {LEADER: 0.5, LATER[1]: 0.3})
