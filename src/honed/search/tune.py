"""The run from top to bottom: explore, confirm, assemble, train again on all rows, score, save.

`search` is deterministic but for its journal, so a resumed run repeats it and ends with the same bytes.
`fit` and `resume` put it into a folder, `fit_table` runs it in memory.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import shutil
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from honed.errors import InputError, RunError
from honed.figures import counted, figure
from honed.findings import Finding, no_network
from honed.model import sparsity
from honed.model.model import Member, Model
from honed.nets.spec import NetworkSpec
from honed.optional import optional
from honed.presets import PLAINEST, presets
from honed.report.facts import Experiment, Facts
from honed.report.findings import FILE
from honed.report.folds import write_folds
from honed.report.progress import Careful, Progress
from honed.run.folder import RunFolder
from honed.run.journal import Journal
from honed.run.pool import InProcess, Pool
from honed.run.spool import Spool
from honed.search import diagnosis, ensemble, moves, opening, plan, summary
from honed.search.candidate import Candidate
from honed.search.coach import Coach
from honed.search.plan import Plan
from honed.search.prepare import Options, Prepared, Proposer, assemble, prepare
from honed.search.ranges import DEFAULT_GROUPS
from honed.search.runner import Clock, FolderStore, MemoryStore, Result, Runner, Training
from honed.search.space import Space
from honed.settings import build
from honed.table.columns import Schema, group_codes
from honed.table.read import Table
from honed.table.split import Fold, Splits
from honed.train.spec import TrainingSpec, check_output
from honed.trials import ALL, FIRST_NETWORK, FULL, trainings

_PERFORM = "honed.search.job:perform"
_FIRST_ROWS, _FIRST_EPOCHS = 8_000, 4  # of the first network, there within seconds
_VOTERS = 20  # candidates that may enter the ensemble
_MOST_MEMBERS, _MOST_NETWORKS = 6, 12  # more would slow prediction for little
_QUICK_SHARE = 0.6  # of the exploring time, that the first rung of the first generation may take at most
_LEAST_GENERATION = 4  # candidates; fewer are not worth their barriers
_SLACK = 1.2  # leaders take longer than the average candidate
_BASELINES, _BASELINES_END = 0.03, 0.97  # of the budget: what linear model and boosting take, their end
_LOOK = 0.04  # of the budget on all workers, that a look at the best network may take from training it again
_NOISE = 1.64  # standard errors by which an ensemble has to beat the default (one-sided 5 %)
_IN_PROCESS_ROWS = (
    5_000  # tables up to this size are tuned in the caller's process when one worker is asked for
)


class Silent:
    """Progress that nobody watches."""

    def say(self, text: str) -> None:
        """Nothing."""

    def generation(self, number: int, best: float, metric: str, networks: int, left: float | None) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def _ignore(*_: Any) -> None:
    """Nothing."""


@dataclass(frozen=True)
class Tuned:
    """What a search gives: model, facts of its summary, every candidate's score, and what was found in the best.

    `probes` are those of its best network, by name; `ledger` holds the coach's experiments. `scored` is what the
    summary's score is of, None where that is the model itself and not one trained again on all rows.
    """

    model: Model
    summary: Facts
    trials: list[dict[str, Any]]
    findings: list[Finding]
    probes: dict[str, np.ndarray]
    ledger: list[Experiment] = field(default_factory=list)
    scored: Model | None = None


@dataclass
class Explored:
    """What exploring found.

    Attributes
    ----------
    asked : every candidate; `candidates`, those fully trained on each fold of the plan.
    losses, quick : by candidate number, the mean loss of full trainings, and that of the first rung.
    full : the full trainings of each candidate, on folds 0 to `folds` - 1.
    failed : trainings on the first rung that learned nothing, until somebody has looked at them.
    ledger : the coach's experiments.
    """

    asked: list[Candidate] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    losses: dict[int, float] = field(default_factory=dict)
    quick: dict[int, float] = field(default_factory=dict)
    full: dict[int, list[Result]] = field(default_factory=dict)
    folds: int = 0
    failed: list[Training] = field(default_factory=list)
    ledger: list[Experiment] = field(default_factory=list)

    def best_first(self) -> list[Candidate]:
        """Candidates with a finite loss on every fold, the best first."""
        scored = [c for c in self.candidates if math.isfinite(self.losses.get(c.number, math.inf))]
        return sorted(scored, key=lambda c: (self.losses[c.number], c.number))


def fit(options: Options, out: str | Path, progress: Progress | None = None) -> Facts:
    """Tune, save and explain; the summary, as `summary.json` in the folder holds it.

    Raises
    ------
    InputError
        Wrong data or words, or the folder exists; nothing has been written.
    KeyboardInterrupt
        Stopped before there was a model; afterwards Ctrl-C ends the run with the best model so far.
    """
    start, progress = time.monotonic(), Careful(progress or Silent())
    prepared = prepare(options)
    with _new_run(prepared, out, progress, options.trials) as (folder, journal):
        return _in_folder(prepared, folder, journal, Clock(start, options.budget), progress)


def resume(path: str | Path, budget: float | None = None, progress: Progress | None = None) -> Facts:
    """Go on with a run that was interrupted; with a `budget` go on exploring a finished search.

    Raises
    ------
    InputError
        No such run, its data file has changed, or a budget for a network that was trained by hand.
    RunError
        Another process works in the folder, or its journal is damaged.
    """
    start = time.monotonic()
    progress = Careful(progress or Silent())
    folder = RunFolder.open(path)
    with folder:
        folder.lock()
        said = folder.read_json("run.json", summary.Begun)
        options = said["options"]
        by_hand = options.budget is None and options.trials is None
        if by_hand and budget is not None:
            raise InputError(
                f"{path} holds one network that was trained by hand (`honed train`), so there is no search to give a "
                f"longer budget. Train again with --set epochs=..., or search with `honed fit {options.data}`."
            )
        prepared = prepare(options, folder.places({**said, "options": asdict(options)}))
        summary.check_unchanged(said, prepared)
        with Journal.open(folder.path / "journal.jsonl", say=progress.say) as journal:
            if budget is None and journal.events[-1]["kind"] == "done":
                more = "." if by_hand else f"; `honed resume {path} --budget 10m` would go on exploring."
                progress.say(f"This run is finished{more}")
                return folder.read_json("summary.json", Facts)
            used = _seconds_used(journal)
            if by_hand:
                journal.event("resumed", used=used)
                return _train(_by_hand(prepared, _specs(options)[1]), folder, journal, progress)
            if budget is not None:
                journal.event("extended", budget=budget)
                clock = Clock(start, budget)
            else:
                journal.event("resumed", used=used)
                clock = Clock(start - used, _last_budget(journal))
            return _in_folder(prepared, folder, journal, clock, progress)


def train(options: Options, out: str | Path, progress: Progress | None = None) -> Facts:
    """Train one network with the settings of `options`; save it and its facts.

    Raises
    ------
    InputError
        Wrong data, an unknown setting or a bad value, or the folder exists; nothing has been written.
    """
    progress = Careful(progress or Silent())
    network, training = _specs(options)
    prepared = _by_hand(prepare(options), training)
    training.loss_for(bool(prepared.schema.target.classes))
    check_output(network, training, bool(prepared.schema.target.classes))
    with _new_run(prepared, out, progress, trials=1) as (folder, journal):
        return _train(prepared, folder, journal, progress)


@contextlib.contextmanager
def _new_run(
    prepared: Prepared, out: str | Path, progress: Progress, trials: int | None
) -> Iterator[tuple[RunFolder, Journal]]:
    """A new folder, locked, with its journal; taken away again where an error leaves nothing to go on with.

    It stays once a network has been trained, and where nothing has failed yet, as when the disk is full: `resume`
    then goes on. A training that failed would fail again, for its journal is a memory.
    """
    options = prepared.options
    said = {"options": asdict(options), **summary.versions(prepared)}
    folder = RunFolder.create(out, {**said, "paths": _paths(options, out)})
    journal = None
    try:
        with folder:
            folder.write_json("schema.json", prepared.schema.to_json())
            opening.tell(prepared, progress)
            start = {"budget": options.budget, "trials": trials}
            journal = Journal.create(folder.path / "journal.jsonl", start)
            with journal:
                yield folder, journal
    except BaseException as error:
        if journal is not None and not isinstance(error, Exception):
            raise  # Ctrl-C: `resume` goes on
        done = (
            [] if journal is None else [e["outcome"]["ok"] for e in journal.events if e["kind"] == "result"]
        )
        can_go_on = journal is not None and isinstance(error, RunError) and not done
        if not any(done) and not can_go_on:
            folder.remove()
        raise


def _paths(options: Options, out: str | Path) -> dict[str, str]:
    """Where run and data lie as absolute paths, so that `resume` finds them from any folder."""
    named = {"run": str(out), "data": options.data, "valid": options.valid}
    return {name: os.path.abspath(path) for name, path in named.items() if path is not None}


def _by_hand(prepared: Prepared, training: TrainingSpec) -> Prepared:
    """The table as a training by hand shares it out: one fold, and none without early stopping.

    Rows that the user gave to validate on then score each epoch and choose nothing.
    """
    splits = prepared.splits
    first, given = splits.folds[0], prepared.options.valid is not None
    outer = splits.reason.partition(";")[0]
    if given:
        said = splits.reason
        if not training.early_stopping:
            said += ", and choose nothing: early stopping is off, so the last epoch is kept"
    elif training.early_stopping:
        said = f"{outer}; of the others {len(first.train):,} train and {len(first.valid):,} choose the epoch"
    else:
        first = Fold(np.sort(np.concatenate([first.train, first.valid])), first.valid[:0])
        said = f"{outer}; the other {len(first.train):,} all train: early stopping is off, so the last epoch is kept"
    return replace(prepared, splits=Splits(splits.outer, (first,), 1, said))


def _specs(options: Options) -> tuple[NetworkSpec, TrainingSpec]:
    """What a training by hand was asked for."""
    return build([NetworkSpec, TrainingSpec], {"probes": "usual"} | (options.settings or {}))


def _train(prepared: Prepared, folder: RunFolder, journal: Journal, progress: Progress) -> Facts:
    """Train by hand in a locked folder, or take the result from its journal; save the model and its facts."""
    write_folds(folder.path, prepared.rows, prepared.splits)
    network, training = _specs(prepared.options)
    with Spool() as spool, Pool(1, _PERFORM, spool) as pool:
        runner = Runner(prepared, journal, FolderStore(folder), pool, spool)
        candidate = Candidate(0, "by hand", network, training, prepared.targets[0], {"by hand": True})
        only = Training("by hand", candidate, "0", probes=training.probes)
        result = runner.train([only]).get(only)
        findings: list[Finding] = []
        if result is not None:
            known = diagnosis.of_table(prepared)
            findings, probes = diagnosis.of_search(runner, [only], known)
            diagnosis.write(folder, findings, probes)
        has_score = result is not None and (math.isfinite(result.loss) or not len(runner.fold("0").valid))
        if result is None or not has_score or not result.value["best_epoch"]:
            shown = f" `honed diagnose {folder.path}` shows it." if result is not None else ""
            if result is not None:
                journal.event("failed")
            raise RunError(_not_learned(runner, only, findings) + shown)
        model = _model(runner, [(only, 1.0)], 1.0)
        scores = _scored(prepared, {"network": model}) | runner.baselines(("trivial",))
        inputs, zeros = _inputs(runner), sparsity.zeros(model.members[0], model.encoders[0])
    folder.replace_dir("model", model.save)
    journal.event("model", of="by hand", loss=result.value["loss"])
    given = set(prepared.options.settings or {})
    facts = summary.by_hand(prepared, network, training, given, result.value, scores, inputs, zeros)
    facts["notes"] = [*facts.get("notes", []), *summary.ends(model)]
    folder.write_json("summary.json", facts)
    journal.event("done")
    for note in result.value["notes"]:
        progress.say(note)
    _tell(findings, progress)
    return facts


def fit_table(
    table: Table,
    schema: Schema,
    y: np.ndarray,
    *,
    budget: float | None = None,
    trials: int | None = None,
    metric: str | None = None,
    seed: int = 0,
    workers: int | None = 1,
    single: bool = False,
    groups: Any = None,
    positive: str | None = None,
    searched: tuple[str, ...] = DEFAULT_GROUPS,
    proposer: Proposer = "tpe",
) -> Tuned:
    """Tune on a table in memory; small tables with one worker are tuned in this very process.

    Parameters
    ----------
    schema, y : what the columns are, and the target: class numbers int32 (rows,), or values float64 (rows,).
    groups : (rows,) labels, of at least 3 groups; rows of one group are never split.
    positive : text of the class that the metric is about, where it is about one; default the second.
    searched : the groups of knobs that are searched.
    proposer : "tpe", Optuna alone; "coach", in part edits of leaders that findings advise; "random", random ones.
    """
    options = Options(
        table.source,
        schema.target.name,
        budget=budget,
        trials=trials,
        metric=metric,
        positive=positive,
        seed=seed,
        workers=workers,
        single=single,
        searched=searched,
        proposer=proposer,
    )
    start = time.monotonic()
    if groups is not None:
        groups = group_codes(groups, len(y))
    prepared = assemble(table, schema, np.arange(len(y), dtype=np.int32), y, options, groups=groups)
    for note in prepared.notes:
        warnings.warn(note, stacklevel=3)
    journal = Journal.create(None, {"budget": budget, "trials": trials})
    workers = workers or _cores()
    with Spool() as spool:
        if workers == 1 and len(prepared.rows) <= _IN_PROCESS_ROWS:
            from honed.search import job

            try:
                runner = Runner(prepared, journal, MemoryStore(), InProcess(_PERFORM, spool), spool, pad=True)
                return search(runner, Clock(start, budget), Silent(), _ignore, _ignore)
            finally:
                job.forget(spool)
        with Pool(workers, _PERFORM, spool) as pool:
            runner = Runner(prepared, journal, MemoryStore(), pool, spool)
            return search(runner, Clock(start, budget), Silent(), _ignore, _ignore)


def search(
    runner: Runner,
    clock: Clock,
    progress: Progress,
    save: Callable[[Model], None],
    tell: Callable[[list[Finding]], None],
    probes: str = "off",
) -> Tuned:
    """Explore, confirm, assemble; `save` is called with each better model, `tell` with what the table shows.

    `probes` says what is measured inside the best network, in a training of its own.
    """
    with ThreadPoolExecutor(1) as beside:
        looking = _Beside(beside, lambda: diagnosis.of_table(runner.prepared), tell)
        the_plan, space, explored = explore(runner, clock, progress, save, looking.go_on)
        _, confirm_end = _ends(runner, the_plan, explored, clock)
        default, more = _confirm(runner, the_plan, explored, clock.at(confirm_end))
        looking.go_on()
        # At most half of the time that is left: training again is worth more than what it is compared with.
        baselines_end = (confirm_end + _BASELINES_END) / 2 if the_plan.refit else _BASELINES_END
        scores = runner.baselines(("trivial", "linear", "boosting"), until=clock.at(baselines_end))
        for sentence in summary.missing_rivals(runner.journal):
            progress.say(sentence)
        known = looking.result()
    chosen = _assemble(runner, explored, default, more)
    progress.say(chosen.said)
    outer, scored = _outer_scores(runner, chosen, default, explored)
    look = [Training("look", chosen.best, "0", probes=probes)] if probes != "off" else []
    trained = _train_again(runner, the_plan, chosen, clock, look)
    looks = [*look, *chosen.networks[chosen.best.number]]
    findings, measured = diagnosis.of_search(runner, looks, known)
    model = _model(runner, trained, chosen.temperature)
    save(model)
    facts = summary.facts(
        runner,
        the_plan,
        space,
        explored,
        chosen,
        {**outer, **scores},
        trained,
        default,
        round(time.monotonic() - clock.start, 1),
    )
    facts["notes"] = [*facts.get("notes", []), *summary.ends(model)]
    is_other = any(training.stage == "again" for training, _ in trained)
    trials = summary.trials(explored)
    return Tuned(model, facts, trials, findings, measured, explored.ledger, scored if is_other else None)


class _Beside:
    """Work on another thread while workers train; `tell` is called once, with its result."""

    def __init__(
        self,
        thread: ThreadPoolExecutor,
        work: Callable[[], list[Finding]],
        tell: Callable[[list[Finding]], None],
    ) -> None:
        self._thread, self._work, self._tell = thread, work, tell
        self._begun: Future[list[Finding]] | None = None
        self._is_told = False

    def go_on(self) -> None:
        """Begin, or tell what has been found."""
        if self._begin().done():
            self.result()

    def result(self) -> list[Finding]:
        """What has been found, as soon as it is."""
        found = self._begin().result()
        if not self._is_told:
            self._tell(found)
            self._is_told = True
        return found

    def _begin(self) -> Future[list[Finding]]:
        if self._begun is None:
            self._begun = self._thread.submit(self._work)
        return self._begun


@dataclass(frozen=True)
class Chosen:
    """The ensemble: candidates with weights, the networks behind each, and why."""

    weights: dict[int, float]
    candidates: dict[int, Candidate]
    networks: dict[int, list[Training]]
    best: Candidate  # the best single one
    temperature: float
    kept_default: bool
    lead: float
    noise: float
    said: str


def _begin(runner: Runner, save: Callable[[Model], None]) -> None:
    """The first network, saved as soon as it is there, and beside it the pace of the defaults."""
    first, saved = _first(runner), False

    def keep(training: Training) -> None:
        nonlocal saved
        outcome = runner.journal.result(first.key)
        if training == first and not saved and outcome and outcome["ok"]:
            _save_once(runner, save, [(first, 1.0)], "the first network", None)
            saved = True

    if first not in runner.train([first, *_pace(runner)], on_network=keep):
        raise RunError(
            f"The first network could not be trained: {_why(runner.journal.result(first.key))} If memory is short, "
            "try one worker (--workers 1)."
        )
    keep(first)


def _save_once(
    runner: Runner,
    save: Callable[[Model], None],
    shares: list[tuple[Training, float]],
    name: str,
    loss: float | None,
) -> None:
    """Save a model on the way, unless an earlier process has: a replay must not put a worse one in its place."""
    events = runner.journal.events
    facts = {"of": name, "loss": loss}
    is_saved = any(e["kind"] == "model" and {"of": e["of"], "loss": e["loss"]} == facts for e in events)
    if is_saved or any(e["kind"] == "done" for e in events):
        return
    save(_model(runner, shares, 1.0))
    runner.journal.event("model", **facts)


def _first(runner: Runner) -> Training:
    """The plainest default, briefly and on a sample."""
    rows = len(runner.prepared.splits.folds[0].train)
    runner.fold("0")
    space = _space(runner, _FIRST_EPOCHS, most_width=256, structures=0)
    plainest = next(c for c in space.defaults() if c.values["recipe"] == PLAINEST)
    candidate = replace(plainest, number=FIRST_NETWORK, name="the first network")
    return Training("first", candidate, "0", rows=_FIRST_ROWS if rows > _FIRST_ROWS else None)


def _pace(runner: Runner) -> list[Training]:
    """One training of each other default's program, on a sample of as many rows: compiles and measures it."""
    rows = len(runner.prepared.splits.folds[0].train)
    epochs = min(max(20_000 // min(rows, _FIRST_ROWS), 2), 20)
    defaults = _space(runner, epochs, most_width=256, structures=0).defaults()
    structures = {c.structure(): c for c in reversed(defaults) if c.values["recipe"] != PLAINEST}
    return [
        Training("pace", c, "0", rows=_FIRST_ROWS if rows > _FIRST_ROWS else None, keep=False)
        for c in structures.values()
    ]


def _epoch_seconds(runner: Runner) -> float:
    """One epoch of the costliest default on a fold's training rows."""
    rows = len(runner.prepared.splits.folds[0].train)
    found = [
        r.value["run_seconds"] / len(r.value["train_loss"]) for r in runner.train(_pace(runner)).values()
    ]
    return max(found, default=1.0) / min(rows, _FIRST_ROWS) * rows


def _space(runner: Runner, epochs: int, most_width: int, structures: int) -> Space:
    prepared, continuous = runner.prepared, _inputs(runner).continuous
    rows = len(prepared.splits.folds[0].train)
    defaults = presets(prepared.schema.target.task, rows, continuous, epochs)
    batch = defaults[0].training.batch(rows)
    seed, searched = prepared.options.seed, prepared.options.searched
    return Space(
        defaults,
        prepared.targets,
        batch=batch,
        structures=structures,
        seed=seed,
        most={"width": most_width},
        without=() if continuous else ("numeric_embedding",),
        groups=searched,
    )


def _plan(runner: Runner, clock: Clock) -> Plan:
    """The plan, from the clock and the pace of the defaults."""
    splits, left = runner.prepared.splits, clock.left()
    return plan.make(
        rows=len(runner.prepared.rows),
        train_rows=len(splits.folds[0].train),
        folds=len(splits.folds),
        budget=left,
        workers=runner.workers,
        epoch_seconds=1.0 if left is None else _epoch_seconds(runner),
        compile_seconds=runner.compile_seconds(),
        coached=runner.prepared.options.proposer != "tpe",
    )


def explore(
    runner: Runner,
    clock: Clock,
    progress: Progress,
    save: Callable[[Model], None] = _ignore,
    after: Callable[[], None] = _ignore,
) -> tuple[Plan, Space, Explored]:
    """Generations of candidates: all on the first rung, the best of each on the full one.

    `save` is called with the networks of each better candidate on its folds, `after` at the end of each generation:
    what has time until then should wait, since the first one, often the only one, has no core to spare.
    """
    journal, metric, trials = runner.journal, runner.prepared.metric, runner.prepared.options.trials
    if clock.budget is not None:
        _begin(runner, save)
    runner.fold("0")
    the_plan = Plan(**journal.decide("plan", lambda: _plan(runner, clock).to_json()))
    space = _space(runner, the_plan.epochs, the_plan.most_width, the_plan.structures)
    proposer = runner.prepared.options.proposer
    explored, best = Explored(), math.inf
    coach = Coach(runner, space, explored, proposer, the_plan.new_structures)
    number, size = 0, the_plan.generation if trials is None else min(the_plan.generation, trials)
    while size:
        began = time.monotonic()
        explore_end, _ = _ends(runner, the_plan, explored, clock)
        until = clock.at(explore_end)
        batch = space.defaults()[:size] if number == 0 else []
        leader = (explored.best_first() or explored.asked or batch)[0]
        edits = _share(the_plan, size) if explored.best_first() else 0
        repairs = coach.repair(number, edits)
        batch, edits = batch + repairs, edits - len(repairs)
        batch += space.propose(size - edits - len(batch), the_plan.new_structures, leader)
        half = clock.at(explore_end * _QUICK_SHARE) if number == 0 else until
        _generation(runner, the_plan, batch, explored, number == 0, half, until)
        space.learn(
            {c.number: explored.losses.get(c.number, explored.quick.get(c.number, math.inf)) for c in batch}
        )
        batch += coach.experiment(number, edits, until)
        ranked = explored.best_first()
        if ranked and explored.losses[ranked[0].number] < best:
            best = explored.losses[ranked[0].number]
            for text in space.widen(ranked[0]):
                progress.say(text)
            results = explored.full[ranked[0].number]
            _save_once(runner, save, [(r.training, 1 / len(results)) for r in results], ranked[0].name, best)
        score = -best if metric.higher_is_better else best
        progress.generation(number + 1, score, metric.name, runner.networks, clock.left())
        after()
        took = max(time.monotonic() - began, _worked(runner, batch))

        def following(took: float = took, last: int = len(batch)) -> int:
            """Candidates of another generation: as many as there is time for, or as trials are left."""
            if clock.budget is None:
                return max(0, min(the_plan.generation, (trials or 0) - space.count))
            explore_end, _ = _ends(runner, the_plan, explored, clock)
            count = int(last * max(0.0, clock.left(explore_end) or 0.0) / took)
            return min(count, the_plan.generation) if count >= _LEAST_GENERATION else 0

        size = _decide_anew(journal, f"generation after {number}", following)
        number += 1
    if not explored.best_first() and clock.budget is not None:
        _fall_back(runner, explored, clock.at(the_plan.confirm_end))
        progress.say(f"The budget was too short to compare networks: {explored.candidates[0].name} is kept.")
    if not explored.best_first():
        outcomes = [event["outcome"] for event in journal.events if event["kind"] == "result"]
        failed = [outcome for outcome in outcomes if not outcome["ok"] and outcome["error"] != "late"]
        if failed and not any(outcome["ok"] for outcome in outcomes):
            raise RunError(f"No network could be trained. The first one: {_why(failed[0])}")
        advice = "More trials may help." if clock.budget is None else "A longer budget may help."
        where = "" if journal.path is None else "; see journal.jsonl for what each of them met"
        raise RunError(f"No network could be trained to a finite loss{where}. {advice}")
    return the_plan, space, explored


def _share(the_plan: Plan, size: int) -> int:
    """How many of a generation of that size are edits; not all, as there may be nothing left to edit."""
    return min(round(the_plan.edits * size / the_plan.generation), max(size - 1, 0))


def _worked(runner: Runner, batch: list[Candidate]) -> float:
    """Seconds that a batch took at least: its work by the journal, shared among the workers.

    A replay is over at once, and the clock alone would say that another batch is too.
    """
    numbers = {candidate.number for candidate in batch}
    values = [
        value
        for key, value in trainings(runner.journal.events)
        if key.stage in ("quick", *FULL) and key.number in numbers
    ]
    return sum(value["compile_seconds"] + value["run_seconds"] for value in values) / runner.workers


def _decide_anew(journal: Journal, name: str, following: Callable[[], int]) -> int:
    """The size of a generation; where an earlier budget said 0, each `resume --budget` asks once more."""
    size = journal.decide(name, following)
    for extension in range(sum(event["kind"] == "extended" for event in journal.events)):
        size = size or journal.decide(f"{name}, extended {extension + 1}", following)
    return size


def _ends(runner: Runner, the_plan: Plan, explored: Explored, clock: Clock) -> tuple[float, float]:
    """When exploring and confirming end, as shares of the budget.

    The plan's guess until networks have been fully trained; then what is left over by the work that has to
    follow, at the pace seen: every leader on more folds, and a full ensemble on all rows.
    """
    seconds = [result.value["run_seconds"] for results in explored.full.values() for result in results]
    if clock.budget is None or not the_plan.refit or not seconds:
        return the_plan.explore_end, the_plan.confirm_end
    share = _SLACK * float(np.mean(seconds)) / runner.workers / clock.budget
    refits = 1 if runner.prepared.options.single else _MOST_NETWORKS
    again = share * refits * len(runner.prepared.rows) / len(runner.prepared.splits.folds[0].train)
    confirm_end = float(np.clip(the_plan.refit_end - again, 0.6, 0.9))
    confirming = share * (the_plan.leaders + 1) * the_plan.more
    return float(np.clip(confirm_end - _BASELINES - confirming, 0.45, 0.85)), confirm_end


def _fall_back(runner: Runner, explored: Explored, until: float | None) -> None:
    """The default on one fold, or else the first network."""
    default = Training("full", explored.asked[0], "0", seed=1)
    found = runner.train([default], until)
    first = _first(runner)
    if not any(math.isfinite(result.loss) for result in found.values()):
        found = runner.train([first])
    for training, result in found.items():
        explored.candidates, explored.folds = [training.candidate], 1
        explored.full[training.candidate.number] = [result]
        explored.losses[training.candidate.number] = result.loss


def _generation(
    runner: Runner,
    the_plan: Plan,
    batch: list[Candidate],
    explored: Explored,
    is_first: bool,
    quick_until: float | None,
    until: float | None,
) -> None:
    """The first rung for all of a batch until one moment, the full one for the best of it until another."""
    quick = [
        Training("quick", c, "0", epochs=the_plan.quick_epochs, rows=the_plan.quick_rows, keep=False)
        for c in batch
    ]
    explored.asked += batch
    for training, result in runner.train(quick, quick_until).items():
        explored.quick[training.candidate.number] = result.loss
        if not math.isfinite(result.loss) or _is_failure(runner, training):
            explored.failed.append(training)
    count = max(1, round(the_plan.promoted * len(batch) / the_plan.generation))
    ranked = sorted(batch, key=lambda c: (explored.quick.get(c.number, math.inf), c.number))
    promoted = ranked[:count]
    if is_first and batch[0] not in promoted:  # what a winner has to beat is always fully trained
        promoted = [batch[0], *promoted[:-1]] if count > 1 else [batch[0]]
    folds = explored.folds or the_plan.folds
    full = [Training("full", c, str(fold)) for fold in range(folds) for c in promoted]
    done: dict[int, list[Result]] = {}
    for training, result in runner.train(full, until).items():
        done.setdefault(training.candidate.number, []).append(result)
    if not explored.folds and done:  # as many folds as there was time for
        explored.folds = max(
            k for k in range(1, folds + 1) if sum(len(own) >= k for own in done.values()) * 2 >= len(done)
        )
    for candidate in promoted:
        own = done.get(candidate.number, [])[: explored.folds]
        if own and len(own) == explored.folds and own[-1].training.fold == str(explored.folds - 1):
            explored.candidates.append(candidate)
            explored.full[candidate.number] = own
            explored.losses[candidate.number] = float(np.mean([result.loss for result in own]))


def _is_failure(runner: Runner, training: Training) -> bool:
    return optional("A look at a failure", lambda: moves.is_failure(diagnosis.case(runner, training)), False)


def _confirm(
    runner: Runner, the_plan: Plan, explored: Explored, until: float | None
) -> tuple[Candidate, dict[int, list[Training]]]:
    """The leaders again, on more folds or with another seed; also the default, which they have to beat."""
    ranked = explored.best_first()
    default = next((c for c in sorted(ranked, key=lambda c: c.number) if c.reason), ranked[0])
    leaders = ranked[: the_plan.leaders]
    if default not in leaders:
        leaders.append(default)
    further = len(runner.prepared.splits.folds) - explored.folds
    rounds = []
    for number in range(min(the_plan.more, further) if further else the_plan.more):
        fold = str(explored.folds + number) if further else "0"
        seed = 0 if further else number + 1
        rounds.append([Training("confirm", c, fold, seed) for c in leaders])
    results = runner.train([t for each in rounds for t in each] if len(ranked) > 1 else [], until)
    return default, _whole_rounds(rounds, results)


def _whole_rounds(rounds: list[list[Training]], results: dict[Training, Result]) -> dict[int, list[Training]]:
    """By candidate, its finite trainings of the rounds that there was time to end.

    In half a round some candidates have a network more than others, and an average of more is better by itself.
    """
    more: dict[int, list[Training]] = {}
    for each in itertools.takewhile(lambda r: all(training in results for training in r), rounds):
        for training in each:
            if math.isfinite(results[training].loss):
                more.setdefault(training.candidate.number, []).append(training)
    return more


def _assemble(
    runner: Runner, explored: Explored, default: Candidate, more: dict[int, list[Training]]
) -> Chosen:
    """Choose who votes: a greedy ensemble, if it beats the default by more than the noise."""
    ranked, folds = _voters(runner, explored, default, more)
    metric = runner.prepared.metric
    truth = np.concatenate([runner.fold(fold).truth for fold in folds])
    said = {c.number: _said(runner, folds, _networks(explored, more, c)) for c in ranked}
    ranked.sort(key=lambda c: (metric.loss(truth, said[c.number]), c.number))
    rng = np.random.default_rng(runner.prepared.options.seed)
    predictions = [said[c.number] for c in ranked]
    if runner.prepared.options.single:
        fitted, weights = predictions[0], np.eye(len(ranked))[0]
    else:
        fitted = ensemble.cross_fitted(predictions, truth, metric.loss, rng)
        weights = ensemble.select(predictions, truth, metric.loss)
    lead, noise = ensemble.advantage(truth, fitted, said[default.number])
    kept = not lead > _NOISE * noise
    if kept:
        weights = np.array([float(c is default) for c in ranked])
    members = sorted(np.flatnonzero(weights), key=lambda i: -weights[i])[:_MOST_MEMBERS]
    total = sum(weights[i] for i in members)
    shares = {ranked[i].number: float(weights[i] / total) for i in members}
    heat = 1.0
    if runner.prepared.outputs > 1:
        voted = ensemble.average([said[number] for number in shares], np.array(list(shares.values())))
        heat = ensemble.temperature(voted, truth)
    by_number = {c.number: c for c in ranked}
    best = default if kept else ranked[0]
    most = _most_networks(len(shares))
    networks = {
        number: _networks(explored, more, by_number[number])[:most]
        for number in dict.fromkeys([*shares, best.number])
    }
    loss = "log-loss" if runner.prepared.outputs > 1 else "squared error"
    kept_name, beaten = _as_default(default)
    if kept and len(ranked) == 1:
        text = f"Kept {kept_name}: no other network was compared with it."
    elif kept and not lead > 0:
        text = f"Kept {kept_name}: nothing that the search found is better."
    elif kept:
        text = (
            f"Kept {kept_name}: what the search found leads by {figure(lead)} in {loss} a row, less than "
            f"{_NOISE:g} times its noise of {figure(noise)}."
        )
    else:
        voters = f"{len(shares)} of {counted(len(explored.losses), 'fully trained candidate')}"
        beat = "votes; it beats" if len(shares) == 1 else "vote; they beat"
        text = f"{voters} {beat} {beaten}, by {figure(lead)} in {loss} a row (noise {figure(noise)})."
    return Chosen(
        shares,
        {number: by_number[number] for number in networks},
        networks,
        best,
        heat,
        kept,
        lead,
        noise,
        text,
    )


def _as_default(candidate: Candidate) -> tuple[str, str]:
    """What a verdict calls the network that others had to beat: where no default was fully trained it is none."""
    name = candidate.name
    if candidate.number < 0:  # a default cut short, which time made the only one
        return name, name
    if candidate.reason:
        return f"the default, {name}", f"the default, {name}"
    return (
        f"{name}, the best on validation rows (no default was fully trained)",
        f"the best single network, {name}",
    )


def _networks(explored: Explored, more: dict[int, list[Training]], candidate: Candidate) -> list[Training]:
    """All full trainings of a candidate."""
    return [r.training for r in explored.full[candidate.number]] + more.get(candidate.number, [])


def _voters(
    runner: Runner, explored: Explored, default: Candidate, more: dict[int, list[Training]]
) -> tuple[list[Candidate], list[str]]:
    """Who may vote, and on which folds they are compared: where leaders were confirmed on more folds, they alone.

    Folds of one repeat only: rows that validate twice would look like twice as much evidence.
    """
    ranked = explored.best_first()[:_VOTERS]
    if default not in ranked:
        ranked.append(default)
    splits = runner.prepared.splits
    single_repeat = {str(fold) for fold in range(len(splits.folds) // splits.repeats)}
    seen = {c.number: {t.fold for t in _networks(explored, more, c)} & single_repeat for c in ranked}
    confirmed = set.intersection(*(seen[c.number] for c in ranked if c.number in more), single_repeat)
    if default.number in more and len(confirmed) > explored.folds:
        return [c for c in ranked if seen[c.number] >= confirmed], sorted(confirmed, key=int)
    return ranked, sorted(single_repeat & {str(fold) for fold in range(explored.folds)}, key=int)


def _said(runner: Runner, folds: list[str], networks: list[Training]) -> np.ndarray:
    """Out-of-fold predictions, fold after fold; networks of one fold speak with one voice."""
    return np.concatenate(
        [np.mean([runner.predictions(t) for t in networks if t.fold == fold], axis=0) for fold in folds]
    )


def _outer_scores(
    runner: Runner, chosen: Chosen, default: Candidate, explored: Explored
) -> tuple[dict[str, dict[str, Any]], Model]:
    """Scores on the rows that no choice has seen, and the model that they are about, before training again.

    Those of the ensemble, of its best network, and of one network of the default, if one was fully trained.
    """
    shares = [
        (t, share / len(chosen.networks[n]))
        for n, share in chosen.weights.items()
        for t in chosen.networks[n]
    ]
    everyone = _model(runner, shares, chosen.temperature)
    # Alone it is calibrated only where it is what predicts: the temperature is then its own.
    heat = chosen.temperature if runner.prepared.options.single else 1.0
    alone = _model(runner, [(chosen.networks[chosen.best.number][0], 1.0)], heat)
    models = {"ensemble": everyone, "single": alone}
    if default.reason and default.number >= 0:
        models["default"] = _model(runner, [(explored.full[default.number][0].training, 1.0)], 1.0)
    return _scored(runner.prepared, models), alone if runner.prepared.options.single else everyone


def _scored(prepared: Prepared, models: dict[str, Model]) -> dict[str, dict[str, Any]]:
    """The score of each model on the outer rows, with its 95 % interval."""
    outer = prepared.splits.outer
    if not len(outer):
        return {}
    truth = prepared.y[outer]
    frame = prepared.table.frame[prepared.rows[outer].tolist()]
    found = {}
    for name, model in models.items():
        predictions = model.probabilities(frame) if model.classes else model.values(frame)
        score = prepared.metric.score(truth, predictions)
        low, high = ensemble.interval(truth, predictions, prepared.metric.score, np.random.default_rng(0))
        found[name] = {"score": score, "low": low, "high": high}
    return found


def _train_again(
    runner: Runner, the_plan: Plan, chosen: Chosen, clock: Clock, look: list[Training]
) -> list[tuple[Training, float]]:
    """The voting networks on all rows, each for its usual number of epochs; those of the folds where time is out.

    Beside them `look`, which shows what goes on inside the best one, if that was asked for; after them, where it
    costs much of the budget.
    """
    single = runner.prepared.options.single
    shares = {chosen.best.number: 1.0} if single else chosen.weights
    again: dict[int, list[Training]] = {}
    if not the_plan.refit:
        runner.train(look, clock.at(the_plan.refit_end))
    else:
        seeds = 1 if single else min(the_plan.refit_seeds, _most_networks(len(shares)))
        jobs = [
            Training(
                "again",
                chosen.candidates[n],
                ALL,
                seed,
                stop_after=_usual_epochs(runner, chosen.networks[n]),
            )
            for seed in range(seeds)
            for n in shares
        ]
        seconds = sum(runner.seconds_with_program(each) or 0.0 for each in look)
        is_cheap = clock.budget is None or seconds <= _LOOK * clock.budget * runner.workers
        first = 1 if is_cheap else len(jobs)
        jobs[first:first] = look
        for training, result in runner.train(jobs, clock.at(the_plan.refit_end)).items():
            if training not in look and not result.value["diverged"]:
                again.setdefault(training.candidate.number, []).append(training)
    members = []
    for number, share in shares.items():
        networks = again.get(number) or chosen.networks[number]
        if single:
            networks = networks[:1]
        members += [(training, share / len(networks)) for training in networks]
    return members


def _most_networks(members: int) -> int:
    """Networks of one member of an ensemble."""
    return max(1, _MOST_NETWORKS // members)


def _usual_epochs(runner: Runner, trainings: list[Training]) -> int:
    """The median best epoch of a candidate's networks."""
    found = [runner.journal.result(training.key) for training in trainings]
    return max(1, int(np.median([outcome["value"]["best_epoch"] for outcome in found if outcome])))


def _model(runner: Runner, shares: list[tuple[Training, float]], heat: float) -> Model:
    folds = list(dict.fromkeys(training.fold for training, _ in shares))
    members = [
        Member(
            training.candidate.network,
            folds.index(training.fold),
            runner.fold(training.fold).targets[training.candidate.target],
            runner.parameters(training),
            share,
            training.candidate.training.loss,
            training.candidate.training.quantiles if training.candidate.training.loss == "quantile" else (),
        )
        for training, share in shares
    ]
    encoders = tuple(runner.fold(name).encoder for name in folds)
    return Model(runner.prepared.schema, encoders, tuple(members), heat)


def _in_folder(
    prepared: Prepared, folder: RunFolder, journal: Journal, clock: Clock, progress: Progress
) -> Facts:
    """Run the search with a pool, saving into the folder; Ctrl-C keeps the best model so far."""

    def save(model: Model) -> None:
        folder.replace_dir("model", model.save)

    def tell(findings: list[Finding]) -> None:
        if not (
            folder.path / FILE
        ).exists():  # those of a finished run say more, and stay if this one is stopped
            diagnosis.write(folder, findings, {}, of_training=False)
        _tell(findings, progress)

    write_folds(folder.path, prepared.rows, prepared.splits)
    store = FolderStore(folder)
    try:
        with Spool() as spool, Pool(prepared.options.workers or _cores(), _PERFORM, spool) as pool:
            runner = Runner(prepared, journal, store, pool, spool)
            tuned = search(runner, clock, progress, save, tell, probes="usual")
        _write_results(folder, tuned)
        journal.event("done")
        return tuned.summary
    except KeyboardInterrupt as stop:
        if journal.events[-1]["kind"] == "done":
            return folder.read_json("summary.json", Facts)
        if not (folder.path / "model" / "model.json").exists():
            raise
        was_done = any(event["kind"] == "done" for event in journal.events)
        journal.event("stopped", reason=signal.Signals(stop.args[0]).name if stop.args else "Ctrl-C")
        if was_done:
            progress.say(
                f"Stopped; the model of the finished run is kept. `honed resume {folder.path}` goes on."
            )
            return folder.read_json("summary.json", Facts)
        facts = summary.unfinished(prepared, journal)
        folder.write_json("summary.json", facts)
        progress.say(f"Stopped; the best model so far is saved. `honed resume {folder.path}` goes on.")
        return facts
    finally:
        progress.close()


def _write_results(folder: RunFolder, tuned: Tuned) -> None:
    if tuned.scored is not None:
        folder.replace_dir("scored", tuned.scored.save)
    else:  # of a search that went on
        shutil.rmtree(folder.path / "scored", ignore_errors=True)
    folder.write_json("summary.json", tuned.summary)
    folder.write_json("trials.json", tuned.trials)
    if tuned.ledger:
        folder.write_json("ledger.json", tuned.ledger)
    diagnosis.write(folder, tuned.findings, tuned.probes)


def _tell(findings: list[Finding], progress: Progress) -> None:
    for finding in findings:
        if finding.severity != "note":
            progress.say(f"{finding.what} {finding.action}")


def _not_learned(runner: Runner, training: Training, findings: list[Finding]) -> str:
    outcome = runner.journal.result(training.key) or {}
    if outcome.get("ok"):
        return no_network(findings)
    return f"The network could not be trained: {_why(outcome)}"


def _why(outcome: dict[str, Any] | None) -> str:
    """One sentence on a training that failed."""
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


def _inputs(runner: Runner) -> Any:
    return runner.fold("0").encoder.inputs


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _seconds_used(journal: Journal) -> float:
    """Seconds of work that the journal has seen since its budget began, breaks between two processes left out."""
    used, last = 0.0, None
    for event in journal.events:
        if event["kind"] == "extended":
            used = 0.0
        elif "worked" in event:
            used += max(0.0, event["worked"])
        elif event["kind"] != "resumed" and last is not None:  # a journal of before `worked`
            used += max(0.0, event["at"] - last)
        last = event["at"]
    return round(used, 3)


def _last_budget(journal: Journal) -> float | None:
    return [event["budget"] for event in journal.events if event["kind"] in ("start", "extended")][-1]


__all__ = [
    "Options",
    "Progress",
    "Tuned",
    "explore",
    "fit",
    "fit_table",
    "prepare",
    "resume",
    "search",
    "train",
]
