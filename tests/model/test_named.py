"""Names of the columns of predictions."""

from __future__ import annotations

import pytest

from honed.errors import InputError
from honed.model.named import check_apart, of_targets
from honed.table.target import Target

KIND = Target("kind", "binary", ("elm", "oak"), "")
SIZE = Target("size", "regression", (), "")


def test_one_target_has_plain_names() -> None:
    assert of_targets([KIND]) == [("prediction", ("p_elm", "p_oak"))]
    assert of_targets([SIZE]) == [("prediction", ())]


def test_of_several_each_name_says_its_target() -> None:
    assert of_targets([KIND, SIZE]) == [
        ("prediction_kind", ("p_kind_elm", "p_kind_oak")),
        ("prediction_size", ()),
    ]


def test_targets_whose_columns_have_one_name_are_refused() -> None:
    check_apart([KIND, SIZE])
    one, other = Target("a", "binary", ("b_c", "d"), ""), Target("a_b", "binary", ("c", "d"), "")
    with pytest.raises(InputError, match=r"'a' and 'a_b' would both give predictions a column 'p_a_b_c'"):
        check_apart([one, other])
