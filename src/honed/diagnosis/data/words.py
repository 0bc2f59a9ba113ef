"""Words for missing beside empty cells, in columns of words: "missing-word"."""

from __future__ import annotations

import shlex

from honed.diagnosis.data.case import DataCase, quoted
from honed.figures import counted
from honed.findings import Finding
from honed.lazily import pl
from honed.table.missing import is_missing_word


def missing_words(case: DataCase) -> list[Finding]:
    """A note for used columns of words of which a level is a word such as NA, and other cells are empty."""
    found = {}
    for column in case.used:
        if column.kind in ("list", "words"):  # of which a whole cell is empty, and no item or word
            continue
        levels = pl.Series(column.levels, dtype=pl.String)
        words = levels.filter(is_missing_word(levels)).to_list() if column.missing and column.levels else []
        if words:
            found[column.name] = words
    if not found:
        return []
    name, words = next(iter(found.items()))
    empty = next(column.missing for column in case.used if column.name == name)
    return [
        Finding(
            "missing-word",
            "note",
            f"{name!r} has {counted(empty, 'empty cell')}, and others hold {words[0]!r}, which is a level of its own"
            + (f"; the same goes for {quoted(list(found)[1:])}." if len(found) > 1 else "."),
            {"columns": list(found), "words": found},
            "Where both mean that nothing is known, the network learns twice, and from fewer rows, what it means.",
            f"If they mean the same, say so: --missing {shlex.quote(words[0])} (missing= in Python).",
        )
    ]
