"""One network with the settings that its user gave: `honed train`."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import numpy as np

from honed.encode.target import kind_of
from honed.errors import RunError
from honed.family import Specification, find_family
from honed.findings import Finding, no_network
from honed.logs.asked import opened
from honed.report.facts import Facts
from honed.report.folds import write_folds
from honed.report.progress import Careful, Progress, Silent
from honed.run.folder import RunFolder
from honed.run.journal import Journal
from honed.search import decisions, devices, diagnosis, executors, intervals, save, scores, summary
from honed.search.candidate import Candidate, encoding_spec
from honed.search.failures import ended, why
from honed.search.logged import logged
from honed.search.new_run import begin, new_run
from honed.search.options import Options
from honed.search.prepare import Prepared, Share, prepare
from honed.search.runner import Runner
from honed.search.stores import FolderStore
from honed.search.training import Training
from honed.settings import build
from honed.table.split import Fold, Splits
from honed.train.spec import TrainingSpec, check_output


def train(options: Options, out: str | Path, progress: Progress | None = None) -> Facts:
    """Train one network with the settings of `options`; save it and its facts.

    Raises
    ------
    InputError
        Wrong data, an unknown setting or a bad value, or the folder exists; nothing has been written.
    """
    progress = Careful(progress or Silent())
    prepared, _, _ = checked(options)
    places = opened(options.log)
    with (
        new_run(prepared, out, trials=1) as (folder, journal),
        logged(places, prepared, journal, folder, progress.say),
    ):
        return go_on(prepared, folder, journal, progress)


def checked(options: Options) -> tuple[Prepared, TrainingSpec, str]:
    """The data, the training and the encoding that `options` name, after every check; errors as `train`."""
    network, training, encoding = _specs(options)
    devices.found(options)
    prepared = prepare(options, share=sharing(options))
    decisions.check_has_rows(prepared)
    parts = training.parts(prepared.heads)
    output = prepared.family.networks.layers(network)[-1].activation
    check_output(output, parts)
    return prepared, training, encoding


def sharing(options: Options) -> Share:
    """How a training by hand shares its rows out: in one fold, and none to validate on without early stopping.

    Rows that the user gave to validate on then score each epoch and choose nothing.
    """
    _, training, _ = _specs(options)
    return partial(_one_fold, training, options.valid is not None)


def _one_fold(training: TrainingSpec, given: bool, splits: Splits) -> Splits:
    first = splits.folds[0]
    outer = splits.reason.partition(";")[0]
    if given:
        said = splits.reason
        if not training.early_stopping:
            said += ", and choose nothing: early stopping is off, so the last epoch is kept"
    elif training.early_stopping:
        train, valid = len(first.train), len(first.valid)
        others = "of the others " if len(splits.outer) else ""
        trained = f"{others}{train:,} {'trains' if train == 1 else 'train'}"
        said = f"{outer}; {trained} and {valid:,} {'chooses' if valid == 1 else 'choose'} the epoch"
    else:
        known = np.sort(np.concatenate([first.train, first.valid])) if splits.inner is None else splits.inner
        first = Fold(known, first.valid[:0])
        those = "the other" if len(splits.outer) else "all"
        said = (
            f"{outer}; {those} {len(first.train):,} train: early stopping is off, so the last epoch is kept"
        )
    if splits.aside is not None and len(splits.aside):
        others = len(splits.aside)
        said += (
            f"; {others:,} more {'belongs' if others == 1 else 'belong'} with those that do not train, so "
        )
        said += f"{'it does' if others == 1 else 'they do'} not either"
    # of rows along time some lie in a gap, or were not drawn to validate: nothing else of this training knows them
    looked_at = None if splits.inner is None else np.sort(np.concatenate([first.train, first.valid]))
    return Splits(splits.outer, (first,), 1, said, looked_at, notes=splits.notes, aside=splits.aside)


def _specs(options: Options) -> tuple[Specification, TrainingSpec, str]:
    """What a training by hand was asked for: network, training, and the name of an encoding."""
    family = find_family(options.family)
    kinds = [family.specification, TrainingSpec, encoding_spec(family)]
    network, training, beside = build(kinds, {"probes": "usual"} | (options.settings or {}))
    return network, training, beside.encoding


def go_on(prepared: Prepared, folder: RunFolder, journal: Journal, progress: Progress) -> Facts:
    """Train in a locked folder, new or of a run that was interrupted; save the model and its facts.

    Its rows are as `sharing` has them; the result is taken from the journal where it is there.
    """
    begin(prepared, folder, progress)
    write_folds(folder.path, prepared.source.places, prepared.splits)
    network, training, encoding = _specs(prepared.options)
    with executors.pool(prepared.options, 1) as executor:
        runner = Runner(prepared, journal, FolderStore(folder), executor)
        given = {"by hand": True}
        way = kind_of(training.loss)
        target = way if way in prepared.ways else prepared.targets[0]
        candidate = Candidate(0, "by hand", network, training, target, encoding, given)
        only = Training("by hand", candidate, "0", probes=training.probes)
        result = runner.train([only]).get(only)
        findings: list[Finding] = []
        if result is not None:
            known = diagnosis.of_data(prepared, encoding)
            findings, probes = diagnosis.of_search(runner, [only], known)
            diagnosis.write(folder, findings, probes)
        has_score = result is not None and (math.isfinite(result.loss) or not len(runner.fold("0").valid))
        if result is None or not has_score or not result.value["best_epoch"]:
            shown = f" `honed diagnose {folder.path}` shows it." if result is not None else ""
            raise RunError(str(ended(journal, _not_learned(runner, only, findings))) + shown)
        model = save.on_the_way(runner, [only])
        valid = runner.fold("0").valid
        model = intervals.given(prepared, model, valid)
        said, asked = scores.of_model(prepared, model)
        found = scores.of_said(prepared, {"network": said}) | scores.of_constant(prepared)
        reliance = intervals.measured(prepared, asked)
        model = intervals.given(prepared, model, np.concatenate([valid, prepared.splits.outer]))
    folder.replace_dir("model", model.save)
    journal.event("model", of="by hand", loss=result.value["loss"])
    given = set(prepared.options.settings or {})
    facts = summary.by_hand(prepared, candidate, given, result.value, found, model)
    if reliance is not None:
        facts["intervals"] = reliance
    if model.decision is not None:
        facts["decision"] = decisions.told(prepared, model.decision, prepared.splits.outer, said)
    folder.write_json("summary.json", facts)
    journal.event("done")
    for note in result.value["notes"]:
        progress.say(note)
    diagnosis.tell(findings, progress)
    return facts


def _not_learned(runner: Runner, training: Training, findings: list[Finding]) -> str:
    outcome = runner.journal.result(training.key) or {}
    if outcome.get("ok"):
        return no_network(findings)
    return f"The network could not be trained: {why(outcome)}"
