"""Estimators show in a notebook what came of them; scikit-learn's diagram stays."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import config_context
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_html_repr
from small_estimators import SMALL

from honed import NetworkRegressor, TunedClassifier


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(120, 3))


@pytest.fixture(scope="module")
def by_hand(rows: np.ndarray) -> NetworkRegressor:
    return NetworkRegressor(**{**SMALL, "epochs": 8}).fit(rows, rows[:, 0])


def shown(estimator: object) -> str:
    return estimator._repr_mimebundle_()["text/html"]  # pyright: ignore[reportAttributeAccessIssue]


def test_what_is_not_fitted_is_scikit_learns_diagram() -> None:
    html = shown(NetworkRegressor())
    assert "sk-top-container" in html and "honed-card" not in html


def test_a_network_by_hand_shows_what_was_given_and_what_came_of_it(by_hand: NetworkRegressor) -> None:
    html = shown(by_hand)
    assert html.index("honed-card") < html.index("sk-top-container")
    assert f"<b>{by_hand.score_:#.4g}</b>" in html
    assert "Validation loss of the epoch that was kept; lower is better." in html
    weights = 3 * 32 + 32 + 32 + 1
    assert (
        f"The network is 3 → 32 → 1: relu units, {weights} weights, weights of epoch {by_hand.best_epoch_}."
        in html
    )
    assert by_hand.history_["valid_loss"][by_hand.best_epoch_ - 1] == by_hand.score_
    given = [name for name in SMALL if name != "random_state"]
    assert html.count("<td>given</td>") == len(given)


def test_a_network_without_rows_to_validate_on_says_so(rows: np.ndarray) -> None:
    model = NetworkRegressor(**{**SMALL, "epochs": 3, "early_stopping": False}).fit(rows, rows[:, 0])
    html = shown(model)
    assert "No rows were held out, so there is no validation loss." in html
    assert "The network trained for 3 epochs." in html


def test_settings_changed_after_the_training_are_not_told_of_it(by_hand: NetworkRegressor) -> None:
    before = shown(by_hand).partition("</section>")[0]
    by_hand.set_params(dropout=0.5, width=7)
    after = shown(by_hand).partition("</section>")[0]
    by_hand.set_params(dropout=0.0, width=SMALL["width"])
    assert before == after


def test_a_tuned_network_shows_its_search(rows: np.ndarray) -> None:
    model = TunedClassifier(trials=1, n_jobs=1, nested=0, random_state=0).fit(rows, rows[:, 0] > 0)
    html = shown(model)
    assert "Beside what it has to beat" in html and "Learning curve" in html
    assert model.summary_.get("verdict", "?") in html
    assert len(model.history_["train_loss"]) >= model.best_epoch_ > 0
    for choice in model.summary_["choices"]:
        assert f"<td>{choice['setting']}</td>" in html


def test_pipelines_and_plain_text_stay_as_they_are(by_hand: NetworkRegressor, rows: np.ndarray) -> None:
    pipeline = make_pipeline(StandardScaler(), by_hand)
    assert "honed-card" not in estimator_html_repr(pipeline)
    with config_context(display="text"):
        assert "text/html" not in by_hand._repr_mimebundle_()
        assert not hasattr(by_hand, "_repr_html_")


def test_where_the_page_fails_the_diagram_is_shown(
    by_hand: NetworkRegressor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_hand, "history_", {})
    with pytest.warns(UserWarning, match="What was fitted is left out, as it failed: KeyError"):
        html = shown(by_hand)
    assert "sk-top-container" in html and "honed-card" not in html
