from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_modules import KIND, X, Y, seen, stack
from torch import nn

import honed

ERRORS = ("error", "warning")


@pytest.mark.parametrize(
    ("model", "loss", "data"),
    [
        (stack(5, 32, 32, 1), nn.MSELoss(), (X, Y)),
        (stack(5, 32, 3, activation=nn.Tanh), nn.CrossEntropyLoss(), (X, KIND)),
        (nn.Sequential(nn.Linear(5, 32), nn.LayerNorm(32), nn.GELU(), nn.Linear(32, 1)), nn.L1Loss(), (X, Y)),
        (stack(5, 16, 1, last=nn.Sigmoid()), nn.BCELoss(), (X, (KIND > 0).astype("f4")[:, None])),
    ],
)
def test_a_sound_network_is_not_accused(model: Any, loss: Any, data: Any) -> None:
    found = honed.diagnose(model, loss, data, learning_rate=3e-3, epochs=60)
    assert [one.what for one in found if one.severity == "error"] == []


def test_rules_for_all_trainings_speak_of_modules_and_pytorch() -> None:
    found = seen(stack(5, *[32] * 12, 1, activation=nn.Sigmoid), nn.MSELoss())["vanishing-gradient"]
    assert "in 0, 2" in found.what and "nn.ReLU()" in found.action
    assert "lr=" in seen(stack(5, 32, 32, 1), nn.MSELoss(), learning_rate=1e-7)["rate-too-low"].action
    assert "rate-too-high" in seen(stack(5, 32, 32, 1), nn.MSELoss(), learning_rate=1.0)
    model = stack(5, 32, 32, 1)
    nn.init.constant_(model[0].bias, -50)
    assert "relu before 2" in seen(model, nn.MSELoss())["dead-units"].what


def test_the_page_shows_what_its_example_prints(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "diagnosis" / "pytorch.md").read_text()
    example, said = (re.search(rf"```{kind}\n(.*?)```", page, flags=re.DOTALL) for kind in ("python", "text"))
    assert example is not None and said is not None
    model = stack(5, 16, 1)
    given = {"optimizer": torch.optim.Adam(model.parameters(), lr=1e-2), "loss_fn": nn.MSELoss()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns of the shapes as well
        exec(example[1], {"model": model, "X": X, "y": Y[:, 0], **given})
    assert " ".join(said[1].split()) in " ".join(capsys.readouterr().out.split())


def test_a_loss_that_overflows_is_said_to_have() -> None:
    assert "not-finite" in seen(stack(5, 8, 1), lambda o, t: ((1000 * o).exp() - t).mean())


@pytest.mark.parametrize(
    ("given", "named", "message"),
    [
        ((stack(5, 8, 1), nn.MSELoss, (X, Y)), {}, "the class MSELoss"),
        ((stack(5, 8, 1), 3, (X, Y)), {}, "function of"),
        ((nn.ReLU(), nn.MSELoss(), (X, Y)), {}, "no parameters"),
        ((stack(5, 8, 1), nn.MSELoss(), (X, Y)), {"optimizer": "sgd"}, "torch.optim"),
        ((stack(5, 8, 1), nn.MSELoss(), (X, Y)), {"batch_size": 0}, "above 0"),
        ((stack(5, 8, 1), nn.MSELoss(), (X, Y)), {"epochs": 1.5}, "whole number"),
    ],
)
def test_wrong_settings_are_one_clear_message(given: Any, named: Any, message: str) -> None:
    with pytest.raises(honed.InputError, match=message):
        honed.diagnose(*given, **named)


def test_numbers_of_numpy_are_numbers() -> None:
    settings = {"batch_size": np.int64(32), "epochs": np.int32(2), "learning_rate": np.float32(1e-3)}
    honed.diagnose(stack(5, 8, 1), nn.MSELoss(), (X, Y), **settings)


def test_a_solved_training_by_lbfgs_is_blamed_for_no_length_of_its_steps() -> None:
    model = stack(5, 16, 3, activation=nn.Tanh)
    classes = X[:, :3].argmax(1)
    found = honed.diagnose(
        model,
        nn.CrossEntropyLoss(),
        (X, classes),
        optimizer=torch.optim.LBFGS(model.parameters()),
        batch_size=200,
    )
    assert not {"frozen-layer", "rate-too-low", "rate-too-high"} & {one.id for one in found}
