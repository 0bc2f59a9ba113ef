from __future__ import annotations

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from naive_recurrence import one

from honed.families.sequence.told import words
from honed.family import STEPS
from honed.nets import sequence
from honed.nets.sequence import Batch, Shape
from honed.nets.sequence_spec import CELLS, SequenceSpec

TIME, CHANNELS = 12, 3
POOLINGS = ("last", "mean", "max", "attention")
SPECS = {
    "gru": SequenceSpec(width=4),
    "lstm": SequenceSpec(width=4, cell="lstm", layers=2, pooling="mean", memory=10),
    "rnn": SequenceSpec(
        width=4, cell="rnn", bidirectional=True, recurrent_start="identity", hidden_sizes=(5,)
    ),
    "convolutions": SequenceSpec(
        width=4, layers=0, blocks=3, kernel_size=3, pooling="max", activation="silu"
    ),
    "both": SequenceSpec(width=4, layers=2, blocks=2, stride=2, bidirectional=True, pooling="attention"),
    "as wide as inputs": SequenceSpec(width=CHANNELS, layers=0, blocks=2, stride=3, pooling="max"),
    "layer": SequenceSpec(width=4, layers=0, blocks=2, kernel_size=4, normalization="layer", pooling="mean"),
    "kernels": SequenceSpec(layers=0, random_kernels=20, pooling="mean", normalization=None),
}


def drawn(rows: int = 5, time: int = TIME, beside: int = 2, is_ragged: bool = True) -> Batch:
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, time, rows).astype(np.int32) if is_ragged else None
    values = rng.normal(size=(rows, time, CHANNELS)).astype(np.float32)
    if lengths is not None:
        values[np.arange(time) >= lengths[:, None]] = 0
    return Batch(values, lengths, rng.normal(size=(rows, beside)).astype(np.float32))


def started(spec: SequenceSpec, batch: Batch, seed: int = 0) -> tuple[Shape, Any]:
    shape = Shape(CHANNELS, batch.beside.shape[1], TIME)
    params = sequence.initialize(spec, shape, 3, batch, seed)
    rng = np.random.default_rng(1)
    for name, value in params.items():  # biases of 0 would hide what they do
        if name.endswith(("bias", "inner")):
            params[name] = value + rng.normal(size=value.shape).astype(np.float32) / 4
    return shape, params


@pytest.mark.parametrize(("name", "is_ragged"), [*((name, True) for name in SPECS), ("both", False)])
def test_parameters_have_their_shapes_and_compiled_outputs_are_numpys(name: str, is_ragged: bool) -> None:
    spec, batch = SPECS[name], drawn(40, is_ragged=is_ragged)
    shape, params = started(spec, batch)
    assert {each: value.shape for each, value in params.items()} == sequence.shapes(spec, shape, 3)
    assert {value.dtype for value in params.values()} == {np.dtype(np.float32)}
    outputs = sequence.apply(params, spec, batch)
    assert outputs.shape == (40, 3) and outputs.dtype == np.float32 and np.ptp(outputs, axis=0).min() > 0
    compiled = jax.jit(lambda params, batch: sequence.apply(params, spec, batch, jnp))(params, batch)
    np.testing.assert_allclose(outputs, compiled, atol=1e-4)
    np.testing.assert_allclose(sequence.predict(params, spec, batch), outputs, atol=1e-4)


# Every cell in one direction and in both, and convolutions with every normalization, under every pooling; the rest.
PADDED = [
    *(
        SequenceSpec(width=4, cell=cell, bidirectional=bidirectional, pooling=pooling)
        for cell, bidirectional, pooling in itertools.product(CELLS, (False, True), POOLINGS)
    ),
    *(
        SequenceSpec(width=4, layers=0, blocks=2, normalization=normalization, pooling=pooling)
        for normalization, pooling in itertools.product(("batch", "layer", None), POOLINGS)
    ),
    *SPECS.values(),
    SequenceSpec(width=4, layers=0, blocks=1, random_kernels=20, pooling="max"),
]


