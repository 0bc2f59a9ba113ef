"""The coach: what an edit changes, what it is compared with, and that the ledger says what the journal holds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.families.table.source import TableSource
from honed.nets.spec import NetworkSpec
from honed.report.progress import Silent
from honed.run.in_process import InProcess
from honed.run.journal import Journal
from honed.search import job
from honed.search.candidate import Candidate, plain
from honed.search.clock import Clock
from honed.search.coach import RANDOM, Coach
from honed.search.explored import Explored
from honed.search.new_run import PERFORM
from honed.search.options import Options
from honed.search.plan import Plan
from honed.search.prepare import Prepared, prepare_source
from honed.search.runner import Runner
from honed.search.search import search
from honed.search.space import Space
from honed.search.stores import MemoryStore
from honed.search.training import Training
from honed.table.read import from_frame
from honed.train.recipe import Preset
from honed.train.spec import TrainingSpec
from honed.trials import trainings

pytestmark = pytest.mark.slow

FOLDS = 3
USUAL, TOO_HIGH = 0.02, 0.6  # the second is thirty times the first


def planes(rows: int = 200) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, (rows, 2))
    y = X[:, 0] + 0.5 * X[:, 1] + 0.1 * rng.normal(size=rows)
    return pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": y})


def prepared(**more: Any) -> Prepared:
    options = Options("memory", "y", trials=8, **more)
    return prepare_source(TableSource.of(from_frame(planes()), options), options)


def preset() -> Preset:
    network = NetworkSpec(depth=3, width=32, activation="relu")
    training = TrainingSpec(learning_rate=USUAL, schedule="flat_cosine", epochs=20)
    return Preset("tiny", network, training, "for tests")


def space_of(seed: int) -> Space:
    return Space((preset(),), ("linear",), ("robust",), batch=16, structures=4, seed=seed, most={"width": 32})


class Bench:
    """A runner, a space of one tiny preset and, fully trained, that preset as the leader."""

    def __init__(
        self,
        runner: Runner,
        rate: float = USUAL,
        seed: int = 0,
        proposer: Any = "coach",
    ) -> None:
        self.runner, self.explored = runner, Explored(FOLDS)
        runner.fold("0")
        self.space = space_of(seed)
        self.coach = Coach(runner, self.space, self.explored, proposer, compiles=2)
        (default,) = self.space.defaults()
        self.leader = default if rate == USUAL else self.space.edited(default, {"learning_rate": rate})
        self.train(self.leader)

    def train(self, candidate: Candidate) -> None:
        trainings = [Training("full", candidate, str(fold)) for fold in range(FOLDS)]
        results = list(self.runner.train(trainings).values())
        self.explored.ask([candidate])
        self.explored.record_full(results)


@pytest.fixture
def runners() -> Iterator[Any]:
    """Makes runners in this process; their arrays are dropped at the end."""
    executors: list[InProcess] = []

    def make(journal: Journal | None = None, store: MemoryStore | None = None, **more: Any) -> Runner:
        executors.append(InProcess(PERFORM))
        return Runner(
            prepared(**more), journal or Journal.create(None, {}), store or MemoryStore(), executors[-1]
        )

    yield make
    for executor in executors:
        executor.close()


def settings(candidate: Candidate) -> dict[str, Any]:
    return plain(candidate.network) | plain(candidate.training) | {"target": candidate.target}


def difference(parent: Candidate, child: Candidate) -> dict[str, Any]:
    before, after = settings(parent), settings(child)
    missing = object()
    names = [n for n in before | after if before.get(n, missing) != after.get(n, missing)]
    return {name: after.get(name) for name in names}


def told(journal: Journal) -> list[Any]:
    """The events but for what the clock wrote."""

    def timeless(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                k: timeless(v)
                for k, v in value.items()
                if k not in ("at", "worked", "compile_seconds", "run_seconds", "said_seconds", "seconds")
            }
        return value

    return [timeless(event) for event in journal.events]


def test_every_edit_changes_what_the_ledger_says_and_nothing_else(runners: Any) -> None:
    bench = Bench(runners())
    children = bench.coach.experiment(1, 6, None)
    assert len(children) == len(bench.explored.ledger) == 6
    assert any(entry["finding"] != RANDOM for entry in bench.explored.ledger)
    for child, entry in zip(children, bench.explored.ledger, strict=True):
        changed = difference(bench.leader, child)
        names = entry["edit"].split(" and ")
        values = [entry["to"]] if len(names) == 1 else entry["to"]
        assert set(changed) == set(names)
        assert all(
            getattr(child.network if hasattr(child.network, name) else child.training, name) == value
            for name, value in zip(names, values, strict=True)
            if name != "target"
        )
    assert len({repr(settings(child)) for child in [bench.leader, *children]}) == 7


def test_the_control_moves_as_many_other_settings_as_far(runners: Any) -> None:
    bench = Bench(runners())
    bench.coach.experiment(1, 4, None)
    advised = [entry for entry in bench.explored.ledger if entry["finding"] != RANDOM]
    (control, *_) = [entry for entry in bench.explored.ledger if entry["finding"] == RANDOM]
    settings_changed = [set(each["edit"].split(" and ")) for each in (control, advised[0])]
    assert len(settings_changed[0]) == len(settings_changed[1])
    assert not settings_changed[0] & settings_changed[1]
    assert all(e["control"] == {"edit": control["edit"], "effect": control["effect"]} for e in advised)


def test_a_random_change_goes_as_many_octaves_as_it_is_told() -> None:
    space = space_of(0)
    (leader,) = space.defaults()
    seen = set()
    for seed in range(40):
        change = space.stray(leader, 1, 1.5, np.random.default_rng(seed), compiles=False)
        seen |= set(change)
        if rate := change.get("learning_rate"):
            at_the_edge = rate in (3e-4, 2e-2)
            assert at_the_edge or abs(math.log2(rate / USUAL)) == pytest.approx(1.5, abs=1e-3)
    assert {"learning_rate", "schedule"} <= seen


def test_experiments_train_on_their_parents_folds_seeds_and_epochs(
    runners: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    payloads: list[dict[str, Any]] = []
    train = job.Worker.train

    def watched(worker: job.Worker, payload: Any, *ends: float | None) -> Any:
        payloads.append(payload)
        return train(worker, payload, *ends)

    monkeypatch.setattr(job.Worker, "train", watched)
    bench = Bench(runners())
    parents = {p["fold"]: p for p in payloads}
    payloads.clear()
    bench.coach.experiment(1, 3, None)
    assert len(payloads) == 3 * FOLDS
    for payload in payloads:
        parent = parents[payload["fold"]]
        same = ("fold", "seed", "rows", "stop_after", "target", "inputs", "heads", "keep", "pad")
        assert {name: payload[name] for name in same} == {name: parent[name] for name in same}
        assert payload["training"]["epochs"] == parent["training"]["epochs"]


def test_the_effect_is_the_difference_of_the_journalled_losses(runners: Any) -> None:
    journal = Journal.create(None, {})
    bench = Bench(runners(journal))
    bench.coach.experiment(1, 3, None)

    def losses(stage: str, number: int) -> list[float]:
        found = [journal.result(f"{stage}/{number}/{fold}/0") for fold in range(FOLDS)]
        return [outcome["value"]["loss"] for outcome in found if outcome]

    for entry in bench.explored.ledger:
        pairs = zip(losses("full", entry["parent"]), losses("coach", entry["child"]), strict=True)
        lead = [before - after for before, after in pairs]
        assert entry["effect"] == pytest.approx(sum(lead) / FOLDS)
        assert entry["error"] == pytest.approx(float(np.std(lead, ddof=1)) / math.sqrt(FOLDS))
        assert entry["won"] == ((entry["low"] or 0.0) > 0)


def test_a_leader_whose_rate_is_thirty_times_too_high_is_repaired(runners: Any) -> None:
    bench = Bench(runners(), rate=TOO_HIGH)
    (child, *_) = bench.coach.experiment(1, 2, None)
    entry = bench.explored.ledger[0]
    assert entry["finding"] in ("rate-too-high", "learned-nothing")
    assert entry["edit"] == "learning_rate"
    assert entry["to"] <= TOO_HIGH / 10
    assert entry["won"]
    assert bench.explored.best_first()[0] == child
    healthy = Bench(runners())
    assert bench.explored.losses[child.number] < 1.5 * healthy.explored.losses[healthy.leader.number]


def test_a_failure_on_the_first_rung_gets_another_rate(runners: Any) -> None:
    bench = Bench(runners())
    wild = bench.space.edited(bench.leader, {"learning_rate": 100.0, "schedule": "one_cycle"})
    lost = Training("quick", wild, "0", epochs=4, keep=False)
    (result,) = bench.runner.train([lost]).values()
    bench.explored.ask([wild])
    bench.explored.record_quick(result, is_failure=True)
    (child,) = bench.coach.repair(1, 2)
    assert set(difference(wild, child)) == {"learning_rate"}
    again = Training("quick", child, "0", epochs=4, keep=False)
    bench.explored.ask([child])
    bench.explored.record_quick(bench.runner.train([again])[again])
    bench.coach.experiment(1, 0, None)
    (entry,) = bench.explored.ledger
    assert (entry["parent"], entry["child"]) == (wild.number, child.number)
    assert bench.explored.quick[child.number] < result.loss


@pytest.mark.parametrize(
    ("parent", "changes"), [(99, {"learning_rate": 0.01}), (0, {"kernel": 5})], ids=["nobody", "another"]
)
def test_an_edit_of_a_candidate_that_a_smaller_plan_has_not_is_left_out(
    runners: Any, parent: int, changes: dict[str, Any]
) -> None:
    lost = {"parent": parent, "finding": RANDOM, "changes": changes}
    kept = {"parent": 0, "finding": RANDOM, "changes": {"learning_rate": 0.005}}
    journal = Journal.create(None, {})
    journal.decide("repairs in generation 1", lambda: [lost])
    journal.decide("edits in generation 1", lambda: [lost, kept])
    bench = Bench(runners(journal))
    assert bench.coach.repair(1, 2) == []
    (child,) = bench.coach.experiment(1, 2, None)
    assert difference(bench.leader, child) == {"learning_rate": 0.005}
    assert [entry["parent"] for entry in bench.explored.ledger] == [0]


def test_what_was_tried_is_not_tried_again_and_winners_lead(runners: Any) -> None:
    bench = Bench(runners())
    first = bench.coach.experiment(1, 3, None)
    second = bench.coach.experiment(2, 3, None)
    assert len({repr(settings(child)) for child in [bench.leader, *first, *second]}) == 7
    leaders = {entry["parent"] for entry in bench.explored.ledger[3:]}
    best = sorted([bench.leader, *first], key=lambda c: bench.explored.losses[c.number])[:2]
    assert leaders <= {candidate.number for candidate in best}


def test_edits_depend_on_nothing_but_the_seed(runners: Any) -> None:
    journals = [Journal.create(None, {}) for _ in range(3)]
    for journal, seed in zip(journals, (0, 0, 1), strict=True):
        bench = Bench(runners(journal, seed=seed), seed=seed)
        bench.coach.experiment(1, 4, None)
    one, two, other = (told(journal) for journal in journals)
    assert one == two
    assert one != other


def test_a_replay_makes_the_same_edits_though_all_arrays_are_lost(runners: Any) -> None:
    journal = Journal.create(None, {})
    first = Bench(runners(journal), rate=TOO_HIGH)
    first.coach.experiment(1, 3, None)
    events = list(journal.events)
    again = Bench(runners(journal, MemoryStore()), rate=TOO_HIGH)
    again.coach.experiment(1, 3, None)
    assert journal.events == events
    assert again.explored.ledger == first.explored.ledger


@pytest.mark.parametrize(("proposer", "advised"), [("tpe", 0), ("random", 0), ("coach", 1)])
def test_the_number_of_trials_is_the_same_whoever_proposes(runners: Any, proposer: Any, advised: int) -> None:
    journal = Journal.create(None, {})
    small = Plan(3, 1, None, 2, 4, 2, 0, 3, 2, 0, False, 1, 32, 2).to_json()
    journal.decide("plan", lambda: small)
    runner = runners(journal, proposer=proposer)
    tuned = search(runner, Clock(0.0, None), Silent())
    numbers = {key.number for key, _ in trainings(journal.events)}
    assert numbers == set(range(8))
    assert bool([entry for entry in tuned.ledger if entry["finding"] != RANDOM]) == bool(advised)
    assert tuned.summary.get("ledger") == tuned.ledger


def test_an_edit_to_the_default_of_a_setting_counts_as_tried(runners: Any) -> None:
    bench = Bench(runners())
    back = {"learning_rate": TrainingSpec().learning_rate}
    assert bench.coach._room(0).take(bench.leader, back)
    bench.explored.ask([bench.space.edited(bench.leader, back)])
    assert not bench.coach._room(0).take(bench.leader, back)
