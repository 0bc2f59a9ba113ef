"""Train one network: `fit`. The loop over calls of the compiled program, on one screen."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from honed import seeds
from honed.encode.encoder import Encoded, Inputs
from honed.encode.target import middle
from honed.errors import RunError
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.optional import optional
from honed.run import memory
from honed.train import automatic, examine, losses, probes, program
from honed.train.packing import Packing
from honed.train.record import Record
from honed.train.schedules import factors, rate_factors
from honed.train.spec import TrainingSpec
from honed.train.step import Data, Structure

_ROWS_IN_CALL = 32_768  # training rows in one call: enough that calling costs nothing, few enough to look in
_EPOCHS_IN_CALL = 32
_NEVER = 2**30
_ASKED = 256  # training rows that a trained network is asked about
_LEAST_PATIENCE = 10  # epochs without progress, where patience is a multiple of the best epoch
_NUMBERS = (
    "learning_rate", "momentum", "rho", "beta1", "beta2", "epsilon", "l1", "l2", "noise", "label_smoothing",
    "huber_delta", "min_delta", "plateau_factor", "plateau_threshold", "weight_average", "bias_rate", "scale_rate",
    "embedding_rate", "slope_rate",
)  # fmt: skip


@dataclass(frozen=True)
class Examples:
    """A whole encoded table, on the device; which rows are used is said to `fit`.

    Shapes: rows.numeric (rows, numbers), rows.codes (rows, categories), targets (rows,), weights (rows,).
    `classes` counts the target's classes and is 0 for numbers.
    """

    inputs: Inputs
    classes: int
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
    precision: str | None = None,
) -> Examples:
    """Put encoded rows and targets on the device.

    Parameters
    ----------
    targets : int32 class numbers (outputs classes), or standardised values (outputs 1).
    weights : one factor for each row's loss; default 1.
    pad : pad the rows to one of a few sizes, so that small fits share programs.
    precision : "float32" or "float64", which all of the training then has; None is that of the values, float32 for
        classes. float64 needs `jax.enable_x64`.
    """
    count = len(targets)
    size = _padded(count) if pad else count
    is_classes = np.issubdtype(targets.dtype, np.integer)
    real = np.dtype(precision or (np.float32 if is_classes else targets.dtype))
    targets = targets if is_classes else targets.astype(real, copy=False)
    weights = np.ones(count, real) if weights is None else weights.astype(real)
    numeric = rows.numeric.astype(real, copy=False)
    arrays = [_pad(part, size) for part in (numeric, rows.codes, targets, weights)]
    with program.own_rules(real):
        numeric, codes, on_targets, on_weights = program.put(arrays)
    return Examples(
        inputs, outputs if is_classes else 0, Encoded(numeric, codes), on_targets, on_weights, count
    )


def fit(
    network: NetworkSpec,
    training: TrainingSpec,
    data: Examples,
    train: np.ndarray,
    valid: np.ndarray,
    *,
    seed: int = 0,
    stop_after: int | None = None,
    start: mlp.Parameters | None = None,
) -> tuple[mlp.Parameters, Record]:
    """Train and give back the parameters of the best epoch, with the record.

    Codes and flags that no training row holds end up neutral (`mlp.typical`).

    Parameters
    ----------
    train, valid : row numbers; with no validation rows, or without early stopping, the last epoch is kept. Where none
        can be kept, for there was none that gives finite outputs, the record's `best_epoch` is 0 and the parameters
        mean nothing.
    seed : decides initialisation, order and dropout, each by a generator of its own name.
    stop_after : stop after this many epochs of the schedule, as when a best epoch is known beforehand.
    start : parameters to begin with, in place of drawn ones.

    Raises
    ------
    InputError
        The loss does not fit the target.
    RunError
        Not even one row at a time fits into memory. A larger batch that does not is halved, which the record's
        notes say, and training goes on from the last good state.
    """
    with program.own_rules(data.weights.dtype):
        return _fit(network, training, data, train, valid, seed, stop_after, start)


def _fit(
    network: NetworkSpec,
    training: TrainingSpec,
    data: Examples,
    train: np.ndarray,
    valid: np.ndarray,
    seed: int,
    stop_after: int | None,
    start: mlp.Parameters | None,
) -> tuple[mlp.Parameters, Record]:
    began = time.perf_counter()
    training, measured = automatic.resolve(network, training, data, train, seed)
    spent = measured.compile_seconds
    if not training.early_stopping and training.schedule == "plateau":
        valid = valid[:0]  # which would choose the rate
    structure = structure_of(network, training, data, len(train))
    params = started(network, data, structure.outputs, train, seed) if start is None else start
    held = mlp.Held.of(data.inputs, data.rows, train)
    if not held.covers(mlp.Held.of(data.inputs, data.rows, valid)):
        params = mlp.neutral(params, network, data.inputs, held)
    packing = Packing.of(params)
    state: Any = program.start(structure, packing.pack(params, np))
    shuffled = seeds.generator(seed, "probe").permutation(train)
    table = table_of(data, valid, structure, shuffled)
    knobs = knobs_of(network, training, data, len(train), len(valid))
    last = min(training.epochs, stop_after or training.epochs)
    first, steps_taken, curves, notes = 0, 0, [], []
    while first < last and not bool(state.stopped):
        steps = _steps(structure, training, len(train))
        step = (first + np.arange(structure.epochs))[:, None] * steps + np.arange(structure.batches)
        total, count = steps * training.epochs, min(structure.epochs, last - first)
        args = (
            state,
            table,
            knobs,
            _orders(structure, train, seed, first, count),
            _factors(training, step, total, data.weights.dtype),
            np.uint32(seeds.number(seed, "dropout", first)),
            np.int32(count),
        )
        before = int(state.epoch)
        try:
            compiled = program.compile_program(structure, packing, args)
            memory.check(compiled.bytes)
            state, part = compiled.call(*args)
            curves.append(jax.tree.map(lambda curve, count=count: np.asarray(curve)[:count], part))
        except (MemoryError, jax.errors.JaxRuntimeError) as error:
            structure = _halved(structure, error)
            notes.append(
                f"Memory ran out with {2 * structure.batch:,} rows in one step, so from epoch {first + 1} on it is "
                f"{structure.batch:,}."
            )
            state = args[0]  # the last good one, which nothing has overwritten
            continue
        spent += compiled.seconds
        first += count
        steps_taken = int(state.epoch) * steps
    epochs, call = int(state.epoch), compiled.call
    kept = packing.unpack({role: np.asarray(vector) for role, vector in state.best.items()})
    is_sound = int(state.best_epoch) > 0 and (len(valid) > 0 or _answers(network, kept, data, shuffled))
    seen = jax.tree.map(lambda *parts: np.concatenate(parts)[:epochs], *curves)
    record = Record(
        seen.train,
        seen.valid,
        _monitored(seen.watched, training),
        seen.rate,
        int(state.best_epoch) if is_sound else 0,
        steps_taken,
        spent,
        time.perf_counter() - began - spent,
        bool(state.diverged) or not is_sound,
        structure.batch,
        float(training.learning_rate),
        measured.range_test,
        measured.batch_search,
        tuple(notes),
        *_probed(seen, training, data),
        _chance(training, data, train),
        _chance(training, data, valid) if len(valid) else float("nan"),
    )
    if record.probes:
        trouble, memorised = {}, None
        if state.diverged:
            trouble = optional(
                "The look for the first number that is not finite",
                lambda: examine.trouble(call, args, epochs - before, structure, packing),
                {},
                notes.append,
            )
        if training.probes == "full" or (record.is_lost and steps_taken >= examine.LEAST_STEPS):

            def by_heart() -> float | None:
                few = examine.few(shuffled, np.asarray(data.targets))
                chance, packed = _chance(training, data, few), packing.pack(params, np)
                chance *= float(np.asarray(data.weights)[few].mean())  # on the scale of a training loss
                return (
                    examine.memorised(args, packed, structure, packing, few, chance) if chance > 0 else None
                )

            memorised = optional("The training on a few rows alone", by_heart, None, notes.append)
        record = replace(record, trouble=trouble, memorised=memorised, notes=tuple(notes))
    return _settled(kept, network, training, data, held, shuffled), record


def _settled(
    params: mlp.Parameters,
    network: NetworkSpec,
    training: TrainingSpec,
    data: Examples,
    held: mlp.Held,
    rows: np.ndarray,
) -> mlp.Parameters:
    """Parameters with a say for what training never held; see `mlp.typical`."""

    def shares(outputs: np.ndarray) -> np.ndarray:
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    some = Encoded(*(np.asarray(part)[rows[:_ASKED]] for part in data.rows))
    are_logits = data.classes and training.loss_for(True) == "cross_entropy"
    with np.errstate(all="ignore"):
        if are_logits:
            return mlp.typical(params, network, data.inputs, held, some, shares)
        return mlp.typical(params, network, data.inputs, held, some)


def _answers(network: NetworkSpec, params: mlp.Parameters, data: Examples, rows: np.ndarray) -> bool:
    """Whether some of the training rows get finite outputs.

    Without validation rows nothing has looked at a network after its last step: the training loss is of those before.
    """
    some = Encoded(*(np.asarray(part)[rows[:_ASKED]] for part in data.rows))
    with np.errstate(all="ignore"):
        return bool(np.isfinite(mlp.predict(params, network, data.inputs, some)).all())


def started(
    network: NetworkSpec, data: Examples, outputs: int, train: np.ndarray, seed: int
) -> mlp.Parameters:
    """Starting parameters, in the precision of the training."""
    params = mlp.initialize(network, data.inputs, outputs, _sample(data, train, seed), seed)
    return {name: value.astype(data.weights.dtype) for name, value in params.items()}


def structure_of(network: NetworkSpec, training: TrainingSpec, data: Examples, rows: int) -> Structure:
    """The program that a training needs."""
    padded = int(data.targets.shape[0])
    return Structure(
        network=_plain(network),
        inputs=data.inputs,
        outputs=training.outputs(data.classes),
        loss=training.loss_for(bool(data.classes)),
        monitor=training.monitor,
        optimizer="adam" if training.optimizer == "adamw" else training.optimizer,
        has_momentum=bool(training.momentum),
        nesterov=training.nesterov,
        has_clip=training.gradient_clip is not None,
        has_l1=bool(training.l1),
        has_penalties=training.has_penalties,
        has_noise=bool(training.noise),
        has_input_dropout=bool(network.input_dropout),
        drops=tuple(bool(rate) for rate in network.dropouts),
        accumulates=training.accumulation > 1,
        averages=bool(training.weight_average),
        probes=training.probes,
        batch=_padded(rows) if training.batch_size == "full" else training.batch(padded),
        rows=padded,
        epochs=max(1, min(_EPOCHS_IN_CALL, _ROWS_IN_CALL // padded)),
    )


def knobs_of(
    network: NetworkSpec, training: TrainingSpec, data: Examples, train_rows: int, valid_rows: int
) -> dict[str, Any]:
    """The traced numbers of a training."""
    t, real = training, data.weights.dtype.type
    plateau, multiple = t.schedule == "plateau", t.patience if isinstance(t.patience, str) else None
    knobs = {name: real(getattr(t, name)) for name in _NUMBERS}
    if t.loss == "quantile":
        knobs["quantiles"] = np.asarray(t.quantiles, real)
        knobs["middle"] = np.zeros(len(t.quantiles), real)
        for place, part in middle(t.quantiles):
            knobs["middle"][place] = part
    if not t.early_stopping:
        knobs["min_delta"] = real(
            -np.inf
        )  # each epoch counts as better than the one before: the last is kept
    return knobs | {
        "weight_decay": real(t.decay),
        "gradient_clip": real(t.gradient_clip or 1),
        "dropout": np.asarray(network.dropouts, real),
        "input_dropout": real(network.input_dropout),
        "plateau_patience": np.int32(t.plateau_patience if plateau else _NEVER),
        "plateau_cooldown": np.int32(t.plateau_cooldown),
        "plateau_swing": real(np.inf if t.plateau_swing is None else t.plateau_swing),
        "patience": np.int32(_NEVER if t.patience is None or multiple else t.patience),
        "patience_multiple": real(multiple[:-1] if multiple else 1),
        "patience_least": np.int32(_LEAST_PATIENCE if multiple else _NEVER),
        "accumulation": np.int32(t.accumulation),
        "train_rows": np.int32(train_rows),
        "valid_rows": np.int32(valid_rows),
        "probe_every": np.int32(probes.every(t.probes, train_rows, t.epochs)),
    }


def _plain(network: NetworkSpec) -> NetworkSpec:
    """The network with every traced number at its default, so that equal structures compare equal."""
    return replace(network, dropout=0.0, input_dropout=0.0, embedding_sigma=0.1)


def table_of(
    data: Examples, valid: np.ndarray, structure: Structure, shuffled: np.ndarray | None = None
) -> Data:
    """The table, the rows that validate, and of the shuffled training rows those that the probes look at."""
    chosen = np.zeros(0, np.int32) if shuffled is None else probes.rows_of(structure.probes, shuffled)
    valid = _pad(valid.astype(np.int32), structure.valid_rows)
    return Data(data.rows, data.targets, data.weights, valid, chosen)


def _probed(seen: Any, training: TrainingSpec, data: Examples) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What the probes measured, by name, and the epochs in which they did."""
    if training.probes == "off":
        return {}, np.zeros(0, np.int64)
    probed = np.flatnonzero(np.isfinite(seen.probes.weight).all(axis=1) | np.isfinite(seen.probes.loss))
    arrays = {name: value[probed] for name, value in seen.probes._asdict().items()}
    if training.gradient_clip is not None:
        arrays["clipped"] = seen.clipped[probed]
    return {name: value for name, value in arrays.items() if not np.isnan(value).all()}, probed + 1


