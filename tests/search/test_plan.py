"""How a budget is spent: what the plan promises whatever the table and the clock."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from honed.search import few_passes, plan
from honed.search.clock import Clock
from honed.search.plan import Plan, Took


def make(**more: Any) -> Plan:
    usual: dict[str, Any] = {
        "rows": 2_000, "train_rows": 1_400, "folds": 5, "budget": 60.0, "workers": 2, "epoch_seconds": 0.01,
        "compile_seconds": 2.0,
    }  # fmt: skip
    return plan.make(**usual | more)


@pytest.mark.parametrize(
    ("rows", "budget", "pace"),
    list(itertools.product([100, 3_000, 15_000, 80_000], [5.0, 60.0, 3600.0], [1e-3, 1.0])),
)
def test_every_plan_is_one_that_can_be_carried_out(rows: int, budget: float, pace: float) -> None:
    folds = 10 if rows < 1_000 else 5 if rows < 20_000 else 1
    made = make(rows=rows, train_rows=int(rows * 0.7), folds=folds, budget=budget, epoch_seconds=pace)
    assert 1 <= made.quick_epochs <= made.epochs <= 128  # an entry each of the curves in a result
    assert 1 <= made.folds <= folds
    if made.finalists:
        assert 0 <= made.explore_end <= 1 - made.reserve / budget
        return
    assert 1 <= made.promoted <= made.generation
    assert made.structures >= 3
    assert 0 < made.explore_end < made.confirm_end <= made.refit_end < 1


def test_the_first_rung_is_far_shorter_than_a_full_training() -> None:
    few = make(rows=10_000, train_rows=6_800, budget=120.0, epoch_seconds=2.0)
    many = make(rows=10_000, train_rows=6_800, budget=120.0, epoch_seconds=0.01)
    assert (few.epochs, few.quick_epochs, many.epochs, many.quick_epochs) == (8, 3, 128, 32)


def test_trials_in_place_of_a_budget_do_not_look_at_the_clock() -> None:
    assert make(budget=None, epoch_seconds=1e-3) == make(budget=None, epoch_seconds=100.0)
    assert make(budget=None, workers=1) == make(budget=None, workers=64)


def test_generations_grow_with_the_trials_or_with_the_workers() -> None:
    usual, hour = make(), {"budget": 3600.0, "epoch_seconds": 0.01}
    assert make(workers=12).generation == make(budget=None, trials=384).generation == usual.generation == 24
    wide, many = make(**hour, workers=100), make(budget=None, trials=4_000)
    assert (wide.generation, wide.promoted, many.generation, many.promoted) == (400, 100, 250, 62)
    assert (
        wide.overlap
        and many.overlap
        and not usual.overlap
        and not make(**hour, workers=100, coached=True).overlap
    )
    assert wide.promoted_among(400) == wide.promoted and many.promoted_among(24) == usual.promoted


def test_a_longer_budget_trains_longer_and_tries_more_programs() -> None:
    short, long = make(budget=20.0, epoch_seconds=0.1), make(budget=600.0, epoch_seconds=0.1)
    assert long.epochs > short.epochs
    assert long.structures > short.structures


def test_large_tables_start_on_a_sample_and_are_not_trained_again() -> None:
    large = make(rows=80_000, train_rows=60_000, folds=1)
    assert large.quick_rows == 10_000
    assert not large.refit
    small = make()
    assert small.quick_rows is None
    assert small.refit


def test_where_few_passes_can_be_bought_a_third_goes_into_samples_at_most() -> None:
    few: dict[str, Any] = {"rows": 2_000_000, "train_rows": 1_900_000, "folds": 1, "epoch_seconds": 30.0}
    made = make(**few, used=15.0, budget=45.0, validated=0.5, scored=0.7)
    assert made.finalists == 2
    assert made.reserve == pytest.approx(2 + 0.5 + 2 * 0.7)  # each of them answers
    assert make(**few, used=15.0, budget=45.0, scored=100.0).reserve == 15.0
    assert made.visits == pytest.approx(2 * 45 / 30 * 1_900_000)
    assert (made.explore_end * 60 - 15) * 3 <= 45
    assert made.sample_seconds * made.generation * 2 == pytest.approx(
        2 * (made.explore_end * 60 - 15), rel=0.01
    )
    hours = make(**few, budget=36_000.0)
    assert not hours.finalists
    brief = make(**few, budget=5.0, scored=0.7)  # no sample would tell anything
    assert brief.generation == 0
    assert brief.sample_seconds == 0
    many = make(**few, budget=45.0, workers=16)
    assert many.sample_seconds <= many.explore_end * 45 / 2  # a training has one worker


def test_where_passes_are_few_each_worker_has_a_finalist_and_candidates_to_choose_it_from() -> None:
    few: dict[str, Any] = {"rows": 20_000_000, "train_rows": 19_900_000, "folds": 1, "epoch_seconds": 3000.0}
    made = {workers: make(**few, budget=600.0, workers=workers) for workers in (1, 2, 4, 6, 8, 64, 200)}
    assert {workers: own.finalists for workers, own in made.items()} == {
        1: 2, 2: 2, 4: 4, 6: 6, 8: 8, 64: 64, 200: 200,
    }  # fmt: skip
    for workers in (6, 8, 64, 200):
        own = made[workers]
        assert own.generation == 4 * own.promoted == 4 * own.finalists, "the second rung has one a worker too"
        assert own.sample_seconds == pytest.approx(made[6].sample_seconds)
    voting = [make(**few, budget=600.0, workers=workers, scored=1.0).reserve for workers in (3, 4, 64, 200)]
    assert voting[1] - voting[0] == pytest.approx(1)
    assert voting[2] == voting[3], "of many finalists as few vote, and answer, as of some"


def test_a_look_inside_where_passes_are_few_has_the_time_that_it_needs_or_none() -> None:
    few: dict[str, Any] = {
        "rows": 2_000_000,
        "train_rows": 1_960_000,
        "folds": 1,
        "epoch_seconds": 30.0,
        "workers": 1,
    }
    for budget, compiling in ((60.0, 2.0), (300.0, 0.5), (600.0, 2.0), (600.0, 10.0)):
        made, without = (
            make(**few, budget=budget, compile_seconds=compiling, inside=inside) for inside in (True, False)
        )
        assert made.finalists and without.look == 0
        assert (made.look > 0) == (budget * 0.02 > 2.5 * compiling * 1.2)
        assert made.look <= 0.02 * budget
        assert replace(made, look=0.0, explore_end=0.0, confirm_end=0.0, sample_seconds=0.0) == replace(
            without, explore_end=0.0, confirm_end=0.0, sample_seconds=0.0
        )
        ends = [few_passes.ends(each, Clock(0.0, budget))[1] for each in (made, without)]
        assert ends[1] - ends[0] == pytest.approx(made.look / budget)


def test_a_plan_comes_back_from_the_journal() -> None:
    assert Plan(**make().to_json()) == make()


def test_one_network_needs_less_time_at_the_end_than_twelve() -> None:
    the_plan = make(rows=150, train_rows=100, folds=10, workers=1)
    one, twelve = (
        the_plan.ends(60.0, Took(1.0, 1.0), workers=1, growth=1.5, single=single)[1]
        for single in (True, False)
    )
    assert one > twelve


def test_a_long_budget_is_explored_but_for_the_seconds_of_what_follows() -> None:
    """At a pace that is known, what is kept is a time and no share; of a short budget it is what it always was."""
    work: dict[str, Any] = {"workers": 1, "growth": 1.5, "single": False, "others": 1}
    for the_plan in (make(), make(rows=80_000, train_rows=60_000, folds=1)):
        kept = []
        for budget in (600.0, 3600.0, 36_000.0):
            took = Took(2.0, 1.5)
            confirming, again = the_plan.following(took, **work)
            explored, confirmed = the_plan.ends(budget, took, **work)
            last = the_plan.last_end(budget)
            assert explored < confirmed <= last < 1
            assert (last - confirmed) * budget >= again - 1e-6
            assert (the_plan.rivals_end(budget, confirmed) - confirmed) * budget >= 5
            assert (confirmed - explored) * budget >= confirming - 1e-6
            kept.append((1 - explored) * budget)
        assert kept == pytest.approx([kept[0]] * 3, rel=0.05)
        assert kept[2] - confirming - again < 60
        explored, confirmed = the_plan.ends(20.0, Took(1e-3, 1e-3), **work)
        assert the_plan.last_end(20.0) == the_plan.refit_end
        assert confirmed == pytest.approx(0.9 if the_plan.refit else 0.94)
        assert explored == pytest.approx(0.85 if the_plan.refit else 0.91, abs=0.001)
        slow = the_plan.ends(20.0, Took(100.0, 100.0), **work)
        assert slow == pytest.approx((0.55, 0.6) if the_plan.refit else (0.72, 0.94)), "no round would end"


def test_no_time_is_kept_for_half_a_round_of_confirming() -> None:
    the_plan = replace(make(rows=80_000, train_rows=60_000, folds=1), leaders=3, more=3)
    work: dict[str, Any] = {"workers": 1, "growth": 1.5, "single": False}
    for full, rounds in ((0.5, 3), (4.0, 3), (5.0, 2), (10.0, 1), (16.0, 0)):
        confirming, _ = the_plan.following(Took(full, full), **work)
        explored, _ = the_plan.ends(300.0, Took(full, full), **work)
        due = the_plan.last_end(300.0) - 0.03
        assert due - explored == pytest.approx(rounds * confirming / 3 / 300)
    focused, _ = the_plan.ends(300.0, Took(16.0, 16.0), **work, focused=2)
    assert focused == the_plan.explore_end, "what is trained for one target alone has no rounds"


def test_a_plan_of_before_ends_its_trainings_as_it_did() -> None:
    assert replace(make(), reserve=0.0).last_end(36_000.0) == make().refit_end == make().last_end(None)
    slow = make(scored=10.0)  # answers that take long are given after the last training
    assert slow.last_end(600.0) < make().last_end(600.0) and slow.last_end(10.0) == slow.refit_end


def test_a_generation_is_as_wide_as_the_lanes_of_all_workers() -> None:
    usual = make()
    assert make(lanes=4) == usual, "there are enough"
    wide = make(lanes=64)
    assert wide.generation == 64 * 2 and wide.promoted_among(128) == round(wide.generation / 24 * 6)
    by_trials = make(budget=None, trials=100)
    assert make(budget=None, trials=100, lanes=8) == by_trials
    assert make(budget=None, trials=100, lanes=48).generation == 48
    assert make(budget=None, trials=100, lanes=48, workers=7).generation == 48, "who works does not matter"


def test_what_follows_is_each_leader_on_more_folds_and_a_full_ensemble_on_all_rows() -> None:
    the_plan = replace(make(), leaders=3, more=2, networks=6, refit=True)
    took, work = Took(2.0, 1.5), {"workers": 2, "growth": 1.5}
    confirming, again = the_plan.following(took, **work, single=False)
    assert again / confirming == pytest.approx(6 * 1.5 * 1.5 / (4 * 2 * 2))
    focused, _ = replace(the_plan, folds=4).following(took, **work, single=False, focused=6)
    assert focused / confirming == pytest.approx((4 * 2 + 6 * 2 + 6 * 4) / (4 * 2))
    assert the_plan.following(took, **work, single=True)[1] == pytest.approx(again / 6)
    assert the_plan.following(took, **work, single=False, others=2)[1] - again == pytest.approx(
        confirming / 4
    )
    assert replace(the_plan, refit=False).following(took, **work, single=False)[1] == 0


def test_a_longer_budget_has_the_plan_of_the_whole_time_where_that_is_much_more() -> None:
    short, whole = (make(budget=seconds, epoch_seconds=0.1) for seconds in (20.0, 50.0))
    assert whole.epochs > short.epochs
    assert short.extended(whole, 2.5) == whole


def test_a_plan_of_few_passes_gives_way_to_that_of_a_longer_time() -> None:
    few, usual = replace(make(), finalists=2), make()
    assert few.extended(usual, 1.5) == usual


def test_a_little_more_time_only_adds_to_the_plan() -> None:
    """Other epochs or folds would ask for every training once more, for which there is no time."""
    short, whole = (make(budget=seconds, epoch_seconds=0.1, compile_seconds=0.5) for seconds in (20.0, 30.0))
    made = short.extended(whole, 1.5)
    assert made.structures == whole.structures > short.structures
    assert (made.epochs, made.folds, made.more) == (short.epochs, short.folds, short.more)


def test_very_many_rows_train_for_few_epochs_where_the_budget_is_short() -> None:
    rows = {40_000: 8, 100_000: 4, 200_000: 2, 1_000_000: 2}
    for train_rows, least in rows.items():
        made = make(rows=train_rows, train_rows=train_rows, folds=1, epoch_seconds=100.0, again=False)
        assert made.epochs == least


def test_of_the_newest_rows_of_a_large_table_each_network_is_trained_again_more_than_once() -> None:
    assert make(rows=80_000, train_rows=60_000, folds=1, newest=True).refit_seeds == 3
    assert make(rows=80_000, train_rows=60_000, folds=1, newest=True, budget=None).refit_seeds == 1
