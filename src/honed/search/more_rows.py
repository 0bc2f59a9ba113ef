"""A finished run's settings trained on more rows: `refit`.

Twice: going on from the weights of its networks, and from new starts. Both are scored beside the unchanged model on new
rows that none of them has seen, and what is best there is kept, once more trained on all rows.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from honed import addresses, passes
from honed import model as models
from honed.device import CPU
from honed.encode import target as targets
from honed.encode.target import TargetEncoder
from honed.errors import InputError, RunError
from honed.family import find_known_family
from honed.figures import counted, figure
from honed.metrics import choose
from honed.model.model import Member, Model
from honed.report.facts import Facts, Network
from honed.report.folds import write_folds
from honed.report.progress import Careful, Progress, Silent
from honed.run import journal as journals
from honed.run import paths
from honed.run.executor import Executor
from honed.run.folder import RunFolder
from honed.run.in_process import FEW_ROWS, InProcess
from honed.run.journal import Journal
from honed.search import decisions, devices, diagnosis, executors, intervals, save, scores, summary
from honed.search.candidate import Candidate
from honed.search.clock import Clock
from honed.search.failures import why
from honed.search.folds import Known
from honed.search.new_run import PERFORM, begin, new_run
from honed.search.options import Options, Refit, Voter
from honed.search.paired import Paired, paired
from honed.search.payloads import start_of
from honed.search.prepare import Prepared, prepare, ys_of
from honed.search.refit import best_together
from honed.search.runner import Runner, Score, with_heads
from honed.search.stores import FolderStore
from honed.search.training import Training
from honed.search.versions import Begun
from honed.settings import build
from honed.table import batches, several
from honed.train.spec import TrainingSpec
from honed.trials import ALL, FULL, INNER, Key, Stage, trainings
from honed.typed import JSON

Way = Literal["unchanged", "further", "anew"]

BEFORE = "before"  # the folder of the unchanged model, as long as the run is not done
_SCORED, _END = 0.5, 0.97  # of the budget: when what is scored, and what predicts, is trained
_WHOLE: tuple[Stage, ...] = (*FULL, "confirm", "again", "by hand")  # with all of their epochs
_SAID: dict[Way, str] = {
    "unchanged": "the old model, unchanged",
    "further": "going on from the trained weights",
    "anew": "training anew",
}


def refit(
    run: str | Path,
    data: str,
    out: str | Path,
    budget: float | None = None,
    progress: Progress | None = None,
    device: str | None = None,
) -> Facts:
    """Train what a finished run has chosen on more rows, keep what is best, and say by which scores.

    Parameters
    ----------
    run : the folder, which stays as it is. data : the new rows. out : the new run's folder.
    budget : seconds; None for as many as the trainings take.
    device : where to train (`honed.device.ASKED`); None for where the run was asked to.

    Raises
    ------
    InputError
        The run is not finished or not of a table, the new rows do not fit it, or the folder exists; nothing has been
        written.
    """
    start, progress = time.monotonic(), Careful(progress or Silent())
    options = _options(Path(run), data, budget)
    options = options if device is None else replace(options, device=device)
    devices.found(options)
    prepared = prepare(options)
    with new_run(prepared, out, None) as (folder, journal):
        return go_on(prepared, folder, journal, Clock(start, budget), progress)


def beside(run: Path) -> Path:
    """Where the new run goes where nobody says it."""
    own = run.resolve() if run.name in ("", "..") else run
    return own.with_name(f"{own.name}-refit")


def go_on(prepared: Prepared, folder: RunFolder, journal: Journal, clock: Clock, progress: Progress) -> Facts:
    """Train, score and keep in a locked folder, new or of a run that was interrupted."""
    before = _kept(folder, prepared)
    begin(prepared, folder, progress)
    write_folds(folder.path, prepared.source.places, prepared.splits)
    prepared = _with_metric(prepared)
    with _executor(prepared, len(before.members)) as executor:
        store = FolderStore(folder)
        apart = replace(prepared, round=1)  # whose rows are encoded otherwise under other names
        own = _known(before, prepared)
        further = _Further(Runner(apart, journal, store, executor, known=own), before)
        ways: dict[Way, _Networks] = {
            "further": further,
            "anew": _Networks(Runner(prepared, journal, store, executor), before),
        }
        further.hand_over(executor)
        tried: dict[Way, Model] = {"unchanged": before}
        lacking: list[str] = []
        progress.say(f"Training {counted(len(before.members), 'network')} twice: going on, and anew.")
        for name, way in ways.items():
            learned = way.trained(INNER, clock.at(_SCORED))
            if isinstance(learned, Model):
                tried[name] = learned
            else:
                lacking.append(f"{_SAID[name].capitalize()} is not compared: {learned}")
                progress.say(lacking[-1])
        taken = prepared.source.take(prepared.splits.outer)
        answers: dict[Way, np.ndarray] = {name: model.told(taken) for name, model in tried.items()}
        compared = _compared(prepared, answers)
        best = _best(prepared, compared)
        verdict = _verdict(prepared, compared, best)
        progress.say(verdict)
        model, notes = tried[best], [*_notes(prepared), *lacking]
        if best != "unchanged":
            last = ways[best].trained(ALL, clock.at(_END))
            if isinstance(last, Model):
                model = last
                notes.append("What predicts was trained once more, on the rows kept apart too.")
            else:
                notes.append(f"What predicts has not learned from the rows kept apart: {last}")
        anew = ways["anew"]
        encoding = anew.candidates[0].encoding
        known = diagnosis.of_data(prepared, encoding, clock.at(1.0), progress.say)
        found, probes = diagnosis.of_search(anew.runner, anew.trainings(INNER)[:1], known)
        told = _told(prepared, compared, answers)
        facts = _facts(prepared, folder, journal, clock, tried[best], model, told, best, verdict, notes)
    folder.replace_dir("model", model.save)
    journal.event("model", of=_SAID[best], loss=None)
    if model is not tried[best]:
        folder.replace_dir("scored", tried[best].save)
    diagnosis.write(folder, found, probes, of_training="anew" in tried)
    folder.write_json("summary.json", facts)
    journal.event("done")
    shutil.rmtree(folder.path / BEFORE, ignore_errors=True)
    diagnosis.tell(found, progress)
    return facts


def _kept(folder: RunFolder, prepared: Prepared) -> Model:
    """The unchanged model, which the folder keeps with what is told of it, so that it stays what it was."""
    refit = prepared.options.refit
    assert refit is not None
    if not (folder.path / BEFORE).exists():
        before = models.load(refit.run)
        facts = RunFolder.open(refit.run).read_json("summary.json", Facts)
        if {member.voice for member in before.members} != {voter.number for voter in refit.voters}:
            raise RunError(
                f"{refit.run} has another model than when this run was begun, so it cannot go on. Remove "
                f"{folder.path}, in which nothing has been trained, and begin anew with `honed refit`."
            )

        def keep(place: Path) -> None:
            before.save(place)
            RunFolder(place).write_json("summary.json", facts)

        folder.replace_dir(BEFORE, keep)
    return models.load(folder.path / BEFORE)


def _executor(prepared: Prepared, networks: int) -> Executor:
    """What trains so many networks at once; of a small table a single one is trained in this process."""
    options, is_small = prepared.options, len(prepared.y) <= FEW_ROWS
    workers = min(devices.workers(options), networks)
    is_here = workers == 1 and is_small and devices.found(options) == CPU
    return InProcess(PERFORM) if is_here else executors.pool(options, networks)


class _Networks:
    """The members of a model trained anew: as many networks of each candidate, with the same shares."""

    def __init__(self, runner: Runner, before: Model) -> None:
        self.runner, self._before = runner, before
        refit = runner.prepared.options.refit
        assert refit is not None
        by_number = {voter.number: voter for voter in refit.voters}
        self._voters = [by_number[member.voice] for member in before.members]
        self.candidates = [_candidate(voter, runner.prepared) for voter in self._voters]

    def trainings(self, fold: str) -> list[Training]:
        """That of each member on the rows of that fold."""
        return [self._training(number, fold) for number in range(len(self.candidates))]

    def trained(self, fold: str, until: float | None) -> Model | str:
        """The model of networks that have learned from the rows of that fold; or why one of them is not there."""
        wanted = self.trainings(fold)
        found = self.runner.train(wanted, until)
        for training in wanted:
            if training not in found:
                return why(self.runner.journal.result(training.key))
            if found[training].value["diverged"]:
                return "its loss grew beyond all numbers."
        before = self._before
        shares = [member.shares for member in before.members]
        heats = (before.temperature, *before.further)
        model = save.model(self.runner, list(zip(wanted, shares, strict=True)), heats, before.decision)
        return replace(model, intervals=before.intervals)

    def _training(self, number: int, fold: str) -> Training:
        """That of the member of that number."""
        own = self._voters[number]
        seed = Counter(voter.number for voter in self._voters[:number])[own.number]
        return Training("again", self.candidates[number], fold, seed, stop_after=own.epochs)


class _Further(_Networks):
    """The members of a model that go on: the same weights, encoders and scales of the target to begin with."""

    def hand_over(self, executor: Executor) -> None:
        """Give the weights to those who train."""
        for number, member in enumerate(self._before.members):
            for name, array in member.params.items():
                executor.put(start_of(str(number), name), np.asarray(array, np.float32))

    def _training(self, number: int, fold: str) -> Training:
        encoder = self._before.members[number].encoder
        return replace(super()._training(number, fold), fold=f"{fold}_{encoder}", start=str(number))


def _candidate(voter: Voter, prepared: Prepared) -> Candidate:
    """A voter as the search trains it."""
    network, training = build(
        [prepared.family.specification, TrainingSpec], {**voter.network, **voter.training}
    )
    target = voter.target
    return Candidate(
        voter.number,
        voter.name,
        network,
        training,
        target,
        voter.encoding,
        {},
        program=(voter.number,),
        focus=voter.focus,
    )


def _known(before: Model, prepared: Prepared) -> dict[str, Known]:
    """How the model takes rows and targets, of each of its encoders for the rows of each fold."""
    assert prepared.options.refit is not None
    ways = {voter.number: voter.target for voter in prepared.options.refit.voters}
    found: dict[str, Known] = {}
    for fold in (INNER, ALL):
        rows = prepared.fold(fold).train
        for number, encoder in enumerate(before.encoders):
            own = {ways[m.voice]: _wider(m, prepared, rows) for m in before.members if m.encoder == number}
            found[f"{fold}_{number}"] = Known(encoder, own)
    return found


def _wider(member: Member, prepared: Prepared, rows: np.ndarray) -> tuple[TargetEncoder, ...]:
    """The scale of each target that a network has learned, with bounds that let it answer what these rows show too."""
    margin = float((prepared.options.settings or {}).get("prediction_margin", targets.MARGIN))
    read = zip(member.readings, ys_of(prepared.source), strict=True)
    return tuple(_wider_one(reading.target, y[rows], margin) for reading, y in read)


def _wider_one(own: TargetEncoder, y: np.ndarray, margin: float) -> TargetEncoder:
    if own.kind == "classes":
        return own
    # One that learned a logarithm of positive targets alone takes a 0 for the least of them.
    y = y[y + own.offset > 0] if own.kind == "log" else y
    if not len(y):
        return own
    new = targets.fit(y, own.kind, margin)
    return replace(own, low=min(own.low, new.low), high=max(own.high, new.high))


def _with_metric(prepared: Prepared) -> Prepared:
    """With the task's own metric where the rows kept apart leave the run's undefined."""
    target, rows = prepared.schema.target, prepared.splits.outer
    if len(prepared.heads) > 1:  # what compares them is defined on any rows
        return prepared
    outputs = (len(target.classes),) if target.classes else ()
    if prepared.metric.is_defined(prepared.y[rows], outputs):
        return prepared
    usual = choose(None, target.task)
    note = f"{prepared.metric.name} is undefined on the rows kept apart, so {usual.name} takes its place."
    return replace(prepared, metric=usual, notes=(*prepared.notes, note))


def _compared(prepared: Prepared, answers: Mapping[Way, np.ndarray]) -> dict[Way, Paired]:
    """The score of each on the rows kept apart, and its difference to that of the first."""
    rows = prepared.splits.outer
    groups = prepared.groups_of(rows)
    found = paired(prepared.metric.score, prepared.truth[rows], list(answers.values()), groups)
    return dict(zip(answers, found, strict=True))


def _told(
    prepared: Prepared, compared: Mapping[Way, Paired], answers: Mapping[Way, np.ndarray]
) -> dict[str, Score]:
    """The scores as a summary has them, of several targets each one's too."""
    truth = prepared.truth[prepared.splits.outer]
    return {
        name: with_heads(Score(score=own.score, low=own.low, high=own.high), prepared, truth, answers[name])
        for name, own in compared.items()
    }


