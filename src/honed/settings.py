"""One declaration for each setting: default, valid values, error message, search range, help.

A spec is a frozen dataclass whose fields are made by `setting`. `build` makes specs of what users give and checks
them. Read `setting` first.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import functools
import math
import operator
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from honed.errors import InputError
from honed.typed import shown

_INTERVAL = re.compile(r"([\[(])\s*(\S+),\s*(\S+)\s*([\])])")
T = TypeVar("T")
Spec = Any  # a dataclass whose fields are made by `setting`, or a value of it
Value = Any  # of a setting: a number, a text, a truth value, None, or a tuple of such


@dataclasses.dataclass(frozen=True)
class Declaration:
    """What one setting may be, and where the search may look for it."""

    kind: type
    valid: str = "(-inf, inf)"
    choices: tuple[Value, ...] = ()
    search: tuple[Value, ...] = ()
    log: bool = False
    widest: tuple[float, float] | tuple[()] = ()
    group: str = ""
    needs: str = ""
    switched: bool = False
    one_of: str = ""
    by_factor: bool = False
    structure: bool = True
    optional: bool = False
    words: tuple[str, ...] = ()
    many: bool = False
    by_layer: bool = False
    each: str = "hidden layer"
    form: tuple[str, str] = ("", "")
    help: str = ""

    @property
    def span(self) -> tuple[float, float] | None:
        """From where to where the search looks for numbers; None where it has a few values."""
        is_span = self.kind in (int, float) and len(self.search) == 2 and not (self.choices or self.by_factor)
        return (self.search[0], self.search[1]) if is_span else None

    @property
    def is_real(self) -> bool:
        """Whether the search may try any number of a range."""
        return self.span is not None and self.kind is float

    @property
    def values(self) -> tuple[Value, ...]:
        """Each value that the search may try; none for a range of real numbers."""
        if self.span is None:
            return self.search
        low, high = self.span
        if self.is_real:
            return ()
        whole = (2**power for power in range(64)) if self.log else range(int(low), int(high) + 1)
        return tuple(number for number in whole if low <= number <= high)

    def problem(self, value: Value) -> str | None:
        """Say what `value` must be, or None when it is fine."""
        if value is None and self.optional:
            return None
        if isinstance(value, str) and (value in self.words or self._has_form(value)):
            return None
        if isinstance(value, (tuple, list)):
            fine = (self.many or self.by_layer) and all(self._one_is_valid(item) for item in value)
        else:
            fine = not self.many and self._one_is_valid(value)
        return None if fine else self.expectation()

    def expectation(self) -> str:
        """The valid values in words."""
        if self.choices:
            text = "one of " + ", ".join(repr(choice) for choice in self.choices)
        else:
            noun = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}[self.kind]
            limits = "" if self.valid == "(-inf, inf)" or self.kind in (bool, str) else f" in {self.valid}"
            text = noun + limits
        if self.many:
            text = f"a list, each item {text}"
        if self.by_layer:
            text += f", or a list of them, one for each {self.each}"
        for word in self.words:
            text += f", or {word!r}"
        if self.form[1]:
            text += f", or {self.form[1]}"
        return text + (", or None" if self.optional else "")

    def _has_form(self, value: str) -> bool:
        return bool(self.form[0]) and re.fullmatch(self.form[0], value) is not None

    def _one_is_valid(self, value: Value) -> bool:
        if self.choices:
            return any(value == choice and type(value) is type(choice) for choice in self.choices)
        if self.kind in (bool, str):
            return isinstance(value, self.kind)
        if isinstance(value, bool) or not hasattr(value, "__float__") or isinstance(value, str):
            return False
        try:
            number = float(value)
        except (OverflowError, TypeError):  # a whole number beyond all floats; a class and not its value
            return False
        whole = self.kind is float or (hasattr(value, "__index__"))
        return whole and not math.isnan(number) and _contains(self.valid, number)


def setting(default: T, kind: type, **facts: Value) -> T:
    """A dataclass field that carries its `Declaration`; `facts` are the declaration's fields.

    Parameters
    ----------
    default : value when the user says nothing.
    kind : int, float, bool or str.
    valid : interval in mathematical notation, such as ``"[0, 1)"``; ``inf`` is allowed.
    choices : the only values allowed, in place of an interval.
    words : texts allowed beside numbers, such as ``("auto",)``.
    optional : whether None is allowed (the part is absent).
    many : whether the value is a list of `kind`.
    by_layer : whether the value may also be a list, one item for each hidden layer, or for `each` other part.
    form : a pattern that a text may have, and what it means in words.
    search : (low, high) or the values that the search tries; empty when it is not searched.
    log : whether the search moves on a logarithmic scale; whole numbers are then powers of 2.
    widest : how far the search may widen a logarithmic range on whose edge the best value sits; empty for not at all.
    group : the knobs with which it is searched, by name; without a group it always is.
    needs : another searched setting without which this one says nothing, and is not asked for.
    switched : whether the search first asks if it is used at all; it is 0 where not.
    one_of : a word that settings share of which a candidate has one at most.
    by_factor : whether the values of `search` are factors on what its rule gives.
    structure : whether another choice needs another compiled program; a range of real numbers never does.
    help : one sentence for a person.
    """
    return dataclasses.field(default=default, metadata={"setting": Declaration(kind, **facts)})


def declarations(spec: Spec) -> dict[str, Declaration]:
    """The declarations of a spec class or value, by name."""
    return {
        field.name: field.metadata["setting"]
        for field in dataclasses.fields(spec)
        if "setting" in field.metadata
    }


def check(spec: Spec) -> None:
    """Raise `InputError` for the first setting of `spec` whose value is not valid."""
    for name, declaration in declarations(spec).items():
        value = getattr(spec, name)
        expected = declaration.problem(value)
        if expected:
            options = [*declaration.choices, *declaration.words]
            near = close(value, options, in_list=declaration.many) if isinstance(value, str) else ""
            raise InputError(f"The setting {name!r} is {shown(value)}, but it must be {expected}.{near}")


def build(kinds: Iterable[type], values: Mapping[str, Value]) -> tuple[Spec, ...]:
    """Build one spec of each class in `kinds` from flat `values`; an unknown name is refused.

    Raises
    ------
    InputError : a name belongs to no class (the nearest known name is suggested), or a value is not valid.
    """
    classes = tuple(kinds)
    known = [name for kind in classes for name in declarations(kind)]
    for name in values:
        if name not in known:
            raise InputError(f"There is no setting {shown(name)}.{nearest(name, known)}")
    built = tuple(
        kind(**{name: plain(values[name]) for name in declarations(kind) if name in values})
        for kind in classes
    )
    for spec in built:
        check(spec)
    return built


def plain(value: Value) -> Value:
    """The value as Python's own: NumPy's scalars as numbers, texts and durations, lists, arrays and ranges as tuples.

    What is none of these stays as it is, to be refused by its declaration.
    """
    if isinstance(value, type):
        return value
    is_duration = getattr(getattr(value, "dtype", None), "kind", "") == "m" and getattr(value, "ndim", 1) == 0
    if is_duration:  # whose list may be a count of its unit
        return value if value != value else value.astype("timedelta64[us]").tolist()
    if hasattr(value, "tolist"):  # NumPy, pandas, JAX; as they are they would not be JSON
        value = value.tolist()
    if isinstance(value, list | tuple | range):
        return tuple(map(plain, value))
    if value is None or type(value) in (bool, int, float):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if hasattr(value, "__index__"):
        return operator.index(value)
    if hasattr(value, "__float__"):
        with contextlib.suppress(OverflowError):
            return float(value)
    return value


def nearest(word: str, known: Iterable[str]) -> str:
    """A sentence that suggests the nearest known word, or lists them all when none is near."""
    options = sorted(known)
    return close(word, options) or (" Known: " + ", ".join(map(_listed, options)) + "." if options else "")


def _listed(option: str) -> str:
    """A word as a list shows it: quoted only where its own signs could be taken for those of the list."""
    return option if re.fullmatch(r"[\w./+-]+(?: [\w./+-]+)*", option) else repr(option)


def close(word: str, options: Iterable[Value], *, in_list: bool = False) -> str:
    """A sentence that suggests the option nearest to the word, or a list of it; empty where none is near."""
    texts = [option for option in options if isinstance(option, str)]
    found = difflib.get_close_matches(word, texts, n=1, cutoff=0.5)
    return f" Did you mean {(found if in_list else found[0])!r}?" if found else ""


def _contains(interval: str, number: float) -> bool:
    opening, low, high, closing = _ends(interval)
    above = number >= low if opening == "[" else number > low
    below = number <= high if closing == "]" else number < high
    return above and below


@functools.cache
def _ends(interval: str) -> tuple[str, float, float, str]:
    match = _INTERVAL.fullmatch(interval)
    assert match, interval
    opening, low, high, closing = match.groups()
    return opening, float(low), float(high), closing
