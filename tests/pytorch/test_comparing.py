from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from small_modules import KIND, X, Y, stack
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from honed.pytorch import comparing
from honed.pytorch.rows import Rows, called, rows

MODEL = stack(5, 3)


def of(x: np.ndarray, y: np.ndarray) -> Rows:
    return rows(
        DataLoader(TensorDataset(torch.from_numpy(x), torch.from_numpy(y)), batch_size=20),
        MODEL,
        20,
        held=0,
        seed=0,
    )[0]


def test_rows_of_both_sets_are_counted() -> None:
    assert comparing.shared(of(X[:100], Y[:100]), of(X[80:120], Y[80:120])) == 0.5


def test_order_is_measured_against_chance() -> None:
    order = np.argsort(KIND, kind="stable")
    chance = float((np.bincount(KIND) / 200) @ (np.bincount(KIND) / 200))
    assert comparing.ordered(of(X[order], KIND[order])) == pytest.approx(197 / 199 / chance)
    assert comparing.ordered(of(X, KIND)) < 1.3
    assert np.isnan(comparing.ordered(of(X, Y)))


def test_a_sum_doubles_and_a_mean_does_not() -> None:
    parts = [(torch.from_numpy(X[at : at + 20]), torch.from_numpy(KIND[at : at + 20])) for at in (0, 20)]
    assert comparing.growth(MODEL, nn.CrossEntropyLoss(), parts) == pytest.approx(1)
    assert comparing.growth(MODEL, nn.CrossEntropyLoss(reduction="sum"), parts) == pytest.approx(2)


class Two(NamedTuple):
    a: torch.Tensor
    b: torch.Tensor


@pytest.mark.parametrize("form", [lambda a, b: (a, b), Two, lambda a, b: {"a": a, "b": b}])
def test_rows_are_mixed_in_inputs_of_any_form(form: Callable[..., Any]) -> None:
    class Model(nn.Module):
        def __init__(self, *, is_mixing: bool) -> None:
            super().__init__()
            self.is_mixing = is_mixing

        def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
            return a + (b.mean(0) if self.is_mixing else b)

    targets = torch.from_numpy(Y)
    parts = [
        (form(torch.from_numpy(X[at : at + 20]), torch.from_numpy(X[at : at + 20])), targets[at : at + 20])
        for at in (0, 20)
    ]
    for is_mixing in (True, False):
        model = Model(is_mixing=is_mixing)
        outputs = [called(model, inputs) for inputs, _ in parts]
        assert (comparing.mixed(model, parts, outputs, 1.0) > 0) == is_mixing
