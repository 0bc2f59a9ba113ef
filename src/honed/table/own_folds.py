"""Folds that the user has drawn, by a column or by a splitter of scikit-learn: `by_column`, `by_pairs`."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from honed.errors import InputError
from honed.figures import counted
from honed.lazily import pl
from honed.table.cells import all_numbers, brief, numbers, texts
from honed.table.split import Fold, Splits, ascending

_LEAST, _MOST = 3, 50  # values of the column: one each to learn from, to choose by and to score on

_PARTS = {
    "train": ["train", "training"],
    "valid": ["valid", "val", "validation", "dev", "eval"],
    "test": ["test", "testing", "holdout"],
}


def by_column(cells: pl.Series, source: str) -> Splits:
    """Each value of a column validates in turn, trained on the others; the rows of the last one only score.

    Parameters
    ----------
    cells : (rows,) of the rows with a target. Rows with an empty cell always train. Where the values are words for
        the parts of a split (train, valid, test), the rows do what their word says.

    Raises
    ------
    InputError
        Fewer than 3 values, or more than 50.
    """
    words = texts(cells)
    named = _named_parts(words)
    if named is not None:
        return named
    order = pl.Series(numbers(cells)).fill_nan(None) if all_numbers(cells) else words
    codes = order.rank("dense").cast(pl.Int64).fill_null(0).to_numpy()
    count = int(codes.max(initial=0))
    if not _LEAST <= count <= _MOST:
        raise InputError(
            f"{source}: the column {cells.name!r} of folds has {counted(count, 'distinct value')}, and it must have "
            f"from {_LEAST} to {_MOST}: each but the last validates in turn, and the last gives the final score. Name "
            "another column, or leave the folds to honed."
        )
    rows = np.arange(len(codes))
    outer = rows[codes == count]
    inner = rows[codes != count]
    folds = tuple(
        Fold(ascending(inner[codes[inner] != fold]), ascending(rows[codes == fold]))
        for fold in range(1, count)
    )
    last = brief(str(words[int(outer[0])]), 40)
    said = (
        f"{len(outer):,} of {counted(len(rows), 'row')}, those whose {cells.name!r} is {last!r}, the last of its "
        f"values, are kept for the final score alone; each of the {count - 1} other values validates in turn"
    )
    if lost := int((codes == 0).sum()):
        said += f"; {counted(lost, 'row')} without a value always train"
    return Splits(ascending(outer), folds, 1, said)


def _named_parts(words: pl.Series) -> Splits | None:
    """The split of a column that says train, valid and test, in any of their spellings; None for other words."""
    names = words.str.to_lowercase().fill_null("train")
    parts = {part: np.flatnonzero(names.is_in(spellings).to_numpy()) for part, spellings in _PARTS.items()}
    if not all(map(len, parts.values())) or sum(map(len, parts.values())) < len(names):
        return None
    said = (
        f"{len(parts['test']):,} of {counted(len(words), 'row')}, those that {words.name!r} calls test, are kept for "
        f"the final score alone; {len(parts['valid']):,} validate what was learned from {len(parts['train']):,}"
    )
    return Splits(
        ascending(parts["test"]), (Fold(ascending(parts["train"]), ascending(parts["valid"])),), 1, said
    )


def refused(splitter: object, error: ValueError, *, has_groups: bool) -> str:
    """What to say where a splitter of scikit-learn gives no folds of these rows."""
    name = type(splitter).__name__
    if not has_groups and "groups" in str(error):
        return f"cv is {name}, which needs the group of each row, and none is given. Give them: fit(X, y, groups=...)."
    return (
        f"cv is {name}, which gives no folds of these rows: {str(error).rstrip('.')}. Give another splitter."
    )


def by_pairs(pairs: Iterable[tuple[np.ndarray, np.ndarray]], rows: int) -> Splits:
    """Folds of pairs of row positions to train on and to test on; what the last pair tests on only scores.

    Raises
    ------
    InputError
        Fewer than 2 pairs, positions that are no rows, or a pair that leaves nothing to train or to validate on.
    """
    try:
        found = [tuple(_positions(part, rows) for part in pair) for pair in pairs]
    except (TypeError, ValueError, IndexError) as error:
        raise InputError(
            f"cv gives something else than pairs of row positions from 0 to {rows - 1:,} ({error}). Give a splitter of "
            "scikit-learn, or an iterable of (train, test) positions."
        ) from None
    if len(found) < 2 or any(len(pair) != 2 for pair in found):
        raise InputError(
            f"cv gives {counted(len(found), 'split')}, and at least 2 are needed: what the last one tests on gives the "
            "final score, and the others choose. Give more splits."
        )
    *others, (_, outer) = found
    folds = [Fold(np.setdiff1d(train, outer), np.setdiff1d(test, outer)) for train, test in others]
    folds = [fold for fold in folds if len(fold.train) and len(fold.valid)]
    if not folds or not len(outer):
        raise InputError(
            "cv leaves no rows to choose by once those of its last test are kept for the final score. Give splits "
            "whose tests differ."
        )
    if any(len(np.intersect1d(fold.train, fold.valid)) for fold in folds):
        raise InputError(
            "cv trains and tests on one row, so the score would be too good. Give tests of their own."
        )
    validated = np.concatenate([fold.valid for fold in folds])
    is_once = len(np.unique(validated)) == len(validated)
    said = (
        f"{len(outer):,} of {counted(rows, 'row')}, what the last split of cv tests on, are kept for the final score "
        f"alone; {counted(len(folds), 'other split')} of it {'validates' if len(folds) == 1 else 'validate'}"
    )
    return Splits(outer, tuple(folds), 1 if is_once else len(folds), said)


def _positions(part: object, rows: int) -> np.ndarray:
    found = np.asarray(part)
    if found.dtype == bool:
        found = np.flatnonzero(found)
    if found.ndim != 1 or not (np.issubdtype(found.dtype, np.integer) or not len(found)):
        raise ValueError(f"an array of type {found.dtype}")
    if len(found) and not (found.min() >= 0 and found.max() < rows):
        raise IndexError(f"a position {found.min() if found.min() < 0 else found.max()}")
    return ascending(np.unique(found))
