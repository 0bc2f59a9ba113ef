"""What the target column asks for: classes or a quantity, by a stated rule, or an error that says why neither."""

from __future__ import annotations

import re
import shlex
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from honed.errors import InputError, warn
from honed.figures import counted, figure
from honed.lazily import pl
from honed.settings import nearest
from honed.table import formats, lookalikes, quantities, times
from honed.table.cells import (
    all_numbers,
    are_codes,
    brief,
    can_be_numbers,
    counts,
    is_present,
    match,
    merged,
    numbers,
    parse_numbers,
    some,
    spellings,
    target_numbers,
    texts,
    truth_spellings,
    warn_of_merged,
    without,
)
from honed.table.missing import usual
from honed.table.read import Table
from honed.table.reading import PLAIN, Reading

Task = Literal["binary", "multiclass", "regression"]
Labels = Literal["text", "bool", "int", "float"]

_SPELLED = {
    "bool": r"(?i:true|false)",
    "int": r"-?(0|[1-9][0-9]{0,19})",
    "float": r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?",
}
_TYPES: dict[Labels, Any] = {
    "bool": (bool, np.bool_),
    "int": (int, np.integer),
    "float": (float, np.floating, int, np.integer),
}
_READERS: dict[Labels, Callable[[str], Any]] = {
    "bool": lambda text: text.strip().lower() == "true",
    "int": int,
    "float": float,
}

_KINDS: dict[Labels, str] = {"bool": "b", "int": "iu", "float": "f", "text": "UMm"}  # NumPy's letters

MOST_CLASSES = 1000
FEW_INTEGERS = 20  # up to so many distinct whole numbers name classes ...
ROWS_PER_CLASS = 5  # ... when each has so many rows on average
_CLASSES = "--task multiclass (a Classifier in Python)"  # how to say so
_QUANTITY = "--task regression (a Regressor in Python)"
_SPAN_OF_NUMBERS = r"^\d[\d.,]*\s*[-–—]\s*\d[\d.,]*$"
COUNTS = 10  # so many distinct whole numbers or more, one of them in a single row, are counts such as goals


@dataclass(frozen=True)
class Target:
    """The column to predict.

    Attributes
    ----------
    classes : classification: cell texts, sorted as numbers if all are numbers, else as text.
    reason : the rule that gave the task.
    labels : what the classes are where they are no texts: "int", "float" or "bool".
    dtype : NumPy's type of the classes, such as "<M8[us]", where it is not the one that `labels` gives.
    reading : how its cells are read.
    """

    name: str
    task: Task
    classes: tuple[str, ...]
    reason: str
    labels: Labels = "text"
    dtype: str = ""
    reading: Reading = PLAIN

    @classmethod
    def of_labels(cls, name: str, labels: np.ndarray, reason: str) -> Target:
        """A target whose classes are those labels (classes,), in that order; durations are told in seconds.

        Raises
        ------
        InputError
            Labels that would not come back as they are.
        """
        fitting: list[Labels] = [
            word for word, types in _TYPES.items() if all(isinstance(label, types) for label in labels)
        ]
        words: Labels = fitting[0] if fitting and labels.dtype.kind != "m" else "text"
        try:
            target = cls(name, _by_count(len(labels)), tuple(_label_texts(labels)), reason, words)
            if labels.dtype.kind != "O" and labels.dtype != target.typed_classes().dtype:
                target = replace(target, dtype="U" if labels.dtype.kind == "U" else labels.dtype.str)
            is_kept = are_of_type(target.classes, words, target.dtype)
            is_kept = is_kept and np.array_equal(target.typed_classes(), labels)
        except (TypeError, ValueError, OverflowError):
            is_kept = False
        if not is_kept:
            raise InputError(
                f"y holds {brief(repr(labels[0]))}, of type {labels.dtype}, which a saved model could not give back as "
                "it is. Give the labels as texts (in pandas: y.astype(str))."
            )
        return target

    def typed_classes(self) -> np.ndarray:
        """The classes (classes,) as they were in the training table, texts as objects if not said otherwise."""
        dtype = np.dtype(self.dtype) if self.dtype else None
        if dtype is not None and dtype.kind == "m":
            tick = np.array(1, "m8[s]") / np.array(1, "i8").astype(dtype)
            return np.rint(np.array(self.classes, np.float64) * tick).astype("i8").astype(dtype)
        if self.labels == "text":
            return np.array(self.classes, dtype or object)
        return np.array([_READERS[self.labels](text) for text in self.classes], dtype)


