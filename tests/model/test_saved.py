"""Models saved in folders and loaded again, also from damaged and hostile ones."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from damaged_documents import damaged
from safetensors.numpy import load_file, save_file
from small_models import FRAME, crossing, model, of_two, with_network

from honed.errors import DataWarning, InputError, RunError
from honed.model import load
from honed.model.decision import Decision
from honed.model.intervals import Intervals, Log
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.run.folder import RunFolder
from honed.run.journal import Journal


@pytest.mark.parametrize("name", ["kind", "size"])
def test_a_loaded_model_predicts_to_the_bit_what_was_saved(name: str, tmp_path: Path) -> None:
    before = model(name, temperature=1.0 if name == "size" else 1.7)
    before.save(tmp_path)
    after = load(tmp_path)
    for one, two in zip(before.answers(FRAME), after.answers(FRAME), strict=True):
        np.testing.assert_array_equal(one, two)
    assert after.classes == before.classes


def test_a_model_of_several_targets_gives_each_of_its_answers(tmp_path: Path) -> None:
    before = of_two()
    before.save(tmp_path)
    after = load(tmp_path)
    for one, two in (
        (before.predict_each, after.predict_each),
        (before.predict_proba_each, after.predict_proba_each),
    ):
        for name, answer in one(FRAME).items():
            np.testing.assert_array_equal(answer, two(FRAME)[name])
    (member,), (learned,) = before.members, before.encoders
    outputs = mlp.predict(member.params, member.network, learned.inputs, learned.encode(FRAME))
    kinds = before.schema.target.typed_classes()[outputs[:, :2].argmax(axis=1)]
    np.testing.assert_array_equal(after.predict_each(FRAME)["kind"], kinds)
    median = member.further[0].target.decode(outputs[:, 3])
    np.testing.assert_array_equal(after.predict_each(FRAME)["size"], median)


def test_networks_have_a_share_of_their_own_in_each_target(tmp_path: Path) -> None:
    before = of_two((0.75, 0.0), (0.25, 1.0))
    before.save(tmp_path)
    after, (one, other) = load(tmp_path), before.members
    assert [member.shares for member in after.members] == [(0.75, 0.0), (0.25, 1.0)]
    alone = [
        replace(before, members=(replace(each, weight=1.0, further=(each.further[0]._replace(weight=1.0),)),))
        for each in (one, other)
    ]
    kinds = [replace(each, temperature=1.0).predict_proba_each(FRAME)["kind"] for each in alone]
    found = replace(after, temperature=1.0).predict_proba_each(FRAME)["kind"]
    np.testing.assert_allclose(found, 0.75 * kinds[0] + 0.25 * kinds[1], rtol=1e-6)
    sizes = alone[1].predict_each(FRAME)["size"]
    np.testing.assert_array_equal(after.predict_each(FRAME)["size"], sizes)
    assert after.ends_of(1) == alone[1].ends_of(1)


def test_the_model_of_one_target_answers_as_that_of_all(tmp_path: Path) -> None:
    whole = of_two((0.75, 0.0), (0.25, 1.0))
    kind, size = whole.of_head(0), whole.of_head(1)
    assert (len(kind.members), len(size.members)) == (2, 1) and size.members[0].quantiles == (0.1, 0.5, 0.9)
    np.testing.assert_allclose(kind.predict_proba(FRAME), whole.predict_proba_each(FRAME)["kind"], rtol=1e-5)
    np.testing.assert_allclose(size.predict(FRAME), whole.predict_each(FRAME)["size"], rtol=1e-5)
    size.save(tmp_path)
    np.testing.assert_array_equal(load(tmp_path).predict(FRAME), size.predict(FRAME))


def test_a_model_from_before_networks_had_shares_by_target_has_the_same_in_all(tmp_path: Path) -> None:
    of_two((0.75, 0.75), (0.25, 0.25)).save(tmp_path)
    document = json.loads((tmp_path / "model.json").read_text())
    del document["checksums"]
    for member in document["members"]:
        del member["further"][0]["weight"]
    (tmp_path / "model.json").write_text(json.dumps(document))
    assert [member.shares for member in load(tmp_path).members] == [(0.75, 0.75), (0.25, 0.25)]


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ([(1.0, 0.5), (0.0, 0.4)], r"weights that sum to 0\.9, not 1"),
        ([(1.0, 1.0), (0.0, 0.0)], r"weight is 0, so it has no say"),
        ([(1.5, 1.0), (-0.5, 0.0)], r"weight is 1\.5, not a share"),
    ],
)
def test_shares_that_are_none_are_refused(
    shares: list[tuple[float, float]], words: str, tmp_path: Path
) -> None:
    of_two(*shares).save(tmp_path)
    with pytest.raises(RunError, match=f"damaged: .*{words}"):
        load(tmp_path)


def test_a_decision_is_kept_and_its_class_is_the_answer(tmp_path: Path) -> None:
    plain = model("kind")
    told = plain.probabilities(FRAME)
    before = replace(plain, decision=Decision(0, float(np.median(told[:, 0])), "f1", 60))
    before.save(tmp_path)
    after = load(tmp_path)
    expected = np.where(told[:, 0] >= np.median(told[:, 0]), *plain.classes)
    assert after.predict(FRAME).tolist() == after.answers(FRAME)[0].tolist() == expected.tolist()
    assert (expected != plain.predict(FRAME)).any()
    np.testing.assert_array_equal(after.probabilities(FRAME), told)


@pytest.mark.parametrize("ask", ["predict", "predict_proba", "predict_quantiles", "answers"])
def test_a_model_of_several_targets_has_no_one_answer(ask: str) -> None:
    with pytest.raises(InputError, match=r"2 targets \('kind', 'size'\).*predict_each"):
        getattr(of_two(), ask)(FRAME)


@pytest.mark.parametrize("part", ["of the model", "of the member"])
def test_a_model_that_lacks_a_target_is_damaged(part: str, tmp_path: Path) -> None:
    of_two().save(tmp_path)
    document = json.loads((tmp_path / "model.json").read_text())
    del document["checksums"], (document if part == "of the model" else document["members"][0])["further"]
    (tmp_path / "model.json").write_text(json.dumps(document))
    with pytest.raises(RunError, match=r"damaged: .*further has not one"):
        load(tmp_path)


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        model("kind").save(tmp_path / name)
    for name in ("model.json", "weights.safetensors"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


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
    with pytest.raises(InputError, match="Its run was interrupted before there was one"):
        load(tmp_path)


def test_a_run_without_a_model_is_waited_for_only_while_somebody_works_on_it(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with RunFolder.create(run, {}):
        Journal.create(run / "journal.jsonl", {}).close()
        with pytest.raises(InputError, match="wait a few seconds"):
            load(run)
    with pytest.raises(InputError, match=f"interrupted before there was one; `honed resume {run}` goes on"):
        load(run)


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


def test_a_negative_variance_is_refused(tmp_path: Path) -> None:
    with_network("kind", NetworkSpec(hidden_sizes=(6,), normalization="batch")).save(tmp_path)
    document = json.loads((tmp_path / "model.json").read_text())
    del document["checksums"]
    (tmp_path / "model.json").write_text(json.dumps(document))
    arrays = load_file(tmp_path / "weights.safetensors")
    save_file(arrays | {"0/0.mean": -arrays["0/0.variance"]}, tmp_path / "weights.safetensors")
    load(tmp_path)  # a mean may be anything
    save_file(arrays | {"0/0.variance": -arrays["0/0.variance"]}, tmp_path / "weights.safetensors")
    with pytest.raises(RunError, match=r"0/0\.variance holds a negative variance"):
        load(tmp_path)


def test_quantiles_are_saved_and_loaded(tmp_path: Path) -> None:
    before = crossing()
    before.save(tmp_path)
    found, expected = load(tmp_path).quantiles(FRAME), before.quantiles(FRAME)
    assert found is not None and expected is not None
    assert found[0] == expected[0]
    np.testing.assert_array_equal(found[1], expected[1])


def test_both_files_have_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        folder = saved(tmp_path / "model", checksums=True)
    finally:
        os.umask(before)
    modes = {stat.S_IMODE((folder / name).stat().st_mode) for name in ("model.json", "weights.safetensors")}
    assert modes == {0o640}


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
    with pytest.raises(RunError, match=r"damaged: schema\.target"):
        load(folder)


@pytest.mark.parametrize("dtype", ["O", "<i8", "<U1", "<M8[us]", "<m8[s]", "<m8[M]", "no type", "f"])
def test_a_model_whose_classes_cannot_be_of_the_type_said_is_refused(dtype: str, tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    document = json.loads((folder / "model.json").read_text())
    document["schema"]["target"]["dtype"] = dtype
    (folder / "model.json").write_text(json.dumps(document))
    with pytest.raises(RunError, match="has classes that are not of type"):
        load(folder)


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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # odd bounds and levels are told, as in any model
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
        (lambda a: a.update({"0/0.bias": a["0/0.bias"].astype(np.float64)}), "is of float64"),
        (lambda a: a.update({"0/0.bias": a["0/0.bias"].astype(np.int32)}), "is of int32"),
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


def test_intervals_and_voices_are_saved_and_loaded(tmp_path: Path) -> None:
    truth = FRAME["size"].to_numpy()
    for number, made in enumerate((model("size"), crossing())):
        members = tuple(replace(member, voice=3 + place) for place, member in enumerate(made.members))
        before = replace(made, members=members).with_intervals(FRAME, truth)
        folder = tmp_path / str(number)
        folder.mkdir()
        before.save(folder)
        after = load(folder)
        assert after.intervals == before.intervals
        assert [member.voice for member in after.members] == [member.voice for member in members]
        np.testing.assert_array_equal(after.predict_interval(FRAME, 0.8), before.predict_interval(FRAME, 0.8))


def test_a_model_from_before_intervals_is_read_and_says_that_it_has_none(tmp_path: Path) -> None:
    path = saved(tmp_path / "m", "size") / "model.json"
    document = json.loads(path.read_text())
    for member in document["members"]:
        del member["voice"]
    assert "intervals" not in document
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match="saved by an earlier version of honed"):
        load(path.parent).predict_interval(FRAME)


def test_intervals_that_do_not_fit_the_model_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "m", "kind") / "model.json"
    document = json.loads(path.read_text())
    document["intervals"] = Intervals((1.0,), 1).to_json()
    path.write_text(json.dumps(document))
    with pytest.raises(RunError, match="intervals are not of the schema's task"):
        load(path.parent)


def test_damaged_intervals_are_refused_in_a_sentence_or_harmless(tmp_path: Path) -> None:
    path = saved(tmp_path / "m", "size") / "model.json"
    document = json.loads(path.read_text())
    known = Intervals((1.0, 2.0), 5, constant=0.5, log=Log(0.5, 0.0)).to_json()
    for each in damaged(known):
        path.write_text(json.dumps(document | {"intervals": each}))
        try:
            with np.errstate(all="ignore"):
                assert load(path.parent).predict_interval(FRAME, 0.5).shape == (60, 2)
        except (RunError, InputError) as error:
            assert re.search("is damaged|Intervals of|predicts one value", str(error)), error
