"""Tables that are not held in memory, with limits so small that these are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.encode import encoder as encoding
from honed.errors import DataWarning, InputError
from honed.families.table import TABLE, streamed
from honed.families.table.source import from_files
from honed.families.table.streamed import Sizes, StreamedSource
from honed.model import load
from honed.run.in_process import InProcess
from honed.search import by_hand
from honed.search.folds import Folds
from honed.search.options import Options
from honed.search.payloads import ArraysOf
from honed.search.prepare import prepare_source
from honed.table import batches

ROWS = 4000
SMALL = Sizes(large_cells=1, large_bytes=1, sample=10_000, bucket=500, batch_cells=1, block=20_000)


def frame(rows: int = ROWS) -> pl.DataFrame:
    """Sorted by its target, with empty cells."""
    rng, draw = np.random.default_rng(0), np.random.default_rng(1)
    size, word = rng.normal(size=rows).round(6), rng.integers(0, 40, rows)
    y = (size + word / 10 + rng.normal(0, 0.1, rows)).round(6)
    made = pl.DataFrame(
        {
            "size": size,
            "word": [f"w{level}" for level in word],
            "is_new": rng.choice(["yes", "no"], rows),
            "tags": [
                "|".join(draw.choice(list("abcdef"), 1 + row % 3, replace=False)) for row in range(rows)
            ],
            "day": pl.Series(rng.integers(18_000, 19_000, rows)).cast(pl.Int32).cast(pl.Date),
            "y": y,
        }
    ).sort("y")
    return made.with_columns(
        size=pl.when(pl.int_range(rows) % 50 == 0).then(None).otherwise("size"),
        y=pl.when(pl.int_range(rows) % 400 == 0).then(None).otherwise("y"),
    )


def options(path: Path, target: str = "y") -> Options:
    return Options(
        str(path),
        target,
        no_time=True,
        settings={"epochs": 4, "hidden_sizes": [8], "batch_size": 64, "learning_rate": 0.02},
    )


def of(path: Path, target: str = "y", sizes: Sizes = SMALL) -> StreamedSource:
    found = streamed.from_files(options(path, target), str(path), sizes)
    assert found is not None
    return found


@pytest.fixture(params=["csv", "parquet", "folder"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "folder":
        for number in range(2):
            frame()[number * 2000 : number * 2000 + 2000].write_csv(tmp_path / f"{number}.csv")
        return tmp_path
    found = tmp_path / f"t.{request.param}"
    frame().write_csv(found) if request.param == "csv" else frame().write_parquet(found)
    return found


def test_all_is_understood_as_of_a_table_in_memory(path: Path) -> None:
    found, usual = of(path), from_files(options(path), {})
    assert found.schema == usual.schema
    assert not np.array_equal(found.places, usual.places)
    np.testing.assert_array_equal(np.sort(found.places), usual.places)
    np.testing.assert_array_equal(found.y, usual.y[np.searchsorted(usual.places, found.places)])
    assert any("not held in memory" in note for note in found.notes)


def test_a_table_that_takes_more_than_half_of_the_free_memory_is_not_held_in_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert streamed.from_files(replace(options(path), memory=1), str(path)) is None, "it is small"
    monkeypatch.setattr(batches, "LARGE_BYTES", 1)
    monkeypatch.setattr(batches, "LARGE_CELLS", 1)
    files = [path] if path.is_file() else list(path.iterdir())
    size = 16 * 6 * ROWS if path.suffix == ".parquet" else sum(file.stat().st_size for file in files)
    for free, is_held in ((int(2 * 3 * 0.9 * size), False), (int(2 * 3 * 1.1 * size), True), (None, True)):
        found = streamed.from_files(replace(options(path), memory=free), str(path))
        assert (found is None) == is_held


def test_the_limits_are_the_usual_ones_where_any_table_below_them_fits() -> None:
    for free in (6_500_000_000, 20_000_000_000):
        assert streamed.scarce(free) is None
    assert streamed.scarce(6_400_000_000) == 6_400_000_000
    usual, few = streamed.fitting(streamed.scarce(10**11)), streamed.fitting(streamed.scarce(2 * 10**9))
    assert usual == Sizes()
    assert few.large_bytes == pytest.approx(2e9 / 6, rel=1e-6)
    assert few.large_cells == pytest.approx(2e9 / 6 / 16, rel=1e-6)
    assert few._replace(large_bytes=usual.large_bytes, large_cells=usual.large_cells) == usual


def test_encoded_rows_are_those_of_a_table_in_memory(path: Path) -> None:
    found, usual = of(path), from_files(options(path), {})
    ready = prepare_source(found, options(path))
    with InProcess("honed.search.job:Worker") as executor:
        folds = Folds(ready, executor)
        learned = folds.encoder("0", "robust")
        assert folds.encoder("all", "robust") is learned
        assert not folds.share("0", "robust", None)
        assert not folds.share("all", "robust", None)
        rows = found.places[found.own.known(len(found.y))]
        expected = encoding.fit(
            usual.table, usual.schema, np.setdiff1d(rows, found.places[ready.splits.folds[0].valid])
        )
        assert isinstance(learned, encoding.Encoder)
        assert learned.to_json() == expected.to_json()
        encoded = expected.encode(usual.table.frame)
        for fold in ("0", "all"):
            for part, array in encoded._asdict().items():
                handed = executor._spool.get(ArraysOf(fold).rows("robust", part))
                np.testing.assert_array_equal(handed, array[found.places])


def test_rows_of_a_sorted_file_are_spread_over_all_windows(path: Path) -> None:
    found = of(path)
    assert found.bounds is not None and len(found.bounds) == 9
    for first, last in zip(found.bounds[:-1], found.bounds[1:], strict=True):
        own = found.places[first:last]
        assert (np.diff(own) > 0).all()
        assert abs(own.mean() / ROWS - 0.5) < 0.1
        assert abs(np.std(own) / ROWS - 12**-0.5) < 0.05


def test_a_part_of_the_rows_says_nearly_the_same(path: Path) -> None:
    found, usual = of(path, sizes=SMALL._replace(sample=1000)), from_files(options(path), {})
    assert 900 < len(found.sample.y) <= 1000
    for column, own in zip(found.schema.columns, usual.schema.columns, strict=True):
        assert (column.name, column.kind, column.missing) == (own.name, own.kind, own.missing)
    one, two = (
        TABLE.learn(found, np.sort(found.at), "robust"),
        encoding.fit(usual.table, usual.schema, usual.places),
    )
    assert one.inputs == two.inputs
    np.testing.assert_allclose(one.scaling.center, two.scaling.center, rtol=0.05, atol=0.1)
    assert np.isin(found.own.outer, found.at).all()


def test_rows_are_taken_from_the_sample_or_from_the_files(path: Path) -> None:
    found, usual = of(path, sizes=SMALL._replace(sample=1000)), from_files(options(path), {})
    for positions in (found.own.outer[:7], np.array([3000, 5, 1234], np.int32)):
        expected = usual.table.frame[found.places[positions].tolist()]
        assert found.take(positions).equals(expected)


def test_classes_and_rows_without_one_are_counted(tmp_path: Path) -> None:
    frame().write_csv(tmp_path / "t.csv")
    found = of(tmp_path / "t.csv", "word")
    usual = from_files(options(tmp_path / "t.csv", "word"), {})
    assert found.schema.target == usual.schema.target
    np.testing.assert_array_equal(found.y, usual.y[np.searchsorted(usual.places, found.places)])


def test_what_the_sample_did_not_show_is_left_out_and_said(tmp_path: Path) -> None:
    odd = frame().with_columns(
        size=pl.when(pl.int_range(ROWS) == 7).then(pl.lit("oops")).otherwise(pl.col("size").cast(pl.String)),
        word=pl.when(pl.int_range(ROWS) == 9).then(pl.lit("alone")).otherwise("word"),
    )
    odd.write_csv(tmp_path / "t.csv")
    found = of(tmp_path / "t.csv", "word", SMALL._replace(sample=500))
    assert (found.schema.rows, found.schema.dropped_rows) == (ROWS - 1, 1)
    assert any("1 row of classes so rare" in note and "alone" in note for note in found.notes)
    with pytest.warns(DataWarning, match="column 'size', row 8: 'oops'"):
        sizes = [positions.size for positions, _ in found.in_batches()]
    assert sum(sizes) == ROWS


def test_rounds_are_refused_before_any_row_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(streamed.first_pass, "first_pass")
    frame().write_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"t\.parquet is too large .* several targets \('y', 'size'\)"):
        streamed.from_files(Options("t", "y", further=("size",)), str(tmp_path / "t.parquet"), SMALL)
    by_target = Options("t", "y", settings={"encoding": "target"}), Options("t", "y", encodings=("target",))
    for options in by_target:
        with pytest.raises(InputError, match=r"is too large .* \(encoding 'target'\) .* Leave it out"):
            streamed.from_files(options, str(tmp_path / "t.parquet"), SMALL)
    with pytest.raises(InputError, match=r"t\.parquet is too large .* each of --nested 5 rounds would"):
        streamed.from_files(Options("t", "y", nested=5), str(tmp_path / "t.parquet"), SMALL)


def test_a_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    frame().write_csv(tmp_path / "t.csv")
    before = of(tmp_path / "t.csv").fingerprint
    (tmp_path / "t.csv").rename(tmp_path / "u.csv")
    assert of(tmp_path / "u.csv").fingerprint == before
    frame().reverse().write_csv(tmp_path / "u.csv")
    assert of(tmp_path / "u.csv").fingerprint != before


@pytest.mark.parametrize("rows", [ROWS - 10, ROWS + 10])
def test_files_that_changed_since_the_first_pass_are_noticed(tmp_path: Path, rows: int) -> None:
    frame().write_csv(tmp_path / "t.csv")
    found = of(tmp_path / "t.csv", sizes=SMALL._replace(sample=1000))
    frame(rows).write_csv(tmp_path / "t.csv")
    with pytest.raises(InputError, match=r"t\.csv has changed since it was first read"):
        list(found.in_batches())
    (tmp_path / "t.csv").write_text(frame().write_csv() + "1,2\n")
    with pytest.raises(InputError, match="has changed"):
        found.take(np.array([3000, 5, 1234], np.int32))


@pytest.mark.parametrize("end", ["csv", "parquet"])
def test_a_file_that_vanishes_is_named_at_any_time(
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the passes, and then while rows are encoded."""

    def vanishing(*words: Any, **more: Any) -> Any:
        found = first_pass(*words, **more)
        (tmp_path / f"1.{end}").rename(tmp_path / "gone")
        return found

    first_pass = streamed.first_pass.first_pass
    for number in range(2):
        getattr(frame(), f"write_{end}")(tmp_path / f"{number}.{end}")
    found = of(tmp_path)
    monkeypatch.setattr(streamed.first_pass, "first_pass", vanishing)
    with pytest.raises(InputError, match=rf"1\.{end} cannot be read: No such file"):
        of(tmp_path)
    with pytest.raises(InputError, match=rf"1\.{end} cannot be read: No such file"):
        list(found.in_batches())


