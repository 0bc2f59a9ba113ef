"""The command `honed`: one function a command, and one place where errors become words and exit statuses.

Messages go to standard error, and what was asked for (predictions, scores, the page of `show`) to standard
output. Exit status: 0 done, 2 the input or the words are wrong and nothing was written, 130 Ctrl-C before
there is a model (143 SIGTERM, 129 SIGHUP), 3 what `diagnose --fail-on` asks about is there, 1 anything else. Each
command imports what it needs when it runs, so that help is quick.

The file is long because Typer reads the options of a command off the parameters of its function: `fit` and `train` name
some thirty each, one a line, as parameters and again where they are handed on.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from honed import addresses, arguments, stopped, words
from honed.arguments import (
    AsIs,
    AsJson,
    BadCells,
    Budget,
    Categorical,
    Cluster,
    Coach,
    DataFiles,
    Date,
    DeviceAsked,
    DeviceNow,
    DryRun,
    DryRunJson,
    Encodings,
    Exclude,
    ExportFormat,
    ExportOut,
    FailOn,
    FoldColumn,
    Gap,
    Group,
    GroupStem,
    Image,
    Interval,
    Lanes,
    Lists,
    Log,
    Metric,
    Missing,
    MoreRows,
    MostTime,
    Nested,
    NewOut,
    NoTime,
    Numeric,
    Open,
    Out,
    PageOut,
    Port,
    Positive,
    Precision,
    Query,
    RunPath,
    RunPaths,
    SchemaFile,
    Seed,
    SequenceColumn,
    Set,
    Sheet,
    Single,
    Size,
    Step,
    TableOut,
    Target,
    Task,
    Texts,
    Threshold,
    Time,
    Trend,
    Trials,
    Valid,
    Workers,
)
from honed.errors import InputError, RunError
from honed.figures import counted
from honed.figures import size as in_bytes
from honed.optional import optional
from honed.run import disk, terminal
from honed.settings import nearest

if TYPE_CHECKING:
    from honed.report.facts import Facts
    from honed.report.outline import Outline

DEFAULT_BUDGET = "5m"
# What honed depends on, as it is imported; SciPy and threadpoolctl come with scikit-learn.
_BROUGHT = frozenset(
    {
        "jax",
        "narwhals",
        "numpy",
        "optax",
        "optuna",
        "polars",
        "rich",
        "scipy",
        "sklearn",
        "threadpoolctl",
        "typer",
    }
)

app = typer.Typer(
    help="From a table and a time budget to a tuned neural network, with the reason for every choice.",
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def fit(
    data: DataFiles,
    target: Target = None,
    out: Out = None,
    budget: Budget = None,
    trials: Trials = None,
    task: Task = None,
    metric: Metric = None,
    positive: Positive = None,
    threshold: Threshold = None,
    valid: Valid = None,
    group: Group = None,
    group_stem: GroupStem = None,
    fold: FoldColumn = None,
    time: Time = None,
    no_time: NoTime = False,
    trend: Trend = None,
    gap: Gap = None,
    nested: Nested = None,
    exclude: Exclude = None,
    categorical: Categorical = None,
    numeric: Numeric = None,
    date: Date = None,
    lists: Lists = None,
    texts: Texts = None,
    missing: Missing = None,
    schema: SchemaFile = None,
    as_is: AsIs = False,
    sheet: Sheet = None,
    query: Query = None,
    image: Image = None,
    size: Size = None,
    sequence: SequenceColumn = None,
    step: Step = None,
    seed: Seed = 0,
    workers: Workers = None,
    lanes: Lanes = None,
    cluster: Cluster = None,
    device: DeviceAsked = "cpu",
    precision: Precision = "float32",
    single: Single = False,
    encodings: Encodings = None,
    coach: Coach = False,
    log: Log = None,
    dry_run: DryRun = False,
    json: DryRunJson = False,
) -> None:
    """Tune a network on a table, on pictures or sequences, within a budget; explain it and save it.

    Without --budget and --trials the budget is 5 minutes. Ctrl-C ends early with the best model so far.
    """
    folder = arguments.folder(out, dry_run, json)
    if budget is not None and trials is not None:
        raise InputError(
            f"Both --budget {budget} and --trials {trials} are given, and only one can say when the run ends. "
            "Leave one of them out."
        )
    if budget is None and trials is None:
        budget = DEFAULT_BUDGET
    options = arguments.options(
        arguments.data(data),
        target,
        budget=None if budget is None else words.seconds(budget),
        trials=words.at_least_one("--trials", trials),
        task=task,
        metric=metric,
        positive=positive,
        threshold=threshold,
        valid=valid,
        group=group,
        group_stem=group_stem,
        fold=fold,
        time=time,
        no_time=no_time,
        trend=trend,
        gap=gap,
        nested=nested,
        exclude=exclude,
        categorical=categorical,
        numeric=numeric,
        date=date,
        lists=lists,
        texts=texts,
        missing=missing,
        schema=schema,
        as_is=as_is,
        sheet=sheet,
        query=query,
        image=image,
        size=size,
        sequence=sequence,
        step=step,
        seed=seed,
        workers=workers,
        lanes=lanes,
        cluster=cluster,
        device=device,
        precision=precision,
        single=single,
        encodings=encodings,
        log=log,
        proposer="coach" if coach else "tpe",
    )
    if folder is None:
        from honed.search import dry_run as dry

        _tell_outline(dry.fit(options, out), json)
        return
    from honed.search import tune

    with stopped.progress(folder, new=True) as progress:
        tune.fit(options, folder, progress)
    _tell_result(folder)


@app.command()
def train(
    data: DataFiles,
    target: Target = None,
    out: Out = None,
    set_: Set = None,
    task: Task = None,
    metric: Metric = None,
    positive: Positive = None,
    threshold: Threshold = None,
    valid: Valid = None,
    group: Group = None,
    group_stem: GroupStem = None,
    fold: FoldColumn = None,
    time: Time = None,
    no_time: NoTime = False,
    trend: Trend = None,
    gap: Gap = None,
    exclude: Exclude = None,
    categorical: Categorical = None,
    numeric: Numeric = None,
    date: Date = None,
    lists: Lists = None,
    texts: Texts = None,
    missing: Missing = None,
    schema: SchemaFile = None,
    as_is: AsIs = False,
    sheet: Sheet = None,
    query: Query = None,
    image: Image = None,
    size: Size = None,
    sequence: SequenceColumn = None,
    step: Step = None,
    seed: Seed = 0,
    device: DeviceAsked = "cpu",
    precision: Precision = "float32",
    log: Log = None,
    dry_run: DryRun = False,
    json: DryRunJson = False,
) -> None:
    """Train one network by hand: every setting is yours, and the rest keeps its default.

    Values are read as TOML: --set optimizer=sgd --set 'hidden_sizes=[256, 64]' --set schedule.name=plateau
    """
    folder = arguments.folder(out, dry_run, json)
    options = arguments.options(
        arguments.data(data),
        target,
        task=task,
        metric=metric,
        positive=positive,
        threshold=threshold,
        valid=valid,
        group=group,
        group_stem=group_stem,
        fold=fold,
        time=time,
        no_time=no_time,
        trend=trend,
        gap=gap,
        exclude=exclude,
        categorical=categorical,
        numeric=numeric,
        date=date,
        lists=lists,
        texts=texts,
        missing=missing,
        schema=schema,
        as_is=as_is,
        sheet=sheet,
        query=query,
        image=image,
        size=size,
        sequence=sequence,
        step=step,
        seed=seed,
        device=device,
        precision=precision,
        log=log,
        settings=words.settings(set_ or ()),
    )
    if folder is None:
        from honed.search import dry_run as dry

        _tell_outline(dry.train(options), json)
        return
    from honed.search import by_hand

    with stopped.progress(folder, new=True) as progress:
        by_hand.train(options, folder, progress)
    _tell_result(folder)


@app.command()
def resume(run: RunPath, budget: Budget = None, cluster: Cluster = None, device: DeviceNow = None) -> None:
    """Go on with a run that was interrupted; with --budget, for so long from now in place of what was left.

    It works where it worked before; with --cluster or --device, there.
    """
    more = None if budget is None else words.seconds(budget)
    from honed.search import tune

    with stopped.progress(run, new=False) as progress:
        tune.resume(run, more, progress, cluster, device)
    _tell_result(run)


@app.command()
def refit(
    run: RunPath,
    data: MoreRows,
    out: NewOut = None,
    budget: MostTime = None,
    device: DeviceNow = None,
) -> None:
    """Train what a finished run has chosen on more rows, and keep what is better on new rows that were kept apart.

    Three are compared there: the model as it is, going on from its weights, and training anew on old and new rows. The
    best is trained on all rows and saved as a new run; the old one stays as it is.
    """
    seconds = None if budget is None else words.seconds(budget)
    from honed.search import more_rows

    folder = more_rows.beside(run) if out is None else out
    with stopped.progress(folder, new=True) as progress:
        more_rows.refit(run, arguments.data(data), folder, seconds, progress, device)
    _tell_result(folder)


@app.command()
def predict(
    run: RunPath,
    data: DataFiles,
    out: TableOut = None,
    interval: Interval = None,
    bad_cells: BadCells = "refuse",
    as_is: AsIs = False,
    sheet: Sheet = None,
    query: Query = None,
) -> None:
    """Predict a table's rows, pictures or sequences, in their order.

    Gives the column `prediction` and, for classes, the probability of each as `p_<class>`; with --interval the ends of
    each row's interval as `low` and `high`. A line in place of a row that is none, such as a total, has none (NaN).
    """
    from honed import answering, model, predictions

    is_lenient = _takes_bad_as_missing(bad_cells)
    named = addresses.asked(arguments.data(data), query)
    if out is not None:
        predictions.check_destination(out, named)
    fitted = model.load(run)
    if interval is not None:
        fitted.check_interval(interval)
    rows = answering.predict(
        run,
        fitted,
        named,
        out,
        interval,
        take_bad_as_missing=is_lenient,
        as_is=as_is,
        sheet=sheet,
        query=query,
        say=_say,
    )
    if out is not None:
        _say(f"Wrote {counted(rows, 'prediction')} to {out}.")


def _takes_bad_as_missing(asked: str) -> bool:
    if asked not in ("refuse", "missing"):
        raise InputError(f"--bad-cells is {asked!r}, but it must be refuse or missing.")
    return asked == "missing"


@app.command()
def evaluate(
    run: RunPath,
    data: DataFiles,
    json: AsJson = False,
    positive: Positive = None,
    bad_cells: BadCells = "refuse",
    as_is: AsIs = False,
    sheet: Sheet = None,
    query: Query = None,
) -> None:
    """Score the model on a table that holds the target; rows of a class that training has not seen are left out."""
    from honed import answering, evaluation, model

    is_lenient = _takes_bad_as_missing(bad_cells)
    named = addresses.asked(arguments.data(data), query)
    fitted = model.load(run)
    positive = evaluation.positive_of(run) if positive is None else positive
    result = answering.evaluate(
        run,
        fitted,
        named,
        positive,
        take_bad_as_missing=is_lenient,
        as_is=as_is,
        sheet=sheet,
        query=query,
        say=_say,
    )
    for sentence in result.left_out():
        _say(sentence)
    _print(result.as_json() if json else result.as_text(), json)


@app.command()
def compare(runs: RunPaths, json: AsJson = False) -> None:
    """Score runs on rows of their data that none of them has seen, beside each other, and say what differs."""
    from honed import comparing
    from honed.run.plain import dumps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # all that the data gave reason for was said when the runs began
        comparison = comparing.compare(runs)
    _print(dumps(comparison.to_json(), indent=2) if json else comparison.as_text(), json)


@app.command()
def show(run: RunPath) -> None:
    """Print one page: the network, the reason for each choice, the ensemble and the scores."""
    from honed.report import columns, findings, text

    facts = _facts(run)
    known = findings.read(run) if (run / findings.FILE).exists() else []
    told = optional("The columns", lambda: columns.read(run), [])
    terminal.show(text.page(facts, width=_columns(), findings=known, columns=told))


@app.command()
def diagnose(run: RunPath, json: AsJson = False, fail_on: FailOn = None) -> None:
    """Say what went wrong in training or could go better: what was seen, why, and what to change."""
    from honed.findings import at_least
    from honed.report import findings as pages

    findings = pages.read(run)
    whole = pages.are_of_training(run)
    _print(pages.as_json(findings, whole) if json else pages.page(findings, _columns(), whole), json)
    if fail_on is not None and at_least(fail_on, findings):
        raise typer.Exit(3)


@app.command()
def report(run: RunPath, out: PageOut = None, json: AsJson = False) -> None:
    """Write one HTML page that needs nothing beside itself: scores, reasons, curves, and the model on the data."""
    _one_thread()
    if json and out is not None:
        raise InputError(
            "--json prints to standard output, so --out would write nothing. Leave one of them out."
        )
    if json:
        from honed.report.story import story
        from honed.run.plain import dumps

        _print(dumps(story(run), indent=2), is_json=True)
        return
    from honed.report import html

    out = html.destination(run, out)
    content = html.page(run).encode()
    disk.write_file(out, content)
    _say(f"Wrote {out} ({in_bytes(len(content))}).")


@app.command()
def export(run: RunPath, format: ExportFormat, out: ExportOut) -> None:
    """Write the model for programs without honed, after a comparison with it on the run's held-out rows, or the search.

    script: a Python file that needs NumPy alone, and reads as a description of the network.
    onnx: from cells to answers, ensemble and temperature included (pip install 'honed[onnx]').
    torch: modules of PyTorch that can go on training, with the encoder beside them (pip install 'honed[torch]').
    optuna: all candidates of the search as a study in an SQLite file, for optuna-dashboard.
    """
    from honed import exporting
    from honed.logs import study

    if format == study.FORMAT:
        exporting.check_destination(out, study.END, format)
        study.export(run, out, _say)
    else:
        exporting.export(run, format, out, _say)


@app.command()
def watch(run: RunPath, port: Port = 0, open_: Open = False) -> None:
    """Serve the report live on this machine, with a button that stops the run.

    Whoever has the printed address can look and stop. Ctrl-C ends the serving; the run goes on.
    """
    _one_thread()
    from honed.report import watch

    watch.serve(run, port, open_browser=open_)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the versions of honed and JAX, and exit.")
    ] = False,
) -> None:
    if version:
        _print(_version())
    elif context.invoked_subcommand is None:
        _print(context.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    sys.exit(status(sys.argv[1:] if arguments is None else arguments))


def status(arguments: Sequence[str]) -> int:
    """Run one command line; its exit status."""
    command = typer.main.get_command(app)
    try:
        with _warnings_as_lines():
            code = command.main(list(arguments), prog_name="honed", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except InputError as error:
        return _fail(str(error), 2)
    except RunError as error:
        return _fail(str(error), 1)
    except ModuleNotFoundError as error:
        if error.name not in _BROUGHT:  # a part of what is there, or of an extra
            raise
        why = "Predicting pictures, or sequences from arrays, does without; all else may need it"
        return _fail(f"{error.name} is not installed. {why}: pip install honed, without --no-deps.", 1)
    except MemoryError as error:
        said = f" ({error})" if str(error) else ""
        return _fail(f"Memory ran out{said}. Free some, or give fewer rows or columns.", 1)
    except typer.TyperException as error:
        return _fail(_usage(error), error.exit_code)
    except PermissionError as error:
        where = f"{error.filename} may not be reached" if error.filename else "Something may not be reached"
        return _fail(f"{where}: permission denied. Check its permissions and those of the folders above.", 1)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except OSError as error:  # of a path, or of what Typer prints by itself, such as help
        if disk.shortage(error):
            return _fail(str(terminal.refusal(error)), 1)
        if not isinstance(error, BrokenPipeError):
            if error.filename is None:
                raise
            return _fail(f"The system refuses {str(error.filename)!r}: {error.strerror}. Check the path.", 1)
        return 1  # whoever read our output has left: nothing more to say


@contextlib.contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """Shows a warning as one line on standard error, without the place in the code that Python names."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        _say(f"Warning: {message}")

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


