"""The documentation: every measured page has its script, picture and place, and its figures can be made again."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer

import honed
from honed import cli
from honed.diagnosis import data, training
from honed.nets.cnn_spec import CnnSpec
from honed.nets.sequence_spec import SequenceSpec
from honed.nets.spec import NetworkSpec
from honed.pytorch.checks import CHECKS
from honed.settings import declarations
from honed.train.spec import TrainingSpec

ROOT = Path(__file__).parents[1]
NOTES = ROOT / "docs" / "notes"
SCRIPTS = sorted(path.stem for path in (ROOT / "examples" / "notes").glob("*.py") if path.stem != "common")
REPEATED = "rates"  # among the quickest, and no count of epochs hangs on the last digit


def test_every_page_of_the_notes_has_its_script() -> None:
    assert sorted(page.stem for page in NOTES.glob("*.md") if page.stem != "index") == SCRIPTS


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_has_its_page_its_picture_and_its_place(name: str) -> None:
    page = (NOTES / f"{name}.md").read_text()
    for picture in re.findall(r"\]\((\S+\.svg)\)", page):
        assert "<svg" in (NOTES / picture).read_text(), picture
    assert f"]({name}.svg)" in page
    assert "<!-- figures -->" in page and (NOTES / f"{name}.txt").read_text().strip()
    assert f"`examples/notes/{name}.py`" in page
    assert f": notes/{name}.md\n" in (ROOT / "mkdocs.yml").read_text()
    assert f"]({name}.md)" in (NOTES / "index.md").read_text()


def test_no_picture_is_left_over() -> None:
    shown = {
        name for page in NOTES.glob("*.md") for name in re.findall(r"\]\((\S+\.svg)\)", page.read_text())
    }
    assert {path.name for path in NOTES.glob("*.svg")} == shown


def test_the_page_of_the_knobs_has_a_place_for_every_keyword() -> None:
    page = (ROOT / "docs" / "knobs.md").read_text()
    assert set(re.findall(r"<!-- (.+) -->", page)) == {
        "settings: NetworkSpec",
        "settings: TrainingSpec",
        "keywords",
    }


def test_every_rule_is_listed() -> None:
    made = importlib.util.spec_from_file_location("hooks", ROOT / "docs" / "hooks.py")
    assert made is not None and made.loader is not None
    hooks = importlib.util.module_from_spec(made)
    made.loader.exec_module(hooks)
    pages = {"index": ("rules", (*training.RULES, *data.RULES)), "pytorch": ("checks", CHECKS)}
    for page, (name, rules) in pages.items():
        _, _, *lines = hooks.rules_table(rules).splitlines()
        assert f"<!-- {name} -->" in (ROOT / "docs" / "diagnosis" / f"{page}.md").read_text()
        assert len(lines) == len(set(rules))
        for line in lines:
            assert all(len(cell) > 20 for cell in line.strip("| ").split(" | ")), line


@pytest.mark.parametrize("rule", data.RULES)
def test_a_rule_on_data_names_what_it_finds_and_a_fault_is_planted_for_it(
    rule: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    faults = runpy.run_path(str(ROOT / "benchmarks" / "detector.py"))["FAULTS"]
    title = str(sys.modules[rule.__module__].__doc__).splitlines()[0]
    names = re.findall(r'"([a-z-]+)"', title)
    assert names, title
    assert any(set(names) & set(fault.names) for fault in faults.values()), names


REFERENCE = "".join(page.read_text() for page in (ROOT / "docs" / "reference").glob("*.md"))


@pytest.mark.parametrize(
    "name", sorted({*honed.__all__, "findings.Finding", "model.Model"} - {"__version__"})
)
def test_a_public_name_stands_in_the_reference(name: str) -> None:
    assert f"::: honed.{name}\n" in REFERENCE
    assert f"][honed.{name}]" in REFERENCE


def commands() -> list[tuple[str, str]]:
    """Each command of honed on a page, without the remark behind it."""
    found = []
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for block in re.findall(r"```(?:console|bash|text)\n(.*?)```", page.read_text(), flags=re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                command = re.match(r"(?:\w*\$ .*)?\bhoned ([a-z]+ .*)", line.strip())
                if command and (line.startswith("$") or "$ " in line[:8]):
                    found.append((page.stem, re.split(r" +# | [>|&] ?", command[1])[0]))
    return found


@pytest.mark.parametrize(("page", "line"), commands())
def test_a_command_on_a_page_exists_with_its_options(page: str, line: str) -> None:
    name, *words = shlex.split(line)
    command = typer.main.get_command(cli.app).commands[name]  # pyright: ignore[reportAttributeAccessIssue]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known
    given = {word.partition("=")[0] for option, word in pairwise(words) if option == "--set"}
    assert given <= {
        name for spec in (NetworkSpec, CnnSpec, SequenceSpec, TrainingSpec) for name in declarations(spec)
    }


def test_a_fault_is_planted_for_each_finding_on_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    faults = runpy.run_path(str(ROOT / "benchmarks" / "detector_pictures.py"))["FAULTS"]
    sources = (ROOT / "src/honed/families/image" / name for name in ("findings.py", "scales.py"))
    found = {
        name for source in sources for name in re.findall(r'Finding\(\s*"([a-z-]+)"', source.read_text())
    }
    assert len(found) >= 4 and found <= {name for fault in faults.values() for name in fault.names}


@pytest.mark.slow
def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("material")
    pytest.importorskip("mkdocstrings")
    site = tmp_path / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    knobs = (site / "knobs" / "index.html").read_text()
    assert 'id="learning_rate"' in knobs and "Size of a step" in knobs and "class_weight" in knobs
    reference = (site / "reference" / "tables" / "index.html").read_text()
    for words in ('id="honed.TunedClassifier.predict_proba"', "Units of each hidden layer", "best_epoch_"):
        assert words in reference, words
    for page in site.rglob("index.html"):
        text = page.read_text()
        assert "{{" not in text and "<!-- figures" not in text, page
        fetched = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(https?:[^"]+)"', text)
        assert not fetched, page


@pytest.mark.slow
def test_a_script_gives_the_figures_that_are_written_down(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    script = ROOT / "examples" / "notes" / f"{REPEATED}.py"
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    made, written = (json.loads((folder / f"{REPEATED}.json").read_text()) for folder in (tmp_path, NOTES))
    assert (tmp_path / f"{REPEATED}.svg").stat().st_size > 1000
    assert list(flat(made)) == list(flat(written))
    # Sums of float32 differ a little between processors, and training makes more of it where a rate is too high.
    for key, value in flat(made).items():
        if "too_high" not in key and "swinging" not in key and not key.endswith(("gain", "error", "spread")):
            assert value == pytest.approx(flat(written)[key], rel=0.1, abs=0.02), key


def flat(figures: dict[str, Any], before: str = "") -> dict[str, float]:
    """Figures by their whole name."""
    found: dict[str, float] = {}
    for key, value in figures.items():
        found |= flat(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: value}
    return found