def _best(prepared: Prepared, compared: Mapping[Way, Paired]) -> Way:
    sign = -1 if prepared.metric.higher_is_better else 1
    return min(compared, key=lambda name: sign * compared[name].score)


def _verdict(prepared: Prepared, compared: Mapping[Way, Paired], best: Way) -> str:
    """What is best and by how much, in a sentence."""
    if len(compared) == 1:
        return "No other network could be trained, so the model is the old one, unchanged."
    name, rows = prepared.metric.name, counted(len(prepared.splits.outer), "row")
    of = "the two" if len(compared) == 2 else "the three"
    said = f"Best of {of} on {rows} kept apart: {_SAID[best]}; {name}"
    if best != "unchanged":
        return f"{said} differs from the unchanged model's by {_apart(compared[best])}."
    others = [f"{_SAID[way]} by {_apart(own)}" for way, own in compared.items() if way != "unchanged"]
    return f"{said} differs for {' and for '.join(others)}."


def _apart(own: Paired) -> str:
    """A difference with its interval."""
    assert own.less is not None and own.less_low is not None and own.less_high is not None
    return f"{own.less:+.4g} ({figure(own.less_low)} to {figure(own.less_high)})"


def _facts(
    prepared: Prepared,
    folder: RunFolder,
    journal: Journal,
    clock: Clock,
    scored: Model,
    model: Model,
    told: Mapping[str, Score],
    best: Way,
    verdict: str,
    notes: list[str],
) -> Facts:
    """The content of `summary.json`: what was chosen is told as the old run does."""
    old = RunFolder(folder.path / BEFORE).read_json("summary.json", Facts)
    facts = summary.common(prepared)
    facts["state"], facts["uses"], facts["verdict"] = "done", best, verdict
    facts["data"] = paths.listed([prepared.options.named, *map(paths.shown, prepared.options.more)])
    facts["network"] = _network(prepared, old["network"], models.load(folder.path / BEFORE), model)
    facts["choices"] = old["choices"]
    facts["ensemble"] = [cast(Any, _without(member, "score")) for member in old.get("ensemble", [])]
    facts["scores"] = summary.told_scores({**told, **scores.of_constant(prepared)})
    done = [value for _, value in trainings(journal.events)]
    facts["time"] = {
        "seconds": round(time.monotonic() - clock.start, 1),
        "budget": clock.budget,
        "networks": len(done),
    }
    facts["notes"] = summary.notes(prepared, model, notes)
    each = scored.each(prepared.source.take(prepared.splits.outer))
    if (reliance := intervals.measured(prepared, scores.Scored(scored, each))) is not None:
        facts["intervals"] = reliance
    if scored.decision is not None:
        said = scored.told(prepared.source.take(prepared.splits.outer), each)
        facts["decision"] = decisions.told(prepared, scored.decision, prepared.splits.outer, said)
    return facts


