"""What a user says of columns, which overrules what their cells look like: `understand` puts it together as `Said`.

It comes by flags or keywords, and by a document as `honed fit --dry-run --json` prints one. Of a document only what is
said counts (`statements`), the rest of it tells.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from os import PathLike
from pathlib import Path
from typing import Any, cast, get_args, get_type_hints

from honed import typed
from honed.errors import InputError, warn
from honed.lazily import pl
from honed.run.plain import loads
from honed.settings import nearest
from honed.table import formats, reading
from honed.table.cells import brief
from honed.table.glance import Plain
from honed.table.kinds import USED, Column, Kind
from honed.table.lists import FORMATS
from honed.table.quantities import File
from honed.table.reading import PLAIN, Reading
from honed.typed import JSON

_READING = tuple(each.name for each in fields(Reading) if each.name not in ("emptied", "note"))
_TELLING = ("evidence", "examples", "distinct", "empty", "taken_as_empty", "levels", "note")
_TARGET = ("task", "classes")
_OF_WORDS = ("missing", "unit")  # fields of a reading that any form may have


@dataclass(frozen=True)
class Said:
    """What was said of the columns of a table.

    Attributes
    ----------
    kinds : what a column is, by name: a kind that a network sees, or "excluded".
    guesses : kinds by name that a document has as they were found; they hold as far as they are found again.
    readings : fields of `Reading` by name, of which `form` and what belongs to it come together.
    missing : words that mean an empty cell in every column.
    tasks : the task by target, where a document says it.
    orders : levels from least to most, by column.
    """

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    guesses: Mapping[str, Kind] = field(default_factory=dict)
    readings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    tasks: dict[str, str] = field(default_factory=dict)
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def is_looked_at(self, name: str) -> bool:
        """Whether cells of that column are read as they look, as nothing says that they are words."""
        return self.guesses.get(name, self.kinds.get(name)) not in ("categorical", "words", "excluded")

    def words(self, name: str) -> tuple[str, ...]:
        """Words that were said to mean an empty cell in that column."""
        return (*self.missing, *self.readings.get(name, {}).get("missing", ()))

    def reading(
        self,
        column: pl.Series,
        may_be_dates: bool = True,
        file: File | None = None,
        is_number: bool = False,
        slips_too: bool = True,
        plain: Plain | None = None,
        may_be_lists: bool = False,
    ) -> Reading:
        """How the cells of a column are read: as was said, and for the rest as they look.

        `file` has the columns that may tell how this one is written, `plain` its numbers where all are plain ones.
        """
        said = self.readings.get(column.name, {})
        words = self.words(column.name)
        if any(name not in _OF_WORDS for name in said):
            found = Reading(**{name: value for name, value in said.items() if name != "missing"})
        elif not self.is_looked_at(column.name):
            found = PLAIN
        else:
            kind = self.guesses.get(column.name, self.kinds.get(column.name))
            dates = "said" if kind == "date" else may_be_dates and kind != "numeric"
            is_number = is_number or kind == "numeric"
            items = "said" if kind == "list" else may_be_lists and kind not in ("date", "numeric")
            found = reading.find(column, words, dates, file, is_number, slips_too, plain, items)
        found = replace(found, unit=said.get("unit", found.unit))
        usual = () if "missing" in said else found.missing
        words = tuple(dict.fromkeys((*words, *usual)))
        return reading.emptying(found, column, words) if words != found.missing else found

    def kept(self, guess: Column) -> bool:
        """Whether what was found of a column is what was said of it."""
        kind = self.guesses.get(guess.name)
        if kind == "text" and guess.kind == "words":  # said of columns that were left out before
            return True
        return kind == guess.kind or (kind in ("identifier", "text", "constant") and not guess.used)


def statements(value: JSON) -> dict[str, JSON]:
    """What a document says, without what it only tells: plain JSON values, of which it gives the same again.

    Raises
    ------
    InputError
        No such document, a name twice, an unknown kind or field, or a value of another type.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("columns"), list | tuple):
        raise InputError(
            'The schema has no list "columns", so it says nothing of any column. Give a document as `honed fit '
            "--dry-run --json` prints it."
        )
    columns = [_statement(each, (), f"columns[{place}]") for place, each in enumerate(value["columns"])]
    names = [each["name"] for each in columns]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise InputError(f"The schema names the column {twice!r} twice. Take one of the two out.")
    found: dict[str, JSON] = {"columns": columns}
    if value.get("target") is not None:
        found["target"] = _statement(value["target"], _TARGET, "target")
    if value.get("further") is not None:
        if not isinstance(value["further"], list | tuple):
            raise InputError(
                f'"further" of the schema is {typed.shown(value["further"])}, and it must be a list of the targets '
                'beside "target". Take it out, or give it as `honed fit --dry-run --json` prints it.'
            )
        found["further"] = [
            _statement(each, _TARGET, f"further[{place}]") for place, each in enumerate(value["further"])
        ]
    if value.get("group") is not None:
        found["group"] = str(value["group"])
    return found


