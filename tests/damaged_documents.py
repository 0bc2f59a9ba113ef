"""Every damage that a JSON document can take: at each place, each of some wrong values."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

WRONG: tuple = (
    None, True, -1, 10**30, -(10**400), 0.5, float("nan"), float("inf"), "\ud800", "1" * 9000, [], [[]], {},
    ["red", "red"],
)  # fmt: skip


def damaged(document: Any, wrong: tuple = (..., *WRONG)) -> Iterator[Any]:
    """The document with one value wrong, for each of its places; Ellipsis takes the place out."""
    for place in list(_places(document)):
        for value in wrong:
            yield _altered(document, place, value)


def _places(value: object, before: tuple = ()) -> Iterator[tuple]:
    """The path of every value inside a document, its own left out; of lists the first item."""
    items: list = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))[:1]
    for name, inner in items:
        yield (*before, name)
        yield from _places(inner, (*before, name))


def _altered(document: Any, place: tuple, value: object) -> Any:
    document = copy.deepcopy(document)
    inner = document
    for name in place[:-1]:
        inner = inner[name]
    if value is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return document
