"""What an estimator shows of itself is whole, escaped, and looks so wherever it lies."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from honed.findings import Finding
from honed.report.facts import Facts, Trained
from honed.report.notebook import card
from honed.report.text import example

NASTY = "<script>alert('&\"')</script>\x1b[31m"
CURVES: Trained = {
    "train_loss": [1.0, 0.5, 0.25],
    "valid_loss": [1.1, 0.7, 0.9],
    "best_epoch": 2,
    "diverged": False,
}
FOUND = Finding(
    "overfitting", "warning", NASTY, {}, "Rows are learned by heart.", "Less of it.", {"dropout": 0.2}
)


def facts(**more: object) -> Facts:
    choices = [{"setting": "dropout", "value": 0.1, "reason": NASTY, "evidence": "given"}]
    return Facts(**{**example(), "target": NASTY, "choices": choices, **more})  # pyright: ignore[reportArgumentType]


class Page(HTMLParser):
    """The tags of a page that are open, and all its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_card_tells_score_network_curve_findings_and_reasons() -> None:
    page = Page(card("TunedRegressor", facts(), CURVES, [FOUND], "on 66 rows that no choice has seen"))
    assert page.open == []
    for words in (
        "52.10",
        "47.30 to 56.90",
        "Rmse on 66 rows that no choice has seen, with its 95% interval; lower is better.",
        "The network is 10 → 64 → 32 → 1: silu units.",
        "The network is best at epoch 2 of 3",
        "dropout=0.2",
        "Why each setting is as it is",
    ):
        assert words in page.words, words
    assert page.tags.count("svg") == 2


def test_what_a_table_holds_is_shown_and_not_obeyed() -> None:
    html = card("TunedRegressor", facts(), CURVES, [FOUND], "here")
    assert "script" not in Page(html).tags and "\x1b" not in html
    assert Page(html).words.count("<script>alert('&\"')</script>\\x1b[31m") == 3


def test_without_a_score_and_a_curve_the_rest_is_told() -> None:
    curves: Trained = {**CURVES, "train_loss": [], "valid_loss": [], "best_epoch": 0}
    page = Page(card("TunedRegressor", facts(scores={}), curves, [], "No rows were held out."))
    assert "No rows were held out." in page.words and "Rmse" not in page.words
    assert "The network is 10" in page.words


def test_each_rule_of_its_style_is_of_the_card_alone() -> None:
    style = re.search(r"<style>(.*?)</style>", card("A", facts(), CURVES, [], "here"), re.DOTALL)
    assert style is not None
    depth, outside = 0, ""
    for letter in style[1]:
        depth -= letter == "}"
        outside += letter if depth == 0 else ""
        depth += letter == "{"
    assert depth == 0 and outside.split() == [".honed-card", "{}"]
    assert ":root" not in style[1] and "body" not in style[1]


def test_a_card_tells_what_to_expect_of_rows_to_come() -> None:
    known = {
        "steps": [45.0, 50.0, 60.0],
        "low": 40.0,
        "high": 70.0,
        "says": f"Expect 40.00 to 70.00. {NASTY}",
    }
    words = Page(card("TunedRegressor", facts(over_time=known), CURVES, [], "on 66 rows")).words
    assert "Expect 40.00 to 70.00. <script>" in words