def read(path: str | PathLike[str]) -> dict[str, JSON]:
    """The statements of a file; errors as `statements`, and for a file that is none."""
    try:
        value = loads(Path(path).read_bytes())
    except OSError as error:
        raise InputError(
            f"The schema {str(path)!r} cannot be read: {error.strerror}. Check its name."
        ) from None
    except ValueError as error:
        raise InputError(
            f"The schema {str(path)!r} is no JSON ({error}). Give a document as `honed fit --dry-run --json` prints it."
        ) from None
    return statements(value)


def words_for_missing(words: Iterable[object]) -> tuple[str, ...]:
    """Words, and numbers, that mean an empty cell, as texts.

    Raises
    ------
    InputError
        Something else, or no word at all.
    """
    found = []
    for word in words:
        is_number = isinstance(word, numbers.Real) and not isinstance(word, bool) and math.isfinite(word)
        if not is_number and not isinstance(word, str):
            raise InputError(
                f"{word!r} is said to mean a missing cell, and it is neither a word nor a number. Give what cells "
                "hold, such as 'unknown' or -999; empty cells are missing by themselves."
            )
        if not str(word).strip():
            raise InputError(
                "An empty word is said to mean a missing cell, and empty cells are missing by themselves. Leave it out."
            )
        found.append(str(word).strip())
    return tuple(dict.fromkeys(found))


def understand(
    names: Collection[str],
    source: str,
    targets: Sequence[str],
    *,
    task: str | None = None,
    group: str | None = None,
    exclude: Iterable[str] = (),
    categorical: Iterable[str] = (),
    numeric: Iterable[str] = (),
    date: Iterable[str] = (),
    lists: Iterable[str] = (),
    texts: Iterable[str] = (),
    missing: Iterable[object] = (),
    schema: JSON = None,
) -> Said:
    """Put together what was said.

    Parameters
    ----------
    names : the columns of the table. source : what messages call it.
    others : see `honed.table.columns.infer`.

    Raises
    ------
    InputError
        A name that is no column; a column that is said to be two things, or is a target or the group.
    """
    declared: dict[Kind, tuple[str, ...]] = {
        "excluded": tuple(exclude),
        "categorical": tuple(categorical),
        "numeric": tuple(numeric),
        "date": tuple(date),
        "list": tuple(lists),
        "words": tuple(texts),
    }
    for name in (
        *targets,
        *([] if group is None else [group]),
        *(name for columns in declared.values() for name in columns),
    ):
        check_is_column(name, names, source)
    twice = next((name for place, name in enumerate(targets) if name in targets[:place]), None)
    if twice is not None:
        raise InputError(f"Column {twice!r} is named as a target twice. Name it once.")
    if group in targets:
        raise InputError(
            f"Column {group!r} is both the target and the group: each value would be held back as a whole, "
            "so none could be learned. Name another group column."
        )
    kinds = _kinds_of(declared, targets, group)
    words = words_for_missing(missing)
    if schema is None:
        return Said(kinds, missing=words)
    document = statements(schema)
    _check_of_this_table(document, names, source, targets, group, task)
    guesses: dict[str, Kind] = {}
    readings: dict[str, dict[str, Any]] = {}
    orders: dict[str, tuple[str, ...]] = {}
    for entry in document["columns"]:
        name, kind = entry["name"], entry.get("kind")
        if "order" in entry:
            kind = _kind_of_ordered(name, kind)
            orders[name] = tuple(entry["order"])
        if kind is not None and _is_new(kinds, name, kind):
            kinds[name] = kind if kind in USED else "excluded"
            guesses[name] = kind
        readings[name] = _reading_of(_without_form(entry, kinds.get(name)))
        if name not in kinds and readings[name].get("form") == "time" and readings[name].get("format"):
            kinds[name] = "date"  # so that a cell of another format is refused
        _check_form(name, kinds.get(name), readings[name])
    tasks: dict[str, str] = {}
    for told in _targets_of(document):
        readings[told["name"]] = _reading_of(told)
        if "task" in told:
            tasks[told["name"]] = told["task"]
    return Said(
        kinds,
        guesses,
        {name: said for name, said in readings.items() if said},
        words,
        tasks,
        orders,
    )


