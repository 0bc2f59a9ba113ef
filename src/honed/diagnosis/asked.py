"""Numbers that a caller of `honed.diagnose` chose: `check_positive`."""

from __future__ import annotations

from numbers import Integral, Real

from honed.errors import InputError


def check_positive(name: str, value: object, *, is_whole: bool = True, is_optional: bool = False) -> None:
    """Refuse what is no number above 0, or no whole one; None is taken where it `is_optional`."""
    if value is None and is_optional:
        return
    kind, said = (Integral, "a whole number") if is_whole else (Real, "a number")
    if isinstance(value, bool) or not isinstance(value, kind) or not float(value) > 0:
        raise InputError(f"{name} is {value!r}, but it must be {said} above 0.")
