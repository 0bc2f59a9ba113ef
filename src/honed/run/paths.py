"""What words for data name: one path, a pattern that others fit, or several as one word, ``{a.csv,b.csv}``.

The last is how several files are kept where one path is, as in `run.json`; shells write and replace it so too.
"""

from __future__ import annotations

import contextlib
import glob
import itertools
import os
import re
from collections.abc import Callable, Iterator, Sequence

from honed.errors import InputError

_SIGNS = re.compile(r"[\\{},]")
_PART = r"(?:\\[\\{},]|[^\\{},])+"
_SEVERAL = re.compile(rf"\{{{_PART}(?:,{_PART})+\}}")
_SHOWN = 3  # parts that a message names


def one_word(words: Sequence[str]) -> str:
    """The words that a user gives for data as one; of those that are several already each part.

    Raises
    ------
    InputError
        There is none, or one is empty.

    Examples
    --------
    >>> one_word(["{may.csv,june.csv}", "july.csv"])
    '{may.csv,june.csv,july.csv}'
    """
    found = [part for word in words for part in parts(word)]
    if not found or "" in found:
        lacking = "A path of the data is empty" if found else "No data are given"
        raise InputError(
            f"{lacking}, so nobody knows which rows are meant. Give the path of a file, or of several."
        )
    return joined(found)


def joined(parts: Sequence[str]) -> str:
    """Several paths or patterns as one word; one of them as it is, unless it would be taken for several.

    Examples
    --------
    >>> joined(["may.csv", "june, late.csv"])
    '{may.csv,june\\\\, late.csv}'
    >>> parts(_)
    ['may.csv', 'june, late.csv']
    >>> joined(["{x,y}"])
    './{x,y}'
    """
    assert parts, "a word has a part"
    if len(parts) == 1:
        return os.path.join(os.curdir, parts[0]) if _SEVERAL.fullmatch(parts[0]) else parts[0]
    return "{" + ",".join(_SIGNS.sub(r"\\\g<0>", part) for part in parts) + "}"


def parts(word: str, absolute: str | None = None) -> list[str]:
    """The paths or patterns that are joined in a word; of another word, itself.

    Parameters
    ----------
    absolute : the same word with absolute paths, as a run keeps it beside the user's. It tells whether one path was
        meant or several; without it that is one path which the present folder holds under that name.
    """
    found = _apart(word)
    is_one = os.path.lexists(word) if absolute is None else len(_apart(absolute)) != len(found)
    return [word] if is_one else found


def each(word: str, change: Callable[[str], str]) -> str:
    """The word with each of its parts changed."""
    return joined([change(part) for part in parts(word)])


def shown(word: str) -> str:
    """The word as messages have it: several parts as the sum that they are, of many the first ones.

    A sum is one thing, as one file is, so that a sentence about it needs no other verb.

    Examples
    --------
    >>> shown("{may.csv,june.csv}")
    'may.csv + june.csv'
    """
    return listed(parts(word))


def listed(several: Sequence[str]) -> str:
    """Parts of a word as messages have them."""
    if len(several) > _SHOWN:
        several = [*several[: _SHOWN - 1], f"{len(several) - _SHOWN + 1:,} more"]
    return " + ".join(several)


def is_pattern(path: str) -> bool:
    """Whether a path is none by itself, but one with * or the like that others may fit."""
    return glob.has_magic(path) and not os.path.lexists(path)


def missing(word: str) -> str | None:
    """The first part of the word of which there is no file or folder, and none fits the pattern; None for none."""
    return next((path for path in parts(word) if not _is_there(path)), None)


def are_larger(word: str, size: int) -> bool:
    """Whether the files that the word names, with all that lie in and below a folder, have more bytes than so many.

    What cannot be seen has none; that it is missing is for those to say who read it.
    """
    total = 0
    for file in itertools.chain.from_iterable(map(_files, parts(word))):
        with contextlib.suppress(OSError):
            total += os.path.getsize(file)
        if total > size:
            return True
    return False


def _files(path: str) -> Iterator[str]:
    """Of a folder those below it too; of a pattern those that fit it, and no folder."""
    if is_pattern(path):
        yield from filter(os.path.isfile, glob.iglob(path, recursive=True))
    elif os.path.isdir(path):
        for folder, _, names in os.walk(path):
            yield from (os.path.join(folder, name) for name in names)
    else:
        yield path


def _is_there(path: str) -> bool:
    return os.path.exists(path) or (glob.has_magic(path) and bool(glob.glob(path, recursive=True)))


def _apart(word: str) -> list[str]:
    """The parts of a word by its signs alone."""
    if _SEVERAL.fullmatch(word) is None:
        return [word]
    return [re.sub(r"\\(.)", r"\1", part) for part in re.findall(_PART, word[1:-1])]
