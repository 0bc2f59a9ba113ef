"""Everything that a report says, as plain numbers and sentences: `story(run)`, what `honed report RUN --json` prints.

Each part is a mapping whose "says" is one sentence computed from the numbers beside it; a part that is not known
(yet) is None. Reads the files of a run, also while it goes on, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from honed.findings import finite
from honed.report import data, reasons, training, trials
from honed.report.answer import answer
from honed.report.files import Files
from honed.report.parts import Story, Unseen
from honed.report.reproduce import reproduce
from honed.trials import ALL


def story(run: Path) -> Story:
    """All parts of the page, JSON-able: "run", "state", "answer", "why", "unseen", "table", "reproduce", "left_out".

    A part that fails is None, or empty, and "left_out" holds a sentence about it.

    Raises
    ------
    InputError
        There is no run at that path.
    RunError
        Its files are damaged.
    """
    files = Files(run)
    lost = "The model is not shown on the data; see below."
    on_unseen = files.part("The model on the data", lambda: _unseen(files), {"says": lost})
    leaders = files.part("The list of leaders", lambda: training.leaders(files), [])
    history = files.part("The history of the search", lambda: trials.history(files), None)
    parts: dict[str, Callable[[], Any]] = {
        "choices": lambda: reasons.choices(files.summary.get("choices", [])),
        "ledger": lambda: reasons.ledger(files),
        "findings": lambda: reasons.findings(files.findings),
        "importance": lambda: trials.importance(files),
        "curves": lambda: training.curves(leaders, files.summary.get("network", {}).get("keeps_last", False)),
        "range_test": lambda: training.range_test(files),
        "batch_search": lambda: training.batch_search(files),
        "layers": lambda: training.layers(files),
        "settings": lambda: trials.settings(files),
    }
    why = {name: files.part(f"The part {name!r}", work, None) for name, work in parts.items()}
    return finite(
        {
            "run": run.name or str(run),
            "state": files.state,
            "answer": answer(files, leaders, history),
            "why": {**why, "history": history},
            "unseen": on_unseen,
            "table": files.part("The table of the columns", lambda: data.table(files), None),
            "reproduce": files.part("How to do it again", lambda: reproduce(files), None),
            "left_out": files.left_out,
        }
    )


def _unseen(files: Files) -> Unseen:
    if not files.summary:
        return {"says": "What the model does on rows that it has not seen is told when the run has ended."}
    trained_again = not files.has_journal or any(key.fold == ALL for key in files.results)
    told = files.family.unseen(files.path, files.run, files.summary, trained_again)
    return told or {"says": "For networks of this kind nothing is shown of rows that they have not seen."}
