"""The words of the command line: what help says of each, and that a command takes it."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

from honed import arguments, cli

TYPES = {name: value for name, value in vars(arguments).items() if hasattr(value, "__metadata__")}


@pytest.mark.parametrize("name", TYPES)
def test_each_has_a_sentence_of_help(name: str) -> None:
    _, said = get_args(TYPES[name])
    assert said.help.endswith((".", "`show`"))


def test_each_is_a_word_of_some_command() -> None:
    commands = [command.callback for command in cli.app.registered_commands]
    taken = [kind for each in commands if each for kind in get_type_hints(each, include_extras=True).values()]
    assert [name for name, value in TYPES.items() if value not in taken] == []
