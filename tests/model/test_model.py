"""What predicts: saved and loaded to the bit, averaged and calibrated by the formulas."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from damaged_documents import damaged
from safetensors.numpy import load_file, save_file

from honed.encode import encoder, target
from honed.errors import DataWarning, InputError, RunError
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
    for one, two in zip(before.answers(FRAME), after.answers(FRAME), strict=True):
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
    labels, p = model("kind").answers(FRAME)
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
    for one, two in zip(before.answers(FRAME), after.answers(FRAME), strict=True):
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


@pytest.mark.parametrize(
    ("shares", "place"),
    [((0.1, 0.9), 0.5), ((0.4, 0.9), 0.2), ((0.5, 0.9), 0.0), ((0.1, 0.5), 1.0), ((0.1, 0.5, 0.9), 1.0)],
)
def test_the_value_of_quantiles_is_on_the_line_between_those_around_the_median(
    shares: tuple[float, ...], place: float
) -> None:
    """As NumPy interpolates; never an outer quantile."""
    made = with_network("size", NetworkSpec(depth=0), "quantile", shares)
    (member,), (learned,) = made.members, made.encoders
    outputs = mlp.predict(member.params, member.network, learned.inputs, learned.encode(FRAME))
    values = member.target.decode(outputs)
    expected = [np.interp(place, np.arange(len(shares)), row) for row in values]
    np.testing.assert_allclose(made.values(FRAME), expected, rtol=1e-12)


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


# Damaged and hostile folders. Checksums are taken out of most of them, so that what lies behind is reached.


def saved(folder: Path, name: str = "kind", checksums: bool = False) -> Path:
    """A saved model of two networks; without its checksums, as earlier versions wrote it."""
    folder.mkdir()
    model(name, temperature=1.0 if name == "size" else 1.7).save(folder)
    document = json.loads((folder / "model.json").read_text())
    if not checksums:
        del document["checksums"]
        (folder / "model.json").write_text(json.dumps(document))
    return folder


def verdict(folder: Path) -> str:
    """What comes of loading and predicting: "fine", or the message of a refusal."""
    try:
        load(folder).predict(FRAME)
    except (InputError, RunError) as error:
        assert "\n" not in str(error) and len(str(error)) < 1000
        return str(error)
    return "fine"


@pytest.mark.parametrize("name", ["kind", "size"])
def test_a_damaged_document_is_refused_in_a_sentence_or_harmless(name: str, tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", name)
    document = json.loads((folder / "model.json").read_text())
    tried = refused = 0
    with np.errstate(all="ignore"):
        for wrong in damaged(document):
            (folder / "model.json").write_text(json.dumps(wrong))
            tried += 1
            refused += verdict(folder) != "fine"
    assert tried > 600
    assert refused > 0.7 * tried


@pytest.mark.parametrize(
    "text",
    [
        b"", b"\n", b"{", b"null", b"[]", b"7", b'"model"', b"\xff\xfe\x00", b"\x00" * 64, b"[" * 200_000,
        b'{"format": 2' + b"1" * 9000 + b"}", b'{"format": 3}', b'{"format": {}}', b'{"format": 2}',
    ],
)  # fmt: skip
def test_a_document_that_is_none_is_refused(text: bytes, tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    (folder / "model.json").write_bytes(text)
    with pytest.raises(RunError, match=r"is damaged|has format"):
        load(folder)


def test_a_document_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    text = (folder / "model.json").read_bytes()
    for end in range(0, len(text) - 2, len(text) // 40):
        (folder / "model.json").write_bytes(text[:end])
        with pytest.raises(RunError, match="is no JSON text"):
            load(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a.pop("0/0.weight"), "0/0.weight is missing"),
        (lambda a: a.clear(), "is missing"),
        (lambda a: a.update(more=np.zeros(3, np.float32)), "an array too much, 'more'"),
        (lambda a: a.update({"0/0.weight": a["0/0.weight"].T.copy()}), "has shape"),
        (lambda a: a.update({"0/0.bias": np.zeros((), np.float32)}), "has shape"),
        (lambda a: a.update({"0/0.bias": np.zeros(0, np.float32)}), "has shape"),
        (lambda a: a.update({"0/0.bias": a["0/0.bias"].astype(np.float64)}), "is of F64"),
        (lambda a: a.update({"0/0.bias": a["0/0.bias"].astype(np.int32)}), "is of I32"),
        (lambda a: a.update({"0/0.bias": a["0/0.bias"] * np.nan}), "not finite"),
        (lambda a: a.update({"1/1.weight": a["1/1.weight"] + np.inf}), "not finite"),
    ],
)
def test_wrong_arrays_are_refused(change: Any, words: str, tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    arrays = load_file(folder / "weights.safetensors")
    change(arrays)
    save_file(arrays, folder / "weights.safetensors")
    with pytest.raises(RunError, match=words):
        load(folder)


def test_a_file_of_arrays_that_is_none_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    whole = (folder / "weights.safetensors").read_bytes()
    header = json.dumps({"0/0.bias": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    huge = json.dumps({"0/0.bias": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}).encode()
    for content in (
        b"",
        b"\x00" * 8,
        b"\xff" * 64,
        whole[:100],
        whole[:-1],
        whole + b"\x00",
        len(header).to_bytes(8, "little") + header + b"\x00" * 4,
        len(huge).to_bytes(8, "little") + huge,
    ):
        (folder / "weights.safetensors").write_bytes(content)
        with pytest.raises(RunError, match="is damaged"):
            load(folder)


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors"])
def test_a_flipped_bit_is_noticed(name: str, tmp_path: Path) -> None:
    folder = saved(tmp_path / "model", checksums=True)
    content = bytearray((folder / name).read_bytes())
    place = content.index(b'"temperature": 1') + len(b'"temperature": ') if name == "model.json" else -4
    content[place] ^= 2  # 1.7 becomes 3.7, a weight changes a little
    (folder / name).write_bytes(content)
    with pytest.raises(RunError, match=f"{name} is not as it was written"):
        load(folder)


def test_a_model_without_checksums_is_read(tmp_path: Path) -> None:
    with_sums, without = saved(tmp_path / "one", checksums=True), saved(tmp_path / "two")
    np.testing.assert_array_equal(load(with_sums).predict(FRAME)[1], load(without).predict(FRAME)[1])


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors"])
def test_what_is_no_ordinary_file_is_refused_and_not_waited_for(name: str, tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(RunError, match="a pipe or a device"):
        load(folder)
    (folder / name).unlink()
    (folder / name).symlink_to("/dev/zero")
    with pytest.raises(RunError, match="a pipe or a device"):
        load(folder)
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(RunError, match="it is a folder"):
        load(folder)


def test_both_files_have_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        folder = saved(tmp_path / "model", checksums=True)
    finally:
        os.umask(before)
    modes = {stat.S_IMODE((folder / name).stat().st_mode) for name in ("model.json", "weights.safetensors")}
    assert modes == {0o640}


ARRAY = FRAME.drop("kind").to_numpy()


@pytest.mark.parametrize(
    "table",
    [
        FRAME,
        FRAME.select("colour", "size"),
        FRAME.to_pandas(),
        FRAME.to_arrow(),
        ARRAY,
        ARRAY.tolist(),
        ARRAY.astype(str),
    ],
    ids=["polars", "reordered", "pandas", "arrow", "array", "list", "array of texts"],
)
def test_a_model_takes_every_kind_of_table(table: object) -> None:
    made = model("kind")
    labels, probabilities = made.answers(FRAME)
    np.testing.assert_array_equal(made.predict(table), labels)
    np.testing.assert_array_equal(made.predict_proba(table), probabilities)


def test_a_model_knows_what_it_predicts() -> None:
    made = model("kind")
    assert (made.target, made.task, made.classes_.tolist()) == ("kind", "binary", ["elm", "oak"])
    numbers = model("size")
    assert (numbers.target, numbers.task, len(numbers.classes_)) == ("size", "regression", 0)
    np.testing.assert_array_equal(numbers.predict(FRAME.to_pandas()), numbers.values(FRAME))
    with pytest.raises(InputError, match=r"'size' is a quantity.*Use predict"):
        numbers.predict_proba(FRAME)
    with pytest.raises(InputError, match="one value a row"):
        numbers.predict_quantiles(FRAME)
    assert crossing().predict_quantiles(FRAME.to_arrow()).shape == (60, 3)


@pytest.mark.parametrize("array", [ARRAY[:, :1], np.zeros((3, 4)), np.zeros((0, 1))])
def test_an_array_of_another_width_is_refused(array: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"columns?, and the network was trained with 2: 'size', 'colour'"):
        model("kind").predict(array)


def test_what_is_no_table_is_refused() -> None:
    for thing in (FRAME["size"].to_pandas(), {"size": [1.0]}, "size", 3, [1.0, 2.0]):
        with pytest.raises(InputError, match="table"):
            model("kind").predict(thing)


def test_labels_come_back_in_the_type_of_the_training_table(tmp_path: Path) -> None:
    kinds = {
        "bool": pl.Series([True, False] * 30),
        "int": pl.Series([3, 10] * 30, dtype=pl.UInt8),
        "float": pl.Series([0.5, 2.0] * 30),
        "text": pl.Series(["3", "10"] * 30),
    }
    for name, cells in kinds.items():
        made = model("kind")
        table = from_frame(FRAME.with_columns(kind=cells))
        replace(made, schema=infer(table, "kind")).save(tmp_path)
        after = load(tmp_path)
        assert set(after.classes_.tolist()) == set(cells.to_list()), name
        assert set(map(type, after.predict(FRAME).tolist())) == {type(cells[0])}, name


def test_a_model_from_before_labels_had_types_gives_texts(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    document = json.loads((folder / "model.json").read_text())
    assert document["schema"]["target"].pop("labels") == "text"
    (folder / "model.json").write_text(json.dumps(document))
    assert load(folder).classes_.tolist() == ["elm", "oak"]


@pytest.mark.parametrize("labels", ["int", "float", "bool", "date"])
def test_a_model_whose_classes_are_not_of_their_type_is_refused(labels: str, tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    document = json.loads((folder / "model.json").read_text())
    document["schema"]["target"]["labels"] = labels
    (folder / "model.json").write_text(json.dumps(document))
    with pytest.raises(RunError, match="damaged"):
        load(folder)


def test_cells_that_training_has_not_seen_are_told() -> None:
    frame = FRAME.with_columns(colour=pl.Series(["pink"] * 60))
    with pytest.warns(DataWarning, match="'pink', are unseen") as told:
        model("kind").predict(frame)
    assert told[0].filename == __file__


SERVER = """
import os, sys
import pandas
import honed

model = honed.load(sys.argv[1])
frame = pandas.DataFrame({"size": [1.0, 2.0], "colour": ["red", "blue"]})
if os.fork() == 0:
    print(len(model.predict(frame)), flush=True)
    os._exit(0)
os.wait()
"""


def test_a_server_may_load_a_model_and_then_fork(tmp_path: Path) -> None:
    words = [sys.executable, "-W", "ignore", "-c", SERVER, saved(tmp_path / "model", checksums=True)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.stdout == "2\n", done.stderr
