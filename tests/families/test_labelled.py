from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.families.labelled import check_words, chosen, said_of_classes, with_reasons
from honed.search.options import Options
from honed.table.target import Target


@dataclass(frozen=True)
class Cells:
    target: pl.Series
    are_classes: bool = False
    classes: tuple[str, ...] = ()
    reason: str = ""
    is_typed: bool = True
    groups: pl.Series | None = None
    group: str | None = None


def options(**words: Any) -> Options:
    return Options("d", "y", **words)


def test_rows_without_a_target_are_left_out_and_groups_go_with_the_others() -> None:
    cells = pl.Series("y", ["a", None, "b", "a", "b", "b"])
    found = chosen(Cells(cells, groups=pl.Series("g", list("ppqrrs")), group="g"), options(), "song")
    assert found.rows.tolist() == [0, 2, 3, 4, 5] and found.y.tolist() == [0, 1, 0, 1, 1]
    assert found.schema.dropped_rows == 1 and found.schema.group == "g" and found.given is None
    assert found.groups is not None and found.groups.tolist() == [0, 1, 2, 2, 3]


def test_rows_to_validate_on_come_last_without_classes_that_are_new() -> None:
    cells = pl.Series("y", ["a", "b", "a", "b", "c", "a"])
    found = chosen(Cells(cells, are_classes=True, classes=("b", "a")), options(valid="v"), "song", 4)
    assert found.rows.tolist() == [0, 1, 2, 3, 5] and found.schema.target.classes == ("b", "a")
    assert found.given is not None and found.given.tolist() == [4]
    assert found.notes[0].startswith("Left out 1 song of v whose class training lacks")
    with pytest.raises(InputError, match=r"v has no song with a target.* Left out 1 song of v whose class"):
        chosen(Cells(cells[:5], are_classes=True), options(valid="v"), "song", 4)


def test_classes_are_told_with_their_rows_and_the_rarest_of_many() -> None:
    two = Target.of_labels("y", np.array(["b", "a"], dtype=object), "")
    assert said_of_classes(two, np.array([1, 1, 0])) == ["Classes: 'a' 2, 'b' 1."]
    ten = Target.of_labels("y", np.array(list("abcdefghij"), dtype=object), "")
    (said,) = said_of_classes(ten, np.repeat(np.arange(10), np.arange(12, 2, -1)))
    assert said.startswith("Classes: 'a' 12, 'b' 11") and said.endswith(
        "'h' 5 and 2 classes more, the rarest with 3."
    )
    assert said_of_classes(Target("y", "regression", (), ""), np.array([0.5, 2.0])) == []


def test_messages_say_what_a_row_is() -> None:
    cells = pl.Series("y", ["a", "a", "b"])
    with pytest.raises(InputError, match="the class 'b' has one song: it cannot"):
        chosen(Cells(cells, are_classes=True), options(), "song")
    with pytest.raises(InputError, match="holds songs of one class alone, 'a'"):
        chosen(Cells(cells[:2], are_classes=True), options(), "song")
    with pytest.raises(
        InputError, match="target 'y' is missing in all 2 songs, so there is nothing to learn"
    ):
        chosen(Cells(pl.Series("y", [None, ""])), options(), "song")
    with pytest.raises(InputError, match="--time says how a table is read"):
        check_words(options(time="t", exclude=("b",)), "song", ("exclude",))
    with pytest.raises(InputError, match="--list says how a table is read"):
        check_words(options(lists=("t",)), "song")
    with pytest.raises(InputError, match="--text says how a table is read"):
        check_words(options(texts=("t",)), "song")
    with pytest.raises(InputError, match="--trend is about rows along time, and songs have none"):
        check_words(options(trend=False), "song")
    check_words(options(exclude=("b",)), "song", ("exclude",))


def test_what_became_of_other_rows_is_said_with_the_error() -> None:
    lost = ["Two were lost.", "So was a third."]
    with (
        pytest.raises(InputError, match=r"^One song\. Two were lost\. So was a third\.$"),
        with_reasons(lost),
    ):
        raise InputError("One song.")
    with pytest.raises(InputError, match=r"^One song\.$"), with_reasons([]):
        raise InputError("One song.")


def test_several_files_are_named_side_by_side() -> None:
    cells = pl.Series("y", ["a", "a", "b", "b", "c"])
    several = Options("{a.csv,b.csv}", "y", valid="{v.csv,w.csv}")
    with pytest.raises(InputError, match=r"^a\.csv \+ b\.csv: the class 'b' has one song"):
        chosen(Cells(cells[:3], are_classes=True), several, "song")
    with pytest.raises(InputError, match=r"^v\.csv \+ w\.csv has no song with a target"):
        chosen(Cells(cells, are_classes=True), several, "song", 4)


def test_numbers_are_a_quantity_as_in_a_table() -> None:
    cells = pl.Series("y", np.linspace(0.5, 2, 8))
    found = chosen(Cells(cells), options(), "song")
    assert found.schema.target.task == "regression" and found.y.tolist() == cells.to_list()
