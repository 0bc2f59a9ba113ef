"""The proof of several heads: a toy network learns a kind and a size, by the same entries as the toy with one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from followed_runs import taken_up
from toy_family import Toy

import honed
from honed.errors import InputError
from honed.families.plain import Also, InMemory
from honed.report import html, text
from honed.report.facts import Facts
from honed.report.story import story
from honed.search import by_hand, tune
from honed.search.options import Options

ADDRESS = f"{__name__}:PAIR"


class Pair(Toy):
    """The toy on rows of three numbers, a kind and a size."""

    def read(self, options: Any, places: Mapping[str, str]) -> InMemory:
        rows = np.load(places.get("data", options.data))
        size = Also("size", rows[:, 4], weight=2.0)
        codes = rows[:, 3].astype(np.int32)
        return InMemory(
            options.data, rows[:, :3].astype(np.float32), codes, ("a", "b", "c"), "kind", also=(size,)
        )


PAIR = Pair()


def answers(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (rows * (1, 1, 2)).argmax(axis=1), 100 * rows @ (1.0, -2.0, 0.5) + 300


@pytest.fixture
def data(tmp_path: Path) -> str:
    rows = np.random.default_rng(0).normal(size=(400, 3))
    np.save(tmp_path / "data.npy", np.column_stack([rows, *answers(rows)]))
    return str(tmp_path / "data.npy")


def check(facts: Facts, run: Path) -> None:
    """Both answers are right on new rows, also of a model that was saved and loaded; both are told of."""
    rows = np.random.default_rng(1).normal(size=(200, 3))
    kind, size = answers(rows)
    model = honed.load(run)
    found = model.predict_each(rows)
    assert list(found) == ["kind", "size"]
    assert (found["kind"] == np.array(["a", "b", "c"])[kind]).mean() > 0.85
    assert np.abs(found["size"] - size).max() < 0.1 * size.std()
    shares = model.predict_proba_each(rows)
    assert list(shares) == ["kind"] and np.allclose(shares["kind"].sum(axis=1), 1)
    with pytest.raises(InputError, match=r"2 targets \('kind', 'size'\).*predict_each"):
        model.predict(rows)
    assert facts["metric"] == "relative_loss"
    scores: Any = facts["scores"]
    own, guess = scores[facts["uses"]], scores["trivial"]
    for target in ("kind", "size"):
        assert own["heads"][target] < guess["heads"][target] / 2
    assert [head["target"] for head in story(run)["answer"]["heads"]] == ["kind", "size"]
    for page in (text.page(facts), html.page(run)):
        said = page.replace(" ", "_").lower()
        assert "log_loss" in said and "root_mean_squared_error" in said


def test_by_hand(data: str, tmp_path: Path) -> None:
    settings = {"spread": 0.5, "epochs": 60, "learning_rate": 0.05}
    check(
        by_hand.train(Options(data, "kind", settings=settings, family=ADDRESS), tmp_path / "run"),
        tmp_path / "run",
    )


def test_searched_killed_and_resumed(data: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    facts = tune.fit(Options(data, "kind", trials=3, workers=2, family=ADDRESS), run)
    assert taken_up(run)["scores"] == facts["scores"]
    assert {"linear", "boosting"} <= set(facts["scores"])
    check(facts, run)
