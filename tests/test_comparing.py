"""Runs beside each other: the score of each is that of its own summary where the rows are the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed import cli, comparing
from honed.comparing import Comparison, compare
from honed.errors import InputError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs by hand on the same rows, one that hardly learns, and one on another share of them."""
    folder = tmp_path_factory.mktemp("compared")
    rng = np.random.default_rng(0)
    size = rng.normal(size=200)
    frame = pl.DataFrame(
        {"size": size, "idle": rng.normal(size=200), "y": 2 * size + 0.1 * rng.normal(size=200)}
    )
    frame.write_csv(folder / "rows.csv")
    given = {
        "good": ["--set", "epochs=60", "--set", "learning_rate=0.02"],
        "poor": ["--set", "epochs=1", "--set", "learning_rate=0.0001"],
        "other": ["--set", "epochs=1", "--seed", "1"],
    }
    for name, more in given.items():
        line = ["train", str(folder / "rows.csv"), "--target", "y", "--set", "hidden_sizes=[8]"]
        assert cli.status([*line, *more, "--out", str(folder / name)]) == 0
    return folder


@pytest.fixture(scope="module")
def compared(place: Path) -> Comparison:
    return compare([place / "good", place / "poor"])


def score(run: Path) -> dict[str, Any]:
    return json.loads((run / "summary.json").read_text())["scores"]["network"]


def test_scores_on_the_same_rows_are_those_that_each_run_tells(place: Path, compared: Comparison) -> None:
    for each, name in zip(compared.runs, ("good", "poor"), strict=True):
        own = score(place / name)
        assert (each.score, each.low, each.high) == pytest.approx((own["value"], own["low"], own["high"]))
    assert compared.metric == "root_mean_squared_error" and compared.rows == 30


def test_a_clear_difference_has_an_interval_without_zero(compared: Comparison) -> None:
    good, poor = compared.runs
    assert good.less is None
    assert poor.less == pytest.approx(poor.score - good.score)
    assert poor.less is not None and poor.less_low is not None and 0 < poor.less_low < poor.less


def test_what_differs_is_named_and_what_is_the_same_is_not(compared: Comparison) -> None:
    good, poor = compared.runs
    assert (good.settings["epochs"], poor.settings["epochs"]) == (60, 1)
    assert "seed" not in good.settings and "hidden_sizes" not in good.settings


def test_runs_that_kept_other_rows_apart_are_compared_on_the_rows_that_both_did(place: Path) -> None:
    found = compare([place / "good", place / "other"])
    assert 0 < found.rows < 30
    assert "seed" in found.runs[0].settings


def test_rows_are_in_one_order_whatever_the_order_of_a_runs_own() -> None:
    own, common = np.array([5, 2, 9, 7]), np.array([2, 7, 9])
    assert own[comparing._found(own, common)].tolist() == common.tolist()


def test_a_run_beside_itself_differs_in_nothing(place: Path) -> None:
    found = compare([place / "good", place / "good"])
    assert (found.runs[1].less, found.runs[1].less_low, found.runs[1].less_high) == (0, 0, 0)
    assert "No option and no setting of the network differs." in found.as_text()


def test_the_command_prints_a_table_and_json(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", str(place / "good"), str(place / "poor")]
    assert cli.status(words) == 0
    page = capsys.readouterr().out
    assert "on 30 rows that no run has seen (lower is better)" in page and "epochs" in page
    assert cli.status([*words, "--json"]) == 0
    assert [each["run"] for each in json.loads(capsys.readouterr().out)["runs"]] == words[1:]


def test_what_cannot_be_compared_is_refused(place: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Give two or more"):
        compare([place / "good"])
    with pytest.raises(InputError, match="holds no run"):
        compare([place / "good", place])
    (place / "more").mkdir()
    lines = (place / "rows.csv").read_text()
    (place / "more" / "rows.csv").write_text(lines + "0.5,0.5,1.0\n")
    moved = tmp_path / "moved"
    shutil.copytree(place / "good", moved)
    said = json.loads((moved / "run.json").read_text())
    said["options"]["data"] = said["paths"]["data"] = str(place / "more" / "rows.csv")
    (moved / "run.json").write_text(json.dumps(said))
    with pytest.raises(InputError, match=r"have changed since it was started.* Put them back"):
        compare([place / "good", moved])
    (moved / "summary.json").unlink()
    with pytest.raises(InputError, match="has no score yet"):
        compare([place / "good", moved])
