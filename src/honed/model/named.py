"""What the columns of predictions are called: `of_targets`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from honed.errors import InputError
from honed.table.cells import brief
from honed.table.target import Target


class Columns(NamedTuple):
    """The columns of one target: its answer, and the probability of each class."""

    prediction: str
    probabilities: tuple[str, ...]


def of_targets(targets: Sequence[Target]) -> list[Columns]:
    """Of each target ``prediction`` and ``p_<class>``; of several ``prediction_<target>``, ``p_<target>_<class>``."""
    found = []
    for target in targets:
        of = f"_{target.name}" if len(targets) > 1 else ""
        found.append(Columns(f"prediction{of}", tuple(f"p{of}_{name}" for name in target.classes)))
    return found


def check_apart(targets: Sequence[Target]) -> None:
    """Refuse targets of which two columns of predictions would have one name.

    Raises
    ------
    InputError
        Such a name, with the targets that it is of.
    """
    known: dict[str, str] = {}
    for target, columns in zip(targets, of_targets(targets), strict=True):
        for name in columns.probabilities:
            if name in known:
                raise InputError(
                    f"The targets {brief(known[name])!r} and {brief(target.name)!r} would both give predictions a "
                    f"column {brief(name)!r}. Give one of them another name."
                )
            known[name] = target.name