def infer_target(
    table: Table, name: str, task: str | None, rows: int, plain: pl.Series | None = None
) -> Target:
    """Decide the task and the classes of column `name`, of which `rows` cells are present.

    `plain` are its numbers, an empty cell as null, where it is known that all are plain ones (`honed.table.glance`).

    Raises
    ------
    InputError
        An unknown task; a target that is missing everywhere, constant, infinite, text under regression, has
        over 1,000 classes or a class with one row.
    """
    if task is not None and task not in get_args(Task):
        raise InputError(
            f"There is no task {task!r}.{nearest(task, get_args(Task))} "
            "The tasks are: binary, multiclass, regression."
        )
    column = table.frame[name]
    if column.dtype.is_nested():
        raise InputError(
            f"The cells of the target {name!r} are of type {column.dtype}, neither numbers nor words, and a network "
            "answers with one of them. Make a column of one number or word a row of it, or name another target."
        )
    # who says regression says that the numbers are no codes
    is_numeric = plain is not None or all_numbers(column) or (task == "regression" and can_be_numbers(column))
    if plain is None:
        values, cells = parse_numbers(column), without(texts(column), ~is_present(column))
    else:  # there are no spaces around
        values, cells = plain, column if column.dtype == pl.String else texts(column)
    is_apart = is_numeric and _keeps_texts(column, cells, task)
    _check_target_varies(cells, values if is_numeric and not is_apart else cells, table, rows)
    if is_numeric and task != "regression" and plain is None:
        numbers(column)  # an infinite target is no class either
    if not is_numeric and task == "regression":
        raise InputError(_text_target(name, cells, values))
    chosen, reason = _choose_task(cells, values, is_numeric, rows)
    if column.dtype in (pl.Categorical, pl.Enum):
        count = cells.drop_nulls().n_unique()
        chosen = _by_count(count)
        reason = f"{name!r} is a category by its type with {count:,} distinct values, so they are classes"
    if column.dtype == pl.Duration:
        chosen, reason = "regression", f"{name!r} holds durations, so it is a quantity"
    if task is not None:
        chosen, reason = task, f"the task was given as {task}"
    if column.dtype == pl.Duration:
        reason += "; it is told in seconds"
    if chosen == "regression":
        if plain is None:
            target_numbers(column)
        return Target(name, "regression", (), reason)
    if is_numeric and not is_apart:
        # who has said binary and has more spellings than two wants them taken together
        advice = "spell them otherwise (such as v3.10)" + ("" if task else f", or say {_CLASSES}")
        warn_of_merged(cells, "class", advice)
    classes = _classes(cells, is_numeric, is_apart)
    _check_classes(name, classes, cells, values, task)
    if not is_numeric:
        warn_of_missing_classes(f"The target {brief(name)!r}", classes)
    task = "binary" if len(classes) == 2 else "multiclass"
    labels = _labels(column.dtype, classes, table.is_typed)
    return Target(name, task, tuple(_as_given(column, classes)), reason, labels)


def warn_of_missing_classes(what: str, classes: Sequence[str]) -> None:
    """Warn of classes such as ``?`` that mostly mean that nothing is known; ``none`` and ``-`` beside ``+`` do not.

    `what` names the target, at the beginning of a sentence.
    """
    no_words = {"none", "nil", "missing", *(("-", "–") if "+" in classes else ())}
    words = [word for word in usual(classes) if word.lower() not in no_words]
    if words:
        warn(
            f"{what} has the {'class' if len(words) == 1 else 'classes'} {some(words)}, which may mean that nothing is "
            f"known. If so, leave such rows out (of a file by --missing {shlex.quote(words[0])}); else do nothing."
        )


def is_quantity(table: Table, name: str, task: str | None) -> bool:
    """Whether `infer_target` takes the column for a quantity; nothing is checked."""
    if task is not None:
        return task == "regression"
    column = table.frame[name]
    if column.dtype in (pl.Categorical, pl.Enum, pl.Duration):
        return column.dtype == pl.Duration
    present = is_present(column)
    cells = without(texts(column), ~present)
    rows = int(present.sum())
    return _choose_task(cells, parse_numbers(column), all_numbers(column), rows)[0] == "regression"


def _keeps_texts(column: pl.Series, cells: pl.Series, task: str | None) -> bool:
    """Whether texts of one number, such as 3.1 and 3.10, were said to be classes; more than two are not binary."""
    is_category = column.dtype in (pl.Categorical, pl.Enum)
    if task == "regression" or not (is_category or (task and column.dtype == pl.String)):
        return False
    return (task != "binary" or cells.drop_nulls().n_unique() == 2) and bool(merged(cells))


