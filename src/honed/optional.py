"""What a run can do without: a rule of the diagnosis, a picture, a line of progress.

Where one fails, a sentence says so, it is left out, and the work goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from honed.errors import warn

_Given = TypeVar("_Given")
_MOST = 200  # characters of a failure's own words


def optional(
    what: str, work: Callable[[], _Given], instead: _Given, tell: Callable[[str], object] | None = None
) -> _Given:
    """What `work` gives; where it fails, `instead`, and one sentence about it.

    Parameters
    ----------
    what : how the sentence begins, such as "The rule 'constant'".
    tell : gets the sentence; by default it is a warning, which the command line shows as a line.

    Examples
    --------
    >>> optional("The share", lambda: 1 / 0, 0.0, tell=print)
    The share is left out, as it failed: ZeroDivisionError: division by zero.
    0.0
    """
    try:
        return work()
    except Exception as error:  # whatever it is, the work that it belongs to must go on
        said = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(".")
        said = said if len(said) <= _MOST else said[:_MOST] + "…"
        (tell or _warn)(f"{what} is left out, as it failed: {said}.")
        return instead


def _warn(sentence: str) -> None:
    warn(sentence, UserWarning)
