"""What speaks for each setting: reasons (`choices`), experiments (`ledger`), and what rules found (`findings`)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from honed.figures import counted, figure
from honed.findings import Finding
from honed.report.facts import Choice
from honed.report.files import Files
from honed.report.findings import words
from honed.report.parts import Advised, Change, Choices, Ledger
from honed.report.text import edit_words
from honed.typed import JSON

_CONTROL = "random"  # what the ledger calls a change that no finding advised


def choices(choices: list[Choice]) -> Choices | None:
    """Each setting of the network with its reason."""
    if not choices:
        return None
    kinds = defaultdict(int)
    for choice in choices:
        kinds[choice["evidence"]] += 1
    words = ", ".join(
        f"{count} {'rests' if count == 1 else 'rest'} on “{kind}”" for kind, count in kinds.items()
    )
    return {"says": f"Of {counted(len(choices), 'setting')}, {words}.", "choices": choices}


def ledger(files: Files) -> Ledger | None:
    """The experiments of the coach, those that bought most first."""
    if not files.ledger:
        return None
    advised = [entry for entry in files.ledger if entry["finding"] != _CONTROL]
    random = [entry for entry in files.ledger if entry["finding"] == _CONTROL]
    says = f"Of {counted(len(advised), 'change')} that findings advised, {_gains(advised)}"
    if random:
        says += f"; of {counted(len(random), 'random change')}, {_gains(random)}"
    best = max(files.ledger, key=_effect)
    if _effect(best) > 0:
        says += f"; the most was bought by {edit_words(best)}, {figure(_effect(best))} in validation loss"
    rows = [cast(Change, {**entry, "words": edit_words(entry)}) for entry in files.ledger]
    return {"says": says + ".", "experiments": sorted(rows, key=_effect, reverse=True)}


def _gains(entries: Sequence[Mapping[str, JSON]]) -> str:
    lowered, clear = sum(_effect(entry) > 0 for entry in entries), sum(entry["won"] for entry in entries)
    return f"{lowered} lowered the validation loss, {clear} by more than the noise"


def _effect(entry: Mapping[str, JSON]) -> float:
    return -math.inf if entry["effect"] is None else entry["effect"]


def findings(findings: Iterable[Finding], words: Callable[[Finding], str] = words) -> list[Advised]:
    """The findings as they are, with their advice in `words`, by default those of a command line."""
    found = [{**finding.to_json(), "options": words(finding)} for finding in findings]
    return cast(list[Advised], found)
