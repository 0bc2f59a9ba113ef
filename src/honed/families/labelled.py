"""Rows that are no table's, with a cell of the target each: `chosen`, those to learn from and what is learned."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from honed.errors import InputError
from honed.figures import counted
from honed.lazily import pl
from honed.search.options import OF_COLUMNS, Options
from honed.table.cells import brief, is_present, some
from honed.table.columns import Schema, group_codes, target_values
from honed.table.read import Table
from honed.table.target import Target, has_unseen_class, infer_target, is_quantity

if TYPE_CHECKING:
    from jaxtyping import Bool, Int, Int32, Real

_SHOWN = 8  # classes whose rows are told
_TABLE_WORDS = (  # what a user may say of a table's columns, and these rows have none
    *OF_COLUMNS,
    *("fold", "time", "gap", "group_stem", "no_time", "as_is", "sheet"),
)


class Labelled(Protocol):
    """What is known of the target.

    Attributes
    ----------
    target : a cell each, its name that of the target. are_classes : whether these are classes, whatever they look
        like, `classes` their names in order where that was given, `reason` why.
    is_typed : whether the cells' types say what they are.
    groups : a label each, or None. group : where these are from.
    """

    @property
    def target(self) -> pl.Series: ...
    @property
    def are_classes(self) -> bool: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def reason(self) -> str: ...
    @property
    def is_typed(self) -> bool: ...
    @property
    def groups(self) -> pl.Series | None: ...
    @property
    def group(self) -> str | None: ...


class Chosen(NamedTuple):
    """The rows to learn from.

    Attributes
    ----------
    rows : those that have a target, ascending. y : class codes int32, or values float64.
    given : positions among `rows` of those to validate on, or None. notes : on those that were left out.
    """

    rows: Int[np.ndarray, " rows"]
    schema: Schema
    y: Real[np.ndarray, " rows"]
    groups: Int[np.ndarray, " rows"] | None
    given: Int32[np.ndarray, " given"] | None
    notes: tuple[str, ...]


def chosen(found: Labelled, options: Options, noun: str, first: int | None = None) -> Chosen:
    """The rows that have a target.

    Parameters
    ----------
    noun : what a row is, for messages.
    first : so many rows, the first, are of the data, and the rest were given to validate on; None where none were.

    Raises
    ------
    InputError
        There is nothing to tell apart, or no row to learn from or to validate on.
    """
    rows = np.flatnonzero(is_present(found.target).to_numpy())
    if not len(rows):
        raise InputError(
            f"{options.named}: the target {found.target.name!r} is missing in all {counted(len(found.target), noun)}, "
            "so there is nothing to learn. Fill it, or name another target."
        )
    dropped = len(found.target) - len(rows)
    notes: list[str] = []
    if first is not None:
        unseen = np.intersect1d(rows, np.flatnonzero(_has_unseen_class(found, first, options)))
        if len(unseen):
            notes.append(
                f"Left out {counted(len(unseen), noun)} of {options.named_valid} whose class training lacks "
                f"({some(found.target[unseen].cast(pl.String).unique().sort().to_list())}): no network could name it."
            )
            rows = np.setdiff1d(rows, unseen)
    target, y = _target(found, rows, options, noun)
    given = None
    if first is not None:
        given = np.flatnonzero(rows >= first).astype(np.int32)
        if not len(given) or len(given) == len(rows):
            lacking = options.named_valid if not len(given) else options.named
            with with_reasons(notes):
                raise InputError(f"{lacking} has no {noun} with a target that can be used. Give another one.")
    groups = None
    if found.groups is not None:
        groups = group_codes(found.groups[rows].to_list(), len(rows))
    schema = Schema((), target, len(rows), dropped, group=found.group)
    return Chosen(rows, schema, y, groups, given, tuple(notes))


def check_counts(rows: Mapping[str, int], where: str, noun: str) -> None:
    """Refuse classes of which one has a single row."""
    lone = [name for name, count in rows.items() if count == 1]
    if not lone:
        return
    others = f", as {counted(len(lone) - 1, 'other class', 'other classes')} have" if len(lone) > 1 else ""
    raise InputError(
        f"{where}: the class {brief(lone[0])!r} has one {noun}{others}: it cannot be both learned and checked. Add "
        f"{noun}s of the class, or take it away."
    )


def said_of_classes(target: Target, y: Real[np.ndarray, " rows"]) -> list[str]:
    """How many rows each class has, the commonest first; nothing of values."""
    if not target.classes:
        return []
    counts = np.bincount(y.astype(np.int64), minlength=len(target.classes))
    order = np.argsort(-counts, kind="stable")
    shown = ", ".join(f"{brief(target.classes[code])!r} {counts[code]:,}" for code in order[:_SHOWN])
    more = len(order) - _SHOWN
    rest = (
        f" and {counted(more, 'class', 'classes')} more, the rarest with {counts.min():,}" if more > 0 else ""
    )
    return [f"Classes: {shown}{rest}."]


@contextmanager
def with_reasons(lost: Sequence[str]) -> Iterator[None]:
    """Add to an `InputError` on the rows that are left what became of the others, in sentences."""
    try:
        yield
    except InputError as error:
        if not lost:
            raise
        raise InputError(" ".join([str(error), *lost])) from None


def check_words(options: Options, noun: str, but: Collection[str] = ()) -> None:
    """Refuse words that say something of columns, but for some, where rows have none."""
    said = [name for name in _TABLE_WORDS if name not in but and getattr(options, name)]
    if said:
        names = {"lists": "list", "texts": "text"}
        option = "--" + names.get(said[0], said[0].replace("_", "-"))
        raise InputError(
            f"{option} says how a table is read, or how its rows are shared out, and means nothing for {noun}s. "
            "Leave it out."
        )
    if options.trend is not None:
        raise InputError(f"--trend is about rows along time, and {noun}s have none. Leave it out.")


def _target(
    found: Labelled, rows: Int[np.ndarray, " rows"], options: Options, noun: str
) -> tuple[Target, Real[np.ndarray, " rows"]]:
    """The target, and class codes or values of those rows."""
    name, cells = found.target.name, found.target[rows]
    if found.are_classes:
        if options.task == "regression":
            raise InputError(
                f"The task was given as regression, but the {noun}s of {options.named} have classes. Leave the task "
                f"out, or give {noun}s with a target of numbers."
            )
        labels = [label for label in found.classes or sorted(set(cells.to_list())) if label in set(cells)]
        if len(labels) < 2:
            raise InputError(
                f"{options.named} holds {noun}s of one class alone, {brief(str(labels[0]))!r}, so there is nothing to "
                f"tell apart. Add {noun}s of another class."
            )
        counts = dict(cells.value_counts().iter_rows())
        check_counts({label: counts[label] for label in labels}, options.named, noun)
        target = Target.of_labels(name, np.array(labels, dtype=object), found.reason)
        if options.task == "binary" and len(labels) > 2:
            raise InputError(
                f"There are {len(labels)} classes ({some(labels)}), and the task was given as binary. Leave the task "
                "out, or say multiclass."
            )
        codes = {label: code for code, label in enumerate(labels)}
        return target, np.array([codes[label] for label in cells], np.int32)
    table = _table(found, found.target[rows], options)
    target = infer_target(table, name, options.task, len(rows))
    schema = Schema((), target, len(rows), 0)
    return target, target_values(table, schema, np.arange(len(rows)))


def _has_unseen_class(found: Labelled, first: int, options: Options) -> Bool[np.ndarray, " rows"]:
    """Where a row behind the first ones is of a class that none of them has."""
    cells = found.target
    if found.are_classes:
        return ~cells.is_in(cells.head(first).unique().implode()).to_numpy()
    if is_quantity(_table(found, cells, options), cells.name, options.task):
        return np.zeros(len(cells), bool)
    return has_unseen_class(cells, first, options.task)


def _table(found: Labelled, cells: pl.Series, options: Options) -> Table:
    """The target as a table's column."""
    return Table(pl.DataFrame([cells]), options.named, "", is_typed=found.is_typed)
