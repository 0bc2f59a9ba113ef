"""A setting is one line: written into a spec, it is wherever settings are, and nothing else has to name it."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import honed
from honed.nets.spec import NetworkSpec
from honed.train.spec import TrainingSpec

DOCS = Path(__file__).parents[1] / "docs"
LINE = '    shade: float = setting(0.5, float, valid="[0, 1]", search=(0.1, 0.9), help="How deep it is.")\n'
QUESTIONS = """
import inspect, json, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
import hooks
from honed import NetworkClassifier
from honed.nets.spec import NetworkSpec
from honed.families.table.presets import presets
from honed.search.space import Space
from honed.train.spec import TrainingSpec

usual = presets("binary", 500, 2, 8)
space = Space(usual, ("classes",), ("robust",), batch=64, structures=4, seed=0, most={"width": 64})
(first, *_) = space.defaults()
proposed = space.candidates(space.propose(9, 1, first))
specs = [[spec for spec in (c.network, c.training) if hasattr(spec, "shade")] for c in (first, *proposed)]
print(json.dumps({
    "default": inspect.signature(NetworkClassifier).parameters["shade"].default,
    "kept": NetworkClassifier(shade=0.25).get_params()["shade"],
    "help": NetworkClassifier.__doc__,
    "tried": [spec.shade for (spec,) in specs],
    "programs": len({c.program for c in proposed[::2]}),
    "advised": space.fitting(first, {"shade": 7.0}),
    "random": "shade" in space.stray(first, 99, 1.0, np.random.default_rng(0), compiles=True),
    "docs": hooks.settings_table(NetworkSpec) + hooks.settings_table(TrainingSpec),
}))
"""


@pytest.fixture(scope="module", params=[NetworkSpec, TrainingSpec], ids=["network", "training"])
def sources(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with one line more, in the spec of the network or of its training."""
    package = Path(honed.__file__).parent
    root = tmp_path_factory.mktemp("sources")
    shutil.copytree(package, root / "honed", ignore=shutil.ignore_patterns("__pycache__"))
    spec = root / "honed" / Path(inspect.getfile(request.param)).relative_to(package)
    before, mark, after = spec.read_text().partition("    def __post_init__")
    spec.write_text(before.rstrip() + "\n" + LINE + "\n" + mark + after)
    return root


def python(sources: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(sources)}
    command = [sys.executable, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def test_a_new_setting_is_a_keyword_searched_and_documented(sources: Path) -> None:
    done = python(sources, "-c", QUESTIONS, str(DOCS))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["default"], told["kept"]) == (0.5, 0.25)
    assert "    shade : a number in [0, 1], default 0.5\n        How deep it is.\n" in told["help"]
    assert told["tried"][0] == 0.5
    assert len(set(told["tried"])) > 5 and all(0.1 <= value <= 0.9 for value in told["tried"])
    assert told["programs"] == 1  # a number needs no program of its own
    assert told["advised"] == {"shade": 0.9} and told["random"]
    assert "| `0.5` | a number in [0, 1] | How deep it is. | 0.1 to 0.9 |" in told["docs"]


@pytest.mark.slow
def test_a_new_setting_is_set_by_hand(sources: Path, tmp_path: Path) -> None:
    table, run = tmp_path / "table.csv", tmp_path / "run"
    pl.DataFrame({"x": [float(row % 7) for row in range(60)], "y": ["no", "yes"] * 30}).write_csv(table)
    words = ["-m", "honed", "train", str(table), "--target", "y", "--out", str(run), "--set", "epochs=2"]
    wrong = python(sources, *words, "--set", "shade=7")
    assert wrong.returncode == 2 and "'shade' is 7, but it must be a number in [0, 1]" in wrong.stderr
    done = python(sources, *words, "--set", "shade=0.25")
    assert done.returncode == 0, done.stderr
    choices = {each["setting"]: each for each in json.loads((run / "summary.json").read_text())["choices"]}
    assert choices["shade"] == {
        "setting": "shade",
        "value": 0.25,
        "reason": "How deep it is.",
        "evidence": "given",
    }
