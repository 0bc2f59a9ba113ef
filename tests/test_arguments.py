"""The words of the command line: what help says of each, and that a command takes it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from honed import arguments, cli
from honed.errors import InputError
from honed.families.table import streamed
from honed.run import paths

TYPES = {name: value for name, value in vars(arguments).items() if hasattr(value, "__metadata__")}


@pytest.mark.parametrize("name", TYPES)
def test_each_has_a_sentence_of_help(name: str) -> None:
    _, said = get_args(TYPES[name])
    assert said.help.endswith((".", "`show`"))


def test_each_is_a_word_of_some_command() -> None:
    commands = [command.callback for command in cli.app.registered_commands]
    taken = [kind for each in commands if each for kind in get_type_hints(each, include_extras=True).values()]
    assert [name for name, value in TYPES.items() if value not in taken] == []


def test_several_words_for_data_are_one(tmp_path: Path) -> None:
    assert arguments.data(["a.csv"]) == "a.csv"
    assert paths.parts(arguments.data(["a, b.csv", "c*.csv", str(tmp_path)])) == [
        "a, b.csv",
        "c*.csv",
        str(tmp_path),
    ]
    assert arguments.data(["{a.csv,b.csv}", "c.csv"]) == "{a.csv,b.csv,c.csv}"


def test_a_run_keeps_how_much_memory_was_free_where_that_was_little(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"settings": {}, "single": True}
    for free in (None, 10**9):
        monkeypatch.setattr(streamed, "scarce", lambda free=free: free)
        assert arguments.options("t.csv", ["y"], **asked).memory == free


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("postgresql://ana:geheim@host/shop", "is the address of a database, which is read alone"),
        ("-", "- is standard input"),
        ("cats.png", "cats.png holds pictures or arrays"),
        ("arrays.npz", "arrays.npz holds pictures or arrays"),
    ],
)
def test_what_is_no_file_of_a_table_is_refused_beside_another(word: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        arguments.data(["a.csv", word])
    assert "geheim" not in str(error.value)
    with pytest.raises(InputError, match=f"3 paths are given .*{message}"):
        arguments.data([paths.joined(["a.csv", word]), "b.csv"])
