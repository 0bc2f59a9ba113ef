"""Trainings against PyTorch's, recorded by `tests/references/record_pytorch.py`: optimizers, schedules, losses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.settings import build
from honed.train import loop
from honed.train.examples import Examples
from honed.train.spec import TrainingSpec

FOLDER = Path(__file__).parents[1] / "references" / "pytorch"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "table")
TRAIN, VALID = np.arange(30, dtype=np.int32), np.arange(30, 42, dtype=np.int32)
TOLERANCE = 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_a_hundred_steps_end_where_pytorchs_do(name: str) -> None:
    recorded = json.loads((FOLDER / f"{name}.json").read_text())
    table = {key: np.array(values) for key, values in json.loads((FOLDER / "table.json").read_text()).items()}
    network, training = build([NetworkSpec, TrainingSpec], {**recorded["network"], **recorded["training"]})
    rows = Encoded(table["X"].astype(np.float32), np.zeros((len(table["X"]), 0), np.int32))
    outputs = recorded["outputs"]
    y = table["numbers"].astype(np.float32) if outputs == 1 else table["classes"].astype(np.int32)
    inputs = Inputs(rows.numeric.shape[1], 0, (), ())
    data = Examples.of(NETWORKS, inputs, rows, y, outputs=outputs)
    start = {key: np.array(value, np.float32) for key, value in recorded["start"].items()}
    valid = VALID if training.early_stopping else VALID[:0]
    params, record = loop.fit(network, training, data, TRAIN, valid, start=start)

    assert set(params) == set(recorded["end"])
    for key, value in recorded["end"].items():
        near(params[key], value, key)
    near(record.train_loss, recorded["train_loss"], "train_loss")
    near(record.rate, recorded["rate"], "rate")
    if training.early_stopping:
        near(record.valid_loss, recorded["valid_loss"], "valid_loss")
        assert len(set(recorded["rate"])) > 2, "the recorded rate never fell twice"
    six = Encoded(rows.numeric[30:36], rows.codes[30:36])
    near(mlp.predict(params, network, inputs, six), recorded["predicted"], "predicted")


def near(found: Any, recorded: Any, what: str) -> None:
    recorded = np.array(recorded)
    np.testing.assert_allclose(found, recorded, rtol=0, atol=TOLERANCE * np.abs(recorded).max(), err_msg=what)


def test_what_pytorch_has_was_recorded() -> None:
    assert {"sgd", "momentum", "nesterov", "rmsprop", "adam", "nadam", "adamw", "l2", "clip"} <= set(NAMES)
    assert {name for name in NAMES if name.startswith("schedule_")} == {
        f"schedule_{name}"
        for name in (
            "step", "exponential", "linear", "cosine", "flat_cosine", "one_cycle", "warmup", "plateau_0", "plateau_4",
        )
    }  # fmt: skip
