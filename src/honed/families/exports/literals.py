"""Values as Python source that a person reads: `literal`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass

import numpy as np

from honed.typed import JSON

WIDTH = 110


class Name(str):
    """A name, or an expression, that stands in the source as it is."""


def literal(value: JSON | Name | object, indent: int = 0, lead: int = 0) -> str:
    """The source of a value, on several lines where one is too short.

    Dataclasses are calls that leave out what is at its default. `lead` is what stands on the line before it.
    """
    short = _short(value)
    if len(short) + indent + lead <= WIDTH:
        return short
    pad = " " * (indent + 4)
    if is_dataclass(value):
        items = [f"{name}={literal(own, indent + 4, len(name) + 2)}" for name, own in _told(value)]
        return (
            f"{type(value).__name__}(\n" + "".join(f"{pad}{item},\n" for item in items) + " " * indent + ")"
        )
    if isinstance(value, Mapping):
        pairs = [(_short(key), own) for key, own in value.items()]
        items = [f"{key}: {literal(own, indent + 4, len(key) + 3)}" for key, own in pairs]
        return "{\n" + "".join(f"{pad}{item},\n" for item in items) + " " * indent + "}"
    if isinstance(value, (tuple, list)):
        opening, closing = ("(", ")") if isinstance(value, tuple) else ("[", "]")
        lines = _filled([literal(own, indent + 4, 1) for own in value], WIDTH - indent - 4)
        return f"{opening}\n" + "".join(f"{pad}{line}\n" for line in lines) + " " * indent + closing
    return short


def _filled(items: Sequence[str], width: int) -> list[str]:
    """Short items side by side, long ones on lines of their own."""
    lines: list[str] = []
    for item in items:
        if lines and "\n" not in item + lines[-1] and len(lines[-1]) + len(item) + 2 <= width:
            lines[-1] += f" {item},"
        else:
            lines.append(f"{item},")
    return lines


def _told(value: object) -> list[tuple[str, object]]:
    """The fields of a dataclass that differ from their defaults."""
    plain = []
    for field in fields(value):  # type: ignore[arg-type]
        own = getattr(value, field.name)
        default = field.default_factory() if callable(field.default_factory) else field.default
        if own is default or (not isinstance(own, np.ndarray) and own == default):
            continue
        plain.append((field.name, own))
    return plain


def _short(value: object) -> str:
    """The source on one line."""
    if isinstance(value, Name):
        return str(value)
    if is_dataclass(value):
        return f"{type(value).__name__}({', '.join(f'{name}={_short(own)}' for name, own in _told(value))})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_short(key)}: {_short(own)}" for key, own in value.items()) + "}"
    if isinstance(value, tuple):
        inner = ", ".join(map(_short, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return f"[{', '.join(map(_short, value))}]"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    """A text in double quotes where that needs no escapes."""
    return f'"{text}"' if repr(text) == f"'{text}'" and '"' not in text else repr(text)
