"""A student's questions: the commands of the pages about diagnosis say what the pages say, and the advice helps."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("vanishing", "rate-too-high", "rate-too-low", "overfitting", "dead-units")


def honed(words: str, folder: Path) -> str:
    command = [sys.executable, "-m", "honed", *shlex.split(words)[1:]]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def losses(run: Path) -> tuple[float, float]:
    """The score on rows that no choice has seen, and the least validation loss."""
    score = json.loads((run / "summary.json").read_text())["scores"]["network"]["value"]
    (found,) = re.findall(r'"valid_loss":(\[[^]]*\])', (run / "journal.jsonl").read_text())
    return score, min(json.loads(found))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    subprocess.run([sys.executable, ROOT / "examples" / "diagnosis_tables.py", folder], check=True)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_true_and_its_advice_helps(name: str, folder: Path) -> None:
    page = (ROOT / "docs" / "diagnosis" / f"{name}.md").read_text()
    commands = re.findall(r"^\$ (honed .*)$", page, re.MULTILINE)
    train, diagnose, again = commands
    honed(train, folder)
    said = honed(diagnose, folder)
    (shown,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    first, *_ = shown.splitlines()
    assert first in said.splitlines()
    # Figures may differ from machine to machine in their last digits, words may not.
    assert (
        re.sub(r"[\d.]+(e-\d+)?", "#", shown).split()[2:12]
        == re.sub(r"[\d.]+(e-\d+)?", "#", said[said.index(first) :]).split()[2:12]
    )
    advice = re.search(r"Try: (.*)", said[said.index(first) :])
    assert advice is not None
    assert set(shlex.split(advice[1])) <= set(shlex.split(again))
    honed(again, folder)
    before, after = (losses(folder / shlex.split(words)[-1]) for words in (train, again))
    assert after[1] < 0.9 * before[1]
    assert after[0] < before[0]