@pytest.mark.parametrize("spec", PADDED, ids=lambda spec: words(spec, 3))
def test_no_prediction_goes_by_padding_or_by_what_is_beside(spec: SequenceSpec) -> None:
    batch = drawn(20)
    _, params = started(spec, batch)
    said = sequence.predict(params, spec, batch)
    wider = batch._replace(values=np.pad(batch.values, ((0, 0), (0, 9), (0, 0))))
    np.testing.assert_array_equal(sequence.predict(params, spec, wider), said)
    assert batch.lengths is not None
    for row, length in enumerate(batch.lengths):
        alone = Batch(batch.values[row : row + 1, :length], None, batch.beside[row : row + 1])
        np.testing.assert_array_equal(sequence.predict(params, spec, alone), said[row : row + 1])


@pytest.mark.parametrize("name", ["lstm", "rnn", "both", "convolutions", "layer"])
def test_no_gradient_goes_by_padding(name: str) -> None:
    spec, batch = SPECS[name], drawn()
    _, params = started(spec, batch)
    wider = batch._replace(values=np.pad(batch.values, ((0, 0), (0, 4), (0, 0))))

    def loss(params: Any, batch: Batch) -> Any:
        return (sequence.apply(params, spec, batch, jnp) ** 2).sum()

    slope, same = (jax.jit(jax.grad(loss))(params, own) for own in (batch, wider))
    for each, value in slope.items():
        assert np.isfinite(value).all(), each
        np.testing.assert_allclose(value, same[each], atol=2e-4, rtol=1e-3, err_msg=each)


def test_two_recurrent_layers_are_their_textbooks() -> None:
    spec, batch = SequenceSpec(width=CHANNELS, layers=2, hidden_sizes=(4,), normalization=None), drawn(2)
    _, params = started(spec, batch)
    assert batch.lengths is not None
    said = sequence.apply(params, spec, batch)
    for row, length in enumerate(batch.lengths):
        hidden = batch.values[row, :length].astype(float)
        for number in range(2):
            own = {name: params[f"{number}.{name}"] for name in ("weight", "bias", "recurrent", "inner")}
            hidden = hidden + one("gru", hidden, **own)
        last = np.concatenate([hidden[-1], batch.beside[row]])
        last = np.maximum(last @ params["2.weight"] + params["2.bias"], 0)
        np.testing.assert_allclose(said[row], last @ params["3.weight"] + params["3.bias"], atol=1e-5)


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_pytorch_gives_the_same_in_both_directions(cell: str) -> None:
    torch = pytest.importorskip("torch")
    spec = SequenceSpec(width=4, cell=cell, bidirectional=True)
    batch = drawn(6, beside=0)
    _, params = started(spec, batch)
    kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    net, gates = (
        kind(CHANNELS, 4, bidirectional=True, batch_first=True),
        {"gru": 3, "lstm": 4, "rnn": 1}[cell],
    )
    with torch.no_grad():
        for way, (end, name) in enumerate([("", "recurrent"), ("_reverse", "returning")]):
            own = slice(way * 4 * gates, (way + 1) * 4 * gates)
            of_output = np.zeros(4 * gates, np.float32)
            if cell == "gru":
                of_output[8:] = params["0.inner"][way * 4 : way * 4 + 4]
            for theirs, value in {
                "weight_ih_l0": params["0.weight"][:, own].T,
                "bias_ih_l0": params["0.bias"][own],
                "weight_hh_l0": np.concatenate([matrix.T for matrix in params[f"0.{name}"]]),
                "bias_hh_l0": of_output,
            }.items():
                getattr(net, theirs + end).copy_(torch.from_numpy(np.ascontiguousarray(value)))
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            torch.from_numpy(batch.values),
            torch.from_numpy(batch.lengths),
            batch_first=True,
            enforce_sorted=False,
        )
        last = net(packed)[1]
        last = torch.cat(list(last[0] if cell == "lstm" else last), dim=1).numpy()
    expected = last @ params["1.weight"] + params["1.bias"]
    np.testing.assert_allclose(sequence.apply(params, spec, batch), expected, atol=1e-5)


