"""Why a training failed, in a sentence for its user, and whether it may go otherwise another time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from honed.errors import RunError
from honed.run.journal import Journal
from honed.typed import JSON


def why(outcome: dict[str, JSON] | None) -> str:
    """One sentence on the journal's outcome of a training that failed; None for none."""
    if not outcome:
        return "its worker gave no answer."
    detail = str(outcome.get("detail", "")).strip()
    if outcome.get("error") != "exception":
        return f"{detail}, as when memory runs out." if outcome.get("error") == "killed" else f"{detail}."
    what = detail.splitlines()[-1].removeprefix("honed.errors.")
    if what.startswith(("RunError: ", "InputError: ")):
        return what.split(": ", 1)[1]
    if _names_memory(what):
        return f"memory ran out ({what.split(': ', 1)[-1][:200]})."
    places = [line.strip() for line in detail.splitlines() if line.strip().startswith('File "')]
    where = f" ({places[-1].replace('File ', '', 1)})" if places else ""
    return f"{what}{where}. This is a fault of honed: please report it with this line."


def worth_another_try(events: Iterable[Mapping[str, JSON]]) -> set[str]:
    """Keys of the jobs that failed, in the events of a journal, for want of what there may be now.

    A longer budget gives time to what was late, and a new process may find memory for what was killed or had too
    little. Other failures would come again.
    """
    late, starved, found = set[str](), set[str](), set[str]()
    for event in events:
        if event["kind"] == "result":
            for keys in (late, starved, found):
                keys.discard(event["key"])
            if not event["outcome"]["ok"]:
                if event["outcome"].get("error") == "late":
                    late.add(event["key"])
                elif _lacked_memory(event["outcome"]):
                    starved.add(event["key"])
        elif event["kind"] == "extended":
            found |= late | starved
        elif event["kind"] == "resumed":
            found |= starved
    return found


def _lacked_memory(outcome: Mapping[str, JSON]) -> bool:
    lines = str(outcome.get("detail", "")).strip().splitlines()
    return outcome.get("error") == "killed" or (bool(lines) and _names_memory(lines[-1]))


def _names_memory(line: str) -> bool:
    """Whether the last line of a traceback says that memory ran out."""
    return "MemoryError" in line.split(":")[0] or "RESOURCE_EXHAUSTED" in line


def ended(journal: Journal, sentence: str) -> RunError:
    """The error that ends a run without a model; its journal keeps why."""
    journal.event("failed", why=sentence)
    return RunError(sentence)


def would_fail_again(journal: Journal) -> bool:
    """Whether a run that ended without a model would do so again, given no more time."""
    return journal.events[-1]["kind"] == "failed" and not worth_another_try(
        [*journal.events, {"kind": "resumed"}]
    )
