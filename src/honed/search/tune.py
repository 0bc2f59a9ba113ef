"""Tuning, from the options to what is left behind: `fit` and `resume` in a folder, `fit_source` in memory.

What happens between the two is `honed.search.search`.
"""

from __future__ import annotations

import importlib
import shutil
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

from honed.device import CPU, Precision
from honed.errors import InputError, RunError, warn
from honed.family import Source, find_known_family
from honed.findings import Finding
from honed.logs.asked import opened
from honed.model.model import Model
from honed.report import live
from honed.report.facts import Facts
from honed.report.findings import FILE
from honed.report.folds import write_folds
from honed.report.progress import Careful, Progress, Silent, Warned
from honed.run import paths
from honed.run.executor import Executor
from honed.run.folder import RunFolder
from honed.run.in_process import FEW_ROWS, InProcess
from honed.run.journal import Journal, failure
from honed.search import by_hand, devices, diagnosis, early, executors, more_rows, summary, versions
from honed.search.clock import Clock, last_budget, seconds_used
from honed.search.failures import would_fail_again
from honed.search.logged import logged, logged_in_memory
from honed.search.nested import were_stopped
from honed.search.new_run import PERFORM, begin, new_run
from honed.search.options import DEFAULT_GROUPS, Options, Proposer
from honed.search.prepare import Prepared, check_words, glance, prepare, prepare_source
from honed.search.runner import Runner
from honed.search.search import Tuned, search
from honed.search.stores import FolderStore, MemoryStore

_LONG = 1 << 25  # bytes of files that take about as long to read as a worker to start


def fit(options: Options, out: str | Path, progress: Progress | None = None) -> Facts:
    """Tune, save and explain; the summary, as `summary.json` in the folder holds it.

    Raises
    ------
    InputError
        Wrong data or words, or the folder exists; nothing has been written.
    RunError
        What keeps a run from going on, such as data that cannot be read once more; what was trained stays.
    KeyboardInterrupt
        Stopped before there was a model; afterwards Ctrl-C ends the run with the best model so far.
    """
    start, progress = time.monotonic(), Careful(progress or Silent())
    clock = Clock(start, options.budget)
    check_words(options)
    devices.found(options)
    places = opened(options.log)
    with ExitStack() as stack:
        stack.enter_context(executors.reached(options))
        ahead_of_time = _takes_long(options) and options.cluster is None
        pool = stack.enter_context(executors.pool(options)) if ahead_of_time else None
        ahead = glance(options)
        is_early, prepared = ahead is not None, ahead or prepare(options)
        with (
            new_run(prepared, out, options.trials) as (folder, journal),
            logged(places, prepared, journal, folder, progress.say),
        ):
            return _in_folder(prepared, folder, journal, clock, progress, pool, is_early=is_early)