def _targets_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a document says of targets."""
    return [*([document["target"]] if "target" in document else []), *document.get("further", [])]


def check_is_column(name: str, names: Collection[str], source: str) -> None:
    """Raise `InputError`, with the nearest name, unless it is a column's."""
    if name not in names:
        raise InputError(f"{source} has no column {name!r}.{nearest(name, names)}")


def check_words_are_there(words: Iterable[str], frame: pl.DataFrame, source: str) -> None:
    """Give a `DataWarning` for each word for missing that no cell is: it may be misspelt."""
    for word in words:
        if not any(reading.are_words(column, (word,)).any() for column in frame):
            warn(
                f"{brief(word)!r} was said to mean a missing cell, and no cell of {source} is that. Check how "
                "the cells spell it: capital letters and signs count."
            )


def _kinds_of(
    declared: Mapping[Kind, tuple[str, ...]], targets: Sequence[str], group: str | None
) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for kind, columns in declared.items():
        for name in columns:
            if name in targets and kind == "excluded":
                raise InputError(
                    f"Column {name!r} is both the target and excluded. Take it out of one of the two."
                )
            if name in targets:
                raise InputError(
                    f"Column {name!r} is the target, and only inputs are declared {kind}. "
                    "What a target asks for is said by the task: multiclass for classes, regression for numbers."
                )
            if name == group and kind != "excluded":
                raise InputError(
                    f"Column {group!r} is the group, which is no input, and was declared {kind}. "
                    "Take it out of one of the two."
                )
            before = kinds.get(name, kind)
            if before == "excluded" != kind:
                raise InputError(
                    f"Column {name!r} is both excluded and declared {kind}. Take it out of one of the two."
                )
            if before != kind:
                raise InputError(
                    f"Column {name!r} was declared both {before} and {kind}, and it can be only one of them. "
                    "Take it out of one of the two."
                )
            kinds[name] = kind
    return kinds


def _is_new(kinds: Mapping[str, Kind], name: str, kind: Kind) -> bool:
    """Whether a document alone says what a column is; what only cells can tell gives way to what flags say."""
    before = kinds.get(name, kind)
    if before != kind and kind in ("numeric", "categorical", "date", "list", "words", "excluded"):
        raise InputError(
            f"Column {name!r} was declared {before}, and the schema says {kind}. Take it out of one of the two."
        )
    return name not in kinds


def _kind_of_ordered(name: str, kind: Kind | None) -> Kind:
    """The kind of a column whose levels have an order."""
    if kind not in (None, "categorical", "boolean"):
        raise InputError(
            f'The schema says that column {name!r} is {kind}, and gives an order of its levels. Say kind "categorical" '
            "if its cells are levels, or take the order out."
        )
    return "categorical"


def _reading_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    said = {key: entry[key] for key in _READING if key in entry}
    if not said.get("format"):
        return said
    if said["format"] in FORMATS:
        return {"form": "list", **said}
    format = formats.usual(said["format"])
    if format is None:
        raise InputError(
            f"The schema says the format {brief(said['format'])!r}, and no dates are read by it. Give one as strptime "
            "has it, such as %d/%m/%Y, or take it out to have the column's dates read by themselves."
        )
    return {"form": "time", **said, "format": format}


def _without_form(entry: Mapping[str, Any], kind: Kind | None) -> Mapping[str, Any]:
    """An entry without what says how its dates or numbers are written, where its cells are levels: with a warning."""
    extra = [key for key in _READING if key in entry and key not in _OF_WORDS]
    if kind != "categorical" or not extra or entry.get("form") == "plain":
        return entry
    warn(
        f"The schema says that column {brief(entry['name'])!r} is categorical, so its cells are taken as they are "
        f"written, and {', '.join(extra)} of the schema {'does' if len(extra) == 1 else 'do'} not count."
    )
    return {key: value for key, value in entry.items() if key not in extra}


