"""From files and words to a checked `Prepared` table: every input check, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from honed.encode import target as targets
from honed.encode.target import TargetKind
from honed.errors import InputError
from honed.figures import counted
from honed.metrics import Metric, choose, class_code
from honed.search.ranges import DEFAULT_GROUPS
from honed.table import columns, kinds, read, split
from honed.table.cells import (
    all_numbers,
    is_present,
    match,
    numbers,
    parse_numbers,
    some,
    target_numbers,
    texts,
)
from honed.table.columns import Schema
from honed.table.read import Table
from honed.table.split import Splits
from honed.table.target import has_unseen_class, is_quantity

Proposer = Literal["coach", "random", "tpe"]
Share = Callable[[Splits], Splits]  # how rows are shared out otherwise than for a search
LEAST_BUDGET = 1.0  # seconds
_SEEDS = 2**32


@dataclass(frozen=True)
class Options:
    """What the user asked for; see `honed fit --help`.

    `budget` in seconds or `trials`, one of them; `workers` None means one for each core; `searched` names the groups
    of knobs of `honed.search.ranges` that are searched; `proposer` says whether generations after the first are edits
    by the coach in part, random edits in their place, or Optuna's proposals alone.
    """

    data: str
    target: str
    budget: float | None = None
    trials: int | None = None
    task: str | None = None
    metric: str | None = None
    valid: str | None = None
    group: str | None = None
    exclude: tuple[str, ...] = ()
    positive: str | None = None
    categorical: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    seed: int = 0
    workers: int | None = None
    single: bool = False
    settings: dict[str, Any] | None = None
    searched: tuple[str, ...] = DEFAULT_GROUPS
    proposer: Proposer = "tpe"


@dataclass(frozen=True)
class Prepared:
    """A table that has passed every check, and how its rows are shared out.

    Attributes
    ----------
    rows : positions in the table of the rows with a target; all other arrays speak of these rows.
    y : class codes int32, or values float64.
    targets : ways to learn the target, the default first.
    notes : what the user has to know about the rows before the run starts.
    groups : int32 (rows,), the group of each row; None where there are none.
    """

    options: Options
    table: Table
    schema: Schema
    rows: np.ndarray
    y: np.ndarray
    splits: Splits
    metric: Metric
    targets: tuple[TargetKind, ...]
    notes: tuple[str, ...] = ()
    groups: np.ndarray | None = None

    @property
    def outputs(self) -> int:
        """Outputs of the network."""
        return len(self.schema.target.classes) or 1

    def groups_of(self, rows: np.ndarray) -> np.ndarray | None:
        """The group of each of those rows; None where there are none."""
        return None if self.groups is None else self.groups[rows]


def prepare(
    options: Options, places: Mapping[str, str] | None = None, share: Share | None = None
) -> Prepared:
    """Read and check everything that `options` name.

    Parameters
    ----------
    places : paths of "data" and "valid" where these are not where `options` say, as for a run that was moved.

    Raises
    ------
    InputError
        The data or the words are wrong; nothing has been written.
    """
    check_numbers(options)
    places = places or {}
    table = read.read(places.get("data", options.data))
    given = None
    if options.valid is not None:
        given = read.read(places.get("valid", options.valid), least_rows=1)
    return prepare_table(table, options, given, share)


def prepare_table(
    table: Table, options: Options, given: Table | None = None, share: Share | None = None
) -> Prepared:
    """The same for a table in memory; `given` holds rows to validate on."""
    if options.metric is not None and options.task is not None:
        choose(options.metric, options.task)
    count, notes = table.frame.height, ()
    if given is not None:
        table, notes = _joined(table, given, options)
    schema = columns.infer(
        table,
        options.target,
        task=options.task,
        exclude=options.exclude,
        group=options.group,
        categorical=options.categorical,
        numeric=options.numeric,
    )
    rows = columns.target_rows(table, schema)
    y = columns.target_values(table, schema, rows)
    groups = columns.group_values(table, schema, rows)
    valid_rows = None
    if given is not None:
        valid_rows = np.flatnonzero(rows >= count).astype(np.int32)
        _check_both_have_rows(schema, groups, valid_rows, options)
    prepared = assemble(table, schema, rows, y, options, groups=groups, valid_rows=valid_rows, share=share)
    return replace(prepared, notes=(*notes, *prepared.notes))


def assemble(
    table: Table,
    schema: Schema,
    rows: np.ndarray,
    y: np.ndarray,
    options: Options,
    *,
    groups: np.ndarray | None = None,
    valid_rows: np.ndarray | None = None,
    share: Share | None = None,
) -> Prepared:
    """Choose metric, splits and ways to learn the target for a table whose schema is known."""
    check_numbers(options)
    task, classes = schema.target.task, schema.target.classes
    metric = choose(options.metric, task)
    if options.positive is not None:
        metric = metric.of(class_code(options.positive, task, classes))
    splits = split.split(y, task, groups=groups, seed=options.seed, valid_rows=valid_rows)
    splits = splits if share is None else share(splits)
    metric, notes = _that_compares(metric, splits, y, schema)
    kinds: tuple[TargetKind, ...] = ("classes",)
    if task == "regression":
        # Every row is learned from in the end, so one negative value anywhere rules the logarithm out.
        has_log = y.min() >= 0 and targets.log_fits(y[splits.folds[0].train])
        kinds = ("linear", "log") if has_log else ("linear",)
    return Prepared(options, table, schema, rows, y, splits, metric, kinds, notes, groups)


def _that_compares(
    metric: Metric, splits: Splits, y: np.ndarray, schema: Schema
) -> tuple[Metric, tuple[str, ...]]:
    """The metric, or the task's default where all validation rows of some fold leave it undefined; what was decided."""
    outputs = (len(schema.target.classes),) if schema.target.classes else ()
    lost = sum(not metric.is_defined(y[fold.valid], outputs) for fold in splits.folds if len(fold.valid))
    if not lost:
        return metric, ()
    usual = choose(None, schema.target.task)
    of = f" of {lost} of {counted(len(splits.folds), 'fold')}" if len(splits.folds) > 1 else ""
    note = (
        f"{metric.name} is undefined on the validation rows{of}, where the target has one value only, so {usual.name} "
        f"takes its place; `honed evaluate` tells {metric.name} of other rows."
    )
    return usual, (note,)