def resume(
    path: str | Path,
    budget: float | None = None,
    progress: Progress | None = None,
    cluster: str | None = None,
    device: str | None = None,
) -> Facts:
    """Go on with a run that was interrupted; with a `budget` go on exploring a finished search.

    What the clock has decided is in the journal: the plan, how many candidates a generation has, and what was late. The
    result is that of one run for which it decides the same, to the last bit. What an earlier budget has proposed stays,
    though more time might have proposed other candidates; what was late, killed or out of memory is tried once more.
    It works on the `cluster` and the `device` given, else on those that it was started on; that a device is another one
    is said, and kept in the journal.

    Raises
    ------
    InputError
        No such run, its data file or a library that decides results has changed, or a budget or a cluster for a network
        that was trained by hand.
    RunError
        Another process works in the folder, its journal is damaged, or it ended without a model and would again.
    """
    start = time.monotonic()
    progress = Careful(progress or Silent())
    folder = RunFolder.open(path)
    with folder:
        folder.lock()
        said = folder.read_json("run.json", versions.Begun)
        options = said["options"] if device is None else replace(said["options"], device=device)
        is_by_hand = options.is_by_hand
        if is_by_hand and budget is not None:
            raise InputError(
                f"{path} holds one network that was trained by hand (`honed train`), so there is no search to give a "
                f"longer budget. Train again with --set epochs=..., or search with `honed fit {options.data}`."
            )
        if options.refit is not None and (budget is not None or cluster is not None):
            raise InputError(
                f"{path} trains on more rows what {options.refit.run} has chosen (`honed refit`), so there is no "
                f"search to give more time or machines. Leave {'--cluster' if budget is None else '--budget'} out."
            )
        if is_by_hand and cluster is not None:
            raise InputError(
                f"{path} holds one network that was trained by hand (`honed train`), and a cluster trains many at a "
                "time. Leave out --cluster, and this process goes on with it."
            )
        find_known_family(options.family)  # a file must not decide which code is run
        prepared = prepare(
            options,
            folder.places({**said, "options": asdict(options)}),
            by_hand.sharing(options) if is_by_hand else None,
        )
        again = "refit" if options.refit is not None else "train" if is_by_hand else "fit"
        versions.check_unchanged(said, prepared, again)
        places = opened(options.log)
        with (
            Journal.open(folder.path / "journal.jsonl", say=progress.say) as journal,
            logged(places, prepared, journal, folder, progress.say),
        ):
            if budget is None and journal.events[-1]["kind"] == "done" and not were_stopped(journal):
                more = (
                    f"; `honed resume {path} --budget 10m` would go on exploring." if again == "fit" else "."
                )
                progress.say(f"This run is finished{more}")
                return folder.read_json("summary.json", Facts)
            if budget is None and would_fail_again(journal):
                raise RunError(f"{failure(journal.events)} `honed diagnose {path}` shows it.")
            versions.check_versions(said, again, progress.say)
            on = versions.check_device(said, options, progress.say)
            used = seconds_used(journal)
            if is_by_hand:
                journal.event("resumed", used=used, **on)
                return by_hand.go_on(prepared, folder, journal, progress)
            if options.refit is not None:
                journal.event("resumed", used=used, **on)
                clock = Clock(start - used, last_budget(journal))
                return more_rows.go_on(prepared, folder, journal, clock, progress)
            if cluster is not None:
                prepared = replace(prepared, options=replace(prepared.options, cluster=cluster))
            with executors.reached(prepared.options):
                if budget is not None:
                    journal.event("extended", budget=budget, **on)
                    clock = Clock(start, budget)
                else:
                    journal.event("resumed", used=used, **on)
                    clock = Clock(start - used, last_budget(journal))
                return _in_folder(prepared, folder, journal, clock, progress)


def fit_source(
    source: Source,
    *,
    budget: float | None = None,
    trials: int | None = None,
    metric: str | None = None,
    seed: int = 0,
    workers: int | None = 1,
    lanes: int | None = None,
    cluster: str | None = None,
    single: bool = False,
    positive: str | None = None,
    threshold: str | None = None,
    searched: tuple[str, ...] = DEFAULT_GROUPS,
    proposer: Proposer = "tpe",
    encodings: tuple[str, ...] = (),
    family: str | None = None,
    gap: str | None = None,
    start: float | None = None,
    nested: int | None = 0,
    progress: Progress | None = None,
    log: tuple[str, ...] = (),
    name: str = "honed",
    device: str = "cpu",
    precision: Precision = "float32",
) -> Tuned:
    """Tune on data in memory; with one worker and few rows it is done in this very process.

    Parameters
    ----------
    positive : text of the class that the metric is about, where it is about one; default the second.
    threshold : what the probability from which on that class is predicted should be best for (`honed.model.decision`).
    searched : the groups of knobs that are searched.
    encodings : ways to encode rows that are tried beside the usual one; empty: those that suit the data are tried, each
        once.
    proposer : "tpe", Optuna alone; "coach", in part edits of leaders that findings advise; "random", random ones.
    gap : what lies unused between past and future where the source has times (`honed.table.order.gap_of`).
    lanes : networks of equal shape that each worker trains side by side; None for what suits the device.
    cluster : the Ray cluster to work on: "auto", "local" or HOST:PORT; None for processes of this machine.
    start : moment of `time.monotonic` from which the budget counts; None for now.
    nested : rounds in which rows are unseen in turn; None for what suits the table.
    family : address of the `honed.family.Family` that the source is of; None for that of tables.
    log : words for destinations to log to (`honed.logs.asked.words`). name : of the run there.
    device : "cpu", "gpu", or "auto" for a GPU where there is one. precision : in what a GPU multiplies matrices.
    """
    places = opened(log)
    options = Options(
        source.name,
        source.schema.target.name,
        further=tuple(target.name for target in source.schema.further),
        budget=budget,
        trials=trials,
        metric=metric,
        positive=positive,
        threshold=threshold,
        seed=seed,
        workers=workers,
        lanes=lanes,
        cluster=cluster,
        single=single,
        searched=searched,
        proposer=proposer,
        encodings=encodings,
        family=family,
        time=source.schema.time,
        gap=gap,
        nested=nested,
        device=device,
        precision=precision,
    )
    devices.found(options)
    start, speaker = time.monotonic() if start is None else start, Careful(progress or Silent())
    prepared = prepare_source(source, options)
    for note in prepared.notes:
        warn(note)
    journal = Journal.create(None, {"budget": budget, "trials": trials})
    is_alone = cluster is None and devices.workers(options) == 1
    is_here = is_alone and len(prepared.y) <= FEW_ROWS and devices.found(options) == CPU
    if is_here:  # rivals and the look at the data, on two threads that would find a module half imported
        importlib.import_module("sklearn.ensemble")
    with (
        executors.reached(options),
        InProcess(PERFORM) if is_here else executors.executor(options, journal, Warned()) as executor,
        logged_in_memory(places, prepared, journal, name) as facts,
    ):
        runner = Runner(prepared, journal, MemoryStore(), executor, pad=is_here)
        try:
            tuned = search(runner, Clock(start, budget), speaker)
        finally:
            speaker.close()
        facts.append(tuned.summary)
        return tuned


