"""The columns of a table, what its target asks for, and its groups: a `Schema`.

Read `infer` first. Row numbers in messages count data rows from 1.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from honed import typed
from honed.errors import InputError, warn
from honed.figures import counted
from honed.lazily import pl
from honed.table import addressed, formats, glance, kinds, ranks, reading
from honed.table.cells import (
    all_numbers,
    brief,
    check_levels,
    check_none,
    is_present,
    match,
    shown,
    some,
    target_numbers,
)
from honed.table.cells import texts as texts_of
from honed.table.glance import Plain
from honed.table.kinds import Column
from honed.table.lists import FORMATS
from honed.table.missing import usual
from honed.table.native import ColumnLike, is_missing
from honed.table.quantities import File, has_ranges
from honed.table.read import Table, unmasked
from honed.table.reading import Reading
from honed.table.said import Said, check_is_column, check_words_are_there, understand
from honed.table.target import Target, are_labels, are_of_type, infer_target, is_quantity
from honed.typed import JSON


@dataclass(frozen=True)
class Schema:
    """The columns of a table, its target, and how many rows are meant.

    Attributes
    ----------
    rows : rows whose targets are all present.
    dropped_rows : rows left out because a target is missing.
    group : column whose equal values stay together in splits; it is no input.
    further : targets beside the main one, of a network with several heads.
    time : column along which rows are shared out, the newest for the score; it may be an input too.
    """

    columns: tuple[Column, ...]
    target: Target
    rows: int
    dropped_rows: int
    group: str | None = None
    further: tuple[Target, ...] = ()
    time: str | None = None

    @property
    def targets(self) -> tuple[Target, ...]:
        """All of them, the main one first."""
        return (self.target, *self.further)

    def read(self, frame: pl.DataFrame, source: str = "") -> pl.DataFrame:
        """The table's cells as this schema reads them: the training table's, or a later one's.

        Columns that the schema does not know stay as they are, and reading twice changes nothing. `source` is what
        warnings call the table.
        """
        return reading.read(frame, self._readings, source)

    def read_training(self, table: Table) -> Table:
        """The training table with its cells as `read` gives them, quicker: `infer` has looked at its numbers."""
        frame = reading.read(table.frame, self._readings, table.source, numbers=table.numbers)
        paths = [column.name for column in self.columns if column.reading.format == addressed.PATH]
        return replace(table, frame=frame, written=table.frame.select(paths) if paths else None)

    @functools.cached_property
    def _readings(self) -> dict[str, tuple[Reading, bool]]:
        readings = {column.name: (column.reading, _has_numbers(column)) for column in self.columns}
        for target in self.targets:
            readings[target.name] = (target.reading, target.task == "regression")
        return readings

    def words_for_missing(self) -> dict[str, tuple[str, ...]]:
        """The columns of numbers and dates, in which all usual words for missing mean it, with those of training."""
        return {
            column.name: column.reading.missing
            for column in self.columns
            if column.kind == "date" or _has_numbers(column)
        }

    def to_json(self) -> dict[str, JSON]:
        """A dict of plain JSON values; `from_json` gives the schema back."""
        document = asdict(self)
        if not self.target.dtype:  # of a table's own types, and of texts
            del document["target"]["dtype"]
        if not self.further:
            del document["further"]
        for column in document["columns"]:
            if not column["rare"]:  # of lists alone
                del column["rare"]
        return document

    @classmethod
    def from_json(cls, value: JSON, place: str = "") -> Schema:
        """The schema that `to_json` wrote; `Misfit` for anything else, with the `place` in the document."""
        schema = typed.take(cls, value, place)
        typed.unique([column.name for column in schema.columns], f"{place}.columns")
        typed.unique([target.name for target in schema.targets], f"{place}.further")
        _check_target(schema.target, f"{place}.target")
        for number, target in enumerate(schema.further):
            _check_target(target, f"{place}.further[{number}]")
        for number, column in enumerate(schema.columns):
            check_levels(column.levels, f"{place}.columns[{number}]")
            check_levels(column.order, f"{place}.columns[{number}].order")
            where, format = f"{place}.columns[{number}].reading.format", column.reading.format
            known = formats.usual(format) == format if column.reading.form == "time" else format in FORMATS
            what = "lists" if column.reading.form == "list" else "dates"
            typed.require(
                format == "" or known, where, f"is {typed.shown(format)}, which is no format of {what}"
            )
            fits = 0 <= column.rare <= 1
            typed.require(fits, f"{place}.columns[{number}].rare", "is no share")
        return schema


def _check_target(target: Target, where: str) -> None:
    """Raise `Misfit` where a target that was read does not fit together."""
    counts = {"regression": 0, "binary": 2}
    fits = counts.get(target.task, len(target.classes)) == len(target.classes)
    fits = fits and (target.task != "multiclass" or len(target.classes) >= 2)
    typed.require(fits, where, f"has {len(target.classes)} classes, but its task is {target.task}")
    check_levels(target.classes, where)
    typed.require(
        are_labels(target.classes, target.labels), where, f"has classes that are no {target.labels}"
    )
    typed.require(
        are_of_type(target.classes, target.labels, target.dtype),
        where,
        f"has classes that are not of type {typed.shown(target.dtype)}",
    )


def infer(
    table: Table,
    target: str,
    *,
    further: Sequence[str] = (),
    task: str | None = None,
    exclude: Iterable[str] = (),
    group: str | None = None,
    categorical: Iterable[str] = (),
    numeric: Iterable[str] = (),
    date: Iterable[str] = (),
    lists: Iterable[str] = (),
    texts: Iterable[str] = (),
    missing: Iterable[object] = (),
    schema: JSON = None,
    of_target: bool = True,
) -> Schema:
    """Decide what each column is and what the target asks for, or each of several.

    Parameters
    ----------
    table : the training table.
    target : name of the column to predict.
    further : names of others to predict beside it; a row counts where all are present.
    task : "binary", "multiclass" or "regression"; by default decided by the rule in `Target.reason`. Of several
        targets it is that of each.
    exclude : names of columns to leave out.
    group : name of a column whose equal values must stay together in splits; it is no input.
    categorical, numeric, date, lists, texts : names of columns that are levels, numbers, dates, lists of items, or
        texts of several words, whatever their cells look like.
    missing : words, and numbers, that mean an empty cell in every column.
    schema : what a document says, see `honed.table.said.statements`; columns that it does not name are guessed.
    of_target : whether `missing` holds in the target too, whose rows are then left out.

    Raises
    ------
    InputError
        A name that is no column (the nearest is suggested); a column that is declared to be two things; a target
        that is missing everywhere, constant, infinite, text under regression, has over 1,000 classes or a class
        with one row; infinite values in a column, words in a column declared numeric, no value twice in one
        declared categorical; no column left to predict from.
    """
    names, targets = table.frame.columns, (target, *further)
    said = understand(
        names,
        table.source,
        targets,
        task=task,
        group=group,
        exclude=exclude,
        categorical=categorical,
        numeric=numeric,
        date=date,
        lists=lists,
        texts=texts,
        missing=missing,
        schema=schema,
    )
    check_words_are_there(said.missing, table.frame, table.source)
    inputs = [name for name in names if name not in (*targets, group)]

    def may_be_dates(name: str) -> bool:
        """Whether a column may be read so: a target is none, nor are numbers of an array."""
        return name not in targets and not (table.plain_array and table.frame[name].dtype.is_numeric())

    file = File((table.frame[name] for name in (*targets, *inputs) if said.is_looked_at(name)), table.source)
    plain = glance.plain(table.numbers)
    readings = {
        name: said.reading(
            table.frame[name], may_be_dates(name), file, plain=plain.get(name), may_be_lists=True
        )
        for name in inputs
    }
    for each in targets:
        readings[each] = reading.PLAIN
        if of_target:
            asked = task or said.tasks.get(each)
            readings[each] = _target_reading(table, each, asked, said, file, plain.get(each))
    whole = replace(
        table,
        frame=reading.read(table.frame, {name: (how, False) for name, how in readings.items()}, file=file),
    )
    plain = {name: each for name, each in plain.items() if readings.get(name) == reading.PLAIN}
    present = _present(whole, targets, plain)
    rows = int(present.sum())
    meant = [
        replace(_meant(whole, each, targets, task, said, plain, present), reading=readings[each])
        for each in targets
    ]
    _warn_of_slips(readings, table, said, targets)
    dropped = table.frame.height - rows
    frame = whole.frame.filter(present) if dropped else whole.frame
    if dropped:
        plain = glance.plain(pl.DataFrame([each.values.filter(present) for each in plain.values()]))
    places = np.flatnonzero(present.to_numpy()) + 1
    columns = tuple(
        _told(
            _ordered(_understood(frame[name], places, table, said, plain.get(name), readings[name]), said),
            readings[name],
            table.frame[name],
        )
        for name in inputs
    )
    if group is not None:
        _check_groups(frame[group], table.source)
    inputs = _with_an_input(columns, frame, table.source)
    _warn_of_named_codes(inputs, table)
    return Schema(inputs, meant[0], rows, dropped, group, further=tuple(meant[1:]))


def _present(table: Table, targets: Sequence[str], plain: Mapping[str, Plain]) -> pl.Series:
    """Of which rows all targets are there; `plain` holds the columns of plain numbers.

    Raises
    ------
    InputError
        Each of several targets is there in some row, and all of them in none.
    """
    of_each = [
        plain[name].values.is_not_null() if name in plain else is_present(table.frame[name])
        for name in targets
    ]
    present = functools.reduce(operator.and_, of_each)
    if not present.any() and len(targets) > 1 and all(own.any() for own in of_each):
        raise InputError(
            f"{table.source}: no row has a value in each of the targets {some(targets)}, and networks learn from rows "
            "that do. Fill the columns, or train a network for each target."
        )
    return present


def _meant(
    table: Table,
    target: str,
    targets: Sequence[str],
    task: str | None,
    said: Said,
    plain: Mapping[str, Plain],
    present: pl.Series,
) -> Target:
    """What one of the `targets` asks for, in the rows of which all are `present`."""
    numbers = plain[target].values if target in plain else None
    if len(targets) > 1:  # the places of rows stay, for messages
        frame = table.frame.with_columns(pl.when(present).then(pl.col(target)).alias(target))
        table = replace(table, frame=frame)
        numbers = None if numbers is None else pl.select(pl.when(present).then(numbers)).to_series()
    rows = int(present.sum())
    found = infer_target(table, target, task, rows, numbers)
    asked = said.tasks.get(target)
    return found if asked in (None, found.task) else infer_target(table, target, asked, rows, numbers)


def _understood(
    cells: pl.Series, places: np.ndarray, table: Table, said: Said, plain: Plain | None, how: Reading
) -> Column:
    """What a column is: what was said, unless that is what would be found."""
    name = cells.name
    kind = said.kinds.get(name)
    if kind is not None and name not in said.guesses:
        return kinds.declared(cells, places, kind)
    try:
        declaration, is_named = table.declaration("categorical", name), not table.is_headless
        found = kinds.infer(
            cells, places, table.plain_array, declaration, is_named, plain, are_lists=how.form == "list"
        )
    except InputError:
        if kind is None:
            raise
        return kinds.declared(cells, places, kind)
    return found if kind is None or said.kept(found) else kinds.declared(cells, places, kind)


def _ordered(column: Column, said: Said) -> Column:
    """The column with the order of its levels that was said; one that it looks to have is only told."""
    if column.kind != "categorical":
        return column
    order = said.orders.get(column.name, ())
    if order:
        ranks.check(column.name, order, column.levels)
    words = f"in the order {ranks.shown(order)}" if order else ranks.hint(column.levels)
    return replace(column, reason=f"{column.reason}; {words}" if words else column.reason, order=order)


def _target_reading(
    table: Table, target: str, task: str | None, said: Said, file: File, plain: Plain | None
) -> Reading:
    """How the target's cells are read; those of classes mean themselves, with their units too."""
    cells = table.frame[target]
    is_quantity_said = task == "regression"
    found = said.reading(cells, False, file, is_quantity_said, slips_too=is_quantity_said, plain=plain)
    if task is None and plain is None:  # of classes a rare one may be a word among numbers
        with_slips = said.reading(cells, False, file)
        as_numbers = replace(table, frame=reading.read(table.frame, {target: (with_slips, False)}, file=file))
        if (
            with_slips != found
            and not _has_ranges(with_slips, cells)
            and is_quantity(as_numbers, target, None)
        ):
            return with_slips
    if found.form != "quantity" or task == "regression" or "form" in said.readings.get(target, {}):
        return found
    as_numbers = replace(table, frame=reading.read(table.frame, {target: (found, False)}, file=file))
    if task is None and not _has_ranges(found, cells) and is_quantity(as_numbers, target, None):
        return found
    return reading.emptying(reading.PLAIN, cells, said.words(target))


