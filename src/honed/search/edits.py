"""Changes of one candidate that the space allows: what is advised, and random ones. Read `Around` first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from honed.search.candidate import BESIDE, Candidate
from honed.search.ranges import Parts, Ranges, choices, rate_factor
from honed.settings import Value

_NOWHERE: Value = object()  # a value that the space does not have; None is one of some settings
_LEAST_STEP = 0.2  # octaves


class Around:
    """What may be changed in one candidate, its parent; `parts` are the parent's answers."""

    def __init__(self, ranges: Ranges, parent: Candidate, parts: Parts) -> None:
        self._ranges, self._parent, self._parts = ranges, parent, parts
        self._preset = ranges.presets[parent.values["recipe"]]

    def has(self, names: Iterable[str]) -> bool:
        """Whether the space searches all of those settings, for this parent."""
        return all(map(self._has, names))

    def fitting(self, advice: Mapping[str, Value]) -> dict[str, Value]:
        """Of the advised settings those that this space searches, brought into its ranges, that change the parent."""
        found: dict[str, Value] = {}
        penalties, optimizer = self._ranges.penalties, advice.get("optimizer")
        if not self._has("optimizer") or self._in_range("optimizer", optimizer, 1.0) is _NOWHERE:
            optimizer = None
        for name, wanted in advice.items():
            if not self._has(name) or (name in penalties and any(other in found for other in penalties)):
                continue
            value = self._in_range(name, wanted, self._rate_factor(optimizer))
            is_real = name not in BESIDE and self._ranges.settings[name].is_real
            if value is not _NOWHERE and _is_step(self._current(name), value, is_real):
                found[name] = value
        for follower in [other for name in found for other in self._followers(name)]:
            found.pop(follower, None)  # it goes with what it needs, or starts with the usual
        return found

    def changed(self, changes: Mapping[str, Value]) -> Parts:
        """The parent's answers with the changes, which come from `fitting`."""
        parts, factor = dict(self._parts), self._rate_factor(changes.get("optimizer"))
        for name, value in changes.items():
            if name in BESIDE:
                parts[name] = value, parts[name][1]
                continue
            declared = self._ranges.settings[name]
            part = self._ranges.part(name, self._preset)
            if declared.one_of:
                parts = self._ranges.with_penalty(parts, name, value)
            elif declared.switched:
                parts[f"has_{name}"] = bool(value), parts[f"has_{name}"][1]
                parts.pop(name, None)
            if declared.by_factor:
                value = _nearest(value / self._ranges.batch, choices(parts, part))
            if declared.is_real and value:
                parts[part] = self._within(name, part, value, factor)
            elif not declared.is_real and (value or not declared.switched):
                parts[part] = value, self._ranges.distribution(part)
            for follower in self._followers(name):
                parts.pop(follower, None)
                if value:
                    parts[follower] = self._within(follower, follower, self._current(follower), factor)
        return parts

    def stray(
        self,
        number: int,
        octaves: float,
        rng: np.random.Generator,
        *,
        allows: Callable[[Mapping[str, Value]], bool],
        sparing: Iterable[str] = (),
    ) -> dict[str, Value]:
        """A random change of `number` settings: each by so many octaves, or to another choice.

        `allows` says of all changes together whether they may be; the settings of `sparing` stay.
        """
        found: dict[str, Value] = {}
        spared = set(sparing)
        for name in map(str, rng.permutation([*self._ranges.settings, *self._ranges.beside])):
            if name in spared or not self._has(name):
                continue
            change = self.fitting({name: self._moved(name, octaves, rng)})
            if change and allows(found | change):
                found |= change
            if len(found) == number:
                break
        if "learning_rate" in found and "optimizer" in found:  # so far it is one for the parent's optimizer
            scale = self._rate_factor(found["optimizer"]) / self._rate_factor(None)
            found["learning_rate"] = float(f"{found['learning_rate'] * scale:.4g}")
        return found

    def _moved(self, name: str, octaves: float, rng: np.random.Generator) -> Value:
        """Another value of a setting, in a random direction."""
        value, sign = self._current(name), int(rng.choice([-1, 1]))
        if name in BESIDE:
            return _another(value, self._ranges.beside[name], rng)
        declared = self._ranges.settings[name]
        part = self._ranges.part(name, self._preset)
        if declared.is_real:
            low, high = self._ranges.span(part)
            return value * 2.0 ** (sign * octaves) if value else float(rng.uniform(low, (low + high) / 2))
        if declared.by_factor or (declared.span and declared.log):
            return value * 2.0 ** (sign * max(1, round(octaves)))
        return value + sign if declared.span else _another(value, choices(self._parts, part), rng)

    def _current(self, name: str) -> Value:
        value = self._parent.setting(name)
        return 0.0 if value is None and name in self._ranges.penalties else value

    def _has(self, name: str) -> bool:
        """Whether the space searches a setting, for this parent."""
        if name in BESIDE:
            return len(self._ranges.beside.get(name, ())) > 1
        if name not in self._ranges.settings:
            return False
        if name in self._ranges.penalties:
            others = (self._current(other) for other in self._ranges.penalties if other != name)
            return not any(others)
        if self._ranges.settings[name].switched:
            return f"has_{name}" in self._parts
        return self._ranges.part(name, self._preset) in self._parts

    def _rate_factor(self, optimizer: str | None) -> float:
        """`rate_factor` of that optimizer, or else of the parent's."""
        return rate_factor(optimizer or self._parent.training.optimizer)

    def _in_range(self, name: str, value: Value, rate_factor: float) -> Value:
        """The nearest value that the space has, or `_NOWHERE`; `rate_factor` is that of the child's optimizer."""
        if name in BESIDE:
            return value if value in self._ranges.beside[name] else _NOWHERE
        declared = self._ranges.settings[name]
        part = self._ranges.part(name, self._preset)
        if declared.is_real or declared.span or declared.by_factor:
            if isinstance(value, bool) or not isinstance(value, int | float):
                return _NOWHERE
            if value <= 0:
                return 0.0 if declared.switched or declared.one_of else _NOWHERE
        if declared.is_real:
            low, high = self._ranges.span(part)
            factor = rate_factor if name == "learning_rate" else 1.0
            return float(f"{min(max(float(value), low * factor), high * factor):.4g}")
        possible = choices(self._parts, part)
        if declared.by_factor:
            return self._ranges.rows_of(_nearest(value / self._ranges.batch, possible))
        if declared.span:
            return _nearest(value, possible)
        return value if value in possible else _NOWHERE

    def _within(self, name: str, part: str, value: float, rate_factor: float) -> tuple[Value, Value]:
        """A real number as the study knows it."""
        factor = rate_factor if name == "learning_rate" else 1.0
        low, high = self._ranges.span(part)
        return min(max(value / factor, low), high), self._ranges.distribution(part)

    def _followers(self, name: str) -> list[str]:
        """The settings that mean nothing without this one."""
        return [other for other, declared in self._ranges.settings.items() if declared.needs == name]


def _another(value: Value, possible: Iterable[Value], rng: np.random.Generator) -> Value:
    others = [choice for choice in possible if choice != value]
    return others[rng.integers(len(others))] if others else value


def _nearest(value: float, possible: Iterable[Value]) -> Value:
    """The choice whose ratio to a number above zero is nearest to 1."""
    return min(possible, key=lambda choice: abs(math.log(value / choice)))


def _is_step(old: Value, new: Value, on_scale: bool) -> bool:
    """Whether two values differ by enough to be told apart."""
    if on_scale and old and new:
        return abs(math.log2(new / old)) >= _LEAST_STEP
    return old != new
