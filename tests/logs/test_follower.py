"""A destination is told all, in order and once; one that fails neither ends the run nor misses anything for good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from honed.errors import RunError
from honed.family import find_family
from honed.logs import follower
from honed.logs.destination import Best, Ended, Run, State, Training
from honed.logs.follower import FILE, followed
from honed.run.folder import RunFolder
from honed.run.journal import Journal

PAGE = (Path(__file__).parents[2] / "docs" / "logging.md").read_text()


class Shelf:
    """A destination that keeps what it is told, and refuses while `is_away`."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.state: State = {}
        self.told: list[Any] = []
        self.is_away = is_away

    def _keep(self, told: object) -> None:
        if self.is_away:
            raise ConnectionRefusedError("nobody listens")
        self.told.append(told)

    def begin(self, run: Run) -> None:
        self._keep(run)
        self.state = {"begun": self.state.get("begun", 0) + 1}

    def training(self, training: Training) -> None:
        self._keep(training)

    def best(self, best: Best) -> None:
        self._keep(best)

    def end(self, ended: Ended) -> None:
        self._keep(ended)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    with RunFolder.create(tmp_path / "run", {}) as made:
        yield made


def end(error: BaseException | None) -> Ended:
    return Ended("done" if error is None else "failed", 5.0)


def kinds(shelf: Shelf) -> list[str]:
    return [type(told).__name__ for told in shelf.told]


def test_all_is_told_in_order_and_then_the_end(run: Run, first_half: Any, second_half: Any) -> None:
    shelf, said, journal = Shelf(), list[str](), Journal.create(None, {})
    with followed({"shelf": shelf}, run, find_family(None), journal, None, end, said.append):
        first_half(journal)
        second_half(journal)
    assert kinds(shelf) == ["Run", *["Training"] * 5, "Best", "Ended"]
    assert shelf.told[-1].how == "done"
    assert not said


def test_a_resumed_run_tells_what_is_new_alone(
    run: Run, folder: RunFolder, first_half: Any, second_half: Any
) -> None:
    first, later, said, journal = Shelf(), Shelf(), list[str](), Journal.create(None, {})
    with followed({"shelf": first}, run, find_family(None), journal, folder, end, said.append):
        first_half(journal)
    with followed({"shelf": later}, run, find_family(None), journal, folder, end, said.append):
        second_half(journal)
    assert kinds(first) == ["Run", *["Training"] * 3, "Ended"]
    assert kinds(later) == ["Run", *["Training"] * 2, "Best", "Ended"]
    assert later.state == {"begun": 2}
    assert later.told[1].scores["accuracy"] == 0.5, "the mean knows of the fold that was told before"


def test_a_run_that_was_told_whole_is_not_told_again(run: Run, folder: RunFolder, first_half: Any) -> None:
    journal = Journal.create(None, {})
    with followed({"shelf": Shelf()}, run, find_family(None), journal, folder, end, print):
        first_half(journal)
    shelf = Shelf()
    with followed({"shelf": shelf}, run, find_family(None), journal, folder, end, print):
        pass
    assert not shelf.told


def test_a_destination_that_is_away_is_warned_of_once_and_gets_all_from_the_next_process(
    run: Run, folder: RunFolder, first_half: Any, second_half: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "_AGAIN", 0.01)
    away, said, journal = Shelf(is_away=True), list[str](), Journal.create(None, {})
    words = "mlflow:http://localhost:5000"
    with followed({words: away}, run, find_family(None), journal, folder, end, said.append):
        first_half(journal)
        second_half(journal)
    (warning,) = said
    assert warning in PAGE
    assert not away.told
    back = Shelf()
    with followed({words: back}, run, find_family(None), journal, folder, end, said.append):
        pass
    assert kinds(back) == ["Run", *["Training"] * 5, "Best", "Ended"]


def test_a_destination_that_comes_back_gets_what_it_missed(
    run: Run, first_half: Any, second_half: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "_AGAIN", 0.01)
    shelf, said, journal, heard = Shelf(is_away=True), list[str](), Journal.create(None, {}), Event()

    def say(sentence: str) -> None:
        said.append(sentence)
        heard.set()

    with followed({"shelf": shelf}, run, find_family(None), journal, None, end, say):
        first_half(journal)
        assert heard.wait(60)
        shelf.is_away = False
        second_half(journal)
    assert kinds(shelf) == ["Run", *["Training"] * 5, "Best", "Ended"]
    assert len(said) == 2 and "answers again" in said[1]


def test_an_error_of_the_run_is_told_and_comes_through(run: Run) -> None:
    shelf, journal = Shelf(), Journal.create(None, {})
    with (
        pytest.raises(ZeroDivisionError),
        followed({"shelf": shelf}, run, find_family(None), journal, None, end, print),
    ):
        raise ZeroDivisionError
    assert shelf.told[-1].how == "failed"


@pytest.mark.parametrize("failure", [None, ZeroDivisionError("of the run")])
def test_what_cannot_be_told_of_the_end_changes_nothing_of_how_the_run_ended(
    run: Run, folder: RunFolder, first_half: Any, failure: Exception | None
) -> None:
    def lost(error: BaseException | None) -> Ended:
        raise RunError("summary.json is damaged")

    shelf, later, said, journal = Shelf(), Shelf(), list[str](), Journal.create(None, {})
    caught: Exception | None = None
    try:
        with followed({"shelf": shelf}, run, find_family(None), journal, folder, lost, said.append):
            first_half(journal)
            if failure is not None:
                raise failure
    except ZeroDivisionError as error:
        caught = error
    assert caught is failure
    assert kinds(shelf) == ["Run", *["Training"] * 3]
    assert said == [
        "What came of the run in the log is left out, as it failed: RunError: summary.json is damaged."
    ]
    with followed({"shelf": later}, run, find_family(None), journal, folder, end, said.append):
        pass
    assert kinds(later) == ["Run", "Ended"]


def test_where_each_destination_stands_is_kept_by_its_own_words(
    run: Run, folder: RunFolder, first_half: Any
) -> None:
    journal, shelves = Journal.create(None, {}), {"one": Shelf(), "two": Shelf(is_away=True)}
    with followed(shelves, run, find_family(None), journal, folder, end, lambda _: None):
        first_half(journal)
    known = json.loads((folder.path / FILE).read_text())
    assert known == {"one": {"next": len(journal.events), "ended": True, "state": {"begun": 1}}}
