"""What predicts: saved and loaded to the bit, averaged and calibrated by the formulas."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from honed.encode import encoder, target
from honed.errors import InputError, RunError
from honed.model import Member, Model, load
from honed.model.model import sharpen, softmax
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.table.columns import infer, target_rows, target_values
from honed.table.read import from_frame

FRAME = pl.DataFrame(
    {
        "size": [0.1 * row * (-1) ** row for row in range(60)],
        "colour": [("red", "green", "blue")[row % 3] for row in range(60)],
        "kind": [("oak", "elm")[row % 2] for row in range(60)],
    }
)


def model(name: str, seeds: tuple[int, ...] = (1, 2), temperature: float = 1.0) -> Model:
    """Untrained networks that vote: the first with weight 0.75, if there are two."""
    table = from_frame(FRAME)
    schema = infer(table, name)
    rows = target_rows(table, schema)
    learned = encoder.fit(table, schema, rows)
    kind = "classes" if schema.target.classes else "linear"
    decoder = target.fit(target_values(table, schema, rows), kind)
    outputs = len(schema.target.classes) or 1
    spec = NetworkSpec(hidden_sizes=(6,), numeric_embedding="periodic")
    shares = (0.75, 0.25) if len(seeds) == 2 else (1.0,)
    members = tuple(
        Member(
            spec,
            0,
            decoder,
            mlp.initialize(spec, learned.inputs, outputs, learned.encode(table.frame), seed),
            share,
        )
        for seed, share in zip(seeds, shares, strict=True)
    )
    return Model(schema, (learned,), members, temperature)


@pytest.mark.parametrize("name", ["kind", "size"])
def test_a_loaded_model_predicts_to_the_bit_what_was_saved(name: str, tmp_path: Path) -> None:
    before = model(name, temperature=1.0 if name == "size" else 1.7)
    before.save(tmp_path)
    after = load(tmp_path)
    for one, two in zip(before.predict(FRAME), after.predict(FRAME), strict=True):
        np.testing.assert_array_equal(one, two)
    assert after.classes == before.classes


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        model("kind").save(tmp_path / name)
    for name in ("model.json", "weights.safetensors"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_an_ensemble_is_the_weighted_mean_of_its_members() -> None:
    both = model("size").values(FRAME)
    one, two = (model("size", (seed,)).values(FRAME) for seed in (1, 2))
    np.testing.assert_allclose(both, 0.75 * one + 0.25 * two)


def test_probabilities_are_positive_and_sum_to_one() -> None:
    for temperature in (0.125, 1.0, 8.0):
        p = model("kind", temperature=temperature).probabilities(FRAME)
        assert (p > 0).all()
        np.testing.assert_allclose(p.sum(axis=1), 1)


def test_the_label_is_the_likeliest_class() -> None:
    labels, p = model("kind").predict(FRAME)
    assert p is not None
    assert labels.tolist() == [("elm", "oak")[int(row[1] > row[0])] for row in p]


def test_the_temperature_divides_the_logarithms() -> None:
    p = np.array([[0.7, 0.2, 0.1]])
    expected = p**0.5 / (p**0.5).sum()
    np.testing.assert_allclose(sharpen(p, 2.0), expected)
    np.testing.assert_allclose(sharpen(p, 1.0), p)


def test_huge_logits_do_not_overflow() -> None:
    np.testing.assert_array_equal(softmax(np.array([[1e4, -1e4]])), [[1.0, 0.0]])
    assert (sharpen(softmax(np.array([[1e4, -1e4]])), 1.0) > 0).all()


def test_a_model_of_another_format_says_what_to_install(tmp_path: Path) -> None:
    model("kind").save(tmp_path)
    path = tmp_path / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    with pytest.raises(RunError, match=r"format 99.*reads format 2.*Install"):
        load(tmp_path)


def test_no_model_is_an_error_that_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Give the folder that `honed fit --out` wrote"):
        load(tmp_path / "nowhere")
    (tmp_path / "journal.jsonl").touch()
    with pytest.raises(InputError, match="no model in it yet"):
        load(tmp_path)


PARTS = {
    "batch": {"normalization": "batch", "dropout": (0.1, 0.2), "activation": ("relu", "tanh")},
    "layer": {"normalization": "layer", "residual": True, "output_activation": "sigmoid"},
    "skip": {"residual": True, "parametric_activation": True, "feature_scale": True},
}


@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.parametrize("name", ["kind", "size"])
def test_every_part_of_a_network_is_saved_and_loaded(name: str, parts: str, tmp_path: Path) -> None:
    spec = NetworkSpec(hidden_sizes=(6, 9), **PARTS[parts])
    before = with_network(name, spec, loss="squared")
    before.save(tmp_path)
    after = load(tmp_path)
    for one, two in zip(before.predict(FRAME), after.predict(FRAME), strict=True):
        np.testing.assert_array_equal(one, two)
    assert after.members[0].network == spec
    assert after.members[0].loss == "squared"
    if any(spec.dropouts):
        np.testing.assert_array_equal(after.samples(FRAME, 3), before.samples(FRAME, 3))


def with_network(
    name: str, spec: NetworkSpec, loss: str = "auto", quantiles: tuple[float, ...] = ()
) -> Model:
    """One untrained network of that shape."""
    plain = model(name, (1,))
    (learned,), (member,) = plain.encoders, plain.members
    outputs = len(quantiles) or len(plain.classes) or 1
    params = mlp.initialize(spec, learned.inputs, outputs, learned.encode(FRAME), 1)
    return Model(plain.schema, (learned,), (Member(spec, 0, member.target, params, 1.0, loss, quantiles),))


def crossing() -> Model:
    """Three outputs in the wrong order for all rows: 1.0, 0.0 and 0.5 on the standardised scale."""
    made = with_network("size", NetworkSpec(depth=0), "quantile", (0.1, 0.5, 0.9))
    (member,) = made.members
    weight = 0.05 * member.params["0.weight"]
    params = {"0.weight": weight, "0.bias": np.array([1.0, 0.0, 0.5], np.float32)}
    return replace(made, members=(replace(member, params=params),))


def test_quantiles_that_cross_are_sorted_and_the_middle_output_is_the_value() -> None:
    made = crossing()
    (member,), (learned,) = made.members, made.encoders
    raw = mlp.predict(member.params, member.network, learned.inputs, learned.encode(FRAME))
    assert (raw[:, 0] > raw[:, 2]).all() and (raw[:, 2] > raw[:, 1]).all()
    found = made.quantiles(FRAME)
    assert found is not None
    shares, values = found
    assert shares == (0.1, 0.5, 0.9)
    np.testing.assert_array_equal(values, member.target.decode(raw[:, [1, 2, 0]]))
    np.testing.assert_array_equal(made.values(FRAME), member.target.decode(raw[:, 1]))
    assert model("size").quantiles(FRAME) is None


def test_quantiles_are_saved_and_loaded(tmp_path: Path) -> None:
    before = crossing()
    before.save(tmp_path)
    found, expected = load(tmp_path).quantiles(FRAME), before.quantiles(FRAME)
    assert found is not None and expected is not None
    assert found[0] == expected[0]
    np.testing.assert_array_equal(found[1], expected[1])


def test_samples_of_a_row_do_not_depend_on_the_rows_beside_it() -> None:
    made = with_network("kind", NetworkSpec(hidden_sizes=(20,), dropout=0.3, input_dropout=0.2))
    drawn = made.samples(FRAME, 40)
    assert drawn.shape == (40, 60, 2)
    np.testing.assert_allclose(drawn.sum(axis=2), 1)
    assert (drawn.std(axis=0) > 1e-3).all()
    np.testing.assert_array_equal(made.samples(FRAME[17:18], 40), drawn[:, 17:18])
    assert len(np.unique(drawn[:, 0, 0])) > 30


def test_samples_average_to_what_the_whole_network_says() -> None:
    """Of a linear network exactly, in expectation: dropout keeps the mean."""
    made = with_network("size", NetworkSpec(depth=0, input_dropout=0.3))
    drawn = made.samples(FRAME, 600)
    error = 4 * drawn.std(axis=0) / np.sqrt(600)
    inside = (np.abs(made.values(FRAME)) < 0.9 * np.abs(FRAME["size"].to_numpy()).max()) & (error > 0)
    assert inside.sum() > 20
    assert (np.abs(drawn.mean(axis=0) - made.values(FRAME))[inside] < error[inside]).mean() > 0.95


@pytest.mark.parametrize("count", [0, -1, 2.5, True])
def test_a_number_of_samples_that_is_none_is_refused(count: object) -> None:
    made = with_network("size", NetworkSpec(hidden_sizes=(4,), dropout=0.3))
    with pytest.raises(InputError, match=r"samples is .* whole number of 1 or more"):
        made.samples(FRAME, count)  # type: ignore[arg-type]


def test_samples_without_dropout_are_refused() -> None:
    with pytest.raises(InputError, match="no dropout, so all samples would be the same"):
        model("size").samples(FRAME, 3)