def _network(prepared: Prepared, old: Network, before: Model, model: Model) -> Network:
    """What is told of the best single network, with what new levels have changed of it, where it votes."""
    network = cast(Network, _without(old, "spread"))
    for was, now in zip(before.members, model.members, strict=True):
        told, new = (
            prepared.family.facts(own.network, of.encoders[own.encoder].inputs, prepared.outputs)
            for own, of in ((was, before), (now, model))
        )
        if told.items() <= network.items():
            network |= new
            network["parameters"] = sum(int(np.size(value)) for value in now.params.values())
            break
    return network


def _without(facts: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Facts of the old run but for one that is of its own rows."""
    return {key: value for key, value in facts.items() if key != name}


def _notes(prepared: Prepared) -> list[str]:
    refit = prepared.options.refit
    assert refit is not None
    same = "with its shares, its calibration and, where it has them, its threshold and intervals"
    return [
        f"The settings are those of {refit.run}, {same}.",
        prepared.splits.reason + ".",
        "The rows kept apart have chosen which of these predicts, so its score is a little too good.",
    ]


def _options(run: Path, data: str, budget: float | None) -> Options:
    """What the new run is asked to do; see `refit` for errors."""
    folder = RunFolder.open(run)
    begun, results = _finished(run, folder)
    old = begun["options"]
    if old.family is not None:
        raise InputError(
            f"{run} has learned from pictures, sequences or data of another family, and more rows can be trained on by "
            "runs of tables alone. Start a new run with `honed fit` on all data."
        )
    if old.query is not None or addresses.is_address(data):
        whose = "the new rows are" if old.query is None else f"those of {run} are"
        raise InputError(
            f"A run is trained on more rows of files alone, and {whose} in a database. Start a new run with `honed "
            "fit` and a query that gives all rows."
        )
    family = find_known_family(None)
    model = models.load(run)
    voters = _voters(run, model, results, family.specification)
    places, alone = _places(folder, begun, data)
    refit = Refit(os.path.abspath(run), begun["fingerprint"], model.schema.to_json(), voters, alone)
    tables = {"data": data, "valid": None, "more": ()}
    if places:
        more = tuple(places[f"more/{place}"] for place in range(len(old.more)))
        tables = {"data": places["data"], "valid": places.get("valid"), "more": (*more, data)}
    return replace(
        old,
        **tables,
        budget=budget,
        trials=None,
        group=model.schema.group,
        time=model.schema.time,
        nested=0,
        schema=None,
        cluster=None,
        log=(),
        refit=refit,
    )


def _finished(run: Path, folder: RunFolder) -> tuple[Begun, dict[Key, dict[str, JSON]]]:
    """What a finished run was asked to do, and the records of its trainings."""
    events, _ = journals.legible(run / "journal.jsonl") if (run / "journal.jsonl").exists() else ([], "")
    is_done = bool(events) and events[-1]["kind"] == "done" and (run / "summary.json").exists()
    if not is_done:
        raise InputError(
            f"{run} is not finished, so what it would train on more rows is not settled. Let it end, or go on with "
            f"`honed resume {run}`."
        )
    results: dict[Key, dict[str, JSON]] = {}
    for key, value in trainings(events):
        results.pop(key, None)  # one that was trained again counts where it ended last
        results[key] = value
    return folder.read_json("run.json", Begun), results


def _places(folder: RunFolder, begun: Begun, data: str) -> tuple[dict[str, str], str]:
    """Where the tables of the run are, by name; or none, and in a sentence why."""
    told = folder.read_json("run.json", dict[str, JSON])
    without = (
        f"so {paths.shown(data)} alone is learned from: networks that are trained anew see nothing of what came before "
        "it, and that the run has not seen some of its rows is not checked."
    )
    try:
        places = folder.places(told)
    except InputError:
        return {}, f"The table of {folder.path}, {begun['options'].named}, is not there any more, {without}"
    if any(batches.of(path, (), begun["options"].as_is) for path in places.values()):
        return places, ""  # which the source then refuses
    if "".join(several.fingerprint(path) for path in places.values()) == begun["fingerprint"]:
        return places, ""
    new = _files(data)
    if any(_files(path) <= new for path in places.values()):
        raise InputError(
            f"{paths.shown(data)} is the table that {folder.path} has learned from and has changed since, so which of "
            "its rows are new is not known. Put the earlier file back, and give the rows that came after it in a file "
            "of their own."
        )
    return {}, f"The table of {folder.path} has changed since that run read it, {without}"


def _files(path: str) -> set[str]:
    return {os.path.realpath(file) for file in several.files(path) or [path]}


def _voters(
    run: Path, model: Model, results: Mapping[Key, Mapping[str, JSON]], specification: type
) -> tuple[Voter, ...]:
    """The candidates of the model's networks, with the epochs that their last trainings took."""
    found: dict[int, Voter] = {}
    for member in model.members:
        everything = {key: value for key, value in results.items() if key.number == member.voice}
        # Others measured programs, with fewer epochs; of a sample alone is what predicts where there was no more time.
        own = {key: value for key, value in everything.items() if key.stage in _WHOLE}
        own = own or {key: value for key, value in everything.items() if key.stage in ("quick", "first")}
        value = next(reversed(own.values()), None)
        if value is None or "settings" not in value:
            raise RunError(
                f"The journal of {run} does not tell how its networks were trained, as that of an earlier version of "
                "honed does not. Start a new run with `honed fit` on all rows."
            )
        said = value["settings"]
        (network,) = build([specification], said["network"])
        if network != member.network:
            raise RunError(
                f"The journal of {run} tells of another network than its model holds, so its settings are not known. "
                "Copy the folder again from where it was made, or start a new run with `honed fit` on all rows."
            )
        training, epochs = dict(said["training"]), _epochs(own)
        is_cut = any(key.stage == "quick" or each.get("parts") for key, each in own.items())
        if is_cut:  # its schedule has ended with the time, or was a short one: here with whole epochs
            epochs = max(1, round(epochs))
            training["epochs"] = epochs
        found[member.voice] = Voter(
            member.voice,
            value["candidate"],
            dict(said["network"]),
            training,
            said["target"],
            said["encoding"],
            epochs,
            tuple(reading.target.kind for reading in member.readings),
            said.get("focus", ""),
        )
    return tuple(found.values())


def _epochs(own: Mapping[Key, Mapping[str, JSON]]) -> float:
    """Epochs, or passes over many rows, of the last training of a candidate; see `honed.search.refit`."""
    last = [value for key, value in own.items() if key.stage == "again" and key.fold.startswith((ALL, INNER))]
    if last:
        return passes.made(last[-1], last[-1]["best_epoch"])
    values = [value for key, value in own.items() if key.stage in (*FULL, "confirm")]
    values = values or list(own.values())[-1:]
    if len(values) == 1 or not any(value["valid_loss"] for value in values):
        return passes.made(values[-1], values[-1]["best_epoch"])
    curves = [value["valid_loss"] for value in values]
    longest = max(values, key=lambda value: len(value["valid_loss"]))
    return passes.made(longest, best_together(curves))
