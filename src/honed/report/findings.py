"""The page of `honed diagnose`: findings in words, for a terminal."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Sequence
from pathlib import Path

from honed.errors import RunError
from honed.findings import Finding
from honed.run.folder import RunFolder
from honed.run.plain import dumps

FILE = "findings.json"
_INDENT = "  "


def read(run: Path) -> list[Finding]:
    """The findings of a run, errors first.

    Raises
    ------
    InputError
        There is no run at that path.
    RunError
        It has not come to its findings yet.
    """
    folder = RunFolder.open(run)
    if not (run / FILE).exists():
        raise RunError(
            f"{run} has no findings.json yet: findings are written when training has ended. "
            f"Wait until then, or go on with `honed resume {run}`."
        )
    return [Finding.from_json(one) for one in folder.read_json(FILE)["findings"]]


def as_json(findings: Sequence[Finding]) -> str:
    """One JSON object, ``{"findings": [...]}``, and a line's end."""
    return dumps({"findings": [finding.to_json() for finding in findings]}, indent=2) + "\n"


def page(findings: Sequence[Finding], width: int = 100) -> str:
    """Each finding as a paragraph: what, why, what to do, and the words that do it."""
    if not findings:
        return "Nothing to report: no rule found anything wrong.\n"
    return "\n\n".join(_paragraph(finding, width) for finding in findings) + "\n"


def words(finding: Finding) -> str:
    """The advice as options of the command line.

    Examples
    --------
    >>> words(Finding("x", "note", "", {}, "", "", {"activation": "relu", "residual": True}))
    '--set activation=relu --set residual=true'
    """
    options = []
    for name, value in finding.advice.items():
        if name == "exclude":
            options += [f"--exclude {shlex.quote(column)}" for column in value]
        else:
            text = value if isinstance(value, str) else dumps(value)
            setting = shlex.quote(f"{name}={text}")
            options.append(f"--set {setting}")
    return " ".join(options)


def _paragraph(finding: Finding, width: int) -> str:
    lines = [f"{finding.severity.upper()}  {finding.id}", finding.what, f"Why: {finding.why}"]
    lines.append(f"What to do: {finding.action}")
    if finding.advice:
        lines.append(f"Try: {words(finding)}")
    if finding.reference:
        lines.append(f"Source: {finding.reference}")
    head, *rest = lines
    wrapped = [
        textwrap.fill(line, width, initial_indent=_INDENT, subsequent_indent=_INDENT * 2) for line in rest
    ]
    return "\n".join([head, *wrapped])
