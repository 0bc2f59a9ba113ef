"""Rows of a table that is not held in memory: held out as those of one that is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.families.table import TABLE, streamed
from honed.families.table.source import HELD, TableSource, from_files
from honed.families.table.streamed import Sizes, StreamedSource
from honed.run.in_process import InProcess
from honed.search import by_hand
from honed.search.folds import Folds
from honed.search.options import Options
from honed.search.payloads import ArraysOf
from honed.search.prepare import Prepared, prepare_source
from honed.table import by_time, split

ROWS = 3000
SMALL = Sizes(large_cells=1, large_bytes=1, sample=10_000, bucket=500, batch_cells=1, block=20_000)


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows so many that they validate once."""
    for module in (by_time, split):
        monkeypatch.setattr(module, "LARGE", 1000)


def frame() -> pl.DataFrame:
    """Sorted by nothing that shares rows out; some cells are empty."""
    rng = np.random.default_rng(0)
    days = rng.permutation(np.repeat(np.arange(ROWS // 5), 5)) + 18_000
    a = rng.normal(size=ROWS)
    made = pl.DataFrame(
        {
            "day": pl.Series(days).cast(pl.Int32).cast(pl.Date),
            "hour": days.astype(np.float64),
            "visit": [f"p{row}_{row % 3}" for row in rng.integers(0, 400, ROWS)],
            "part": rng.integers(1, 6, ROWS),
            "word": rng.choice(["x", "y", "z"], ROWS),
            "a": a,
            "y": a + days / 200 + rng.normal(0, 0.1, ROWS),
        }
    )
    empty = [
        pl.when(pl.int_range(ROWS) % 97 == 5).then(None).otherwise(name).alias(name) for name in ("a", "part")
    ]
    gone = pl.when(pl.int_range(ROWS) % 300 == 0).then(None).otherwise("y").alias("y")
    return made.with_columns(*empty, gone, visit=pl.when(pl.col("a") > 2.2).then(None).otherwise("visit"))


def both(path: Path, sample: int = 10_000, **asked: Any) -> tuple[Prepared, Prepared]:
    """The table prepared as one beyond memory, and as any."""
    options = Options(str(path), "y", **asked)
    found = streamed.from_files(options, str(path), SMALL._replace(sample=sample))
    assert found is not None
    return prepare_source(found, options), prepare_source(from_files(options, {}), options)


def rows(prepared: Prepared, positions: np.ndarray | None) -> list[int]:
    """Of the file."""
    return sorted(prepared.source.places[positions].tolist())


@pytest.fixture(params=["csv", "folder"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Of texts, or of several typed files."""
    if request.param == "folder":
        for number in range(2):
            frame()[number * 1000 : number * 2000 + 1000].write_parquet(tmp_path / f"{number}.parquet")
        return tmp_path
    frame().write_csv(tmp_path / "t.csv")
    return tmp_path / "t.csv"


@pytest.mark.parametrize(
    "asked",
    [
        {"time": "day"},
        {"time": "day", "gap": "30d", "exclude": ("day",)},
        {"time": "hour", "gap": "70"},
        {"group": "visit"},
        {"group": "visit", "group_stem": "_"},
        {"group": "visit", "group_stem": "^p(.)"},
        {"fold": "part"},
    ],
    ids=str,
)
def test_the_same_rows_are_held_out_as_in_memory(path: Path, asked: dict[str, Any]) -> None:
    found, usual = both(path, **asked)
    one, two = found.splits, usual.splits
    assert len(one.folds) == 1
    assert rows(found, one.outer) == rows(usual, two.outer)
    assert rows(found, one.folds[0].valid) == rows(usual, two.folds[0].valid)
    assert rows(found, one.folds[0].train) == rows(usual, two.folds[0].train)
    assert rows(found, one.known(len(found.y))) == rows(usual, two.known(len(usual.y)))
    if two.otherwise is not None:
        assert one.otherwise is not None
        assert rows(found, one.otherwise.outer) == rows(usual, two.otherwise.outer)
        assert rows(found, one.otherwise.train) == rows(usual, two.otherwise.train)
    assert found.schema == usual.schema
    held = np.sort(one.outer)
    of_usual = np.searchsorted(usual.source.places, found.source.places[held])
    ties, known = found.groups_of(held), usual.groups_of(of_usual)
    assert (ties is None) == (known is None)
    if ties is not None and known is not None:
        assert len({*zip(ties, known, strict=True)}) == len({*ties}) == len({*known})


def test_what_the_sample_scores_leaves_all_later_rows_out(path: Path) -> None:
    found, usual = both(path, sample=800, time="day", gap="10d")
    one, two = found.splits, usual.splits
    assert rows(found, one.folds[0].train) == rows(usual, two.folds[0].train)
    assert rows(found, one.inner) == rows(usual, two.inner)
    for mine, all_of in ((one.outer, two.outer), (one.folds[0].valid, two.folds[0].valid)):
        assert 0 < len(mine) < len(all_of)
        assert set(rows(found, mine)) <= set(rows(usual, all_of))
        assert isinstance(found.source, StreamedSource) and np.isin(mine, found.source.at).all()
    assert one.otherwise is not None and np.isin(one.otherwise.outer, found.source.at).all()
    assert not np.isin(one.otherwise.outer, one.otherwise.train).any()
    shared = found.source.shared
    assert shared.inner is not None and not np.isin(shared.outer, shared.inner).any()
    np.testing.assert_array_equal(np.sort(found.source.at[shared.outer]), one.outer)


@pytest.mark.parametrize("asked", [{"group": "visit", "group_stem": "_"}, {"fold": "part"}], ids=str)
def test_rows_that_belong_with_those_held_out_do_not_train(path: Path, asked: dict[str, Any]) -> None:
    found, _ = both(path, sample=800, **asked)
    name = next(iter(asked.values()))
    cells = frame()[name].cast(pl.String).str.replace("_.*", "")
    splits, places = found.splits, found.source.places
    train, valid, outer, known = (
        {*cells[places[part].tolist()].drop_nulls()}
        for part in (splits.folds[0].train, splits.folds[0].valid, splits.outer, splits.known(len(found.y)))
    )
    assert train and valid and outer
    assert not train & valid and not train & outer and not valid & outer and not known & outer
    assert splits.aside is not None and len(splits.aside)
    parts = (splits.folds[0].train, splits.folds[0].valid, splits.outer, splits.aside)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(found.y)))
    alone = by_hand.sharing(Options("t", "y"))(splits)
    assert f"; {len(splits.aside):,} more belong with those that do not train" in alone.reason
    assert alone.aside is splits.aside


def test_parts_of_a_split_are_known_by_their_words(tmp_path: Path) -> None:
    words = np.random.default_rng(0).choice(["train", "val", "test"], ROWS, p=[0.6, 0.2, 0.2])
    frame().with_columns(part=words).write_parquet(tmp_path / "t.parquet")
    found, usual = both(tmp_path / "t.parquet", fold="part")
    assert rows(found, found.splits.outer) == rows(usual, usual.splits.outer)
    assert rows(found, found.splits.folds[0].valid) == rows(usual, usual.splits.folds[0].valid)
    assert "is 'test', are kept" in found.splits.reason and "is 'val' validate" in found.splits.reason


@pytest.mark.filterwarnings("ignore:Column .day.")
def test_a_time_is_read_as_the_sample_is_and_cells_that_are_none_always_train(tmp_path: Path) -> None:
    days = frame()["day"].dt.strftime("%d/%m/%Y").to_list()
    days[7], days[11], days[12] = "soon", "", None
    frame().with_columns(day=pl.Series(days)).write_csv(tmp_path / "t.csv")
    found, usual = both(tmp_path / "t.csv", time="day")
    assert rows(found, found.splits.outer) == rows(usual, usual.splits.outer)
    found, _ = both(tmp_path / "t.csv", sample=500, time="day")
    train = rows(found, found.splits.folds[0].train)
    assert {7, 11, 12} <= set(train)
    assert rows(found, found.splits.outer) != rows(usual, usual.splits.outer)
    said = [note for note in found.notes if "say no time" in note]
    assert said == ["1 cell of 'day' say no time, so such rows always train: column 'day', row 8: 'soon'."]


def test_rows_that_follow_each_other_in_time_are_noticed(tmp_path: Path) -> None:
    made = frame().sort("day").drop("hour", "part")
    made.write_csv(tmp_path / "t.csv")
    for sample in (10_000, 800):
        found, usual = both(tmp_path / "t.csv", sample=sample)
        assert found.schema.time == usual.schema.time == "day"
        assert rows(found, found.splits.inner) == rows(usual, usual.splits.inner)
        assert [note for note in found.notes if "newest rows by 'day'" in note]
    found, _ = both(tmp_path / "t.csv", no_time=True)
    assert found.source.times is None and found.splits.inner is None


@pytest.mark.parametrize("weeks", [12, 7])
def test_as_many_rows_at_each_step_are_noticed_of_all_rows(tmp_path: Path, weeks: int) -> None:
    rng, count = np.random.default_rng(0), ROWS // 12
    days = (
        pl.Series(rng.permutation(np.tile(np.arange(12) % weeks * 7, count)) + 18_000)
        .cast(pl.Int32)
        .cast(pl.Date)
    )
    columns = {"week": days, "a": rng.normal(size=ROWS), "y": rng.normal(size=ROWS)}
    pl.DataFrame(columns).write_csv(tmp_path / "t.csv")
    found, usual = both(tmp_path / "t.csv", sample=700)
    assert found.schema.time == usual.schema.time == ("week" if weeks == 12 else None)
    if weeks == 12:
        assert rows(found, found.splits.inner) == rows(usual, usual.splits.inner)
        note = next(note for note in usual.notes if "equally many rows at each of equal steps" in note)
        assert note in found.notes and (HELD in found.notes) == (HELD in usual.notes)


def test_a_time_that_the_first_rows_do_not_show_is_named(tmp_path: Path) -> None:
    made = frame().sort("day").drop("hour", "part")
    made = made.with_columns(day=pl.when(pl.int_range(ROWS) < 140).then(None).otherwise("day"))
    made.write_parquet(tmp_path / "u.parquet")
    made.with_columns(pl.col("day").cast(pl.String)).write_csv(tmp_path / "t.csv")
    options = Options(str(tmp_path / "t.csv"), "y")
    found = streamed.from_files(options, options.data, SMALL._replace(block=6000))
    assert found is not None and found.times is None and found.schema.time is None
    assert [note for note in found.notes if "With --time (time=) it is of the newest" in note]
    assert not [note for note in found.notes if "In rows later than all" in note]


@pytest.mark.parametrize("trend", [True, False, None])
def test_the_trend_is_as_in_memory(tmp_path: Path, trend: bool | None) -> None:
    frame().drop("hour").write_parquet(tmp_path / "t.parquet")
    found, usual = both(tmp_path / "t.parquet", time="day", trend=trend)
    assert found.schema == usual.schema
    kept = {part for column in found.schema.columns for part in column.parts} & {"elapsed", "year"}
    assert bool(kept) == (trend is not False)
    assert isinstance(found.source, StreamedSource) and found.source.has_edge == bool(kept)
    assert (HELD in found.notes) == (HELD in usual.notes) == bool(kept)
    said = "time since the first and year are left out, as was asked"
    assert any(said in note for note in found.notes) == (trend is False)


@pytest.mark.parametrize("trend", [True, False])
def test_rows_up_to_a_later_edge_have_their_own_arrays(tmp_path: Path, trend: bool) -> None:
    frame().write_parquet(tmp_path / "t.parquet")
    found, usual = both(tmp_path / "t.parquet", time="hour", trend=trend, exclude=("day",))
    assert isinstance(found.source, StreamedSource) and found.source.has_edge == trend
    with InProcess("honed.search.job:Worker") as executor:
        folds = Folds(found, executor)
        for name in ("0", "all", "otherwise", "inner"):
            encoder = folds.encoder(name, "robust")
            folds.share(name, "robust", None)
            known = "0" if name == "otherwise" or not trend else name
            assert isinstance(usual.source, TableSource)
            expected = TABLE.learn(usual.source, usual.fold(known).train, "robust")
            assert encoder.to_json() == expected.to_json()
            order = found.source.places.tolist()
            numbers = expected.encode(usual.source.table.frame[order]).numeric
            handed = executor._spool.get(ArraysOf(name).rows("robust", "numeric"))
            np.testing.assert_array_equal(handed, numbers)


def test_a_training_along_time_learns_and_is_repeatable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streamed, "Sizes", lambda: SMALL._replace(sample=900))
    frame().write_parquet(tmp_path / "t.parquet")
    settings: Any = {"epochs": 4, "hidden_sizes": [8], "batch_size": 64, "learning_rate": 0.02}
    for name in "ab":
        options = Options(str(tmp_path / "t.parquet"), "y", time="day", settings=settings)
        facts: Any = by_hand.train(options, tmp_path / name)
        assert facts["scores"]["network"]["value"] < 0.8 * facts["scores"]["trivial"]["value"]
    weights = [(tmp_path / name / "model" / "weights.safetensors").read_bytes() for name in "ab"]
    assert weights[0] == weights[1]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"time": "dya"}, "no column 'dya'"),
        ({"time": "word"}, "neither numbers nor dates"),
        ({"gap": "7d", "no_time": True}, "Name it with --time"),
        ({"time": "day", "gap": "9000"}, "leaves too few"),
        ({"fold": "visit"}, "distinct value"),
        ({"group": "word", "group_stem": "#"}, "no cell of the group column"),
        ({"trend": True, "no_time": True}, "no column says when rows were"),
    ],
    ids=str,
)
def test_what_cannot_be_is_said_as_in_memory(tmp_path: Path, asked: dict[str, Any], says: str) -> None:
    frame().write_parquet(tmp_path / "t.parquet")
    options = Options(str(tmp_path / "t.parquet"), "y", **asked)
    of: list[Callable[[], Any]] = [
        lambda: streamed.from_files(options, options.data, SMALL),
        lambda: from_files(options, {}),
    ]
    for source in of:
        with pytest.raises(InputError, match=says):
            prepare_source(source(), options)


def test_a_value_of_folds_that_the_sample_lacks_is_refused(tmp_path: Path) -> None:
    parts = np.where(np.arange(ROWS) == 1234, 9, np.arange(ROWS) % 4)
    frame().with_columns(part=parts).write_parquet(tmp_path / "t.parquet")
    options = Options(str(tmp_path / "t.parquet"), "y", fold="part")
    with pytest.raises(
        InputError, match=r"rows whose 'part' is '9' are to give the score, and they are so few"
    ):
        streamed.from_files(options, options.data, SMALL._replace(sample=100))
