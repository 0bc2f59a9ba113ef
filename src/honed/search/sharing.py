"""How a run's rows are shared out for learning, choosing and the final score: `check` and `splits`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from honed.errors import InputError
from honed.family import Source
from honed.search.options import Options
from honed.table import split
from honed.table.by_time import split_by_time
from honed.table.order import gap_of
from honed.table.split import Otherwise, Splits


def check(options: Options) -> None:
    """Refuse ways to share rows out of which only one can hold.

    Raises
    ------
    InputError
        Two are named that do not go together, or a gap that is none.
    """
    gap_of(options.gap)
    if options.fold is not None:
        for name in ("time", "group", "valid"):
            if (value := getattr(options, name)) is not None:
                raise InputError(
                    f"--fold {options.fold} and --{name} {value} each say how the rows are shared out, and both "
                    "together cannot hold. Leave one of them out."
                )
    if options.time is None:
        return
    if options.no_time:
        raise InputError(
            f"--time {options.time} names when rows were, and --no-time says that it does not matter. Leave one out."
        )
    others = {"group": options.group, "valid": options.valid}
    for name, value in others.items():
        if value is not None:
            raise InputError(
                f"--time {options.time} and --{name} {value} each say how the rows are shared out for choosing and for "
                "the final score, and both together cannot hold. Leave one of them out."
            )


def splits(source: Source, options: Options) -> Splits:
    """The rows of a source, shared out as asked.

    Raises
    ------
    InputError
        It cannot be done, as where a gap leaves nothing to learn from.
    """
    if source.own is not None:
        return source.own
    if source.times is not None:
        name = source.schema.time or options.time or "time"
        return split_by_time(source.times, name, gap_of(options.gap), options.seed)
    task = source.schema.target.task
    found = split.split(source.y, task, groups=source.groups, seed=options.seed, valid_rows=source.given)
    probable = source.probable
    if probable is None or not len(found.outer):
        return found
    whole = split.split(source.y, task, groups=probable.groups, seed=options.seed)
    train = np.setdiff1d(np.arange(len(source.y)), whole.outer)
    count = min(len(train), len(found.folds[0].train))
    some = np.random.default_rng([options.seed, 20_023]).permutation(train)[:count]
    rows = np.sort(some).astype(np.int32)
    return replace(found, otherwise=Otherwise("groups", rows, whole.outer, probable.by, probable.groups))
