from __future__ import annotations

import inspect
from typing import Any

import pytest

from honed.families.plain import Plain
from honed.families.usual import UsualFamily, UsualNetworks
from honed.family import Family, Networks
from honed.findings import Finding

NOTE = Finding("a", "note", "b", {}, "c", "d")


@pytest.mark.parametrize(("usual", "contract"), [(UsualFamily, Family), (UsualNetworks, Networks)])
def test_what_is_usual_is_a_part_of_the_contract_with_its_parameters(usual: type, contract: type) -> None:
    for name, method in vars(usual).items():
        if name.startswith("_"):
            continue
        asked = getattr(contract, name)
        assert isinstance(method, property) == isinstance(asked, property)
        if not isinstance(method, property):
            assert list(inspect.signature(method).parameters) == list(inspect.signature(asked).parameters)
    assert issubclass(Plain, usual)


def test_nothing_is_special() -> None:
    family, networks = UsualFamily(), UsualNetworks()
    rows: Any = object()
    params: Any = {"0.weight": object()}
    assert family.settled(rows, rows) is rows and family.glance(rows, {}) is None
    assert family.unexplained(iter([NOTE]), [], "") == [NOTE] and not family.exports
    assert networks.augment(None, None, rows, rows) is rows and networks.hides(None) == {}
    assert networks.neutral(params, None, None, rows, rows) is params
    assert networks.settle(params, None, None, rows, rows, rows) is params
    with pytest.raises(AssertionError, match="'onnx' is not among the exports"):
        family.export(None, "onnx", "a")
