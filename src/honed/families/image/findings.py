"""What pictures tell before any training: the same ones twice, leaks, blank ones and wrong scales: `findings`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from honed.families.both_sides import on_both_sides
from honed.families.image.asked import is_blank
from honed.families.image.scales import wrongly_scaled
from honed.families.image.source import ImageSource, keys_of
from honed.findings import Finding
from honed.optional import optional
from honed.table.split import Splits

if TYPE_CHECKING:
    from jaxtyping import Int, Shaped, UInt64

_BLANK_NOTE, _BLANK_WARNING = 0.01, 0.1
_MOST_SHOWN = 20
_LEAST_PICTURES = 40  # below, few pictures of a class agree by chance
# A leak leaves at most so much of the doubt about the class that guessing has, and at least as many pictures of each
# class tell so. A decision by one number alone, told by halves of the pictures about each other.
_LEAK_LEFT = 0.2
_CUTS = 16  # values of the border's brightness that are told apart
_BLOCK = 2_048
_REFERENCE = "Barz & Denzler (2020), Do we train on test data?, arXiv 1902.00423"
_LEAK_REFERENCE = "Geirhos et al. (2020), Shortcut learning in deep neural networks, arXiv 2004.07780"


def findings(source: ImageSource, splits: Splits) -> list[Finding]:
    """All of them."""
    rules: dict[str, Callable[[], list[Finding]]] = {
        "same_pictures": lambda: same_pictures(source, splits),
        "leaks": lambda: leaks(source, splits),
        "blank_pictures": lambda: blank_pictures(source),
        "wrongly_scaled": lambda: wrongly_scaled(source, splits),
    }
    return [found for name, rule in rules.items() for found in optional(f"The rule {name!r}", rule, [])]


def same_pictures(source: ImageSource, splits: Splits) -> list[Finding]:
    """Pictures of the validation or the final score that are training pictures too, pixel by pixel.

    A note from 1 % on, a warning from 5 %, an error from 50 %. Those that are blank are told of elsewhere.
    """
    keys = keys_of(source.pixels)
    is_empty = is_blank(source.pixels)
    found = []
    for part, rows, seen, twins, share, severity in on_both_sides(
        splits, len(source.y), lambda rows, seen: rows[np.isin(keys[rows], keys[seen]) & ~is_empty[rows]]
    ):
        other = _other_classes(source, keys, twins, seen)
        also = f"; {other:,} of them have another class there" if other else ""
        found.append(
            Finding(
                "same-pictures",
                severity,
                f"{len(twins):,} of {len(rows):,} pictures of the {part} ({share:.1%}) are training pictures too, "
                f"pixel by pixel{also}{_such_as(source, twins)}.",
                {
                    "part": part,
                    "twins": len(twins),
                    "pictures": len(rows),
                    "share": share,
                    "other_class": other,
                    "first": source.places[twins[:_MOST_SHOWN]].tolist(),
                },
                "A network can answer such pictures from memory, so the score flatters it.",
                "Remove copies, or name what belongs together so that it stays on one side (--group with a table of "
                "paths, `groups` in an archive); keep them if new pictures repeat old ones just as often.",
                reference=_REFERENCE,
            )
        )
    return found


def leaks(source: ImageSource, splits: Splits) -> list[Finding]:
    """Size, format or border of a picture that tell its class alone."""
    target = source.schema.target
    known = splits.known(len(source.y))
    if not target.classes or len(known) < _LEAST_PICTURES:
        return []
    told: dict[str, np.ndarray] = {}
    if source.shapes:
        formats, sizes = zip(*(shape.split(" ", 1) for shape in source.shapes), strict=True)
        told["the size of its file in pixels"] = np.unique(sizes, return_inverse=True)[1]
        told["the format of its file"] = np.unique(formats, return_inverse=True)[1]
    told["the colour of its border"] = _border(source.pixels)
    found = []
    for what, codes in told.items():
        left, guess = _errors(codes[known], source.y[known])
        if guess <= 0 or left > _LEAK_LEFT * guess:
            continue
        found.append(
            Finding(
                "picture-leak",
                "warning",
                f"{what[0].upper()}{what[1:]} alone tells the class of {1 - left:.0%} of the pictures, where always "
                f"saying the commonest is right for {1 - guess:.0%}.",
                {"by": what, "right": 1 - left, "guess": 1 - guess},
                "A network may learn that in place of what the pictures show, and fail on new pictures, where it says "
                "nothing of the class.",
                "Look at some pictures of each class: bring all to one form before training (one size, format and "
                "border), or keep it if new pictures differ in just that way.",
                reference=_LEAK_REFERENCE,
            )
        )
    return found


def blank_pictures(source: ImageSource) -> list[Finding]:
    """Pictures of one colour all over: a note from 1 %, a warning from 10 %."""
    rows = np.flatnonzero(is_blank(source.pixels))
    share = len(rows) / max(len(source.y), 1)
    if share < _BLANK_NOTE:
        return []
    return [
        Finding(
            "blank-pictures",
            "warning" if share >= _BLANK_WARNING else "note",
            f"{len(rows):,} of {len(source.y):,} pictures ({share:.1%}) show one colour all over"
            f"{_such_as(source, rows)}.",
            {
                "pictures": len(rows),
                "share": share,
                "first": source.places[rows[:_MOST_SHOWN]].tolist(),
            },
            "Nothing in such a picture says what it is: the network can but learn how often each answer is right for "
            "it.",
            "Take such pictures away, or look whether they were cut or saved wrongly.",
        )
    ]


def _other_classes(
    source: ImageSource,
    keys: UInt64[np.ndarray, " rows"],
    twins: Int[np.ndarray, " twins"],
    seen: Int[np.ndarray, " seen"],
) -> int:
    """How many of the pictures have another class than all their twins."""
    if not source.schema.target.classes:
        return 0
    classes: dict[int, set[int]] = {}
    wanted = set(keys[twins].tolist())
    for row in seen:
        key = int(keys[row])
        if key in wanted:
            classes.setdefault(key, set()).add(int(source.y[row]))
    return sum(int(source.y[row]) not in classes[int(keys[row])] for row in twins)


def _such_as(source: ImageSource, rows: Int[np.ndarray, " rows"]) -> str:
    if not source.names:
        return ""
    return f", such as {source.names[rows[0]]}"


def _border(pixels: Shaped[np.ndarray, "rows height width channels"]) -> Int[np.ndarray, " rows"]:
    """A code a picture for the brightness of its outermost pixels, where these are all alike; one for all others."""
    ring = np.ones(pixels.shape[1:3], bool)
    ring[1:-1, 1:-1] = False
    codes = np.zeros(len(pixels), np.int64)
    low, high = (0.0, 255.0) if pixels.dtype == np.uint8 else (float(pixels.min()), float(pixels.max()))
    for first in range(0, len(pixels), _BLOCK):
        edge = pixels[first : first + _BLOCK][:, ring].astype(np.float32)
        mean, spread = edge.mean(axis=(1, 2)), edge.std(axis=(1, 2))
        step = (high - low) / _CUTS or 1.0
        code = 1 + np.minimum((mean - low) // step, _CUTS - 1).astype(np.int64)
        codes[first : first + _BLOCK] = np.where(spread < step / 2, code, 0)
    return codes


def _errors(codes: Int[np.ndarray, " rows"], y: Int[np.ndarray, " rows"]) -> tuple[float, float]:
    """Share of wrong answers by the commonest class of each code, learned on the other half; and of guessing."""
    wrong, guessed = 0, 0
    for half in (0, 1):
        learn, ask = np.arange(half, len(y), 2), np.arange(1 - half, len(y), 2)
        counts = np.zeros((codes.max() + 1, y.max() + 1), np.int64)
        np.add.at(counts, (codes[learn], y[learn]), 1)
        usual = int(np.bincount(y[learn], minlength=counts.shape[1]).argmax())
        answer = np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), usual)
        wrong += np.count_nonzero(answer[codes[ask]] != y[ask])
        guessed += np.count_nonzero(y[ask] != usual)
    return wrong / len(y), guessed / len(y)
