"""From what was asked to a checked `Prepared`: every check of the data and the words, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from honed.encode import target as targets
from honed.encode.target import TargetKind
from honed.errors import InputError
from honed.family import Family, Source, find_family
from honed.figures import counted
from honed.metrics import Metric, choose, class_code
from honed.search.options import Options
from honed.table import split
from honed.table.columns import Schema
from honed.table.split import Splits
from honed.table.target import Target

Share = Callable[[Splits], Splits]  # how rows are shared out otherwise than for a search

LEAST_BUDGET = 1.0  # seconds
_SEEDS = 2**32


@dataclass(frozen=True)
class Prepared:
    """Data that have passed every check, and how their rows are shared out.

    Attributes
    ----------
    source : the rows with a target; all other arrays speak of these.
    targets : ways to learn the target, the default first.
    notes : what the user has to know about the rows before the run starts.
    """

    options: Options
    family: Family
    source: Source
    splits: Splits
    metric: Metric
    targets: tuple[TargetKind, ...]
    notes: tuple[str, ...] = ()

    @property
    def schema(self) -> Schema:
        """What was understood of the data."""
        return self.source.schema

    @property
    def y(self) -> np.ndarray:
        """Class codes int32 (rows,), or values float64 (rows,)."""
        return self.source.y

    @property
    def outputs(self) -> int:
        """Outputs of the network."""
        return len(self.schema.target.classes) or 1

    def groups_of(self, rows: np.ndarray) -> np.ndarray | None:
        """The group of each of those rows; None where there are none."""
        groups = self.source.groups
        return None if groups is None else groups[rows]


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
    if options.metric is not None and options.task is not None:
        choose(options.metric, options.task)
    family = find_family(options.family)
    return _checked(family, family.read(options, places or {}), options, share)


def prepare_source(source: Source, options: Options) -> Prepared:
    """The same for rows that are already read.

    Raises
    ------
    InputError
        The rows or the words are wrong.
    """
    check_numbers(options)
    return _checked(find_family(options.family), source, options, None)


def _checked(family: Family, source: Source, options: Options, share: Share | None) -> Prepared:
    """Choose metric, splits and ways to learn the target."""
    target, y = source.schema.target, source.y
    metric = choose(options.metric, target.task)
    if options.positive is not None:
        metric = metric.of(class_code(options.positive, target.task, target.classes))
    splits = split.split(y, target.task, groups=source.groups, seed=options.seed, valid_rows=source.given)
    splits = splits if share is None else share(splits)
    metric, notes = _that_compares(metric, splits, y, target)
    kinds: tuple[TargetKind, ...] = ("classes",)
    if target.task == "regression":
        # Every row is learned from in the end, so one negative value anywhere rules the logarithm out.
        has_log = y.min() >= 0 and targets.log_fits(y[splits.folds[0].train])
        kinds = ("linear", "log") if has_log else ("linear",)
    return Prepared(options, family, source, splits, metric, kinds, (*source.notes, *notes))


def _that_compares(
    metric: Metric, splits: Splits, y: np.ndarray, target: Target
) -> tuple[Metric, tuple[str, ...]]:
    """The metric, or the task's default where all validation rows of some fold leave it undefined; what was decided."""
    outputs = (len(target.classes),) if target.classes else ()
    lost = sum(not metric.is_defined(y[fold.valid], outputs) for fold in splits.folds if len(fold.valid))
    if not lost:
        return metric, ()
    usual = choose(None, target.task)
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
