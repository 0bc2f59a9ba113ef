"""Slips: the few cells that are no numbers, or no dates, in a column of which nearly all others are.

One ``TBA`` or ``2021-02-30`` makes no column of words: such cells are taken as empty, and said. They are slips where
all others agree and they are at most 2 % of them, or one beside 20 and more. Many different words with digits, such as
``V57`` beside ``250.8``, are codes and no slips.
"""

from __future__ import annotations

from typing import Literal

from honed.lazily import pl
from honed.table import quantities, times
from honed.table.cells import parse_numbers, texts
from honed.table.formats import NO_DAYS, parsed

LEAST = 20  # cells that agree
MOST = 0.02  # of the cells: so many may not
_HEAD = 1_000  # cells that are looked at before all are
_DIGITS = 0.9  # of these hold a digit
_MOST_CODES, _MOST_WORDS, _MOST_DATES = 3, 20, 100  # different slips: with a digit, without, beside dates


def find(cells: pl.Series, dates: bool | Literal["said"]) -> pl.Series | None:
    """Where cells are slips, bool (rows,); None where the column has none, or is one of words.

    Parameters
    ----------
    cells : texts, words for missing as null.
    dates : whether its cells may be dates.
    """
    present = cells.drop_nulls()
    head = present.head(_HEAD)
    if len(present) <= LEAST or head.str.contains(r"\d").mean() < _DIGITS:  # type: ignore[operator]
        return None
    ways = [(quantities.unlike, _may_be_beside_numbers)]
    if dates:
        ways.append((times.unlike, _may_be_beside_dates))
    for unlike, may_be_slips in ways:
        if not _are_few(unlike(head), 2 * MOST):  # the head may hold more of them than the rest
            continue
        is_slip = unlike(cells)
        if _are_few(is_slip.filter(cells.is_not_null())) and may_be_slips(cells.filter(is_slip)):
            return is_slip
    return None


def among_days(cells: pl.Series) -> pl.Series | None:
    """Where numbers are no days such as ``20180131``, as nearly all others are, bool (rows,); None for other numbers.

    ``20210230`` is one, and ``202113`` among months.
    """
    head = cells.drop_nulls().head(_HEAD)
    for format in times.COMPACT:
        if not _are_few(_are_no_days(head, format), 2 * MOST):
            continue
        is_slip = _are_no_days(cells, format)
        if _are_few(is_slip.filter(cells.is_not_null())) and _may_be_beside_dates(cells.filter(is_slip)):
            return is_slip
    return None


def _are_no_days(cells: pl.Series, format: str) -> pl.Series:
    """Where a number is no day and none of those that stand for one that is not known."""
    is_known = ~parse_numbers(cells).is_in(NO_DAYS)  # null for an empty cell
    return parsed(texts(cells), format).is_null() & is_known.fill_null(False)


def _are_few(is_slip: pl.Series, most: float = MOST) -> bool:
    found = int(is_slip.sum())
    return found <= max(1, int(most * len(is_slip))) and len(is_slip) - found >= LEAST


def _may_be_beside_numbers(slips: pl.Series) -> bool:
    """Whether there are some, and few different ones with a digit, and without."""
    different = slips.unique()
    with_digits = int(different.str.contains(r"\d").sum())
    return len(different) > 0 and with_digits <= _MOST_CODES and len(different) - with_digits <= _MOST_WORDS


def _may_be_beside_dates(slips: pl.Series) -> bool:
    """Whether there are some, and not too many different ones."""
    return 0 < slips.n_unique() <= _MOST_DATES
