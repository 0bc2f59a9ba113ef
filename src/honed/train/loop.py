"""Train one network: `fit`. The loop over calls of the compiled program, on one screen."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from honed import seeds
from honed.encode.encoder import Encoded, Inputs
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.train import program
from honed.train.packing import Packing
from honed.train.record import Record
from honed.train.schedules import penalty_factors, rate_factors
from honed.train.spec import TrainingSpec

_ROWS_IN_CALL = 32_768  # training rows in one call: enough that calling costs nothing, few enough to look in
_EPOCHS_IN_CALL = 32
_TRACED = ("dropout", "input_dropout", "embedding_sigma")  # numbers of a NetworkSpec that are not structure


@dataclass(frozen=True)
class Examples:
    """A whole encoded table, on the device; which rows are used is said to `fit`.

    Shapes: rows.numeric (rows, numbers), rows.codes (rows, categories), targets (rows,), weights (rows,).
    """

    inputs: Inputs
    outputs: int
    loss: str
    rows: Encoded
    targets: Any
    weights: Any
    count: int


def examples(
    inputs: Inputs,
    rows: Encoded,
    targets: np.ndarray,
    *,
    outputs: int,
    weights: np.ndarray | None = None,
    pad: bool = False,
) -> Examples:
    """Put encoded rows and targets on the device.

    Parameters
    ----------
    targets : int32 class numbers (outputs classes), or float32 standardised values (outputs 1).
    weights : one factor for each row's loss; default 1.
    pad : pad the rows to one of a few sizes, so that small fits share programs.
    """
    count = len(targets)
    size = _padded(count) if pad else count
    loss = "cross_entropy" if np.issubdtype(targets.dtype, np.integer) else "squared"
    weights = np.ones(count, np.float32) if weights is None else weights.astype(np.float32)
    arrays = [_pad(part, size) for part in (rows.numeric, rows.codes, targets, weights)]
    numeric, codes, on_targets, on_weights = program.put(arrays)
    return Examples(inputs, outputs, loss, Encoded(numeric, codes), on_targets, on_weights, count)


def fit(
    network: NetworkSpec,
    training: TrainingSpec,
    data: Examples,
    train: np.ndarray,
    valid: np.ndarray,
    *,
    seed: int = 0,
    stop_after: int | None = None,
) -> tuple[mlp.Parameters, Record]:
    """Train and give back the parameters of the best epoch, with the record.

    Parameters
    ----------
    train, valid : row numbers; with no validation rows the last epoch is kept.
    seed : decides initialisation, order and dropout, each by a generator of its own name.
    stop_after : stop after this many epochs of the schedule, as when a best epoch is known beforehand.
    """
    began = time.perf_counter()
    structure = _structure(network, training, data, len(train))
    params = mlp.initialize(network, data.inputs, data.outputs, _sample(data, train, seed), seed)
    packing = Packing.of(params)
    state: Any = program.start(structure, packing.pack(params, np))
    table = program.Data(
        data.rows, data.targets, data.weights, _pad(valid.astype(np.int32), structure.valid_rows)
    )
    knobs = _knobs(network, training, len(train), len(valid))
    steps = math.ceil(len(train) / structure.batch)
    total = steps * training.epochs
    last = min(training.epochs, stop_after or training.epochs)
    run, compile_seconds, curves = None, 0.0, []
    for first in range(0, last, structure.epochs):
        count = min(structure.epochs, last - first)
        step = (first + np.arange(structure.epochs))[:, None] * steps + np.arange(structure.steps)
        args = (
            state,
            table,
            knobs,
            _orders(structure, train, seed, first, count),
            rate_factors(training, step, total),
            penalty_factors(training, step, total),
            np.uint32(seeds.number(seed, "dropout", first)),
            np.int32(count),
        )
        if run is None:
            compiled = program.compile_program(structure, packing, args)
            run, compile_seconds = compiled.call, compiled.seconds
        state, part = run(*args)
        curves.append(np.stack([np.asarray(c)[:count] for c in part]))
        if bool(state.stopped):
            break
    epochs = int(state.epoch)
    train_loss, valid_loss, rate = np.concatenate(curves, axis=1)[:, :epochs]
    record = Record(
        train_loss,
        valid_loss,
        rate,
        int(state.best_epoch),
        epochs * steps,
        compile_seconds,
        time.perf_counter() - began - compile_seconds,
        bool(state.diverged),
    )
    return packing.unpack({role: np.asarray(vector) for role, vector in state.best.items()}), record


def _plain(network: NetworkSpec) -> NetworkSpec:
    """The network with every traced number at its default, so that equal structures compare equal."""
    return replace(network, dropout=0.0, input_dropout=0.0, embedding_sigma=0.1)


def _structure(network: NetworkSpec, training: TrainingSpec, data: Examples, rows: int) -> program.Structure:
    padded = int(data.targets.shape[0])
    return program.Structure(
        network=_plain(network),
        inputs=data.inputs,
        outputs=data.outputs,
        loss=data.loss,
        optimizer=training.optimizer,
        has_momentum=bool(training.momentum),
        nesterov=training.nesterov,
        has_clip=training.gradient_clip is not None,
        has_penalties=training.has_penalties,
        has_dropout=bool(network.dropout),
        has_input_dropout=bool(network.input_dropout),
        batch=_padded(rows) if training.batch_size == "full" else training.batch(padded),
        rows=padded,
        epochs=max(1, min(_EPOCHS_IN_CALL, _ROWS_IN_CALL // padded)),
    )


def _knobs(network: NetworkSpec, training: TrainingSpec, train_rows: int, valid_rows: int) -> dict[str, Any]:
    t = training
    never = 2**30
    plateau = t.schedule == "plateau"
    numbers = {
        name: np.float32(getattr(t, name))
        for name in (
            "learning_rate",
            "momentum",
            "rho",
            "beta1",
            "beta2",
            "epsilon",
            "l1",
            "l2",
            "weight_decay",
            "label_smoothing",
            "min_delta",
            "plateau_factor",
            "bias_rate",
            "scale_rate",
            "embedding_rate",
            "slope_rate",
        )
    }
    return numbers | {
        "gradient_clip": np.float32(t.gradient_clip or 1),
        "dropout": np.float32(network.dropout),
        "input_dropout": np.float32(network.input_dropout),
        "plateau_patience": np.int32(t.plateau_patience if plateau else never),
        "patience": np.int32(t.patience if t.patience is not None else never),
        "train_rows": np.int32(train_rows),
        "valid_rows": np.int32(valid_rows),
    }


def _orders(structure: program.Structure, train: np.ndarray, seed: int, first: int, count: int) -> np.ndarray:
    """Row numbers in the order they are seen, int32 (epochs of a call, steps × batch)."""
    orders = np.zeros((structure.epochs, structure.steps * structure.batch), np.int32)
    for epoch in range(count):
        rng = seeds.generator(seed, "order", first + epoch)
        orders[epoch, : len(train)] = rng.permutation(train)
    return orders


def _sample(data: Examples, train: np.ndarray, seed: int) -> Encoded:
    """Some training rows, for starting values that look at data."""
    chosen = seeds.generator(seed, "sample").permutation(train)[:1024]
    return Encoded(*(np.asarray(part)[chosen] for part in data.rows))


def _pad(values: Any, size: int) -> np.ndarray:
    if len(values) == size:
        return np.ascontiguousarray(values)
    padded = np.zeros((size, *values.shape[1:]), values.dtype)
    padded[: len(values)] = values
    return padded


def _padded(rows: int) -> int:
    """The next of a short list of sizes: powers of two and the halves between them, from 32 on."""
    size = 32
    while size < rows:
        size = size * 3 // 2 if size & (size - 1) == 0 else size * 4 // 3
    return size
