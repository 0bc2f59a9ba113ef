"""Words and files to a checked table: what is refused, and which rows may be used for what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.families.plain import Also, InMemory
from honed.search import opening
from honed.search.options import Options
from honed.search.prepare import check_numbers, prepare, prepare_source


def write(path: Path, rows: int, first: int = 0, header: str = "size,kind,price") -> str:
    lines = [f"{row * 0.37 % 5},{'ab'[row % 2]},{row * 0.51}" for row in range(first, first + rows)]
    path.write_text("\n".join([header, *lines]) + "\n")
    return str(path)


def test_given_rows_are_the_only_ones_that_validate(tmp_path: Path) -> None:
    train, valid = write(tmp_path / "train.csv", 60), write(tmp_path / "valid.csv", 20, first=60)
    ready = prepare(Options(train, "price", trials=1, valid=valid))
    assert len(ready.y) == 80
    assert [fold.valid.tolist() for fold in ready.splits.folds] == [list(range(60, 80))]
    assert set(ready.splits.outer) < set(range(60))


@pytest.mark.parametrize("data", ["t.csv", "not there"])
def test_a_way_to_encode_that_there_is_not_is_refused_before_any_row_is_read(
    data: str, tmp_path: Path
) -> None:
    write(tmp_path / "t.csv", 60)
    options = Options(str(tmp_path / data), "price", trials=1, encodings=("target", "pears"))
    with pytest.raises(InputError, match=r"called 'pears'\. Did you mean 'pairs'\? .*: robust, .*crosses"):
        prepare(options)


def test_given_rows_need_the_columns_of_the_table(tmp_path: Path) -> None:
    train = write(tmp_path / "train.csv", 60)
    valid = write(tmp_path / "valid.csv", 20, header="size,sort,price")
    with pytest.raises(InputError, match="lacks the column 'kind'"):
        prepare(Options(train, "price", trials=1, valid=valid))


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        (0, "big", "Column 'size', row 3: 'big' is not a number"),
        (0, "inf", "Column 'size', row 3: 'inf' is infinite"),
        (2, "inf", "Column 'price', row 3: 'inf' is infinite"),
        (2, "dear", "Column 'price', row 3: 'dear' is not a number"),
    ],
)
def test_a_given_row_that_does_not_fit_is_named_by_its_own_file(
    column: int, cell: str, said: str, tmp_path: Path
) -> None:
    train, valid = write(tmp_path / "train.csv", 60), write(tmp_path / "valid.csv", 20, first=60)
    lines = [line.split(",") for line in Path(valid).read_text().splitlines()]
    lines[3][column] = cell
    Path(valid).write_text("\n".join(",".join(line) for line in lines) + "\n")
    with pytest.raises(InputError) as caught:
        prepare(Options(train, "price", trials=1, valid=valid))
    assert str(caught.value).startswith(f"{valid}: {said}")


def test_rows_of_one_group_are_never_split(tmp_path: Path) -> None:
    train = write(tmp_path / "train.csv", 60)
    lines = Path(train).read_text().splitlines()
    grouped = [f"{lines[0]},site", *(f"{line},s{row // 4}" for row, line in enumerate(lines[1:]))]
    Path(train).write_text("\n".join(grouped) + "\n")
    ready = prepare(Options(train, "price", trials=1, group="site"))
    site = np.arange(60) // 4
    assert not set(site[ready.splits.outer]) & set(site[np.setdiff1d(np.arange(60), ready.splits.outer)])
    for fold in ready.splits.folds:
        assert not set(site[fold.train]) & set(site[fold.valid])


def test_a_skewed_positive_target_may_be_learned_by_its_logarithm(tmp_path: Path) -> None:
    rows = [f"{row * 0.37 % 5},{10 ** (row % 7) + row * 0.01}" for row in range(100)]
    path = tmp_path / "train.csv"
    path.write_text("\n".join(["size,price", *rows]) + "\n")
    assert prepare(Options(str(path), "price", trials=1)).targets == ("linear", "gamma", "log")


def test_one_negative_value_anywhere_rules_the_logarithm_out(tmp_path: Path) -> None:
    """The smallest value validates in the first fold, whose training rows do not show it."""
    values = [-0.3, *np.random.default_rng(0).lognormal(size=399)]
    path = tmp_path / "train.csv"
    path.write_text("size,price\n" + "".join(f"{i * 0.37 % 5},{v}\n" for i, v in enumerate(values)))
    ready = prepare(Options(str(path), "price", trials=1))
    assert ready.targets == ("linear",)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"budget": 0.5}, "at least 1"),
        ({"trials": 0}, "trials is 0"),
        ({"workers": -1}, "workers is -1"),
        ({"lanes": 0}, "lanes is 0"),
        ({"lanes": True}, "lanes is True"),
        ({"lanes": 1025}, "1,024 at most"),
    ],
)
def test_numbers_that_make_no_run_are_refused(more: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        prepare(Options(write(tmp_path / "train.csv", 60), "price", **more))


def test_rows_to_validate_on_are_categories_as_those_of_the_table_are(tmp_path: Path) -> None:
    codes = [str(row % 7) for row in range(70)]
    train = pl.DataFrame({"shop": codes, "y": np.arange(70) / 2})
    train.with_columns(pl.col("shop").cast(pl.Enum(sorted(set(codes))))).write_parquet(tmp_path / "t.parquet")
    other = pl.DataFrame(
        {"shop": pl.Series(["1", "9"] * 5, dtype=pl.Enum(["9", "1"])), "y": np.arange(10.0) + 0.1}
    )
    other.write_parquet(tmp_path / "v.parquet")
    other.cast(pl.String).write_csv(tmp_path / "v.csv")
    for name in ("v.parquet", "v.csv"):
        ready = prepare(Options(str(tmp_path / "t.parquet"), "y", trials=1, valid=str(tmp_path / name)))
        assert ready.schema.columns[0].kind == "categorical"
        assert len(ready.y) == 80


def labelled(path: Path, labels: list[str], site: str = "") -> str:
    shift = 0.01 if path.stem == "valid" else 0.0  # rows of the table are no rows to validate on
    lines = [
        f"{row * 0.37 % 5 + shift},{label}" + (f",{site}{row % 2}" if site else "")
        for row, label in enumerate(labels)
    ]
    path.write_text("size,kind" + (",site" if site else "") + "\n" + "\n".join(lines) + "\n")
    return str(path)


@pytest.mark.parametrize("labels", [[""] * 20, ["c", "d"] * 10, ["", "c"] * 10])
def test_a_validation_file_without_a_usable_row_is_refused(tmp_path: Path, labels: list[str]) -> None:
    train, valid = labelled(tmp_path / "train.csv", ["a", "b"] * 30), labelled(tmp_path / "valid.csv", labels)
    with pytest.raises(InputError, match=r"valid\.csv has no row whose target 'kind' is there"):
        prepare(Options(train, "kind", trials=1, valid=valid))


def test_a_table_without_a_target_cannot_borrow_that_of_the_validation_file(tmp_path: Path) -> None:
    train, valid = (
        labelled(tmp_path / "train.csv", [""] * 60),
        labelled(tmp_path / "valid.csv", [f"{row}.5" for row in range(18)]),
    )
    with pytest.raises(InputError, match=r"train\.csv has no row whose target 'kind' is there"):
        prepare(Options(train, "kind", trials=1, valid=valid))


def test_validation_rows_of_a_class_that_training_lacks_are_left_out_aloud(tmp_path: Path) -> None:
    train = labelled(tmp_path / "train.csv", ["a", "b"] * 30)
    valid = labelled(tmp_path / "valid.csv", ["a", "b", "c", "", "a", "d"])
    ready = prepare(Options(train, "kind", trials=1, valid=valid))
    assert ready.schema.target.classes == ("a", "b")
    assert ready.splits.folds[0].valid.tolist() == [60, 61, 62]
    (said,) = [sentence for sentence in opening.sentences(ready) if "valid.csv" in sentence]
    assert "Left out 2 rows of" in said
    assert "whose class training lacks ('c', 'd')" in said


def test_new_values_of_a_quantity_are_no_unseen_classes(tmp_path: Path) -> None:
    train, valid = write(tmp_path / "train.csv", 60), write(tmp_path / "valid.csv", 20, first=60)
    assert prepare(Options(train, "price", trials=1, valid=valid)).notes == ()


def test_beside_a_validation_file_two_groups_are_needed(tmp_path: Path) -> None:
    train = labelled(tmp_path / "train.csv", ["a", "b"] * 30, site="x")
    valid = labelled(tmp_path / "valid.csv", ["a", "b"] * 5, site="y")
    ready = prepare(Options(train, "kind", trials=1, valid=valid, group="site"))
    assert len(ready.splits.outer) == 30
    alone = tmp_path / "alone.csv"
    alone.write_text("size,kind,site\n" + "1,a,x\n2,b,x\n" * 20)
    with pytest.raises(InputError, match=r"alone\.csv has one group in its column 'site'"):
        prepare(Options(str(alone), "kind", trials=1, valid=valid, group="site"))


def by_site(path: Path, sites: int) -> str:
    """Each site has rows of one class only."""
    lines = [f"{row * 0.37 % 5},{'ab'[row % sites % 2]},s{row % sites}" for row in range(120)]
    path.write_text("size,kind,site\n" + "\n".join(lines) + "\n")
    return str(path)


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_a_metric_that_folds_leave_undefined_is_replaced_aloud(tmp_path: Path, name: str) -> None:
    path = by_site(tmp_path / "train.csv", 6)
    ready = prepare(Options(path, "kind", trials=1, group="site", metric=name))
    assert ready.metric.name == "log_loss"
    assert any(f"{name} is undefined on the validation rows" in said for said in opening.sentences(ready))
    assert prepare(Options(path, "kind", trials=1, metric=name)).metric.name == name


def test_a_round_without_the_fold_that_leaves_it_undefined_still_chooses_as_the_search(
    tmp_path: Path,
) -> None:
    lines = [f"{row * 0.37 % 5},{'ab'[row // 4 % 2 * (row % 4 > 0)]},{row % 4}" for row in range(80)]
    (tmp_path / "t.csv").write_text("size,kind,part\n" + "\n".join(lines) + "\n")
    options = Options(str(tmp_path / "t.csv"), "kind", trials=1, fold="part", metric="roc_auc", nested=4)
    ready = prepare(options)
    assert [each.metric.name for each in (ready, *ready.rounds)] == ["log_loss"] * 4


def test_the_positive_class_is_told(tmp_path: Path) -> None:
    path = by_site(tmp_path / "train.csv", 6)
    for positive, code, told in ((None, 1, "'b' (--positive names the other)"), ("a", 0, "'a'")):
        options = Options(path, "kind", trials=1, metric="average_precision", positive=positive)
        ready = prepare(options)
        assert ready.metric.positive == code
        assert f"Metric: average_precision of the class {told}." in opening.sentences(ready)[0]
    with pytest.raises(InputError, match="no class 'x' to be the positive one"):
        prepare(Options(path, "kind", trials=1, positive="x"))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_no_sampler_takes_is_refused(seed: int) -> None:
    with pytest.raises(InputError, match=f"seed is {seed}"):
        check_numbers(Options("t.csv", "y", trials=1, seed=seed))


def test_a_spelling_that_only_validates_is_an_unseen_class_where_spellings_are_classes(
    tmp_path: Path,
) -> None:
    train = labelled(tmp_path / "train.csv", ["3.1", "3.2"] * 30)
    valid = labelled(tmp_path / "valid.csv", ["3.1", "3.10", "3.2", "3.10"])
    ready = prepare(Options(train, "kind", trials=1, valid=valid, task="multiclass"))
    assert ready.schema.target.classes == ("3.1", "3.2")
    assert ready.splits.folds[0].valid.tolist() == [60, 61]
    assert "Left out 2 rows" in ready.notes[0] and "3.10" in ready.notes[0]
    train = labelled(tmp_path / "train.csv", ["3.1", "3.10", "3.2"] * 20)
    ready = prepare(Options(train, "kind", trials=1, valid=valid, task="multiclass"))
    assert ready.schema.target.classes == ("3.1", "3.10", "3.2")
    assert ready.splits.folds[0].valid.tolist() == [60, 61, 62, 63]


def with_column(path: Path, cells: list[Any]) -> str:
    rows = [f"{row * 0.37 % 5},{cell},{row * 0.51}" for row, cell in enumerate(cells)]
    path.write_text("\n".join(["size,more,price", *rows]) + "\n")
    return str(path)


def test_words_where_both_files_leave_the_column_out_are_no_error(tmp_path: Path) -> None:
    train = with_column(tmp_path / "train.csv", list(range(60)))
    valid = with_column(tmp_path / "valid.csv", [f"v{row}" for row in range(20)])
    ready = prepare(Options(train, "price", trials=1, valid=valid))
    assert [(column.name, column.used) for column in ready.schema.columns] == [
        ("size", True),
        ("more", False),
    ]
    valid = with_column(tmp_path / "valid.csv", ["left", "right", "up", "down"] * 5)  # which make it an input
    with pytest.raises(InputError, match=r"valid\.csv: Column 'more', row 1: 'left' is not a number"):
        prepare(Options(train, "price", trials=1, valid=valid))


def test_a_word_in_a_column_of_two_numbers_is_refused_but_another_spelling_is_none(tmp_path: Path) -> None:
    train = with_column(tmp_path / "train.csv", [0, 1] * 30)
    for cells in (["yes", "no"] * 10, ["1.0", "0", "", "NaN"] * 5, [0, 1, 2, 3] * 5):
        valid = with_column(tmp_path / "valid.csv", cells)
        assert all(
            column.used for column in prepare(Options(train, "price", trials=1, valid=valid)).schema.columns
        )
    valid = with_column(tmp_path / "valid.csv", [0, 1, "abc", 1])
    with pytest.raises(InputError, match=r"valid\.csv: Column 'more', row 3: 'abc' is not a number"):
        prepare(Options(train, "price", trials=1, valid=valid))


def test_several_targets_are_each_learned_in_their_own_way() -> None:
    rng = np.random.default_rng(0)
    skewed = Also("price", rng.lognormal(size=60), weight=0.5)
    kind = Also("kind", np.arange(60, dtype=np.int32) % 2, ("a", "b"))
    source = InMemory("rows", np.zeros((60, 2)), rng.normal(size=60), target="size", also=(skewed, kind))
    options = Options("rows", "size", trials=1, family="toy_family:TOY")
    ready = prepare_source(source, options)
    assert ready.ways == {
        "linear": ("linear", "linear", "classes"),
        "gamma": ("linear", "gamma", "classes"),
        "log": ("linear", "log", "classes"),
    }
    assert [head.loss for head in ready.heads_by("gamma")] == ["auto", "gamma", "auto"]
    assert ready.heads_by("log") == ready.heads
    own = replace(source, also=(replace(skewed, loss="absolute"), kind))
    assert prepare_source(own, options).targets == ("linear",)
    counts = Also("visits", rng.poisson(3, 60).astype(float), loss="poisson")
    own = prepare_source(replace(source, also=(counts,)), options)
    assert own.ways == {"linear": ("linear", "poisson")}
    with pytest.raises(InputError, match="'poisson' is for numbers 0 or more"):
        prepare_source(replace(source, also=(replace(counts, y=counts.y - 9),)), options)
    assert [(head.name, head.width, head.weight) for head in ready.heads] == [
        ("size", 1, 1.0), ("price", 1, 0.5), ("kind", 2, 1.0),
    ]  # fmt: skip
    assert ready.outputs == 4 and ready.truth.shape == (60, 3)
    with pytest.raises(InputError, match=r"metric 'mae' is about one target, but there are 3"):
        prepare_source(source, Options("rows", "size", trials=1, metric="mae", family="toy_family:TOY"))
