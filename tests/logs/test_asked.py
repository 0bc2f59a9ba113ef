"""What may be said of where to log to, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from honed.errors import InputError
from honed.logs.asked import opened, words


def test_paths_hold_from_any_folder_and_addresses_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert words("tensorboard:tb") == (f"tensorboard:{tmp_path}/tb",)
    assert words(["mlflow:http://host:5000", "mlflow"]) == ("mlflow:http://host:5000", "mlflow")
    assert words("mlflow:sqlite:///runs.db") == (f"mlflow:sqlite:///{tmp_path}/runs.db",)
    assert words("mlflow:mlruns") == (f"mlflow:{tmp_path}/mlruns",)
    assert words(["mlflow", "mlflow"]) == ("mlflow",)
    assert words(None) == ()


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("mlfow", "'mlfow' is nothing that a run can be logged to. Did you mean 'mlflow'?"),
        ("wandb", "There are: mlflow or mlflow:URI, tensorboard:DIR."),
        ("tensorboard", "without the folder"),
        ("tensorboard:", "without the folder"),
        (3, "3 is no text"),
        ("mlflow:http://ann:geheim@host", "holds a password"),
        ("mlflow:postgresql://host/db?user=ann&password=geheim", "holds a password"),
    ],
)
def test_what_is_no_destination_is_refused_in_one_sentence_without_a_secret(said: str, answer: str) -> None:
    with pytest.raises(InputError) as refusal:
        words([said])
    assert answer in str(refusal.value)
    assert "geheim" not in str(refusal.value)


def test_a_file_is_no_folder_for_tensorboard(tmp_path: Path) -> None:
    (tmp_path / "tb").write_text("here already")
    with pytest.raises(InputError, match="is no folder"):
        words(f"tensorboard:{tmp_path}/tb")


def test_an_address_that_mlflow_does_not_know_is_refused() -> None:
    with pytest.raises(InputError, match="MLflow does not know the address 'gopher://host'"):
        opened(["mlflow:gopher://host"])


def test_a_folder_of_mlflow_is_refused_unless_the_user_has_allowed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    with pytest.raises(InputError, match=r"keeps no runs any more.*sqlite:///mlflow\.db"):
        opened(words(f"mlflow:{tmp_path}/mlruns"))
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    assert len(opened(words(f"mlflow:{tmp_path}/mlruns"))) == 1


@pytest.mark.parametrize("kind", ["mlflow", "tensorboard:tb"])
def test_a_missing_extra_is_named_with_the_command_that_installs_it(kind: str, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['mlflow'] = sys.modules['tensorboard'] = None\n"
        "from honed.cli import status\n"
        f"sys.exit(status(['train', 'data.csv', '--target', 'y', '--out', 'run', '--log', {kind!r}]))"
    )
    (tmp_path / "data.csv").write_text("x,y\n" + "".join(f"{n},{n % 2}\n" for n in range(60)))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ, capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr
    name = kind.partition(":")[0]
    assert f"pip install 'honed[{name}]'" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]
