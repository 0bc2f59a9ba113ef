"""An ONNX file of networks for sequences answers as the model does for any lengths, by ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import export_page
import numpy as np
import pytest
from polars import read_csv
from untrained_models import SEQUENCE, model
from waves import table, waves

from honed import exporting
from honed.families.exports import traced
from honed.families.sequence import graph
from honed.families.sequence.encoder import SequenceEncoder, Static
from honed.families.sequence.layout import of_table
from honed.families.sequence.long import of_frame
from honed.families.sequence.measured import Measured, lengthened, of_arrays
from honed.model import load
from honed.nets.sequence_spec import SequenceSpec

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

SPECS = {
    "gru": SequenceSpec(width=5),
    "gru both ways": SequenceSpec(width=4, layers=2, bidirectional=True),
    "plain recurrence": SequenceSpec(cell="rnn", width=5, pooling="mean", residual=False),
    "everything": SequenceSpec(
        cell="lstm", layers=2, width=4, bidirectional=True, blocks=2, kernel_size=3, stride=2, random_kernels=16,
        pooling="attention", hidden_sizes=(6,),
    ),
    "convolutions": SequenceSpec(layers=0, blocks=3, width=5, pooling="max", normalization="layer", stride=3),
    "fixed kernels": SequenceSpec(layers=0, random_kernels=20),
}  # fmt: skip


def even() -> Measured:
    """All of one length, with nothing missing and nothing beside."""
    return of_arrays(waves(30)[0])


def uneven() -> Measured:
    """Of unequal length, some numbers of which are missing, with two beside, of which one is empty at times."""
    X, lengths, _ = waves(30)
    X[::4, 3:6, 1] = np.nan
    found = of_arrays(X, lengths=lengths)
    beside = np.arange(60, dtype=np.float32).reshape(30, 2)
    beside[::7, 1] = np.nan
    return Measured(found.values, found.lengths, beside)


def encoders(rows: Measured) -> list[SequenceEncoder]:
    return [SequenceEncoder.of(part, Static.of(rows)) for part in (rows, rows[::2])]


def difference(made: Any, rows: Any) -> float:
    found = graph.exported(made).answers(rows)
    return exporting.difference(found, made.told(rows), has_classes=bool(made.classes))


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("given", [even, uneven])
def test_each_kind_of_network_is_one_graph(name: str, given: Any) -> None:
    rows = given()
    made = model(SEQUENCE, encoders(rows)[:1], [SPECS[name]], rows)
    assert difference(made, rows) < 1e-6


@pytest.mark.parametrize("classes", [(), ("slow", "quick")])
def test_a_file_holds_the_vote_and_the_temperature(classes: tuple[str, ...]) -> None:
    rows = uneven()
    made = model(
        SEQUENCE, encoders(rows), [SPECS["gru"], SPECS["convolutions"], SPECS["everything"]], rows, classes
    )
    assert difference(made, rows) < 1e-6


def test_a_sequence_is_answered_alone_and_with_padding_behind_it() -> None:
    rows = uneven()
    made = model(SEQUENCE, encoders(rows)[:1], [SPECS["everything"]], rows)
    content = graph.exported(made).files[".onnx"]
    one = lengthened(rows[4:5], 50)
    inputs = {"values": one.values, "lengths": one.lengths.astype(np.int64), "beside": one.beside}
    np.testing.assert_allclose(traced.run(content, inputs)[1], made.probabilities(rows)[4:5], atol=1e-6)
    names = {value.name for value in onnx.load_from_string(content).graph.input}
    assert names == {"values", "lengths", "beside"}


def test_channels_of_a_table_are_named_in_the_file() -> None:
    frame = table(30)
    numbers = np.unique(frame["who"].to_numpy(), return_inverse=True)[1]
    layout, _ = of_table(frame, "who", "second", numbers, ("speed",), (), "t.csv")
    rows = of_frame(frame, layout, "t.csv").sequences
    made = model(SEQUENCE, [SequenceEncoder.of(rows, Static.of(rows, layout))], [SPECS["gru"]], rows)
    export = graph.exported(made)
    assert difference(made, frame.drop("speed")) < 1e-6
    about = onnx.load_from_string(export.files[".onnx"]).doc_string
    assert f"The channels: {', '.join(layout.names)}." in about
    assert "light = on" in about and "The numbers beside: " in about and "site = north" in about


def test_the_example_of_the_page_runs(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    wanted: Any = load(run)
    rows = wanted.encoders[0].measured(read_csv(run.parent / "t.csv").drop("speed"))[:9]
    sequences = [own[:length] for own, length in zip(rows.values, rows.lengths, strict=True)]
    given = {"sequences": sequences, "beside": rows.beside}
    names = export_page.exported(run, "walks.onnx", tmp_path, capsys, given)
    np.testing.assert_allclose(names["probabilities"], wanted.probabilities(rows), atol=1e-6)
    said = capsys.readouterr().out
    assert "The channels: height, noise, light = off, light = on." in said
