"""A finding: what was seen, its numbers, why it happens and what to do.

Reports, commands and tests share it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from honed import typed
from honed.typed import JSON

Severity = Literal["error", "warning", "note"]
_ORDER: dict[str, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Finding:
    """One thing that a rule saw; a check that passed is no finding.

    Attributes
    ----------
    id : the rule's name, such as "vanishing-gradient".
    severity : "error", the network cannot be trusted or does not learn; "warning", it would learn better; "note".
    what : what was seen, one sentence with its numbers.
    evidence : those numbers by name, plain values.
    why : the mechanism, one or two sentences.
    action : what to do, one sentence.
    advice : the same as settings to change (`honed train --set`), empty where no setting would help.
    layers : numbers of the layers concerned, hidden layers from 1 on, the output layer last; empty for the whole.
    reference : paper or rule behind it.
    """

    id: str
    severity: Severity
    what: str
    evidence: Mapping[str, JSON]
    why: str
    action: str
    advice: Mapping[str, JSON] = field(default_factory=dict)
    layers: tuple[int, ...] = ()
    reference: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Plain values; a number that is not finite becomes None."""
        return {
            "id": self.id,
            "severity": self.severity,
            "what": self.what,
            "evidence": finite(self.evidence),
            "layers": list(self.layers),
            "why": self.why,
            "action": self.action,
            "advice": dict(self.advice),
            "reference": self.reference,
        }

    @classmethod
    def from_json(cls, value: JSON) -> Finding:
        """The finding that `to_json` wrote; `Misfit` for anything else."""
        return typed.take(cls, value)


def finite(value: object) -> JSON:
    """The value with None for each number that is not finite, which JSON cannot say."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Errors, warnings, notes; within each in the order given."""
    return sorted(findings, key=lambda finding: _ORDER[finding.severity])


def at_least(severity: Severity, findings: Iterable[Finding]) -> list[Finding]:
    """Those that are as bad as that, or worse."""
    return [finding for finding in findings if _ORDER[finding.severity] <= _ORDER[severity]]


def no_network(findings: Iterable[Finding]) -> str:
    """Why a training came to nothing, in words: the errors that were seen, and what to do about each."""
    said = [f"{finding.what} {finding.action}" for finding in findings if finding.severity == "error"]
    return " ".join(["There is no network to keep.", *(said or ["Its loss was never a finite number."])])
