"""Targets to the network's scale and back."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honed.encode.target import TargetEncoder, check_rate, fit, kind_of, log_fits, may_fit
from honed.errors import InputError

targets = st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=30).map(np.array)


def test_encoded_target_has_mean_0_and_deviation_1():
    encoded = fit(np.array([1.0, 2, 3, 10]), "linear").encode(np.array([1.0, 2, 3, 10]))
    assert encoded.dtype == np.float32
    assert abs(encoded.mean()) < 1e-6
    assert abs(encoded.std() - 1) < 1e-6


@given(targets)
def test_linear_round_trip_returns_the_target(y):
    state = fit(y, "linear")
    np.testing.assert_allclose(
        state.decode(state.encode(y)), y, atol=1e-5 * (np.ptp(y) + 1e-9) + 1e-9 * np.abs(y).max()
    )


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=30).map(np.array))
def test_log_round_trip_returns_the_target(y):
    state = fit(y, "log")
    tolerance = 1e-4 * y.max() + 1e-300  # of numbers near 5e-324 there are no parts
    np.testing.assert_allclose(state.decode(state.encode(y)), y, rtol=1e-3, atol=tolerance)


@given(targets, st.floats(-1e30, 1e30))
def test_decoded_values_stay_within_the_widened_range(y, output):
    slack = 0.05 * np.ptp(y)
    value = fit(y, "linear").decode(np.array([output]))[0]
    assert y.min() - slack <= value <= y.max() + slack


def test_amounts_do_not_become_negative():
    for kind in ("linear", "log"):
        assert fit(np.array([1.0, 2, 100]), kind).decode(np.array([-1e9]))[0] >= 0


def test_constant_target_is_returned():
    state = fit(np.full(5, 7.0), "linear")
    np.testing.assert_array_equal(state.decode(np.array([-3.0, 0, 3])), [7, 7, 7])


def test_scaling_the_target_scales_the_predictions():
    y, outputs = np.array([1.0, 2, 5, 9]), np.array([-0.5, 0.1, 2.0])
    np.testing.assert_allclose(
        fit(1000 * y, "linear").decode(outputs), 1000 * fit(y, "linear").decode(outputs)
    )


def test_class_codes_pass():
    state = fit(np.array([0, 2, 1]), "classes")
    assert state.encode(np.array([0, 2])).dtype == np.int32


@pytest.mark.parametrize("kind", ["classes", "linear", "log"])
def test_state_survives_json(kind):
    state = fit(np.array([0.1, 0.2, 3.3]), kind)
    assert TargetEncoder.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_logarithm_fits_skewed_amounts_only():
    rng = np.random.default_rng(0)
    assert log_fits(rng.lognormal(sigma=1, size=1_000))
    assert not log_fits(rng.normal(size=1_000))
    assert not log_fits(10 + rng.normal(size=1_000))
    assert not log_fits(-rng.lognormal(size=1_000))
    assert not log_fits(np.ones(10))


@pytest.mark.parametrize("far", [3.4e38, -1e145])
def test_a_target_unlike_any_in_training_has_a_finite_square(far):
    encoded = fit(np.array([1.0, 2, 3, 10]), "linear").encode(np.array([2.0, far]))
    assert np.isfinite(encoded.astype(np.float32) ** 2).all() and np.sign(encoded[1]) == np.sign(far)


@pytest.mark.parametrize(
    ("margin", "ends"), [(0.0, (10.0, 30.0)), (0.5, (0.0, 40.0)), (np.inf, (0.0, np.finfo(float).max))]
)
def test_predictions_end_at_the_margin_and_never_below_zero(margin: float, ends: tuple[float, float]) -> None:
    fitted = fit(np.array([10.0, 20.0, 30.0]), "linear", margin)
    np.testing.assert_allclose((fitted.low, fitted.high), ends)
    outputs = np.array([-5.0, 0.0, 1e9])
    np.testing.assert_allclose(fitted.decode(outputs), np.clip(20 + outputs * fitted.scale, *ends))
    assert TargetEncoder.from_json(json.loads(json.dumps(fitted.to_json(), allow_nan=False))) == fitted


def test_a_constant_target_has_no_range_to_leave() -> None:
    fitted = fit(np.full(5, 3.0), "linear", np.inf)
    assert (fitted.low, fitted.high) == (3.0, 3.0)
    below = fit(np.array([-1.0, 1.0]), "linear", np.inf)
    assert below.decode(np.array([-1e6])) == -1e6


def test_rows_count_by_their_weights_in_mean_and_scale() -> None:
    y, weights = np.array([1.0, 2.0, 4.0, 1000.0]), np.array([1.0, 2.0, 3.0, 0.0])
    found = fit(y, "linear", weights=weights)
    counted = np.repeat(y, weights.astype(int))
    assert (found.mean, found.scale) == pytest.approx((counted.mean(), counted.std()))
    assert fit(y, "linear") == fit(y, "linear", weights=np.ones(4))


def test_a_rate_is_learned_as_a_part_of_its_mean_and_outputs_are_logarithms() -> None:
    y, weights = np.array([0.0, 3.0, 5.0, 40.0]), np.array([1.0, 2.0, 1.0, 0.5])
    found = fit(y, kind_of("poisson"), weights=weights)
    mean = np.average(y, weights=weights)
    np.testing.assert_allclose(found.encode(y), y / mean, rtol=1e-6)
    outputs = np.log(y[1:] / mean)
    np.testing.assert_allclose(found.decode(outputs), y[1:], rtol=1e-9)
    assert found.decode(np.array([-1e9, 1e9])).tolist() == [0.0, 42.0]
    np.testing.assert_allclose(found.undone(found.encode(y)), y, rtol=1e-6)
    assert TargetEncoder.from_json(json.loads(json.dumps(found.to_json()))) == found
    amounts = np.array([1e-30, 1.0, 1e30])
    assert (fit(amounts, "gamma").encode(amounts) > 0).all()  # as a logarithm is taken of it
    assert fit(np.zeros(3), "poisson").decode(np.zeros(2)).tolist() == [0.0, 0.0]


def test_targets_that_are_no_counts_or_amounts_are_refused() -> None:
    check_rate(np.array([0.0, 2.0]), "poisson", "y")
    check_rate(np.array([-1.0, 2.0]), "squared", "y")
    with pytest.raises(
        InputError, match=r"'poisson' is for numbers 0 or more, .* 'y' holds -1 \(1 row of 2 with"
    ):
        check_rate(np.array([-1.0, 2.0]), "poisson", "y")
    with pytest.raises(
        InputError, match=r"'gamma' is for numbers above 0, .* holds 0 .*or poisson, which takes 0"
    ):
        check_rate(np.array([0.0, 2.0]), "gamma", "y")


def test_counts_and_amounts_may_be_learned_as_what_they_are() -> None:
    rng = np.random.default_rng(0)
    counts, amounts = rng.poisson(rng.gamma(0.5, 4.0, 500)).astype(float), rng.lognormal(0, 1, 500)
    found = {
        name: [kind for kind in ("log", "poisson", "gamma") if may_fit(y, y[:300], kind)]
        for name, y in {
            "counts": counts,
            "counts from 1 on": counts + 1,
            "prices": np.round(1000 * amounts) + 300,
            "amounts": amounts,
            "losses": amounts - 0.5,
            "with a loss later": np.append(amounts, -1.0),
            "even": rng.normal(50, 1, 500),
        }.items()
    }
    assert found == {
        "counts": ["log", "poisson"],
        "counts from 1 on": ["log", "poisson"],
        "prices": ["log"],
        "amounts": ["log", "gamma"],
        "losses": [],
        "with a loss later": [],
        "even": [],
    }
