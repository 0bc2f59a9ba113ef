"""Ways to encode rows that change nothing for a table, and why: `encodings`."""

from __future__ import annotations

from honed.encode import binned, categorical, combined, crossed, goals, hashed, means, screening
from honed.table.columns import Schema


def encodings(schema: Schema, rows: int) -> dict[str, str]:
    """Encodings that would give so many rows what the usual one gives, with the reason of each as a clause."""
    numbers = [column for column in schema.columns if column.used and column.kind == "numeric"]
    held = [column for column in numbers if schema.time and (column.name == schema.time or column.grows)]
    categories = [column for column in schema.columns if column.used and column.kind == "categorical"]
    buckets = {column.name: hashed.buckets(column) for column in categories}
    sizes = [categorical.size(column.levels) + buckets[column.name] for column in categories]
    found: dict[str, str] = {}
    if all(size <= categorical.MOST_ONEHOT for size in sizes):
        most = categorical.MOST_ONEHOT - categorical.FIRST_LEVEL
        found[means.ENCODING] = f"no column of categories has more than {most} levels"
    elif all(len(target.classes) > goals.MOST for target in schema.targets):
        found[means.ENCODING] = (
            f"{'each' if schema.further else 'the'} target has more than {goals.MOST} classes"
        )
    if len(numbers) == len(held):
        found[binned.ENCODING] = "there is no column of numbers to divide into bins"
    if len(numbers) - len(held) < 2:
        found[combined.ENCODING] = "there are no two columns of numbers to pair"
    if sum(not own for own in buckets.values()) < 2:
        found[crossed.ENCODING] = "there are no two columns of categories to cross"
    if schema.further:
        found[screening.ENCODING] = "of several targets each may need other columns"
    elif len(numbers) <= screening.kept(rows):
        found[screening.ENCODING] = (
            f"of so many rows up to {screening.kept(rows)} columns of numbers are kept"
        )
    return found
