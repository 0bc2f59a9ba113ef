"""Polars, loaded by whoever first asks something of it: `pl`, as all of honed imports it.

So models of pictures, and of sequences that are given as arrays, answer where Polars is not installed: they read no
table. A model of a table needs it for an array too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from honed.errors import InputError

__all__ = ["pl"]


class _Polars:
    """Whatever `polars` has."""

    def __getattr__(self, name: str) -> Any:
        try:
            import polars
        except ModuleNotFoundError as error:
            if error.name != "polars":  # it is there, and broken
                raise
            raise InputError(
                "Tables are read and written by Polars, which is not installed. Install it: pip install polars"
            ) from None
        found = self.__dict__[name] = getattr(polars, name)  # so this is asked for once
        return found


if TYPE_CHECKING:
    import polars as pl
else:
    pl = _Polars()
