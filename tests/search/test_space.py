"""What the search tries: in range, repeatable, with few programs, and wider where the best sits on an edge."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain
from typing import Any

import optuna
import pytest

from honed.families.table.presets import presets
from honed.search.candidate import Candidate, plain
from honed.search.space import Space

PRESETS = presets("regression", 5_000, 4, 32)


def space(**more: Any) -> Space:
    usual: dict[str, Any] = {
        "presets": PRESETS, "targets": ("linear", "log"), "encodings": ("robust",), "batch": 128,
        "structures": 6, "seed": 0, "most": {"width": 256},
    }  # fmt: skip
    return Space(**usual | more)


def rate(candidate: Candidate) -> float:
    return float(candidate.training.learning_rate)


def asked(of: Space, generations: int = 6, size: int = 12, new: int = 2) -> list[list[Candidate]]:
    """Generations as the search asks for them; losses fall with the learning rate."""
    batches = [of.defaults()]
    of.learn({c.number: rate(c) for c in batches[0]})
    for _ in range(generations):
        leader = min(chain(*batches), key=rate)
        batches.append(of.candidates(of.propose(size, new, leader, len(batches))))
        of.learn({c.number: rate(c) for c in batches[-1]})
    return batches


def test_the_published_defaults_are_tried_as_published() -> None:
    found = space().defaults()
    assert [c.name for c in found] == [
        "RealMLP-TD",
        "RealMLP-TD (log target)",
        "narrowing (log target)",
        "periodic MLP (log target)",
    ]
    for candidate in found:
        preset = next(preset for preset in PRESETS if candidate.name.startswith(preset.name))
        assert candidate.network == preset.network
        assert plain(candidate.training) == plain(preset.training) | {"batch_size": 128}
        assert candidate.reason == preset.reason


@pytest.mark.parametrize("rows", [250_000, 350_000, 450_000])
def test_a_study_learns_from_a_default_outside_of_its_ranges(rows: int) -> None:
    """Dropout falls with the rows below what is searched."""
    recipes = presets("regression", rows, 4, 32)
    made = space(presets=recipes, targets=("linear",))
    batches = asked(made, generations=1)
    assert [c.network.dropout for c in batches[0]] == [preset.network.dropout for preset in recipes]
    assert min(float(preset.network.dropout) for preset in recipes) < 0.05
    assert all(each == 0 or 0.05 <= float(each) <= 0.5 for each in (c.network.dropout for c in batches[1]))


def test_the_first_default_is_tried_in_each_encoding_that_is_searched() -> None:
    found = space(encodings=("robust", "standard"), targets=("linear",)).defaults()
    assert [(c.name, c.encoding, c.reason == PRESETS[0].reason) for c in found] == [
        ("RealMLP-TD", "robust", True),
        ("RealMLP-TD (standard)", "standard", True),
        ("narrowing", "robust", False),
        ("periodic MLP", "robust", False),
    ]
    assert len({c.program for c in found}) == 4  # another encoding may have other inputs


def test_the_first_default_in_a_way_to_encode_that_is_not_searched_has_a_program_of_its_own() -> None:
    made = space()
    defaults = made.defaults()
    found = made.default_in("bins")
    same = replace(defaults[1], name=f"{defaults[1].name} (bins)", encoding="bins")
    assert found == replace(same, number=len(defaults), program=found.program)
    assert found.program not in {default.program for default in defaults}


def test_candidates_keep_the_encoding_that_their_recipe_names() -> None:
    recipes = (PRESETS[0], replace(PRESETS[1], encoding="none"), *PRESETS[2:])
    made = space(presets=recipes)
    found = list(chain(*asked(made, generations=2)))
    assert {(c.values["recipe"] == "narrowing", c.encoding) for c in found} == {
        (False, "robust"),
        (True, "none"),
    }
    assert all("encoding" not in c.values for c in found)  # nothing is asked where there is one
    searched = [c.encoding for c in chain(*asked(space(presets=recipes, encodings=("robust", "standard"))))]
    assert set(searched) == {"robust", "standard", "none"}


def test_proposals_come_back_from_a_journal_with_their_encodings() -> None:
    one, two = (space(encodings=("robust", "standard")) for _ in range(2))
    (leader, *_), _ = one.defaults(), two.defaults()
    proposed = one.propose(12, 3, leader)
    again = two.candidates(json.loads(json.dumps(proposed)))
    assert again == one.candidates(proposed)
    assert [c.encoding for c in again] == [values["encoding"] for values in proposed]


def test_proposals_are_encoded_as_a_leader_whose_programs_are_others() -> None:
    made = space(targets=("linear",), presets=(*PRESETS[:2], replace(PRESETS[2], encoding="none")))
    parent, plainer, own = made.defaults()
    child = made.encoded(parent, "pairs")
    assert replace(child, number=0, name=parent.name, encoding="robust", program=parent.program) == replace(
        parent, reason="", rules={}
    )
    assert child.program != parent.program and child.name == "trial 3"
    made.encode_as(child)
    found = made.candidates(made.propose(40, 2, child, 1))
    usual = [each for each in found if each.values["recipe"] != own.name]
    assert {each.encoding for each in usual} == {"pairs"}
    assert {each.encoding for each in found if each not in usual} <= {"none"}
    assert len({each.program for each in found} - {child.program}) <= 2
    assert not {each.program for each in usual} & {each.program for each in (parent, plainer)}
    assert made.edited(parent, made.fitting(parent, {"weight_decay": 0.5})).encoding == "robust"


def test_hundreds_of_proposals_hardly_repeat_and_begin_as_few_do() -> None:
    one, two = space(), space()
    leader, *_ = one.defaults()
    two.defaults()
    proposed = one.propose(250, 3, leader)
    assert proposed == two.propose(250, 3, leader)
    assert proposed[:12] == one.propose(12, 3, leader)
    assert len({json.dumps(values) for values in proposed}) > 200


def test_a_target_with_one_way_to_learn_it_has_one_default_each() -> None:
    assert [c.target for c in space(targets=("classes",)).defaults()] == ["classes"] * 3


def test_the_same_seed_asks_the_same_questions() -> None:
    one, two, other = (asked(space(seed=seed)) for seed in (1, 1, 2))
    assert one == two
    assert one[-1] != other[-1]


def test_what_was_proposed_is_made_again_from_plain_values_by_a_study_that_would_propose_other_ones() -> None:
    one, other = space(seed=1), space(seed=2)
    for made in (one, other):
        leader = made.defaults()[0]
    for generation in range(3):
        proposed = one.propose(12, 2, leader, generation)
        assert proposed != other.propose(12, 2, leader, generation)
        first = one.candidates(proposed)
        assert other.candidates(json.loads(json.dumps(proposed))) == first
        assert [one._asked[c.number] for c in first] == [other._asked[c.number] for c in first]
        one.learn({c.number: rate(c) for c in first})


def test_proposals_hang_on_what_was_learned_and_not_on_what_was_drawn_before() -> None:
    one, other = space(), space()
    leader, _ = (made.defaults()[0] for made in (one, other))
    one.propose(12, 2, leader, 0)
    assert one.propose(12, 2, leader, 1) == other.propose(12, 2, leader, 1)


def test_a_proposal_that_reads_so_much_is_that_of_a_study_that_learned_no_more() -> None:
    """The best 25 and the latest, in the order in which they were learned."""
    whole, part = space(seed=1), space(seed=1)
    batches = [asked(made, generations=6) for made in (whole, part)]
    assert batches[0] == batches[1]
    known = list(chain(*batches[0]))
    by_rate = sorted(known, key=lambda c: (rate(c), c.number))
    latest = [c.number for c in known if c not in by_rate[:25]][-15:]
    read = {*(c.number for c in by_rate[:25]), *latest}
    part._learned.clear()
    part.learn({c.number: rate(c) for c in known if c.number in read})
    proposed = whole.propose(8, 0, by_rate[0], 9, read=40)
    assert proposed == part.propose(8, 0, by_rate[0], 9)
    assert proposed != whole.propose(8, 0, by_rate[0], 9)


def test_what_the_study_is_not_asked_for_is_near_a_leader_and_compiles_nothing() -> None:
    made = space()
    leaders = made.defaults()
    programs = {c.program for c in leaders}
    near = made.candidates(json.loads(json.dumps(made.near(leaders, 30, 1))))
    assert len(near) == 30 and {c.program for c in near} <= programs
    for place, child in enumerate(near):
        parent = leaders[place % len(leaders)]
        moved = [
            name for name in parent.values | child.values if parent.values.get(name) != child.values.get(name)
        ]
        assert (
            child.values["recipe"] == parent.values["recipe"] and len(moved) <= 9
        )  # a penalty is four answers
    assert len({json.dumps(c.values) for c in near}) > 25
    assert made.near(leaders, 5, 1) != made.near(leaders, 5, 2)


def test_programs_stay_few_and_grow_by_the_number_allowed() -> None:
    batches = asked(space(structures=6), new=1)
    seen: set[Any] = set()
    for batch in batches:
        fresh = {c.program for c in batch} - seen
        assert len(fresh) <= (len(batch) if batch is batches[0] else 1)
        seen |= fresh
    assert len(seen) <= 6


def test_every_second_proposal_keeps_the_leaders_program() -> None:
    made = space()
    leader = made.defaults()[0]
    for candidate in made.candidates(made.propose(8, 4, leader))[::2]:
        assert candidate.program == leader.program


def test_every_candidate_is_valid_and_in_range() -> None:
    for candidate in chain(*asked(space())[1:]):
        n: Any = candidate.network
        t: Any = candidate.training
        assert 1 <= n.depth <= 4
        assert n.width <= 256
        assert 0 <= n.dropout <= 0.5
        assert t.learning_rate >= (0.01 if n.parametrization == "ntk" else 3e-4)
        assert sum(bool(x) for x in (t.l1, t.l2, t.weight_decay)) <= 1
        assert candidate.target in ("linear", "log")


def test_without_numeric_columns_no_embedding_is_tried() -> None:
    narrow = space(
        presets=presets("binary", 5_000, 0, 32), targets=("classes",), without=["numeric_embedding"]
    )
    assert {c.network.numeric_embedding for c in chain(*asked(narrow))} == {None}


def test_it_learns_where_losses_are_low() -> None:
    """The loss is the learning rate, so later generations ask for lower ones."""
    batches = asked(space(targets=("linear",)), generations=12)
    rates = [[rate(c) / (20 if c.network.parametrization == "ntk" else 1) for c in b] for b in batches]
    early, late = [*chain(*rates[1:4])], [*chain(*rates[-3:])]
    assert sum(late) / len(late) < 0.7 * sum(early) / len(early)


def test_failures_count_as_worse_than_the_worst() -> None:
    made = space()
    first = made.defaults()
    made.learn({c.number: float("inf") if c.number else 1.0 for c in first})
    values = [trial.value for trial in made._learned]
    assert values[0] == 1.0
    assert all(value is not None and value > 1.0 for value in values[1:])


def on_the_edge(made: Space) -> Candidate:
    made.defaults()
    leader = made.candidates(made.propose(1, 1, made._candidate(made._asked[2])))[0]
    parts = made._asked[leader.number]
    name = "ntk_rate" if "ntk_rate" in parts else "learning_rate"
    parts[name] = (parts[name][1].high, parts[name][1])  # pyright: ignore[reportAttributeAccessIssue]
    return leader


def test_a_range_widens_where_the_best_sits_on_its_edge() -> None:
    made = space()
    leader = on_the_edge(made)
    said = made.widen(made.wider(leader))
    assert len(said) == 1
    assert "on the edge" in said[0]
    assert made.widen(made.wider(leader)) == []  # once


def test_a_default_on_an_edge_widens_nothing() -> None:
    made = space()
    assert made.wider(made.defaults()[0]) == {}


def test_an_edit_of_numbers_needs_no_program_and_one_of_shape_does() -> None:
    made = space()
    parent = made.defaults()[0]
    assert made.is_compiled(parent, {"learning_rate": 0.05, "dropout": 0.4, "weight_decay": 0.1})
    assert not made.is_compiled(parent, {"depth": 2})
    made.edited(parent, {"depth": 2})
    assert made.is_compiled(parent, {"depth": 2})
    assert not made.is_compiled(parent, {"dropout": 0.0})


@pytest.mark.parametrize("level", [optuna.logging.DEBUG, optuna.logging.INFO, optuna.logging.CRITICAL])
def test_what_optuna_tells_of_a_users_own_studies_stays_as_it_is(
    level: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = optuna.logging.get_verbosity()
    try:
        optuna.logging.set_verbosity(level)
        asked(space(), generations=2, size=4)
        assert optuna.logging.get_verbosity() == level
        assert capsys.readouterr().err == ""
    finally:
        optuna.logging.set_verbosity(before)
