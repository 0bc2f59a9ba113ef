"""Who votes and how sure the vote is, against brute force and the formulas."""

from __future__ import annotations

import numpy as np
import pytest

from honed.heads import Head, beside, columns
from honed.metrics import METRICS, row_losses
from honed.model.outputs import sharpen, softmax
from honed.search import ensemble

RMSE = METRICS["root_mean_squared_error"].loss


def opinions(rows: int = 400) -> tuple[np.ndarray, list[np.ndarray]]:
    """A truth and three predictions of it: two with opposite errors, one that is useless."""
    rng = np.random.default_rng(0)
    truth, error = rng.normal(size=rows), rng.normal(size=rows)
    return truth, [truth + error, truth - error, rng.normal(size=rows)]


def test_opposite_errors_vote_half_and_half() -> None:
    truth, said = opinions()
    np.testing.assert_allclose(ensemble.select(said, truth, RMSE), [0.5, 0.5, 0])


def test_one_right_candidate_votes_alone() -> None:
    truth, said = opinions()
    np.testing.assert_array_equal(ensemble.select([*said, truth], truth, RMSE), [0, 0, 0, 1])


def test_the_vote_is_never_worse_than_the_best_candidate() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=60)
    said = [truth + rng.normal(size=60) * spread for spread in (0.5, 0.6, 0.9, 2.0)]
    weights = ensemble.select(said, truth, RMSE)
    assert weights.sum() == pytest.approx(1)
    assert RMSE(truth, ensemble.average(said, weights)) <= min(RMSE(truth, each) for each in said) + 1e-12


def test_the_average_is_the_weighted_sum() -> None:
    _, said = opinions()
    expected = 0.2 * said[0] + 0.8 * said[2]
    np.testing.assert_allclose(ensemble.average(said, np.array([0.2, 0, 0.8])), expected)


def test_who_has_no_share_in_a_target_may_say_anything_of_it() -> None:
    said = [np.array([[1.0, np.inf], [2.0, -np.inf]]), np.array([[np.nan, 3.0], [np.nan, 4.0]])]
    found = ensemble.average(said, np.array([[1.0, 0.0], [0.0, 1.0]]))
    np.testing.assert_array_equal(found, [[1.0, 3.0], [2.0, 4.0]])


def test_each_of_several_targets_chooses_by_its_own_loss() -> None:
    """Of two candidates one knows the value and the other the class; what both say together is neither's."""
    rng = np.random.default_rng(0)
    values, codes = rng.normal(size=200), rng.integers(0, 2, 200)
    sure, even = np.eye(2)[codes] * 0.8 + 0.1, np.full((200, 2), 0.5)
    heads = (Head("size"), Head("kind", 2))
    said = [beside([values, even]), beside([np.zeros(200), sure])]
    truth = beside([values, codes])
    weights = ensemble.for_each(ensemble.select, heads)(said, truth, RMSE)
    np.testing.assert_array_equal(weights, [[1, 0], [0, 1]])
    told = ensemble.average(said, columns(weights, heads))
    np.testing.assert_array_equal(told, beside([values, sure]))
    alike = ensemble.for_all(ensemble.best, heads)(said, truth, lambda y, told: -told[0, 1])
    np.testing.assert_array_equal(alike, [[0, 0], [1, 1]] if codes[0] == 0 else [[1, 1], [0, 0]])


def test_cross_fitting_shows_no_gain_where_there_is_none() -> None:
    """Among many useless candidates, the best by luck is better on the rows that chose it, and on no others."""
    rng = np.random.default_rng(2)
    truth = rng.normal(size=60)
    said = [rng.normal(size=60) * 0.3 for _ in range(60)]
    chosen = RMSE(truth, ensemble.average(said, ensemble.select(said, truth, RMSE)))
    honest = RMSE(truth, ensemble.cross_fitted(said, truth, RMSE, np.random.default_rng(0)))
    nothing = RMSE(truth, np.zeros(60))
    assert chosen < 0.97 * nothing
    assert honest > 0.99 * nothing


def test_the_lead_is_in_the_metric_and_as_sure_as_paired_rows_say() -> None:
    truth, said = opinions()
    rng = np.random.default_rng(0)
    lead, noise = ensemble.advantage(truth, said[0], said[2], METRICS["root_mean_squared_error"], rng)
    gains = (truth - said[2]) ** 2 - (truth - said[0]) ** 2
    assert lead == pytest.approx(RMSE(truth, said[2]) - RMSE(truth, said[0]))
    assert lead / noise == pytest.approx(gains.mean() / (gains.std(ddof=1) / 20))


def test_the_lead_of_classes_is_in_log_loss() -> None:
    truth = np.array([0, 1, 1])
    better = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    flat = np.full((3, 2), 0.5)
    lead, _ = ensemble.advantage(truth, better, flat, METRICS["log_loss"], np.random.default_rng(0))
    assert lead == pytest.approx(np.log(2) + np.mean(np.log([0.9, 0.8, 0.7])))


