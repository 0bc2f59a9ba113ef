"""Sequences that the scored model has not seen, in the report of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from honed.families.sequence.unseen import unseen
from honed.report.html import page


def test_the_worst_errors_are_shown_as_curves_with_their_ids(run: Path) -> None:
    part: Any = unseen(run, json.loads((run / "summary.json").read_text()), False)
    worst = part["worst"]["rows"][0]
    assert worst["picture"].startswith("data:image/svg+xml;base64,") and worst["name"].startswith("p")
    told = page(run)
    assert worst["picture"] in told and "These are sequences, counted from 1" in told
    assert "sequences that neither training nor any choice has seen" in part["says"]
