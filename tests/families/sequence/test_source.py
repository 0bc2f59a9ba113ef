"""Sequences with their targets, as the search gets them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from waves import archive, table, waves

from honed.errors import InputError
from honed.families.sequence.source import SequenceSource, from_files
from honed.run import paths
from honed.search.options import Options
from honed.table.split import split

OWN = {"sequence": "who", "step": "second"}


def source(path: Path, target: str = "y", **words: Any) -> SequenceSource:
    return from_files(Options(str(path), target, **words), {})


def test_an_archive_gives_classes_and_lengths(tmp_path: Path) -> None:
    found = source(archive(tmp_path / "a.npz"))
    assert found.schema.target.classes == CLASSES and found.y.dtype == np.int32
    assert found.y.tolist() == [row % 2 for row in range(60)]
    assert found.take(np.array([4, 2])).lengths.tolist() == waves(60)[1][[4, 2]].tolist()
    assert found.take(np.arange(60)) is found.sequences and not found.sequences.values.flags.writeable
    assert found.groups is None
    said = ("Each sequence has 12 to 24 steps of 2 channels.", "Classes: 'slow' 30, 'quick' 30.")
    assert found.notes == said
    assert source(archive(tmp_path / "a.npz")).fingerprint == found.fingerprint
    assert source(archive(tmp_path / "a.npz", seed=1)).fingerprint != found.fingerprint


CLASSES = ("slow", "quick")


def test_a_long_table_gives_names_groups_and_what_stands_beside(tmp_path: Path) -> None:
    frame = table().with_columns(speed=pl.when(pl.col("who") == "p005").then(None).otherwise("speed"))
    frame.write_csv(tmp_path / "t.csv")
    found = source(tmp_path / "t.csv", "speed", own=OWN, group="age", exclude=("noise",))
    assert found.schema.dropped_rows == 1 and len(found.names) == 59 and "p005" not in found.names
    assert found.groups is not None and len(set(found.groups)) == 40 and found.schema.group == "age"
    assert found.static.layout is not None and "noise" not in found.static.layout.columns
    assert "of 3 channels ('height', 'light = off', 'light = on'), which change" in found.notes[0]
    assert found.notes[0].endswith("beside them what does not: 'site = north', 'site = south'.")


def test_sequences_to_validate_on_come_last_and_may_be_longer(tmp_path: Path) -> None:
    table().write_csv(tmp_path / "a.csv")
    more = pl.concat([table(9, 1), table(9, 1).with_columns(second=pl.col("second") + 50)])
    more.write_csv(tmp_path / "b.csv")
    found = source(tmp_path / "a.csv", "speed", own=OWN, valid=str(tmp_path / "b.csv"))
    assert found.given is not None and found.given.tolist() == list(range(60, 69))
    assert found.sequences.time > 24 and found.sequences.channels == 4
    one, two = archive(tmp_path / "a.npz"), archive(tmp_path / "b.npz", 20, 1)
    assert len(source(one, valid=str(two)).y) == 80


def test_files_of_one_table_are_named_side_by_side(tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in ("a.csv", "b.csv")]
    for name, is_in in zip(names, (pl.col("who") < "p030", pl.col("who") >= "p030"), strict=True):
        table().filter(is_in).write_csv(name)
    data = Options(paths.joined(names), "speed", own=OWN)
    assert from_files(data, {}).name == " + ".join(names)
    with pytest.raises(InputError, match=r"^\S+a\.csv \+ \S+b\.csv has no column 'pace'"):
        from_files(replace(data, target="pace"), {})


def test_numbers_of_two_widths_are_the_same_classes(tmp_path: Path) -> None:
    X, _, y = waves(60)
    np.savez(tmp_path / "a.npz", X=X, y=y)
    for kind in (np.int8, np.float64):
        np.savez(tmp_path / "b.npz", X=X[:9] + 1, y=y[:9].astype(kind))
        found = source(tmp_path / "a.npz", valid=str(tmp_path / "b.npz"))
        assert found.y.tolist() == [*y, *y[:9]] and found.schema.target.labels != "text"


def test_groups_stay_whole_beside_sequences_to_validate_on(tmp_path: Path) -> None:
    table().write_csv(tmp_path / "a.csv")
    table(9, 1).write_csv(tmp_path / "b.csv")
    words = {"own": OWN, "group": "age"}
    alone = source(tmp_path / "a.csv", "speed", **words)
    found = source(tmp_path / "a.csv", "speed", valid=str(tmp_path / "b.csv"), **words)
    assert found.groups is not None and alone.groups is not None and found.schema.group == "age"
    assert found.groups[:60].tolist() == alone.groups.tolist() and len(found.groups) == 69
    splits = split(found.y, "binary", groups=found.groups, valid_rows=found.given)
    assert not set(found.groups[splits.outer]) & set(found.groups[splits.folds[0].train])


def test_sequences_to_validate_on_that_train_are_left_out(tmp_path: Path) -> None:
    table().write_csv(tmp_path / "a.csv")
    copies = table().filter(pl.col("who") < "p009").with_columns(who=pl.col("who").str.replace("p", "q"))
    pl.concat([copies, table(9, 1)]).write_csv(tmp_path / "b.csv")
    found = source(tmp_path / "a.csv", "speed", own=OWN, valid=str(tmp_path / "b.csv"))
    assert found.given is not None and found.given.tolist() == list(range(60, 69))
    assert found.places[60:].tolist() == list(range(69, 78)) and not [n for n in found.names if n[0] == "q"]
    said = next(note for note in found.notes if "Left out" in note)
    assert said.startswith(f"Left out 9 sequences of {tmp_path / 'b.csv'} that are sequences of")
    copies.write_csv(tmp_path / "b.csv")
    with pytest.raises(InputError, match=r"^All 9 sequences of .* are sequences of .* too, target included"):
        source(tmp_path / "a.csv", "speed", own=OWN, valid=str(tmp_path / "b.csv"))


def overlapping(path: Path, recordings: int, after: int = 0) -> Path:
    rng = np.random.default_rng(0)
    whole = rng.normal(size=(recordings, 100, 2)).astype(np.float32)
    X = np.concatenate([whole[:, first : first + 30] for first in range(after, 70 + after, 10)])
    np.savez(path, X=X, y=np.tile(np.arange(recordings) % 2, 7))
    return path


def test_windows_that_overlap_are_kept_together_and_said_so(tmp_path: Path) -> None:
    found = source(overlapping(tmp_path / "a.npz", 12))
    assert found.are_kept_together and found.groups is not None
    assert found.groups.tolist() == found.groups[:12].tolist() * 7
    assert "84 of 84 sequences share samples with others" in found.notes[-1]
    parts = split(found.y, "binary", groups=found.groups)
    for fold in parts.folds:
        assert not set(found.groups[fold.train]) & set(found.groups[fold.valid])
    assert not set(found.groups[parts.outer]) & set(found.groups[parts.known(84)])
    one = source(overlapping(tmp_path / "b.npz", 2))
    assert one.groups is None and "folds cannot keep them apart" in one.notes[-1]


def test_sequences_to_validate_on_are_not_said_to_be_kept_with_others(tmp_path: Path) -> None:
    X, lengths, y = waves(60)
    np.savez(tmp_path / "b.npz", X=X[:, 1:], lengths=lengths - 1, y=np.array(CLASSES)[y])
    found = source(archive(tmp_path / "a.npz"), valid=str(tmp_path / "b.npz"))
    assert found.recordings is not None and found.recordings[60:].tolist() == found.recordings[:60].tolist()
    assert found.groups is None and not found.are_kept_together and len(found.notes) == 2
    windows = overlapping(tmp_path / "c.npz", 12)
    found = source(windows, valid=str(overlapping(tmp_path / "d.npz", 12, after=5)))
    assert found.are_kept_together and "84 of 168 sequences share samples" in found.notes[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"group": "g"}, "--group is about a table.*array `groups`"),
        ({"exclude": ("a",)}, "--exclude is about a table"),
        ({"target": "z"}, r"array `y`, and 'z' was asked for\. Leave --target out"),
        ({"time": "a"}, "--time says how a table is read"),
        ({"task": "regression"}, "task was given as regression, but the sequences"),
    ],
)
def test_words_that_mean_nothing_here_are_refused(words: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        source(archive(tmp_path / "a.npz"), **words)
