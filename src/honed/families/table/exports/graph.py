"""A model of tables as an ONNX file, from cells to answers: `exported`.

Numbers come as float64, NaN where a cell is empty; words as texts, "" where it is; dates as whole seconds since 1970,
the least int64 where it is (as NaT becomes). All up to the scaled inputs is computed in float64, as after the networks,
see `honed.families.exports.voted`.
"""

from __future__ import annotations

import operator
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from honed.encode import dates as of_dates
from honed.encode.binned import Binned
from honed.encode.categorical import FIRST_LEVEL, MISSING
from honed.encode.encoder import Encoded, Encoder
from honed.encode.numeric import LIMIT, Scaling
from honed.errors import InputError
from honed.families.exports import voted
from honed.families.exports.traced import ROWS, Graph, Namespace, Value
from honed.family import Exported
from honed.lazily import pl
from honed.model.model import Model
from honed.nets import mlp
from honed.table import addressed
from honed.table.calendar import ROUNDS
from honed.table.cells import brief, match, numbers, parse_numbers, texts
from honed.table.formats import moments
from honed.table.kinds import Column

if TYPE_CHECKING:
    from jaxtyping import Float64, Shaped

NEVER = np.iinfo(np.int64).min  # an empty date
_NEVER = -(2.0**62)  # seconds before it are none
_DAY = 86_400
_FAR = 1e150  # whose square is no infinity
_LISTS = {
    addressed.MAIL: "e-mail addresses",
    addressed.PATH: "URLs or paths",
}  # by format; others are of items


def exported(model: Model, stem: str) -> Exported:
    """The file.

    Raises
    ------
    InputError
        A column that ONNX cannot read, by its name; the packages onnx or onnxruntime are missing.
    """
    encoders = cast("tuple[Encoder, ...]", model.encoders)
    used = {name for encoder in encoders for name in encoder.names}
    columns = {column.name: column for column in model.schema.columns if column.name in used}
    check_columns(list(columns.values()), encoders)

    def encoded(graph: Graph, xp: Namespace) -> list[Encoded]:
        inputs = {name: graph.input(name, _sample(column)) for name, column in columns.items()}
        return [_encoded(encoder, columns, inputs, xp) for encoder in encoders]

    def asked(frame: pl.DataFrame) -> dict[str, Shaped[np.ndarray, " rows"]]:
        return {name: fed(frame[name], column) for name, column in columns.items()}

    kinds = {"numbers (float64, NaN where empty)": 0, "texts (empty where empty)": 0, "dates": 0}
    for column in columns.values():
        kinds[list(kinds)[0 if is_number(column) else 2 if column.kind == "date" else 1]] += 1
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    said = f"An input for each column, of shape (rows,): {told}."
    return voted.exported(model, mlp.apply, encoded, asked, said)


def check_columns(columns: Sequence[Column], encoders: Sequence[Encoder]) -> None:
    """Raise `InputError` for columns that ONNX cannot read, with the reasons."""
    hashed = {column.name for encoder in encoders for column in encoder.embedded if column.tail}
    found = {}
    for column in columns:
        if column.reading.form == "quantity":
            found[column.name] = "numbers as people write them, with units or marks"
        elif column.kind == "words":
            found[column.name] = "texts of several words"
        elif column.kind == "list":
            found[column.name] = _LISTS.get(column.reading.format, "lists of items")
        elif column.reading.form == "time" and column.kind != "date":
            found[column.name] = "two dates"
        elif column.name in hashed:
            found[column.name] = "many words, of which rare ones are known by a hash"
    if found:
        said = "; ".join(f"{brief(name, 40)!r} ({why})" for name, why in list(found.items())[:8])
        more = f" and {len(found) - 8} more" if len(found) > 8 else ""
        it, them = ("this column", "it") if len(found) == 1 else ("these columns", "them")
        without = " ".join(f"--exclude {shlex.quote(name)}" for name in found)
        raise InputError(
            f"ONNX has no way to read {it}: {said}{more}. Export a script (--format script), which reads {them} as "
            f"honed does; or fit again without {them} ({without}), or on a table in which such cells are plain numbers."
        )


def is_number(column: Column) -> bool:
    """Whether the input of a column is a number."""
    return column.kind == "numeric" or (column.kind == "boolean" and _are_numbers(column.levels))


def _are_numbers(levels: Sequence[str]) -> bool:
    return parse_numbers(pl.Series(levels, dtype=pl.String)).null_count() == 0


