"""What the scored model says of rows that are shown as pictures: `told`, for families of pictures and of curves."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from honed.errors import HonedError
from honed.families.unseen.classes import classes
from honed.families.unseen.seen import Seen
from honed.families.unseen.values import values
from honed.family import Source
from honed.figures import counted
from honed.report.folds import outer_rows
from honed.report.parts import Mistaken, Shown
from honed.run.folder import RunFolder
from honed.search.options import Options
from honed.search.versions import Begun
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Int

    from honed.model.model import Model

S = TypeVar("S", bound=Source)
_MOST_MISTAKES = 8


class Told(NamedTuple):
    """The part "unseen" of a story, and the model that it is about; "says" alone, and no model, where there is none."""

    part: dict[str, Any]
    model: Model | None = None


def told(
    run: Path,
    summary: Mapping[str, JSON],
    trained_again: bool,
    noun: str,
    read: Callable[[Options, Mapping[str, str]], S],
    drawing: Callable[[S, Int[np.ndarray, " rows"]], Callable[[int], Shown]],
) -> Told:
    """Measures, the worst errors and the commonest mistakes on rows that neither training nor any choice has seen.

    Parameters
    ----------
    run, summary, trained_again : see `honed.family.Family.unseen`.
    noun : what a row is. read : reads the data of the run again, see `honed.family.Family.read`.
    drawing : of the source and positions in it to what shows each of these, by its number among them.
    """
    from honed.model import load

    try:
        rows = outer_rows(run)
        if rows is None or not len(rows):
            return Told(
                {"says": f"No {noun}s were kept apart, so there are none that the model has not seen."}
            )
        source = _source(run, read)
    except (HonedError, OSError) as error:
        return Told(
            {"says": f"The {noun}s cannot be read any more, so the model is not shown on them: {error}"}
        )
    if source is None:
        return Told(
            {
                "says": f"The {noun}s have changed since the run was started, so the model is not shown on them."
            }
        )
    kept = run / "scored"
    model = load(kept if kept.is_dir() else run)
    places = np.searchsorted(source.places, rows)
    asked: Any = source.take(places)
    answers = model.probabilities(asked) if model.classes else model.values(asked)
    seen = Seen(rows + 1, source.y[places], answers, model)
    if not seen.has_the_score(summary, if_unknown=kept.is_dir() or not trained_again):
        return Told(
            {
                "says": "The networks that were scored are not kept any more, and those that are saved have another "
                f"score, so the model is not shown on {noun}s that it has not seen."
            }
        )
    shown = drawing(source, places)
    measured = classes(seen) if seen.classes else values(seen, source.schema.target.name)
    if "confusion" in measured:
        measured["confusion"]["mistakes"] = _mistakes(seen, shown)
    part = {
        "says": f"All of this is measured on {counted(len(rows), noun)} that neither training nor any choice has seen.",
        "rows": len(rows),
        "classes": list(seen.classes),
        **measured,
        "importance": None,
        "effects": [],
        "worst": seen.worst(shown),
    }
    return Told(part, model)


def _source(run: Path, read: Callable[[Options, Mapping[str, str]], S]) -> S | None:
    """The rows that the run read, or None where they are others."""
    folder = RunFolder.open(run)
    begun = folder.read_json("run.json", Begun)
    options = begun["options"]
    places = folder.places({**begun, "options": dataclasses.asdict(options)})
    source = read(options, places)
    return source if source.fingerprint == begun["fingerprint"] else None


def _mistakes(seen: Seen, shown: Callable[[int], Shown]) -> list[Mistaken]:
    """The commonest mistakes, each with the row of which the model was surest."""
    said = seen.said
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
