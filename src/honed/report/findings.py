"""The page of `honed diagnose`: findings in words, for a terminal."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

from honed.errors import RunError
from honed.findings import Finding
from honed.run.folder import RunFolder
from honed.run.holder import what_goes_on
from honed.run.plain import dumps
from honed.typed import JSON

FILE = "findings.json"
_INDENT = "  "


class Content(TypedDict):
    """What `findings.json` holds."""

    findings: list[Finding]
    of_training: NotRequired[bool]


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
            f"{run} has no findings.json yet: findings are written when training has ended. {what_goes_on(run)}"
        )
    return folder.read_json(FILE, Content)["findings"]


def are_of_training(run: Path) -> bool:
    """Whether a training has been examined, and not the table alone, as in a run that has not ended."""
    return bool(RunFolder.open(run).read_json(FILE, Content).get("of_training", True))


def as_json(findings: Sequence[Finding], of_training: bool = True) -> str:
    """One JSON object, ``{"findings": [...], "of_training": true}``, and a line's end."""
    return dumps(to_json(findings, of_training), indent=2) + "\n"


def to_json(findings: Iterable[Finding], of_training: bool) -> dict[str, JSON]:
    """What `findings.json` holds."""
    return {"findings": [finding.to_json() for finding in findings], "of_training": of_training}


def page(findings: Sequence[Finding], width: int = 100, of_training: bool = True) -> str:
    """Each finding as a paragraph: what, why, what to do, and the words that do it."""
    said = [_paragraph(finding, width) for finding in findings]
    if not said:
        said = [
            "Nothing to report: no rule found anything wrong" + ("." if of_training else " in the table.")
        ]
    if not of_training:
        said.append("No training has been examined: that is done when the run ends; `honed resume` goes on.")
    return "\n\n".join(said) + "\n"


def words(finding: Finding) -> str:
    """The advice as options of the command line.

    Examples
    --------
    >>> words(Finding("x", "note", "", {}, "", "", {"activation": "relu", "residual": True}))
    '--set activation=relu --set residual=true'
    """
    options = []
    for name, value in finding.advice.items():
        if name == "exclude" and isinstance(value, list | tuple):
            options += [f"--exclude {shlex.quote(str(column))}" for column in value]
        else:
            text = "none" if value is None else value if isinstance(value, str) else dumps(value)
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
