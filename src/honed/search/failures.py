"""Why a training failed, in a sentence for its user."""

from __future__ import annotations

from typing import Any


def why(outcome: dict[str, Any] | None) -> str:
    """One sentence on the journal's outcome of a training that failed; None for none."""
    if not outcome:
        return "its worker gave no answer."
    detail = str(outcome.get("detail", "")).strip()
    if outcome.get("error") != "exception":
        return f"{detail}, as when memory runs out." if outcome.get("error") == "killed" else f"{detail}."
    what = detail.splitlines()[-1].removeprefix("honed.errors.")
    if what.startswith(("RunError: ", "InputError: ")):
        return what.split(": ", 1)[1]
    if "MemoryError" in what.split(":")[0] or "RESOURCE_EXHAUSTED" in what:
        return f"memory ran out ({what.split(': ', 1)[-1][:200]})."
    places = [line.strip() for line in detail.splitlines() if line.strip().startswith('File "')]
    where = f" ({places[-1].replace('File ', '', 1)})" if places else ""
    return f"{what}{where}. This is a fault of honed: please report it with this line."