def _facts(run: Path) -> Facts:
    from honed.report.facts import Facts
    from honed.run import journal
    from honed.run.folder import RunFolder
    from honed.run.holder import what_goes_on

    folder = RunFolder.open(run)
    if not (run / "summary.json").exists():
        if why := journal.failure_at(run / "journal.jsonl"):
            raise RunError(
                f"{run} ended without a model, so there is nothing to show. {why} See `honed diagnose {run}`."
            )
        raise RunError(f"{run} has no summary.json yet, so there is nothing to show. {what_goes_on(run)}")
    return folder.read_json("summary.json", Facts)


def _version() -> str:
    """Versions of honed and JAX, and by what JAX could reach a GPU; JAX itself is not loaded, which takes a second."""
    from importlib.metadata import version

    from honed import __version__
    from honed.run import gpus

    packages = gpus.packages()
    of_gpu = f"{', '.join(packages)} (--device gpu)" if packages else "no package for one is installed"
    return f"honed {__version__}\njax {version('jax')}, jaxlib {version('jaxlib')}\nGPU: {of_gpu}"


def _tell_outline(outline: Outline, json: bool) -> None:
    from honed.report.outline import page
    from honed.run.plain import dumps

    _print(dumps(outline, indent=2) if json else page(outline, _columns()), is_json=json)


