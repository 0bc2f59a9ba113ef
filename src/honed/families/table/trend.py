"""The trend: time since the first row and the year, or the number that says when rows were, and all that grows with it.

A network says nothing of use beyond what it has seen, so these stay at their last value in rows to come: they then
say how things stood at the end. That helps where a level lasts (a price, a population) and harms where it does not (a
quiet week before the holidays). Which of the two it is a quick fit shows, on steps of time that it has not seen, unless
the user says it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from honed.encode import encoder as encoding
from honed.encode.encoder import Encoded, Encoder
from honed.errors import InputError
from honed.families.table.source import HELD, NUMBER_HELD, TableSource, growing
from honed.figures import counted
from honed.table.calendar import WORDS, Part, given
from honed.table.cells import brief, some
from honed.table.kinds import Column

if TYPE_CHECKING:
    from jaxtyping import Float64, Int, Shaped

TREND: tuple[Part, ...] = ("elapsed", "year")
# Each step foretells a fifth of the rows from those before; the oldest learns from two fifths.
_STEPS, _STEP = 3, 0.2
_LEAST_RISE = 0.01  # of the error with the two: less is noise
_LEAST_ROWS = 100
_MOST_ROWS, _MOST_ASKED = 8_000, 2_000  # that are learned from and foretold, drawn evenly
_PIECES = 10  # of time, each with a level of its own
_MOST_LEVELS, _MOST_CLASSES = 30, 10
_RIDGE = 0.01
_LIMIT = 10.0  # standard deviations: a column that was all but constant must not decide


def settled(source: TableSource, rows: Int[np.ndarray, " rows"]) -> TableSource:
    """The source without the trend where a quick fit does better without, or the user said so, and a note on it.

    Parameters
    ----------
    rows : positions of the rows that the fit may see.

    Raises
    ------
    InputError
        The user spoke of a trend, and no column says when rows were; or nothing is left without it.
    """
    times = source.times
    if times is None and source.trend is not None:
        raise InputError(
            f"{'--trend' if source.trend else '--no-trend'} (trend={source.trend}) is about what grows with time, and "
            "no column says when rows were. Name one with --time (time=), or leave it out."
        )
    column = next((c for c in source.schema.columns if c.name == source.schema.time and c.used), None)
    if column is None or times is None or not (column.kind == "numeric" or "elapsed" in column.parts):
        return _without_numbers(source) if source.trend is False else source
    rest: tuple[Part, ...] = tuple(part for part in column.parts if part not in TREND)
    is_all = not rest and not any(c.used for c in source.schema.columns if c is not column and not c.grows)
    words, are_more = _words(source, column)
    if source.trend is False:
        if is_all:
            raise InputError(
                f"--no-trend (trend=False) leaves nothing to learn from: {words} of column {column.name!r} "
                f"{'are' if are_more else 'is'} the only input. Leave it out."
            )
        return _without(source, column, rest, "as was asked")
    rows = rows[~np.isnan(times.values[rows])]
    if source.trend or is_all or len(rows) < _LEAST_ROWS or source.further:  # what harms one may help another
        return source
    rows = rows[np.argsort(times.values[rows], kind="stable")]
    pairs = [each for step in range(_STEPS) if (each := _step(source, column, rows, step)) is not None]
    logs = [np.log(with_it / without) for with_it, without in pairs]
    rise = float(np.expm1(np.mean(logs))) if logs else 0.0
    if rise < _LEAST_RISE:
        return source
    note = (
        "In rows to come such an input can only stay at its last value, and a quick fit foretold "
        f"{counted(len(pairs), 'later step')} of time with an error {rise:.1%} larger with it; --trend (trend=True) "
        "keeps it"
    )
    return _without(
        source,
        column,
        rest,
        f"as {'they do' if are_more else 'it does'} harm in later rows",
        note,
    )


def _step(
    source: TableSource, column: Column, rows: Int[np.ndarray, " rows"], step: int
) -> tuple[float, float] | None:
    """Root mean squared errors on one step of time, with the two inputs and without.

    None where all is known, or where too few times come before it for a line.
    """
    times = source.times
    assert times is not None
    last = round(len(rows) * (1 - _STEP * step))
    first = round(len(rows) * (1 - _STEP * (step + 1)))
    when = times.values[rows]
    stop = int(np.searchsorted(when, when[first]))  # rows of one time stay together
    if stop < _LEAST_ROWS * (1 - _STEPS * _STEP) / 2:
        return None
    train, asked = _evenly(rows[:stop], _MOST_ROWS), _evenly(rows[first:last], _MOST_ASKED)
    places, y = source.places[train], source.y[train]
    learned = encoding.fit(source.table, source.schema, places, time=column.name, y=y)
    seen, later = learned.encode(source.take(train), has_taught=True), learned.encode(source.take(asked))
    place = _place(learned, column)
    truth, wanted = _targets(source, train, asked)
    inputs = [_inputs(learned, rows_of) for rows_of in (seen, later)]
    trend = [place]
    if column.kind == "date":
        trend = [place + number for number, part in enumerate(column.parts) if part in TREND]
        place += column.parts.index("elapsed")
    trend += [learned.continuous.index(each.name) for each in _growing(source)]
    elapsed = [rows_of.numeric[:, place] for rows_of in (seen, later)]
    knots = np.unique(np.quantile(elapsed[0], np.linspace(0, 1, _PIECES + 1)))
    if len(knots) < 2:
        return None
    levels = [_levels(own, knots) for own in elapsed]
    errors = []
    for more in (levels, [np.empty((len(own), 0)) for own in elapsed]):
        known, asked_of = (
            np.concatenate([np.delete(own, trend, axis=1), extra], axis=1)
            for own, extra in zip(inputs, more, strict=True)
        )
        errors.append(float(np.sqrt(((_foretold(known, truth, asked_of) - wanted) ** 2).mean())))
    with_it, without = errors
    return (with_it, without) if min(errors) > 0 else None


def _evenly(rows: np.ndarray, most: int) -> np.ndarray:
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]


def _place(learned: Encoder, column: Column) -> int:
    """Where the numbers of that column begin."""
    if column.kind == "numeric":
        return learned.continuous.index(column.name)
    before = len(learned.continuous) + len(learned.ordered)
    for date in learned.dates:
        if date.name == column.name:
            break
        before += len(date.parts)
    return before


def _inputs(learned: Encoder, rows: Encoded) -> Float64[np.ndarray, "rows inputs"]:
    """Numbers and flags, and a column for each level of categories with few."""
    columns = [rows.numeric.astype(np.float64)]
    for number, category in enumerate((*learned.onehot, *learned.embedded)):
        if len(category.levels) <= _MOST_LEVELS:
            codes = rows.codes[:, number]
            columns.append((codes[:, None] == np.arange(len(category.levels) + 2)).astype(np.float64))
    return np.concatenate(columns, axis=1)


def _levels(elapsed: np.ndarray, knots: np.ndarray) -> Float64[np.ndarray, "rows knots"]:
    """What a line that bends at the knots is made of."""
    return np.column_stack([np.interp(elapsed, knots, own) for own in np.eye(len(knots))[1:]])


def _targets(
    source: TableSource, train: np.ndarray, asked: np.ndarray
) -> tuple[Float64[np.ndarray, "train targets"], Float64[np.ndarray, "asked targets"]]:
    """The number, or one column for each frequent class, of both parts."""
    if source.schema.target.task != "regression":
        frequent = np.argsort(-np.bincount(source.y[train]), kind="stable")[:_MOST_CLASSES]
        own, other = (source.y[part][:, None] == frequent for part in (train, asked))
        return own.astype(np.float64), other.astype(np.float64)
    unit = float(np.abs(source.y[train]).max()) or 1.0  # squares of huge numbers do not overflow
    own, other = (source.y[part][:, None] / unit for part in (train, asked))
    return own, other


def _foretold(
    known: Float64[np.ndarray, "train inputs"],
    truth: Float64[np.ndarray, "train targets"],
    asked: Float64[np.ndarray, "asked inputs"],
) -> Shaped[np.ndarray, "asked targets"]:
    """By ridge regression on standardised inputs."""
    center, spread = known.mean(axis=0), known.std(axis=0)
    known, asked = known[:, spread > 0], asked[:, spread > 0]
    center, spread = center[spread > 0], spread[spread > 0]
    known = (known - center) / spread
    asked = np.clip((asked - center) / spread, -_LIMIT, _LIMIT)
    mean = truth.mean(axis=0)
    normal = known.T @ known + _RIDGE * len(known) * np.eye(known.shape[1])
    return mean + asked @ np.linalg.solve(normal, known.T @ (truth - mean))


def _without(
    source: TableSource, column: Column, rest: tuple[Part, ...], why: str, note: str = ""
) -> TableSource:
    words, are_more = _words(source, column)
    what = f"{words} {'are' if are_more else 'is'} left out"
    short = f"{what}, {why}"
    reason = column.reason.replace(given(column.parts), f"{given(rest)} ({short})") if column.parts else short
    new = replace(column, kind="date" if rest else "excluded", parts=rest, reason=reason)
    columns = tuple(
        new if each is column else replace(each, kind="excluded", reason=short) if each.grows else each
        for each in source.schema.columns
    )
    are_held = any(set(TREND) & set(each.parts) for each in columns if each.used)
    gone = [*growing(source.schema), *(() if are_held else (HELD, NUMBER_HELD))]
    before = tuple(each for each in source.notes if each not in gone)
    notes = (
        *before,
        f"Column {column.name!r}: {what}. {note}." if note else f"Column {column.name!r}: {short}.",
    )
    return replace(source, schema=replace(source.schema, columns=columns), notes=notes)


def _without_numbers(source: TableSource) -> TableSource:
    """The source without numbers that go with time, where the column that says when rows were is no input."""
    names = [column.name for column in _growing(source)]
    if not names:
        return source
    if not any(column.used and not column.grows for column in source.schema.columns):
        raise InputError(
            f"--no-trend (trend=False) leaves nothing to learn from: {some(names)}, which only grow along "
            f"{source.schema.time!r}, are the only inputs. Leave it out."
        )
    short = f"{some(names)} left out, as was asked: such numbers only grow along {source.schema.time!r}"
    columns = tuple(
        replace(each, kind="excluded", reason=short) if each.grows else each for each in source.schema.columns
    )
    notes = (*(each for each in source.notes if each not in growing(source.schema)), f"{short}.")
    return replace(source, schema=replace(source.schema, columns=columns), notes=notes)


def _words(source: TableSource, column: Column) -> tuple[str, bool]:
    """What the trend is called, and whether it is more than one thing."""
    names = [WORDS[part] for part in TREND if part in column.parts] or ["the number"]
    names += [repr(brief(each.name)) for each in _growing(source)]
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last, bool(first)


def _growing(source: TableSource) -> list[Column]:
    """Columns of numbers that go with the one that says when rows were."""
    return [column for column in source.schema.columns if column.grows and column.used]
