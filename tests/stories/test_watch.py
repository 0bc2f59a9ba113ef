"""The live page in a real browser: beside a page that the test itself writes, and beside a real run."""

from __future__ import annotations

import contextlib
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import numpy as np
import polars as pl
import pytest
from browsers import PATIENCE
from followed_runs import events
from playwright.sync_api import Browser, Page, expect

from honed.errors import RunError
from honed.report import html, live, watch
from honed.run import journal as journals
from honed.run.folder import RunFolder
from honed.run.journal import Journal

pytestmark = pytest.mark.slow

PROMISED = 2.0  # seconds from the line of a trial in the journal to the page


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A page of the browser that must not complain."""
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.context.close()
    assert complaints == []


class Draft:
    """A run that goes on and a page of it that the test writes."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.body = ""

    def write(self, body: str) -> None:
        """Change the page, and the run too, so that it is drawn again."""
        self.body = body
        with Journal.open(self.run / "journal.jsonl") as journal:
            journal.event("model")


@pytest.fixture
def draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Draft]:
    draft = Draft(tmp_path / "run")
    monkeypatch.setattr(html, "body", lambda run: draft.body)
    monkeypatch.setattr(
        html,
        "page",
        lambda run, extra="": f'<!doctype html><body><main id="page">{draft.body}</main>{extra}</body>',
    )
    with RunFolder.create(draft.run, {}):
        Journal.create(draft.run / "journal.jsonl", {}).close()
        yield draft


@pytest.fixture
def site(draft: Draft) -> Iterator[watch.Site]:
    site = watch.Site(draft.run)
    thread = Thread(target=site.serve)
    thread.start()
    yield site
    site.close()
    thread.join()


def story(count: int, details: str = "") -> str:
    """A page that grows above, in and below what a reader may look at."""
    rows = "".join(f"<tr><td>trial {n}</td></tr>" for n in range(count))
    return f"""<h1>Run</h1>
        <section id="history"><h2>History</h2><p>{count} trials</p><table><tbody>{rows}</tbody></table></section>
        <section id="why"><h2>Why</h2><details {details}><summary>{count} reasons</summary><p id="reason">Because</p>
        </details><p id="fixed">Words that stay</p>{"<p>long</p>" * 60}</section>
        {'<section id="late"><h2>Later</h2><p>New</p></section>' if count > 3 else ""}"""


def shown(tab: Page) -> str:
    """What the page holds, as the browser itself writes it."""
    return tab.evaluate("document.getElementById('page').innerHTML")


def parsed(tab: Page, body: str) -> str:
    """The same of a text that was put in at once."""
    return tab.evaluate(
        "text => Object.assign(document.createElement('main'), {innerHTML: text}).innerHTML", body
    )


@pytest.mark.parametrize("counts", [(1, 3), (3, 1), (3, 5), (5, 2), (2, 2)])
def test_the_page_becomes_what_the_server_draws(
    draft: Draft, site: watch.Site, tab: Page, counts: tuple[int, int]
) -> None:
    draft.write(story(counts[0]))
    tab.goto(site.address)
    expect(tab.get_by_role("status")).to_have_text("live")
    draft.write(story(counts[1]).replace("Words that stay", "Other words"))
    expect(tab.locator("#fixed")).to_have_text("Other words")
    assert shown(tab) == parsed(tab, draft.body)


def test_the_reader_keeps_the_place(draft: Draft, site: watch.Site, tab: Page) -> None:
    """What was opened, scrolled to and selected stays, though the page grows above it."""
    draft.write(story(2))
    tab.goto(site.address)
    tab.locator("summary").click()
    tab.locator("#fixed").evaluate("node => { node.kept = true; scrollTo(0, node.offsetTop - 100); }")
    tab.locator("#fixed").evaluate("node => getSelection().selectAllChildren(node)")
    before = tab.locator("#fixed").bounding_box()
    draft.write(story(40))
    expect(tab.locator("summary")).to_have_text("40 reasons")
    assert tab.locator("#reason").is_visible()
    assert tab.locator("#fixed").bounding_box() == before
    assert tab.evaluate("String(getSelection())") == "Words that stay"
    tab.locator("summary").click()
    draft.write(story(41, "open"))
    expect(tab.locator("summary")).to_have_text("41 reasons")
    assert not tab.locator("#reason").is_visible()