def test_recurrent_matrices_start_as_rotations_and_gates_keep_what_they_have() -> None:
    batch = drawn()
    shape = Shape(CHANNELS, 2, TIME)
    params = sequence.initialize(SequenceSpec(width=16, bidirectional=True), shape, 3, batch, 0)
    for name in ("0.recurrent", "0.returning"):
        for matrix in params[name]:
            np.testing.assert_allclose(matrix @ matrix.T, np.eye(16), atol=1e-5)
    np.testing.assert_array_equal(params["0.bias"].reshape(2, 3, 16).mean(axis=(0, 2)), [0, 1, 0])
    lstm = SequenceSpec(width=500, cell="lstm", memory=100)
    enter, keep, *_ = sequence.initialize(lstm, shape, 3, batch, 0)["0.bias"].reshape(4, 500)
    np.testing.assert_array_equal(enter, -keep)
    remembered = 1 / (1 - 1 / (1 + np.exp(-keep.astype(float))))  # steps until half is gone, about
    assert remembered.min() >= 2 and 90 < remembered.max() <= 101


def test_batch_normalization_starts_with_the_steps_that_sequences_have() -> None:
    spec = SequenceSpec(width=4, layers=0, blocks=1, activation="tanh")
    batch = drawn(60)
    params = sequence.initialize(spec, Shape(CHANNELS, 2, TIME), 3, batch, 0)
    linear = sequence.temporal.convolve(batch.values, params["0.weight"], spec.kernel_size)
    assert batch.lengths is not None
    own = np.concatenate([linear[row, :length] for row, length in enumerate(batch.lengths)])
    np.testing.assert_allclose(params["0.mean"], own.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(params["0.variance"], own.var(axis=0), rtol=1e-4)


def test_layers_and_dropouts_are_numbered_through() -> None:
    spec = SequenceSpec(blocks=1, layers=1, hidden_sizes=(5,), dropout=0.3, input_dropout=0.1)
    assert [layer.weight for layer in sequence.layers(spec)] == [
        "0.weight",
        "1.recurrent",
        "2.weight",
        "3.weight",
    ]
    assert sequence.layers(spec)[0].statistics == ("0.mean", "0.variance")
    called = [(layer.name, layer.unit) for layer in sequence.layers(spec)]
    hidden = [("convolution 1", "filter"), ("gru layer 1", "unit"), ("dense layer 1", "unit")]
    assert called == [*hidden, ("", "unit")]
    assert sequence.dropouts(spec) == {-1: 0.1, 0: 0.3, 1: 0.3, 2: 0.3}
    seen: dict[int, Any] = {}
    batch = drawn()
    params = sequence.initialize(spec, Shape(CHANNELS, 2, TIME), 3, batch, 0)
    sequence.apply(params, spec, batch, dropout=lambda place, values: seen.setdefault(place, values))
    assert max(seen) == STEPS + 1 and sequence.layers(spec)[1].is_recurrent
    assert [seen[place].shape for place in sorted(seen)] == [
        (5, 12, 3),
        (5, 12, 64),
        (5, 12, 64),
        (5, 5),
        (5, 12, 192),
    ]


def test_products_are_counted_at_each_step() -> None:
    spec = SequenceSpec(width=4, blocks=1, stride=2, kernel_size=3)
    expected = 6 * (3 * CHANNELS * 4) + 6 * (4 * 12 + 3 * 16) + (4 + 2) * 5
    assert sequence.products(spec, Shape(CHANNELS, 2, TIME), 5) == expected


def test_thinned_predictions_silence_the_same_units_in_all_rows() -> None:
    spec, batch = SequenceSpec(width=4, dropout=0.5), drawn(30)
    _, params = started(spec, batch)
    thin = sequence.predict(params, spec, batch, thinning=3)
    assert not np.array_equal(thin, sequence.predict(params, spec, batch))
    alone = Batch(batch.values[4:5], None if batch.lengths is None else batch.lengths[4:5], batch.beside[4:5])
    np.testing.assert_array_equal(sequence.predict(params, spec, alone, thinning=3), thin[4:5])