def has_unseen_class(column: pl.Series, count: int, task: str | None = None) -> np.ndarray:
    """Where a cell behind the first `count` is none of the classes among those, bool (rows,); False where missing."""
    present = is_present(column)
    cells = without(texts(column), ~present)
    is_numeric, known = all_numbers(column), cells.head(count)
    if is_numeric and _keeps_texts(column, cells, task):  # of all cells, as `infer_target` asks it
        codes = match(column, _classes(cells, is_numeric, is_apart=True))
        return ~np.isin(codes, codes[:count]) & present.to_numpy()
    return (match(column, _classes(known, is_numeric, is_apart=False)) == -2) & present.to_numpy()


def _check_target_varies(cells: pl.Series, values: pl.Series, table: Table, rows: int) -> None:
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
    if values.drop_nulls().n_unique() == 1:
        spelled = list(counts(cells))
        also = (
            f" (also written {some(spelled[1:], 1)}, which is read as the same number)"
            if len(spelled) > 1
            else ""
        )
        raise InputError(
            f"{table.source}: the target {cells.name!r} is {brief(spelled[0])!r} in all {rows:,} rows{also}, "
            "so there is nothing to predict. Name another target, or add rows with other values."
        )


def _choose_task(cells: pl.Series, values: pl.Series, is_numeric: bool, rows: int) -> tuple[Task, str]:
    """The stated rule: text, two values, or few whole numbers name classes; other numbers are quantities."""
    name = cells.name
    if not is_numeric:
        known = counts(cells)
        count = len(truth_spellings(known)) or len(known)
        return _by_count(count), _text_reason(cells, count)
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
    lone = present.filter(present.is_unique())
    if count >= COUNTS and len(lone):
        return "regression", (
            f"{name!r} has {count} distinct whole numbers, and {figure(lone[0])} is in one row alone, as "
            f"counts have it and classes do not, so it is a quantity (say {_CLASSES} if they are classes)"
        )
    return "multiclass", (
        f"{name!r} has {count} distinct whole numbers, at most {FEW_INTEGERS}, so they are classes "
        f"(say {_QUANTITY} if it is a quantity)"
    )


def _by_count(count: int) -> Task:
    return "binary" if count == 2 else "multiclass"


def _text_reason(cells: pl.Series, count: int) -> str:
    if are_codes(cells):
        return (
            f"{cells.name!r} holds whole numbers with leading zeros or beyond 2^53, {count:,} distinct, so they are "
            f"classes (say {_QUANTITY} if it is a quantity)"
        )
    hint = lookalikes.hint(cells)
    return f"{cells.name!r} is text with {count:,} distinct values, so they are classes" + (
        f"; {hint}" if hint else ""
    )


def _classes(cells: pl.Series, is_numeric: bool, is_apart: bool = False) -> list[str]:
    """Distinct cell texts; equal numbers are one class, equal truths too, under their most frequent spelling.

    Fractions that are spelled apart (`merged`) stay so if `is_apart`.
    """
    if is_numeric:
        spelled = list(spellings(cells).values())
        if is_apart:
            spelled += [text for group in merged(cells) for text in group[1:]]
        return sorted(spelled, key=lambda text: (float(text), text))
    rows = counts(cells)
    return sorted(truth_spellings(rows) or rows)


def _as_given(column: pl.Series, classes: list[str]) -> list[str]:
    """Classes with the spaces around them that most of their cells have: predictions look like the table."""
    if column.dtype != pl.String:
        return classes
    given: dict[str, str] = {}
    for text in counts(column):
        given.setdefault(text.strip(), text)
    return [given.get(text, text) for text in classes]


def _labels(dtype: pl.DataType, classes: list[str], is_typed: bool) -> Labels:
    """Type of the classes; in a file without types that of their spelling, as other readers of it have them."""
    if is_typed:
        if dtype == pl.Boolean:
            return "bool"
        return "int" if dtype.is_integer() else "float" if dtype.is_float() else "text"
    kinds: tuple[Labels, ...] = ("bool", "int", "float", "text")
    return next(labels for labels in kinds if are_labels(classes, labels))


def are_labels(classes: Sequence[str], labels: Labels) -> bool:
    """Whether all classes are texts of that type, and no two of them the same."""
    if labels == "text":
        return True
    if not all(re.fullmatch(_SPELLED[labels], text.strip()) for text in classes):
        return False
    return len({_READERS[labels](text) for text in classes}) == len(classes)


