"""What several tests of the report ask of a run: its story, one more training, the rows of its score, its page."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from honed.report import story as stories
from honed.run.journal import Journal

Make = Callable[..., SimpleNamespace]  # the fixture that makes a run

VOID = {"meta", "br", "hr", "img", "link", "input"}


def story(run: Path) -> Any:
    """The story as its JSON has it: what each test finds in it, it knows."""
    return stories.story(run)


def append(run: SimpleNamespace, key: str, loss: float | None, **more: Any) -> None:
    """One more training in the journal."""
    value = {
        "train_loss": [0.9, 0.5],
        "valid_loss": [0.9, 0.6],
        "best_epoch": 2,
        "diverged": False,
        "loss": loss,
        "candidate": f"trial {key.split('/')[1]}",
        **more,
    }
    with Journal.open(run.path / "journal.jsonl") as journal:
        journal.record(key, {"ok": True, "value": value})


def unseen(run: SimpleNamespace) -> dict[str, Any]:
    return story(run.path)["unseen"]


def outer(run: SimpleNamespace) -> tuple[np.ndarray, np.ndarray]:
    """Truth and the scored model's answers on the outer rows, as the search itself shares rows out."""
    prepared = run.prepared
    rows = prepared.splits.outer
    frame = prepared.source.take(rows)
    told = run.model.probabilities(frame) if run.model.classes else run.model.values(frame)
    return prepared.y[rows], told


class Page(HTMLParser):
    """Checks that every tag is closed in its turn; keeps tags and words."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data
