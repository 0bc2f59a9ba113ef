"""The range test: what the rules read off known curves, and that it leaves nothing behind."""

from __future__ import annotations

import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.nets.spec import NetworkSpec
from honed.train import loop, range_test
from honed.train.examples import Examples
from honed.train.range_test import USUAL_RATE
from honed.train.setup import Setup
from honed.train.spec import TrainingSpec

RATES = np.geomspace(1e-8, 10, 109)


def curve(fall_from: float = 1e-4, bottom: float = 1e-2, rise: float = 1e-1, seeds: int = 3) -> np.ndarray:
    """Losses that fall from 1 to 0.2 between two rates, stay, and explode beyond a third."""
    share = np.clip(np.log(RATES / fall_from) / np.log(bottom / fall_from), 0, 1)
    losses = 1 - 0.8 * share
    losses[rise < RATES] = np.nan
    return np.tile(np.append(1.0, losses)[:, None], seeds)


def test_three_rules_read_a_known_curve() -> None:
    found = range_test.read(RATES, curve())
    assert found.valley == pytest.approx(1e-3, rel=0.5)  # the middle of the fall
    assert found.minimum == pytest.approx(1e-2, rel=0.3)  # a tenth of where the bottom ends
    assert 1e-3 < found.steepest < 1e-2  # the logarithm of a straight fall is steepest at its end
    assert found.rate == found.minimum
    assert found.agreement == pytest.approx(max(found.minimum, found.steepest) / found.valley, rel=1e-6)
    assert found.confidence == "high"


def test_rates_beyond_divergence_are_left_out() -> None:
    found = range_test.read(RATES, curve(rise=0.05))
    assert found.rates[-1] <= 0.05
    assert np.isfinite(found.losses).all()


def test_rules_far_apart_give_low_confidence() -> None:
    found = range_test.read(RATES, curve(fall_from=1e-7, bottom=1e-5, rise=1.0))
    assert found.confidence == "low"
    assert "differ by a factor of" in found.sentence()


@pytest.mark.parametrize("losses", [np.ones((110, 3)), np.full((110, 3), np.nan), curve(1e-4, 1e-2, 1e-8)])
def test_a_curve_that_never_falls_still_gives_an_answer(losses: np.ndarray) -> None:
    found = range_test.read(RATES, losses)
    assert (found.rate, found.confidence) == (USUAL_RATE, "none")
    assert "usual" in found.sentence()
    assert found.to_json()["valley"] is None


def test_a_loss_of_exactly_zero_ends_the_curve_where_it_is_reached() -> None:
    """Classes that lie apart: behind that point nothing has a gradient, so higher rates have not been tried."""
    losses = curve(rise=100)
    losses[1:][RATES >= 1e-3] = 0
    found = range_test.read(RATES, losses)
    assert found.rates[-1] == pytest.approx(1e-3, rel=0.2)
    assert found.confidence != "none"
    assert all(1e-6 < rate <= 1e-3 for rate in (found.valley, found.minimum, found.steepest))


@pytest.mark.parametrize("first", [0.0, np.inf, np.nan, 1e-45, 1.0])
@pytest.mark.parametrize("points", [1, 9, 10, 109])
def test_any_curve_gives_a_rate(first: float, points: int) -> None:
    rng = np.random.default_rng(points)
    odd = np.array([0.0, 1e-45, 1e-9, 0.5, 1.0, 3.0, 1e30, np.inf, np.nan])
    curves = [np.full((points, 2), value) for value in odd]
    curves += [rng.choice(odd, (points, 2)) for _ in range(50)]
    curves += [np.exp(rng.normal(size=(points, 2)).cumsum(axis=0)) for _ in range(50)]
    for losses in curves:
        found = range_test.read(RATES[:points], np.vstack([np.full((1, 2), first), losses]))
        assert 0 < found.rate < np.inf
        assert found.sentence()
        assert found.to_json()["confidence"] in ("none", "low", "high")


def test_a_race_that_every_rate_loses_gives_the_lowest_pick() -> None:
    read = range_test.read(RATES, curve())
    found = range_test.raced_at(read, RATES[-5:], np.full(5, np.inf))
    assert found.rate == min(read.valley, read.minimum, read.steepest)
    assert "race" not in found.sentence()


def test_classes_that_lie_apart_find_a_rate() -> None:
    rows = np.arange(60, dtype=np.int32)
    side = np.repeat([-1, 1], 30)
    X = (side * np.linspace(2, 3, 60)).astype(np.float32)[:, None]
    codes = np.zeros((60, 0), np.int32)
    data = Examples.of(
        NETWORKS, Inputs(1, 0, (), ()), Encoded(X, codes), (side > 0).astype(np.int32), outputs=2
    )
    found = range_test.find(Setup(NetworkSpec(), TrainingSpec(), data, rows, 0))
    assert 0 < found.rate < 0.2


def examples() -> tuple[Examples, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] ** 2).astype(np.float32)
    rows = np.arange(300, dtype=np.int32)
    data = Examples.of(NETWORKS, Inputs(5, 0, (), ()), Encoded(X, np.zeros((300, 0), np.int32)), y, outputs=1)
    return data, rows[60:], rows[:60]


def test_training_on_auto_is_training_at_the_rate_that_was_found() -> None:
    """Bit for bit: the test shares no state with the training that follows."""
    network, training = NetworkSpec(depth=1, width=16, dropout=0.1), TrainingSpec(epochs=4)
    data, train, valid = examples()
    automatic = TrainingSpec(epochs=4, learning_rate="auto")
    one, record = loop.fit(network, automatic, data, train, valid, seed=3)
    assert record.range_test is not None
    assert record.range_test.confidence != "none"
    assert record.learning_rate == record.range_test.rate
    by_hand = TrainingSpec(epochs=4, learning_rate=record.range_test.rate)
    other, _ = loop.fit(network, by_hand, data, train, valid, seed=3)
    assert all(np.array_equal(one[name], other[name]) for name in one)
    assert training.learning_rate == USUAL_RATE


def test_the_same_seed_finds_the_same_rate() -> None:
    data, train, _ = examples()
    setup = Setup(NetworkSpec(depth=1, width=16), TrainingSpec(), data, train, 1)
    one, two = (range_test.find(setup) for _ in range(2))
    np.testing.assert_array_equal(one.losses, two.losses)
    assert one.rate == two.rate
    assert len(one.rates) < 108  # it ended when all had diverged


def test_the_rate_is_the_winner_of_the_race_around_the_highest_pick() -> None:
    data, train, _ = examples()
    found = range_test.find(Setup(NetworkSpec(depth=1, width=16), TrainingSpec(), data, train, 1))
    assert found.rate == found.raced[np.argmin(found.race_losses)]
    assert found.raced[2] == pytest.approx(max(found.valley, found.minimum, found.steepest))
    np.testing.assert_allclose(found.raced[1:] / found.raced[:-1], np.sqrt(5))
    assert "wins a short race" in found.sentence()