def are_of_type(classes: Sequence[str], labels: Labels, dtype: str) -> bool:
    """Whether `Target.typed_classes` gives all classes, no two of them the same, where it has such a `dtype`."""
    if not dtype:
        return True
    try:
        kind = np.dtype(dtype)
        if kind.kind not in _KINDS[labels] or (kind.kind == "U" and dtype != "U"):
            return False
        found = Target("", "multiclass", tuple(classes), "", labels, dtype).typed_classes()
        return len(np.unique(found)) == len(classes) and bool((found == found).all())
    except (TypeError, ValueError, OverflowError):
        return False


def _label_texts(labels: np.ndarray) -> list[str]:
    """Labels as the cells of a table say them (`honed.table.cells.texts`)."""
    if labels.dtype.kind == "m":
        return texts(pl.Series(labels / np.timedelta64(1, "s"))).to_list()
    if labels.dtype.kind == "M":
        return [str(label).replace("T", " ") for label in labels]
    return [str(label) for label in labels]


def _check_classes(
    name: str, classes: list[str], cells: pl.Series, values: pl.Series, task: str | None
) -> None:
    if len(classes) > MOST_CLASSES and (said := _of_no_kind(name, cells, values)):
        raise InputError(said)
    if len(classes) > MOST_CLASSES:
        raise InputError(
            f"The target {name!r} has {len(classes):,} classes, and at most {MOST_CLASSES:,} can be told apart. "
            "Merge classes, or name another target." + _if_a_quantity(cells, values)
        )
    if task == "binary" and len(classes) > 2:
        raise InputError(
            f"The target {name!r} has {len(classes)} classes ({some(classes)}), and the task was given as binary. "
            "Leave the task out, or say multiclass."
        )
    codes = match(cells, classes)
    single = [
        classes[code] for code in np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(classes)) == 1)
    ]
    # few such classes are rare ones among others that are frequent
    if 2 * len(single) >= len(classes) and (said := _of_no_kind(name, cells, values)):
        raise InputError(said)
    if single:
        row = int(np.argmax(codes == classes.index(single[0]))) + 1
        others = len(single) - 1
        many = (
            f", as {'does' if others == 1 else 'do'} {counted(others, 'other class', 'other classes')}"
            if others
            else ""
        )
        raise InputError(
            f"Class {brief(single[0])!r} of the target {name!r} has one row, row {row}{many}: "
            "it cannot be both learned and checked. "
            "Add rows of the class, leave the row out, or merge it with another class."
            + _if_a_quantity(cells, values)
        )


def _of_no_kind(name: str, cells: pl.Series, values: pl.Series) -> str:
    """Words for a target of dates, times of day or ranges, which are no classes and no numbers; else nothing."""
    if values.null_count() < len(values):
        return ""
    present = cells.drop_nulls()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the order of day and month says nothing here
        found = times.find(present)
    if found is not None and found.format in formats.CLOCKS:
        what, how = "times of day", "minutes since midnight"
    elif found is not None:
        what, how = "dates", "days since one of them"
    elif bool(present.str.contains(_SPAN_OF_NUMBERS).all()):
        what, how = "ranges", "the middle of each"
    else:
        return ""
    return (
        f"The target {name!r} holds {what}, such as {brief(present[0])!r}, and a network predicts numbers or "
        f"classes of several rows. Give {how} as a number, or name another target."
    )


def _if_a_quantity(cells: pl.Series, values: pl.Series) -> str:
    if values.null_count() == cells.null_count():
        return f" If it is a quantity, say {_QUANTITY}."
    if hint := lookalikes.hint(cells):
        return f" {hint[0].upper()}{hint[1:]}."
    wrong = (values.is_null() & cells.is_not_null()).to_numpy()
    if wrong.mean() < 0.5:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what its marks mean is said when it is read
            found = quantities.find(cells)
        if found is not None:  # with ranges, see `honed.table.columns`
            return f" If it is a quantity, say {_QUANTITY}: it has {found.note}."
        row = int(np.argmax(wrong))
        many = (
            "cell that is no number,"
            if wrong.sum() == 1
            else f"{wrong.sum():,} cells that are no numbers, such as"
        )
        return f" If it is a quantity, correct the {many} {brief(cells[row])!r} in row {row + 1}."
    return ""


def _text_target(name: str, cells: pl.Series, values: pl.Series) -> str:
    if said := _of_no_kind(name, cells, values):
        return said
    row = int(np.argmax((values.is_null() & cells.is_not_null()).to_numpy()))
    hint = lookalikes.hint(cells)
    advice = f"Correct or empty such cells, or say {_CLASSES} if the values are classes."
    if hint:
        advice = f"{hint[0].upper()}{hint[1:]}."
    return (
        f"The target {name!r} is text: row {row + 1} holds {brief(cells[row])!r}, which is no number, "
        f"and regression predicts numbers. {advice}"
    )
