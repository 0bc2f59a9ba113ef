"""The examples, and the Python of the documentation, run and show what they are there to show."""

from __future__ import annotations

import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import honed

ROOT = Path(__file__).parents[1]
EXAMPLES, DOCS = ROOT / "examples", ROOT / "docs"
BUDGET = "6s"  # for what readers run with 20 s of all cores


def numbers(text: str, before: str) -> list[float]:
    """Those that follow the words `before`, in order."""
    return [float(found) for found in re.findall(rf"{before}\D*?(-?\d+(?:\.\d+)?)", text)]


def advice_helps(said: str) -> bool:
    scores = numbers(said, "has not seen: ")
    return "vanishing-gradient" not in said and scores[0] < 0.3 and scores[-1] > 0.9 and "why: " in said


def softmax_is_named(said: str) -> bool:
    faulty, repaired = said.split("without it")
    return "softmax" in faulty.split("\n", 1)[1].lower() and "error" not in repaired


def random_rows_flatter(said: str) -> bool:
    random, new, _ = numbers(said, "off by ")
    return random < 0.7 * new and "newest" in said


def convolutions_bear_a_shift(said: str) -> bool:
    dense, convolutions = (numbers(said, f"{name} ") for name in ("layers", "convolutions"))
    return min(convolutions) > 0.85 and dense[1] < convolutions[1] - 0.1


def order_is_learned(said: str) -> bool:
    means, steps = numbers(said, "sequences: ")
    return means < 0.7 and steps > 0.9


def script_says_the_same(said: str) -> bool:
    honed, script = (re.findall(r"\d+\.", line) for line in said.splitlines() if " says: " in line)
    return len(honed) == 3 and honed == script


SHOWN: dict[str, Callable[[str], bool]] = {
    "01_first_fit": lambda said: min(numbers(said, "has not seen: ")) > 0.8 and "grower" in said,
    "02_by_hand": lambda said: min(numbers(said, "has not seen: ")) > 0.9 and "dropout 0.0" in said,
    "03_why_not": advice_helps,
    "04_pytorch_doctor": softmax_is_named,
    "05_time_and_groups": random_rows_flatter,
    "06_pictures": convolutions_bear_a_shift,
    "07_sequences": order_is_learned,
    "08_export": script_says_the_same,
}


def test_every_example_shows_something() -> None:
    assert [path.stem for path in sorted(EXAMPLES.glob("[0-9]*.py"))] == list(SHOWN)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN)
def test_an_example_shows_what_it_is_there_for(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "torch" in name:
        pytest.importorskip("torch")
    path = EXAMPLES / f"{name}.py"
    is_first = name.startswith("01")  # whose programs nobody has compiled before
    monkeypatch.setattr(sys, "argv", [str(path)] if is_first else [str(path), BUDGET])
    runpy.run_path(str(path), run_name="__main__")
    said = capsys.readouterr().out
    assert SHOWN[name](said), said


def python_blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)


SCORES = {
    "getting-started": 2,
    "images": 1,
    "migrating": 4,
    "penalties": 0,
    "sequences": 1,
}  # that a page prints
ON_NOTES = {
    line
    for page in (DOCS / "notes").glob("*.md")
    for block in python_blocks(page)
    for line in block.splitlines()
    if re.match(r"(Network|Image)\w+\(", line)  # a setting; what else is there has no table
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCORES)
def test_python_of_a_page_runs_and_learns(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = python_blocks(DOCS / f"{name}.md")
    if any("import torch" in block for block in blocks):
        pytest.importorskip("torch")
    names: dict[str, Any] = {"NetworkClassifier": honed.NetworkClassifier}
    for block in blocks:
        exec(block.replace('budget="20s"', "trials=1, n_jobs=1, nested=0"), names)
    scores = re.findall(r"^[01]\.\d+", capsys.readouterr().out, flags=re.MULTILINE)[: SCORES[name]]
    assert len(scores) == SCORES[name]
    assert all(float(score) > 0.9 for score in scores)


def test_settings_on_the_notes_are_keywords_of_the_estimators() -> None:
    for line in ON_NOTES:
        exec(line, {name: getattr(honed, name) for name in honed.__all__})
