"""What a person types, read into values: a budget such as "5m", a setting such as "optimizer=sgd"."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable
from datetime import timedelta

from honed.errors import InputError
from honed.settings import Value, nearest
from honed.typed import shown

_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)")
_NAME = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
_DOTTED = {
    "optimizer.name": "optimizer",
    "schedule.cooldown": "plateau_cooldown",
    "schedule.factor": "plateau_factor",
    "schedule.name": "schedule",
    "schedule.patience": "plateau_patience",
    "schedule.swing": "plateau_swing",
    "schedule.threshold": "plateau_threshold",
    "schedule.warmup": "warmup",
}


def seconds(budget: str | float | timedelta) -> float:
    """A budget in seconds.

    Parameters
    ----------
    budget : a number of seconds, a duration, or a text: "90", "60s", "5m", "1.5h", "1h30m".

    Raises
    ------
    InputError
        Not a time, or zero or less.

    Examples
    --------
    >>> seconds("5m"), seconds("1h30m"), seconds(90)
    (300.0, 5400.0, 90.0)
    """
    if isinstance(budget, timedelta):
        total = budget.total_seconds()
    else:
        try:
            total = _parse(budget) if isinstance(budget, str) else float(budget)
        except (TypeError, ValueError, OverflowError):
            total = None
    if total is None or not math.isfinite(total):
        raise InputError(
            f"The budget is {shown(budget)}, which is not a time. Write seconds (90), or a number with "
            "s, m or h: 60s, 5m, 1h, 1h30m."
        )
    if total <= 0:
        raise InputError(
            f"The budget is {shown(budget)}, and no network can be trained in no time. "
            "Give at least a few seconds, such as 60s or 5m."
        )
    return total


def at_least_one(what: str, number: int | None) -> int | None:
    """`number` as it is, or `InputError` when it is zero or less; `what` is its name in the message."""
    if number is not None and number < 1:
        raise InputError(f"{what} is {number}, so nothing would run. Give 1 or more, or leave {what} out.")
    return number


def lanes(given: str | int | None) -> int | None:
    """A number of lanes, None for "auto", as `honed.search.prepare.check_numbers` takes them.

    Raises
    ------
    InputError
        Neither a whole number nor "auto".

    Examples
    --------
    >>> lanes("16"), lanes("auto"), lanes(4)
    (16, None, 4)
    """
    if given is None or isinstance(given, int):
        return given
    if given == "auto":
        return None
    if not isinstance(given, str) or not re.fullmatch(r"\s*[+-]?[0-9]{1,9}\s*", given):
        raise InputError(
            f"lanes is {shown(given)}, which does not say how many networks train side by side. Give a whole number of "
            "at least 1, or auto for as many as suit the device."
        )
    return int(given)


def settings(assignments: Iterable[str]) -> dict[str, Value]:
    """Flat settings by name from texts `name=value`; values are read as TOML, bare words as text.

    Names may be dotted: `schedule.name` is the setting `schedule`, `schedule.patience` is `plateau_patience`.

    Raises
    ------
    InputError
        No "=", an unknown dotted name, a name given twice, or a value that TOML cannot read.

    Examples
    --------
    >>> settings(["optimizer=sgd", "hidden_sizes=[256, 64]", "schedule.name='plateau'"])
    {'optimizer': 'sgd', 'hidden_sizes': [256, 64], 'schedule': 'plateau'}
    """
    values: dict[str, Value] = {}
    for assignment in assignments:
        written, equals, text = assignment.partition("=")
        written = written.strip()
        if not equals or not _NAME.fullmatch(written):
            raise InputError(
                f"--set {assignment!r} is not of the form name=value, so it sets nothing. "
                "Write, for example, --set optimizer=sgd or --set 'hidden_sizes=[256, 64]'."
            )
        name = _flat(written)
        if name in values:
            raise InputError(
                f"--set gives {name!r} twice (the second time as {assignment!r}), and only one can hold. "
                "Leave one of them out."
            )
        values[name] = _value(written, text.strip())
    return values


def _parse(text: str) -> float | None:
    text = text.strip().lower()
    sign = -1.0 if text.startswith("-") else 1.0
    rest, total, found = text.removeprefix("-"), 0.0, False
    while rest:
        match = _PART.match(rest)
        if match is None or match[2] not in _SECONDS or (found and not match[2]):
            return None
        total += float(match[1]) * _SECONDS[match[2]]
        rest, found = rest[match.end() :].lstrip(), True
    return sign * total if found else None


def _flat(name: str) -> str:
    if "." not in name:
        return name
    if name not in _DOTTED:
        raise InputError(f"There is no setting {name!r}.{nearest(name, _DOTTED)}")
    return _DOTTED[name]


def _value(name: str, text: str) -> Value:
    if re.fullmatch(r"[Nn]one", text):
        return None  # TOML has no word for "absent"
    try:
        read = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        # The shell takes the quotes off words, so a bare word is a text.
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*|\d+(\.\d+)?x", text):
            return text
        raise InputError(
            f"The value of --set {name}={text} cannot be read as TOML. Write numbers as 0.01, words as sgd, "
            "lists as '[256, 64]' and truth as true or false, in single quotes for the shell."
        ) from None
    if len(read) > 1:
        raise InputError(
            f"--set {name}={text!r} holds more than one value. Give each setting a --set of its own."
        )
    return read["value"]