def _check_form(name: str, kind: Kind | None, said: Mapping[str, Any]) -> None:
    form = said.get("form", "plain")
    of_numbers = ("numeric", "boolean", "excluded")  # such as "36 months" and "60 months"
    of_form = {"plain": (*USED, "excluded"), "time": ("date", "excluded"), "list": ("list", "excluded")}
    fits = of_form.get(form, of_numbers)
    if kind is not None and kind not in fits:
        extra = ", ".join(key for key in said if key not in _OF_WORDS)
        raise InputError(
            f"The schema says that column {name!r} is {kind}, but by its form {form!r} its cells are read as "
            f"{fits[0]}. Take out {extra} to have it read anew, or say kind {fits[0]!r}."
        )


def _check_of_this_table(
    document: Mapping[str, Any],
    names: Collection[str],
    source: str,
    targets: Sequence[str],
    group: str | None,
    task: str | None,
) -> None:
    """Refuse a document that contradicts the table, the targets, the group or the task."""
    for told in _targets_of(document):
        if told["name"] not in targets:
            here = " and ".join(map(repr, targets))
            raise InputError(
                f"The schema was made for the target {told['name']!r}, and here it is {here}. Name the same target, or "
                'take "target" out of the schema.'
            )
        if task is not None and told.get("task", task) != task:
            raise InputError(
                f"The schema says that the task is {told['task']}, and {task} was asked for. Take it out of one of the "
                "two."
            )
    said = document.get("group", group)
    if said != group:
        asked = "none is given" if group is None else f"here it is {group!r}"
        raise InputError(
            f'The schema was made with the group {said!r}, and {asked}. Name the same group, or take "group" out of '
            "the schema."
        )
    for entry in document["columns"]:
        name = entry["name"]
        if name not in names:
            raise InputError(
                f"The schema names the column {name!r}, which {source} lacks.{nearest(name, names)}"
            )
        if name in (*targets, group):
            role = "target" if name in targets else "group"
            raise InputError(
                f"The schema names the column {name!r} as an input, and it is the {role}. Take it out of the schema's "
                "columns."
            )


def _statement(value: JSON, more: tuple[str, ...], place: str) -> dict[str, JSON]:
    """The name, the kind, and the fields of the reading in an entry."""
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        raise InputError(
            f'{place} of the schema is {typed.shown(value)}, which has no "name". Give each column as '
            '{"name": ..., "kind": ...}.'
        )
    name = value["name"]
    of = f"the column {brief(name)!r}"
    known = ("kind", *(() if more else ("order",)), *_READING)
    for key in value:
        if key not in ("name", *known, *_TELLING, *more):
            raise InputError(
                f"The schema says {key!r} of {of}, which is nothing that can be said of one.{nearest(key, known)}"
            )
    found: dict[str, JSON] = {"name": name}
    kind = value.get("kind")
    if kind is not None:
        kinds = get_args(Kind)
        if kind not in kinds:
            raise InputError(
                f"The schema says that {of} is of the kind {typed.shown(kind)}, which there is not."
                f"{nearest(str(kind), kinds)} A column is numeric, categorical, date, list, words or excluded."
            )
        found["kind"] = kind
    if value.get("order") and not more:
        found["order"] = _order(value["order"], of)
    if "task" in more and value.get("task") is not None:
        found["task"] = str(value["task"])
    hints = get_type_hints(Reading)
    for key in _READING:
        if key not in value:
            continue
        given = value[key]
        if key == "missing":
            if not isinstance(given, list | tuple):
                raise InputError(
                    f"The schema says that {typed.shown(given)} means a missing cell in {of}, and it must be a list of "
                    f"words, such as [{typed.shown(given)}]."
                )
            found[key] = list(words_for_missing(given))
            continue
        try:
            taken = typed.take(cast("type[object]", hints[key]), given, key)
        except typed.Misfit as misfit:
            raise InputError(f"The schema is wrong about {of}: {misfit}.") from None
        found[key] = list(taken) if isinstance(taken, tuple) else taken
    return found


def _order(value: JSON, of: str) -> list[str]:
    """Levels from least to most as texts, of which none stands twice."""
    levels = value if isinstance(value, list | tuple) else [None]
    if len(levels) < 2 or not all(
        isinstance(level, str | int | float) and str(level).strip() for level in levels
    ):
        raise InputError(
            f"The schema gives {of} the order {typed.shown(value)}, and it must be a list of its levels from least to "
            'most, such as ["small", "medium", "large"].'
        )
    words = [str(level).strip() for level in levels]
    twice = next((word for place, word in enumerate(words) if word in words[:place]), None)
    if twice is not None:
        raise InputError(
            f"The schema gives {of} an order with {brief(twice)!r} twice. Take one of the two out."
        )
    return words
