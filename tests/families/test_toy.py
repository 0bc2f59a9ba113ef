"""The proof of the contract: a family that honed has never seen is trained, searched, resumed, saved and told of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from followed_runs import taken_up
from toy_family import TOY, OneLayer

import honed
from honed import answering
from honed.errors import DataWarning, InputError
from honed.family import Family, Networks
from honed.report import html, text
from honed.report.facts import Facts
from honed.report.story import story
from honed.search import by_hand, tune
from honed.search.options import Options

ROWS = 400
ADDRESS = "toy_family:TOY"


@pytest.fixture
def data(tmp_path: Path) -> str:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(ROWS, 3))
    np.save(tmp_path / "data.npy", np.column_stack([rows, rows @ (1.0, -2.0, 0.5) + 3]))
    return str(tmp_path / "data.npy")


def said(facts: Facts, run: Path) -> str:
    """All that is told of a run, as a person reads it."""
    assert story(run)["answer"]["scores"]
    told = text.page(facts) + html.page(run)
    assert "0 columns" not in told
    return told


def check_predictions(run: Path, most: float) -> None:
    rows = np.random.default_rng(1).normal(size=(50, 3))
    found = honed.load(run).predict(rows)
    assert np.abs(found - (rows @ (1.0, -2.0, 0.5) + 3)).max() < most


def check_answers(run: Path, data: str) -> None:
    """From files, rows that have none are empty; and those of which the truth is known have a score."""
    fitted, told = honed.load(run), list[str]()
    rows = np.load(data)[:4]
    rows[1, 0] = np.nan
    np.save(run / "new.npy", rows)
    with pytest.warns(DataWarning, match="Some rows are empty"):
        count = answering.predict(run, fitted, str(run / "new.npy"), run / "p.csv", say=told.append)
    found = pl.read_csv(run / "p.csv")
    assert count == 4 and told == ["Read by the toy."] and found.columns == ["row", "prediction"]
    assert found["prediction"].is_null().to_list() == [False, True, False, False]
    np.testing.assert_allclose(found["prediction"][2], fitted.predict(rows[2:3, :3])[0], rtol=1e-6)
    (scored,) = answering.evaluate(run, fitted, data, None, say=told.append).each
    assert scored.rows == ROWS and scored.scores["root_mean_squared_error"] < 0.2
    np.save(run / "new.npy", rows[:, :3])
    with pytest.raises(InputError, match=r"does not say what is true of its rows \('y'\)"):
        answering.evaluate(run, fitted, str(run / "new.npy"), None, say=told.append)
    np.save(run / "new.npy", rows[1:2, :3])
    with pytest.warns(DataWarning), pytest.raises(InputError, match="None of these rows can be predicted"):
        answering.predict(run, fitted, str(run / "new.npy"), run / "p.csv", say=told.append)


def test_the_toy_is_a_family_and_its_networks() -> None:
    family: Family = TOY
    networks: Networks = TOY
    assert family.networks is networks and family.specification is OneLayer


def test_by_hand(data: str, tmp_path: Path) -> None:
    settings = {"spread": 0.5, "epochs": 40, "learning_rate": 0.02}
    facts = by_hand.train(Options(data, "y", settings=settings, family=ADDRESS), tmp_path / "run")
    assert {choice["setting"] for choice in facts["choices"]} >= {"spread", "learning_rate"}
    assert json.loads((tmp_path / "run/model/model.json").read_text())["family"] == ADDRESS
    check_predictions(tmp_path / "run", most=0.2)
    assert "spread" in said(facts, tmp_path / "run")
    check_answers(tmp_path / "run", data)


def test_searched_killed_resumed_and_told(data: str, tmp_path: Path) -> None:
    run, options = tmp_path / "run", Options(data, "y", trials=3, workers=1, family=ADDRESS)
    facts = tune.fit(options, run)
    assert taken_up(run)["scores"] == facts["scores"]
    scores: Any = facts["scores"]
    assert scores["ensemble"]["value"] < scores["trivial"]["value"] / 10
    check_predictions(run, most=0.3)
    assert "OneLayer" in said(facts, run)


def test_a_saved_model_does_not_decide_which_code_is_run(data: str, tmp_path: Path) -> None:
    options = Options(data, "y", settings={"epochs": 2}, family=ADDRESS)
    by_hand.train(options, tmp_path / "run")
    code = f"import honed; honed.load({str(tmp_path / 'run')!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "Import 'toy_family' first, if you trust it" in done.stderr and "damaged" not in done.stderr


def test_a_bad_setting_is_refused(data: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'spread' is -5"):
        by_hand.train(Options(data, "y", settings={"spread": -5}, family=ADDRESS), tmp_path / "run")
