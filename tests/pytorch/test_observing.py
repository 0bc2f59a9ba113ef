from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from small_modules import KIND, X, Y, facts, stack
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from honed.errors import InputError


def test_a_training_is_as_the_users_own_would_be() -> None:
    """Full batches and one step a pass, so that nothing depends on the order."""
    model = stack(5, 8, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    rows = [(torch.from_numpy(X), torch.from_numpy(Y))]
    found = facts(model, nn.MSELoss(), rows, optimizer=optimizer, epochs=20)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(rows[0][0]), rows[0][1])
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    np.testing.assert_allclose(found.case.train_loss, losses, rtol=1e-5)
    assert found.case.chance == pytest.approx(float(Y.var()), rel=1e-5)
    assert found.case.when.called(20) == "step 20"


def test_lazy_modules_dictionaries_and_several_outputs_pass() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.LazyLinear(4)

        def forward(self, a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            found = self.inner(torch.cat([a, b], 1)).tanh()
            return found[:, :1], found[:, 1:]

    found = facts(Two(), lambda out, y: (out[0] - y).square().mean(), ({"a": X, "b": X}, Y), epochs=2)
    assert found.case.epochs > 0


def test_rows_of_steps_and_pictures_pass() -> None:
    pictures = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(36, 3))
    found = facts(
        pictures, nn.CrossEntropyLoss(), (np.repeat(X, 5, axis=1).reshape(200, 1, 5, 5), KIND), epochs=2
    )
    assert found.case.hidden_names == ("relu before 4",)
    assert (found.case.classes, found.has_batch_norm) == (3, True)


def test_a_loader_is_not_split() -> None:
    rows = TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    found = facts(stack(5, 8, 1), nn.MSELoss(), DataLoader(rows, batch_size=50, shuffle=True), epochs=5)
    assert (found.case.rows, found.case.valid_rows, found.case.batch_size) == (200, 0, 50)
    assert np.isnan(found.case.valid_loss).all()


@pytest.mark.parametrize(
    ("loss", "data", "message"),
    [
        (nn.MSELoss(reduction="none"), (X, Y), r"array of shape \(64, 1\)"),
        (lambda outputs, targets: 1.0, (X, Y), "gives float"),
        (nn.MSELoss(), (X[:, :3], Y), "do not pass"),
    ],
)
def test_what_cannot_be_trained_is_one_clear_message(loss: Any, data: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        facts(stack(5, 8, 1), loss, data)