def _has_ranges(how: Reading, cells: pl.Series) -> bool:
    """Whether some cells are ranges, which in a target may be classes of their own, as in 1, 1-2, 2."""
    return how.shape == "range" or (how.shape == "bound" and has_ranges(texts_of(cells)))


def _warn_of_slips(readings: Mapping[str, Reading], table: Table, said: Said, targets: Sequence[str]) -> None:
    """Give a `DataWarning` for each column of which a few cells were taken as empty because nearly all others agree."""
    for name, how in readings.items():
        if not how.missing:
            continue
        known = {*usual(how.missing), *said.words(name)}
        odd = [word for word in how.missing if word not in known]
        if not odd:
            continue
        if how.form == "time":
            says_one = formats.of_words(odd, how.format).is_not_null().to_list()
            _warn_of_sentinel_dates(
                table, name, [word for word, is_one in zip(odd, says_one, strict=True) if is_one]
            )
            odd = [word for word, is_one in zip(odd, says_one, strict=True) if not is_one]
            if not odd:
                continue
        count = int(reading.are_words(table.frame[name], tuple(odd)).sum())
        what = "date" if how.form == "time" else "number"
        some_cells = f"{counted(count, 'cell')} of {table.frame.height:,}, such as {some(odd, 3)}, "
        some_cells += f"{'is' if count == 1 else 'are'} no {what}, as nearly all others are"
        if name in targets:
            then = (
                f"so {counted(count, 'row')} {'was' if count == 1 else 'were'} left out. Correct such cells"
            )
        else:
            then = "so such cells were taken as empty. Correct them, or say "
            then += f"{table.declaration('categorical', name)} if they mean something"
        warn(f"Column {brief(name)!r}: {some_cells}, {then}.")


