"""The report's part on pictures that the scored model has not seen: measures, the worst errors, examples: `unseen`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from honed.errors import HonedError
from honed.families.image.source import ImageSource, from_files
from honed.families.image.thumbnails import address, filters
from honed.families.unseen.classes import classes
from honed.families.unseen.seen import Seen
from honed.families.unseen.values import values
from honed.figures import counted
from honed.report.folds import outer_rows
from honed.report.parts import Mistaken, Shown, Unseen
from honed.run.folder import RunFolder
from honed.search.versions import Begun
from honed.typed import JSON

if TYPE_CHECKING:
    from honed.model.model import Model

_MOST_MISTAKES = 8
_FILTERS = "0.weight"  # of the first layer


def unseen(run: Path, summary: Mapping[str, JSON], trained_again: bool) -> Unseen:
    """The part "unseen" of a story; with "says" alone where it cannot be told, and why.

    Parameters
    ----------
    run, summary, trained_again : see `honed.family.Family.unseen`.
    """
    from honed.model import load

    try:
        rows = outer_rows(run)
        if rows is None or not len(rows):
            return {"says": "No pictures were kept apart, so there are none that the model has not seen."}
        source = _source(run)
    except (HonedError, OSError) as error:
        return {"says": f"The pictures cannot be read any more, so the model is not shown on them: {error}"}
    if source is None:
        return {
            "says": "The pictures have changed since the run was started, so the model is not shown on them."
        }
    kept = run / "scored"
    model = load(kept if kept.is_dir() else run)
    places = np.searchsorted(source.places, rows)
    pictures: Any = source.take(places)
    told = model.probabilities(pictures) if model.classes else model.values(pictures)
    seen = Seen(rows + 1, source.y[places], told, model)
    if not seen.has_the_score(summary, if_unknown=kept.is_dir() or not trained_again):
        return {
            "says": "The networks that were scored are not kept any more, and those that are saved have another score, "
            "so the model is not shown on pictures that it has not seen."
        }
    low, high = (
        (0.0, 255.0) if source.pixels.dtype == np.uint8 else (float(pictures.min()), float(pictures.max()))
    )

    def shown(place: int) -> Shown:
        found: Shown = {"picture": address(pictures[place], low, high)}
        if source.names:
            found["name"] = source.names[places[place]]
        return found

    measured = classes(seen) if seen.classes else values(seen, source.schema.target.name)
    if "confusion" in measured:
        measured["confusion"]["mistakes"] = _mistakes(seen, shown)
    part = {
        "says": f"All of this is measured on {counted(len(rows), 'picture')} that neither training nor any choice has "
        "seen.",
        "rows": len(rows),
        "classes": list(seen.classes),
        **measured,
        "importance": None,
        "effects": [],
        "worst": seen.worst(shown),
        "filters": _filters(model),
    }
    return cast(Unseen, part)


def _source(run: Path) -> ImageSource | None:
    """The pictures that the run read, or None where they are others."""
    folder = RunFolder.open(run)
    begun = folder.read_json("run.json", Begun)
    options = begun["options"]
    places = folder.places({**begun, "options": dataclasses.asdict(options)})
    source = from_files(options, places)
    return source if source.fingerprint == begun["fingerprint"] else None


def _mistakes(seen: Seen, shown: Callable[[int], Shown]) -> list[Mistaken]:
    """The commonest mistakes, each with the picture of which the model was surest."""
    said = seen.told.argmax(axis=1)
    counts: dict[tuple[int, int], list[int]] = {}
    for place in np.flatnonzero(said != seen.truth).tolist():
        counts.setdefault((int(seen.truth[place]), int(said[place])), []).append(place)
    commonest = sorted(counts.items(), key=lambda item: (-len(item[1]), item[0]))[:_MOST_MISTAKES]
    return [
        {
            "truth": seen.classes[truth],
            "said": seen.classes[code],
            "count": len(places),
            "example": shown(max(places, key=lambda place: seen.told[place, code])),
        }
        for (truth, code), places in commonest
    ]


def _filters(model: Model) -> dict[str, JSON]:
    """The first layer's filters of the network that counts most."""
    member = max(model.members, key=lambda each: each.weight)
    weight = member.params[_FILTERS]
    height, width, channels, count = weight.shape
    return {
        "says": f"{counted(count, 'filter')} of {height} × {width} pixels, each in its own range: grey is zero, white "
        "what it looks for and black what speaks against it."
        + ("" if channels in (1, 3) else f" Each is the mean over its {channels} channels."),
        "pictures": filters(weight),
    }
