from __future__ import annotations

import json

import numpy as np
import pytest
from told_runs import Make, story


def test_history_keeps_the_best_mean_over_folds(make: Make) -> None:
    history = story(make(searched=True).path)["why"]["history"]
    assert [round(score, 3) for _, score, _ in history["full"]] == [0.55, 0.4, 0.59]
    assert history["best"] == pytest.approx([0.55, 0.4, 0.4])
    assert len(history["quick"]) == 3
    assert "trial 1" in history["says"]


def test_scores_go_up_where_more_is_better(make: Make) -> None:
    run = make(searched=True, finished=False, options={"metric": "roc_auc"})
    history = story(run.path)["why"]["history"]
    assert history["best"] == pytest.approx([-0.55, -0.4, -0.4])


def test_importance_needs_trials_and_finds_what_decides(make: Make) -> None:
    run = make(searched=True, finished=False)
    assert story(run.path)["why"]["importance"] is None
    rng = np.random.default_rng(0)
    trials = [
        {
            "number": number,
            "name": f"trial {number}",
            "loss": float(abs(np.log10(rate) + 2)),
            "network": {"depth": int(rng.integers(1, 4))},
            "training": {"learning_rate": float(rate)},
            "target": "classes",
        }
        for number, rate in enumerate(10 ** rng.uniform(-3, -2, 80))
    ]
    trials.sort(key=lambda trial: trial["loss"])
    (run.path / "trials.json").write_text(json.dumps(trials))
    why = story(run.path)["why"]
    assert why["importance"]["settings"][0]["setting"] == "learning_rate"
    assert why["importance"]["settings"][0]["share"] > 0.8
    axes = why["settings"]["axes"]
    assert [axis["name"] for axis in axes] == ["learning_rate", "depth"]
    best = trials[0]["training"]["learning_rate"]
    low, high = axes[0]["low"], axes[0]["high"]
    assert why["settings"]["trials"][0]["places"][0] == pytest.approx((best - low) / (high - low))