def _warn_of_named_codes(columns: Iterable[Column], table: Table) -> None:
    """Give a `DataWarning` for each column of whole numbers that is left out by its name alone."""
    for column in columns:
        if kinds.is_named_code(column):
            warn(
                f"Column {brief(column.name)!r}: {column.reason.removeprefix('left out: ').partition(';')[0]}, so it "
                f"was left out. If it is a quantity, say {table.declaration('numeric', column.name)}."
            )


def _warn_of_sentinel_dates(table: Table, name: str, words: list[str]) -> None:
    if words:
        count = int(reading.are_words(table.frame[name], tuple(words)).sum())
        warn(
            f"Column {brief(name)!r}: {some(words, 3)} in {counted(count, 'cell')} "
            f"{'lies' if len(words) == 1 else 'lie'} far from all other dates, so such cells were taken as empty. If "
            f'they are dates like others, say "missing": [] of the column in a schema.'
        )


def _has_numbers(column: Column) -> bool:
    """Whether all cells of a column are numbers, of which two may be levels."""
    levels = pl.Series(column.levels, dtype=pl.String)
    return column.kind == "numeric" or (column.kind == "boolean" and all_numbers(levels))


def _told(column: Column, how: Reading, cells: pl.Series) -> Column:
    """The column with its reading, what that did as part of the evidence, and some of its cells."""
    if column.kind == "excluded":
        return replace(column, examples=reading.examples(cells))
    evidence = how.evidence()
    reason = f"{column.reason}; {evidence}" if evidence else column.reason
    return replace(column, reason=reason, reading=how, examples=reading.examples(cells))


