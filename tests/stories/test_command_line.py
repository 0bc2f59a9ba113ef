"""The main job from the command line, end to end, as a user meets it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """train.csv and test.csv: a price from a size, a colour and noise; some cells are empty."""
    folder = tmp_path_factory.mktemp("story")
    rng = np.random.default_rng(0)
    size, colour = rng.normal(50, 20, 500), rng.integers(0, 3, 500)
    price = 3 * size + np.array([0.0, 40.0, -40.0])[colour] + rng.normal(0, 5, 500)
    table = pl.DataFrame(
        {
            "size": [None if row % 17 == 0 else value for row, value in enumerate(size)],
            "colour": [("red", "green", "NA")[code] for code in colour],
            "price": [None if row in (3, 4) else value for row, value in enumerate(price)],
        }
    )
    table.head(400).write_csv(folder / "train.csv")
    table.tail(100).write_csv(folder / "test.csv")
    return folder


def honed(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder."""
    command = [sys.executable, "-m", "honed", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def fitted(folder: Path) -> subprocess.CompletedProcess[str]:
    """What `honed fit` printed; the run is in the folder."""
    words = ("fit", "train.csv", "--target", "price", "--trials", "6", "--out", "runs/price")
    done = honed(folder, *words)
    assert done.returncode == 0, done.stderr
    return done


def test_fit_tells_what_it_decided_and_reached(fitted: subprocess.CompletedProcess[str]) -> None:
    assert fitted.stdout == ""
    for words in (
        "Task: regression: 'price' holds numbers with fractions",
        "Left out 2 rows whose target is missing.",
        "generation 1 · best root_mean_squared_error",
        "Round 5 of 5: root_mean_squared_error",
        " on 398 rows, each predicted by networks that did not see it.",
        "Saved in runs/price.",
    ):
        assert words in fitted.stderr


def test_the_prediction_is_better_than_the_mean(folder: Path, fitted: object) -> None:
    done = honed(folder, "evaluate", "runs/price", "test.csv", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["scores"]["r2"] > 0.5


def test_predictions_are_in_the_target_s_units(folder: Path, fitted: object) -> None:
    done = honed(folder, "predict", "runs/price", "test.csv", "--out", "predictions.parquet")
    assert done.returncode == 0, done.stderr
    predictions = pl.read_parquet(folder / "predictions.parquet")
    truth = pl.read_csv(folder / "test.csv")["price"]
    assert predictions.height == 100
    assert np.corrcoef(predictions["prediction"].to_numpy(), truth.to_numpy())[0, 1] > 0.7


def test_show_explains_the_network(folder: Path, fitted: object) -> None:
    done = honed(folder, "show", "runs/price")
    assert done.returncode == 0, done.stderr
    for words in ("'price' from train.csv · regression", "← predicts", "learning_rate", "always the mean"):
        assert words in done.stdout


def test_resuming_a_finished_run_says_so(folder: Path, fitted: object) -> None:
    before = {path: path.read_bytes() for path in (folder / "runs/price/model").iterdir()}
    done = honed(folder, "resume", "runs/price")
    assert done.returncode == 0, done.stderr
    assert "finished" in done.stderr
    assert {path: path.read_bytes() for path in (folder / "runs/price/model").iterdir()} == before


def test_train_makes_one_network_by_hand(folder: Path) -> None:
    settings = ("--set", "hidden_sizes=[16]", "--set", "epochs=20", "--set", "learning_rate=0.01")
    done = honed(folder, "train", "train.csv", "--target", "price", "--out", "runs/by-hand", *settings)
    assert done.returncode == 0, done.stderr
    page = honed(folder, "show", "runs/by-hand").stdout
    assert "→ 16 → 1" in page
    assert "as given:" in page
    assert honed(folder, "predict", "runs/by-hand", "test.csv").stdout.startswith("prediction\n")


@pytest.fixture
def started(folder: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A run that goes on for ten minutes unless it is stopped."""
    words = ("fit", "train.csv", "--target", "price", "--budget", "10m", "--out", f"runs/{request.node.name}")
    command = [sys.executable, "-m", "honed", *words]
    with subprocess.Popen(
        command, cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        yield process
        process.kill()


def wait_for(process: subprocess.Popen[str], words: str) -> None:
    """Read what the process says until `words` come."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return
    raise AssertionError("".join(said))


def test_ctrl_c_before_there_is_a_model(started: subprocess.Popen[str]) -> None:
    wait_for(started, "Task: ")
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)
    assert started.returncode == 130, said
    assert "there is no model yet" in said
    assert "Traceback" not in said


def test_ctrl_c_with_a_model_keeps_it(
    folder: Path, started: subprocess.Popen[str], request: pytest.FixtureRequest
) -> None:
    wait_for(started, "generation 1")
    run = f"runs/{request.node.name}"
    early = honed(folder, "predict", run, "test.csv")
    assert early.returncode == 0, early.stderr
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)
    assert started.returncode == 0, said
    assert "Traceback" not in said
    assert honed(folder, "evaluate", run, "test.csv").returncode == 0
    assert "stopped early" in honed(folder, "show", run).stdout
