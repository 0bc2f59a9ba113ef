"""Ways to encode rows of a table that often pay, by its columns and rows: `encodings`."""

from __future__ import annotations

from honed.encode import binned, combined, means
from honed.families.table import idle
from honed.table.columns import Schema

# Of few rows trials differ by chance: of 2,300 two seeds said opposite things of all ways, of 8,000 they agreed
# (`benchmarks/README.md`). Where between these the limit lies is a guess.
_LEAST_ROWS = 5_000
# With many passes a network learns jumps without bins: of 6,500 rows of two tables they made the best network so far
# worse by 6 and 7 %, of 100,000 rows of a target with jumps better by 11 %. The limit is a guess too.
_BINNED_ROWS = 50_000
# Guesses too: of fewer levels, each with many rows, embeddings should tell as much; fewer numbers have few pairs.
_LEVELS, _NUMBERS = 25, 4


def encodings(schema: Schema, rows: int) -> tuple[str, ...]:
    """Those that a search tries unasked, of so many rows."""
    if rows < _LEAST_ROWS:
        return ()
    used = [column for column in schema.columns if column.used]
    levels = max((len(column.levels) for column in used if column.kind == "categorical"), default=0)
    numbers = sum(column.kind == "numeric" for column in used)
    suits = {
        binned.ENCODING: numbers > 0 and rows >= _BINNED_ROWS,
        means.ENCODING: levels >= _LEVELS,
        combined.ENCODING: numbers >= _NUMBERS,
    }
    vain = idle.encodings(schema, rows)
    return tuple(name for name, is_likely in suits.items() if is_likely and name not in vain)
