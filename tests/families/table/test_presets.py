"""The published defaults: what the data decide about them, and that they are in the order promised."""

from __future__ import annotations

import pytest

from honed.families.table.presets import MANY, presets, widest


def test_the_published_recipe_comes_first() -> None:
    names = [preset.name for preset in presets("regression", 5_000, 3, 64)]
    assert names == ["RealMLP-TD", "narrowing", "periodic MLP"]


def test_dropout_falls_with_the_rows_and_says_so() -> None:
    few, many, most = (presets("regression", rows, 3, 64)[0] for rows in (100_000, 200_000, 600_000))
    assert [preset.network.dropout for preset in (few, many, most)] == [0.15, 0.075, 0.0]
    assert "dropout" not in few.rules
    assert "100,000" in many.rules["dropout"] and "500,000" in most.rules["dropout"]


def test_of_very_many_numbers_a_linear_network_on_few_of_them_has_to_be_beaten() -> None:
    names = [preset.name for preset in presets("regression", 200, MANY, 64, "few")]
    assert names[:2] == ["sparse linear", "RealMLP-TD on few columns"] and "RealMLP-TD" in names
    first, second, *others = presets("regression", 200, 10_000, 64, "few")
    assert first.network.layers == 0 and first.training.l1 > 0
    assert first.encoding == second.encoding == "few" and second.network.numeric_embedding == "periodic"
    assert all(preset.encoding is None and not preset.network.numeric_embedding for preset in others)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_each_says_why(task: str) -> None:
    assert all(preset.reason for preset in presets(task, 5_000, 3, 64))


def test_numbers_published_for_realmlp() -> None:
    """RealMLP-TD in arXiv 2407.04491 and pytabkit's default parameters, label smoothing left out."""
    classes, values = (presets(task, 5_000, 3, 256)[0] for task in ("binary", "regression"))
    assert (classes.training.learning_rate, values.training.learning_rate) == (0.04, 0.2)
    assert (classes.network.activation, values.network.activation) == ("selu", "mish")
    for preset in (classes, values):
        t, n = preset.training, preset.network
        assert (t.optimizer, t.beta1, t.beta2, t.epsilon) == ("adam", 0.9, 0.95, 1e-8)
        assert (t.schedule, t.weight_decay) == ("coslog4", 0.02)
        assert (t.dropout_schedule, t.weight_decay_schedule) == ("flat_cosine", "flat_cosine")
        assert (t.bias_rate, t.scale_rate, t.embedding_rate, t.slope_rate) == (0.1, 6.0, 0.1, 0.1)
        assert n.sizes(2) == (256, 256, 256)
        assert (n.dropout, n.parametrization, n.init, n.feature_scale) == (0.15, "ntk", "data", True)
        assert (n.embedding_sigma, n.embedding_frequencies, n.embedding_size) == (0.1, 16, 4)


def test_without_numeric_columns_nothing_is_embedded() -> None:
    assert all(preset.network.numeric_embedding is None for preset in presets("binary", 500, 0, 64))


@pytest.mark.parametrize(
    ("rows", "is_brief", "units"), [(4_000, False, 512), (4_001, False, 256), (100, True, 256)]
)
def test_the_widest_layer_costs_little(rows: int, is_brief: bool, units: int) -> None:
    assert widest(rows, is_brief=is_brief) == units


def test_the_lectures_network_narrows() -> None:
    narrowing = presets("binary", 5_000, 3, 64)[1].network
    assert narrowing.sizes(2) == (256, 128, 64)
