"""JSON to what a type says, or a sentence that says where it is something else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, NotRequired, Required, TypedDict

import numpy as np
import pytest

from honed.typed import Misfit, finite, take, unique


class Point(NamedTuple):
    x: float
    y: float = 0.0


@dataclass(frozen=True)
class Shape:
    name: str
    points: tuple[Point, ...]
    kind: Literal["open", "closed"] = "open"
    layers: tuple[int, ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)


class Total(TypedDict):
    number: int
    more: NotRequired[float | None]


class Partial(TypedDict, total=False):
    number: Required[int]
    more: list[str]


def test_a_dataclass_is_built_with_all_that_is_inside_it() -> None:
    value = {"name": "line", "points": [{"x": 1}, {"x": 2.5, "y": -1}], "kind": "closed", "layers": [3]}
    assert take(Shape, value) == Shape("line", (Point(1), Point(2.5, -1)), "closed", (3,))


def test_arrays_are_lists_of_numbers() -> None:
    np.testing.assert_array_equal(take(np.ndarray, [1, 2.5]), [1.0, 2.5])
    with pytest.raises(Misfit, match="must be a number"):
        take(np.ndarray, [1, "2"])


def test_names_beside_those_of_a_typed_dict_pass() -> None:
    assert take(Total, {"number": 1, "other": "x"}) == {"number": 1, "other": "x"}
    assert take(Partial, {"number": 1}) == {"number": 1}


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (int, True, "is True, but it must be a whole number"),
        (int, 1.0, "is 1.0, but it must be a whole number"),
        (int, 2**63, "must be a whole number"),
        (float, 10**400, "must be a number"),
        (str, None, "is None, but it must be a text"),
        (bool, 1, "must be true or false"),
        (list[int], [1, "a"], r"it\[1\] is 'a'|\[1\] is 'a'"),
        (dict[str, int], {"a": None}, "a is None"),
        (int | None, "x", "must be a whole number"),
        (Literal["a", "b"], "c", "one of 'a', 'b'"),
        (Shape, [], "must be a mapping"),
        (Shape, {"name": "a"}, "points is missing"),
        (Shape, {"name": "a", "points": [], "colour": 1}, "colour is no name that is known here"),
        (Shape, {"name": "a", "points": [{"x": "1"}]}, r"points\[0\].x is '1'"),
        (Total, {}, "number is missing"),
        (Total, {"number": 1, "more": "x"}, "more is 'x', but it must be a number"),
        (Partial, {"more": []}, "number is missing"),
    ],
)
def test_something_else_is_refused_with_its_place(kind: Any, value: object, words: str) -> None:
    with pytest.raises(Misfit, match=words):
        take(kind, value)


def test_long_values_are_told_by_their_beginning() -> None:
    with pytest.raises(Misfit) as caught:
        take(int, "x" * 10_000)
    assert len(str(caught.value)) < 150


def test_numbers_are_finite_and_names_unique() -> None:
    finite([1, 2], "here")
    unique("ab", "here")
    with pytest.raises(Misfit, match="here holds a number that is not finite"):
        finite([1, np.inf], "here")
    with pytest.raises(Misfit, match="here holds 'a' twice"):
        unique("aba", "here")


def test_a_number_of_too_many_digits_to_write_is_told() -> None:
    with pytest.raises(Misfit, match="is a huge number, but"):
        take(float, 10**5000)
