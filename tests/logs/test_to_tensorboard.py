"""What TensorBoard reads of a run, with its own reader."""

from __future__ import annotations

import contextlib
import errno
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata
from tensorboard.summary.writer.record_writer import RecordWriter

from honed.family import find_family
from honed.logs.asked import opened, words
from honed.logs.destination import Ended, Run, Training
from honed.logs.follower import followed
from honed.logs.to_tensorboard import destination
from honed.logs.told import Teller
from honed.run.folder import RunFolder
from honed.run.journal import Journal

END = Ended("done", 9.0, {"score/ensemble": 0.5}, {"verdict": "good"}, {"report.html": b"<p></p>"})


def follow(root: Path, run: Run, fill: Any, folder: RunFolder | None = None, journal: Any = None) -> None:
    said = list[str]()
    journal = journal or Journal.create(None, {})
    places = opened(words(f"tensorboard:{root}"))
    with followed(places, run, find_family(None), journal, folder, lambda _: END, said.append):
        fill(journal)
    assert not said


def read(folder: Path) -> EventAccumulator:
    found = EventAccumulator(str(folder))
    found.Reload()
    return found


def points(found: EventAccumulator, name: str) -> list[tuple[int, float]]:
    return [(each.step, each.tensor_proto.float_val[0]) for each in found.Tensors(name)]


def test_a_search_is_a_folder_with_one_for_each_candidate(
    tmp_path: Path, run: Run, first_half: Any, second_half: Any
) -> None:
    def fill(journal: Journal) -> None:
        first_half(journal)
        second_half(journal)

    follow(tmp_path / "tb", run, fill)
    mine = tmp_path / "tb" / "price"
    assert {path.name for path in mine.iterdir() if path.is_dir()} == {
        "0000 a default",
        "0001 trial 1",
        "0002 trial 2",
    }
    parent, default = read(mine), read(mine / "0000 a default")
    assert points(parent, "best_so_far") == [(1, 0.5)] and points(parent, "score/ensemble") == [(0, 0.5)]
    assert b"houses.csv" in parent.Tensors("settings")[0].tensor_proto.string_val[0]
    assert b"good" in parent.Tensors("result")[0].tensor_proto.string_val[0]
    assert (mine / "report.html").read_bytes() == b"<p></p>"
    assert points(default, "train_loss/fold_1") == [(n, pytest.approx(1 - 0.1 * n)) for n in (1, 2, 3)]
    assert points(default, "accuracy") == [(2, 0.75), (3, 0.5)]
    assert b"too large" in read(mine / "0002 trial 2").Tensors("failed")[0].tensor_proto.string_val[0]


def test_settings_are_a_session_of_the_page_of_hyperparameters(
    tmp_path: Path, run: Run, first_half: Any
) -> None:
    follow(tmp_path, run, first_half)
    found = read(tmp_path / "price" / "0000 a default")
    content = found.PluginTagToContent(metadata.PLUGIN_NAME)[metadata.SESSION_START_INFO_TAG]
    asked = metadata.parse_session_start_info_plugin_data(content).hparams
    assert asked["learning_rate"].number_value == pytest.approx(0.01)
    assert asked["hidden_sizes"].string_value == "[8, 4]"


def test_a_resumed_run_goes_on_in_its_folder_and_says_nothing_twice(
    tmp_path: Path, run: Run, first_half: Any, second_half: Any
) -> None:
    journal = Journal.create(None, {})
    with RunFolder.create(tmp_path / "run", {}) as folder:
        follow(tmp_path / "tb", run, first_half, folder, journal)
        follow(tmp_path / "tb", run, second_half, folder, journal)
    assert [path.name for path in (tmp_path / "tb").iterdir()] == ["price"]
    default = read(tmp_path / "tb" / "price" / "0000 a default")
    assert len(points(default, "train_loss/fold_0")) == len(points(default, "train_loss/fold_1")) == 3


def test_another_run_of_the_same_name_has_another_folder(tmp_path: Path, run: Run, first_half: Any) -> None:
    for _ in range(2):
        follow(tmp_path, run, first_half)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["price", "price-2"]


def test_a_folder_that_cannot_be_written_to_is_a_warning(tmp_path: Path, run: Run, first_half: Any) -> None:
    places = opened(words(f"tensorboard:{tmp_path}/tb"))
    (tmp_path / "tb").write_text("in the way")
    journal, said = Journal.create(None, {}), list[str]()
    with followed(places, run, find_family(None), journal, None, lambda _: END, said.append):
        first_half(journal)
    assert len(said) == 1 and "goes on without" in said[0]


def tell_until_it_is_told(root: Path, run: Run, journal: Journal) -> None:
    """Each thing again until it comes through, as a follower does."""
    place, teller = destination(str(root)), Teller(run, find_family(None))
    told = [each for event in journal.events if (each := teller.of(event)) is not None]
    calls = [partial(place.begin, run), partial(place.end, END)]
    calls[1:1] = [
        partial(place.training, each) if isinstance(each, Training) else partial(place.best, each)
        for each in told
    ]
    for call in calls:
        while True:
            with contextlib.suppress(OSError):
                call()
                break


def test_what_a_full_disk_refused_is_written_whole_in_the_same_place_later(
    tmp_path: Path, run: Run, first_half: Any, second_half: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, left = RecordWriter.write, [0, 3, 9]  # records until the disk is full, each time it is

    def until_full(writer: RecordWriter, record: bytes) -> None:
        if left and left[0] == 0:
            left.pop(0)
            writer._writer.write(record[:5])  # half a record comes through
            raise OSError(errno.ENOSPC, "No space left on device")
        if left:
            left[0] -= 1
        write(writer, record)

    journal = Journal.create(None, {})
    first_half(journal)
    second_half(journal)
    monkeypatch.setattr(RecordWriter, "write", until_full)
    tell_until_it_is_told(tmp_path / "full", run, journal)
    assert not left
    tell_until_it_is_told(tmp_path / "whole", run, journal)
    folders = [
        {path.relative_to(place) for path in place.rglob("*") if path.is_dir()}
        for place in (tmp_path / "full", tmp_path / "whole")
    ]
    assert folders[0] == folders[1] and len(folders[0]) > 1
    for name in folders[0]:
        one, other = (read(tmp_path / place / name) for place in ("full", "whole"))
        assert one.Tags()["tensors"] == other.Tags()["tensors"]
        for tag in one.Tags()["tensors"]:
            assert [each.step for each in one.Tensors(tag)] == [each.step for each in other.Tensors(tag)]
