"""Scaling of numbers."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from honed.encode.numeric import Scaling, fit
from honed.errors import InputError

any_number = st.one_of(st.floats(allow_nan=True, allow_infinity=False), st.integers(-3, 3).map(float))


def scaled(column, scaling="robust", new=None):
    values = np.array(column, dtype=float)[:, None]
    given = values if new is None else np.array(new, dtype=float)[:, None]
    return fit([*values.T], scaling).apply(given)[:, 0]


def test_robust_scaling_is_median_and_quartile_distance_then_a_smooth_clip():
    x = (np.array([0, 1, 2, 3, 4]) - 2) / 2
    np.testing.assert_allclose(scaled([0, 1, 2, 3, 4]), x / np.sqrt(1 + (x / 3) ** 2), rtol=1e-6)


def test_the_other_values_set_the_scale_where_most_are_one_value():
    x = np.array([0] * 20 + [10.0, 4.0, 40.0]) / 10
    np.testing.assert_allclose(scaled([0] * 20 + [10, 4, 40]), x / np.sqrt(1 + (x / 3) ** 2), rtol=1e-6)


def test_standard_scaling_has_mean_0_and_deviation_1():
    values = scaled([1, 2, 3, 10], "standard")
    assert abs(values.mean()) < 1e-6
    assert abs(values.std() - 1) < 1e-6


def test_no_scaling_leaves_values():
    np.testing.assert_array_equal(scaled([1, 2.5], "none"), [1, 2.5])


@pytest.mark.parametrize("column", [[3, 3, 3], [0.1 + 0.2, 0.3, 0.3], [np.nan, np.nan]])
@pytest.mark.parametrize("scaling", ["robust", "standard"])
def test_constant_column_is_0(column, scaling):
    np.testing.assert_array_equal(scaled(column, scaling, [*column, 1e9]), np.zeros(len(column) + 1))


def test_missing_value_is_0():
    assert scaled([1, 2, np.nan, 4])[2] == 0


def test_wild_value_is_bounded():
    np.testing.assert_allclose(scaled([0, 1, 2, 3], new=[1e300, -1e300]), [3, -3], rtol=1e-6)


def test_unknown_scaling_suggests_the_nearest():
    with pytest.raises(InputError, match=r"no scaling 'robst'\. Did you mean 'robust'"):
        fit([np.zeros(2)], "robst")


matrix = arrays.arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(0, 3)), elements=any_number)


@given(matrix, st.sampled_from(["robust", "standard", "none"]))
def test_every_finite_table_gives_finite_values(values, scaling):
    assert np.isfinite(fit([*values.T], scaling).apply(values)).all()


@given(matrix)
def test_robust_values_lie_within_3(values):
    assert (np.abs(fit([*values.T]).apply(values)) <= 3).all()


@given(matrix)
def test_scaling_survives_json_exactly(values):
    state = fit([*values.T])
    again = Scaling.from_json(json.loads(json.dumps(state.to_json())))
    np.testing.assert_array_equal(state.apply(values), again.apply(values))


@given(st.lists(st.integers(-1_000, 1_000), min_size=3, max_size=20), st.integers(0, 8), st.integers(-50, 50))
def test_units_do_not_matter(column, power, shift):
    moved = [value * 2.0**power + shift for value in column]
    np.testing.assert_allclose(scaled(column), scaled(moved), atol=1e-5)


def test_many_rows_are_scaled_as_each_row_alone():
    values = np.random.default_rng(0).normal(size=(10_001, 3))
    values[::7, 1] = np.nan
    scaling = fit([*values.T])
    rows = [0, 4_095, 4_096, 8_192, 10_000]
    np.testing.assert_array_equal(
        scaling.apply(values)[rows], np.concatenate([scaling.apply(values[[row]]) for row in rows])
    )
    np.testing.assert_array_equal(scaling.apply(np.asfortranarray(values)), scaling.apply(values))


@given(matrix)
def test_a_column_with_a_hole_has_the_scale_of_its_values(values):
    """Whole columns are measured side by side, and those with holes one by one."""
    holes = np.concatenate([values, np.full((1, values.shape[1]), np.nan)])
    for side_by_side, alone in zip(fit([*values.T])[:2], fit([*holes.T])[:2], strict=True):
        np.testing.assert_array_equal(side_by_side, alone)
