"""From a run's trainings to findings: what `findings.json` and `record.safetensors` hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from honed.diagnosis import training as training_rules
from honed.diagnosis.case import Case
from honed.figures import counted
from honed.findings import Finding, worst_first
from honed.heads import apart
from honed.optional import optional
from honed.report.findings import FILE, to_json
from honed.report.progress import Progress
from honed.run import disk
from honed.run.arrays import pack
from honed.run.folder import RunFolder
from honed.search.prepare import Prepared
from honed.search.runner import Runner
from honed.search.training import Training

RECORD = "record.safetensors"
_SOON = 1.0  # seconds of a look that there is always time for


def of_training(runner: Runner, training: Training) -> list[Finding]:
    """What the rules see in a training that has ended, and in the labels of its validation rows."""
    found = training_rules.findings(case(runner, training))
    valid = runner.fold(training.fold).valid
    outcome = runner.journal.result(training.key)
    if not len(valid) or outcome is None or outcome["value"]["loss"] is None:
        return found

    def doubts() -> list[Finding]:
        p, said = runner.prepared, runner.predictions(training)
        return p.family.doubts(p.source, p.splits, p.metric.name, apart(said, p.heads)[0], valid)

    return [*found, *optional("The look at the rows that the network has wrong", doubts, [])]


def of_data(
    prepared: Prepared,
    encoding: str,
    until: float | None = None,
    say: Callable[[str], None] | None = None,
) -> list[Finding]:
    """What the data tell before any training; nothing where a long look would last beyond `until`, as `say` is told."""
    p = prepared
    seconds = p.family.look_seconds(p.schema)
    if until is not None and seconds > _SOON and time.monotonic() + seconds >= until:
        if say is not None:
            say("There was no time left to look for faults in the data themselves.")
        return []
    return optional(
        "The look at the data", lambda: p.family.findings(p.source, p.splits, p.metric.name, encoding), []
    )


def of_search(
    runner: Runner, looks: Iterable[Training], known: list[Finding], sampled: Training | None = None
) -> tuple[list[Finding], dict[str, np.ndarray]]:
    """Findings, also those `known`, and probes of a search's best network, by the first look that succeeded.

    Parameters
    ----------
    sampled : a training of that network on a sample, with probes: only what is seen inside is told of it.
    """
    for look in looks:
        outcome = runner.journal.result(look.key)
        if outcome is not None and outcome["ok"]:
            family, encoding = runner.prepared.family, look.candidate.encoding
            found = of_training(runner, look)
            if sampled is not None:
                known_so_far = {one.id for one in found}
                found += [one for one in _inside(runner, sampled) if one.id not in known_so_far]
            own = family.unexplained(found, known, encoding)
            return worst_first([*own, *known]), probes(runner, look if sampled is None else sampled)
    return known, {}


def _inside(runner: Runner, training: Training) -> list[Finding]:
    """What the rules see in a training on a sample by its probes alone: its curves are of few rows."""
    one = case(runner, training)
    by_curves = {finding.id for finding in training_rules.findings(replace(one, probes={}))}
    seen = (finding for finding in training_rules.findings(one) if finding.id not in by_curves)
    of = f"That was seen in a short training of it on {counted(one.rows, 'row')}."
    return [replace(finding, what=f"{finding.what} {of}") for finding in seen]


def not_inside() -> Finding:
    """The note that nobody has looked inside a network, and so no rule that asks for that has found anything."""
    return Finding(
        id="not-looked-inside",
        severity="note",
        what="Nobody has looked inside the network: no training with probes came to its end in time.",
        evidence={},
        why="So rules on gradients, on the length of steps and on units that are dead, saturated or alike have found "
        "nothing, whatever there is.",
        action="Train its settings, as `honed show` has them, by hand with `honed train`, which looks inside, or give "
        "the search a longer budget.",
        advice={"probes": "usual"},
    )


def probes(runner: Runner, training: Training) -> dict[str, np.ndarray]:
    """What was measured inside the network, by name; the epochs' numbers as `epochs`, and of a sample its `rows`."""
    outcome = runner.journal.result(training.key)
    found = runner.probes(training)
    if not outcome or not found:
        return {}
    of_sample = {} if training.rows is None else {"rows": np.array(runner.rows(training))}
    return found | {"epochs": np.array(outcome["value"]["probe_epochs"])} | of_sample


def case(runner: Runner, training: Training) -> Case:
    """A training that has ended as the rules look at it; without probes where its arrays are gone."""
    outcome = runner.journal.result(training.key)
    assert outcome is not None and outcome["ok"], training.key
    candidate, family, heads = training.candidate, runner.prepared.family, runner.prepared.heads
    found = Case.of_value(
        outcome["value"],
        runner.probes(training),
        family.known_to_rules(candidate.network),
        candidate.training,
        rows=runner.rows(training),
        valid_rows=len(runner.fold(training.fold).valid),
        classes=heads[0].classes if len(heads) == 1 else 0,  # a sum of losses is no entropy
    )
    return found if found.network is not None else found.with_names(family.networks, candidate.network)


def tell(findings: Iterable[Finding], progress: Progress) -> None:
    """Say what is wrong and what to do about it; notes are for the report."""
    for finding in findings:
        if finding.severity != "note":
            progress.say(f"{finding.what} {finding.action}")


def write(
    folder: RunFolder,
    findings: Iterable[Finding],
    probes: dict[str, np.ndarray],
    *,
    of_training: bool = True,
) -> None:
    """Put both files into the run's folder, each whole; without probes no record of another network stays.

    `of_training` says whether the findings are of a training, and not of the table alone.
    """
    folder.write_json(FILE, to_json(findings, of_training))
    if probes:
        disk.write_file(folder.path / RECORD, pack(probes))
    else:
        (folder.path / RECORD).unlink(missing_ok=True)
