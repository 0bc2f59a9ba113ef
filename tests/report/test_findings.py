"""The page of `honed diagnose`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from honed.errors import InputError, RunError
from honed.findings import Finding
from honed.report import findings, text
from honed.run.folder import RunFolder

VANISHING = Finding(
    id="vanishing-gradient",
    severity="error",
    what="The gradient vanishes.",
    evidence={"ratio": 1e-7},
    why="Slopes are small.",
    action="Use relu.",
    advice={"activation": "relu", "residual": True, "hidden_sizes": [64, 32]},
    layers=(1, 2),
    reference="a paper",
)
LEAK = Finding("leaked-target", "warning", "A column gives it away.", {}, "w", "a", {"exclude": ["a b", "c"]})


def test_the_page_says_each_part_and_the_words_to_type() -> None:
    page = findings.page([VANISHING])
    for part in (
        "ERROR  vanishing-gradient",
        "The gradient vanishes.",
        "Slopes are small.",
        "Use relu.",
        "a paper",
    ):
        assert part in page
    assert "--set activation=relu --set residual=true --set 'hidden_sizes=[64,32]'" in page


def test_columns_are_excluded_by_their_own_option() -> None:
    assert findings.words(LEAK) == "--exclude 'a b' --exclude c"


def test_lines_fit_the_terminal() -> None:
    assert max(map(len, findings.page([VANISHING, LEAK], width=60).splitlines())) <= 60


def test_json_is_what_the_file_holds(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run", {})
    folder.write_json(findings.FILE, findings.to_json([VANISHING], of_training=False))
    folder.close()
    assert findings.read(tmp_path / "run") == [VANISHING]
    assert not findings.are_of_training(tmp_path / "run")
    said = {"findings": [VANISHING.to_json()], "of_training": True}
    assert json.loads(findings.as_json([VANISHING])) == said


def test_a_run_without_findings_says_when_there_will_be_some(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / "run", {}).close()
    with pytest.raises(RunError, match=r"no findings\.json yet"):
        findings.read(tmp_path / "run")
    with pytest.raises(InputError, match="is not a folder"):
        findings.read(tmp_path / "nothing")


def test_nothing_found_is_said() -> None:
    assert findings.page([]) == "Nothing to report: no rule found anything wrong.\n"


@pytest.mark.parametrize("found", [[], [LEAK]])
def test_findings_of_the_table_alone_do_not_speak_for_the_training(found: list[Finding]) -> None:
    page = findings.page(found, of_training=False)
    assert "No training has been examined" in page
    assert "found anything wrong." not in page


def test_show_names_them_in_a_line_each() -> None:
    page = text.page(text.example(), findings=[VANISHING, LEAK])
    assert "error: The gradient vanishes." in page
    assert "warning: A column gives it away." in page


def test_advice_without_a_value_is_a_word_that_train_takes() -> None:
    without = Finding("x", "note", "", {}, "", "", {"normalization": None})
    assert findings.words(without) == "--set normalization=none"