def test_a_lost_server_is_said_and_found_again(
    draft: Draft, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch.secrets, "token_urlsafe", lambda: "the-same")
    tab = browser.new_page()  # the browser complains of the lost server, as it should
    site = watch.Site(draft.run)
    thread = Thread(target=site.serve)
    thread.start()
    draft.write(story(1))
    tab.goto(site.address)
    expect(tab.get_by_role("status")).to_have_text("live")
    site.close()
    thread.join()
    expect(tab.get_by_role("status")).to_have_text("lost the connection, trying again")
    draft.write(story(2))
    site = watch.Site(draft.run, urlsplit(site.address).port or 0)
    thread = Thread(target=site.serve)
    thread.start()
    expect(tab.get_by_role("status")).to_have_text("live", timeout=PATIENCE)
    expect(tab.locator("summary")).to_have_text("2 reasons")
    tab.context.close()
    site.close()
    thread.join()


def test_why_a_run_cannot_be_stopped_is_said(
    draft: Draft, site: watch.Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(run: Path) -> int:
        raise RunError("It ignores <b>Ctrl-C</b>.")

    monkeypatch.setattr(live, "stop", stop)
    tab = browser.new_page()  # the browser complains of the refusal, as it should
    tab.goto(site.address)
    tab.get_by_role("button", name="Stop the run").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog).to_contain_text("There is no model yet")
    dialog.get_by_role("button", name="Stop the run").click()
    expect(dialog).to_contain_text("It ignores <b>Ctrl-C</b>.")
    dialog.get_by_role("button", name="Back").click()
    expect(dialog).not_to_be_visible()
    tab.context.close()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=3_000) for name in "abcdef"}
    y = columns["a"] * columns["b"] + columns["c"] + rng.normal(size=3_000) * 0.3
    path = tmp_path / "table.csv"
    pl.DataFrame({**columns, "y": y}).write_csv(path)
    return path


def honed(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "honed", *map(str, words)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def ends(events: list[dict]) -> list[float]:
    """When each training ended, in seconds since 1970."""
    return [
        event["at"]
        for event in events
        if event["kind"] == "result" and "train_loss" in event["outcome"].get("value", ())
    ]


WATCH = """
() => {
    const page = document.getElementById("page");
    const count = () => Number(/([\\d,]+) trainings? so far/.exec(page.textContent)?.[1].replaceAll(",", ""));
    window.seen = [[count(), Date.now() / 1000]];
    new MutationObserver(() => {
        if (count() > seen.at(-1)[0]) seen.push([count(), Date.now() / 1000]);
    }).observe(page, {subtree: true, childList: true, characterData: true});
}
"""


def test_a_run_is_followed_and_stopped_from_its_page(table: Path, tab: Page, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with contextlib.ExitStack() as stack:
        fit = stack.enter_context(honed("fit", table, "--target", "y", "--budget", "5m", "--out", run))
        stack.callback(fit.kill)
        assert next(events(fit, run))["kind"] == "start"
        server = stack.enter_context(honed("watch", run))
        stack.callback(server.kill)
        assert server.stdout
        address = server.stdout.readline().strip()
        tab.goto(address)
        expect(tab.get_by_role("status")).to_have_text("live")
        tab.wait_for_function(
            "() => document.getElementById('page').textContent.includes('trainings so far')"
        )
        tab.evaluate(WATCH)
        tab.wait_for_function("() => seen.length > 10")
        seen = tab.evaluate("seen")
        tab.get_by_role("button", name="Stop the run").click()
        tab.get_by_role("dialog").get_by_role("button", name="Stop the run").click()
        expect(tab.get_by_role("status")).to_have_text("finished: stopped early", timeout=PATIENCE)
        _, said = fit.communicate()
        assert fit.returncode == 0, said
        predict = honed("predict", run, table)
        assert len(predict.communicate()[0].splitlines()) == 3_001
        tab.reload()
        expect(tab.get_by_role("status")).to_have_text("finished: stopped early")
        expect(tab.get_by_role("button")).to_have_count(0)
        server.send_signal(signal.SIGINT)
        _, said = server.communicate()
        assert (server.returncode, said) == (0, "")
    ended = ends(journals.read(run / "journal.jsonl"))
    delays = [
        next(at for count, at in seen if count >= number) - ended[number - 1]
        for number in range(seen[0][0] + 1, seen[-1][0] + 1)
    ]
    assert 0 < statistics.median(delays) < PROMISED, delays
