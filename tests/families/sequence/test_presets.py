"""The first networks of a search on sequences."""

from __future__ import annotations

import optuna
import pytest

from honed.families.sequence import presets
from honed.families.sequence.inputs import SequenceInputs
from honed.families.sequence.networks import NETWORKS
from honed.nets.sequence_spec import MOST_MEMORY
from honed.search.ranges import Ranges
from honed.train.recipe import Preset


def found(time: int = 128, rows: int = 7_000) -> tuple[Preset, ...]:
    return presets.presets("multiclass", rows, SequenceInputs(time, 6), 20)


def test_convolutions_come_first_and_each_has_a_source() -> None:
    names = [preset.name for preset in found()]
    assert names[:2] == ["convolutions", presets.PLAINEST] and len(set(names)) == 4
    assert all("20" in preset.reason and preset.training.epochs == 20 for preset in found())
    clips = {preset.name: preset.training.gradient_clip for preset in found()}
    assert clips["gru"] and clips["convolutions, gru"] and not clips["convolutions"]


@pytest.mark.parametrize("time", [1, 2, 12, 40, 100, 1_000, 20_000])
def test_sequences_of_any_length_have_networks_that_can_be_paid(time: int) -> None:
    for preset in found(time):
        if preset.name != "gru" and preset.network.blocks:
            steps = -(-time // preset.network.stride)
            assert steps <= 40 or preset.network.stride == 8
            assert preset.network.kernel_size > preset.network.stride or preset.network.stride == 1
        assert NETWORKS.cost(preset.network, SequenceInputs(time, 6), 6) < 3e9


@pytest.mark.parametrize("time", [1, 12, 100, 1_000])
def test_a_search_can_ask_for_what_each_is_made_of(time: int) -> None:
    tried = found(time)
    ranges = Ranges(tried, ("classes",), ("scaled",), 64, {"width": presets.widest(is_brief=True)})
    for preset in tried:
        answers = ranges.answers(preset, "classes", "scaled")
        ranges.ask(optuna.trial.FixedTrial(answers))
        network, training = ranges.specs(answers)
        assert network == preset.network and training.gradient_clip == preset.training.gradient_clip


def test_sequences_longer_than_any_memory_have_networks() -> None:
    assert found(132_300)[-1].network.memory == MOST_MEMORY


def test_a_shortened_sequence_is_explained_and_fewer_rows_have_fewer_kernels() -> None:
    assert "brought to 32" in found(128)[0].rules["stride"] and not found(20)[0].rules
    kernels = [found(rows=rows)[1].network.random_kernels for rows in (50, 1_000, 50_000)]
    assert kernels == sorted(kernels) and kernels[0] == 64 and kernels[-1] == 512


def test_fewer_units_where_time_is_short() -> None:
    assert presets.widest(is_brief=True) < presets.widest(is_brief=False)
