"""Scores on the outer rows."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from search_helpers import candidate, prepared, trees

from honed.run.journal import Journal
from honed.search import save
from honed.search.assemble import Chosen
from honed.search.save import Shares
from honed.search.scores import of_chosen, of_constant, of_said, spread
from honed.search.training import Training


def test_a_score_is_the_metric_of_the_outer_rows_with_its_interval() -> None:
    ready = prepared(trees())
    truth = ready.y[ready.splits.outer]
    score = of_said(ready, {"mean": np.full(len(truth), truth.mean())})["mean"]
    assert score["score"] == pytest.approx(truth.std())
    assert score["low"] < score["score"] < score["high"]


def test_a_constant_guess_is_the_mean_or_the_frequencies_of_the_rows_that_are_learned_from() -> None:
    ready = prepared(trees())
    outer, inner = ready.y[ready.splits.outer], np.delete(ready.y, ready.splits.outer)
    score = of_constant(ready)["trivial"]["score"]
    assert score == pytest.approx(np.sqrt(((outer - inner.mean()) ** 2).mean()))
    ready = prepared(trees().with_columns(y=pl.col("kind")).drop("kind"))
    outer, inner = ready.y[ready.splits.outer], np.delete(ready.y, ready.splits.outer)
    share = np.bincount(inner) / len(inner)
    assert of_constant(ready)["trivial"]["score"] == pytest.approx(-np.log(share[outer]).mean())


def test_no_outer_rows_no_score() -> None:
    ready = prepared(trees(4))
    assert of_constant(ready) == of_said(ready, {"mean": np.zeros(0)}) == {}


class Voices:
    """A model whose networks say their seed and the number of their candidate."""

    def __init__(self, runner: Any, shares: list[tuple[Training, Shares]], heats: tuple[float, ...]) -> None:
        self.asked, self.shares, self.heats = runner.asked, shares, heats

    def each(self, frame: pl.DataFrame) -> list[np.ndarray]:
        self.asked += [training.key for training, _ in self.shares]
        return [np.full(frame.height, 10.0 * t.candidate.number + t.seed) for t, _ in self.shares]

    def told(self, frame: pl.DataFrame, each: list[np.ndarray]) -> np.ndarray:
        return np.sum([share * said for (_, (share,)), said in zip(self.shares, each, strict=True)], axis=0)


@pytest.mark.parametrize("single", [False, True])
def test_each_network_is_asked_of_the_outer_rows_once(single: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = prepared(trees(), single=single)
    monkeypatch.setattr(save, "model", lambda runner, shares, heats=(), _=None: Voices(runner, shares, heats))
    runner: Any = SimpleNamespace(prepared=ready, asked=[])
    default, one, two = (replace(candidate(number), reason="published") for number in range(3))
    networks = {c.number: [Training("full", c, "0", seed) for seed in range(2)] for c in (default, one, two)}
    candidates = {c.number: c for c in (default, one, two)}
    chosen = Chosen({1: (0.75,), 2: (0.25,)}, candidates, networks, one, (2.0,), "")
    said, scored = of_chosen(runner, chosen, networks, default)
    keys = [networks[number][seed].key for number, seed in ((1, 0), (1, 1), (2, 0), (2, 1), (0, 0))]
    assert sorted(runner.asked) == sorted(keys)
    expected = {"ensemble": 0.75 * 10.5 + 0.25 * 20.5, "single": 10.0, "default": 0.0}
    assert {name: own[0] for name, own in said.items()} == pytest.approx(expected)
    model: Any = scored.model
    assert [own[0] for own in scored.each] == ([10.0] if single else [10.0, 11.0, 20.0, 21.0])
    assert model.heats == (2.0,) and len(model.shares) == len(scored.each)


@pytest.mark.parametrize(
    ("trainings", "differ"),
    [([("0", 0)], None), ([("0", 0), ("0", 1)], "seed"), ([("0", 0), ("1", 0)], "fold")],
)
def test_the_spread_of_the_winner_is_that_of_its_networks(
    trainings: list[tuple[str, int]], differ: str | None
) -> None:
    networks = [Training("full", candidate(), fold, seed) for fold, seed in trainings]
    journal = Journal.create(None, {})
    for loss, training in enumerate(networks):
        journal.record(training.key, {"ok": True, "value": {"loss": -0.5 - loss / 10}})
    metric = SimpleNamespace(higher_is_better=True)
    runner = cast(Any, SimpleNamespace(journal=journal, prepared=SimpleNamespace(metric=metric)))
    found = spread(runner, networks)
    if differ is None:
        assert found is None
    else:
        assert found is not None
        assert (found["networks"], found["differ"]) == (2, differ)
        assert (found["low"], found["high"]) == (0.5, pytest.approx(0.6))
        assert found["deviation"] == pytest.approx(0.1 / np.sqrt(2))
