"""Words that mean an empty cell in a column of numbers or dates, such as ``NA`` and ``?``."""

from __future__ import annotations

from collections.abc import Sequence

from honed.lazily import pl
from honed.table.cells import is_nan_word, without

# In small letters and without spaces around; "nan" is read as missing by all that reads numbers.
MISSING_WORDS = frozenset(
    {
        "na",
        "n/a",
        "n.a.",
        "n.a",
        "#n/a",
        "<na>",
        "nan",
        "null",
        "none",
        "nil",
        "missing",
        "no data",
        "(blank)",
        "unknown",
        "nat",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "?",
        "-",
        "--",
        "–",
        "—",
        ".",
        "..",
        "...",
        "…",
        "\\n",
        "#div/0!",  # as spreadsheets write what they cannot compute
        "#name?",
        "#null!",
        "#num!",
        "#ref!",
        "#value!",
    }
)


def is_missing_word(cells: pl.Series) -> pl.Series:
    """Where a text is such a word, in any case."""
    distinct = cells.unique()
    is_word = distinct.str.to_lowercase().is_in(list(MISSING_WORDS)) | is_nan_word(distinct)
    words = distinct.filter(is_word.fill_null(False))
    return cells.is_in(words.implode()).fill_null(False) if len(words) else cells.is_null() & False


def usual(words: Sequence[str]) -> list[str]:
    """Those of the texts that are such words."""
    given = pl.Series(words, dtype=pl.String)
    return given.filter(is_missing_word(given)).to_list()


def without_missing(cells: pl.Series) -> pl.Series:
    """Texts with those words as null."""
    return without(cells, is_missing_word(cells))
