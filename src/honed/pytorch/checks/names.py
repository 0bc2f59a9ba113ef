"""Names of modules and parameters in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

_MOST = 4


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b"]), listed(list("abcdefg"))
    ('a, b', 'a, b, c, d and 3 more')
    """
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else "")
