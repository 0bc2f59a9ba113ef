"""How many networks go side by side where honed chooses, on GPUs that are said to have so much memory."""

from __future__ import annotations

import time
from dataclasses import asdict

import pytest
from search_helpers import Make, prepared, trees, tuned

from honed.run import gpus
from honed.run.gpus import Gpus
from honed.run.journal import Journal
from honed.search import devices, lanes
from honed.search.clock import Clock
from honed.search.planned import planned
from honed.search.prepare import Prepared
from honed.train import footprint

GB = 10**9


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, 16 * GB)


def has(monkeypatch: pytest.MonkeyPatch, *free: int) -> None:
    monkeypatch.setattr(gpus, "seen", lambda: Gpus(("A100",) * max(1, len(free)), "", free))


def decided(ready: Prepared, journal: Journal) -> int:
    def learned(encoding: str):
        return ready.family.learn(ready.source, ready.splits.folds[0].train, encoding)

    return lanes.decided(ready, journal, learned)


@pytest.mark.parametrize(
    ("free", "each", "shared", "most", "wanted"),
    [
        (80 * GB, 2_000_000, GB, 64, 64),  # more than is ever asked for
        (80 * GB, 2_000_000_000, GB, 64, 16),  # 19.5 of them
        (80 * GB, 2_000_000_000, 20 * GB, 64, 8),
        (80 * GB, 100, 0, 5, 4),
        (10_000, 2_000, 0, 64, 2),
        (10_000, 2_000, 9_000, 64, 1),  # not even one, which is then halved as it goes
        (0, 2_000, 0, 64, 1),
    ],
)
def test_as_many_as_half_of_the_memory_holds(
    free: int, each: int, shared: int, most: int, wanted: int
) -> None:
    assert lanes.fitting(free, each, shared, most) == wanted


def test_the_choice_is_of_the_largest_default_and_the_journal_keeps_it(
    gpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, journal = prepared(trees(), trials=1000, device="gpu", workers=1), Journal.create(None, {})
    assert decided(ready, journal) == 64
    kept = journal.decision("lanes")
    assert isinstance(kept, dict) and kept["free"] == 16 * GB
    encoder = ready.family.learn(ready.source, ready.splits.folds[0].train, ready.family.encodings[0])
    presets = ready.family.presets("regression", 120, encoder.inputs, 1)
    named = [preset for preset in presets if preset.encoding in (None, ready.family.encodings[0])]
    assert kept["each"] >= max(
        footprint.of_lane(
            ready.family.networks, preset.network, preset.training, encoder.inputs, 1, len(ready.y)
        )
        for preset in named
    )
    rows = 6 * len(ready.y)  # of the folds that a worker holds at once
    assert rows * 12 < kept["shared"] < rows * 1000
    has(monkeypatch, 1000)
    assert decided(ready, journal) == 64, "as it was where the run was begun"
    monkeypatch.setattr(gpus, "seen", lambda: Gpus((), "no driver"))
    on_processor = prepared(trees(), trials=1000, device="cpu", workers=1)
    assert decided(on_processor, journal) == 64
    assert lanes.told(journal) == [lanes.LaneChoice(**kept).words()]
    assert "up to 64 networks" in lanes.told(journal)[0] and "16.0 GB are free" in lanes.told(journal)[0]


def test_little_memory_and_few_trials_make_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, 16 * GB)
    few = prepared(trees(), trials=20, device="gpu")
    assert decided(few, Journal.create(None, {})) == 4, "five candidates in each of four generations"
    has(monkeypatch, 30_000_000, 16 * GB)  # the one that has least
    many = prepared(trees(), trials=1000, device="gpu")
    found = decided(many, Journal.create(None, {}))
    assert 1 < found < 64
    shared = prepared(trees(), trials=1000, device="gpu", workers=8)  # four on each
    assert decided(shared, Journal.create(None, {})) < found


def test_nobody_chooses_for_a_processor_for_who_has_said_and_for_a_run_of_before(
    gpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.create(None, {})
    assert decided(prepared(trees(), trials=1000), journal) == 1
    assert decided(prepared(trees(), trials=1000, device="gpu", lanes=3), journal) == 3
    journal.decide("plan", dict)
    assert decided(prepared(trees(), trials=1000, device="gpu"), journal) == 1
    assert journal.decision("lanes") is None and lanes.told(journal) == []


def test_a_gpu_that_does_not_say_how_much_memory_it_has_trains_one_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for free in ((), (0,)):
        has(monkeypatch, *free)
        ready, journal = prepared(trees(), trials=1000, device="gpu"), Journal.create(None, {})
        assert decided(ready, journal) == 1
        assert "does not say" in lanes.told(journal)[0]


def test_the_plan_is_as_wide_as_that_and_rounds_have_as_many(
    runners: Make, gpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = prepared(trees(), trials=1000, device="gpu", nested=3)
    runner, usual = runners(ready), runners(prepared(trees(), trials=1000))
    wide, narrow = planned(runner, Clock(0.0, None)), planned(usual, Clock(0.0, None))
    assert (runner.lanes, usual.lanes) == (64, 1)
    assert wide.generation == max(64, narrow.generation)
    monkeypatch.setattr(devices, "free", lambda options: 0)
    inner = runner.of_round(ready.rounds[0])
    planned(inner, Clock(time.monotonic(), None))
    assert inner.lanes == 64 and inner.journal.decision("lanes") is None


def test_an_outline_tells_it_beforehand(gpu: None) -> None:
    ready = prepared(trees(), trials=1000, device="gpu")
    found = lanes.outlined(ready)
    assert isinstance(found, lanes.LaneChoice) and found.lanes == 64
    journal = Journal.create(None, {})
    decided(ready, journal)
    assert lanes.told(journal) == [found.words()]
    assert lanes.outlined(prepared(trees(), trials=1000)) == 1
    assert lanes.outlined(prepared(trees(), trials=1000, device="gpu", lanes=3)) == 3


@pytest.mark.slow
def test_a_run_that_goes_on_on_a_processor_says_what_its_gpu_was_given(runners: Make) -> None:
    own, journal = lanes.LaneChoice(2, 1000, 1000, 16 * GB), Journal.create(None, {})
    journal.decide("lanes", lambda: asdict(own))
    found = tuned(runners, prepared(trees(60), trials=3, single=True), journal)
    assert own.words() in found.summary.get("notes", [])