def _tell_result(run: Path) -> None:
    from honed.report import text

    facts = _facts(run)
    _say(optional("The score", lambda: text.headline(facts), "A model is saved."))
    _say(f"Saved in {run}. Next: honed show {run}, honed predict {run} NEW")


def _one_thread() -> None:
    """Keep NumPy to one thread, unless the user says otherwise; to be called before it is imported.

    A report's products are small, and often a run goes on beside it: on two busy cores a second thread that waits
    for its core made a report take 4.0 s in place of 1.8 s.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _columns() -> int:
    return max(60, min(100, os.get_terminal_size().columns)) if sys.stdout.isatty() else 100


def _usage(error: typer.TyperException) -> str:
    """What Typer found wrong, with the nearest option and where help is."""
    message = error.format_message().replace("Value error, ", "")  # pydantic's, which checks what Typer reads
    context = getattr(error, "ctx", None)
    if context is None:
        return message
    if hasattr(error, "possibilities"):
        name = str(getattr(error, "option_name", ""))
        known = [option for parameter in context.command.params for option in parameter.opts]
        message = f"There is no option {name!r}.{nearest(name, known)}"
    end = "" if message.endswith((".", "?")) else "."
    return f"{message}{end} See `{context.command_path} --help`."


def _fail(message: str, code: int) -> int:
    _say(f"Error: {addresses.without_passwords(message)}")
    return code


def _print(text: str, is_json: bool = False) -> None:
    """What was asked for, on standard output: JSON as it is, a page for people with control characters shown."""
    text = text.removesuffix("\n") + "\n"
    if is_json:
        terminal.write(text.encode())
    else:
        terminal.show(text)


def _say(text: str) -> None:
    terminal.tell(text, sys.stderr)
