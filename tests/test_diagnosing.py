"""Which of the two forms of `honed.diagnose` is meant."""

from __future__ import annotations

import numpy as np
import pytest

import honed

X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)


def test_a_module_is_told_from_a_function() -> None:
    torch = pytest.importorskip("torch")
    model = torch.nn.Linear(3, 1)
    honed.diagnose(model, torch.nn.MSELoss(), (X, X[:, :1]), epochs=1)
    honed.diagnose(model=model, loss_fn=torch.nn.MSELoss(), data=(X, X[:, :1]), epochs=1)
    with pytest.raises(honed.InputError, match="of PyTorch"):
        honed.diagnose(model, (X, X[:, :1]))  # pyright: ignore[reportCallIssue]


def test_a_function_is_a_loss_in_jax() -> None:
    def loss(params, rows):
        return ((rows[0] @ params["w"] - rows[1]) ** 2).mean()

    honed.diagnose(loss_fn=loss, params={"w": np.zeros(3, np.float32)}, data=(X, X[:, 0]), epochs=1)
