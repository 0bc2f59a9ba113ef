"""Ways to encode rows of a table that often pay, by its columns and rows: `encodings`."""

from __future__ import annotations

from honed.encode import combined, means
from honed.families.table import idle
from honed.table.columns import Schema

# Of few rows trials differ by chance: on 2,300 rows two seeds said opposite things of all ways, and on 8,000 the same
# (`benchmarks/README.md`).
LEAST_ROWS = 5_000
# Of fewer levels, each with many rows, embeddings tell as much; of fewer numbers there are hardly any pairs.
_LEVELS, _NUMBERS = 25, 4


def encodings(schema: Schema, rows: int) -> tuple[str, ...]:
    """Those that a search tries unasked, of so many rows."""
    if rows < LEAST_ROWS:
        return ()
    used = [column for column in schema.columns if column.used]
    levels = max((len(column.levels) for column in used if column.kind == "categorical"), default=0)
    numbers = sum(column.kind == "numeric" for column in used)
    suits = {means.ENCODING: levels >= _LEVELS, combined.ENCODING: numbers >= _NUMBERS}
    vain = idle.encodings(schema, rows)
    return tuple(name for name, is_likely in suits.items() if is_likely and name not in vain)