def test_the_noise_of_any_metric_is_about_what_its_formula_says() -> None:
    truth, said = opinions()
    rng = np.random.default_rng(0)
    lead, noise = ensemble.advantage(truth, said[0], said[2], METRICS["mean_absolute_error"], rng)
    gains = np.abs(truth - said[2]) - np.abs(truth - said[0])
    assert lead == pytest.approx(gains.mean())
    assert noise == pytest.approx(gains.std(ddof=1) / 20, rel=0.1)
    lead, _ = ensemble.advantage(truth, said[0], said[2], METRICS["r2"], rng)
    assert lead == pytest.approx(METRICS["r2"].score(truth, said[0]) - METRICS["r2"].score(truth, said[2]))


def test_rows_of_one_group_are_one_piece_of_evidence() -> None:
    """Each row ten times over: by groups as unsure as the rows once."""
    truth, said = opinions(100)
    groups, metric = np.repeat(np.arange(100), 10), METRICS["root_mean_squared_error"]
    many, one, other = (np.repeat(each, 10) for each in (truth, said[0], said[2]))
    rng = np.random.default_rng(0)
    _, noise = ensemble.advantage(truth, said[0], said[2], metric, rng)
    _, by_group = ensemble.advantage(many, one, other, metric, rng, groups)
    assert by_group == pytest.approx(noise, rel=0.15)
    low, high = ensemble.interval(truth, said[0], RMSE, rng)
    assert np.diff(ensemble.interval(many, one, RMSE, rng, groups)) == pytest.approx(high - low, rel=0.25)
    assert np.isnan(ensemble.interval(many, one, RMSE, rng, groups * 0)).all()
    assert ensemble.advantage(many, one, other, metric, rng, groups * 0)[1] == np.inf


def test_a_group_does_not_judge_what_it_chose() -> None:
    """Each candidate knows one of twenty groups by heart and nothing else, so it helps no other."""
    rng = np.random.default_rng(4)
    groups = np.repeat(np.arange(20), 30)
    truth = rng.normal(size=600) + 3 * rng.choice([-1, 1], 20)[groups]
    said = [np.where(groups == group, truth, 0.0) for group in range(20)]
    honest = ensemble.cross_fitted(
        said, truth, RMSE, np.random.default_rng(0), groups=groups, choose=ensemble.best
    )
    assert RMSE(truth, honest) == pytest.approx(RMSE(truth, np.zeros(600)))


@pytest.mark.parametrize("true", [0.4, 1.0, 2.5])
def test_the_temperature_undoes_a_known_one(true: float) -> None:
    rng = np.random.default_rng(3)
    honest = softmax(rng.normal(size=(20_000, 3)) * 2)
    truth = (honest.cumsum(axis=1) > rng.random((20_000, 1))).argmax(axis=1)
    too_sure = sharpen(honest, 1 / true)
    assert ensemble.temperature(too_sure, truth) == pytest.approx(true, rel=0.05)


def test_the_temperature_is_the_minimum_of_its_cost() -> None:
    rng = np.random.default_rng(4)
    p, truth = softmax(rng.normal(size=(50, 2))), rng.integers(0, 2, 50)
    grid = np.exp(np.linspace(-np.log(8), np.log(8), 4001))
    costs = [row_losses(truth, sharpen(p, t)).sum() + 5 * np.log(t) ** 2 for t in grid]
    assert ensemble.temperature(p, truth) == pytest.approx(grid[int(np.argmin(costs))], rel=1e-2)


def test_few_rows_that_are_all_right_do_not_make_it_boundlessly_sure() -> None:
    p = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert ensemble.temperature(p, np.array([0, 1])) > 0.5


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(100):
        y = rng.normal(size=150)
        low, high = ensemble.interval(y, np.zeros(150), RMSE, rng)
        covered += low <= 1 <= high
    assert 85 <= covered <= 100


def test_draws_without_a_score_do_not_widen_an_interval() -> None:
    truth = np.array([0] * 9 + [1], np.int32)
    told = np.linspace(0, 1, 10)

    def area(y: np.ndarray, p: np.ndarray) -> float:
        return METRICS["roc_auc"].score(y, np.column_stack([1 - p, p]))

    assert ensemble.interval(truth, told, area, np.random.default_rng(0)) == (1.0, 1.0)
    assert np.isnan(ensemble.interval(truth * 0, told, area, np.random.default_rng(0))).all()


def test_one_row_has_no_interval() -> None:
    one = np.ones(1)
    assert np.isnan(ensemble.interval(one, one, RMSE, np.random.default_rng(0))).all()


def test_an_ensemble_is_chosen_also_where_the_metric_is_undefined() -> None:
    truth, told = np.zeros(8, np.int32), np.full((8, 2), 0.5)
    weights = ensemble.select([told, told], truth, METRICS["roc_auc"].loss)
    assert weights.tolist() == [1.0, 0.0]
