"""Thresholds between two classes: against a naive search and theory, what they do to answers, and what is refused."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as sk

from honed.errors import InputError
from honed.model.decision import Decision, choose, rule
from honed.typed import Misfit


def drawn(rows: int, seed: int = 0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Classes, the second one rare, and probabilities whose log-odds are off by `shift`."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-1.5, 1.5, rows)
    truth = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    second = 1 / (1 + np.exp(-odds - shift))
    return truth, np.stack([1 - second, second], axis=1)


def paid(text: str, threshold: float, truth: np.ndarray, told: np.ndarray, positive: int = 1) -> float:
    decision = Decision(positive, threshold, text, len(truth))
    return rule(text).value(decision.outcome(truth, decision.codes(told)))


def test_answers_and_counts_are_as_scikit_learn_has_them() -> None:
    truth, told = drawn(400)
    for positive in (0, 1):
        decision = Decision(positive, 0.3, "f1", 400)
        codes = decision.codes(told)
        np.testing.assert_array_equal(codes == positive, told[:, positive] >= 0.3)
        found, missed, false, right = decision.outcome(truth, codes)
        matrix = sk.confusion_matrix(truth, codes, labels=[positive, 1 - positive])
        assert [[found, missed], [false, right]] == matrix.tolist()
        assert paid("f1", 0.3, truth, told, positive) == pytest.approx(
            sk.f1_score(truth, codes, pos_label=positive)
        )
        assert paid("cost:FP=2,FN=7", 0.3, truth, told, positive) == pytest.approx(
            (2 * false + 7 * missed) / 400
        )


def test_probabilities_that_can_be_believed_are_decided_where_theory_says() -> None:
    truth, told = drawn(100_000)
    assert choose("cost:FP=1,FN=5", 1, truth, told).threshold == pytest.approx(1 / 6, abs=0.01)
    assert choose("cost:FP=1,FN=5", 0, truth, told).threshold == pytest.approx(1 / 6, abs=0.02)
    best = choose("f1", 1, truth, told)
    assert best.threshold == pytest.approx(paid("f1", best.threshold, truth, told) / 2, abs=0.03)


@pytest.mark.parametrize("text", ["f1", "cost:FP=1,FN=5", "cost:FP=9,FN=1"])
@pytest.mark.parametrize("positive", [0, 1])
def test_where_rows_speak_against_theory_the_threshold_follows_them(text: str, positive: int) -> None:
    """Against a search over all thresholds; the noise that is left for theory is small on so many rows."""
    truth, told = drawn(20_000, shift=1.5)
    found = choose(text, positive, truth, told)
    sign = 1 if text == "f1" else -1
    every = [paid(text, t, truth, told, positive) for t in np.linspace(0.001, 0.999, 400)]
    best = max(sign * value for value in every)
    mine = sign * paid(text, found.threshold, truth, told, positive)
    assert mine > best - 0.03 * abs(best)
    assert mine > sign * paid(text, 0.5, truth, told, positive) - 1e-12


def test_the_choice_is_within_the_noise_of_the_best_and_no_farther_from_theory() -> None:
    """Against all cuts one by one."""
    truth, told = drawn(150, seed=3, shift=0.8)
    costs = {True: 5.0, False: 1.0}
    scores = np.unique(told[:, 1])
    edges = np.concatenate([[0.0], scores, [1.0]])
    middles = [(low + high) / 2 for low, high in itertools.pairwise(edges)]
    each = np.array(
        [[costs[bool(y)] * ((p >= t) != y) for y, p in zip(truth, told[:, 1], strict=True)] for t in middles]
    )
    best = each[::-1][each[::-1].sum(axis=1).argmin()]  # of several the one that calls the fewest positive
    leads = each.sum(axis=1) - best.sum()
    squares = ((each - best) ** 2).sum(axis=1) + 5.0**2 + 1.0**2  # a row more of each kind
    fits = leads <= np.sqrt(squares - leads**2 / 150) + 1e-9
    places = [1 / 6 if low < 1 / 6 <= high else (low + high) / 2 for low, high in itertools.pairwise(edges)]
    nearest = min(
        (place for place, fit in zip(places, fits, strict=True) if fit), key=lambda t: abs(t - 1 / 6)
    )
    assert choose("cost:FP=1,FN=5", 1, truth, told).threshold == pytest.approx(nearest)


def test_no_row_or_no_positive_one_leaves_theory_alone() -> None:
    none = np.zeros((0, 2))
    assert choose("cost:FP=1,FN=3", 1, np.zeros(0, int), none).threshold == 0.25
    assert choose("f1", 1, np.zeros(3, int), np.full((3, 2), 0.5)).threshold == 0.5


def test_sure_probabilities_leave_a_threshold_that_is_one() -> None:
    truth, told = np.array([0, 1, 1]), np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    for text in ("f1", "cost:FP=1,FN=1", "cost:FP=1000,FN=1"):
        made = choose(text, 1, truth, told)
        assert 0 <= made.threshold <= 1
        np.testing.assert_array_equal(made.codes(told), truth)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "F2",
        "0.3",
        "cost",
        "cost:FP=1",
        "cost:FP=1,FP=2",
        "cost:FP=0,FN=1",
        "cost:FP=-1,FN=1",
        "cost:FP=a,FN=1",
        "cost:FP=nan,FN=1",
        "cost:FP=inf,FN=1",
        "cost:FP=1,FN=5,TP=0",
    ],
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"it must be f1, or what the two mistakes cost"):
        rule(text)


def test_rules_are_read_in_any_order_and_case_and_written_in_one() -> None:
    assert rule("F1").text == "f1"
    assert rule("Cost: fn=5, FP=0.5").text == "cost:FP=0.5,FN=5"
    assert rule("cost:FP=1234567.5,FN=5").text == "cost:FP=1234567.5,FN=5"


def test_documents_are_read_back_exactly_and_damaged_ones_are_refused() -> None:
    made = Decision(0, 0.1 + 0.2, "cost:FP=1,FN=5", 77)
    assert Decision.from_json(made.to_json()) == made
    for wrong in ({"positive": 2}, {"threshold": 1.5}, {"threshold": float("nan")}, {"rule": "best"}):
        with pytest.raises(Misfit):
            Decision.from_json(replace(made).to_json() | wrong, "decision")
