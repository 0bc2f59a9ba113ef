"""Names for types stand before all that uses them."""

from __future__ import annotations

from honed.families.exports.linked import linked


def test_names_of_types_come_before_the_rest() -> None:
    needed = linked("def own(row: Row) -> Answers: ...\n")
    assert [line.split(" = ")[0] for line in needed.names.splitlines()] == ["Cell", "Row", "Answers"]
    assert needed.source == ""
