"""What the columns do to the answers on unseen rows: `importance`, `effects`, and the cells of the `worst` errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from honed.families.table.unseen.rows import SeenRows, tell
from honed.families.unseen.seen import few, frequent
from honed.figures import figure
from honed.lazily import pl
from honed.metrics import row_losses
from honed.report.parts import Amount, ColumnImportance, Effect, Worst
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float, Int

    from honed.table.columns import Schema
    from honed.table.kinds import Column

_LEADING, _REPEATS = 8, 5  # columns shown, and how often each is shuffled
_GRID, _MOST_LEVELS = 12, 8
_BRIEF, _WELL = 20_000, 60_000  # answers of single networks that a measurement may take: bounds its time
_T = 2.776  # Student's t for 95 % and 5 repeats


def importance(seen: SeenRows, schema: Schema) -> ColumnImportance:
    """What shuffling one column adds to the error, a mean over repeats with its 95 % interval (Breiman 2001).

    The error is log-loss, or the root mean squared error, which has the target's units.
    """
    rng = np.random.default_rng(0)
    names = [column.name for column in schema.columns if column.used]
    order = rng.permutation(len(seen.truth))
    first = _added(seen, names, order[: seen.affordable(len(names), _BRIEF)], 1, rng)
    leading = [names[place] for place in np.argsort(-first[:, 0], kind="stable")[:_LEADING]]
    rows = order[: seen.affordable(len(leading) * _REPEATS, _WELL)]
    added = _added(seen, leading, rows, _REPEATS, rng)
    half = _T * added.std(axis=1, ddof=1) / math.sqrt(_REPEATS)
    columns: list[Amount] = [
        {"name": name, "value": float(mean), "low": float(mean - wide), "high": float(mean + wide)}
        for name, mean, wide in zip(leading, added.mean(axis=1), half, strict=True)
    ]
    columns.sort(key=lambda each: -each["value"])
    unit = "log-loss" if seen.classes else "root mean squared error"
    clear = [each for each in columns if each.get("low", 0.0) > 0]
    most = columns[0]
    says = f"With the cells of {most['name']} shuffled, the {unit} grows by {figure(most['value'])}"
    if len(clear) < len(columns):
        says += f"; {len(clear) or 'none'} of the {len(columns)} leading columns clearly count"
    return {"says": says + ".", "unit": unit, "rows": len(rows), "repeats": _REPEATS, "columns": columns}


def _added(
    seen: SeenRows,
    names: Sequence[str],
    rows: Int[np.ndarray, " rows"],
    repeats: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, "names repeats"]:
    """The error with the column shuffled, less that without."""
    frame, truth = seen.frame[rows.tolist()], seen.truth[rows]
    base = row_losses(truth, seen.told[rows]).mean()
    variants = [
        frame.with_columns(frame[name][rng.permutation(len(rows)).tolist()])
        for name in names
        for _ in range(repeats)
    ]
    told = tell(seen.model, pl.concat(variants))
    losses = row_losses(np.tile(truth, len(variants)), told)
    shuffled = losses.reshape(len(names), repeats, len(rows)).mean(axis=2)
    return shuffled - base if seen.classes else np.sqrt(shuffled) - np.sqrt(base)


def effects(seen: SeenRows, schema: Schema, names: Sequence[str]) -> list[Effect]:
    """Mean answers with one column set to each of several values in all rows (Friedman 2001), and their quarters.

    For more than two classes the answer is the probability of the most frequent one.
    """
    columns = [next(c for c in schema.columns if c.name == name) for name in names]
    rows = np.random.default_rng(1).permutation(len(seen.truth))[
        : seen.affordable(_GRID * len(names), _BRIEF)
    ]
    frame = seen.frame[np.sort(rows).tolist()]
    grids = [grid(seen.frame[column.name], column) for column in columns]
    variants = [
        frame.with_columns(pl.Series(column.name, [cell] * frame.height, frame[column.name].dtype))
        for column, (cells, _) in zip(columns, grids, strict=True)
        for cell in cells
    ]
    told = tell(seen.model, pl.concat(variants)).reshape(len(variants), frame.height, -1)
    ends = np.cumsum([len(cells) for cells, _ in grids])
    parts = np.split(told, ends[:-1])
    return [
        _effect(seen, column, shown, part)
        for column, (_, shown), part in zip(columns, grids, parts, strict=True)
    ]


def _effect(
    seen: SeenRows, column: Column, shown: list[JSON], told: Float[np.ndarray, "values rows answers"]
) -> Effect:
    """The facts of one column; an answer for each class, or one."""
    code = 1 if len(seen.classes) == 2 else (frequent(seen.truth)[0] if seen.classes else 0)
    answers = told[:, :, code]
    mean = answers.mean(axis=1)
    low, high = np.quantile(answers, [0.25, 0.75], axis=1)
    of = f"probability of {seen.classes[code]!r}" if seen.classes else "answer"
    a, b = int(mean.argmin()), int(mean.argmax())
    number = "{:.0%}".format if seen.classes else figure
    says = (
        f"The mean {of} goes from {number(mean[a])} at {column.name} = {_word(shown[a])} "
        f"to {number(mean[b])} at {_word(shown[b])}."
    )
    return {
        "says": says,
        "column": column.name,
        "kind": "numeric" if column.kind == "numeric" else "levels",
        "of": of,
        "values": shown,
        "mean": few(mean),
        "low": few(low),
        "high": few(high),
    }


def grid(cells: pl.Series, column: Column) -> tuple[list[JSON], list[JSON]]:
    """Cells to put in, and the same as numbers or words to show."""
    if column.kind == "numeric":
        from honed.table.cells import numbers

        own = numbers(cells, np.arange(1, len(cells) + 1))
        own = own[np.isfinite(own)]
        places = (
            np.quantile(own, np.linspace(0.02, 0.98, _GRID), method="nearest") if len(own) else np.zeros(1)
        )
        shown = [float(value) for value in np.unique(places)]
        if cells.dtype.is_integer():
            return [int(value) for value in shown], shown
        return [value if cells.dtype.is_numeric() else repr(value) for value in shown], shown
    if column.kind == "date":
        from honed.table import calendar
        from honed.table.formats import moments

        own = moments(cells).drop_nulls().sort()
        places = np.unique(np.linspace(0.02, 0.98, _GRID) * (len(own) - 1)).round().astype(int)
        dates = own.gather(places).unique(maintain_order=True).to_list() if len(own) else []
        clock = calendar.are_clocks(own)
        return dates, [calendar.shown(date, clock) for date in dates]
    if column.kind == "words":  # each of the words alone
        words = list(column.levels[:_MOST_LEVELS])
        return [*words], [*words]
    if column.kind == "list":  # each of the items alone
        from honed.table import lists
        from honed.table.cells import counts

        cells = lists.once(lists.read(cells, ""))
        items = [*counts(cells)][:_MOST_LEVELS]
        return [[item] for item in items], [*items]
    found = cells.drop_nulls().alias("cell").value_counts(name="rows")  # whatever the column is called
    found = found.sort(["rows", "cell"], descending=[True, False])
    levels = found["cell"].to_list()[:_MOST_LEVELS]
    return levels, [str(level) for level in levels]


def worst(seen: SeenRows, names: Sequence[str]) -> Worst:
    """The rows whose loss is greatest, with the cells of the leading columns."""

    from honed.table import lists

    def cells(place: int) -> dict[str, str | None]:
        found = (lists.shown(seen.frame[name][place : place + 1])[0] for name in names)
        return {name: None if cell is None else str(cell) for name, cell in zip(names, found, strict=True)}

    return seen.worst(lambda place: {"cells": cells(place)})


def _word(value: object) -> str:
    return figure(value) if isinstance(value, float) else repr(value)
