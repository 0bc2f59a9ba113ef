"""The budget as moments, and how much of it a journal has seen used: `Clock`."""

from __future__ import annotations

import time
from dataclasses import dataclass

from honed.run.journal import Journal
from honed.search.sharing import of_search


@dataclass(frozen=True)
class Clock:
    """The budget as moments on `time.monotonic`; without a budget no moment is ever reached."""

    start: float
    budget: float | None

    def at(self, share: float) -> float | None:
        """The moment when that share of the budget is used up."""
        return None if self.budget is None else self.start + share * self.budget

    def left(self, share: float = 1.0) -> float | None:
        """Seconds until that moment."""
        moment = self.at(share)
        return None if moment is None else moment - time.monotonic()


def seconds_used(journal: Journal) -> float:
    """Seconds of work that the journal has seen since its budget began, breaks between two processes left out."""
    return _worked(journal)[-1]


def seconds_before(journal: Journal) -> float:
    """Seconds of work that the journal has seen under earlier budgets."""
    return round(sum(_worked(journal)[:-1]), 3)


def _worked(journal: Journal) -> list[float]:
    """Seconds of work under each budget."""
    used, last = [0.0], None
    for event in journal.events:
        if event["kind"] == "extended":
            used.append(0.0)
        elif "worked" in event:
            used[-1] += max(0.0, event["worked"])
        elif event["kind"] != "resumed" and last is not None:  # a journal of before `worked`
            used[-1] += max(0.0, event["at"] - last)
        last = event["at"]
    return [round(seconds, 3) for seconds in used]


def last_budget(journal: Journal) -> float | None:
    """The budget that the run was last given, in seconds; None without one."""
    return budgets(journal)[-1]


def budgets(journal: Journal) -> list[float | None]:
    """The budgets that the run was given, one after another, in seconds; None where it was given trials."""
    return [event.get("budget") for event in journal.events if event["kind"] in ("start", "extended")]


def budgets_of_search(journal: Journal, rounds: int, *, anew: bool) -> list[float | None]:
    """Of each budget what the search itself has: all of it but for those of so many further rounds that are to come.

    Rounds that search `anew` are made once; what was chosen is trained in all rounds under each budget.
    """
    found, done = list[float | None](), set[int]()
    for event in journal.events:
        if event["kind"] == "round":
            done.add(event["number"])
        elif event["kind"] in ("start", "extended"):
            to_come = max(0, rounds - len(done)) if anew else rounds
            found.append(of_search(event.get("budget"), to_come, anew=anew))
    return found
