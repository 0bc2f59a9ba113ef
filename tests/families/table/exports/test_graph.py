"""An exported ONNX file answers as the model does, by ONNX Runtime, and says what it cannot read."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import exported_models
import numpy as np
import polars as pl
import pytest
import small_models
from exported_models import PLAIN, SPECS

from honed import exporting
from honed.errors import InputError
from honed.families.exports.traced import run
from honed.families.table.exports import graph
from honed.table.read import Table

pytest.importorskip("onnxruntime")


@pytest.mark.parametrize("name", exported_models.GIVEN)
def test_a_file_answers_as_the_model(name: str) -> None:
    model = exported_models.model(columns=(*PLAIN, "grade", "stamp"), **exported_models.GIVEN[name])
    asked = model.schema.read(exported_models.frame(rows=90, seed=5))
    made = graph.exported(model, "own")
    found = exporting.difference(made.answers(asked), model.told(asked), has_classes=bool(model.classes))
    assert found < 1e-5
    assert "ONNX 18" in made.said[0]


def inputs_of(model: Any, asked: pl.DataFrame) -> dict[str, np.ndarray]:
    return {column.name: graph.fed(asked[column.name], column) for column in model.schema.columns}


def test_labels_probabilities_and_quantiles_have_outputs_of_their_own() -> None:
    model = exported_models.model("three", ("size", "colour"), SPECS[:1], temperature=0.7)
    asked = model.schema.read(exported_models.frame(rows=20, seed=5))
    content = graph.exported(model, "own").files[".onnx"]
    labels, probabilities = run(content, inputs_of(model, asked))
    assert labels.tolist() == model.answers(asked)[0].tolist()
    np.testing.assert_allclose(probabilities, model.probabilities(asked), atol=1e-6)
    model = exported_models.model("two", ("size", "colour"), decision=exported_models.DECISION)
    labels, _ = run(graph.exported(model, "own").files[".onnx"], inputs_of(model, asked))
    assert labels.tolist() == model.answers(asked)[0].tolist()
    assert labels.tolist() != replace(model, decision=None).answers(asked)[0].tolist()
    model = exported_models.model("value", ("size", "colour"), loss="quantile", quantiles=(0.1, 0.4, 0.9))
    content = graph.exported(model, "own").files[".onnx"]
    _, quantiles = run(content, inputs_of(model, asked))
    np.testing.assert_allclose(quantiles, model.quantile_values(asked), rtol=1e-5)


def test_each_of_several_targets_has_outputs_of_its_own() -> None:
    model = small_models.of_two()
    asked = small_models.FRAME
    kinds, shares, sizes = run(graph.exported(model, "own").files[".onnx"], inputs_of(model, asked))
    told = model.answers_each(asked)
    assert kinds.tolist() == told[0].said.tolist()
    np.testing.assert_allclose(shares, model.predict_proba_each(asked)["kind"], atol=1e-6)
    np.testing.assert_allclose(sizes, told[1].said, rtol=1e-5)


def test_inputs_are_plain_arrays_with_a_sign_for_empty_cells() -> None:
    model = exported_models.model("value", PLAIN)
    columns = {column.name: column for column in model.schema.columns}
    cells = {
        "size": ["1.5", None],
        "flag": ["true", None],
        "colour": ["RED", None],
        "smoker": ["other", "no"],
    }
    frame = pl.DataFrame(cells | {"day": ["01.01.1970", None], "clock": ["00:01:30.7", "23:00"]})
    read = model.schema.read(frame)
    found = {name: graph.fed(read[name], columns[name]).tolist() for name in frame.columns}
    assert found["size"][0] == 1.5 and np.isnan(found["size"][1])
    assert found["flag"][0] == 1.0 and np.isnan(found["flag"][1])
    assert found["colour"] == ["red", ""]
    assert found["smoker"] == ["other", "no"]
    assert found["day"] == [0, graph.NEVER]
    assert found["clock"] == [90, 82_800]


def test_columns_that_onnx_cannot_read_are_named_with_the_way_around() -> None:
    with pytest.raises(InputError) as error:
        graph.exported(exported_models.model("value", ("size", "price", "name", "tags", "note")), "own")
    said = str(error.value)
    assert "'price' (numbers as people write them" in said and "'name' (many words" in said
    assert "'tags' (lists of items)" in said and "'note' (texts of several words)" in said
    assert "'size'" not in said and "--format script" in said
    assert "without them (--exclude price --exclude name --exclude tags --exclude note)" in said


@pytest.mark.parametrize(("format", "what"), [("@", "e-mail addresses"), ("/", "URLs or paths")])
def test_columns_of_addresses_are_called_so(format: str, what: str) -> None:
    (tags,) = exported_models.model("value", ("tags",)).schema.columns
    column = replace(tags, name="sent to", reading=replace(tags.reading, format=format))
    with pytest.raises(InputError, match=re.escape(f"read this column: 'sent to' ({what}). ")) as error:
        graph.check_columns([column], ())
    assert "fit again without it (--exclude 'sent to')" in str(error.value)


def test_codes_for_missing_and_held_dates_are_read_alike() -> None:
    model = exported_models.model("value", ("size", "day"))
    (learned,) = model.encoders
    encoder: Any = learned
    size, day = model.schema.columns
    size = replace(size, reading=replace(size.reading, missing=("-9",)))
    held = replace(encoder.dates[0], is_held=True, high=encoder.dates[0].high // 2)
    model = replace(
        model,
        schema=replace(model.schema, columns=(size, day)),
        encoders=(replace(encoder, dates=(held,)),),
    )
    frame = exported_models.frame(["size", "day"], rows=60, seed=5)
    codes = frame.with_columns(
        pl.when(pl.int_range(60) % 3 == 0).then(pl.lit("-9")).otherwise("size").alias("size")
    )
    made = graph.exported(model, "own")
    asked = model.schema.read(Table(codes, "", "").frame)
    np.testing.assert_allclose(made.answers(asked), model.values(asked), rtol=1e-5)
    content = made.files[".onnx"]
    one, other = (
        run(content, {"size": np.array([value]), "day": np.array([0])})[0] for value in (-9.0, np.nan)
    )
    np.testing.assert_array_equal(one, other)
