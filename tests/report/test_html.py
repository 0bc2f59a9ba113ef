from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from told_runs import Make, Page, story

from honed import cli
from honed.report import html

NASTY = "<script>alert(1)</script>&\"'"


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("searched", [True, False])
def test_a_page_is_whole_and_needs_nothing_beside_itself(make: Make, task: str, searched: bool) -> None:
    labels = ("a", "b", "c") if task == "multiclass" else ("no", "yes")
    text = html.page(make(task, labels=labels, searched=searched).path)
    page = Page(text)
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not {"src", "href", "onclick", "onload"} & {name for name, _ in page.attributes}
    assert not re.search(r"https?://|@import|url\(", text)
    assert len(text) < 1_000_000


def test_words_of_the_user_are_escaped_everywhere(make: Make) -> None:
    run = make("binary", name=NASTY, labels=("no", NASTY))
    text = html.page(run.path)
    page = Page(text)
    assert "script" not in page.tags
    assert page.words.count(NASTY) > 5


def test_the_table_of_columns_shows_units_and_cells_and_escapes_them(make: Make) -> None:
    run = make()
    schema = json.loads((run.path / "schema.json").read_text())
    schema["columns"][0] |= {"unit": NASTY, "examples": [NASTY, "8 kg"], "evidence": NASTY}
    (run.path / "schema.json").write_text(json.dumps(schema))
    page = Page(html.page(run.path))
    assert "script" not in page.tags
    assert all(said in page.words for said in (f"numeric ({NASTY})", NASTY, "8 kg"))


def test_sections_come_in_the_order_of_questions(make: Make) -> None:
    text = html.page(make(searched=True).path)
    found = re.findall(r'<section id="(\w+)">', text)
    assert found == ["answer", "why", "unseen", "table", "reproduce"]


def test_the_body_is_the_inside_of_the_page(make: Make) -> None:
    path = make().path
    text = html.page(path, extra="<p>live</p>")
    assert f'<main id="page">\n{html.body(path)}\n</main>\n<p>live</p></body>' in text


def test_an_unfinished_run_has_a_page(make: Make) -> None:
    run = make(searched=True, finished=False)
    page = Page(html.page(run.path))
    assert "interrupted" in page.words
    assert "Learning curves of the leaders" in page.words


def test_the_command_writes_the_page_into_the_run(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    path = make().path
    assert cli.status(["report", str(path)]) == 0
    assert (path / "report.html").read_text() == html.page(path)
    printed = capsys.readouterr()
    assert printed.out == "" and "report.html" in printed.err


def test_the_command_writes_elsewhere_when_told(make: Make, tmp_path: Path) -> None:
    path = make().path
    assert cli.status(["report", str(path), "--out", str(tmp_path / "page.html")]) == 0
    Page((tmp_path / "page.html").read_text())
    assert not (path / "report.html").exists()


def test_a_page_cannot_be_written_into_a_missing_folder(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.status(["report", str(make().path), "--out", str(tmp_path / "no" / "page.html")]) == 2
    assert "There is no folder" in capsys.readouterr().err


def test_json_is_the_story(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    path = make().path
    assert cli.status(["report", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == story(path)
    assert not (path / "report.html").exists()


@pytest.mark.parametrize(
    "name",
    [
        "html._header",
        "html._answer",
        "html_why.history",
        "html.unseen",
        "html_why.choices",
        "html._reproduce",
    ],
)
def test_a_part_that_cannot_be_drawn_is_told_and_the_rest_is_there(
    make: Make, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(searched=True).path

    def broken(part: object) -> str:
        raise OverflowError("<too large>")

    part = name.split(".")[1].strip("_")
    broken.__name__ = part
    monkeypatch.setattr(f"honed.report.{name}", broken)
    page = Page(html.page(path))
    assert (
        f"The part '{part}' of the page is left out, as it failed: OverflowError: <too large>" in page.words
    )
    assert "The data" in page.words


def test_a_page_of_parts_that_all_failed_is_a_page(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(searched=True).path
    parts = (
        "story._unseen",
        "training.leaders",
        "trials.history",
        "answer.named_scores",
        "answer._next",
        "training.layers",
        "story.reproduce",
        "data.table",
        "reasons.choices",
    )
    for name in parts:
        monkeypatch.setattr(f"honed.report.{name}", lambda *_: 1 / 0)
    assert Page(html.page(path)).words.count("ZeroDivisionError") >= len(parts)


def test_a_page_of_a_run_whose_name_is_no_utf8_can_be_written(make: Make) -> None:
    run = make()
    path = run.path.rename(run.path.with_name(os.fsdecode(b"caf\xe9\x1b")))
    assert r"caf\xe9\x1b" in html.page(path).encode().decode()
    html.body(path).encode()