def target_rows(table: Table, schema: Schema) -> np.ndarray:
    """Positions (int64, from 0, ascending) of the rows whose targets are all present."""
    present = np.ones(table.frame.height, bool)
    for target in schema.targets:
        check_is_column(target.name, table.frame.columns, table.source)
        present &= is_present(table.frame[target.name]).to_numpy()
    return np.flatnonzero(present)


def target_values(
    table: Table, schema: Schema, rows: np.ndarray, before: int = 0, head: int = 0
) -> np.ndarray:
    """Target of the given rows: float64 for regression, else int32 positions in `Target.classes`.

    `before` counts rows of the file before the table's first, for messages; `head` is the number of the target.

    Raises
    ------
    InputError
        A target that is no number, infinite or missing (regression), or no known class: with its row.
    """
    target = schema.targets[head]
    name = target.name
    check_is_column(name, table.frame.columns, table.source)
    column, places = table.frame[name][rows], np.asarray(rows) + 1 + before
    if target.task == "regression":
        values = target_numbers(column, places)
        check_none(np.isnan(values), places, lambda row: _missing_target(name, row))
        return values
    codes = match(column, target.classes)
    check_none(codes == -1, places, lambda row: _missing_target(name, row))

    def unknown(row: int) -> str:
        return (
            f"Column {name!r}, row {row}: {shown(column, row, places)!r} is none of the {len(target.classes)} classes "
            f"seen in training ({some(target.classes)}), so no prediction can be right. "
            "Correct the cell or leave the row out."
        )

    check_none(codes == -2, places, unknown)
    return codes


