from __future__ import annotations

import json
import math
import os

import numpy as np
import pytest
from safetensors.numpy import save_file
from told_runs import Make, append, story

from honed.run.journal import Journal


def test_curves_say_when_the_best_epoch_was(make: Make) -> None:
    curves = story(make().path)["why"]["curves"]
    assert "best at epoch 2 of 4, with 0.5" in curves["says"]
    assert curves["leaders"][0]["gap"] == pytest.approx(0.6 / 0.5)


def test_a_training_that_failed_is_told_without_a_score(make: Make) -> None:
    run = make(finished=False)
    (run.path / "journal.jsonl").unlink()
    with Journal.create(run.path / "journal.jsonl", {"budget": None, "trials": 1}) as journal:
        value = {
            "train_loss": [math.nan],
            "valid_loss": [math.nan],
            "best_epoch": 0,
            "diverged": True,
            "loss": None,
        }
        journal.record("by hand/0/0/0", {"ok": True, "value": value})
    told = story(run.path)
    assert "stopped being a number in epoch 1; nothing of it is kept" in told["why"]["curves"]["says"]
    assert told["why"]["curves"]["leaders"][0]["train"] == [None]
    json.dumps(told, allow_nan=False)


@pytest.mark.parametrize(("best", "ended"), [(40, True), (38, True), (37, False)])
def test_a_best_epoch_near_the_end_was_still_improving(make: Make, best: int, ended: bool) -> None:
    run = make(searched=True, finished=False)
    curve = [1 - epoch / 100 for epoch in range(40)]
    for fold in (0, 1):
        append(run, f"full/3/{fold}/0", 0.1, train_loss=curve, valid_loss=curve, best_epoch=best)
    assert ("still improving" in story(run.path)["why"]["curves"]["says"]) == ended


def test_a_record_that_cannot_be_read_is_said_and_not_waited_for(make: Make) -> None:
    run = make(searched=True)
    path = run.path / "record.safetensors"
    for content in (bytes(64), b"\xff" * 7 + b"\0garbage", None):
        path.unlink(missing_ok=True)
        if content is None:
            os.mkfifo(path)
        else:
            path.write_bytes(content)
        told = story(run.path)
        assert told["why"]["layers"] is None
        (said,) = told["left_out"]
        assert said.startswith(
            "The curves inside the network are left out, as record.safetensors is damaged: "
        )


def test_layers_are_told_at_the_first_middle_and_last_probe(make: Make) -> None:
    run = make()
    gradient = np.array([[1, 1], [1, 2], [1, 3], [1, 4], [1, 5000]], np.float32)
    save_file({"gradient": gradient, "epochs": np.array([1, 2, 3, 7, 9])}, run.path / "record.safetensors")
    layers = story(run.path)["why"]["layers"]
    assert layers["epochs"] == [1, 3, 9]
    assert layers["gradient"] == [[1, 1], [1, 3], [1, 5000]]
    assert "5,000 times" in layers["says"] and "hardly learn" in layers["says"]


def test_the_gradient_through_time_is_told_for_each_recurrent_layer(make: Make) -> None:
    run, back = make(), np.array([0, 50, 99])
    fading = np.array([[1.0, 0.5, 0.1], [1.0, 0.1, 1e-9], [4.0, 0.1, 2e-9]])
    save_file(
        {
            "gradient": np.ones((3, 2), np.float32),
            "epochs": np.array([1, 2, 9]),
            "by_step": np.stack([fading, np.full((3, 3), np.nan)], axis=1).astype(np.float32),
            "back": np.tile(back, (3, 1)),
        },
        run.path / "record.safetensors",
    )
    first, second = story(run.path)["why"]["layers"]["through_time"]
    assert (
        first["says"] == "In epoch 9 the gradient of the first of 100 steps is 5e-10 of the largest step's."
    )
    assert first["back"] == back.tolist() and np.allclose(first["gradient"], fading)
    assert second["gradient"][0] == [None, None, None] and "epoch 9" in second["says"]


def test_a_network_without_recurrent_layers_has_no_gradient_through_time(make: Make) -> None:
    run = make()
    nothing = {"by_step": np.zeros((1, 0, 0), np.float32), "back": np.zeros((1, 0), np.int64)}
    save_file({"gradient": np.ones((1, 2), np.float32), **nothing}, run.path / "record.safetensors")
    assert "through_time" not in story(run.path)["why"]["layers"]
