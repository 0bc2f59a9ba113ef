"""How a run's rows are shared out for learning, choosing and the final score: `check` and `splits`."""

from __future__ import annotations

from honed.errors import InputError
from honed.family import Source
from honed.search.options import Options
from honed.table import split
from honed.table.by_time import split_by_time
from honed.table.order import gap_of
from honed.table.split import Splits


def check(options: Options) -> None:
    """Refuse ways to share rows out of which only one can hold.

    Raises
    ------
    InputError
        Two are named that do not go together, or a gap that is none.
    """
    gap_of(options.gap)
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
    if source.times is not None:
        name = source.schema.time or options.time or "time"
        return split_by_time(source.times, name, gap_of(options.gap), options.seed)
    task = source.schema.target.task
    return split.split(source.y, task, groups=source.groups, seed=options.seed, valid_rows=source.given)
