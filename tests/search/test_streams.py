"""Rows that do not fit into memory, handed over batch by batch, and a sample of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from honed.families.table import streamed
from honed.families.table.streamed import Sizes
from honed.run.in_process import InProcess
from honed.search.folds import Folds
from honed.search.options import Options
from honed.search.payloads import ArraysOf
from honed.search.prepare import prepare_source
from honed.search.streams import InBatches

ROWS = 2000


def test_few_rows_are_those_of_the_sample_and_many_are_all(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.normal(size=ROWS), "b": rng.normal(size=ROWS), "y": rng.normal(size=ROWS)})
    frame.write_parquet(tmp_path / "t.parquet")
    options = Options(str(tmp_path / "t.parquet"), "y")
    source = streamed.from_files(options, options.data, Sizes(1, 1, sample=600, bucket=500, batch_cells=1))
    assert isinstance(source, InBatches)
    ready = prepare_source(source, options)
    with InProcess("honed.search.job:Worker") as executor:
        folds, has = Folds(ready, executor), executor._spool
        encoder = folds.encoder("0", "robust")
        assert ArraysOf("0").rows("robust", "numeric") not in has
        for fold in ("0", "all"):
            assert folds.share(fold, "robust", 300)
            assert ArraysOf(fold).rows("robust", "numeric") not in has
            of, own = ArraysOf(fold, sampled=True), ready.fold(fold)
            numbers = has.get(of.rows("robust", "numeric"))
            np.testing.assert_array_equal(numbers, encoder.encode(source.take(source.at)).numeric)
            train, target = has.get(of.train), folds.of(fold).targets["linear"][0]
            assert np.isin(source.at[train], own.train).all()
            assert len(train) == 600 - (fold == "0") * (len(ready.splits.outer) + len(own.valid))
            np.testing.assert_array_equal(source.at[has.get(of.valid)], own.valid)
            np.testing.assert_array_equal(has.get(of.target("linear", 0)), target.encode(ready.y[source.at]))
        np.testing.assert_array_equal(
            source.at[has.get(ArraysOf("0", sampled=True).outer)], ready.splits.outer
        )
        assert not folds.share("0", "robust", 601)
        whole = has.get(ArraysOf("0").rows("robust", "numeric"))
        np.testing.assert_array_equal(whole[source.at], numbers)


def test_how_long_all_rows_will_take_is_told_by_the_sample(tmp_path: Path) -> None:
    pl.DataFrame({"a": range(3000), "y": np.linspace(0, 1, 3000)}).write_parquet(tmp_path / "t.parquet")
    options = Options(str(tmp_path / "t.parquet"), "y")
    source = streamed.from_files(options, options.data, Sizes(1, 1, sample=600, bucket=500, batch_cells=1))
    assert source is not None
    with InProcess("honed.search.job:Worker") as executor:
        folds = Folds(prepare_source(source, options), executor)
        assert folds.seconds("0", "robust") == source.reading_seconds > 0
        folds.share("0", "robust", 100)
        assert folds.seconds("0", "robust", 100) == 0
        assert folds.seconds("0", "robust") > source.reading_seconds
        folds.share("0", "robust", None)
        assert folds.seconds("all", "robust") == 0
