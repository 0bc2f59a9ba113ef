"""JSON values to what a type says: how every document that honed reads is checked, at the place where it is read.

The annotations of a dataclass, a `NamedTuple` or a `TypedDict` are the description; nothing is written twice.
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Iterable, Mapping, Sequence
from types import UnionType
from typing import Any, Literal, TypeVar, Union

T = TypeVar("T")

JSON = Any  # dict, list, text, number, truth value or None, nested

_WORDS = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
_FLOATS = (float, float | None)
_LARGEST = 2**63  # whole numbers below are what arrays can hold
_SHOWN = 60  # letters of a value in a message


class Misfit(ValueError):
    """A document does not hold what it must; the message says where, and what stands there."""


def take(kind: type[T], value: JSON, place: str = "") -> T:
    """`value`, made of JSON's types, as `kind`.

    Parameters
    ----------
    kind : str, bool, int, float, a `Literal`; a union, list, tuple or dict of these; `np.ndarray` (a list of numbers);
        a dataclass or `NamedTuple` (built from its fields, and those with a default may be missing); a `TypedDict`
        (names beside its own pass).
    value : what JSON gave. Whole numbers pass as floats.
    place : where the value stands, for messages.

    Raises
    ------
    Misfit
        The value is something else.
    """
    return _take(kind, value, place)


def require(holds: object, place: str, problem: str) -> None:
    """Raise `Misfit` with the place and the problem unless the condition holds."""
    if not holds:
        raise Misfit(f"{place} {problem}".strip())


def finite(numbers: object, place: str) -> None:
    """Raise `Misfit` unless all numbers are finite."""
    import numpy as np

    require(np.isfinite(np.asarray(numbers, np.float64)).all(), place, "holds a number that is not finite")


def unique(names: Iterable[str], place: str) -> None:
    """Raise `Misfit` for a name that stands twice."""
    names = list(names)
    twice = (
        next((name for number, name in enumerate(names) if name in names[:number]), None)
        if (len(set(names)) < len(names))
        else None
    )
    require(twice is None, place, f"holds {shown(twice)} twice")


def shown(value: JSON) -> str:
    """A value for a message: the beginning of a long one."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of thousands of digits
        text = "a huge number"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _take(kind: Any, value: JSON, place: str) -> Any:
    if kind is Any or kind is object:
        return value
    if kind in _WORDS:
        return _plain(kind, value, place)
    if kind is None or kind is type(None):
        return _as(value is None, value, place, "null")
    if typing.is_typeddict(kind):
        return _typed_dict(kind, value, place)
    if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or hasattr(kind, "_fields")):
        return _built(kind, value, place)
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Required, typing.NotRequired):
        return _take(parts[0], value, place)
    if origin is Literal:
        is_one = any(value == part and type(value) is type(part) for part in parts)
        return _as(is_one, value, place, "one of " + ", ".join(map(repr, parts)))
    if origin in (Union, UnionType):
        return _one_of(parts, value, place)
    if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_take(parts[0], each, f"{place}[{n}]") for n, each in enumerate(_list(value, place)))
    if origin in (list, Sequence):
        if parts[0] in _FLOATS and isinstance(value, list) and all(type(each) is float for each in value):
            return value  # the many curves of a run
        return [_take(parts[0], each, f"{place}[{n}]") for n, each in enumerate(_list(value, place))]
    if origin in (dict, Mapping):
        return {name: _take(parts[1], each, _at(place, name)) for name, each in _dict(value, place).items()}
    return _array(kind, value, place)


def _array(kind: Any, value: JSON, place: str) -> Any:
    import numpy as np  # here: the command line's settings need this module at once, and no arrays

    if kind is not np.ndarray:
        raise TypeError(f"{kind} cannot be read from JSON")
    return np.array([_plain(float, each, place) for each in _list(value, place)], np.float64)


def _plain(kind: type, value: JSON, place: str) -> Any:
    fits = isinstance(value, (int, float) if kind is float else kind)
    fits = fits and (kind is bool or not isinstance(value, bool))
    if fits and isinstance(value, int):
        fits = abs(value) < _LARGEST
    return _as(fits, value, place, _WORDS[kind])


def _one_of(kinds: Sequence[Any], value: JSON, place: str) -> Any:
    problem = None
    for kind in kinds:
        try:
            return _take(kind, value, place)
        except Misfit as misfit:
            problem = problem if value is not None and kind is type(None) else misfit
    raise problem or Misfit(f"{place} is {shown(value)}")


def _typed_dict(kind: Any, value: JSON, place: str) -> dict[str, Any]:
    found = dict(_dict(value, place))
    for name, part in _hints(kind).items():
        # `__required_keys__` knows nothing of Required and NotRequired where annotations are texts.
        mark = typing.get_origin(part)
        if name in found:
            found[name] = _take(part, found[name], _at(place, name))
        elif mark is typing.Required or (kind.__total__ and mark is not typing.NotRequired):
            raise Misfit(f"{_at(place, name)} is missing")
    return found


def _built(kind: Any, value: JSON, place: str) -> Any:
    found = _dict(value, place)
    hints, optional = _hints(kind), _optional(kind)
    for name in found:
        require(name in hints, _at(place, name), "is no name that is known here")
    for name in hints:
        require(name in found or name in optional, _at(place, name), "is missing")
    return kind(**{name: _take(hints[name], each, _at(place, name)) for name, each in found.items()})


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def _optional(kind: Any) -> set[str]:
    if not dataclasses.is_dataclass(kind):
        return set(kind._field_defaults)
    none = dataclasses.MISSING
    return {
        f.name for f in dataclasses.fields(kind) if f.default is not none or f.default_factory is not none
    }


def _list(value: JSON, place: str) -> list[JSON]:
    return _as(isinstance(value, list | tuple), value, place, "a list")


def _dict(value: JSON, place: str) -> dict[str, JSON]:
    return _as(isinstance(value, dict), value, place, "a mapping of names to values")


def _as(fits: bool, value: JSON, place: str, words: str) -> Any:
    require(fits, place or "it", f"is {shown(value)}, but it must be {words}")
    return value


def _at(place: str, name: str) -> str:
    name = name if len(name) <= _SHOWN else name[:_SHOWN] + "…"
    return f"{place}.{name}" if place else name
