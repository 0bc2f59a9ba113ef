"""Errors that a user can meet; each message says what was found, why it matters, what to do.

::

    HonedError
    ├── InputError (also a ValueError)   the data or the words are wrong      exit status 2
    └── RunError                         a run folder or the machine refuses  exit status 1

    DataWarning (a UserWarning)          the data are probably not what they should be; work goes on
    FindingWarning (a UserWarning)       the diagnosis found that the network cannot be trusted; it is kept

`warn` gives them, at the line outside honed that asked.
"""

import re
import sys
import warnings

MOST = 1000  # characters of a message
_LONG_QUOTE = re.compile(r"""(['"])(.{60}).{125,}?(.{15})\1""", re.DOTALL)
_LONG_WORD = re.compile(r"(\S{60})\S{125,}(\S{15})")  # such as a path


def bounded(message: str) -> str:
    """A message of at most 1,000 characters: long quotes of a file lose their middle, and at last the message does.

    Examples
    --------
    >>> len(bounded(f"Column {'a' * 100_000!r} is missing."))
    97
    """
    if len(message) > MOST:
        message = _LONG_QUOTE.sub(r"\1\2…\3\1", message)
        message = _LONG_WORD.sub(r"\1…\2", message)
    return message if len(message) <= MOST else f"{message[:690]} … {message[-300:]}"


class HonedError(Exception):
    """Base of all errors that honed raises on purpose; a message has at most 1,000 characters."""

    def __init__(self, message: str) -> None:
        super().__init__(bounded(message))


class InputError(HonedError, ValueError):
    """The input data or a setting is wrong; nothing has been written."""


class DataWarning(UserWarning):
    """The data are probably not what they should be; what honed took them for is said, and work goes on."""


class FindingWarning(UserWarning):
    """The diagnosis found an error: the network cannot be trusted, or does not learn; it is kept."""


class RunError(HonedError):
    """A run cannot start or go on: locked, damaged or full."""


def warn(message: str, category: type[Warning] = DataWarning) -> None:
    """`warnings.warn`, at the line outside of honed that the work began with."""
    level = 1
    while sys._getframe(level).f_back and _is_mine(sys._getframe(level).f_globals.get("__name__", "")):
        level += 1
    warnings.warn(message, category, stacklevel=level + 1)


def _is_mine(module: str) -> bool:
    return module == "honed" or module.startswith("honed.")
