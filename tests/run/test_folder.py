import errno
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_helpers import SmallDisk, Start

from honed.errors import InputError, RunError
from honed.run import folder as folders
from honed.run import paths
from honed.run.folder import RunFolder, read_whole


def model(text: str, size: int = 1) -> Callable[[Path], None]:
    """A writer of a model of two files that say the same."""

    def write(path: Path) -> None:
        (path / "network.json").write_text(text * size)
        (path / "weights").write_text(text * size)

    return write


def content(path: Path) -> tuple[str, str]:
    return (path / "network.json").read_text(), (path / "weights").read_text()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[RunFolder]:
    with RunFolder.create(tmp_path / "runs" / "price", {"target": "price"}) as folder:
        yield folder


def test_a_database_is_where_its_address_says_and_a_file_of_one_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "shop.db").touch()
    folder = RunFolder.create(tmp_path / "new" / "run", {})
    away = "postgresql://ana@host/shop"
    assert folder.places({"options": {"data": away, "valid": None}, "paths": {"run": "/old/run"}}) == {
        "data": away
    }
    begun = {"run": "/old/run", "data": "/old/shop.db"}
    found = folder.places({"options": {"data": "sqlite:///shop.db", "valid": None}, "paths": begun})
    assert found == {"data": f"sqlite:///{tmp_path}/new/shop.db"}


def test_a_new_folder_holds_its_run(run: RunFolder) -> None:
    assert RunFolder.open(run.path).read_json("run.json") == {"target": "price"}


@pytest.mark.parametrize("kind", ["folder", "file", "link to nothing"])
def test_an_existing_path_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "out"
    if kind == "folder":
        path.mkdir()
    elif kind == "file":
        path.touch()
    else:
        path.symlink_to(tmp_path / "nothing")
    with pytest.raises(InputError, match="exists already"):
        RunFolder.create(path, {})


