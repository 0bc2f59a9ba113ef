from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from small_modules import X, Y, stack
from torch.utils.data import DataLoader, TensorDataset

from honed.errors import InputError
from honed.pytorch import rows as module
from honed.pytorch.rows import rows

MODEL = stack(5, 8, 1)


def test_arrays_are_held_out_once_and_seen_once_a_pass() -> None:
    training, held = rows((X.astype(np.float64), Y), MODEL, 16, held=0.2, seed=0)
    assert held is not None and (training.count, held.count, training.steps) == (160, 40, 10)
    seen = torch.cat([inputs for inputs, _ in training.passes(0, 1)])
    assert seen.dtype == torch.float32
    both = torch.cat([seen, *(inputs for inputs, _ in held.once())])
    assert len(np.unique(both.numpy(), axis=0)) == len(X)


def test_a_loader_gives_its_own_batches() -> None:
    data = TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    training, held = rows(DataLoader(data, batch_size=30), MODEL, 16, held=0.2, seed=0)
    assert (held, training.count, training.size, training.steps, training.shuffled) == (
        None,
        200,
        30,
        7,
        False,
    )
    assert torch.equal(next(training.passes(0, 0))[0], torch.from_numpy(X[:30]))
    assert rows(data, MODEL, 16, held=0.2, seed=0)[0].shuffled


def test_batches_of_a_generator_are_kept() -> None:
    given = (
        (torch.from_numpy(X[at : at + 10]), torch.from_numpy(Y[at : at + 10])) for at in range(0, 50, 10)
    )
    training, _ = rows(given, MODEL, 16, held=0.2, seed=0)
    assert [len(list(training.passes(0, number))) for number in range(2)] == [5, 5]


def test_several_inputs_are_several_arguments() -> None:
    assert module.called(lambda a, b: a + b, [1, 2]) == 3  # pyright: ignore[reportArgumentType]
    assert module.called(lambda a, b: a - b, {"b": 1, "a": 2}) == 1  # pyright: ignore[reportArgumentType]
    assert module.pair((1, 2, 3)) == ((1, 2), 3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((X, Y[:10]), "10, 200 rows"),
        ((X[:1], Y[:1]), "1 rows, too few"),
        ((np.where(X[3, 2] == X, np.nan, X), Y), r"inputs hold nan at \[3, 2\]"),
        ((X.astype(str), Y), "needs numbers"),
        ({"a": X}, "no inputs and targets can be told"),
        (DataLoader([torch.zeros(5)] * 4), "needs to be"),  # pyright: ignore[reportArgumentType]
        ([], "no batch"),
    ],
)
def test_wrong_data_are_one_clear_message(data: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        rows(data, MODEL, 16, held=0.2, seed=0)
