"""What a generation takes from the journal."""

from __future__ import annotations

import itertools
import json
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from search_helpers import candidate, explored_of

from honed.families.table.presets import presets
from honed.run.journal import Journal
from honed.search import generation, plan
from honed.search.candidate import Candidate
from honed.search.explored import Explored
from honed.search.plan import Plan
from honed.search.space import Space


def test_a_replayed_batch_counts_for_the_time_that_it_took() -> None:
    journal = Journal.create(None, {})
    for key, seconds in (
        ("quick/0/0/0", 7.0),
        ("quick/0/0/0", 2.0),
        ("full/0/1/0", 3.0),
        ("full/9/1/0", 50.0),
    ):
        value = {"compile_seconds": 1.0, "run_seconds": seconds}
        journal.record(key, {"ok": True, "value": value})
    assert generation.worked(journal, [candidate(0)], workers=2) == 3.5


def test_ranges_widen_again_where_they_did_though_a_longer_search_has_other_leaders() -> None:
    journal = Journal.create(None, {})
    first, again = (
        Space(
            presets("regression", 500, 4, 8),
            ("linear",),
            ("robust",),
            batch=64,
            structures=6,
            seed=0,
            most={"width": 64},
        )
        for _ in range(2)
    )
    leader, _ = (made.defaults()[0] for made in (first, again))
    values = first.propose(1, 0, leader)[0]
    edge = next(name for name in ("ntk_rate", "learning_rate") if name in values)
    values[edge] = first._ranges.span(edge)[1]
    (best,) = first.candidates([values])
    assert len(generation.widened(journal, first, 0, [best])) == 1
    assert generation.widened(journal, again, 0, []) == first.widenings
    values[edge] = again._ranges.span(edge)[1]
    (beyond,) = again.candidates([values])
    again.learn({beyond.number: 1.0})


def small_plan(**changes: int) -> Plan:
    made = plan.make(
        rows=500,
        train_rows=300,
        folds=3,
        budget=None,
        trials=8,
        workers=1,
        epoch_seconds=1.0,
        compile_seconds=1.0,
    )
    return replace(made, **changes)


def test_the_study_is_asked_for_a_part_of_a_large_generation_once_there_are_leaders() -> None:
    class Counting:
        """A space that says how many it is asked for."""

        def propose(self, number: int, new: int, leader: Candidate, generation: int, read: int) -> list[str]:
            return [f"asked {leader.number} {read}"] * number

        def near(self, leaders: list[Candidate], number: int, generation: int) -> list[str]:
            return [f"near {leader.number}" for leader in leaders for _ in range(number)]

        def candidates(self, values: list[str]) -> list[str]:
            return values

    def proposals(explored: Explored, of: Plan, number: int) -> Any:
        journal, space = Journal.create(None, {}), cast(Any, Counting())
        return list(generation.coming(journal, space, of, explored, [candidate(9)], 0, number))

    small = small_plan(asked=3, read=70)
    assert proposals(Explored(), small, 5) == ["asked 9 70"] * 5
    found = explored_of(candidate(4), folds=1)
    assert proposals(found, small, 5) == ["asked 4 70"] * 3 + ["near 4"] * 2
    assert proposals(found, small, 2) == ["asked 4 70"] * 2
    assert (
        proposals(found, replace(small, asked=0, read=0), 5) == ["asked 4 0"] * 5
    )  # as runs of before had it


def test_a_large_generation_is_proposed_in_parts_as_it_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is journalled before any of it is tried; what an earlier process has not proposed is then proposed alike."""
    small = small_plan(asked=120, new_structures=2)

    def coming(
        journal: Journal, until: float | None = None
    ) -> tuple[Iterator[Candidate], Space, list[Candidate]]:
        space = Space(
            presets("regression", 500, 4, 8),
            ("linear",),
            ("robust",),
            batch=64,
            structures=9,
            seed=0,
            most={"width": 64},
        )
        defaults = space.defaults()
        explored = explored_of(*defaults, folds=1)
        space.learn(dict(explored.losses))
        return generation.coming(journal, space, small, explored, [], 1, 250, until), space, defaults

    def decided(journal: Journal) -> dict[str, int]:
        return {each["name"]: len(each["value"]) for each in journal.events if each["kind"] == "decision"}

    journal, cut = Journal.create(None, {}), Journal.create(None, {})
    drawn, _, defaults = coming(journal)
    assert not decided(journal)
    whole = list(drawn)
    name = "proposals in generation 1"
    assert decided(journal) == {name: 100, f"{name}, part 2": 100, f"{name}, part 3": 50}
    assert len({c.program for c in whole} - {c.program for c in defaults}) == 2
    assert len({c.program for c in whole[100:]}) > 2
    first = list(itertools.islice(coming(cut)[0], 101))
    assert decided(cut) == {name: 100, f"{name}, part 2": 100} and first == whole[:101]
    assert list(coming(cut)[0]) == whole and list(coming(journal)[0]) == whole
    assert len({json.dumps(c.values) for c in whole[120:]}) > 120  # another part has others

    late = Journal.create(None, {})
    drawn, *_ = coming(late, until=time.monotonic() + 1000)
    first = list(itertools.islice(drawn, 100))
    monkeypatch.setattr(generation, "time", SimpleNamespace(monotonic=lambda: math.inf))
    assert not list(drawn) and decided(late) == {name: 100, f"{name}, part 2": 0}
    monkeypatch.undo()
    assert list(coming(late)[0]) == first, "where there is more time, it is a later generation's"

    before = Journal.create(None, {})  # when all were proposed at once
    before.decide(name, lambda: [c.values for c in whole[::-1]])
    again = list(coming(before)[0])
    assert [c.values for c in again] == [c.values for c in whole[::-1]] and len(decided(before)) == 1
    smaller = Journal.create(None, {})  # so few, and a plan of today asks for more
    smaller.decide(name, lambda: [c.values for c in whole[:30]])
    assert len(list(coming(smaller)[0])) == 30


def test_ranges_are_decided_once_more_where_an_earlier_budget_ended_with_them() -> None:
    """With what was late; and not again, once a generation lies in them."""

    class Edges:
        """A space that would widen as the best candidate says."""

        def wider(self, best: Candidate) -> dict[str, list[float]]:
            return {"depth": [1.0, float(best.number)]}

        def widen(self, ranges: dict[str, list[float]]) -> list[str]:
            return [str(ranges)]

    journal, space = Journal.create(None, {"budget": 5.0}), Edges()

    def passed(best: list[Candidate], following: int) -> tuple[list[str], int]:
        found = generation.widened(journal, space, 0, best)  # pyright: ignore[reportArgumentType]
        return found, generation.size(journal, 0, lambda: following)

    assert passed([], 0) == (["{}"], 0)
    assert passed([candidate(7)], 6) == (["{}"], 0)  # a replay
    journal.event("extended", budget=9.0)
    assert passed([candidate(8)], 6) == (["{'depth': [1.0, 8.0]}"], 6)
    journal.event("extended", budget=9.0)
    assert passed([candidate(9)], 5) == (["{'depth': [1.0, 8.0]}"], 6)
