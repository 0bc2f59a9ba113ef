"""Words for data: one path, a pattern, or several paths as one word."""

import os
import subprocess
from pathlib import Path

import pytest

from honed.errors import InputError
from honed.run import paths

NAMES = ["may.csv", "june, late.csv", "{odd}.csv", "back\\slash.csv", "day*.csv", "a b.csv", "-"]


def test_several_are_one_word_and_come_apart_again():
    assert paths.parts(paths.joined(NAMES)) == NAMES
    assert paths.joined(["a.csv", "b.csv"]) == "{a.csv,b.csv}"


@pytest.mark.parametrize("name", [*NAMES, "{a.csv}", "{a,b}.csv", "{a,{b,c}}", "{}", "{,}", ""])
def test_one_is_itself(name: str):
    assert paths.joined([name]) == name
    assert paths.parts(name) == [name]


def test_words_that_are_several_already_come_apart_in_one_of_all():
    assert paths.one_word(["{a.csv,b\\,c.csv}", "d.csv"]) == "{a.csv,b\\,c.csv,d.csv}"
    assert paths.one_word(["{a.csv,b.csv}"]) == "{a.csv,b.csv}"
    with pytest.raises(InputError, match="No data are given, so nobody knows"):
        paths.one_word([])
    for words in ([""], ["a.csv", ""]):
        with pytest.raises(InputError, match="A path of the data is empty"):
            paths.one_word(words)


def test_a_file_of_such_a_name_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "{a,b}").write_text("a\n")
    assert paths.parts("{a,b}") == ["{a,b}"]
    assert paths.parts("{a,c}") == ["a", "c"]


def test_one_that_would_be_taken_for_several_is_kept_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "{a,b}").write_text("a\n")
    word = paths.one_word(["{a,b}"])
    (tmp_path / "{a,b}").unlink()
    assert os.path.abspath(word) == str(tmp_path / "{a,b}")
    assert paths.parts(word) == [word]


def test_absolute_paths_tell_whether_one_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert paths.parts("{a,b}", "/data/{a,b}") == ["{a,b}"]
    assert paths.parts("{a,b}", "{/data/a,/data/b}") == ["a", "b"]
    (tmp_path / "{a,b}").write_text("a\n")
    assert paths.parts("{a,b}", "{/data/a,/data/b}") == ["a", "b"]


def test_a_shell_replaces_it_by_the_same_names():
    names = NAMES[:3]
    word = paths.joined(names).replace(" ", "\\ ")
    said = subprocess.run(
        ["bash", "-c", f"printf '%s\\n' {word}"], capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines() == names


def test_each_part_is_changed():
    there = paths.each("{a.csv,b\\,c.csv}", os.path.abspath)
    assert paths.parts(there) == [os.path.abspath("a.csv"), os.path.abspath("b,c.csv")]


def test_of_many_the_first_are_shown():
    assert [paths.shown(word) for word in ("a", "{a,b}", "{a,b,c}")] == ["a", "a + b", "a + b + c"]
    assert paths.shown("{a,b,c,d,e}") == "a + b + 3 more"


def test_a_pattern_is_there_when_a_file_fits_it(tmp_path: Path):
    (tmp_path / "day[1].csv").write_text("a\n")
    assert paths.missing(str(tmp_path / "day*.csv")) is None
    assert paths.missing(str(tmp_path / "week*.csv")) == str(tmp_path / "week*.csv")
    assert not paths.is_pattern(str(tmp_path / "day[1].csv"))
    assert paths.is_pattern(str(tmp_path / "day[12].csv"))


def test_of_several_the_first_that_is_missing_is_told(tmp_path: Path):
    (tmp_path / "1.csv").write_text("a\n")
    one, other = str(tmp_path / "*.csv"), str(tmp_path / "2.csv")
    assert paths.missing(paths.joined([one, one])) is None
    assert paths.missing(paths.joined([one, other, "3.csv"])) == other


def test_sizes_of_a_folder_a_pattern_and_several_are_sums(tmp_path: Path):
    below = tmp_path / "days" / "below"
    below.mkdir(parents=True)
    for file in (tmp_path / "days" / "1.csv", tmp_path / "days" / "2.csv", below / "3.csv"):
        file.write_bytes(bytes(10))
    days = str(tmp_path / "days")
    several = paths.joined([f"{days}/1.csv", f"{days}/2.csv", f"{days}/none.csv"])
    sizes = {f"{days}/1.csv": 10, several: 20, f"{days}/*": 20, f"{days}/**": 30, days: 30, f"{days}/none": 0}
    for word, size in sizes.items():
        assert not paths.are_larger(word, size), word
        assert not size or paths.are_larger(word, size - 1), word