def group_values(table: Table, schema: Schema, rows: np.ndarray) -> np.ndarray | None:
    """Group of each given row as int32 (each row with an empty cell is a group alone), or None without groups."""
    if schema.group is None:
        return None
    check_is_column(schema.group, table.frame.columns, table.source)
    cells = texts_of(table.frame[schema.group][rows])
    groups = cells.rank("dense").cast(pl.Int64).fill_null(0).to_numpy().copy()
    alone = cells.is_null().to_numpy()
    groups[alone] = groups.max(initial=0) + 1 + np.arange(alone.sum())
    return groups.astype(np.int32)


def group_codes(groups: ColumnLike, rows: int) -> np.ndarray:
    """Group of each row as int32, from labels of any type; each row without a label is a group alone.

    Parameters
    ----------
    groups : (rows,) labels: a list, an array or a Series of texts, numbers, categories or dates.

    Raises
    ------
    InputError
        Not one label for each row, or fewer than 3 groups.
    """
    if isinstance(groups, pl.Series) and groups.dtype in (pl.Int128, pl.UInt128):
        groups = groups.to_list()  # which Polars does not give to NumPy
    labels = np.asarray(unmasked(groups), dtype=object)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or len(labels) != rows:
        found = counted(len(labels), "label") if labels.ndim == 1 else f"the shape {labels.shape}"
        raise InputError(
            f"groups has {found}, but the table has {counted(rows, 'row')}, and each needs the label of its group. "
            "Give one label for each row."
        )
    alone = np.array([is_missing(label) or str(label).strip() == "" for label in labels], bool)
    known = [label.strip() if isinstance(label, str) else label for label in labels[~alone]]
    if not any(all(isinstance(label, kind) for label in known) for kind in (str, (int, float, np.number))):
        known = [f"{type(label).__name__} {label}" for label in known]  # which may have no order of their own
    names, codes = np.unique(np.array(known, dtype=object), return_inverse=True)
    count = len(names) + int(alone.sum())
    found = f"groups has {counted(count, 'distinct label')}"
    _check_group_count(count, found, "Give labels of more groups, or leave groups out.")
    result = np.empty(rows, np.int32)
    result[~alone] = codes
    result[alone] = len(names) + np.arange(alone.sum())
    return result


def _check_groups(column: pl.Series, source: str) -> None:
    cells = texts_of(column)
    groups = cells.drop_nulls().n_unique() + cells.null_count()
    found = f"{source}: the group column {column.name!r} has {counted(groups, 'distinct value')}"
    _check_group_count(groups, found, "Name another column, or leave the group out.")


def _check_group_count(groups: int, found: str, advice: str) -> None:
    if groups < 3:
        raise InputError(
            f"{found}. Groups are kept whole, and learning, choosing and the final score each need one, so at least 3 "
            f"are needed. {advice}"
        )


def _missing_target(name: str, row: int) -> str:
    return f"Column {name!r}, row {row}: the target is missing. Fill the cell or leave the row out."


def _with_an_input(columns: tuple[Column, ...], frame: pl.DataFrame, source: str) -> tuple[Column, ...]:
    """Refuse a table without any input; lone codes, short texts, or what counts through the rows are kept as one."""
    if any(column.used for column in columns):
        return columns
    for rescue in (kinds.as_levels, kinds.as_numeric, kinds.as_words):
        rescued = tuple(rescue(column, frame[column.name]) for column in columns)
        if any(column.used for column in rescued):
            return rescued
    if all(column.kind == "excluded" for column in columns):
        raise InputError(
            f"{source} has no column to predict from: all columns but the target are excluded or the group. "
            "Exclude fewer columns."
        )
    reasons = "; ".join(
        f"{column.name!r}: {column.reason}" for column in columns if column.kind != "excluded"
    )
    raise InputError(
        f"{source} has no column to predict from: each is constant, an identifier or free text ({reasons}). "
        "Add columns of numbers or categories, or say what one of these is (--categorical, --numeric, --date, --list, "
        "--text; in Python categorical=, numeric=, date=, lists=, texts=)."
    )
