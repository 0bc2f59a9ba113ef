"""How a family is found by its address, and which one a file may name."""

from __future__ import annotations

import pytest

from honed.errors import InputError
from honed.families.table import TABLE
from honed.family import Family, Signs, find_family, find_known_family


def test_without_an_address_tables_are_meant() -> None:
    meant: Family = TABLE
    assert find_family(None) is meant and find_known_family(None) is meant
    assert find_family("honed.families.table:TABLE") is meant


@pytest.mark.parametrize(
    "address", ["honed.families.tables:TABLE", "honed.families.table:table", "", ":", "x"]
)
def test_an_address_that_leads_nowhere_is_refused(address: str) -> None:
    if address:
        with pytest.raises(InputError, match=r"package\.module:NAME"):
            find_family(address)


def test_a_file_may_name_what_is_imported_already_and_nothing_else() -> None:
    with pytest.raises(InputError, match="if you trust it"):
        find_known_family("antigravity:Family")
    assert find_known_family(f"{__name__}:HERE") is HERE


HERE = object()


@pytest.mark.parametrize(("rise", "gap", "overfits"), [(0.0, 1.2, False), (0.1, 1.2, True), (0.0, 0.5, True)])
def test_what_overfits(rise: float, gap: float, overfits: bool) -> None:
    assert Signs(rise, gap, 0.5).overfits is overfits
