"""Numbers that look like codes for missing and are taken as numbers: "missing-code"."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.data.case import DataCase, quoted
from honed.figures import counted
from honed.findings import Finding


def missing_codes(case: DataCase) -> list[Finding]:
    """A note for columns in which a number such as -999 stands apart from all others."""
    suspects = [(column, value) for column in case.used for value in column.apart]
    if not suspects:
        return []
    rows = np.arange(len(case.y))
    counts = {
        (column.name, value): int(np.count_nonzero(case.values(column, rows) == value))
        for column, value in suspects
    }
    first, value = suspects[0]
    own = case.values(first, rows)
    others = own[np.isfinite(own) & ~np.isin(own, first.apart)]
    names = list(dict.fromkeys(column.name for column, _ in suspects))
    words = {name: [f"{value:.15g}" for column, value in suspects if column.name == name] for name in names}
    return [
        Finding(
            "missing-code",
            "note",
            f"{first.name!r} is {value:.15g} in {counted(counts[first.name, value], 'row')}, far from the others, "
            f"which lie between {others.min():.6g} and {others.max():.6g}"
            + (f"; such numbers stand in {quoted(names[1:])} too." if names[1:] else "."),
            {
                "columns": names,
                "values": words,
                "rows": {
                    name: {
                        f"{value:.15g}": counts[name, value]
                        for column, value in suspects
                        if column.name == name
                    }
                    for name in names
                },
            },
            'Such a number is often a code for "not known", or the most that a column can hold. honed takes it for a '
            "number where a quick fit finds no gain in an empty cell.",
            f"If it means that the value is not known, say so: --missing {words[first.name][0]} (missing= in Python).",
        )
    ]