def fed(cells: pl.Series, column: Column) -> Shaped[np.ndarray, " rows"]:
    """The input for a column that was read: other spellings of a word as training had it."""
    if column.kind == "date":
        found = moments(cells).cast(pl.Int64)
        return (found // 1_000_000).fill_null(NEVER).to_numpy()
    if is_number(column):
        return numbers(cells) if column.kind == "numeric" else _of_two(cells, column.levels)
    known = np.array([*column.levels, "", ""], object)  # missing ones are at -1
    places = match(cells, column.levels)
    words = texts(cells).fill_null("").to_numpy().astype(object)
    return np.where(places == -2, words, known[places])


def _of_two(cells: pl.Series, levels: Sequence[str]) -> Float64[np.ndarray, " rows"]:
    values = np.array([*map(float, levels), np.nan])
    places = match(cells, levels)
    return np.where(places == -2, parse_numbers(cells).fill_null(float("nan")).to_numpy(), values[places])


def _sample(column: Column) -> Shaped[np.ndarray, " rows"]:
    if column.kind == "date":
        return np.zeros(ROWS, np.int64)
    return np.zeros(ROWS) if is_number(column) else np.array([""] * ROWS, object)


def _encoded(
    encoder: Encoder, columns: dict[str, Column], inputs: dict[str, Value], xp: Namespace
) -> Encoded:
    """The rows as a network takes them."""
    present = {
        name: _present(columns[name], value, xp) for name, value in inputs.items() if name in encoder.names
    }
    held = {column.name: (column.low, column.high) for column in encoder.held}
    plain = []
    for name in encoder.continuous:
        low, high = held.get(name, (-np.inf, np.inf))
        values = present[name]
        plain.append(xp.minimum(xp.maximum(values, low), high) if name in held else values)
    for column in encoder.ordered:
        places = dict(zip(column.order, range(len(column.order)), strict=True))
        found = xp.labelled(inputs[column.name], places, -1).astype(np.float64)
        plain.append(xp.where(found < 0, np.nan, found))
    turned = []
    for date in encoder.dates:
        own, rounds = _date(date, present[date.name], xp)
        plain, turned = plain + own, turned + rounds
    for one, other, low in of_dates.pairs(encoder.dates):
        days = (present[one.name] - present[other.name]) / _DAY
        plain.append(days if low is None else days - xp.floor(days - low))
    for pair in encoder.combined:
        plain.append(_combined(present[pair.one], present[pair.other], pair.how, xp))
    codes = _codes(encoder, columns, inputs, xp)
    bins = [_bin(column, present[column.name], xp) for column in encoder.binned]
    first = len(encoder.onehot) + len(encoder.crosses)
    codes[first:first] = bins
    embedded = codes[first + len(bins) :]
    for means, own in zip(encoder.means, embedded, strict=False):
        plain += [xp.asarray(values)[own] for values in means.matrix]
    dense = [_scaled(xp.stack(plain, axis=1), encoder.scaling, xp)] if plain else []
    flags = [
        _sign(columns[column.name], column.levels, inputs[column.name], present, xp)
        for column in encoder.booleans
    ]
    flags += [_is_empty(columns[name], inputs[name], present, xp) for name in encoder.indicated]
    if flags or turned:
        dense.append(xp.stack([value.astype(np.float32) for value in [*flags, *turned]], axis=1))
    nothing = np.zeros((ROWS, 0), np.int32)
    numeric = xp.concatenate(dense, axis=1) if dense else nothing
    return Encoded(cast(Any, numeric), cast(Any, xp.stack(codes, axis=1) if codes else nothing))


def _combined(one: Value, other: Value, how: str, xp: Namespace) -> Value:
    """See `honed.encode.combined`."""
    found = {
        "difference": operator.sub,
        "sum": operator.add,
        "product": operator.mul,
        "ratio": operator.truediv,
    }[how](one, other)
    return xp.where(xp.abs(found) < np.inf, found, np.nan)


def _bin(column: Binned, values: Value, xp: Namespace) -> Value:
    """See `honed.encode.binned`."""
    above = (values[:, None] > np.array([column.edges])).sum(axis=1)
    return xp.where(xp.isnan(values), MISSING, above + FIRST_LEVEL)


def _codes(
    encoder: Encoder, columns: dict[str, Column], inputs: dict[str, Value], xp: Namespace
) -> list[Value]:
    """Of each categorical column, and of crosses."""
    codes = {}
    for column in (*encoder.onehot, *encoder.embedded):
        places = dict.fromkeys(_empty_words(columns[column.name]), 0)
        places |= {
            level: place + 2 if seen else 1
            for place, (level, seen) in enumerate(zip(column.levels, column.seen, strict=True))
        }
        codes[column.name] = xp.labelled(inputs[column.name], places, 1)
    found = list(codes.values())
    for number, cross in enumerate(encoder.crosses, len(encoder.onehot)):
        place = codes[cross.one] * cross.sizes[1] + codes[cross.other]
        found.insert(number, xp.asarray(cross.table.ravel().astype(np.int64))[place])
    return found


def _present(column: Column, value: Value, xp: Namespace) -> Value:
    """Numbers, or seconds, as float64 with NaN where empty; texts as they are."""
    if column.kind == "date":
        seconds = value.astype(np.float64)
        return xp.where(seconds < _NEVER, np.nan, seconds)
    if is_number(column):
        for word in column.reading.missing:  # a number such as -999
            number = parse_numbers(pl.Series([word]))[0]
            if number is not None:
                value = xp.where(value == number, np.nan, value)
    return value


def _empty_words(column: Column) -> list[str]:
    """Texts that mean an empty cell."""
    return ["", *(word for word in column.reading.missing if word not in column.levels)]


def _scaled(values: Value, scaling: Scaling, xp: Namespace) -> Value:
    """See `honed.encode.numeric.Scaling`: (rows, columns) float64 to float32."""
    scaled = (values - scaling.center) * scaling.factor
    if scaling.clip:
        part = xp.minimum(xp.maximum(scaled / LIMIT, -_FAR), _FAR)
        scaled = part * LIMIT / xp.sqrt(part * part + 1.0)
    most = float(np.finfo(np.float32).max)
    scaled = xp.minimum(xp.maximum(scaled, -most), most)
    return xp.where(xp.isnan(values), 0.0, scaled).astype(np.float32)


def _sign(
    column: Column, levels: tuple[str, ...], value: Value, present: dict[str, Value], xp: Namespace
) -> Value:
    """-1 for the lower of two levels, 1 for the higher, 0 for others."""
    signs: dict[str, int] = dict(zip(levels, (-1, 1) if len(levels) == 2 else (1,), strict=True))
    if not is_number(column):
        return xp.labelled(value, signs, 0)
    found = cast(Any, 0)
    for level, sign in signs.items():
        found = (present[column.name] == float(level)).astype(np.float64) * float(sign) + found
    return found


def _is_empty(column: Column, value: Value, present: dict[str, Value], xp: Namespace) -> Value:
    """Whether cells are empty."""
    if column.kind == "date" or is_number(column):
        return xp.isnan(present[column.name])
    return xp.labelled(value, dict.fromkeys([*_empty_words(column), "nan", "NaN"], 1), 0)


def _date(date: of_dates.Date, seconds: Value, xp: Namespace) -> tuple[list[Value], list[Value]]:
    """The parts of moments as numbers, NaN where empty, and sines and cosines, 0 there; see `honed.encode.dates`."""
    low, high = date.low / 1e6, date.high / 1e6
    held = xp.minimum(xp.maximum(seconds, low), high) if date.is_held else seconds
    own, held_own = _calendar(seconds, xp), _calendar(held, xp)
    own |= {"elapsed": (held - low) / _DAY, "year": held_own["year"]}
    plain, turned = [own[part] for part in date.parts], []
    for part in date.circles:
        angle = own[part] * (2 * np.pi / ROUNDS[part])
        turned += [xp.where(xp.isnan(angle), 0.0, turn(angle)) for turn in (xp.sin, xp.cos)]
    return plain, turned


def _calendar(seconds: Value, xp: Namespace) -> dict[str, Value]:
    """Parts of the calendar and the clock, by whole numbers in float64 (Howard Hinnant's `civil_from_days`)."""

    def whole(values: Value, size: float) -> Value:
        return xp.floor(values / size)

    days = whole(seconds, _DAY)
    since = days + 719_468.0  # days since the first of March of the year 0
    era = whole(since, 146_097)
    of_era = since - era * 146_097.0
    year = whole(of_era - whole(of_era, 1_460) + whole(of_era, 36_524) - whole(of_era, 146_096), 365)
    of_year = of_era - (year * 365.0 + whole(year, 4) - whole(year, 100))
    from_march = whole(of_year * 5.0 + 2.0, 153)
    is_next = (from_march >= 10.0).astype(np.float64)
    month = from_march + 2.0 - is_next * 12.0  # from 0 for January
    year = year + era * 400.0 + is_next
    before = year - 1.0
    first = before * 365.0 + whole(before, 4) - whole(before, 100) + whole(before, 400) - 719_162.0
    of_day = seconds - days * float(_DAY)
    return {
        "year": year,
        "month": month,
        "day": days - first,
        "weekday": days + 3.0 - whole(days + 3.0, 7) * 7.0,
        "hour": of_day / 3600.0,
        "minute": whole(of_day, 60) - whole(of_day, 3600) * 60.0,
    }