def test_what_several_files_say_alike_is_said_once(tmp_path: Path) -> None:
    for number in range(3):
        part = frame()[number * 1000 : number * 1000 + 1000]
        (tmp_path / f"{number}.csv").write_text("A report\n\n" + part.write_csv())
    with pytest.warns(DataWarning, match="say --as-is"):
        notes = of(tmp_path).notes
    assert sum("in 2 files, such as" in note for note in notes) == 1  # the first is in doubt
    assert "read 3 files as one table" in notes[0]


def test_a_small_table_is_not_streamed(tmp_path: Path) -> None:
    frame(100).write_csv(tmp_path / "t.csv")
    assert streamed.from_files(options(tmp_path / "t.csv"), str(tmp_path / "t.csv")) is None


def test_training_is_repeatable_and_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "Sizes", lambda: SMALL)
    frame().write_parquet(tmp_path / "t.parquet")
    for name in "ab":
        facts: Any = by_hand.train(options(tmp_path / "t.parquet"), tmp_path / name)
        scores = facts["scores"]
        assert scores["network"]["value"] < 0.8 * scores["trivial"]["value"]
    weights = [(tmp_path / name / "model" / "weights.safetensors").read_bytes() for name in "ab"]
    assert weights[0] == weights[1]
    assert load(tmp_path / "a").schema.rows == ROWS - 10


def test_buckets_of_wide_tables_have_fewer_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "BUCKET_BYTES", 4 * (6 + 6) * 100)
    frame().write_parquet(tmp_path / "t.parquet")
    bounds = of(tmp_path / "t.parquet").bounds
    assert bounds is not None and len(bounds) == 41
