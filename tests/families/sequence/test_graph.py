"""An ONNX file of networks for sequences answers as the model does for any lengths, by ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import export_page
import numpy as np
import pytest
from polars import read_csv
from untrained_models import OVER_TIME, SEQUENCE, encoders, even, model, of_long_table, uneven
from waves import table

from honed import exporting
from honed.families.exports import traced
from honed.families.sequence import graph
from honed.families.sequence.measured import lengthened
from honed.model import load

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


def difference(made: Any, rows: Any) -> float:
    found = graph.exported(made).answers(rows)
    return exporting.difference(found, made.told(rows), has_classes=bool(made.classes))


@pytest.mark.parametrize("name", OVER_TIME)
@pytest.mark.parametrize("given", [even, uneven])
def test_each_kind_of_network_is_one_graph(name: str, given: Any) -> None:
    rows = given()
    made = model(SEQUENCE, encoders(rows)[:1], [OVER_TIME[name]], rows)
    assert difference(made, rows) < 1e-6


@pytest.mark.parametrize("classes", [(), ("slow", "quick")])
def test_a_file_holds_the_vote_and_the_temperature(classes: tuple[str, ...]) -> None:
    rows = uneven()
    made = model(
        SEQUENCE,
        encoders(rows),
        [OVER_TIME["gru"], OVER_TIME["convolutions"], OVER_TIME["everything"]],
        rows,
        classes,
    )
    assert difference(made, rows) < 1e-6


def test_a_sequence_is_answered_alone_and_with_padding_behind_it() -> None:
    rows = uneven()
    made = model(SEQUENCE, encoders(rows)[:1], [OVER_TIME["everything"]], rows)
    content = graph.exported(made).files[".onnx"]
    one = lengthened(rows[4:5], 50)
    inputs = {"values": one.values, "lengths": one.lengths.astype(np.int64), "beside": one.beside}
    np.testing.assert_allclose(traced.run(content, inputs)[1], made.probabilities(rows)[4:5], atol=1e-6)
    names = {value.name for value in onnx.load_from_string(content).graph.input}
    assert names == {"values", "lengths", "beside"}


def test_channels_of_a_table_are_named_in_the_file() -> None:
    frame = table(30).drop("speed")
    encoder, rows = of_long_table(frame)
    made = model(SEQUENCE, [encoder], [OVER_TIME["gru"]], rows)
    export = graph.exported(made)
    assert difference(made, frame) < 1e-6
    about = onnx.load_from_string(export.files[".onnx"]).doc_string
    assert "The channels: height, noise, light = off, light = on." in about
    assert "The numbers beside: site = north, site = south, age." in about


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
