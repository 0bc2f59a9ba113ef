"""Levels that have an order: what was said of it is checked (`check`), and what looks like one is told (`hint`)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from honed.errors import InputError
from honed.lazily import pl
from honed.table.cells import brief, match

_LEAST = 3  # of two levels either order says the same
_SHOWN = 12  # levels of an order in a sentence
_WORDS = (
    "xxs|2xs, xs|extra small|x small, s|small, m|medium|med, l|large, xl|extra large|x large, xxl|2xl, xxxl|3xl",
    "none, very low, low, medium|moderate|med|mid, high, very high, critical",
    "none, mild, moderate, severe, very severe",
    "strongly disagree, disagree, somewhat disagree, neutral, somewhat agree, agree, strongly agree",
    "very dissatisfied, dissatisfied, neutral, satisfied, very satisfied",
    "very unlikely, unlikely, neutral, likely, very likely",
    "never, rarely|seldom, sometimes|occasionally, often|frequently, usually, always",
    "very poor|very bad, poor|bad, fair|average|neutral, good, very good, excellent",
    "freezing, cold, cool, mild, warm, hot, very hot",
    "beginner, intermediate, advanced, expert",
    "primary, secondary, tertiary",
    "first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth",
    "january, february, march, april, may, june, july, august, september, october, november, december",
    "jan, feb, mar, apr, may, jun, jul, aug, sep|sept, oct, nov, dec",
)
_SCALES = tuple(
    {word: place for place, words in enumerate(scale.split(", ")) for word in words.split("|")}
    for scale in _WORDS
)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_NUMBER = r"([$€£]?\d[\d,]*(?:\.\d+)?k?)"
_UNITS = re.compile(r"%|years?|yrs?|months?|weeks?|days?|hours?|hrs?|minutes?|mins?|km|kg|cm")
_UNIT = rf"(?:\s*(?:{_UNITS.pattern}))?"
_BELOW = re.compile(rf"(?:<=?|under|below|up to|less than)\s*{_NUMBER}{_UNIT}")
_ABOVE = re.compile(
    rf"(?:>=?|over|above|more than)\s*{_NUMBER}{_UNIT}|{_NUMBER}{_UNIT}\s*(?:\+|and over|and above|or more)"
    rf"|{_NUMBER}\+{_UNIT}"
)
_BETWEEN = re.compile(rf"{_NUMBER}{_UNIT}\s*(?:-|–|to)\s*{_NUMBER}{_UNIT}")
_CUT = re.compile(
    r"[\[(]\s*(-?(?:\d+(?:\.\d+)?|inf))\s*[-–,;]\s*(-?(?:\d+(?:\.\d+)?|inf))\s*[\])]"
)  # ``(0, 10]``
_COUNTED = re.compile(r"(\d{1,2})\s*[-–.:)]\s*([^\W\d].*)")  # ``1-Poor``


def check(name: str, order: Sequence[str], levels: Sequence[str]) -> None:
    """Raise `InputError` where a level of the column `name` has no place in the order that was said."""
    places = match(pl.Series(levels, dtype=pl.String), order)
    for level, place in zip(levels, places, strict=True):
        if place < 0:
            raise InputError(
                f"The schema gives the column {brief(name)!r} the order {shown(order)}, and its level {brief(level)!r} "
                'is not in it. Add it where it belongs, or say by "missing" that it means an empty cell.'
            )


def shown(order: Sequence[str]) -> str:
    """The levels from least to most, in one line."""
    words = [brief(level) for level in order]
    if len(words) > _SHOWN:
        words = [*words[: _SHOWN - 3], "…", *words[-2:]]
    return " < ".join(words)


def hint(levels: Sequence[str]) -> str:
    """Tell of levels that look ordered; empty for others."""
    order = noticed(levels)
    return f'looks ordered: {shown(order)}; give it as "order" in a schema to use it' if order else ""


def noticed(levels: Sequence[str]) -> tuple[str, ...]:
    """The levels from least to most where that is plain of all of them, else none.

    Words of one scale (sizes, how much, how often, how good, agreement, months), first to tenth, words behind numbers
    that count them, numbers cut into spans, and single letters that follow one another. Days of the week are no order:
    they go round in every table.

    Examples
    --------
    >>> noticed(["high", "low", "medium"]), noticed(["red", "low", "high"])
    (('low', 'medium', 'high'), ())
    """
    words = [re.sub(r"[\s_-]+", " ", level.strip().lower()) for level in levels]
    if len(words) < _LEAST or len(set(words)) < len(words):
        return ()
    for places in (
        *(_of_scale(words, scale) for scale in _SCALES),
        _ordinals(words),
        _counts(levels),
        _spans(levels),
    ):
        if places:
            return tuple(level for _, level in sorted(zip(places, levels, strict=True)))
    return _letters(levels)


def _of_scale(words: Sequence[str], scale: dict[str, int]) -> list[float]:
    """Places of the words, none where one is not of the scale or two have the same place."""
    places = [float(scale[word]) for word in words if word in scale]
    return places if len(set(places)) == len(words) else []


def _ordinals(words: Sequence[str]) -> list[float]:
    found = [_ORDINAL.fullmatch(word) for word in words]
    places = [float(each[1]) for each in found if each]
    return places if len(set(places)) == len(words) else []


def _counts(levels: Sequence[str]) -> list[float]:
    """The numbers before words, which count from 0 or 1 and leave none out."""
    found = [_COUNTED.fullmatch(level.strip()) for level in levels]
    places = [float(each[1]) for each in found if each]
    first = min(places, default=-1)
    is_count = first in (0, 1) and sorted(places) == [first + place for place in range(len(levels))]
    return places if is_count else []


def _spans(levels: Sequence[str]) -> list[float]:
    """Lower ends of spans of numbers that do not overlap."""
    if len({unit.rstrip("s") for level in levels for unit in _UNITS.findall(level.lower())}) > 1:
        return []
    spans = [_span(level.strip().lower()) for level in levels]
    known = sorted(span for span in spans if span)
    if len(known) < len(levels) or any(one[1] > next[0] for one, next in pairwise(known)):
        return []
    return [span[0] for span in spans if span]


def _span(level: str) -> tuple[float, float] | None:
    if cut := _CUT.fullmatch(level):
        low, high = float(cut[1]), float(cut[2])
        return (low, high) if low < high else None
    for pattern in (_BELOW, _ABOVE, _BETWEEN):
        found = pattern.fullmatch(level)
        if found:
            ends = [_end(end) for end in found.groups() if end]
            if pattern is _BELOW:
                return -math.inf, ends[0]
            return (ends[0], ends[1]) if pattern is _BETWEEN else (ends[0], math.inf)
    return None


def _end(text: str) -> float:
    digits = text.strip("$€£k").replace(",", "")
    return float(digits) * (1000 if text.endswith("k") else 1)


def _letters(levels: Sequence[str]) -> tuple[str, ...]:
    """Single letters, all of one case, none left out between them."""
    row = "".join(sorted(levels))
    follows = len(row) == len(levels) and all(ord(next) - ord(one) == 1 for one, next in pairwise(row))
    return tuple(row) if follows and re.fullmatch("[A-Z]+|[a-z]+", row) else ()
