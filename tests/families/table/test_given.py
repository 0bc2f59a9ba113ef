"""Rows that were given to validate on: beside a table in memory, and beside one that is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.encode.encoder import Encoder
from honed.errors import InputError
from honed.families.table import TABLE, shared_out, streamed
from honed.families.table.given import joined
from honed.families.table.source import TableSource, from_files
from honed.families.table.streamed import Sizes, StreamedSource
from honed.run import paths
from honed.search.options import Options
from honed.search.prepare import Prepared, prepare_source
from honed.table import split
from honed.table.read import from_frame

ROWS, GIVEN = 2000, 300
SMALL = Sizes(large_cells=1, large_bytes=1, sample=10_000, bucket=500, batch_cells=1, block=20_000)


def frame() -> pl.DataFrame:
    """The table, and behind it the given rows."""
    rng = np.random.default_rng(0)
    rows = ROWS + GIVEN
    a = rng.normal(size=rows).round(6)
    made = pl.DataFrame(
        {
            "a": a,
            "who": [f"p{row}" for row in rng.integers(0, 300, rows)],
            "word": rng.choice(["x", "y", "z"], rows),
            "day": pl.Series(rng.integers(18_000, 18_700, rows)).cast(pl.Int32).cast(pl.Date),
            "y": (a + rng.normal(0, 0.1, rows)).round(6),
        }
    )
    return made.with_columns(y=pl.when(pl.int_range(rows) % 100 == 7).then(None).otherwise("y"))


def write(folder: Path, kind: str, given: pl.DataFrame) -> tuple[str, str]:
    """Paths of both."""
    table, data, valid = frame().head(ROWS), folder / "t.parquet", folder / "v.csv"
    table.write_parquet(data) if kind != "csv" else table.write_csv(data.with_suffix(".csv"))
    if kind == "folder":
        (valid := folder / "v").mkdir()
        for number in range(2):
            given[number * 200 : number * 200 + 200].write_parquet(valid / f"{number}.parquet")
    else:
        given.write_csv(valid)
    return str(data if kind != "csv" else data.with_suffix(".csv")), str(valid)


def both(paths: tuple[str, str], sample: int = 10_000, **asked: Any) -> tuple[Prepared, Prepared]:
    """The table prepared as one beyond memory, and as any."""
    options = Options(paths[0], asked.pop("target", "y"), valid=paths[1], no_time=True, **asked)
    found = streamed.from_files(options, paths[0], SMALL._replace(sample=sample))
    assert found is not None
    return prepare_source(found, options), prepare_source(from_files(options, {}), options)


def rows(prepared: Prepared, positions: np.ndarray) -> list[int]:
    return sorted(prepared.source.places[positions].tolist())


@pytest.mark.parametrize("kind", ["csv", "mixed", "folder"])
@pytest.mark.parametrize("group", [None, "who"])
def test_rows_beside_a_table_beyond_memory_validate_as_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, group: str | None
) -> None:
    monkeypatch.setattr(split, "LARGE", 1000)
    found, usual = both(write(tmp_path, kind, frame().tail(GIVEN)), group=group)
    assert found.schema == usual.schema
    one, two = found.splits, usual.splits
    assert rows(found, one.outer) == rows(usual, two.outer)
    assert rows(found, one.folds[0].valid) == rows(usual, two.folds[0].valid)
    assert rows(found, one.folds[0].train) == rows(usual, two.folds[0].train)
    assert rows(found, one.known(len(found.y))) == rows(usual, two.known(len(usual.y)))
    assert found.source.given is not None and len(found.source.given) == GIVEN - 3
    assert "297 rows were given to validate on" in found.splits.reason
    assert isinstance(found.source, StreamedSource) and isinstance(usual.source, TableSource)
    learned, expected = (
        TABLE.learn(source, each.splits.folds[0].train, "robust")
        for source, each in ((found.source, found), (usual.source, usual))
    )
    assert isinstance(learned, Encoder) and learned.to_json() == expected.to_json()
    encoded = expected.encode(usual.source.table.frame)
    for positions, cells in found.source.in_batches():
        kept = positions >= 0
        mine = learned.encode(cells)
        to = found.source.places[positions[kept]]
        np.testing.assert_array_equal(mine.numeric[kept], encoded.numeric[to])
        np.testing.assert_array_equal(mine.codes[kept], encoded.codes[to])


@pytest.mark.parametrize("kind", ["csv", "mixed", "folder"])
def test_rows_that_the_table_holds_are_left_out(tmp_path: Path, kind: str) -> None:
    given = pl.concat([frame().tail(GIVEN), frame()[100:140]])
    found, usual = both(write(tmp_path, kind, given), sample=700)
    note = next(note for note in usual.notes if note.startswith("Left out 40 rows of"))
    assert note in found.notes
    assert len(found.y) == len(usual.y)
    left_out = {*range(ROWS + GIVEN, ROWS + GIVEN + 40)}
    assert not left_out & {*found.source.places.tolist()}
    assert (
        isinstance(found.source, StreamedSource)
        and np.isin(found.splits.folds[0].valid, found.source.at).all()
    )


@pytest.mark.parametrize(("most", "sample"), [(50, 900), (50_000, 200)])
def test_of_many_given_rows_some_validate_and_the_others_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, sample: int
) -> None:
    monkeypatch.setattr(shared_out, "MOST_GIVEN", most)
    found, _ = both(write(tmp_path, "csv", frame().tail(GIVEN)), sample=sample, group="who")
    splits = found.splits
    parts = (splits.folds[0].train, splits.folds[0].valid, splits.outer, splits.aside)
    assert all(part is not None and len(part) for part in parts)
    assert len(parts[1]) == 50 if most == 50 else 150 < len(parts[1]) <= sample
    every = np.concatenate([part for part in parts if part is not None])
    np.testing.assert_array_equal(np.sort(every), np.arange(len(found.y)))
    assert min(rows(found, splits.folds[0].valid)) >= ROWS > max(rows(found, splits.folds[0].train))
    who = frame()["who"]
    train, outer = ({*who[rows(found, part)]} for part in (splits.folds[0].train, splits.outer))
    assert not train & outer
    assert f"{len(parts[1])} of the 297 rows that were given validate" in splits.reason


def test_classes_that_training_lacks_are_left_out(tmp_path: Path) -> None:
    given = (
        frame()
        .tail(GIVEN)
        .with_columns(word=pl.when(pl.int_range(GIVEN) < 2).then(pl.lit("new")).otherwise("word"))
    )
    found, usual = both(write(tmp_path, "csv", given), target="word")
    assert found.schema.target == usual.schema.target
    assert rows(found, found.splits.folds[0].valid) == list(range(ROWS + 2, ROWS + GIVEN))
    assert len(found.y) == len(usual.y)
    told = [note for note in usual.notes if "Left out" in note]
    assert "whose class training lacks" in told[0]
    assert [note for note in found.notes if "Left out" in note] == told


def test_a_column_that_is_not_there_and_rows_that_all_are_the_tables_are_refused(tmp_path: Path) -> None:
    cases = (
        (frame().tail(GIVEN).drop("a"), r"v\.csv lacks the column 'a'"),
        (frame()[50:90], "All 40 rows of"),
    )
    for given, says in cases:
        data, valid = write(tmp_path, "csv", given)
        options = Options(data, "y", valid=valid)
        with pytest.raises(InputError, match=says):
            streamed.from_files(options, options.data, SMALL)
        with pytest.raises(InputError, match=says):
            from_files(options, {})


def test_it_is_the_same_run_wherever_the_rows_were_moved(tmp_path: Path) -> None:
    data, valid = write(tmp_path, "folder", frame().tail(GIVEN))
    options = Options(data, "y", valid=valid)
    first = streamed.from_files(options, data, SMALL)
    moved = Path(valid).rename(tmp_path / "moved")
    again = streamed.from_files(options, data, SMALL, str(moved))
    assert first is not None and again is not None and first.fingerprint == again.fingerprint
    frame().head(9).write_parquet(moved / "0.parquet")
    other = streamed.from_files(options, data, SMALL, str(moved))
    assert other is not None and other.fingerprint != first.fingerprint


def test_which_rows_are_there_is_known() -> None:
    table, given = frame().head(50), pl.concat([frame()[3:6], frame().tail(20)])
    found = joined(from_frame(table), from_frame(given), Options("t", "y", valid="v"))
    assert np.flatnonzero(~found.kept).tolist() == [50, 51, 52]
    assert found.table.frame.equals(pl.concat([table, given])[found.kept.nonzero()[0].tolist()])


def test_a_header_alone_is_said_to_hold_no_rows(tmp_path: Path) -> None:
    table, valid = write(tmp_path, "csv", frame().tail(GIVEN).clear())
    with pytest.raises(InputError, match=r"v\.csv has a header and no rows"):
        streamed.from_files(Options(table, "y", valid=valid, no_time=True), table, SMALL)


def test_several_files_of_given_rows_are_named_side_by_side(tmp_path: Path) -> None:
    data, _ = write(tmp_path, "csv", frame().tail(GIVEN).drop("a"))
    words = [str(tmp_path / f"{name}.csv") for name in "vw"]
    frame().tail(GIVEN).drop("a").write_csv(words[1])
    options = Options(data, "y", valid=paths.joined(words))
    for read in (lambda: from_files(options, {}), lambda: streamed.from_files(options, data, SMALL)):
        with pytest.raises(InputError, match=r"v\.csv \+ \S+w\.csv lacks the column 'a' of"):
            read()