def check_numbers(options: Options) -> None:
    """Refuse a budget, trials, workers and a seed that make no run."""
    if not 0 <= options.seed < _SEEDS:
        raise InputError(
            f"The seed is {options.seed}, but it must be from 0 to {_SEEDS - 1}, as Optuna's samplers take it. Give "
            "another number."
        )
    if options.budget is not None and not options.budget >= LEAST_BUDGET:
        raise InputError(
            f"The budget is {options.budget:g} seconds, but a run needs at least {LEAST_BUDGET:g}. "
            "Give a time such as 60s, 5m or 1h."
        )
    for name, value in (("trials", options.trials), ("workers", options.workers)):
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if value is not None and not (is_whole and value >= 1):
            raise InputError(
                f"The number of {name} is {value!r}, but it must be a whole number of at least 1, or nothing would "
                "train."
            )


def _joined(table: Table, given: Table, options: Options) -> tuple[Table, tuple[str, ...]]:
    """Both tables in one, the given rows last, and what was left out; columns by the first table's names."""
    missing = [name for name in table.frame.columns if name not in given.frame.columns]
    if missing:
        raise InputError(
            f"{options.valid!r} lacks the column {missing[0]!r} of {options.data!r}, so its rows cannot be scored. "
            "Give a file with the same columns."
        )
    joined = read.joined(table, given)
    _check_numbers_of(given, table, joined, options)
    both, name, count = joined.frame, options.target, table.frame.height
    if name not in both.columns or is_quantity(joined, name, options.task):
        return joined, ()
    unseen = has_unseen_class(both[name], count, options.task)
    if not unseen.any():
        return joined, ()
    classes = texts(both[name]).filter(unseen).unique(maintain_order=True).to_list()
    note = (
        f"Left out {counted(int(unseen.sum()), 'row')} of {options.valid} whose class training lacks "
        f"({some(classes)}): no network could name it."
    )
    return replace(joined, frame=both.filter(~unseen)), (note,)


def _check_numbers_of(given: Table, table: Table, joined: Table, options: Options) -> None:
    """Refuse a given row without a finite number where the first table has numbers: it would change the column.

    Columns that are left out with the given rows and without do not matter.
    """
    name = options.target
    if name not in table.frame.columns:
        return
    present = is_present(given.frame[name])
    places = np.flatnonzero(present.to_numpy()) + 1
    for column in table.frame:
        if column.name in (options.group, *options.exclude, *options.categorical) or not all_numbers(column):
            continue
        levels = parse_numbers(column).drop_nulls().unique()
        if len(levels) < 2:
            continue
        if column.name == name and not is_quantity(table, name, options.task):
            continue
        check = target_numbers if column.name == name else numbers
        cells, rows = given.frame[column.name].filter(present), places
        if len(levels) == 2 and column.name != name:  # a boolean, which has other spellings
            is_other = match(cells, texts(levels).to_list()) < 0
            cells, rows = cells.filter(is_other), rows[is_other]
        try:
            check(cells, rows)
        except InputError as error:
            is_input = column.name == name or column.name in options.numeric
            if is_input or _is_used(column.name, table, name) or _is_used(column.name, joined, name):
                raise InputError(f"{options.valid}: {error}") from None


def _is_used(column: str, table: Table, target: str) -> bool:
    """Whether a network would see the column, by the rows whose target is present."""
    present = is_present(table.frame[target])
    places = np.flatnonzero(present.to_numpy()) + 1
    try:
        return kinds.infer(table.frame[column].filter(present), places, table.plain_array).used
    except InputError:  # an infinite cell
        return True


def _check_both_have_rows(
    schema: Schema, groups: np.ndarray | None, valid_rows: np.ndarray, options: Options
) -> None:
    """Refuse files of which one has no row to train on, or none to validate on."""
    name, free = schema.target.name, schema.rows - len(valid_rows)
    for path, rows in ((options.valid, len(valid_rows)), (options.data, free)):
        if not rows:
            raise InputError(
                f"{path} has no row whose target {name!r} is there and, for classes, known from training, so "
                f"{'nothing could be validated' if path == options.valid else 'nothing could be learned'}. "
                "Fill the column, or give another file."
            )
    if groups is not None and len(np.unique(np.delete(groups, valid_rows))) < 2:
        raise InputError(
            f"{options.data} has one group in its column {schema.group!r}. Groups are kept whole, and learning and the "
            "final score each need one, so at least 2 are needed beside those of the validation file. Name another "
            "column, or leave the group out."
        )