def test_a_folder_that_cannot_be_begun_is_taken_away(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        RunFolder.create(tmp_path / "run", {"no JSON": object()})
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no run"):
        RunFolder.open(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        RunFolder.open(tmp_path / "nothing")


def test_a_second_process_is_refused_with_the_number_of_the_first(run: RunFolder, script: Start) -> None:
    second = script(
        "import sys\nfrom honed.errors import RunError\nfrom honed.run.folder import RunFolder\n"
        "try:\n    RunFolder.open(sys.argv[1]).lock()\n"
        "except RunError as error:\n    print(error)\n",
        run.path,
    )
    assert f"in use by process {os.getpid()}" in second.communicate()[0]


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path, script: Start) -> None:
    path = tmp_path / "run"
    first = script(
        "import sys\nfrom honed.run.folder import RunFolder\n"
        "folder = RunFolder.create(sys.argv[1], {})\nprint('locked', flush=True)\nsys.stdin.close()\n"
        "import signal\nsignal.pause()\n",
        path,
    )
    assert first.stdout is not None and first.stdout.readline() == "locked\n"
    with pytest.raises(RunError, match=f"process {first.pid}"):
        RunFolder.open(path).lock()
    first.send_signal(signal.SIGKILL)
    first.wait()
    with RunFolder.open(path) as folder:
        folder.lock()


def test_locking_twice_is_no_error_and_closing_gives_the_lock_back(run: RunFolder) -> None:
    run.lock()
    run.close()
    with RunFolder.open(run.path) as other:
        other.lock()


def test_a_replaced_folder_is_the_new_one_alone(run: RunFolder) -> None:
    run.replace_dir("model", model("one"))
    run.replace_dir("model", lambda path: path.joinpath("weights").write_text("two"))
    assert [file.name for file in (run.path / "model").iterdir()] == ["weights"]
    assert sorted(file.name for file in run.path.iterdir()) == ["lock", "model", "run.json", "trials"]


def test_a_writer_that_fails_leaves_the_earlier_folder(run: RunFolder) -> None:
    run.replace_dir("model", model("one"))
    with pytest.raises(ZeroDivisionError):
        run.replace_dir("model", lambda path: (path / "weights").write_text("two") // 0)  # type: ignore[operator]
    assert content(run.path / "model") == ("one", "one")


def test_a_reader_never_mixes_two_folders(run: RunFolder) -> None:
    run.replace_dir("model", model("one"))
    once = iter(["two"])

    def read(path: Path) -> tuple[str, str]:
        first = (path / "network.json").read_text()
        for text in once:
            run.replace_dir("model", model(text))
        return first, (path / "weights").read_text()

    assert read_whole(run.path / "model", read) == ("two", "two")


def test_a_reader_whose_files_vanish_reads_again(run: RunFolder) -> None:
    run.replace_dir("model", model("one"))
    once = iter(["two"])

    def read(path: Path) -> str:
        for text in once:
            run.replace_dir("model", model(text))
            raise FileNotFoundError(path / "weights")
        return (path / "weights").read_text()

    assert read_whole(run.path / "model", read) == "two"


def test_an_error_of_a_reader_in_an_unchanged_folder_is_its_own(run: RunFolder) -> None:
    with pytest.raises(FileNotFoundError):
        read_whole(run.path / "model", content)


def test_without_exchange_a_folder_is_replaced_all_the_same(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(one: Path, other: Path) -> None:
        raise OSError(errno.ENOSYS, "not here")

    monkeypatch.setattr(folders, "_exchange", refuse)
    run.replace_dir("model", model("one"))
    run.replace_dir("model", model("two"))
    assert content(run.path / "model") == ("two", "two")
    assert sorted(file.name for file in run.path.iterdir()) == ["lock", "model", "run.json", "trials"]


def test_locking_repairs_what_a_killed_process_left(run: RunFolder) -> None:
    run.replace_dir("model", model("one"))
    run.close()
    (run.path / "model").rename(run.path / ".model.old")  # killed between two renames
    (run.path / ".model.new").mkdir()
    (run.path / ".run.json.77.new").touch()
    (run.path / "trials" / ".a.safetensors.77.new").touch()
    (run.path / ".rows-77").mkdir()
    (run.path / ".rows-77" / "0.rows").touch()
    run.lock()
    assert content(run.path / "model") == ("one", "one")
    assert sorted(file.name for file in run.path.iterdir()) == ["lock", "model", "run.json", "trials"]
    assert not list((run.path / "trials").iterdir())


def test_a_full_disk_leaves_the_earlier_model(small_disk: SmallDisk) -> None:
    with RunFolder.create(small_disk.path / "run", {"a": 1}) as run:
        run.replace_dir("model", model("one"))
        with small_disk.full():
            with pytest.raises(RunError, match=f"model: .*{small_disk.says}"):
                run.replace_dir("model", model("two", 10_000))
            with pytest.raises(RunError, match=rf"run\.json: .*{small_disk.says}"):
                run.write_json("run.json", {"a": "2" * 10_000})
        assert content(run.path / "model") == ("one", "one")
        assert run.read_json("run.json") == {"a": 1}
        assert sorted(file.name for file in run.path.iterdir()) == ["lock", "model", "run.json", "trials"]


def test_damaged_json_is_said(run: RunFolder) -> None:
    (run.path / "schema.json").write_text("{")
    with pytest.raises(RunError, match=r"schema\.json.*not a whole run"):
        run.read_json("schema.json")


def test_a_file_that_may_not_be_read_is_not_called_damaged(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(RunError, match=r"run\.json may not be read \(permission denied\)") as caught:
        run.read_json("run.json")
    assert "whole run" not in str(caught.value)


def test_an_artifact_comes_back_bit_for_bit(run: RunFolder) -> None:
    weights = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    run.put_artifact("rung 1/trial:7", {"epoch": 3}, {"w": weights})
    frame = run.get_artifact("rung 1/trial:7")
    assert frame is not None and frame.message == {"epoch": 3}
    np.testing.assert_array_equal(frame.arrays["w"], weights)
    assert run.artifact("rung 1/trial:7").parent == run.path / "trials"


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-9], lambda data: bytes(len(data))])
def test_a_missing_or_damaged_artifact_is_none(run: RunFolder, damage: Callable[[bytes], bytes]) -> None:
    assert run.get_artifact("a") is None
    run.put_artifact("a", {}, {"w": np.arange(9)})
    file = run.artifact("a")
    file.write_bytes(damage(file.read_bytes()))
    assert run.get_artifact("a") is None


def test_nothing_is_saved_in_or_taken_from_a_folder_that_has_another_s_name(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with RunFolder.create(path, {}) as run:
        path.rename(tmp_path / "moved")
        for _ in range(2):  # gone, then replaced
            for save in (
                lambda: run.write_json("summary.json", {}),
                lambda: run.replace_dir("model", model("one")),
                lambda: run.put_artifact("a", {}, {}),
                lambda: run.drop_artifact("a"),
            ):
                with pytest.raises(RunError, match="it or its folder was renamed, moved or removed"):
                    save()
            path.mkdir(exist_ok=True)
            (path / "lock").touch()
    run.remove()
    assert os.listdir(path) == ["lock"]


def started(base: Path, **kept: str) -> tuple[RunFolder, dict[str, Any]]:
    """A run in `base`/runs/price and what its run.json says of its data."""
    (base / "runs" / "price").mkdir(parents=True)
    run = {"options": {"data": "t.csv", "valid": None}, "paths": kept}
    return RunFolder(base / "runs" / "price"), run


def test_data_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, elsewhere = tmp_path / "t.csv", tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    folder, run = started(tmp_path, data=str(data), run=str(tmp_path / "runs" / "price"))
    with pytest.raises(InputError, match=r"t\.csv, is not there any more"):
        folder.places(run)
    data.touch()
    assert folder.places(run) == {"data": str(data)}


def test_of_data_that_are_gone_each_place_is_named_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    kept = {"data": str(tmp_path / "link" / "t.csv"), "run": str(tmp_path / "link" / "runs" / "price")}
    folder, run = started(tmp_path / "real", **kept)
    with pytest.raises(InputError, match=r"Put it there again, or at /t\.csv\."):
        folder.places(run)
    run["options"]["data"] = kept["data"]
    with pytest.raises(InputError, match=r"Put it there again\."):
        folder.places(run)


def test_data_that_moved_with_the_run_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    folder, run = started(tmp_path / "new", data="/old/t.csv", run="/old/runs/price")
    (tmp_path / "new" / "t.csv").touch()
    assert folder.places(run) == {"data": str(tmp_path / "new" / "t.csv")}
    both = {"options": {"data": "t.csv", "valid": "v.csv"}, "paths": {**run["paths"], "valid": "/old/v.csv"}}
    (tmp_path / "new" / "v.csv").touch()
    assert folder.places(both)["valid"] == str(tmp_path / "new" / "v.csv")


def test_each_of_several_files_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    away = tmp_path / "away.csv"
    folder, run = started(
        tmp_path / "new", data=paths.joined(["/old/a, b.csv", str(away)]), run="/old/runs/price"
    )
    run["options"]["data"] = paths.joined(["a, b.csv", "away.csv"])
    with pytest.raises(InputError, match=r"was started with, /old/a, b\.csv, is not there"):
        folder.places(run)
    there = tmp_path / "new" / "a, b.csv"
    there.touch()
    away.touch()
    assert folder.places(run) == {"data": paths.joined([str(there), str(away)])}


def test_one_file_named_like_several_is_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("x", "y"):  # other data, which are not to be taken for it
        (tmp_path / name).touch()
    own = tmp_path / "data" / "{x,y}"
    folder, run = started(tmp_path, data=str(own), run=str(tmp_path / "runs" / "price"))
    for word in ("{x,y}", "./{x,y}"):  # the first as earlier versions kept it
        run["options"]["data"] = word
        with pytest.raises(InputError, match=r"data/\{x,y\}, is not there any more"):
            folder.places(run)
        own.parent.mkdir(exist_ok=True)
        own.touch()
        assert folder.places(run) == {"data": str(own)}
        own.unlink()


def test_data_of_an_earlier_run_are_looked_for_above_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    folder, run = started(tmp_path)
    del run["paths"]
    (tmp_path / "t.csv").touch()
    assert folder.places(run) == {"data": str(tmp_path / "t.csv")}
    monkeypatch.chdir(tmp_path)
    assert folder.places(run) == {"data": "t.csv"}


def test_a_name_that_is_not_utf8_is_kept(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.csv")
    with RunFolder.create(tmp_path / "run", {"data": name}) as folder:
        assert folder.read_json("run.json") == {"data": name}


def test_what_is_no_run_is_said_for_pipes_and_endless_names(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.json")
    with pytest.raises(InputError, match=r"its run.json is no ordinary file"):
        RunFolder.open(tmp_path)
    with pytest.raises(InputError, match="is not a folder") as caught:
        RunFolder.open("z" * 50_000)
    assert len(str(caught.value)) < 1_000