def _takes_long(options: Options) -> bool:
    """Whether it takes so long to read the data that workers had better start meanwhile, and import what they need."""
    return paths.are_larger(options.data, _LONG)


def _in_folder(
    prepared: Prepared,
    folder: RunFolder,
    journal: Journal,
    clock: Clock,
    progress: Progress,
    pool: Executor | None = None,
    *,
    is_early: bool = False,
) -> Facts:
    """Run the search with a pool, that one or a new one, saving into the folder; Ctrl-C keeps the best model so far.

    Where what was prepared are rows read ahead (`is_early`), they give a first model while all rows are read.
    """

    def save(model: Model) -> None:
        folder.replace_dir("model", model.save)

    def tell(findings: list[Finding]) -> None:
        if not (
            folder.path / FILE
        ).exists():  # those of a finished run say more, and stay if this one is stopped
            diagnosis.write(folder, findings, {}, of_training=False)
        diagnosis.tell(findings, progress)

    store = FolderStore(folder)
    try:
        with pool or executors.executor(prepared.options, journal, progress, clock, folder) as executor:
            if is_early:
                ahead, prepared = prepared, _all_rows(prepared, journal, executor, save, progress)
                if sentence := early.told_otherwise(ahead.schema, prepared.schema):
                    progress.say(sentence)
            if where := executors.reading(prepared, folder.path):
                journal.event("reading", said=where)
                prepared = replace(prepared, notes=(*prepared.notes, *where))
            begin(prepared, folder, progress)
            write_folds(folder.path, prepared.source.places, prepared.splits)
            runner = Runner(prepared, journal, store, executor)
            tuned = search(runner, clock, progress, save, tell, probes="usual")
        facts = tuned.summary
        if tuned.why_not:
            facts = _kept(folder, tuned, progress)
        else:
            _write_results(folder, tuned)
        journal.event("done", standing=tuned.standing.to_json() if tuned.standing else None)
        return facts
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
    except InputError as error:  # as of files that change or vanish while they are read once more
        if not any(event["kind"] == "result" and event["outcome"]["ok"] for event in journal.events):
            raise
        raise RunError(
            f"{error} What was trained before stays in {folder.path}: `honed resume {folder.path}` goes on once the "
            "table is there again as it was."
        ) from error
    finally:
        (folder.path / live.CLUSTER).unlink(missing_ok=True)
        progress.close()


def _all_rows(
    ahead: Prepared,
    journal: Journal,
    executor: Executor,
    save: Callable[[Model], None],
    progress: Progress,
) -> Prepared:
    """All rows, read while a worker trains the first model on those that were read ahead.

    Ctrl-C waits for that model, which is there within seconds.
    """
    with ThreadPoolExecutor(1) as beside:
        training = beside.submit(early.save, ahead, journal, executor, save, progress)
        prepared = prepare(ahead.options)
        training.result()
        return prepared


def _kept(folder: RunFolder, tuned: Tuned, progress: Progress) -> Facts:
    """The facts of the finished run, whose model a longer search leaves in its place, and what that search took."""
    said = f"The model of the finished run is kept: {tuned.why_not}."
    progress.say(said)
    facts = folder.read_json("summary.json", Facts)
    facts["time"] = tuned.summary["time"]
    begin = "A longer search was made. "
    facts["notes"] = [note for note in facts.get("notes", []) if not note.startswith(begin)] + [begin + said]
    folder.write_json("summary.json", facts)
    return facts


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
