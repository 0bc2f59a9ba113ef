from __future__ import annotations

from told_runs import Make, Page, story

from honed.report import html


def test_every_picture_has_its_sentence(make: Make) -> None:
    run = make("binary", searched=True)
    page = Page(html.page(run.path))
    part = story(run.path)["unseen"]
    for name in ("confusion", "roc", "precision_recall", "calibration", "importance"):
        assert part[name]["says"] in page.words
    labels = [value for name, value in page.attributes if name == "aria-label"]
    assert len(labels) == page.tags.count("svg") >= 8
    assert all(labels)
