"""Findings as data: JSON, order, and what ends a training."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from honed import typed
from honed.findings import Finding, at_least, finite, no_network, worst_first


def finding(id: str = "a-rule", severity: str = "note", **more) -> Finding:
    parts = {"what": f"Seen by {id}.", "evidence": {}, "why": "So it is.", "action": "Do this."} | more
    return Finding(id=id, severity=severity, **parts)  # pyright: ignore[reportArgumentType]


def test_a_finding_survives_json() -> None:
    before = finding(
        evidence={"share": 0.5}, advice={"width": 64}, layers=(1, 2), reference="arXiv 1706.02515"
    )
    assert Finding.from_json(json.loads(json.dumps(before.to_json()))) == before


def test_numbers_that_are_not_finite_become_nothing_in_json() -> None:
    evidence = {"losses": np.array([1.0, math.inf]), "rate": np.float32("nan"), "layers": (1, 2)}
    assert finding(evidence=evidence).to_json()["evidence"] == {
        "losses": [1.0, None],
        "rate": None,
        "layers": [1, 2],
    }
    assert finite("nan") == "nan"


def test_what_is_no_finding_is_refused() -> None:
    with pytest.raises(typed.Misfit, match="severity"):
        Finding.from_json(finding().to_json() | {"severity": "catastrophe"})


def test_the_worst_come_first_and_equals_keep_their_order() -> None:
    given = [finding("a"), finding("b", "error"), finding("c", "warning"), finding("d", "error")]
    assert [each.id for each in worst_first(given)] == ["b", "d", "c", "a"]


def test_a_training_that_came_to_nothing_says_its_errors_and_their_mends() -> None:
    given = [finding("a", "warning"), finding("b", "error", what="It diverged.", action="Lower the rate.")]
    assert no_network(given) == "There is no network to keep. It diverged. Lower the rate."
    assert no_network([]) == "There is no network to keep. Its loss was never a finite number."


def test_findings_are_told_by_how_bad_they_are() -> None:
    found = [finding(severity=severity) for severity in ("note", "error", "warning")]
    assert [one.severity for one in at_least("error", found)] == ["error"]
    assert [one.severity for one in at_least("warning", found)] == ["error", "warning"]
