"""What each column of a table is, with the evidence, and what the target asks for: a `Schema`.

Read `infer` first. Cells reach numbers and texts through `numbers` and `texts` here, at fitting and at
prediction alike, so a column means the same in a CSV file, a Parquet file and a data frame.
Only an empty cell is missing. Row numbers in messages count data rows from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from honed.errors import InputError
from honed.settings import nearest
from honed.table.read import Table

Kind = Literal["numeric", "boolean", "categorical", "identifier", "text", "constant"]
Task = Literal["binary", "multiclass", "regression"]

MOST_CLASSES = 1000
MOST_LEVELS = 254  # with the codes for missing and rare this fills one byte
FEW_INTEGERS = 20  # up to so many distinct whole numbers name classes ...
ROWS_PER_CLASS = 5  # ... when each has so many rows on average
_LEAST_ROWS_FOR_IDENTIFIER = 20  # below, distinct values are no evidence
_MOST_DATES = 50  # more distinct dates than this say when, not which
_ID_NAME = re.compile(r"(?i)(^|[\W_])(id|uuid|guid|index|rownames|pid|rowid)$|^column_1$|[a-z]I[Dd]$")
_DATE = (
    r"^\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}.*)?$|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}([ T]\d{1,2}:\d{2}.*)?$"
)


@dataclass(frozen=True)
class Column:
    """One column beside the target.

    Attributes
    ----------
    reason : the evidence for `kind`, in words, with the numbers in it.
    missing, distinct : empty cells, and distinct values of the others, among rows whose target is present.
    levels : categorical and boolean: cell texts with a code of their own, most frequent first, ties by text.
    """

    name: str
    kind: Kind
    reason: str
    missing: int
    distinct: int
    levels: tuple[str, ...] = ()

    @property
    def used(self) -> bool:
        """Whether the network sees it."""
        return self.kind in ("numeric", "boolean", "categorical")


@dataclass(frozen=True)
class Target:
    """The column to predict.

    Attributes
    ----------
    classes : classification: cell texts, sorted as numbers if all are numbers, else as text.
    reason : the rule that gave the task.
    """

    name: str
    task: Task
    classes: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Schema:
    """The columns of a table, its target, and how many rows are meant.

    Attributes
    ----------
    rows : rows whose target is present.
    dropped_rows : rows left out because their target is missing.
    group : column whose equal values stay together in splits; it is no input.
    excluded : columns left out because the user said so.
    """

    columns: tuple[Column, ...]
    target: Target
    rows: int
    dropped_rows: int
    group: str | None = None
    excluded: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A dict of plain JSON values; `from_json` gives the schema back."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Schema:
        """The schema that `to_json` wrote."""
        columns = tuple(
            Column(**{**column, "levels": tuple(column["levels"])}) for column in value["columns"]
        )
        target = Target(**{**value["target"], "classes": tuple(value["target"]["classes"])})
        rest = {**value, "columns": columns, "target": target, "excluded": tuple(value["excluded"])}
        return cls(**rest)


def infer(
    table: Table,
    target: str,
    *,
    task: str | None = None,
    exclude: Iterable[str] = (),
    group: str | None = None,
) -> Schema:
    """Decide what each column is and what the target asks for.

    Parameters
    ----------
    table : the training table.
    target : name of the column to predict.
    task : "binary", "multiclass" or "regression"; by default decided by the rule in `Target.reason`.
    exclude : names of columns to leave out.
    group : name of a column whose equal values must stay together in splits; it is no input.

    Raises
    ------
    InputError
        A name that is no column (the nearest is suggested); a target that is missing everywhere, constant,
        infinite, text under regression, has over 1,000 classes or a class with one row; infinite values in
        a column; no column left to predict from.
    """
    exclude = tuple(exclude)
    names = table.frame.columns
    for name in (target, *exclude, *([group] if group is not None else [])):
        _check_is_column(name, names, table.source)
    _check_roles(target, exclude, group)
    present = texts(table.frame[target]).is_not_null()
    rows = int(present.sum())
    meant = _infer_target(table, target, task, rows)
    dropped = table.frame.height - rows
    frame = table.frame.filter(present) if dropped else table.frame
    places = np.flatnonzero(present.to_numpy()) + 1
    inputs = [name for name in names if name not in (target, group, *exclude)]
    columns = tuple(_infer_column(frame[name], places, table.plain_array) for name in inputs)
    if group is not None:
        _check_groups(frame[group], table.source)
    return Schema(_with_an_input(columns, frame, table.source), meant, rows, dropped, group, exclude)


def target_rows(table: Table, schema: Schema) -> np.ndarray:
    """Positions (int64, from 0, ascending) of the rows whose target is present."""
    _check_is_column(schema.target.name, table.frame.columns, table.source)
    return np.flatnonzero(texts(table.frame[schema.target.name]).is_not_null().to_numpy())


def target_values(table: Table, schema: Schema, rows: np.ndarray) -> np.ndarray:
    """Target of the given rows: float64 for regression, else int32 positions in `Target.classes`.

    Raises
    ------
    InputError
        A target that is no number, infinite or missing (regression), or no known class: with its row.
    """
    name, target = schema.target.name, schema.target
    _check_is_column(name, table.frame.columns, table.source)
    column, places = table.frame[name][rows], np.asarray(rows) + 1
    if target.task == "regression":
        values = numbers(column, places)
        _check_none(np.isnan(values), places, lambda row: _missing_target(name, row))
        return values
    codes = match(column, target.classes)
    _check_none(codes == -1, places, lambda row: _missing_target(name, row))

    def unknown(row: int) -> str:
        return (
            f"Column {name!r}, row {row}: {_cell(column, row, places)!r} is none of the {len(target.classes)} classes "
            f"seen in training ({_some(target.classes)}), so no prediction can be right. "
            "Correct the cell or leave the row out."
        )

    _check_none(codes == -2, places, unknown)
    return codes


def group_values(table: Table, schema: Schema, rows: np.ndarray) -> np.ndarray | None:
    """Group of each given row as int32 (each row with an empty cell is a group alone), or None without groups."""
    if schema.group is None:
        return None
    _check_is_column(schema.group, table.frame.columns, table.source)
    cells = texts(table.frame[schema.group][rows])
    groups = cells.rank("dense").cast(pl.Int64).fill_null(0).to_numpy().copy()
    alone = cells.is_null().to_numpy()
    groups[alone] = groups.max(initial=0) + 1 + np.arange(alone.sum())
    return groups.astype(np.int32)


def texts(column: pl.Series) -> pl.Series:
    """Cells as text, missing ones as null: the words are kept, a whole float is written without its point.

    A whole number column with a missing cell is a float column in pandas: ``1.0`` and ``1`` are one level.
    """
    if column.dtype == pl.String:
        return column.set(column.str.strip_chars() == "", None) if _has_blank(column) else column
    if column.dtype.is_float():
        column = column.cast(pl.Float64).fill_nan(None)
        whole = (column == column.floor()) & (column.abs() < 1e15)
        as_integers = column.set(~whole, None).cast(pl.Int64).cast(pl.String)
        return as_integers.zip_with(whole.fill_null(False), column.cast(pl.String))
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        return pl.Series(
            column.name, [None if cell is None else str(cell) for cell in column], dtype=pl.String
        )
    return column.cast(pl.String)


def parse_numbers(column: pl.Series) -> pl.Series:
    """Cells as float64; null where a cell is missing, NaN or no number. Surrounding spaces are ignored."""
    if column.dtype == pl.String:
        values = column.cast(pl.Float64, strict=False)
        if values.null_count() > column.null_count():
            values = column.str.strip_chars().cast(pl.Float64, strict=False)
        return values.fill_nan(None)
    if column.dtype.is_float():
        return column.cast(pl.Float64).fill_nan(None)
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.cast(pl.Float64)
    if column.dtype == pl.Null:
        return column.cast(pl.Float64)
    if column.dtype in (pl.Categorical, pl.Enum):
        return parse_numbers(column.cast(pl.String))
    return pl.Series(column.name, [None] * len(column), dtype=pl.Float64)


def numbers(column: pl.Series, places: np.ndarray | None = None) -> np.ndarray:
    """Cells as float64, missing ones NaN.

    Parameters
    ----------
    column : a column that must hold numbers.
    places : row numbers of the cells for messages; by default 1, 2, ...

    Raises
    ------
    InputError
        A cell that is no number, or is infinite: with column, row and value.
    """
    values = parse_numbers(column)
    places = np.arange(1, len(column) + 1) if places is None else places
    if values.null_count() > column.null_count():
        # `fill_nan` turned the word NaN into null: that is a number's way to be missing
        words = texts(column).str.strip_chars().str.to_lowercase()
        wrong = values.is_null() & words.is_not_null() & (words.str.strip_chars_start("+-") != "nan")
        _check_none(wrong.to_numpy(), places, lambda row: _not_a_number(column, row, places))
    result = values.to_numpy().astype(np.float64)
    _check_none(np.isinf(result), places, lambda row: _infinite(column, row, places))
    return np.where(values.is_null().to_numpy(), np.nan, result)


def match(column: pl.Series, levels: Sequence[str]) -> np.ndarray:
    """Position of each cell in `levels` as int32; -1 for a missing cell, -2 for a cell that is no level.

    Numbers are compared as numbers when all levels are numbers (``1.0`` is ``1``); true and false without
    regard to case (pandas writes ``True``, Polars ``true``).
    """
    known = pl.Series(levels, dtype=pl.String)
    cells = texts(column)
    numeric = parse_numbers(known)
    if len(levels) and numeric.null_count() == 0:
        is_missing = cells.is_null()
        codes = _positions(parse_numbers(column), numeric)
    else:
        if _is_truth(levels):
            known = known.str.to_lowercase()
            cells = cells.str.to_lowercase()
        is_missing = cells.is_null()
        codes = _positions(cells, known)
    return np.where(is_missing.to_numpy(), np.int32(-1), codes)


def _positions(cells: pl.Series, known: pl.Series) -> np.ndarray:
    codes = pl.Series(np.arange(len(known), dtype=np.int32))
    return cells.replace_strict(known, codes, default=-2, return_dtype=pl.Int32).fill_null(-2).to_numpy()


def _is_truth(levels: Sequence[str]) -> bool:
    return {level.lower() for level in levels} <= {"true", "false"} and len(
        {x.lower() for x in levels}
    ) == len(levels)


def _has_blank(column: pl.Series) -> bool:
    return bool((column.str.strip_chars() == "").any())


def _check_is_column(name: str, names: list[str], source: str) -> None:
    if name not in names:
        near = nearest(name, names)
        hint = f"Did you mean {near!r}?" if near else f"Its columns are: {_some(names)}."
        raise InputError(f"{source} has no column {name!r}. {hint}")


def _check_roles(target: str, exclude: tuple[str, ...], group: str | None) -> None:
    if target in exclude:
        raise InputError(f"Column {target!r} is both the target and excluded. Take it out of one of the two.")
    if target == group:
        raise InputError(
            f"Column {target!r} is both the target and the group: each value would be held back as a whole, "
            "so none could be learned. Name another group column."
        )


def _check_groups(column: pl.Series, source: str) -> None:
    cells = texts(column)
    groups = cells.drop_nulls().n_unique() + cells.null_count()
    if groups < 3:
        raise InputError(
            f"{source}: the group column {column.name!r} has {groups} distinct value{'s' if groups > 1 else ''}. "
            "Groups are kept whole, and learning, choosing and the final score each need one, so at least 3 are needed. "
            "Name another column, or leave the group out."
        )


def _check_none(wrong: np.ndarray, places: np.ndarray, message: Any) -> None:
    """Raise `InputError` with `message(row)` for the first wrong cell."""
    if wrong.any():
        raise InputError(message(int(places[int(np.argmax(wrong))])))


def _cell(column: pl.Series, row: int, places: np.ndarray) -> str:
    return str(column[int(np.flatnonzero(places == row)[0])])


def _not_a_number(column: pl.Series, row: int, places: np.ndarray) -> str:
    return (
        f"Column {column.name!r}, row {row}: {_cell(column, row, places)!r} is not a number, and the column is numeric. "
        "Correct the cell, or leave it empty if the value is not known."
    )


def _infinite(column: pl.Series, row: int, places: np.ndarray) -> str:
    return (
        f"Column {column.name!r}, row {row}: {_cell(column, row, places)!r} is infinite, and no network can compute "
        "with it. Put a finite number, or leave the cell empty if the value is not known."
    )


def _missing_target(name: str, row: int) -> str:
    return f"Column {name!r}, row {row}: the target is missing. Fill the cell or leave the row out."


def _some(words: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(repr(word) for word in words[:most])
    return shown + (f" and {len(words) - most} more" if len(words) > most else "")


# ---- target


def _infer_target(table: Table, name: str, task: str | None, rows: int) -> Target:
    if task is not None and task not in get_args(Task):
        near = nearest(task, get_args(Task))
        raise InputError(
            f"There is no task {task!r}. " + (f"Did you mean {near!r}? " if near else "") + _tasks()
        )
    column = table.frame[name]
    cells = texts(column)
    _check_target_varies(cells, table, rows)
    values = parse_numbers(column)
    is_numeric = bool((values.is_not_null() | cells.is_null() | _is_nan_word(cells)).all())
    if is_numeric and task != "regression":
        numbers(column)  # an infinite target is no class either
    if not is_numeric and task == "regression":
        raise InputError(_text_target(name, cells, values))
    chosen, reason = _choose_task(name, cells, values, is_numeric, rows)
    if task is not None:
        reason = f"the task was given as {task}"
        chosen = task
    if chosen == "regression":
        numbers(column)
        return Target(name, "regression", (), reason)
    classes = _classes(cells, values if is_numeric else None)
    _check_classes(name, classes, cells, values, is_numeric, task)
    return Target(name, "binary" if len(classes) == 2 else "multiclass", tuple(classes), reason)


def _tasks() -> str:
    return "The tasks are: binary, multiclass, regression."


def _is_nan_word(cells: pl.Series) -> pl.Series:
    return cells.str.strip_chars().str.to_lowercase().str.strip_chars_start("+-") == "nan"


def _check_target_varies(cells: pl.Series, table: Table, rows: int) -> None:
    if rows == 0:
        raise InputError(
            f"{table.source}: the target {cells.name!r} is missing in all {len(cells):,} rows, "
            "so there is nothing to learn. Fill the column, or name another target."
        )
    if rows == 1:
        raise InputError(
            f"{table.source}: the target {cells.name!r} is present in only one of {len(cells):,} rows. "
            "At least 2 are needed to learn from some and check on others. Fill more of its cells."
        )
    if cells.drop_nulls().n_unique() == 1:
        raise InputError(
            f"{table.source}: the target {cells.name!r} is {cells.drop_nulls()[0]!r} in all {rows:,} rows, "
            "so there is nothing to predict. Name another target, or add rows with other values."
        )


def _choose_task(
    name: str, cells: pl.Series, values: pl.Series, is_numeric: bool, rows: int
) -> tuple[Task, str]:
    """The stated rule: text, two values, or few whole numbers name classes; other numbers are quantities."""
    if not is_numeric:
        count = cells.drop_nulls().n_unique()
        return _by_count(count), f"{name!r} is text with {count:,} distinct values, so they are classes"
    present = values.drop_nulls()
    count = present.n_unique()
    if count == 2:
        return "binary", f"{name!r} has two distinct values, so they are classes"
    whole = bool((present == present.floor()).all())
    if not whole:
        return "regression", f"{name!r} holds numbers with fractions, so it is a quantity"
    if count > FEW_INTEGERS:
        return (
            "regression",
            f"{name!r} has {count:,} distinct whole numbers, over {FEW_INTEGERS}, so it is a quantity",
        )
    if count * ROWS_PER_CLASS > rows:
        return "regression", (
            f"{name!r} has {count} distinct whole numbers in {rows:,} rows, "
            f"fewer than {ROWS_PER_CLASS} rows for each, so it is a quantity"
        )
    return "multiclass", (
        f"{name!r} has {count} distinct whole numbers, at most {FEW_INTEGERS}, so they are classes "
        "(say task regression if it is a quantity)"
    )


def _by_count(count: int) -> Task:
    return "binary" if count == 2 else "multiclass"


def _classes(cells: pl.Series, values: pl.Series | None) -> list[str]:
    """Distinct cell texts; numbers that are equal are one class, under their most frequent spelling."""
    counts = _counts(cells)
    if values is None:
        return sorted(counts)
    spelling: dict[float, str] = {}
    for text in counts:  # most frequent first
        spelling.setdefault(float(text), text)
    return [spelling[value] for value in sorted(spelling)]


def _counts(cells: pl.Series) -> dict[str, int]:
    """Rows of each distinct text, most frequent first, ties by text."""
    counted = cells.drop_nulls().alias("cell").value_counts(name="rows")
    counted = counted.sort(["rows", "cell"], descending=[True, False])
    return dict(zip(counted["cell"].to_list(), counted["rows"].to_list(), strict=True))


def _check_classes(
    name: str, classes: list[str], cells: pl.Series, values: pl.Series, is_numeric: bool, task: str | None
) -> None:
    if len(classes) > MOST_CLASSES:
        raise InputError(
            f"The target {name!r} has {len(classes):,} classes, and at most {MOST_CLASSES:,} can be told apart. "
            + _if_a_quantity(cells, values, is_numeric)
        )
    if task == "binary" and len(classes) > 2:
        raise InputError(
            f"The target {name!r} has {len(classes)} classes ({_some(classes)}), and the task was given as binary. "
            "Leave the task out, or say multiclass."
        )
    codes = match(cells, classes)
    single = [
        classes[code] for code in np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(classes)) == 1)
    ]
    if single:
        row = int(np.argmax(codes == classes.index(single[0]))) + 1
        many = f" (and {len(single) - 1} more classes)" if len(single) > 1 else ""
        raise InputError(
            f"Class {single[0]!r} of the target {name!r} has one row, row {row}{many}: "
            "it cannot be both learned and checked. "
            "Add rows of the class, leave the row out, or merge it with another class. "
            + _if_a_quantity(cells, values, is_numeric)
        )


def _if_a_quantity(cells: pl.Series, values: pl.Series, is_numeric: bool) -> str:
    if is_numeric:
        return "If it is a quantity, say task regression."
    wrong = (values.is_null() & cells.is_not_null()).to_numpy()
    if wrong.mean() < 0.5:
        row = int(np.argmax(wrong))
        return (
            f"If it is a quantity, correct the {wrong.sum():,} cells that are no numbers, "
            f"such as {cells[row]!r} in row {row + 1}."
        )
    return "Name another target if this one names single rows."


def _text_target(name: str, cells: pl.Series, values: pl.Series) -> str:
    row = int(np.argmax((values.is_null() & cells.is_not_null()).to_numpy()))
    return (
        f"The target {name!r} is text: row {row + 1} holds {cells[row]!r}, which is no number, "
        "and regression predicts numbers. "
        "Correct or empty such cells, or say task multiclass if the values are classes."
    )


# ---- columns


def _infer_column(column: pl.Series, places: np.ndarray, plain_array: bool) -> Column:
    """Kind of one column; the first rule that fits decides."""
    cells = texts(column)
    missing, rows = cells.null_count(), len(cells)
    if column.dtype.is_temporal():
        return Column(column.name, "text", _left_out_type(column), missing, cells.n_unique())
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        return Column(column.name, "text", _left_out_type(column), missing, cells.n_unique())
    values = parse_numbers(column)
    is_numeric = _all_numbers(column, cells, values)
    if is_numeric:
        numbers(column, places)  # infinite values are named with their row
        missing = values.null_count()
        distinct = values.drop_nulls().n_unique()
    else:
        distinct = cells.drop_nulls().n_unique()
    if plain_array and is_numeric:
        return Column(column.name, "numeric", "column of an array of numbers", missing, distinct)
    if missing == rows:
        return Column(column.name, "constant", f"all {rows:,} cells are empty", missing, 0)
    if distinct == 1 and missing == 0:
        return Column(column.name, "constant", f"{cells[0]!r} in all {rows:,} rows", missing, 1)
    if distinct <= 2:
        return _boolean(column.name, cells, values if is_numeric else None, missing, distinct)
    if is_numeric:
        return _numeric(column.name, values, missing, distinct)
    return _words(column.name, cells, values, missing, distinct)


def _all_numbers(column: pl.Series, cells: pl.Series, values: pl.Series) -> bool:
    if column.dtype.is_numeric():
        return True
    if column.dtype == pl.Boolean:
        return False
    if values.null_count() == cells.null_count():
        return True
    if values.null_count() == len(values):  # the words NaN alone are text
        return False
    return bool((values.is_not_null() | cells.is_null() | _is_nan_word(cells)).all())


def _left_out_type(column: pl.Series) -> str:
    if column.dtype.is_temporal():
        return f"left out: dates and times (type {column.dtype}); give their parts, such as month or age, as numbers"
    return f"left out: cells of type {column.dtype}, neither numbers nor words"


def _boolean(name: str, cells: pl.Series, values: pl.Series | None, missing: int, distinct: int) -> Column:
    counts = _counts(cells)
    if values is not None:
        spelling: dict[float, str] = {}
        for text in counts:
            number = float(text)
            if number == number:
                spelling.setdefault(number, text)
        levels = tuple(spelling.values())
    else:
        levels = tuple(counts)
    if distinct == 1:
        reason = f"{levels[0]!r} or empty ({missing:,} empty of {len(cells):,})"
    else:
        reason = f"two distinct values: {levels[0]!r} and {levels[1]!r}"
    return Column(name, "boolean", reason, missing, distinct, levels)


def _numeric(name: str, values: pl.Series, missing: int, distinct: int) -> Column:
    rows = len(values)
    present = values.drop_nulls()
    low, high = float(present.min()), float(present.max())  # type: ignore[arg-type]
    if (
        missing == 0
        and distinct == rows >= _LEAST_ROWS_FOR_IDENTIFIER
        and bool((present == present.floor()).all())
    ):
        span = high - low + 1
        if span <= 2 * rows:
            reason = f"left out: {rows:,} rows count through the whole numbers from {low:.0f} to {high:.0f}, none twice"
            return Column(name, "identifier", reason, missing, distinct)
        if _ID_NAME.search(name):
            reason = f"left out: the name is an identifier's, and {rows:,} rows hold {rows:,} distinct whole numbers"
            return Column(name, "identifier", reason, missing, distinct)
    reason = f"every cell is a number, {distinct:,} distinct from {low:g} to {high:g}"
    if missing:
        reason = f"every cell that is not empty is a number, {distinct:,} distinct from {low:g} to {high:g}"
    return Column(name, "numeric", reason, missing, distinct)


def _words(name: str, cells: pl.Series, values: pl.Series, missing: int, distinct: int) -> Column:
    """Text: dates, identifier, free text, or categories."""
    present = cells.drop_nulls()
    count = len(present)
    if distinct > _MOST_DATES and bool(present.str.contains(_DATE).all()):
        reason = (
            f"left out: {distinct:,} distinct dates, such as {present[0]!r}; "
            "give their parts, such as month or age, as numbers"
        )
        return Column(name, "text", reason, missing, distinct)
    levels = _kept_levels(cells)
    covered = sum(levels.values()) / count
    length = float(present.str.len_chars().mean())  # type: ignore[arg-type]
    words = float(present.str.count_matches(r"\S+").mean())  # type: ignore[arg-type]
    facts = f"{distinct:,} distinct texts in {count:,} cells, {words:.1f} words and {length:.0f} letters on average"
    mixed = _mixed(cells, values, count)
    if distinct > 0.5 * count and words > 4 and count >= _LEAST_ROWS_FOR_IDENTIFIER:
        return Column(name, "text", f"left out: free text, {facts}", missing, distinct)
    if not levels or (covered < 0.1 and distinct > 0.5 * count) or (mixed and covered < 0.5):
        if mixed:
            return Column(name, "text", f"left out: {mixed}", missing, distinct)
        return Column(
            name,
            "identifier",
            f"left out: nearly every row has a text of its own ({facts})",
            missing,
            distinct,
        )
    reason = f"text with {distinct:,} distinct values"
    if len(levels) < distinct:
        reason += f", {len(levels)} frequent ones kept in {covered:.0%} of the cells, the others taken together as rare"
    if mixed:
        reason += f"; {mixed}"
    return Column(name, "categorical", reason, missing, distinct, tuple(levels))


def _mixed(cells: pl.Series, values: pl.Series, count: int) -> str:
    """Tell of a column that is nearly all numbers: a word among them makes it text, which is seldom meant."""
    parsed = len(values) - values.null_count()
    if parsed < 0.5 * count:
        return ""
    row = int(np.argmax((values.is_null() & cells.is_not_null()).to_numpy()))
    return (
        f"{parsed:,} of {count:,} cells are numbers, but others are words, such as {cells[row]!r}; "
        "only an empty cell is missing, so empty such cells to make the column numeric"
    )


def _kept_levels(cells: pl.Series) -> dict[str, int]:
    """Levels frequent enough to learn from, at most `MOST_LEVELS`: one row in 2,000, and at least 2."""
    least = max(2, len(cells) // 2000)
    kept = {text: rows for text, rows in _counts(cells).items() if rows >= least}
    return dict(list(kept.items())[:MOST_LEVELS])


def _with_an_input(columns: tuple[Column, ...], frame: pl.DataFrame, source: str) -> tuple[Column, ...]:
    """Refuse a table without any input; a lone column that counts through the rows is kept as one."""
    if any(column.used for column in columns):
        return columns
    rescued = tuple(_as_numeric(column, frame[column.name]) for column in columns)
    if any(column.used for column in rescued):
        return rescued
    if not columns:
        raise InputError(
            f"{source} has no column to predict from: all columns but the target are excluded or the group. "
            "Exclude fewer columns."
        )
    reasons = "; ".join(f"{column.name!r}: {column.reason}" for column in columns[:8])
    raise InputError(
        f"{source} has no column to predict from: each is constant, an identifier or free text ({reasons}). "
        "Add columns of numbers or categories."
    )


def _as_numeric(column: Column, cells: pl.Series) -> Column:
    if column.kind != "identifier" or parse_numbers(cells).null_count():
        return column
    reason = column.reason.removeprefix("left out: ") + "; kept, because no other column is left"
    return Column(column.name, "numeric", reason, column.missing, column.distinct)
