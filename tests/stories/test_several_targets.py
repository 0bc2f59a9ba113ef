"""A table with several targets from the command line: one network, and all that is told of each."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from told_runs import Page, story

import honed
from honed import cli, exporting
from honed.report import html

pytestmark = pytest.mark.slow

TARGETS = ("size", "kind", "grade")
ASKED = [word for name in TARGETS for word in ("--target", name)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """train.csv and new.csv: a number, two classes and three, of two numbers and a colour; some sizes are empty."""
    folder = tmp_path_factory.mktemp("several")
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 400))
    colour = rng.integers(0, 3, 400)
    frame = pl.DataFrame(
        {
            "a": a,
            "b": b,
            "colour": [("red", "green", "blue")[code] for code in colour],
            "size": [None if row % 50 == 3 else 30 + 10 * a[row] - 5 * b[row] for row in range(400)],
            "kind": np.where(a + colour > 1, "oak", "elm"),
            "grade": np.array(["low", "mid", "top"])[np.digitize(b, [-0.5, 0.5])],
        }
    )
    frame.head(300).write_csv(folder / "train.csv")
    frame.tail(100).write_csv(folder / "new.csv")
    return folder


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    words = ["fit", str(folder / "train.csv"), *ASKED, "--trials", "1", "--workers", "1", "--nested", "0"]
    assert cli.status([*words, "--out", str(folder / "run")]) == 0
    return folder / "run"


def test_a_dry_run_tells_each_target(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.status(["fit", str(folder / "train.csv"), *ASKED, "--trials", "3", "--dry-run"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("'size' and 'kind' and 'grade' from ")
    for words in ("regression: 'size' holds", "binary: 'kind' is text", "relative_loss", "294 rows"):
        assert words in page


def test_each_target_is_predicted_in_its_columns(
    folder: Path, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.status(["predict", str(run), str(folder / "new.csv")]) == 0
    found, frame = pl.read_csv(capsys.readouterr().out.encode()), pl.read_csv(folder / "new.csv")
    assert found.columns == [
        "prediction_size",
        "prediction_kind",
        "p_kind_elm",
        "p_kind_oak",
        "prediction_grade",
        "p_grade_low",
        "p_grade_mid",
        "p_grade_top",
    ]
    np.testing.assert_allclose(found.select("p_grade_low", "p_grade_mid", "p_grade_top").sum_horizontal(), 1)
    for name, least in (("kind", 0.8), ("grade", 0.7)):
        assert (found[f"prediction_{name}"].to_numpy() == frame[name].to_numpy()).mean() > least
    each = honed.load(run).predict_each(frame)
    assert found["prediction_grade"].to_list() == each["grade"].tolist()
    np.testing.assert_allclose(found["prediction_size"].to_numpy(), each["size"])


def test_each_target_is_scored_on_new_rows(
    folder: Path, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.status(["evaluate", str(run), str(folder / "new.csv"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["targets"]) == list(TARGETS)
    assert told["targets"]["size"]["rows"] == 98 and told["targets"]["kind"]["rows"] == 100
    assert told["targets"]["size"]["scores"]["r2"] > 0.8
    assert 0 < told["relative_loss"] < 0.6


def test_each_target_is_told_beside_its_baselines(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.status(["show", str(run)]) == 0
    page = capsys.readouterr().out
    assert "'size' (regression), 'kind' (binary) and 'grade' (multiclass)" in page
    scores = json.loads((run / "summary.json").read_text())["scores"]
    for name in ("ensemble", "linear", "boosting", "trivial"):
        assert set(scores[name]["heads"]) == set(TARGETS)
    assert scores["ensemble"]["value"] < scores["trivial"]["value"] == pytest.approx(1, abs=0.2)
    assert cli.status(["report", str(run), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [head["target"] for head in told["answer"]["heads"]] == list(TARGETS)
    assert [own["name"] for own in told["table"]["further"]] == ["kind", "grade"]
    assert "--target size --target kind --target grade" in told["reproduce"]["command"]
    assert told["left_out"] == []


def test_each_target_is_shown_on_rows_that_no_choice_has_seen(run: Path) -> None:
    summary, told = json.loads((run / "summary.json").read_text()), story(run)["unseen"]
    assert [own["target"] for own in told["targets"]] == list(TARGETS)
    size, kind, grade = (own["unseen"] for own in told["targets"])
    assert {own["rows"] for own in (size, kind, grade)} == {summary["rows"]["outer"]}
    heads, points = summary["scores"]["ensemble"]["heads"], size["predicted"]
    errors = np.subtract(points["truth"], points["told"])
    assert np.sqrt((errors**2).mean()) == pytest.approx(heads["size"], rel=1e-4)
    assert (kind["classes"], grade["classes"]) == (["elm", "oak"], ["low", "mid", "top"])
    leading = [own["importance"]["columns"][0]["name"] for own in (size, grade)]
    assert leading == ["a", "b"]
    page = Page(html.page(run))
    for own in (size, kind, grade):
        assert own["importance"]["says"] in page.words and own["worst"]["says"] in page.words
    assert "of grade" in page.words


@pytest.mark.parametrize(("format", "end"), [("script", "py"), ("onnx", "onnx"), ("torch", "py")])
def test_each_format_answers_all(format: str, end: str, run: Path, tmp_path: Path) -> None:
    if format != "script":
        pytest.importorskip("torch" if format == "torch" else "onnxruntime")
    out = tmp_path / f"own.{end}"
    assert exporting.export(run, format, out).largest < 1e-4 and out.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["predict", "RUN", "NEW", "--interval", "0.9"], "Intervals are given for one target"),
        (["evaluate", "RUN", "NEW", "--positive", "oak"], "The positive class 'oak' is of one target"),
        (["fit", "NEW", *ASKED, "--metric", "rmse", "--out", "OUT"], "'rmse' is about one target"),
        (["fit", "NEW", *ASKED, "--threshold", "f1", "--out", "OUT"], "'f1' is about one target"),
        (["fit", "NEW", *ASKED, "--target", "size", "--out", "OUT"], "'size' is named as a target twice"),
        (
            ["fit", "NEW", *ASKED, "--exclude", "kind", "--out", "OUT"],
            "'kind' is both the target and excluded",
        ),
        (["fit", "NEW", *ASKED, "--sequence", "a", "--out", "OUT"], "sequences predict one. Name one."),
    ],
)
def test_what_is_about_one_target_is_refused(
    folder: Path, run: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    places = {"RUN": str(run), "NEW": str(folder / "new.csv"), "OUT": str(folder / "out")}
    assert cli.status([places.get(word, word) for word in words]) == 2
    assert says in capsys.readouterr().err
    assert not (folder / "out").exists()
