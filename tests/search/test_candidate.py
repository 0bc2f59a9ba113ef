"""A candidate's settings as a file keeps them."""

from __future__ import annotations

import pytest

from honed.families.table import TABLE
from honed.families.table.presets import presets
from honed.nets.spec import NetworkSpec
from honed.search.candidate import BESIDE, Candidate, encoding_spec, plain
from honed.settings import build, declarations
from honed.train.spec import TrainingSpec

PRESETS = presets("regression", 5_000, 4, 32)


@pytest.mark.parametrize("spec", [PRESETS[0].network, PRESETS[0].training, NetworkSpec(), TrainingSpec()])
def test_a_spec_comes_back_from_its_plain_values(spec: NetworkSpec | TrainingSpec) -> None:
    (again,) = build([type(spec)], plain(spec))
    assert again == spec


def test_a_setting_is_of_the_network_or_its_training_or_of_what_is_beside_them() -> None:
    found = Candidate(0, "c", NetworkSpec(width=7), TrainingSpec(epochs=5), "log", "standard", {"width": 1})
    assert [found.setting(name) for name in ("width", "epochs", *BESIDE)] == [7, 5, "log", "standard"]


def test_the_encoding_is_a_setting_whose_default_is_the_usual_one() -> None:
    kind = encoding_spec(TABLE)
    assert kind().encoding == TABLE.encodings[0] == TABLE.searched_encodings[0]
    (declared,) = declarations(kind).values()
    assert declared.choices == TABLE.encodings


def test_the_settings_of_a_candidate_give_it_again() -> None:
    told = Candidate(0, "c", NetworkSpec(width=7), TrainingSpec(epochs=5), "log", "standard", {}).settings()
    again = build([NetworkSpec, TrainingSpec], told["network"] | told["training"])
    assert list(again) == [NetworkSpec(width=7), TrainingSpec(epochs=5)]
    assert (told["target"], told["encoding"]) == ("log", "standard")
