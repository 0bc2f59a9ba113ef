"""Where a training was at an entry of its curves: an epoch, a part of one (`honed.train.parts`), or some steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from honed import figures
from honed.typed import JSON


def made(value: Mapping[str, JSON], number: int) -> float:
    """Passes over the rows after that many entries; `value` are a record's plain values by name.

    Examples
    --------
    >>> made({"passes": [0.5, 1.0]}, 1), made({}, 3)
    (0.5, 3)
    """
    passes = value.get("passes")
    return number if passes is None or not number else passes[min(number, len(passes)) - 1]


@dataclass(frozen=True)
class When:
    """Entries of a training's curves in words; `value` are its record's plain values by name.

    Examples
    --------
    >>> When({}).called(3), When({}).counted(1)
    ('epoch 3', '1 epoch')
    >>> when = When({"passes": [0.5, 1.0, 1.5]})
    >>> when.called(1), when.number(3), when.counted(2), when.counted(3)
    ('pass 0.5', '1.5', '1 pass', '1.5 passes')
    >>> When({"steps": [10, 20]}).called(2), When({"steps": [10, 20]}).counted(1)
    ('step 20', '10 steps')
    """

    value: Mapping[str, JSON]

    @property
    def unit(self) -> str:
        """What is counted: epochs, or passes where an entry is part of one, or steps where those alone are known."""
        if self.value.get("steps") is not None:
            return "step"
        return "epoch" if self.value.get("passes") is None else "pass"

    def number(self, entry: int) -> str:
        """The number of an entry."""
        steps = self.value.get("steps")
        if steps is not None:
            return f"{int(steps[min(entry, len(steps)) - 1]) if entry else 0:,}"
        passes = made(self.value, entry)
        return f"{passes:,}" if isinstance(passes, int) else figures.figure(passes, digits=3)

    def called(self, entry: int) -> str:
        """The name of an entry."""
        return f"{self.unit} {self.number(entry)}"

    def counted(self, entries: int) -> str:
        """What so many entries are."""
        number = self.number(entries)
        if self.unit == "epoch":
            return figures.counted(entries, "epoch")
        if self.unit == "step":
            return f"{number} {'step' if number == '1' else 'steps'}"
        return f"{number} {'pass' if number == '1' else 'passes'}"
