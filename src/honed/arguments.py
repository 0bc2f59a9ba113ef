"""The arguments and options of the command line: a type with its name and its help each, and what they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from honed import addresses, device, words
from honed.errors import InputError
from honed.run import paths
from honed.settings import Value

if TYPE_CHECKING:
    from honed.search.options import Options

DataFiles = Annotated[
    list[str],
    typer.Argument(
        metavar="DATA",
        help="The table: a file of CSV, JSON lines, Excel, Parquet or Arrow, also a packed one; or several such files "
        "of the same columns, or a folder or a pattern of them; - is standard input, for predict and evaluate; with "
        "--query the address of a database, postgresql://USER@HOST/DATABASE or sqlite:///FILE. Or pictures: a folder "
        "with one subfolder a class, or arrays X and y in an .npz file; or sequences: such arrays of fractions.",
    ),
]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `honed fit --out` has made.")]
MoreRows = Annotated[
    list[str],
    typer.Argument(
        metavar="DATA",
        help="Rows that came after those of the run: files, a folder or a pattern with the columns of its table.",
    ),
]
NewOut = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="The new run's folder, which must not exist yet; by default RUN with -refit."
    ),
]
MostTime = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="At most so much time: 60s, 5m; by default what the trainings take."),
]
RunPaths = Annotated[
    list[Path], typer.Argument(metavar="RUN", help="Two or more folders of runs on the same data.")
]
Target = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        help="The column to predict; pictures in folders and arrays need none. Of a table it may be repeated: one "
        "network then predicts all of them.",
    ),
]
Image = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN", help="The table's column of paths to pictures, which are then learned from."
    ),
]
SequenceColumn = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="The table holds sequences, one row a step: the column that rows of one sequence share.",
    ),
]
Step = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="With --sequence: where in its sequence a row is, a number or a date; by default rows are in order.",
    ),
]
Size = Annotated[
    str | None,
    typer.Option(
        metavar="PIXELS",
        help="What pictures are brought to: 64, or height and width as 48x64; by default their median, at most 128.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="The run's folder, which must not exist yet; --dry-run needs none."),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Say what was understood of each column, the split and the plan; train and write nothing.",
    ),
]
DryRunJson = Annotated[
    bool, typer.Option("--json", help="With --dry-run: print JSON, and nothing else, on standard output.")
]
Budget = Annotated[
    str | None, typer.Option(metavar="TIME", help="Wall-clock time for everything: 60s, 5m, 1h, or seconds.")
]
Trials = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Candidates to try (each is trained on several folds where it is worth it), in place of a budget: "
        "repeatable on one machine type.",
    ),
]
Task = Annotated[
    str | None,
    typer.Option(metavar="TASK", help="binary, multiclass or regression; by default the target decides."),
]
Metric = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="What to be best at; by default log-loss for classes, else RMSE."),
]
Positive = Annotated[
    str | None,
    typer.Option(
        metavar="CLASS",
        help="Of two classes the one that average_precision and --threshold are of; by default the second.",
    ),
]
Threshold = Annotated[
    str | None,
    typer.Option(
        metavar="f1|cost:FP=1,FN=5",
        help="Of two classes predict the positive one from the probability on that is best for its F1, or for what the "
        "mistakes cost, false alarms (FP) and misses (FN); by default the likelier class is predicted.",
    ),
]
Encodings = Annotated[
    list[str] | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="A way to encode rows that the search tries beside the usual one: target (its mean in the rows of each "
        "level), bins or pairs (of numbers), crosses (of categories); may be repeated. Without it those that suit the "
        "table are tried once; robust, the usual one, alone tries no other.",
    ),
]
Valid = Annotated[
    str | None, typer.Option(metavar="FILE", help="A table of rows to validate on, in place of a split.")
]
Group = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Rows of one group are never split: patients, sites.")
]
GroupStem = Annotated[
    str | None,
    typer.Option(
        metavar="STEM",
        help="Which part of a cell is the name of its group: the sign that it ends at (_ where p17_3 is of p17), or a "
        "regular expression with the name in parentheses.",
    ),
]
FoldColumn = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN", help="Your own folds: each value validates in turn, and the last gives the score."
    ),
]
Time = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="When each row was, a date or a number: learn from the past, choose and score on what follows.",
    ),
]
NoTime = Annotated[
    bool,
    typer.Option("--no-time", help="The order of rows in time does not matter: share them out at random."),
]
Trend = Annotated[
    bool | None,
    typer.Option(
        "--trend/--no-trend",
        help="Along time, what only grows (time since the first row, the year, a number) is an input that stays at its "
        "last value in rows to come, or is left out. By default a quick fit of later rows decides.",
    ),
]
Gap = Annotated[
    str | None,
    typer.Option(
        metavar="GAP", help="What lies unused between past and future: rows (24), or a duration (12h, 7d)."
    ),
]
Nested = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Searches in each of which other rows are unseen, so that all rows give the score: 3 or more. Unasked, of "
        "fewer than 1,000 rows and from 20 s on, 5 rounds train what one search chose; 0 for none.",
    ),
]
Exclude = Annotated[
    list[str] | None, typer.Option(metavar="COLUMN", help="A column to leave out; may be repeated.")
]
Categorical = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN", help="A column of levels, even if they are numbers: shops, codes; may be repeated."
    ),
]
Numeric = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN", help="A column of numbers, even if it looks like a code; may be repeated."
    ),
]
Date = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN", help="A column of dates or times, also if it does not look so; may be repeated."
    ),
]
Lists = Annotated[
    list[str] | None,
    typer.Option(
        "--list",
        metavar="COLUMN",
        help="A column of lists of items (['a', 'b'], a|b, a;b, a,b), also if it does not look so; may be repeated.",
    ),
]
Texts = Annotated[
    list[str] | None,
    typer.Option(
        "--text",
        metavar="COLUMN",
        help="A column of texts, whose words count, even if short; may be repeated.",
    ),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WORD", help="A word or number that means an empty cell, such as -999; may be repeated."
    ),
]
SchemaFile = Annotated[
    Path | None,
    typer.Option(
        "--schema",
        metavar="FILE",
        help="What columns are: a document of --dry-run --json, edited; it overrules what cells look like.",
    ),
]
AsIs = Annotated[
    bool,
    typer.Option(
        "--as-is",
        help="The first line is the header and every other a row: leave out no titles, totals and repeated headers, "
        "and find no header missing.",
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The sheet of a workbook to read; by default the first that holds something, and to predict that of the "
        "run.",
    ),
]
Query = Annotated[
    str | None,
    typer.Option(
        metavar="SQL",
        help="Of a database the statement that gives the rows, such as 'select * from sales order by id'.",
    ),
]
BadCells = Annotated[
    str,
    typer.Option(
        metavar="refuse|missing",
        help="What to do with cells that are no number, or no date, in a column of such: refuse the table, or take "
        "them as empty.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Where all randomness starts.")]
Workers = Annotated[
    int | None, typer.Option(metavar="N", help="Worker processes; by default one for each core, or GPU.")
]
Lanes = Annotated[
    str | None,
    typer.Option(
        metavar="N|auto",
        help="Networks of equal shape that each worker trains side by side; by default as many as a GPU has memory "
        "for, and 1 on a processor, where it seldom pays.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="auto|local|HOST:PORT",
        help="Work on a Ray cluster: the one of this machine, one of this machine alone, or at that address.",
    ),
]
DeviceAsked = Annotated[
    device.Asked,
    typer.Option(
        "--device",
        help="Where networks are trained: the processor, GPUs that JAX sees, or auto: GPUs where there are some.",
    ),
]
DeviceNow = Annotated[
    device.Asked | None,
    typer.Option(
        "--device",
        help="Where networks are trained this time; by default where the run was asked to.",
        show_default=False,
    ),
]
Precision = Annotated[
    device.Precision,
    typer.Option(
        help="In what a GPU multiplies matrices: as exactly as a processor, or faster, with 11 of 24 bits.",
    ),
]
Single = Annotated[bool, typer.Option("--single", help="Predict with the best single network, no ensemble.")]
Coach = Annotated[
    bool,
    typer.Option(
        "--coach", help="Try what findings advise on leading networks as controlled experiments; see `show`."
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="A setting of the network or its training; may be repeated."
    ),
]
Log = Annotated[
    list[str] | None,
    typer.Option(
        "--log",
        metavar="mlflow[:URI]|tensorboard:DIR",
        help="Show the run there too, while it goes on: settings, curves, scores, report; may be repeated.",
    ),
]
Interval = Annotated[
    float | None,
    typer.Option(
        metavar="LEVEL",
        help="Of a quantity also the columns low and high, between which the truth lies in that share of rows: 0.9.",
    ),
]
TableOut = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A .csv or .parquet file; by default CSV on standard output."),
]
Port = Annotated[
    int,
    typer.Option(metavar="N", min=0, max=65535, help="Where to listen on 127.0.0.1; by default a free port."),
]
Open = Annotated[bool, typer.Option("--open/--no-open", help="Show the page in this machine's browser.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]
FailOn = Annotated[
    Literal["error", "warning"] | None,
    typer.Option(
        help="End with status 3 where a finding is an error, or with `warning` at least that.",
        show_default=False,
    ),
]
PageOut = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The page; by default report.html in the run's folder.")
]
ExportFormat = Annotated[
    str, typer.Option("--format", metavar="NAME", help="What to write: script, onnx, torch or optuna.")
]
ExportOut = Annotated[
    Path,
    typer.Option(
        "--out", metavar="FILE", help="The file, which must not exist yet; weights may lie beside it."
    ),
]


def data(words: Sequence[str]) -> str:
    """The words for data as one; see `honed.run.paths`.

    Raises
    ------
    InputError
        None is given, one is empty, or of several one is no file of a table.
    """
    given = paths.one_word(words)
    parts = paths.parts(given)
    if len(parts) == 1:
        return given
    from honed.families.image import listed

    said = f"{len(parts):,} paths are given for the data, as for files of one table"
    for word in parts:
        if addresses.is_address(word):
            raise InputError(
                f"{said}, and one is the address of a database, which is read alone. Give it alone, and join rows in "
                "its --query."
            )
        if word == "-":
            raise InputError(f"{said}, and - is standard input. Give the paths of files.")
        if listed.holds_pictures(word):
            raise InputError(
                f"{said}, and {word} holds pictures or arrays. Give it alone, or put all pictures into one folder."
            )
    return given


def options(
    data: str,
    target: list[str] | None,
    *,
    image: str | None = None,
    size: str | None = None,
    sequence: str | None = None,
    step: str | None = None,
    budget: float | None = None,
    trials: int | None = None,
    workers: int | None = None,
    lanes: str | None = None,
    cluster: str | None = None,
    exclude: list[str] | None = None,
    categorical: list[str] | None = None,
    numeric: list[str] | None = None,
    date: list[str] | None = None,
    lists: list[str] | None = None,
    texts: list[str] | None = None,
    missing: list[str] | None = None,
    query: str | None = None,
    valid: str | None = None,
    schema: Path | None = None,
    single: bool = False,
    log: list[str] | None = None,
    encodings: list[str] | None = None,
    settings: dict[str, Value] | None = None,
    **rest: Value,
) -> Options:
    """What a run is asked to do."""
    workers = words.at_least_one("--workers", workers)
    data = addresses.asked(data, query)
    if valid is not None and addresses.is_address(valid):
        raise InputError(
            "--valid names a file of rows to validate on, and an address was given. Write its rows into a file, or "
            "name folds by a column of the query (--fold)."
        )
    from honed.families import found
    from honed.families.table import streamed
    from honed.logs import asked
    from honed.search.options import Options
    from honed.table import said

    asked_for = target or []
    kind = found.of(data, asked_for[0] if asked_for else None, image, size, sequence, step)
    if len(asked_for) > 1 and kind.family is not None:
        raise InputError(
            f"Several targets are given ({', '.join(map(repr, asked_for))}), and networks of pictures and sequences "
            "predict one. Name one."
        )
    return Options(
        data=data,
        target=kind.target,
        further=tuple(asked_for[1:]),
        budget=budget,
        trials=trials,
        workers=workers,
        lanes=words.lanes(lanes),
        cluster=cluster,
        exclude=tuple(exclude or ()),
        categorical=tuple(categorical or ()),
        numeric=tuple(numeric or ()),
        date=tuple(date or ()),
        lists=tuple(lists or ()),
        texts=tuple(texts or ()),
        missing=tuple(missing or ()),
        query=query,
        valid=valid,
        schema=None if schema is None else said.read(schema),
        single=single,
        log=asked.words(log),
        encodings=tuple(dict.fromkeys(encodings or ())),
        settings=settings or {},
        family=kind.family,
        own=kind.own,
        memory=streamed.scarce(),
        **rest,
    )


def folder(out: Path | None, dry_run: bool, json: bool) -> Path | None:
    """The folder of a run, or None for a dry run."""
    if json and not dry_run:
        raise InputError(
            "--json prints what --dry-run understood, and --dry-run is not given. Add it, or leave --json out."
        )
    if out is None and not dry_run:
        raise InputError(
            "Missing option '--out': a run needs a folder to be saved in. Give --out FOLDER, or --dry-run to see what "
            "would be done."
        )
    return None if dry_run else out
