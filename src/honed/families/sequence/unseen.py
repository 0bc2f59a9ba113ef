"""The report's part on sequences that the scored model has not seen: measures, and the worst errors as curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from honed.families.sequence.curves import address
from honed.families.sequence.source import SequenceSource, from_files
from honed.families.unseen import examples
from honed.report.parts import Shown, Unseen
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Int

_SHARES = (0.005, 0.995)  # of a channel's numbers, which the drawings span


def unseen(run: Path, summary: Mapping[str, JSON], trained_again: bool) -> Unseen:
    """The part "unseen" of a story; with "says" alone where it cannot be told, and why.

    Parameters
    ----------
    run, summary, trained_again : see `honed.family.Family.unseen`.
    """
    part, _ = examples.told(run, summary, trained_again, "sequence", from_files, _drawing)
    if "worst" in part:
        part["worst"]["of"] = "sequences"
    return cast(Unseen, part)


def _drawing(source: SequenceSource, places: Int[np.ndarray, " rows"]) -> Callable[[int], Shown]:
    """Each sequence as curves, all channels in their own range, with the id of a long table."""
    found = source.take(places)
    values = np.where(found.is_within()[..., None], found.values, np.nan)
    flat = values.reshape(-1, values.shape[-1])
    spans = [
        np.quantile(own[~np.isnan(own)], _SHARES) if (~np.isnan(own)).any() else (0, 1) for own in flat.T
    ]
    low, high = np.array(spans, np.float32).T

    def shown(place: int) -> Shown:
        one: Shown = {"picture": address(found.values[place, : found.lengths[place]], low, high)}
        if source.names:
            one["name"] = source.names[places[place]]
        return one

    return shown
