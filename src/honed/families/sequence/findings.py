"""What sequences tell before any training: the same twice, recordings that are split, lengths that leak: `findings`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from honed.families.both_sides import on_both_sides
from honed.families.sequence.source import SequenceSource
from honed.findings import Finding
from honed.optional import optional
from honed.table.split import Splits

if TYPE_CHECKING:
    from jaxtyping import Int

_MOST_SHOWN = 20
_REFERENCE = "Hammerla & Plötz (2015), Let's (not) stick together, UbiComp"


def findings(source: SequenceSource, splits: Splits) -> list[Finding]:
    """All of them."""
    rules: dict[str, Callable[[], list[Finding]]] = {
        "same_sequences": lambda: same_sequences(source, splits),
        "shared_samples": lambda: shared_samples(source, splits),
        "kept_together": lambda: kept_together(source),
    }
    return [found for name, rule in rules.items() for found in optional(f"The rule {name!r}", rule, [])]


def same_sequences(source: SequenceSource, splits: Splits) -> list[Finding]:
    """Sequences of the validation or the final score that are training sequences too, number by number."""
    keys = source.sequences.keys()
    return _across(
        splits,
        source,
        lambda rows, seen: rows[np.isin(keys[rows], keys[seen])],
        "same-sequences",
        "are training sequences too, number by number",
        "A network can answer such sequences from memory, so the score flatters it.",
        "Remove copies, or say what belongs together so that it stays on one side (--group, or `groups`); keep them if "
        "new sequences repeat old ones just as often.",
    )


def shared_samples(source: SequenceSource, splits: Splits) -> list[Finding]:
    """Sequences of the validation or the final score that overlap with training ones."""
    if source.recordings is None:
        return []
    recordings = source.recordings
    return _across(
        splits,
        source,
        lambda rows, seen: rows[np.isin(recordings[rows], recordings[seen])],
        "shared-samples",
        "share samples with training sequences, as windows of one recording do that overlap",
        "The network has seen a part of what it is asked, and its surroundings, so the score flatters it.",
        "Say which sequences are of one recording or person, so that they stay on one side (--group, or `groups`), or "
        "cut windows that do not overlap.",
    )


def kept_together(source: SequenceSource) -> list[Finding]:
    """A note where folds keep sequences together that share samples."""
    if not source.are_kept_together or source.groups is None:
        return []
    sizes = np.bincount(source.groups)
    overlapping = int(sizes[sizes > 1].sum())
    return [
        Finding(
            "overlapping-windows",
            "note",
            f"{overlapping:,} of {len(source.y):,} sequences share samples with others, as windows of one recording do "
            f"that overlap; they are kept whole in {len(sizes):,} recordings.",
            {"overlapping": overlapping, "sequences": len(source.y), "recordings": len(sizes)},
            "Split at random, a window and its neighbour would lie on both sides, and the score would tell of memory.",
            "If more belongs together than one recording, such as all of one person, say so (--group COLUMN, or an "
            "array `groups`): new persons may be harder than new recordings of known ones.",
            reference=_REFERENCE,
        )
    ]


def _across(
    splits: Splits,
    source: SequenceSource,
    of: Callable[[Int[np.ndarray, " rows"], Int[np.ndarray, " seen"]], Int[np.ndarray, " found"]],
    rule: str,
    words: str,
    why: str,
    advice: str,
) -> list[Finding]:
    """A finding for each part that is held out: a note from 1 % on, a warning from 5 %, an error from 50 %."""
    found = []
    for part, rows, _, both, share, severity in on_both_sides(splits, len(source.y), of):
        also = f", such as {source.names[both[0]]}" if source.names else ""
        found.append(
            Finding(
                rule,
                severity,
                f"{len(both):,} of {len(rows):,} sequences of the {part} ({share:.1%}) {words}{also}.",
                {
                    "part": part,
                    "sequences": len(rows),
                    "found": len(both),
                    "share": share,
                    "first": source.places[both[:_MOST_SHOWN]].tolist(),
                },
                why,
                advice,
                reference=_REFERENCE,
            )
        )
    return found
