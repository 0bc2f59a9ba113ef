"""Values as source come back as they were, and fit on a screen."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from honed.families.exports.literals import WIDTH, Name, literal


@dataclass
class Pair:
    a: object
    b: tuple[int, ...] = ()
    c: dict[str, int] = field(default_factory=dict)


@pytest.mark.parametrize(
    "value",
    [
        {"a": (1,), 'b"': [0.1, -1e300, None], "c\\'": True},
        tuple(f"word {place}" for place in range(60)),
        {f"name {place}": (float(place), 1 / (place + 1)) for place in range(40)},
        Pair(("x" * 90, "ü\n"), c={"a" * 60: 1, "b" * 60: 2}),
        [{"a": None, "b": "text"}] * 9,
    ],
)
def test_a_value_comes_back_from_its_source(value: object) -> None:
    source = literal(value)
    assert eval(source, {"Pair": Pair}) == value
    assert max(map(len, source.splitlines())) <= WIDTH


def test_what_is_at_its_default_is_left_out_and_names_are_no_texts() -> None:
    assert literal(Pair(Name("network_1"))) == "Pair(a=network_1)"
    assert literal({"a": 'say "x"', "b": "plain"}) == """{"a": 'say "x"', "b": "plain"}"""
