"""The keywords of an estimator, from the declarations of its settings: signature, storing and docstring.

A dataclass is the list of keywords: its fields are made by `honed.settings.setting`, or by `keyword` for what only the
estimators have. Read `of` first.
"""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from os import PathLike
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from honed.settings import Spec, Value, declarations, nearest
from honed.typed import JSON

P = ParamSpec("P")
T = TypeVar("T")
Estimator = Any  # of whose class the `__init__` is
_WIDTH = 100  # letters of a line of help
_COLUMNS = "a list of column names (of an array: positions), or None"


class Keyword(NamedTuple):
    """One keyword: what it may be, in words, and what it does."""

    name: str
    default: Value
    valid: str
    help: str


def keyword(default: T, valid: str, help: str) -> T:
    """A dataclass field for a keyword that is no setting of a spec; `fit` checks its value."""
    return dataclasses.field(default=default, metadata={"keyword": (valid, help)})


def listed(settings: Spec) -> Iterator[Keyword]:
    """The keywords that a dataclass stands for, in the order of its fields."""
    declared = declarations(settings)
    for field in dataclasses.fields(settings):
        if field.name in declared:
            valid, help = declared[field.name].expectation(), declared[field.name].help
        else:
            valid, help = field.metadata["keyword"]
        yield Keyword(field.name, field.default, valid, help)


@dataclasses.dataclass(frozen=True, kw_only=True)
class OfColumns:
    """Keywords of every estimator: what columns are, which overrules what their cells look like."""

    categorical: Iterable[str | int] | None = keyword(
        None, _COLUMNS, "Columns that are levels, whatever their cells look like; of others the cells decide."
    )
    numeric: Iterable[str | int] | None = keyword(
        None,
        _COLUMNS,
        "Columns that are numbers, whatever their cells look like; of others the cells decide.",
    )
    date: Iterable[str | int] | None = keyword(
        None,
        _COLUMNS,
        "Columns of dates or times, also where they do not look so; of others the cells decide.",
    )
    exclude: Iterable[str | int] | None = keyword(
        None, _COLUMNS, "Columns to leave out; rows to predict have them all the same."
    )
    missing: Iterable[str | float] | None = keyword(
        None,
        "a list of words and numbers, or None",
        "What means an empty cell in any column of X, such as 'unknown' or -999, beside NaN and None.",
    )
    schema: Mapping[str, JSON] | str | PathLike[str] | None = keyword(
        None,
        "a document as `honed fit --dry-run --json` prints it, the path of one, or None",
        "What the columns are that it names, and how their cells are read.",
    )


def of(
    settings: Callable[P, object],
) -> Callable[[Callable[..., None]], Callable[Concatenate[Estimator, P], None]]:
    """Give an `__init__` the keywords of a dataclass, with their defaults; it gets them all.

    Raises
    ------
    TypeError
        When an estimator is made with a keyword that it does not have (the message suggests the nearest).
    """
    hints = typing.get_type_hints(settings)
    parameters = [
        parameter.replace(annotation=hints[name])
        for name, parameter in inspect.signature(settings).parameters.items()
    ]
    defaults = {parameter.name: parameter.default for parameter in parameters}
    me = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)

    def decorate(store: Callable[..., None]) -> Callable[Concatenate[Estimator, P], None]:
        def __init__(self: Estimator, *positions: Value, **given: Value) -> None:
            called = f"{type(self).__name__}.__init__()"
            if positions:
                raise TypeError(f"{called} takes 1 positional argument but {1 + len(positions)} were given")
            for name in given:
                if name not in defaults:
                    raise TypeError(
                        f"{called} got an unexpected keyword argument {name!r}.{nearest(name, defaults)}"
                    )
            store(self, **{**defaults, **given})

        __init__.__doc__, __init__.__module__ = store.__doc__, store.__module__
        __init__.__qualname__ = store.__qualname__
        __init__.__annotations__ = {**hints, "return": None}
        __init__.__signature__ = inspect.Signature([me, *parameters])  # pyright: ignore[reportFunctionMemberAccess]
        return __init__

    return decorate


def documented(title: str, text: str, settings: Spec) -> str:
    """A docstring: the title, then `text` but for its first line, where ``{keywords}`` becomes the list of all."""
    said = []
    for name, default, valid, help in listed(settings):
        lines = textwrap.wrap(help, _WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8)
        said += [f"    {name} : {valid}, default {default!r}", *lines]
    return f"{title}\n{text.partition(chr(10))[2]}".replace("    {keywords}", "\n".join(said))
