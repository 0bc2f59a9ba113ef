"""Encodings by name: a search tries those that its family says, and each network keeps its own."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from followed_runs import taken_up
from toy_family import TOY, OneLayer

import honed
from honed.errors import InputError
from honed.families.plain import AS_IS, STANDARD, Standard
from honed.report import html, text
from honed.report.files import Files
from honed.run.in_process import InProcess
from honed.run.journal import Journal
from honed.search import by_hand, save, tune
from honed.search.candidate import Candidate
from honed.search.new_run import PERFORM
from honed.search.options import Options
from honed.search.prepare import prepare
from honed.search.runner import Runner
from honed.search.stores import MemoryStore
from honed.search.training import Training
from honed.train.spec import TrainingSpec

ADDRESS = "toy_family:TOY"
SIZES = np.array([1.0, 1e-3, 300.0])  # without a scale a network of one layer learns hardly anything of these


def truth(rows: np.ndarray) -> np.ndarray:
    return (rows / SIZES) @ (1.0, -2.0, 0.5) + 3


def drawn(seed: int, count: int) -> np.ndarray:
    return SIZES * np.random.default_rng(seed).normal(size=(count, 3))


@pytest.fixture
def data(tmp_path: Path) -> str:
    rows = drawn(0, 400)
    np.save(tmp_path / "data.npy", np.column_stack([rows, truth(rows)]))
    return str(tmp_path / "data.npy")


def encoded_by(run: Path) -> set[str]:
    """Of the networks of a saved model."""
    model = honed.load(run)
    return {STANDARD if isinstance(model.encoders[m.encoder], Standard) else AS_IS for m in model.members}


def proposed(run: Path) -> list[str]:
    """The encodings of all proposals, as the journal has them."""
    said = Files(run).events
    return [
        values["encoding"]
        for event in said
        if event["kind"] == "decision" and event["name"].startswith("proposals")
        for values in event["value"]
    ]


def test_a_search_tries_both_and_goes_on_with_both(data: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    facts = tune.fit(Options(data, "y", trials=8, workers=1, family=ADDRESS), run)
    tried: list[Any] = json.loads((run / "trials.json").read_text())

    assert {each["encoding"] for each in tried} == {AS_IS, STANDARD}
    assert len(proposed(run)) == 6 and set(proposed(run)) <= {AS_IS, STANDARD}

    assert tried[0]["encoding"] == facts["network"].get("encoding") == STANDARD
    assert [choice["value"] for choice in facts["choices"] if choice["setting"] == "encoding"] == [STANDARD]
    assert "encoding" in text.page(facts) and "OneLayer, standard" in html.page(run)
    assert {each["encoding"] for each in Files(run).settings} == {AS_IS, STANDARD}

    assert encoded_by(run) == {STANDARD}
    rows = drawn(1, 50)
    assert np.abs(honed.load(run).predict(rows) - truth(rows)).max() < 0.3

    before = proposed(run)
    assert taken_up(run, share=2 / 3)["scores"] == facts["scores"] and proposed(run) == before


def test_networks_of_several_encodings_vote_each_by_its_own(data: str, tmp_path: Path) -> None:
    prepared = prepare(Options(data, "y", trials=1, settings={"prediction_margin": math.inf}, family=ADDRESS))
    with InProcess(PERFORM) as executor:
        runner = Runner(prepared, Journal.create(None, {}), MemoryStore(), executor)
        trainings = [
            Training("full", Candidate(number, "c", OneLayer(), SPEC, "linear", encoding, {}), fold)
            for number, encoding in enumerate(TOY.encodings)
            for fold in ("0", "1")
        ]
        assert len(runner.train(trainings)) == len(trainings)
        model = save.model(runner, [(training, (0.25,)) for training in trainings])
        alone = [save.model(runner, [(training, (1.0,))]) for training in trainings]
    model.save(tmp_path)
    rows, loaded = drawn(2, 20), honed.load(tmp_path)
    assert len(loaded.encoders) == 4 and [m.encoder for m in loaded.members] == [0, 1, 2, 3]
    expected = np.mean([each.predict(rows) for each in alone], axis=0)
    np.testing.assert_allclose(loaded.predict(rows), expected, rtol=1e-6)


SPEC = TrainingSpec(epochs=3, learning_rate=0.01)


def test_one_is_asked_for_by_hand(data: str, tmp_path: Path) -> None:
    settings = {"encoding": STANDARD, "epochs": 40, "learning_rate": 0.05}
    facts = by_hand.train(Options(data, "y", settings=settings, family=ADDRESS), tmp_path / "run")
    assert encoded_by(tmp_path / "run") == {STANDARD}
    (choice,) = (each for each in facts["choices"] if each["setting"] == "encoding")
    assert choice["value"] == STANDARD and choice["evidence"] == "given"
    usual = by_hand.train(Options(data, "y", settings={"epochs": 1}, family=ADDRESS), tmp_path / "usual")
    assert encoded_by(tmp_path / "usual") == {AS_IS}
    assert "encoding" not in {each["setting"] for each in usual["choices"]}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"encoding": "standrad"}, r"'encoding' is 'standrad', .* one of .*\. Did you mean 'standard'\?"),
        ({"encodng": "standard"}, r"no setting 'encodng'\. Did you mean 'encoding'\?"),
    ],
)  # fmt: skip
def test_a_misspelt_one_is_refused(settings: dict[str, Any], said: str, data: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        by_hand.train(Options(data, "y", settings=settings, family=ADDRESS), tmp_path / "run")
    assert not (tmp_path / "run").exists()
