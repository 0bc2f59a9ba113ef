"""Settings: bad values and contradictions are refused, batches follow the rows."""

from __future__ import annotations

from typing import Any

import pytest

from honed.errors import InputError
from honed.heads import Head
from honed.nets.spec import NetworkSpec
from honed.settings import build, declarations
from honed.train.spec import TrainingSpec

NAMED = [(kind, name) for kind in (NetworkSpec, TrainingSpec) for name in declarations(kind)]


@pytest.mark.parametrize(("kind", "name"), NAMED, ids=[name for _, name in NAMED])
def test_every_setting_refuses_what_its_declaration_excludes(kind: type, name: str) -> None:
    declaration = declarations(kind)[name]
    wrong: list[Any] = ["nonsense", float("nan"), object()]
    if declaration.kind in (int, float):
        wrong.append([-1] if declaration.many else -1)
    for value in wrong:
        with pytest.raises(InputError, match=f"'{name}' is .* but it must be"):
            kind(**{name: value})
    kind(**{name: getattr(kind(), name)})


def test_unknown_setting_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no setting 'lerning_rate'. Did you mean 'learning_rate'"):
        build([NetworkSpec, TrainingSpec], {"lerning_rate": 1})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"momentum": 0.9}, "own memory"),
        ({"nesterov": True, "optimizer": "sgd"}, "needs momentum"),
        ({"patience": 3, "early_stopping": False}, "nothing would wait"),
    ],
)
def test_contradictions_are_refused_with_the_reason(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        TrainingSpec(**settings)


@pytest.mark.parametrize(("rows", "batch"), [(20, 20), (1000, 64), (8000, 128), (20_000, 256), (50_000, 512)])
def test_automatic_batch_follows_the_rows(rows: int, batch: int) -> None:
    assert TrainingSpec().batch(rows) == batch
    assert TrainingSpec(batch_size="full").batch(rows) == rows


@pytest.mark.parametrize("shares", [(0.9,), (0.1, 0.2), (0.6, 0.7, 0.99)])
def test_quantiles_on_one_side_of_the_median_are_refused_with_what_to_add(shares: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match=r"one side of 0\.5.*Add the median: \(.*0\.5.*\)"):
        TrainingSpec(loss="quantile", quantiles=shares)
    assert TrainingSpec(quantiles=shares).quantiles == shares  # of no account without the loss


KIND, SIZE = Head("kind", 3), Head("size")


@pytest.mark.parametrize(
    ("loss", "classes", "task"), [("poisson", True, "regression"), ("cross_entropy", False, "multi")]
)
def test_a_loss_of_another_kind_of_target_says_which_task_it_is_of(
    loss: str, classes: bool, task: str
) -> None:
    with pytest.raises(InputError, match=rf"say the task if the target is meant otherwise \({task}"):
        TrainingSpec(loss=loss).loss_for(classes)


def test_each_head_has_the_loss_that_fits_it() -> None:
    assert TrainingSpec().parts([KIND, SIZE]) == (("cross_entropy", 3), ("squared", 1))
    assert TrainingSpec(loss="huber").parts([KIND, SIZE]) == (("cross_entropy", 3), ("huber", 1))
    assert TrainingSpec(loss="quantile").parts([KIND, SIZE])[1] == ("quantile", 3)
    own = Head("price", loss="absolute")
    assert TrainingSpec(loss="squared", label_smoothing=0.1).parts([KIND, own]) == (
        ("squared", 3),
        ("absolute", 1),
    )


@pytest.mark.parametrize(
    ("settings", "heads", "reason"),
    [
        ({"monitor": "accuracy"}, [KIND, SIZE], "2 targets"),
        ({"loss": "huber"}, [KIND, KIND], "the target is classes"),
        ({"label_smoothing": 0.1}, [SIZE, SIZE], "no labels to smooth"),
        ({}, [KIND, Head("size", loss="cross_entropy")], "the target is numbers"),
    ],
)
def test_what_fits_no_head_is_refused(settings: dict[str, Any], heads: list[Head], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        TrainingSpec(**settings).parts(heads)
