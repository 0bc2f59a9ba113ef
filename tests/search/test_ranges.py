"""What the study is asked for: the settings that declare it, in a fixed order, and what their answers make."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import optuna
import pytest

from honed.families.table.presets import presets
from honed.nets.spec import NetworkSpec
from honed.search.ranges import DEFAULT_GROUPS, GROUPS, Ranges
from honed.settings import declarations, setting
from honed.train.spec import TrainingSpec

PRESETS = presets("regression", 5_000, 4, 32)
ALL = ("linear", "log")


@dataclass(frozen=True, kw_only=True)
class Tuned(NetworkSpec):
    """A spec with four settings more, each declared in one line and named nowhere else."""

    slack: float = setting(0.5, float, valid="[0, 1]", search=(0.1, 0.9), help="A number.")
    shade: str = setting("red", str, choices=("red", "blue"), search=("red", "blue"), help="A choice.")
    depth_of_shade: int = setting(
        2, int, valid="[0, 9]", search=(1, 3), needs="residual", help="Of residual."
    )
    haze: float = setting(0.0, float, valid="[0, 1]", search=(0.2, 0.4), switched=True, help="Or none.")


def ranges(of: Any = PRESETS, groups: Any = GROUPS, **more: Any) -> Ranges:
    return Ranges(of, ALL, ("robust",), batch=128, most={"width": 256}, groups=groups, **more)


def asked(of: Ranges, preset: Any = PRESETS[0], **answers: Any) -> list[str]:
    trial = optuna.trial.FixedTrial(of.answers(preset, "log", "robust") | answers)
    of.ask(trial)
    return list(trial.params)


def test_the_order_of_the_questions_is_that_of_earlier_versions() -> None:
    """Another order would draw other candidates from the same seed."""
    assert asked(ranges(), sparse=False) == [
        *("recipe", "depth", "width", "taper", "normalization", "residual", "activation"),
        *("numeric_embedding", "embedding_sigma", "batch", "has_dropout", "dropout"),
        *("has_penalty", "sparse", "penalty", "weight_decay", "optimizer", "schedule", "ntk_rate", "target"),
    ]
    assert asked(ranges(groups=()), PRESETS[1]) == [
        *("recipe", "activation", "numeric_embedding", "batch", "learning_rate", "target")
    ]


def test_every_group_that_is_declared_has_its_place() -> None:
    declared = (declarations(NetworkSpec) | declarations(TrainingSpec)).values()
    always = {"activation", "embedding", "batch", "rate"}
    assert {declaration.group for declaration in declared if declaration.search} == {*GROUPS, *always}
    assert set(DEFAULT_GROUPS) < set(GROUPS)


def test_a_setting_is_searched_by_its_declaration_alone() -> None:
    more = tuple(replace(preset, network=Tuned(**asdict(preset.network))) for preset in PRESETS)
    made = ranges(more)
    names = asked(made, more[0], residual=True, haze=0.3, has_haze=True)
    assert names[-6:] == ["slack", "shade", "depth_of_shade", "has_haze", "haze", "target"]
    assert "depth_of_shade" not in asked(made, more[0], residual=False)
    answers = made.answers(more[0], "linear", "robust")
    network, training = made.specs({**answers, "slack": 0.7, "shade": "blue", "depth_of_shade": 3})
    assert (network.slack, network.shade, network.depth_of_shade, network.haze) == (0.7, "blue", 3, 0.0)
    assert isinstance(training, TrainingSpec)
    assert [name for name in ("slack", "shade", "depth_of_shade", "has_haze", "haze") if made.is_structure(name)] == [
        *("shade", "depth_of_shade", "has_haze")
    ]  # fmt: skip


def test_what_means_nothing_here_is_not_asked_for_nor_what_needs_it() -> None:
    assert {"numeric_embedding", "embedding_sigma"} <= set(asked(ranges()))
    left = asked(ranges(without=["numeric_embedding"]))
    assert not {"numeric_embedding", "embedding_sigma"} & set(left)


def test_whole_numbers_stay_below_what_the_budget_allows() -> None:
    assert ranges().distribution("width").choices == (32, 64, 128, 256)  # pyright: ignore[reportAttributeAccessIssue]
    wide = tuple(replace(preset, network=replace(preset.network, width=512)) for preset in PRESETS)
    assert ranges(wide).answers(wide[0], "log", "robust")["width"] == 256
    network, _ = ranges(wide, groups=()).specs(ranges(wide).answers(wide[0], "log", "robust"))
    assert network.width == 256


@pytest.mark.parametrize(
    ("optimizer", "factor", "momentum"), [("adam", 1, 0), ("sgd", 10, 0.9), ("lion", 0.1, 0)]
)
def test_an_optimizer_has_rates_of_its_own(optimizer: str, factor: float, momentum: float) -> None:
    made = ranges()
    _, training = made.specs(
        made.answers(PRESETS[1], "log", "robust") | {"optimizer": optimizer, "learning_rate": 1e-3}
    )
    assert training.learning_rate == pytest.approx(1e-3 * factor)
    assert training.momentum == momentum


def test_a_recipe_with_rates_of_its_own_has_a_range_of_its_own() -> None:
    made = ranges()
    assert made.part("learning_rate", PRESETS[0]) == "ntk_rate"
    assert (made.span("ntk_rate"), made.span("learning_rate")) == ((0.01, 0.5), (3e-4, 2e-2))
    assert made.widest("ntk_rate") == made.widest("learning_rate")


@pytest.mark.parametrize("name", ["l1", "l2", "weight_decay"])
def test_a_penalty_takes_the_place_of_another(name: str) -> None:
    made = ranges()
    trial = optuna.trial.FixedTrial(made.answers(PRESETS[0], "log", "robust"))
    made.ask(trial)
    parts = {key: (value, trial.distributions[key]) for key, value in trial.params.items()}
    found = made.with_penalty(parts, name, 0.1)
    assert found["has_penalty"][0] and found["sparse"][0] == (name == "l1")
    assert ("penalty" in found) == (name != "l1")
    assert not made.with_penalty(found, name, 0.0)["has_penalty"][0]
