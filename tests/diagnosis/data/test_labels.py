"""Planted mistakes in the target are found; overlap and wide tails are not taken for them."""

import numpy as np
import pytest

from honed.diagnosis.data.labels import suspects, wrong_labels

RNG = np.random.default_rng(0)


def classes_case(case_of, p_true: np.ndarray, flipped: np.ndarray):
    """Two classes whose likelihood given the row is `p_true`; rows in `flipped` bear the other label."""
    y = (RNG.random(len(p_true)) < p_true).astype(int)
    y[flipped] = (p_true[flipped] < 0.5).astype(int)
    predictions = np.column_stack([1 - p_true, p_true])
    cells = {"y": np.where(y == 1, "yes", "no"), "a": p_true}  # codes by text: no, yes
    return case_of(cells, predictions=predictions, predicted_rows=np.arange(len(y)))


def test_flipped_labels_are_found_by_row(case_of):
    sure = np.where(RNG.random(500) < 0.5, 0.02, 0.98) + RNG.uniform(-0.01, 0.01, 500)
    flipped = np.arange(3, 500, 25)
    (found,) = wrong_labels(classes_case(case_of, sure, flipped))
    assert found.severity == "warning"
    y = np.where(sure > 0.5, 1, 0)
    y[flipped] = 1 - y[flipped]
    positions, other = suspects(y, np.column_stack([1 - sure, sure]))
    assert set(positions) == set(flipped)
    assert (other == 1 - y[positions]).all()


def test_places_are_those_of_the_users_table(case_of):
    p = np.tile([0.02, 0.98], 100)
    y = np.where(p > 0.5, "yes", "no").astype(object)
    y[[10, 11, 12]] = ["yes", "no", "yes"]
    cells = {"y": [None, *y], "a": np.arange(201) % 7}
    predictions = np.column_stack([1 - p, p])
    (found,) = wrong_labels(case_of(cells, predictions=predictions, predicted_rows=np.arange(200)))
    assert [one["row"] for one in found.evidence["first"]] == [12, 13, 14]


def test_overlapping_classes_are_no_wrong_labels(case_of):
    assert not wrong_labels(classes_case(case_of, RNG.uniform(0.15, 0.85, 1000), np.zeros(0, int)))


def test_without_predictions_nothing_is_said(case_of):
    assert not wrong_labels(case_of({"y": RNG.normal(size=100), "a": RNG.normal(size=100)}))


def numbers_case(case_of, y, predictions):
    cells = {"y": y, "a": RNG.normal(size=len(y))}
    return case_of(cells, predictions=predictions, predicted_rows=np.arange(len(y)))


def test_a_slip_of_the_decimal_point_is_found_and_weighs(case_of):
    truth = RNG.uniform(50, 100, 400)
    y = truth + RNG.normal(size=400)
    y[[7, 70]] *= 10
    (found,) = wrong_labels(numbers_case(case_of, y, truth))
    assert found.severity == "warning"
    assert {one["row"] for one in found.evidence["first"]} == {8, 71}
    assert found.evidence["of_error"] > 0.9


@pytest.mark.parametrize("spread", [np.ones(2000), np.linspace(0.1, 10, 2000)], ids=["even", "growing"])
def test_normal_errors_are_fine_even_where_they_grow(case_of, spread):
    predictions = np.linspace(1, 100, 2000)
    assert not wrong_labels(numbers_case(case_of, predictions + spread * RNG.normal(size=2000), predictions))


def test_exact_predictions_suspect_nothing(case_of):
    values = RNG.normal(size=100)
    assert not wrong_labels(numbers_case(case_of, values, values))