def _chance(training: TrainingSpec, data: Examples, rows: np.ndarray) -> float:
    """Loss of the best constant answer on these rows."""
    targets, weights = np.asarray(data.targets)[rows], np.asarray(data.weights, np.float64)[rows]
    return losses.chance(training.loss_for(bool(data.classes)), targets, weights, training)


def _factors(training: TrainingSpec, step: np.ndarray, total: int, real: np.dtype) -> program.Factors:
    """What the schedules multiply at each step, in the precision of the training."""
    moving = (
        rate_factors(training, step, total),
        factors(training.dropout_schedule, step, total),
        factors(training.weight_decay_schedule, step, total),
    )
    return program.Factors(*(part.astype(real) for part in moving))


def _steps(structure: Structure, training: TrainingSpec, rows: int) -> int:
    """Steps in one epoch."""
    return math.ceil(math.ceil(rows / structure.batch) / training.accumulation)


def _halved(structure: Structure, error: Exception) -> Structure:
    """The structure with half the batch, if it was memory that ran out."""
    if isinstance(error, jax.errors.JaxRuntimeError) and not memory.is_out_of_memory(error):
        raise error
    if structure.batch == 1:
        raise RunError(
            f"Memory ran out with one row in a step ({_first_line(error)}), so this network cannot be trained here. "
            "Make it narrower, or free some memory."
        ) from error
    return replace(structure, batch=structure.batch // 2)


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200]


def _monitored(watched: np.ndarray, training: TrainingSpec) -> np.ndarray:
    """What was watched, by its own name: a share of right answers, where the program counts wrong ones."""
    return 1 - watched if training.monitor == "accuracy" else watched


def _orders(structure: Structure, train: np.ndarray, seed: int, first: int, count: int) -> np.ndarray:
    """Row numbers in the order they are seen, int32 (epochs of a call, steps × batch)."""
    orders = np.zeros((structure.epochs, structure.batches * structure.batch), np.int32)
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
