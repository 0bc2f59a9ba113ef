"""The steps of an experiment's edit, read back from its entry in the ledger."""

from __future__ import annotations

import pytest

from honed.report.facts import AND, steps


def test_one_setting_with_its_value_before_and_after() -> None:
    assert steps({"edit": "dropout", "from": 0.0, "to": 0.2}) == {"dropout": (0.0, 0.2)}


def test_the_value_of_one_setting_may_be_a_list() -> None:
    entry = {"edit": "hidden_sizes", "from": [8, 8], "to": [16]}
    assert steps(entry) == {"hidden_sizes": ([8, 8], [16])}


def test_several_settings_have_their_values_in_the_order_of_their_names() -> None:
    edit = {"optimizer": ("adam", "sgd"), "momentum": (0.0, 0.9), "learning_rate": (0.001, 0.1)}
    entry = {
        "edit": AND.join(edit),
        "from": [before for before, _ in edit.values()],
        "to": [after for _, after in edit.values()],
    }
    assert steps(entry) == edit


def test_values_that_are_not_one_for_each_name_are_an_error() -> None:
    with pytest.raises(ValueError, match="argument"):
        steps({"edit": AND.join(("optimizer", "momentum")), "from": ["adam"], "to": ["sgd", 0.9]})
