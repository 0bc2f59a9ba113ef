from __future__ import annotations

from told_runs import Make, Page, story

from honed.report import html, html_unseen


def test_every_picture_has_its_sentence(make: Make) -> None:
    run = make("binary", searched=True)
    page = Page(html.page(run.path))
    part = story(run.path)["unseen"]
    for name in ("confusion", "roc", "precision_recall", "calibration", "importance"):
        assert part[name]["says"] in page.words
    labels = [value for name, value in page.attributes if name == "aria-label"]
    assert len(labels) == page.tags.count("svg") >= 8
    assert all(labels)


def test_rows_that_are_pictures_are_shown_as_such(make: Make) -> None:
    told = story(make("binary").path)
    part = told["unseen"]
    shown = {"picture": "data:image/png;base64,AAAA", "name": "cat/<1>.png"}
    part["importance"], part["effects"] = None, []
    for row in part["worst"]["rows"]:
        del row["cells"]
        row.update(shown)
    part["confusion"]["mistakes"] = [{"truth": "cat", "said": "dog", "count": 1234, "example": shown}]
    part["filters"] = {"says": "One filter.", "pictures": ["data:image/png;base64,BBBB"]}
    page = Page(html_unseen.unseen(told))
    images = [value for name, value in page.attributes if name == "src"]
    assert images == [shown["picture"]] * (len(part["worst"]["rows"]) + 1) + part["filters"]["pictures"]
    assert "cat/<1>.png" in page.words and "1,234" in page.words and "One filter." in page.words
    assert "Which columns count" not in page.words
